"""Looks between nights on a store in memory: what is new is told once, what was not read is never nothing, and the night goes its own way."""

from __future__ import annotations

from datetime import timedelta

import pytest

from evidence.assess.findings import Class
from evidence.ledger.entries import EntryKind
from evidence.ledger.folds import named_paths, orphans
from evidence.ledger.watches import watch_looks
from evidence.runs.manifest import parse_run_manifest
from evidence.runs.watch.look import AHEAD
from evidence.stores.layout import watch_file
from evidence.tables.captures import capture_from_parquet
from tests.fakes.bench import at
from tests.fakes.bodies import FakeItem
from tests.runs.evening import NEXT, TEN, Scene, torn


@pytest.fixture
def scene() -> Scene:
    return Scene()


# --- what is new


def test_a_quiet_look_leaves_nothing_in_store_and_ledger(scene: Scene) -> None:
    before, entries = dict(scene.bench.memory.files), scene.kinds()
    found = scene.look()
    assert (found.fresh, found.unread, found.entry) == ((), (), None)
    assert scene.source.asked == ["v1", "v2"]
    assert dict(scene.bench.memory.files) == before
    assert scene.kinds() == entries


def test_a_fresh_failure_is_a_finding_with_item_job_code_and_recommendation(scene: Scene) -> None:
    job = scene.fails(scene.first)
    (finding,) = scene.look().findings
    assert (finding.class_, finding.subject) == (Class.FAILED, "vm1")
    assert finding.item_key == scene.first.item_id(scene.first.items[0]).lower()
    assert finding.job_ids == (job.job_id,)
    assert finding.error_codes == ("400001",)
    assert finding.recommendation == "Run the backup again."
    assert finding.night == NEXT
    assert finding.at == job.started_at


def test_it_is_opened_as_an_exception_and_named_with_its_calls_by_the_ledger(scene: Scene) -> None:
    scene.fails(scene.first)
    before = len(scene.kinds())
    found = scene.look()
    assert scene.kinds()[before:] == ["exception-events", "watch-looked"]
    assert found.recorded is not None
    assert found.recorded.counts == {"opened": 1}
    assert found.entry is not None
    named = named_paths(scene.bench.parts.ledger.entries())
    assert not orphans(scene.bench.store.list(""), named), "nothing that a look wrote is left unnamed"
    manifest = parse_run_manifest(scene.bench.store.read(watch_file(NEXT, found.run_id)))
    (file,) = manifest.calls
    assert "/v1-" in file.path, "of vaults without news nothing is said, so nothing is kept"
    capture = capture_from_parquet(scene.bench.store.read(file.path))
    assert b"CommandFailed" in capture.calls[0].last.body


def test_the_same_failure_is_told_once_by_whatever_process(scene: Scene) -> None:
    scene.fails(scene.first)
    assert len(scene.look().fresh) == 1
    for minutes in (2, 4, 600):
        again = scene.look(minutes)
        assert (again.fresh, again.known, again.entry) == ((), 1, None)


def test_another_job_of_the_same_problem_is_seen_and_opens_nothing(scene: Scene) -> None:
    scene.fails(scene.first)
    scene.look()
    scene.fails(scene.first, hours=22.4)
    found = scene.look(2)
    assert len(found.fresh) == 1
    assert found.recorded is not None
    assert "opened" not in found.recorded.counts


def test_two_jobs_of_one_problem_in_one_look_are_one_finding(scene: Scene) -> None:
    first, second = scene.fails(scene.first), scene.fails(scene.first, hours=22.4)
    found = scene.look()
    assert [one.job_ids for one in found.findings] == [(first.job_id, second.job_id)]
    assert len(found.fresh) == 2


def test_failures_of_two_vaults_are_two_problems_in_one_entry(scene: Scene) -> None:
    scene.fails(scene.first), scene.fails(scene.second)
    found = scene.look()
    assert {one.vault_id for one in found.findings} == {scene.first.vault.vault_id, scene.second.vault.vault_id}
    assert len(watch_looks(scene.bench.parts.ledger.entries())) == 1


def test_a_warning_is_a_warning(scene: Scene) -> None:
    scene.fails(scene.first).status = "CompletedWithWarnings"
    assert [one.class_ for one in scene.look().findings] == [Class.WARNING]


def test_a_failed_restore_is_no_failed_backup(scene: Scene) -> None:
    scene.fails(scene.first, operation="Restore")
    assert scene.look().fresh == ()


def test_a_job_whose_item_cannot_be_told_is_told_by_its_own_name(scene: Scene) -> None:
    scene.fails(scene.first, name="stranger")
    (finding,) = scene.look().findings
    assert (finding.item_key, finding.subject) == (None, "stranger")
    assert "does not tell which item" in finding.summary


def test_a_database_is_found_by_name_and_server(scene: Scene) -> None:
    scene.first.items.append(FakeItem("orders", database=True))
    scene.bench.clock.reach(scene.bench.calendar.window(NEXT).end)
    scene.bench.seal(NEXT)
    after = NEXT + timedelta(days=1)
    scene.fails(scene.first, name="orders", night=after)
    (finding,) = scene.look(minutes=24 * 60).findings
    assert finding.item_key is not None
    assert finding.item_key.endswith("sqldatabase;mssqlserver;orders")


# --- what was known before


def test_a_failure_that_a_sealed_night_holds_is_not_told_again(scene: Scene) -> None:
    scene.fails(scene.first)
    scene.bench.clock.reach(scene.bench.calendar.window(NEXT).end)
    scene.bench.seal(NEXT)
    found = scene.look(minutes=8 * 60)
    assert (found.fresh, found.known) == ((), 1)


def test_a_job_that_a_sealed_night_saw_running_is_told_when_it_fails(scene: Scene) -> None:
    job = scene.fails(scene.first, night=NEXT, hours=29.5)
    job.status = "InProgress"
    scene.bench.clock.reach(scene.bench.calendar.window(NEXT).end)
    scene.bench.seal(NEXT)
    job.status = "Failed"
    assert len(scene.look(minutes=8 * 60).fresh) == 1


def test_a_look_that_was_cut_short_before_its_entry_is_made_up_for(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.fails(scene.first)
    with monkeypatch.context() as patched:
        patched.setattr("evidence.runs.watch.look.adopt_configuration", torn)
        with pytest.raises(RuntimeError):
            scene.look()
    found = scene.look(2)
    assert len(found.fresh) == 1
    assert found.entry is not None
    assert found.recorded is not None
    assert "opened" not in found.recorded.counts, "what was recorded before the fall is not recorded twice"


# --- edges of time


@pytest.mark.parametrize(("hours_ago", "fresh"), [(23.9, 1), (24.0, 1), (24.1, 0), (0.0, 1), (-0.05, 1)], ids=str)
def test_a_job_counts_from_the_beginning_of_the_reach_to_a_little_ahead_of_our_clock(
    scene: Scene, hours_ago: float, fresh: int
) -> None:
    scene.bench.clock.tick = timedelta(0)
    job = scene.fails(scene.first)
    job.started_at = TEN - timedelta(hours=hours_ago)
    assert timedelta(hours=0.05) < AHEAD
    assert len(scene.look().fresh) == fresh


def test_a_failure_of_last_night_seen_after_the_cut_over_belongs_to_its_own_night(scene: Scene) -> None:
    job = scene.fails(scene.first, hours=29.9)  # 05:54, the cut-over is at 06:00
    ten_past = at(NEXT, 30) + timedelta(minutes=10)
    found = scene.look(minutes=(ten_past - TEN) / timedelta(minutes=1))
    assert found.night == NEXT + timedelta(days=1)
    assert [(one.night, one.at) for one in found.findings] == [(NEXT, job.started_at)]


def test_a_job_that_does_not_tell_when_it_began_is_told_by_the_moment_it_was_seen(scene: Scene) -> None:
    scene.fails(scene.first).started_at = None
    (finding,) = scene.look().findings
    assert TEN <= finding.at < TEN + timedelta(minutes=1)


# --- beside the night


def test_the_nights_run_takes_nothing_of_the_watch_for_its_own(scene: Scene) -> None:
    scene.fails(scene.first)
    found = scene.look()
    scene.bench.clock.reach(scene.bench.calendar.window(NEXT).end)
    manifest = scene.bench.capture(NEXT)
    assert not any(found.run_id in file.path for file in manifest.files)
    entry = scene.bench.seal(NEXT)
    assert entry.kind is EntryKind.NIGHT_SEALED
    assert not any(found.run_id in one.path for one in entry.objects)


def test_what_atorn_look_left_is_no_run_to_be_taken_over(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.fails(scene.first)
    with monkeypatch.context() as patched:
        patched.setattr("evidence.runs.watch.look.adopt_configuration", torn)
        with pytest.raises(RuntimeError):
            scene.look()
    scene.bench.clock.reach(scene.bench.calendar.window(NEXT).end)
    assert scene.bench.capture(NEXT).vaults
    assert "watch" not in scene.bench.seal(NEXT).payload["run_id"]  # type: ignore[operator]  # a text


def test_looks_at_the_same_store_by_the_same_clock_write_the_same_bytes() -> None:
    stores = []
    for _ in range(2):
        scene = Scene()
        scene.fails(scene.first), scene.fails(scene.second)
        scene.look()
        stores.append(dict(scene.bench.memory.files))
    assert stores[0] == stores[1]
