"""Looks between nights on a store in memory: what is new is told once, what was not read is never nothing, and the night goes its own way."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest

from evidence.assess.findings import Class
from evidence.errors import SourceError
from evidence.ledger.entries import EntryKind
from evidence.ledger.folds import named_paths, orphans
from evidence.ledger.watches import watch_looks
from evidence.runs.manifest import parse_run_manifest
from evidence.runs.watch import AHEAD, SETTLE, Look, Watching, look
from evidence.runs.watch_asking import OVER, Asking
from evidence.stores.layout import watch_file
from evidence.tables.captures import capture_from_parquet
from tests.fakes.bench import NIGHT, Bench, at, backup
from tests.fakes.bodies import FakeItem, FakeJob, FakeVault
from tests.fakes.watched import WatchedAzure

NEXT = NIGHT + timedelta(days=1)
"""The night that runs while the tests look."""
TEN = at(NEXT, 22.5)


@dataclass
class Scene:
    """One sealed night of two vaults, and the evening after."""

    bench: Bench = field(default_factory=Bench)
    reach: timedelta = timedelta(hours=24)

    def __post_init__(self) -> None:
        self.first, self.second = self.bench.vault("v1"), self.bench.vault("v2", region="eastus")
        backup(self.first), backup(self.second)
        self.bench.seal(NIGHT)
        self.bench.clock.reach(TEN)
        self.source = WatchedAzure(self.bench.azure)
        self.elapsed: Callable[[], float] = lambda: 0.0

    def look(self, minutes: float = 0, first: Sequence[str] = ()) -> Look:
        """Look, some minutes after half past ten, in a process of its own."""
        self.bench.clock.reach(TEN + timedelta(minutes=minutes))
        asking = Asking(self.source, 30.0, 1, self.elapsed)
        watching = Watching(asking, self.reach, self.bench.configuration.raw)
        return look(self.bench.parts, watching, first)

    def fails(
        self, vault: FakeVault, name: str = "vm1", hours: float = 22.0, night: date = NEXT, **more: object
    ) -> FakeJob:
        """A backup that failed."""
        job = FakeJob(f"failed-{vault.name}-{name}-{night}-{hours}", name, at(night, hours), status="Failed", **more)  # type: ignore[arg-type]  # passed on
        vault.jobs.append(job)
        return job

    def kinds(self) -> list[str]:
        return [str(entry.kind) for entry in self.bench.parts.ledger.entries()]


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
        patched.setattr("evidence.runs.watch.adopt_configuration", _torn)
        with pytest.raises(RuntimeError):
            scene.look()
    found = scene.look(2)
    assert len(found.fresh) == 1
    assert found.entry is not None
    assert found.recorded is not None
    assert "opened" not in found.recorded.counts, "what was recorded before the fall is not recorded twice"


def _torn(*_: object) -> None:
    raise RuntimeError("the machine fell")


# --- what was not read


def test_a_vault_that_cannot_be_asked_is_recorded_and_is_not_without_failures(scene: Scene) -> None:
    scene.source.refused["v2"] = "HTTP 403 AuthorizationFailed"
    scene.fails(scene.second)
    found = scene.look()
    assert [(one.vault_id, one.reason) for one in found.unread] == [
        (scene.second.vault.vault_id, "HTTP 403 AuthorizationFailed")
    ]
    (recorded,) = watch_looks(scene.bench.parts.ledger.entries())
    assert recorded.unread == found.unread
    assert recorded.jobs == ()
    manifest = parse_run_manifest(scene.bench.store.read(watch_file(NEXT, found.run_id)))
    assert ["/v2-" in file.path for file in manifest.calls] == [True]


def test_the_failures_of_other_vaults_are_told_all_the_same(scene: Scene) -> None:
    scene.source.broken["v2"] = ValueError("no such thing")
    scene.fails(scene.first)
    found = scene.look()
    assert len(found.fresh) == 1
    assert "ValueError: no such thing" in found.unread[0].reason


def test_a_vault_that_stays_unread_is_recorded_once_and_when_it_is_read_again(scene: Scene) -> None:
    scene.source.refused["v2"] = "quota: Azure answers no more questions"
    entries = [scene.look(minutes).entry for minutes in (0, 2, 30, 60)]
    assert [entry is not None for entry in entries] == [True, False, False, False]
    del scene.source.refused["v2"]
    last = scene.look(62)
    assert last.entry is not None
    assert last.unread == ()


def test_a_vault_that_comes_and_goes_does_not_fill_the_ledger(scene: Scene) -> None:
    for number in range(10):
        scene.source.refused = {"v2": "quota: no"} if number % 2 else {}
        scene.look(2 * number)
    assert len(watch_looks(scene.bench.parts.ledger.entries())) <= 1 + 20 // (SETTLE.seconds // 60)


def test_a_fresh_failure_never_waits_for_it(scene: Scene) -> None:
    scene.source.refused["v2"] = "quota: no"
    scene.look()
    scene.fails(scene.first)
    assert scene.look(2).entry is not None


def test_a_failed_job_that_does_not_tell_what_it_did_is_not_passed_over(scene: Scene) -> None:
    scene.fails(scene.first, properties={"operation": None})
    found = scene.look()
    assert found.fresh == ()
    assert [one.reason for one in found.unread] == ["1 failed jobs do not tell what they did"]


def test_when_the_looks_time_is_over_the_rest_is_not_asked_and_comes_first_next(scene: Scene) -> None:
    times = itertools.chain([0.0, 0.0], itertools.repeat(31.0))
    scene.elapsed = lambda: next(times)
    found = scene.look()
    assert scene.source.asked == ["v1"]
    assert [(one.vault_id, one.reason) for one in found.unread] == [(scene.second.vault.vault_id, OVER)]
    scene.elapsed = lambda: 0.0
    scene.source.asked.clear()
    scene.look(2, first=[one.vault_id for one in found.unread])
    assert scene.source.asked == ["v2", "v1"]


def test_without_a_sealed_night_nobody_knows_what_to_ask() -> None:
    bench = Bench()
    asking = Asking(WatchedAzure(bench.azure), 30.0, 1, lambda: 0.0)
    with pytest.raises(SourceError, match="No night is sealed"):
        look(bench.parts, Watching(asking, timedelta(hours=24), bench.configuration.raw))


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


def test_what_a_torn_look_left_is_no_run_to_be_taken_over(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.fails(scene.first)
    with monkeypatch.context() as patched:
        patched.setattr("evidence.runs.watch.adopt_configuration", _torn)
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
