"""`backup-evidence exceptions`, on a store of the command tests with problems recorded for its nights."""

from __future__ import annotations

import csv
import json
from datetime import timedelta
from typing import Any

import pytest

from evidence.assess.exceptions.proofs import Proofs
from evidence.ledger.ledger import Ledger
from evidence.tables import EXCEPTIONS, read_parquet
from tests.assess.exceptions.making import job, point
from tests.cli.conftest import DAYS, Command, Home
from tests.cli.exceptions_place import Place
from tests.fakes.bench import NIGHT, RAW, at
from tests.fakes.clock import FakeClock

PEOPLE = ("--by", "Ada Example", "--approver", "Bo Example", "--reason", "CHG0042")


def data(text: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(text)["data"]
    return found


def listed(command: Command, place: Place, *words: str) -> list[dict[str, Any]]:
    return data(command("exceptions", "list", "-c", place.config, "-o", "json", *words).stdout)


CHOSEN: list[tuple[tuple[str, ...], list[str]]] = [
    ((), ["duration", "failed", "silent"]),
    (("--class", "failed", "--class", "silent"), ["failed", "silent"]),
    (("--state", "closed"), []),
    (("--state", "open", "--owner", "dba-eu"), ["failed"]),
    (("--owner", "none"), ["duration", "silent"]),
    (("--min-age", "2"), ["duration", "failed"]),
    (("--scope", "all"), ["duration", "failed", "silent"]),
]


def test_list_chooses_by_what_is_asked(command: Command, place: Place) -> None:
    for words, classes in CHOSEN:
        assert sorted(row["class"] for row in listed(command, place, *words)) == classes, words


def test_list_keeps_to_its_scope(command: Command, place: Place) -> None:
    place.config.write_bytes(RAW + b"scopes: {us: {regions: [eastus]}, all: {}}\n")
    assert listed(command, place, "--scope", "us") == []
    told = command("exceptions", "list", "-c", place.config, "--scope", "xx")
    assert told.exit_code == 2


def test_list_refuses_words_that_it_does_not_know(command: Command, place: Place) -> None:
    for words in (("--class", "broken"), ("--state", "shut"), ("--min-age", "-1"), ("--fail-on", "x")):
        assert command("exceptions", "list", "-c", place.config, *words).exit_code == 2, words


def test_list_ends_4_where_the_last_night_was_not_read_whole_and_says_why(
    command: Command, home: Home, in_time: FakeClock
) -> None:
    told = command("exceptions", "list", "-c", home.config, "-o", "json", "--fail-on", "any")
    assert told.exit_code == 4
    assert "AuthorizationFailed" in told.stderr
    assert json.loads(told.stdout)["meta"]["unread"]
    in_time.moment += timedelta(days=1)
    late = command("exceptions", "list", "-c", home.config)
    assert late.exit_code == 4
    assert f"the last night, {DAYS[3]}, is not sealed" in late.stderr


def test_list_ends_4_where_the_last_night_was_not_judged(command: Command, place: Place) -> None:
    told = command("exceptions", "list", "-c", place.config)
    assert told.exit_code == 4
    assert "sealed and not judged" in told.stderr


def test_show_names_the_packs_of_its_nights(command: Command, home: Home, in_time: FakeClock) -> None:
    rows = data(command("exceptions", "list", "-c", home.config, "-o", "json").stdout)
    assert rows
    for row in rows:
        shown = command("exceptions", "show", row["exception"], "-c", home.config, "-o", "json")
        assert set(json.loads(shown.stdout)["meta"]["packs"]) <= set(home.packs)
        assert home.packs[-1] in json.loads(shown.stdout)["meta"]["packs"]


ENDS: list[tuple[tuple[str, ...], int]] = [
    ((), 0),
    (("--fail-on", "any"), 3),
    (("--fail-on", "critical"), 3),
    (("--fail-on", "critical", "--class", "failed"), 0),
    (("--fail-on", "past-due", "--class", "failed"), 0),
    (("--fail-on", "open", "--class", "failed"), 3),
    (("--fail-on", "any", "--state", "closed"), 0),
]


def test_list_ends_3_with_what_it_was_asked_to_fail_on(
    command: Command, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.exceptions.unread", lambda _: iter(()))
    for words, code in ENDS:
        assert command("exceptions", "list", "-c", place.config, *words).exit_code == code, words


def test_list_prints_in_every_form(command: Command, place: Place) -> None:
    for form in ("table", "csv", "ndjson"):
        told = command("exceptions", "list", "-c", place.config, "-o", form).stdout
        assert told.count("dba-eu") == 1, form


def test_decisions_of_a_person_are_shown_with_their_life_and_as_unproven(command: Command, place: Place) -> None:
    key = place.key_of("failed")
    base = ("-c", place.config, "-o", "json")
    said = command("exceptions", "acknowledge", key[:12], "--by", "Ada Example", *base)
    assert said.exit_code == 0, said.output
    assert "identity not proven by sign-in (grade C)" in said.stderr
    (row,) = data(said.stdout)
    assert (row["state"], row["recorded"], row["who"], row["grade"]) == ("acknowledged", "now", "Ada Example", "C")
    again = command("exceptions", "acknowledge", key[:12], "--by", "ada example", *base)
    assert data(again.stdout)[0]["recorded"] == "before"
    assert "nothing was added" in again.stderr
    command("exceptions", "comment", key, "--by", "Bo", "--text", "two\nlines", *base)
    shown = command("exceptions", "show", key[:12], *base)
    assert [one["what"] for one in data(shown.stdout)] == ["opened", "seen", "acknowledge", "comment"]
    assert "not proven" in data(shown.stdout)[2]["identity"]
    assert "ends by: a later completed job" in shown.stderr


def test_show_tells_the_proof_of_a_closed_one(command: Command, place: Place) -> None:
    key = place.key_of("failed")
    proven = Proofs(jobs={place.item: [job("good", at(DAYS[3]))]}, points={place.item: [point("p", at(DAYS[3], 22.2))]})
    place.record(3, proofs=proven)
    shown = command("exceptions", "show", key, "-c", place.config, "-o", "json")
    last = data(shown.stdout)[-1]
    assert (last["what"], last["job_ids"], last["recovery_point_ids"]) == ("closed", ["good"], ["p"])
    assert "Job good completed" in shown.stderr
    assert command("exceptions", "show", key, "-c", place.config).exit_code == 0


REFUSED: list[tuple[tuple[str, ...], int, str]] = [
    (("accept", *PEOPLE), 8, "until a day"),
    (("accept", *PEOPLE, "--until", "2020-01-01"), 8, "has passed"),
    (("accept", *PEOPLE, "--until", "2199-01-01"), 8, "at most 90 days"),
    (("accept", *PEOPLE, "--until", "soon"), 2, "no day"),
    (("accept", "--by", "Ada", "--approver", "ADA", "--reason", "x", "--until", "2026-12-01"), 8, "somebody else"),
    (("accept", "--by", "Ada", "--reason", "x", "--until", "2026-12-01"), 8, "needs a person at a terminal"),
    (("accept", *PEOPLE, "--until", "2026-12-01"), 8, "needs a person at a terminal"),
    (("acknowledge", "--sign-in"), 8, "needs a person at a terminal"),
    (("acknowledge", "--by", "Ada", "--sign-in"), 2, "not by both"),
    (("close", *PEOPLE, "--as", "approved"), 8, "no change that somebody could have wanted"),
    (("close", *PEOPLE, "--as", "decommissioned"), 8, "names it"),
    (("close", *PEOPLE), 2, "--as"),
    (("close", *PEOPLE, "--as", "done"), 2, "done"),
    (("reopen", "--by", "Ada", "--reason", "x"), 8, "nothing to reopen"),
    (("comment", "--by", "Ada", "--text", ""), 2, "--reason"),
    (("acknowledge",), 2, "--by"),
    (("acknowledge", "--by", "A\x07da"), 2, "no name"),
]


def test_what_may_not_be_decided_is_refused_with_a_sentence(command: Command, place: Place) -> None:
    key, before = place.key_of("failed"), len(Ledger(place.bench.store).entries())
    for words, code, said in REFUSED:
        told = command("exceptions", words[0], key, *words[1:], "-c", place.config)
        assert told.exit_code == code, (words, told.output)
        assert said in told.stderr, (words, told.stderr)
    assert len(Ledger(place.bench.store).entries()) == before


def test_a_key_that_is_not_there_ends_2(command: Command, place: Place) -> None:
    for words in (("show", "ffff00"), ("acknowledge", "zz", "--by", "Ada")):
        told = command("exceptions", *words, "-c", place.config)
        assert told.exit_code == 2
        assert "exceptions list" in told.stderr


def test_the_week_tells_the_oldest_each_region_and_what_moved(command: Command, place: Place) -> None:
    told = command("exceptions", "aging", "-c", place.config, "-o", "json")
    assert told.exit_code == 0, told.output
    rows = data(told.stdout)
    oldest = [row["class"] for row in rows if row["part"] == "oldest"]
    assert oldest == ["failed", "silent"]
    regions = {row["region"]: row for row in rows if row["part"] == "region"}
    assert (regions["westeurope"]["standing"], regions["westeurope"]["hints"], regions["westeurope"]["new"]) == (
        2,
        1,
        2,
    )
    assert (regions["westeurope"]["2-3"], regions["westeurope"]["0-1"]) == (1, 1)
    assert [(row["class"], row["moved"]) for row in rows if row["part"] == "moved"] == [
        ("failed", "new"),
        ("silent", "new"),
    ]
    table = command("exceptions", "aging", "-c", place.config)
    assert "oldest: 2" in table.stderr
    assert "westeurope" in table.stdout


def test_a_week_that_is_past_is_told_as_it_was_known(command: Command, place: Place) -> None:
    week = f"{NIGHT.isocalendar().year}-W{NIGHT.isocalendar().week:02d}"
    place.clock.moment += timedelta(days=14)
    command("exceptions", "acknowledge", place.key_of("failed"), "--by", "Ada", "-c", place.config)
    rows = data(command("exceptions", "aging", "--week", week, "-c", place.config, "-o", "json").stdout)
    assert {row["state"] for row in rows if row["part"] == "oldest"} <= {"open"}
    empty = data(command("exceptions", "aging", "--week", "2026-W40", "-c", place.config, "-o", "json").stdout)
    assert empty == []
    for wrong in ("2026-11", "2099-W01", "x"):
        assert command("exceptions", "aging", "--week", wrong, "-c", place.config).exit_code == 2


def test_a_month_is_exported_once_and_never_written_over(command: Command, place: Place) -> None:
    target = place.config.parent / "out.csv"
    month = f"{NIGHT:%Y-%m}"
    words = ("exceptions", "export", "--period", month, "-c", place.config, "-o", "json")
    told = command(*words, "--to", target)
    assert told.exit_code == 0, told.output
    with target.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert sorted((row["class"], row["owner"]) for row in rows) == [
        ("duration", ""),
        ("failed", "dba-eu"),
        ("silent", ""),
    ]
    assert "told" not in rows[0]
    again = command(*words, "--to", target)
    assert again.exit_code == 2
    assert "exists already" in again.stderr
    parquet = place.config.parent / "out.parquet"
    assert command(*words, "--to", parquet).exit_code == 0
    assert read_parquet(EXCEPTIONS, parquet).num_rows == 3
    assert command(*words, "--to", place.config.parent / "out.txt").exit_code == 2
    assert command("exceptions", "export", "--period", "2099-01", "--to", target, "-c", place.config).exit_code == 2
    earlier = place.config.parent / "earlier.csv"
    assert command("exceptions", "export", "--period", "2026-01", "--to", earlier, "-c", place.config).exit_code == 0
    assert len(earlier.read_text(encoding="utf-8").splitlines()) == 1


def test_what_is_served_is_compared_with_what_the_events_add_up_to(
    command: Command, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = command("exceptions", "verify", "-c", place.config, "-o", "json")
    assert (good.exit_code, data(good.stdout)) == (
        0,
        [{"exceptions": 3, "batches": 2, "signed_decisions": 0, "different": 0}],
    )
    from evidence.assess.exceptions.fold import Standings

    monkeypatch.setattr("evidence.runs.exceptions.state.standing_exceptions", lambda *_: Standings())
    bad = command("exceptions", "verify", "-c", place.config)
    assert bad.exit_code == 7
    assert "add up to" in bad.stderr
