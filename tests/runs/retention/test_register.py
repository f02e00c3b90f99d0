"""The register of stores as nights, people and time leave them."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta

import pytest

from evidence.errors import IntegrityError
from evidence.ledger.entries import Draft, EntryKind, LedgerObject
from evidence.nights import Calendar
from evidence.retention.register import Register
from evidence.retention.values import Kind, Promise, State
from evidence.runs.retention.register import Keeper, read_register
from tests.fakes.disposals import bury
from tests.fakes.kept import HASH, Kept, morning
from tests.fakes.memory_store import MemoryStore

NIGHT = date(2026, 3, 10)
NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
EXTERNAL = ("all", "audit", "external-acme")


def promised(kept: Kept, begin: str, now: datetime = NOW) -> dict[Promise, int]:
    """Promises of the objects whose path begins so, and how many there are of each."""
    found: dict[Promise, int] = {}
    for one in kept.register(now).under(begin):
        found[one.promise] = found.get(one.promise, 0) + 1
    return found


def days(kept: Kept, begin: str) -> set[date | None]:
    return {one.day for one in promised(kept, begin)}


@pytest.fixture
def kept() -> Kept:
    store = Kept()
    store.adopt("", datetime(2026, 3, 1, 6, tzinfo=UTC))
    return store


def test_every_sealed_object_is_there_once_with_its_size_and_hash(kept: Kept) -> None:
    kept.night(NIGHT, vaults=3)
    kept.assessed(NIGHT)
    kept.pack(NIGHT, NIGHT, date(2028, 1, 1))
    kept.store.create("packs/all/night/internal/orphan.zip", b"nobody names it")
    assert isinstance(kept.store, MemoryStore)
    found = {one.file.path: (one.file.bytes, one.file.sha256) for one in kept.register(NOW)}
    named = {one for one in kept.store.files if not one.startswith("ledger/") and "orphan" not in one}
    assert found == {
        path: (len(data), hashlib.sha256(data).hexdigest()) for path, data in kept.store.files.items() if path in named
    }
    assert len(found) == 8
    for path in named:
        one = kept.register(NOW).find(path)
        assert one is not None
        assert one.file.path == path
    assert kept.register(NOW).find("packs/all/night/internal/orphan.zip") is None
    assert kept.register(NOW).find("") is None


def test_an_empty_store_has_an_empty_register() -> None:
    register = Kept().register(NOW)
    assert (len(register), list(register), register.find("calls/x")) == (0, [], None)
    assert register.leaving(NOW.date(), date(2030, 1, 1)).objects == 0


def test_calls_tables_and_assessments_stay_as_long_as_the_packs_of_their_night(kept: Kept) -> None:
    kept.night(NIGHT)
    kept.assessed(NIGHT)
    for begin in ("calls/", "tables/", "assessments/"):
        assert days(kept, begin) == {date(2028, 1, 1)}
    kept.pack(
        date(2025, 10, 1), date(2026, 9, 30), date(2033, 4, 5), morning(NIGHT), series=("all", "audit", "internal")
    )
    for begin in ("calls/", "tables/", "assessments/"):
        assert days(kept, begin) == {date(2033, 4, 5)}


def test_a_superseded_pack_keeps_its_nights_and_itself_as_before(kept: Kept) -> None:
    kept.night(NIGHT)
    kept.pack(NIGHT, NIGHT, date(2035, 1, 1))
    kept.pack(NIGHT, NIGHT, date(2029, 1, 1), morning(NIGHT, 9), again=True)
    assert days(kept, "packs/all/night/internal/2026-03-10/r0001") == {date(2035, 1, 1)}
    assert days(kept, "packs/all/night/internal/2026-03-10/r0002") == {date(2029, 1, 1)}
    assert days(kept, "calls/") == {date(2035, 1, 1)}


def test_a_night_sealed_twice_has_both_runs_each_from_its_own_sealing(kept: Kept) -> None:
    kept.night(NIGHT)
    kept.night(NIGHT, datetime(2029, 5, 5, 7, tzinfo=UTC), again=True)
    assert days(kept, f"calls/night={NIGHT}/20260311") == {date(2028, 1, 1)}
    assert days(kept, f"calls/night={NIGHT}/20290505") == {date(2030, 5, 5)}


def test_a_late_capture_and_an_import_of_an_old_night_count_from_their_sealing(kept: Kept) -> None:
    old = date(2019, 7, 1)
    kept.night(old, datetime(2026, 3, 11, 7, tzinfo=UTC))
    kept.imported(old, datetime(2026, 3, 12, 7, tzinfo=UTC))
    assert days(kept, "calls/") == {date(2027, 3, 11)}
    assert days(kept, "imports/") == {date(2027, 3, 12)}
    assert days(kept, "tables/jobs/night=2019-07-01/import-") == {date(2027, 3, 12)}


def test_a_file_that_two_imports_name_is_of_both(kept: Kept) -> None:
    kept.imported(date(2019, 7, 1), datetime(2026, 3, 12, 7, tzinfo=UTC))
    kept.imported(NIGHT, datetime(2027, 2, 1, 7, tzinfo=UTC))
    [file] = kept.register(NOW).under("imports/files/")
    assert file.promise.day == date(2028, 2, 1)
    assert (file.file.sequence, file.file.first_night, file.file.last_night) == (3, date(2019, 7, 1), NIGHT)
    kept.pack(NIGHT, NIGHT, date(2040, 1, 1))
    assert days(kept, "imports/files/") == {date(2040, 1, 1)}


def test_two_entries_that_disagree_on_an_object_are_an_error(kept: Kept) -> None:
    kept.night(NIGHT)
    path = next(kept.register(NOW).under("calls/")).file.path
    payload = {"night": str(NIGHT), "assessment_id": "a", "ledger_size": 1, "tables": {}}
    kept.entry(EntryKind.ASSESSMENT_SEALED, f"assessment/{NIGHT}", NOW, payload, [LedgerObject(path, 1, HASH)])
    with pytest.raises(IntegrityError, match=f"Ledger entry 4 names {path} with another size or hash"):
        kept.register(NOW)


def test_a_folder_that_is_not_known_is_kept_for_ever(kept: Kept) -> None:
    payload = {"night": str(NIGHT), "assessment_id": "a", "ledger_size": 1, "tables": {}}
    named = [kept.keep("pictures/night=2026-03-10/x.png"), kept.keep("calls.txt"), kept.keep(f"CALLS/night={NIGHT}/x")]
    kept.entry(EntryKind.ASSESSMENT_SEALED, f"assessment/{NIGHT}", NOW, payload, named)
    late = datetime(2100, 1, 1, tzinfo=UTC)
    assert {(one.file.kind, one.promise.day, one.state) for one in kept.register(late) if one.file.sequence == 3} == {
        (Kind.UNKNOWN, None, State.ACTIVE)
    }


def test_an_external_audience_keeps_its_masks_as_long_as_its_packs_and_until_the_engagement_ends(kept: Kept) -> None:
    kept.pack(NIGHT, NIGHT, date(2028, 1, 1), series=EXTERNAL)
    assert days(kept, "engagements/") == {date(2028, 1, 1)}
    kept.pack(NIGHT + timedelta(days=1), NIGHT + timedelta(days=1), date(2031, 1, 1), series=EXTERNAL)
    assert days(kept, "engagements/external-acme/1.key") == {date(2031, 1, 1)}
    assert days(kept, "engagements/external-acme/all-audit-external-acme-2026-03-10") == {date(2028, 1, 1)}
    kept.retention = "{engagements: [{name: acme, release: 2036-07-08, scopes: [none-of-these]}]}"
    assert days(kept, "engagements/") == days(kept, "packs/all/audit/") == {date(2036, 7, 8)}


def test_a_stamp_stays_as_long_as_its_pack(kept: Kept) -> None:
    kept.pack(NIGHT, NIGHT, date(2034, 1, 1))
    kept.stamped("all-night-internal-2026-03-10-r0001", NOW)
    assert days(kept, "stamps/") == {date(2034, 1, 1)}


def test_a_drill_s_evidence_stays_as_long_as_the_packs_of_its_quarter(kept: Kept) -> None:
    planned = {
        "kind": "plan_drafted",
        "plan_id": "p",
        "quarter": "2026Q1",
        "drills": [{"drill_id": "d", "quarter": "2026Q1"}],
    }
    kept.entry(EntryKind.DRILL_EVENT, "plan/p", datetime(2026, 1, 2, tzinfo=UTC), {"v": 1, "told": planned})
    data = b"screen"
    path = f"drills/d/{hashlib.sha256(data).hexdigest()}"
    named = kept.keep(path, data)
    told = {
        "kind": "evidence_attached",
        "drill_id": "d",
        "evidence": {"path": path, "bytes": named.bytes, "sha256": named.sha256},
    }
    kept.entry(EntryKind.DRILL_EVENT, "drill/d", datetime(2026, 5, 2, tzinfo=UTC), {"v": 1, "told": told}, [named])
    [file] = kept.register(NOW).under("drills/")
    assert (file.file.first_night, file.file.last_night) == (date(2026, 1, 1), date(2026, 3, 31))
    assert file.promise.day == date(2028, 1, 1)
    kept.pack(date(2026, 1, 1), date(2026, 3, 31), date(2034, 1, 1), NOW, series=("all", "restore-drills", "internal"))
    assert days(kept, "drills/") == {date(2034, 1, 1)}


def test_rules_may_change_and_every_day_says_which_configuration_set_it(kept: Kept) -> None:
    kept.night(NIGHT)
    long = kept.adopt("{default: 7y}", morning(NIGHT, 2))
    kept.adopt("{default: 2y}", morning(NIGHT, 3))
    [promise] = promised(kept, "calls/")
    assert promise.day == date(2034, 1, 1)
    assert promise.candidates[0].source == f"configuration {long.payload['sha256']}"
    kept.night(NIGHT + timedelta(days=5))
    assert days(kept, f"calls/night={NIGHT + timedelta(days=5)}") == {date(2029, 1, 1)}
    assert days(kept, "configuration/") == {date(2034, 1, 1)}


def test_a_configuration_that_was_lost_or_changed_lets_nothing_go(kept: Kept) -> None:
    kept.night(NIGHT)
    middle = kept.adopt("{default: 7y}", morning(NIGHT, 2))
    kept.adopt("", morning(NIGHT, 3))
    kept.night(NIGHT + timedelta(days=5))
    assert isinstance(kept.store, MemoryStore)
    [path] = [one.path for one in middle.objects]
    for spoil in (lambda: kept.store.files.update({path: b"other"}), lambda: kept.store.files.pop(path)):
        spoil()
        [promise] = promised(kept, f"calls/night={NIGHT}/")
        assert promise.day is None
        assert "cannot be read" in promise.rule
        assert days(kept, f"calls/night={NIGHT + timedelta(days=5)}") == {date(2028, 1, 1)}


def test_a_configuration_of_a_later_version_is_not_taken_for_one_without_rules(kept: Kept) -> None:
    kept.night(NIGHT)
    kept.retention = ""
    raw = b"azure: {}\nretention: {forever: true}\n"
    sha256 = hashlib.sha256(raw).hexdigest()
    payload = {"sha256": sha256, "code_version": "9", "adopted_at": "x"}
    kept.entry(
        EntryKind.CONFIGURATION_ADOPTED,
        f"configuration/{sha256}",
        NOW,
        payload,
        [kept.keep(f"configuration/{sha256}.yaml", raw)],
    )
    [promise] = promised(kept, "calls/")
    assert promise.day is None
    assert "not understood by this version" in promise.rule


def kept_register(kept: Kept, draft: Draft) -> Register:
    """The register in a year far ahead, with one entry more."""
    entries = [*kept.ledger.entries(), draft.placed(3, HASH)]
    return read_register(Keeper(kept.store, Calendar()), entries, datetime(2200, 1, 1, tzinfo=UTC))


def test_checkpoints_outlive_all_that_they_prove(kept: Kept) -> None:
    draft = Draft(EntryKind.CHECKPOINT_PUBLISHED, NOW, "x", "checkpoint/1", {}, (kept.keep("checkpoints/1/root"),))
    one = kept_register(kept, draft).find("checkpoints/1/root")
    assert one is not None
    assert (one.promise.day, one.state) == (None, State.ACTIVE)


@pytest.mark.parametrize(
    ("kind", "told", "lasts"),
    [
        (EntryKind.EXCEPTION_EVENTS, {}, True),
        (EntryKind.DRILL_EVENT, {"told": {"kind": "waived"}}, True),
        (EntryKind.DRILL_EVENT, {"told": {"kind": "reviewed"}}, False),
    ],
    ids=["exception", "waiver", "review"],
)
def test_the_proof_of_a_risk_that_may_stand_for_years_has_no_day(
    kept: Kept, kind: EntryKind, told: dict[str, object], lasts: bool
) -> None:
    draft = Draft(kind, NOW, "x", "drill/DR-1", told, (kept.keep("decisions/one/decision.json"),))
    one = kept_register(kept, draft).find("decisions/one/decision.json")
    assert one is not None
    assert (one.promise.day is None) == lasts


def test_what_was_disposed_of_is_told_as_such_and_what_proves_it_stays(kept: Kept) -> None:
    night = kept.night(NIGHT)
    kept.pack(NIGHT, NIGHT, date(2028, 1, 1))
    bury(kept.parts(NOW), night.objects)
    register = kept.register(datetime(2200, 1, 1, tzinfo=UTC))
    assert {one.state for one in register.under("calls/")} == {State.DISPOSED}
    assert {one.state for one in register.under("packs/")} == {State.ELIGIBLE}
    for begin in ("decisions/", "retention/"):
        assert {(one.promise.day, one.state) for one in register.under(begin)} == {(None, State.ACTIVE)}
    assert int(register.gone.sum()) == 2
    assert register.leaving(date(2028, 1, 2), date(2028, 1, 2)).by_kind == {
        Kind.PACKS: (2, 2),
        Kind.CONFIGURATION: (1, len(kept.raw)),
    }


def test_states_follow_the_day_in_the_store_s_zone() -> None:
    kept = Kept(calendar=Calendar("America/Los_Angeles"))
    kept.night(NIGHT)
    end = datetime(2028, 1, 2, 7, 59, 59, tzinfo=UTC)
    assert {one.state for one in kept.register(end)} == {State.ACTIVE}
    later = kept.register(end + timedelta(seconds=1))
    assert {one.state for one in later} == {State.ELIGIBLE}
    assert int(later.states()[State.ELIGIBLE].sum()) == len(later) == 2


def test_any_past_state_of_the_ledger_can_be_folded_and_days_only_grow(kept: Kept) -> None:
    kept.night(NIGHT)
    kept.pack(NIGHT, NIGHT, date(2029, 1, 1))
    kept.adopt("{default: 3y}", morning(NIGHT, 3))
    kept.imported(NIGHT, morning(NIGHT, 4))
    kept.adopt("{}", morning(NIGHT, 5))
    kept.pack(NIGHT, NIGHT, date(2032, 1, 1), morning(NIGHT, 6), again=True)
    before: dict[str, date] = {}
    for size in range(3, len(kept.ledger.entries()) + 1):
        now = {one.file.path: one.promise.day or date.max for one in kept.register(NOW, size)}
        assert all(now[path] >= day for path, day in before.items()), size
        before = now


def test_the_same_ledger_gives_the_same_register(kept: Kept) -> None:
    kept.night(NIGHT, vaults=4)
    kept.pack(NIGHT, NIGHT, date(2029, 1, 1))
    assert list(kept.register(NOW)) == list(kept.register(NOW))
    paths = [one.file.path for one in kept.register(NOW)]
    assert paths == sorted(paths)
