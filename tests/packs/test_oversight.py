"""Reviews, deliveries, access and changes of the configuration, as a pack's tables tell them."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest

from evidence.errors import IntegrityError
from evidence.ledger.folds import SealedPack, named_paths
from evidence.ledger.persons import Account
from evidence.ledger.reviews import Seen
from evidence.packs.build import PackOrder, build_pack
from evidence.packs.oversight.access import access_of
from evidence.packs.oversight.configuration_changes import NOT_SHOWN, compare, configuration_table
from evidence.packs.oversight.deliveries import Receiver, hand_out
from evidence.packs.oversight.reading import About, access_table, deliveries_table, nobody_looked, reviews_table
from evidence.packs.oversight.reviews import ReviewRule, Verdict, record_review
from evidence.packs.period import span_period
from evidence.packs.scope import PackScope
from evidence.runs.sealed import SealedRows
from evidence.settings import parse_settings
from tests.fakes.bench import NIGHT, RAW, Bench, backup, configured
from tests.fakes.packing import sealing

BY = Account("anna", 1000, "backup-01")
SCOPE = PackScope("all")
DAYS = [NIGHT + timedelta(days=number) for number in range(4)]
Row = Mapping[str, object]


def pack(bench: Bench, first: date, last: date, reason: str | None = None) -> SealedPack:
    order = PackOrder("audit", SCOPE, span_period(first, last), reason)
    return build_pack(bench.parts, sealing(bench), order).pack


def made() -> tuple[Bench, SealedPack]:
    bench = Bench()
    vault = bench.vault()
    for day in DAYS:
        backup(vault, day)
    bench.nights(2)
    return bench, pack(bench, DAYS[0], DAYS[1])


MADE = made()
PACK = MADE[1]


@pytest.fixture
def bench() -> Bench:
    return copy.deepcopy(MADE[0])


def about(bench: Bench, first: date = DAYS[0], last: date = DAYS[1], scope: PackScope = SCOPE, days: int = 0) -> About:
    period = span_period(first, last)
    now = bench.clock.now() + timedelta(days=days)
    return About(period, scope, bench.calendar.span(first, last), now)


def reviews(bench: Bench, told: About, rule: ReviewRule | None = None) -> Sequence[Row]:
    return reviews_table(bench.parts.ledger.entries(), told, rule or ReviewRule()).to_pylist()


def review(bench: Bench, reviewer: str, outcome: str = "confirmed", remarks: str | None = None) -> None:
    verdict = Verdict.checked(reviewer, BY, outcome, remarks, PACK.tagmanifest_sha256)
    record_review(bench.parts, PACK, Seen("COMPLETE", 0, 0, 0, 0, 0), verdict)


def test_a_review_that_is_missing_is_due_and_later_overdue(bench: Bench) -> None:
    told = [
        [(row["pack_id"], row["state"], row["ledger_entry"]) for row in reviews(bench, about(bench, days=days))]
        for days in (29, 31)
    ]
    sequence = PACK.entry.sequence
    assert told == [[(PACK.pack_id, "due", sequence)], [(PACK.pack_id, "overdue", sequence)]]
    assert reviews(bench, about(bench, days=31), ReviewRule(kinds=())) == []


def test_an_overdue_review_is_told_in_every_later_period_and_a_due_one_in_its_own(bench: Bench) -> None:
    assert [row["state"] for row in reviews(bench, about(bench, DAYS[3], DAYS[3], days=31))] == ["overdue"]
    assert reviews(bench, about(bench, DAYS[3], DAYS[3])) == []
    assert reviews(bench, about(bench, scope=PackScope("eu"), days=31)) == []


def test_reviews_stand_or_are_superseded_and_their_grade_is_told(bench: Bench) -> None:
    review(bench, "Ada", "rejected", "not all was read")
    review(bench, "Bo", "with-remarks", "see ticket 7")
    review(bench, "Ada")
    found = reviews(bench, about(bench))
    assert [(row["reviewer"], row["state"], row["outcome"], row["evidence_grade"]) for row in found] == [
        ("Ada", "superseded", "rejected", "C"),
        ("Bo", "confirmed with remarks", "confirmed with remarks", "C"),
        ("Ada", "confirmed", "confirmed", "C"),
    ]
    assert found[1]["remarks"] == "see ticket 7"
    assert {row["account"] for row in found} == {BY.sentence}


def test_reviews_of_a_superseded_pack_stand_for_nothing(bench: Bench) -> None:
    review(bench, "Ada")
    newer = pack(bench, DAYS[0], DAYS[1], "rights were granted")
    found = {row["pack_id"]: row["state"] for row in reviews(bench, about(bench))}
    assert found == {PACK.pack_id: "superseded", newer.pack_id: "due"}


def test_deliveries_of_packs_about_the_period_and_those_made_in_it(bench: Bench, tmp_path: Path) -> None:
    hand_out(bench.parts, PACK, tmp_path, Receiver("Ada", "sample 14", BY))
    entries = bench.parts.ledger.entries()
    (row,) = deliveries_table(entries, about(bench)).to_pylist()
    assert (row["pack_id"], row["receiver"], row["purpose"]) == (PACK.pack_id, "Ada", "sample 14")
    assert (row["asked_by"], row["evidence_grade"], row["ledger_entry"]) == (BY.sentence, "C", len(entries))
    delivered_in = about(bench, DAYS[2], DAYS[2])
    assert row["recorded_at"] in delivered_in.window
    assert deliveries_table(entries, delivered_in).num_rows == 1
    assert deliveries_table(entries, about(bench, DAYS[3], DAYS[3])).num_rows == 0
    assert deliveries_table(entries, about(bench, scope=PackScope("eu"))).num_rows == 0


# --- access


def test_nobody_looked_is_not_nobody(bench: Bench) -> None:
    for found in (nobody_looked(), {}):
        rows = access_table(found, bench.clock.now()).to_pylist()
        told = sorted((row["place"], row["finding"], row["right"]) for row in rows)
        assert told == [("key", "not read", "use"), ("store", "not read", "write")]


LEAST = RAW.decode()
VAULT_KEY = "https://x.vault.azure.net/keys/signer/0123456789abcdef0123456789abcdef"


def test_a_folder_and_a_key_file_are_looked_at_and_azure_is_not(tmp_path: Path) -> None:
    (tmp_path / "evidence-store").mkdir(0o750)
    (tmp_path / "keys").mkdir()
    for name in ("signer.key", "pass"):
        (tmp_path / "keys" / name).write_bytes(b"")
    text = f"{LEAST}signing: {{kind: file, passphrase_file: keys/pass}}\n"
    local = parse_settings(text.encode(), "e.yaml")
    found = access_of(local.store, local.signing, lambda path: tmp_path / path)()
    assert {one.means for one in found["store"]} == {"owner", "group", "others", "administrator"}
    assert {"owner", "passphrase file: owner"} <= {one.means for one in found["key"]}
    text = (
        f"{LEAST}store: {{kind: azure_blob, account_url: 'https://a.blob.core.windows.net'}}\n"
        f"signing: {{kind: key_vault, key_id: '{VAULT_KEY}', certificate: c.pem}}\n"
    )
    remote = parse_settings(text.encode(), "e.yaml")
    for held in access_of(remote.store, remote.signing, lambda path: path)().values():
        assert [(one.name, one.means) for one in held] == [("not read", "role assignments in Azure")]


# --- changes of the configuration


def changes(bench: Bench, first: date, last: date) -> Sequence[Row]:
    entries = bench.parts.ledger.entries()
    sealed = SealedRows(bench.store, named_paths(entries))
    table = configuration_table(sealed, entries, span_period(first, last), bench.calendar.span(first, last))
    return table.to_pylist()


def reconfigured(bench: Bench, more: str) -> None:
    bench.raw = RAW + more.encode()


def test_settings_that_changed_are_told_once_with_before_and_after(bench: Bench) -> None:
    reconfigured(bench, "time_zone: UTC\nretention: {default: 2y}\n")
    bench.run(DAYS[2])
    reconfigured(bench, "retention: {default: 3y}\n")
    bench.run(DAYS[3])
    told = [
        [(row["setting"], row["change"], row["before"], row["after"]) for row in changes(bench, d, d)] for d in DAYS
    ]
    assert told == [
        [("*", "first", None, None)],
        [],
        [("retention.default", "added", None, '"2y"'), ("time_zone", "added", None, '"UTC"')],
        [("retention.default", "changed", '"2y"', '"3y"'), ("time_zone", "removed", '"UTC"', None)],
    ]
    assert len(changes(bench, DAYS[0], DAYS[3])) == 5
    assert (
        changes(bench, DAYS[2], DAYS[2])[0]["configuration_sha256"]
        == changes(bench, DAYS[3], DAYS[3])[0]["previous_sha256"]
    )


def test_a_file_that_says_the_same_otherwise_is_told_as_such(bench: Bench) -> None:
    reconfigured(bench, "# a remark\n")
    bench.run(DAYS[2])
    assert [(row["setting"], row["change"]) for row in changes(bench, DAYS[2], DAYS[2])] == [("*", "same settings")]


def test_a_kept_configuration_that_was_changed_is_an_error(bench: Bench) -> None:
    reconfigured(bench, "time_zone: UTC\n")
    bench.run(DAYS[2])
    path = f"configuration/{configured(bench.raw).sha256}.yaml"
    bench.memory.files[path] += b"#"
    with pytest.raises(IntegrityError, match="SHA-256"):
        changes(bench, DAYS[2], DAYS[2])


DIFFERENCES: list[tuple[dict[str, object], dict[str, object], list[tuple[str, str, str | None, str | None]]]] = [
    ({"a": 1}, {"a": 1}, []),
    ({"a": {"b": 1}}, {"a": {"b": 2}}, [("a.b", "changed", "1", "2")]),
    ({"a": {"b": 1}}, {"a": {}}, [("a", "added", None, "{}"), ("a.b", "removed", "1", None)]),
    ({"l": [1, 2]}, {"l": [2]}, [("l", "changed", "[1, 2]", "[2]")]),
    ({}, {"s": {"secret": "x"}}, [("s.secret", "added", None, NOT_SHOWN)]),
    (
        {"p": {"passphrase_file": "a"}},
        {"p": {"passphrase_file": "b"}},
        [("p.passphrase_file", "changed", NOT_SHOWN, NOT_SHOWN)],
    ),
    ({}, {"u": "https://a:b@c/"}, [("u", "added", None, NOT_SHOWN)]),
    ({}, {"u": "https://c/?sig=abc"}, [("u", "added", None, NOT_SHOWN)]),
    ({"n": None}, {}, [("n", "removed", "null", None)]),
    ({"d": date(2026, 1, 1)}, {"d": date(2026, 2, 1)}, [("d", "changed", '"2026-01-01"', '"2026-02-01"')]),
]


@pytest.mark.parametrize(("before", "after", "expected"), DIFFERENCES)
def test_differences_are_told_by_setting_and_no_secret_is_shown(
    before: dict[str, object], after: dict[str, object], expected: list[tuple[str, str, str | None, str | None]]
) -> None:
    assert [(one.setting, one.change, one.before, one.after) for one in compare(before, after)] == expected
