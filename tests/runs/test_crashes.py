"""The machine stops before or after any single write of a night; run again, nothing is lost and nothing is doubled."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Mapping

import pytest

from evidence.errors import IntegrityError, RefusedError
from evidence.ledger.folds import assessments, named_paths, orphans, sealed_nights
from evidence.nights import look_back
from evidence.runs.begun import order_file
from evidence.runs.capture import Order
from evidence.runs.manifest import RunManifest
from evidence.runs.night import capture_stage, newest_run, seal_stage, sealed_run, tables_stage, unsealed_run
from evidence.stores.layout import run_file
from evidence.tables import JOBS, RESTORE_LINKS
from tests.fakes.bench import NIGHT, Bench, at, backup, restore
from tests.fakes.bodies import FakeItem, FakeJob
from tests.fakes.memory_store import Stopped

BEFORE = look_back(NIGHT, 2)


def made() -> Bench:
    bench = Bench()
    for name in ("v1", "v2"):
        vault = bench.vault(name)
        backup(vault, BEFORE)
        backup(vault, NIGHT)
        restore(vault, NIGHT, BEFORE)
    bench.run(BEFORE)
    bench.memory.run_on()
    return bench


MADE = made()


def world() -> Bench:
    """Two vaults and a sealed night, of which a test may do what it likes."""
    return copy.deepcopy(MADE)


def facts(bench: Bench) -> Mapping[str, object]:
    """What must be the same however often the machine stopped."""
    entries = bench.parts.ledger.entries()
    return {
        "runs": [len(found) for found in sealed_nights(entries).values()],
        "assessments": [len(found) for found in assessments(entries).values()],
        "jobs": sorted((row["job_id"], row["status"]) for row in bench.rows(JOBS, NIGHT)),
    }


WHOLE = world()
WHOLE.run(NIGHT)
EXPECTED = facts(WHOLE)
WRITES = WHOLE.memory.writes


def test_a_night_is_more_than_a_few_writes() -> None:
    assert WRITES > 12


@pytest.mark.parametrize("place", range(-1, WRITES))
def test_a_night_that_stopped_at_a_write_is_finished_by_the_next_run(place: int) -> None:
    # After a write and before the next the store holds the same; what the process knew is lost either way.
    bench = world()
    bench.memory.stop_after = place
    if place < 0:
        bench.memory.stop_before = 0
    with pytest.raises(Stopped):
        bench.run(NIGHT)
    bench.memory.run_on()
    bench.run(NIGHT)
    assert facts(bench) == EXPECTED
    named = named_paths(bench.parts.ledger.entries())
    assert all(path in bench.memory.files for path in named)


def test_a_night_can_stop_at_every_write_in_turn() -> None:
    bench = world()
    for place in (0, 3, 1, 5, 2, 0, 4, 6, 1):
        bench.memory.run_on()
        bench.memory.stop_before = place
        with contextlib.suppress(Stopped):
            bench.run(NIGHT)
    bench.memory.run_on()
    bench.run(NIGHT)
    assert facts(bench) == EXPECTED


def test_what_was_captured_before_the_stop_is_not_asked_again() -> None:
    bench = world()
    bench.capture(NIGHT)
    asked = len(bench.azure.asked)
    bench.run(NIGHT)
    assert len(bench.azure.asked) == asked


def test_a_run_that_stopped_before_its_vaults_were_known_is_left_as_orphans_and_told() -> None:
    bench = world()
    bench.memory.stop_before = 1
    with pytest.raises(Stopped):
        bench.capture(NIGHT)
    bench.memory.run_on()
    bench.run(NIGHT)
    entries = bench.parts.ledger.entries()
    left = orphans(bench.store.list(""), named_paths(entries))
    run_id = sealed_nights(entries)[NIGHT][0].run_id
    assert [one.path.startswith(f"calls/night={NIGHT}/") and run_id not in one.path for one in left] == [True]


@pytest.mark.parametrize("spoil", [b"", b"other bytes", None], ids=["emptied", "changed", "lost"])
def test_a_waiting_run_that_was_spoilt_is_captured_anew(spoil: bytes | None) -> None:
    bench = world()
    manifest = bench.capture(NIGHT)
    path = manifest.files[0].path
    del bench.memory.files[path]
    if spoil is not None:
        bench.memory.files[path] = spoil
    bench.run(NIGHT)
    standing = sealed_run(bench.parts, NIGHT)
    assert standing is not None
    assert standing.run_id != manifest.run_id
    assert facts(bench) == EXPECTED


@pytest.mark.parametrize("spoil", [b"", b"{}", b'{"format":"backup-evidence-run","v":99}'])
def test_a_waiting_run_whose_manifest_cannot_be_read_does_not_stop_the_night(spoil: bytes) -> None:
    bench = world()
    manifest = bench.capture(NIGHT)
    bench.memory.files[run_file(NIGHT, manifest.run_id)] = spoil
    bench.run(NIGHT)
    assert facts(bench) == EXPECTED


def test_a_manifest_at_another_runs_place_is_not_taken_over() -> None:
    bench = world()
    manifest = bench.capture(NIGHT)
    data = bench.memory.files.pop(run_file(NIGHT, manifest.run_id))
    bench.memory.files[run_file(NIGHT, "20261121T060000Z-ffffffff")] = data
    assert unsealed_run(bench.parts, NIGHT) is None


def test_a_run_under_another_configuration_is_not_taken_over() -> None:
    bench = world()
    manifest = bench.capture(NIGHT)
    bench.raw += b"automation: on\n"
    bench.run(NIGHT)
    standing = sealed_run(bench.parts, NIGHT)
    assert standing is not None
    assert standing.run_id != manifest.run_id


def test_tables_of_an_interrupted_stage_are_made_anew_where_what_they_rest_on_changed() -> None:
    bench = Bench()
    vault = bench.vault()
    vault.items.append(FakeItem("orders", database=True))
    vault.jobs.append(FakeJob("job-1", "orders", at(NIGHT)))
    manifest = bench.capture(NIGHT)
    bench.memory.run_on()
    bench.memory.stop_after = 7
    with pytest.raises(Stopped):
        tables_stage(bench.parts, manifest)
    bench.memory.run_on()
    # Meanwhile an earlier night becomes known, and with it a database of the same name: the job is about either.
    vault.items.append(FakeItem("orders2", database=True, properties={"friendlyName": "orders", "parentName": "OTHER"}))
    bench.run(BEFORE)
    vault.items.pop()
    bench.run(NIGHT)
    (job,) = bench.rows(JOBS, NIGHT)
    assert job["item_link"] == "ambiguous"
    named = named_paths(bench.parts.ledger.entries())
    left = [one.path for one in orphans(bench.store.list(""), named)]
    assert [path for path in left if path.startswith("tables/jobs/")]


def test_tables_that_were_made_are_sealed_as_they_were_made() -> None:
    bench = world()
    manifest = bench.capture(NIGHT)
    made = tables_stage(bench.parts, manifest)
    writes = bench.memory.writes
    assert tables_stage(bench.parts, manifest) == made
    assert bench.memory.writes == writes


def test_tables_that_were_changed_before_the_seal_are_an_error() -> None:
    bench = world()
    manifest = bench.capture(NIGHT)
    made = tables_stage(bench.parts, manifest)
    bench.memory.files[made.files[0].path] += b" "
    with pytest.raises(IntegrityError, match="as they were written"):
        tables_stage(bench.parts, manifest)


def captured_meanwhile(bench: Bench, one: RunManifest) -> RunManifest:
    """The run of a process that began before the first had written its order, so that it captured as well."""
    paths = (order_file(NIGHT, one.run_id), run_file(NIGHT, one.run_id))
    hidden = {path: bench.memory.files.pop(path) for path in paths}
    other = bench.capture(NIGHT)
    bench.memory.files |= hidden
    return other


def test_two_runs_at_once_seal_the_night_once() -> None:
    bench = world()
    one = capture_stage(bench.parts, bench.azure, Order(NIGHT), workers=1).manifest
    other = captured_meanwhile(bench, one)
    assert one.run_id != other.run_id
    first, second = tables_stage(bench.parts, one), tables_stage(bench.parts, other)
    seal_stage(bench.parts, one, first, bench.configuration)
    with pytest.raises(RefusedError, match="sealed already"):
        seal_stage(bench.parts, other, second, bench.configuration)
    assert facts(bench)["runs"] == [1, 1]


def test_what_the_slower_of_two_runs_left_never_stands_in_the_way() -> None:
    bench = world()
    one = bench.capture(NIGHT)
    other = captured_meanwhile(bench, one)
    seal_stage(bench.parts, one, tables_stage(bench.parts, one), bench.configuration)
    # The next command continues with the links: it must find the sealed run, not the leftover of the other.
    assert newest_run(bench.parts, NIGHT).run_id == one.run_id
    bench.run(NIGHT)
    assert facts(bench) == EXPECTED
    assert other.run_id not in {run.run_id for run in sealed_nights(bench.parts.ledger.entries())[NIGHT]}


def test_an_interrupted_second_capture_is_finished_by_the_same_order() -> None:
    bench = world()
    bench.run(NIGHT)
    bench.memory.run_on()
    again = bench.capture(NIGHT, again=True, reason="rights were granted")
    asked = len(bench.azure.asked)
    bench.run(NIGHT, again=True, reason="rights were granted")
    assert len(bench.azure.asked) == asked
    assert [run.run_id for run in sealed_nights(bench.parts.ledger.entries())[NIGHT]][-1] == again.run_id


def test_a_leftover_second_capture_does_not_replace_a_later_one() -> None:
    bench = world()
    bench.run(NIGHT)
    left = bench.capture(NIGHT, again=True, reason="first try")
    bench.run(NIGHT, again=True, reason="second try")
    bench.run(NIGHT)
    runs = sealed_nights(bench.parts.ledger.entries())[NIGHT]
    assert [run.again for run in runs] == [False, True]
    assert left.run_id not in {run.run_id for run in runs}


def test_sealed_files_that_were_changed_are_an_error_and_never_read() -> None:
    bench = world()
    bench.run(NIGHT)
    path = next(path for path in bench.memory.files if path.startswith(f"tables/jobs/night={NIGHT}"))
    bench.memory.files[path] += b" "
    with pytest.raises(IntegrityError, match="ledger names"):
        bench.rows(JOBS)


def test_links_are_made_once_for_each_assessment() -> None:
    assert len({row["assessment_id"] for row in WHOLE.rows(RESTORE_LINKS)}) <= 1
