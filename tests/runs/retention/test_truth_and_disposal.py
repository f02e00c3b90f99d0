"""The test of the store beside disposals: what was begun and stayed is looked at, a forged tombstone excuses nothing, and days without end end nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from evidence.errors import ConfigurationError, IntegrityError, StoreError
from evidence.ledger.entries import EntryKind
from evidence.ledger.folds import unstamped_packs
from evidence.ledger.keeping import Covered
from evidence.retention.truth import Demand, Fault
from evidence.runs.retention.at_sealing import FirstPromise
from evidence.runs.retention.truth import TruthFound, TruthTester, check_truth
from evidence.settings.retention import Engagement, Retention
from tests.fakes.keeping import KeepingDesk
from tests.fakes.keeping_store import KeepingMemoryStore
from tests.fakes.memory_store import Stopped
from tests.fakes.worm.service import worm_service
from tests.runs.retention.kept import LOCKED, Kept, sealed_night
from tests.stores.test_azure_keeping import World

FOR_EVER = Retention(engagements=(Engagement(name="court", release=date.max),))


def approved() -> KeepingDesk:
    """A store in which two persons approved the disposal of a night and its pack."""
    desk = KeepingDesk(store=KeepingMemoryStore())
    desk.night()
    desk.pack()
    desk.reach(date(2028, 1, 2))
    desk.propose()
    desk.approve(1, 2)
    return desk


def looked_at(desk: KeepingDesk, contents: str = "all") -> TruthFound:
    assert isinstance(desk.store, KeepingMemoryStore)
    tester = TruthTester(desk.parts, desk.store, Retention(), Demand("off"), lambda: None, workers=2)
    return check_truth(tester, contents=contents)


def held_while_deleted(desk: KeepingDesk) -> str:
    """A hold comes between two deletions; the path of what stays by it."""
    assert desk.removal is not None

    def meanwhile(path: str) -> None:
        if path.startswith("assessments/"):
            desk.place("LATE", Covered(paths=("calls/*",)))

    desk.removal.on_remove = meanwhile
    assert [path.split("/")[0] for path in desk.dispose().left] == ["calls"]
    return next(path for path in desk.memory.files if path.startswith("calls/"))


def test_what_a_late_hold_kept_is_tested_as_before() -> None:
    """Its deletion had begun, which excuses neither another content nor its absence."""
    desk = approved()
    held = held_while_deleted(desk)
    assert looked_at(desk).mismatches == []
    whole = desk.memory.files[held]
    desk.memory.files[held] = b"x"
    assert {(one.path, one.fault) for one in looked_at(desk).mismatches} == {(held, Fault.CONTENT), (held, Fault.SIZE)}
    desk.memory.files[held] = whole
    assert looked_at(desk).mismatches == []
    del desk.memory.files[held]
    assert {(one.path, one.fault) for one in looked_at(desk).mismatches} == {(held, Fault.MISSING)}


@pytest.mark.parametrize("contents", ["all", "rotation"])
def test_what_was_deleted_and_has_no_tombstone_yet_is_not_missed(contents: str) -> None:
    desk = approved()
    assert desk.removal is not None

    def stops(path: str) -> None:
        if path.startswith("calls/"):
            raise Stopped(path)

    desk.removal.on_remove = stops
    with pytest.raises(Stopped):
        desk.dispose()
    assert looked_at(desk, contents).mismatches == []


def test_a_tombstone_behind_approvals_that_nobody_signed_excuses_nothing() -> None:
    desk = approved()
    desk.dispose()
    assert looked_at(desk).mismatches == []
    path = next(one for one in desk.memory.files if one.endswith("decision.json"))
    desk.memory.files[path] = desk.memory.files[path].replace(b"Person 1", b"Person 3")
    found = looked_at(desk, "none").mismatches
    assert [one.fault for one in found] == [Fault.MISSING] * 6
    assert all("nobody signed the approvals" in one.real for one in found)


def test_what_was_disposed_of_and_is_there_again_is_counted() -> None:
    desk = approved()
    desk.dispose()
    before = looked_at(desk).passed.orphans
    desk.memory.files[min(desk.keeping.stones)] = b"put back"
    assert looked_at(desk).passed.orphans == before + 1


def test_a_day_at_the_end_of_the_calendar_is_protected_as_for_ever() -> None:
    """Azure takes no policy of more than 146,000 days, and the calendar has no day after 9999-12-31."""
    bench = Kept(sealed_night())
    for years in (2, 3):
        tester = TruthTester(bench.parts, bench.kept, FOR_EVER, LOCKED, lambda: None, workers=2)
        assert check_truth(tester, contents="none").mismatches == []
        assert {until.year for _, until in bench.kept.policies.values()} <= {2029, 2027 + years}
        bench.clock.moment += timedelta(days=366)


def test_a_seal_under_such_a_day_is_protected_at_once() -> None:
    desk = KeepingDesk()
    sealed = desk.night()
    found = dict(FirstPromise(desk.calendar, FOR_EVER, "0" * 64)(sealed))
    assert {until.year for until in found.values()} == {2029}


def test_a_disposal_that_stopped_before_the_versions_ends_in_a_certificate() -> None:
    """A lost answer between the deletion of a name and of its versions: the next run deletes them before it tells the end."""
    world = World()
    with worm_service(world.container) as service:
        world.service = service
        desk = KeepingDesk(world.store)
        desk.night()
        desk.pack()
        desk.reach(date(2028, 1, 2))
        desk.propose()
        desk.approve(1, 2)
        service.refuse["versionid="] = (503, "ServerBusy")
        with pytest.raises(StoreError):
            desk.dispose()
        service.refuse["versionid="] = (409, "BlobImmutableDueToPolicy")
        done = desk.dispose()
        assert len(done.refused) == 6
        assert desk.keeping.stones == {}
        service.refuse.clear()
        desk.dispose()
        assert desk.certify().objects == 6


def test_a_policy_that_has_ended_counts_as_none() -> None:
    bench = Kept(sealed_night())
    bench.check(contents="none")
    path = bench.path("tables/jobs/")
    bench.clock.moment = datetime(2028, 1, 2, 12, tzinfo=UTC)
    states = bench.check(contents="none").test.states
    assert states["none"] > 0
    assert bench.kept.policies[path] == ("locked", datetime(2028, 1, 2, tzinfo=UTC))
    bench.kept.holds.add(path)
    again = bench.check(contents="none").test.states
    assert again["unlocked"] == 1


def test_a_test_of_nothing_is_refused() -> None:
    """A prefix that is mistyped would tell that nothing is wrong."""
    with pytest.raises(ConfigurationError, match="Nothing that is sealed lies under"):
        Kept(sealed_night()).check(scope="pakcs/")


def unsigned(desk: KeepingDesk) -> None:
    """An approval as somebody with access to the store leaves it, whom nobody gave a signature."""
    path = next(one for one in desk.memory.files if one.endswith("decision.json"))
    desk.memory.files[path] = desk.memory.files[path].replace(b"Person 1", b"Person 3")


def test_nothing_is_certified_that_nobody_approved() -> None:
    desk = approved()
    desk.dispose()
    unsigned(desk)
    with pytest.raises(IntegrityError, match="rests on approvals"):
        desk.certify()


def test_no_tombstone_is_written_behind_a_beginning_that_nobody_approved() -> None:
    desk = approved()
    held = held_while_deleted(desk)
    desk.release("LATE")
    del desk.memory.files[held]
    unsigned(desk)
    stones = set(desk.keeping.stones)
    with pytest.raises(IntegrityError, match="rests on approvals"):
        desk.dispose()
    assert set(desk.keeping.stones) == stones


def test_a_pack_that_is_gone_waits_for_no_time_stamp() -> None:
    desk = approved()
    sealed = [
        replace(one, payload={**one.payload, "time_stamp": "none"}) if one.kind is EntryKind.PACK_SEALED else one
        for one in desk.entries
    ]
    assert len(unstamped_packs(sealed)) == 1
    desk.dispose()
    assert unstamped_packs([*sealed, *desk.entries[len(sealed) :]]) == ()
