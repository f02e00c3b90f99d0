"""Expected runs judged over whole nights of a small store: against counts made by hand, and whatever becomes known later."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from datetime import date, timedelta

import pytest

from evidence.ledger.entries import EntryKind
from evidence.ledger.folds import assessments, named_paths
from evidence.records import Kind, Outcome
from evidence.runs.assess import assess_night, standing_assessment
from evidence.runs.sealed import SealedRows
from evidence.runs.slots_standing import slots_file, standing_slots
from evidence.tables import EXCEPTIONS, SLOTS
from tests.fakes.bench import NIGHT, Bench, at, backup
from tests.fakes.bodies import FakeItem, FakeVault, daily, sent
from tests.fakes.memory_store import Stopped

BEFORE, NEXT = NIGHT - timedelta(days=1), NIGHT + timedelta(days=1)
AFTER = NEXT + timedelta(days=1)


def standing(bench: Bench, night: date) -> Mapping[str, str]:
    """Outcomes of a night's runs by item, as they stand now."""
    entries = bench.parts.ledger.entries()
    sealed = SealedRows(bench.store, named_paths(entries))
    rows = standing_slots(sealed, entries, night, night, ["item_name", "outcome"]).to_pylist()
    assert len({row["item_name"] for row in rows}) == len(rows)
    return {row["item_name"]: row["outcome"] for row in rows}


def fleet(bench: Bench) -> FakeVault:
    """Five machines whose backups went well the night before: one well again, one failed, one recovered, one that left no trace, one at work."""
    vault = bench.vault()
    for name in ("good", "failed", "recovered", "traceless", "working"):
        backup(vault, BEFORE, name)
    bench.run(BEFORE)
    backup(vault, NIGHT, "good")
    backup(vault, NIGHT, "failed", "Failed")
    backup(vault, NIGHT, "recovered", "Failed")
    again = backup(vault, NIGHT, "recovered")
    again.job_id, again.started_at = "again", at(NIGHT, 24)
    vault.items[2].points[-1].at = at(NIGHT, 24.1)
    backup(vault, NIGHT, "working", "InProgress")
    return vault


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_runs_of_a_small_store_come_out_as_counted_by_hand(bench: Bench) -> None:
    fleet(bench)
    bench.run()
    assert standing(bench, NIGHT) == {
        "good": "success",
        "failed": "failed",
        "recovered": "failed_recovered",
        "traceless": "pending",
        "working": "pending",
    }
    (told,) = (one.entry.payload for one in assessments(bench.parts.ledger.entries())[NIGHT])
    assert told["outcomes"] == {"failed": 1, "failed_recovered": 1, "pending": 2, "success": 1}


def test_what_was_not_final_is_judged_again_with_the_nights_that_follow(bench: Bench) -> None:
    vault = fleet(bench)
    bench.run()
    first = bench.memory.files.copy()
    next(job for job in vault.jobs if job.item == "working" and job.status == "InProgress").status = "Completed"
    vault.items[4].points.append(type(vault.items[4].points[0])("late", at(NIGHT, 22.05)))
    bench.run(NEXT)
    bench.run(AFTER)
    found = standing(bench, NIGHT)
    assert (found["traceless"], found["working"], found["failed"]) == ("silent", "success", "failed")
    assert {path: bench.memory.files[path] for path in first} == first


def test_a_later_edit_of_a_policy_changes_nothing_of_earlier_nights(bench: Bench) -> None:
    vault = fleet(bench)
    bench.run()
    before = orders(bench)
    vault.policies["daily"] = daily(3)
    bench.run(NEXT)
    assess_night(bench.parts, NIGHT)
    assert orders(bench) == before
    found = standing(bench, NIGHT)
    assert (found["good"], found["failed"]) == ("success", "failed")


def orders(bench: Bench) -> list[tuple[object, object, object]]:
    """Which policy called for which run of the night when."""
    entries = bench.parts.ledger.entries()
    sealed = SealedRows(bench.store, named_paths(entries))
    columns = ["item_name", "slot_at", "policy_sha256"]
    rows = standing_slots(sealed, entries, NIGHT, NIGHT, columns).to_pylist()
    return sorted((row["item_name"], row["slot_at"], row["policy_sha256"]) for row in rows)


def test_an_item_protected_later_was_not_expected_before(bench: Bench) -> None:
    vault = fleet(bench)
    bench.run()
    vault.items.append(FakeItem("new"))
    bench.run(NEXT)
    assess_night(bench.parts, NIGHT)
    assert "new" not in standing(bench, NIGHT)


def test_a_job_list_that_was_not_read_leaves_its_runs_unknown_until_a_later_list_tells(bench: Bench) -> None:
    vault = fleet(bench)
    vault.spoiled[Kind.JOBS] = (Outcome.NOT_REACHED, "HTTP 403 AuthorizationFailed")
    bench.run()
    found = standing(bench, NIGHT)
    assert "failed" not in found.values()
    assert "silent" not in found.values()
    vault.spoiled.clear()
    bench.run(NEXT)
    assert standing(bench, NIGHT)["failed"] == "failed"


def test_a_night_captured_late_rests_on_what_was_not_observed_then(bench: Bench) -> None:
    vault = bench.vault()
    backup(vault, NIGHT)
    bench.clock.reach(bench.calendar.window(AFTER + timedelta(days=7)).end)
    bench.run()
    assert set(standing(bench, NIGHT).values()) <= {"unknown"}
    assert "success" not in standing(bench, NIGHT).values()


def test_what_was_found_is_an_exception_and_ends_by_a_later_job_and_its_point(bench: Bench) -> None:
    vault = fleet(bench)
    bench.run()
    assert ("failed", "open") in exceptions(bench, NIGHT)
    for name in ("good", "failed", "recovered", "traceless", "working"):
        backup(vault, NEXT, name)
    bench.run(NEXT)
    assert ("failed", "closed") in exceptions(bench, NEXT)


def exceptions(bench: Bench, night: date) -> set[tuple[str, str]]:
    """Class and state of the exceptions of the item `failed`."""
    entry = assessments(bench.parts.ledger.entries())[night][-1].entry
    sealed = SealedRows(bench.store, named_paths(bench.parts.ledger.entries()))
    (path,) = (one.path for one in entry.objects if one.path.startswith(f"assessments/{EXCEPTIONS.name}/"))
    rows = sealed.file(EXCEPTIONS, path).to_pylist()
    return {(row["class"], row["state"]) for row in rows if row["subject"] == "failed"}


@pytest.mark.parametrize("item_gone", [False, True], ids=["point", "item"])
def test_a_point_that_was_deleted_before_anybody_saw_it_proves_no_backup(item_gone: bool) -> None:
    bench = Bench()
    vault = bench.vault()
    backup(vault, BEFORE)
    bench.run(BEFORE)
    backup(vault)
    gone = vault.items[0]
    gone.points[-1].properties["recoveryPointProperties"] = {"isSoftDeleted": True}
    if item_gone:
        gone.properties |= {"isScheduledForDeferredDelete": True, "lastRecoveryPoint": sent(gone.points[-1].at)}
    bench.run(NIGHT)
    assert standing(bench, BEFORE) == {"vm1": "success"}
    assert standing(bench, NIGHT)["vm1"] in {"success_no_point", "unknown"}


def test_a_point_that_was_seen_kept_proves_its_backup_though_it_is_deleted_later() -> None:
    bench = Bench()
    vault = bench.vault()
    backup(vault)
    bench.run(NIGHT)
    vault.items[0].points[-1].properties["recoveryPointProperties"] = {"isSoftDeleted": True}
    backup(vault, NEXT)
    bench.run(NEXT)
    assess_night(bench.parts, NIGHT)
    assert set(standing(bench, NIGHT).values()) == {"success"}


def test_judged_twice_the_same_rows_come_out(bench: Bench) -> None:
    fleet(bench)
    bench.run()
    sealed_once = _rows(bench)
    assess_night(bench.parts, NIGHT)
    assert _rows(bench) == sealed_once


def _rows(bench: Bench) -> list[dict[str, object]]:
    entries = bench.parts.ledger.entries()
    path = slots_file(assessments(entries)[NIGHT][-1])
    assert path is not None
    rows = SealedRows(bench.store, named_paths(entries)).file(SLOTS, path)
    plain: list[dict[str, object]] = rows.drop_columns(["assessment_id", "assessed_at"]).to_pylist()
    return plain


def test_an_assessment_killed_at_any_write_is_made_anew_and_doubles_no_event(bench: Bench) -> None:
    fleet(bench)
    bench.seal()
    whole = copy.deepcopy(bench)
    whole.memory.run_on()
    assess_night(whole.parts, NIGHT)
    for place in range(whole.memory.writes):
        again = copy.deepcopy(bench)
        again.memory.run_on()
        again.memory.stop_after = place
        with pytest.raises(Stopped):
            assess_night(again.parts, NIGHT)
        again.memory.run_on()
        if standing_assessment(again.parts.ledger.entries(), NIGHT) is None:
            assess_night(again.parts, NIGHT)
        assert _kinds(again) == _kinds(whole)
        assert exceptions(again, NIGHT) == exceptions(whole, NIGHT)


def _kinds(bench: Bench) -> list[EntryKind]:
    return [entry.kind for entry in bench.parts.ledger.entries()]
