"""The machine stops at any write, before it or after it: run again, nothing is lost, nothing doubled, nothing goes without approval."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import date

import pytest

from evidence.ledger.keeping import Covered
from evidence.packs.checkpoints.absent import Fate, missed_objects
from evidence.runs.retention.certificates import certificates
from evidence.runs.retention.deciding import check_decisions
from tests.fakes.keeping import KeepingDesk
from tests.fakes.memory_store import MemoryStore, Stopped

Step = Callable[[KeepingDesk], object]
PACKS = Covered(paths=("packs/*",))
STEPS: tuple[tuple[str, Step], ...] = (
    ("hold", lambda desk: desk.place(covered=PACKS)),
    ("extension", lambda desk: desk.extend(date(2028, 2, 1), Covered(paths=("packs/*.pdf",)))),
    ("release", lambda desk: desk.release()),
    ("proposal", lambda desk: desk.propose()),
    ("first approval", lambda desk: desk.approve(1)),
    ("second approval", lambda desk: desk.approve(2)),
    ("deletion", lambda desk: desk.dispose()),
    ("certificate", lambda desk: desk.certify()),
)
BATCHES = Counter({"disposal-begun": 100, "disposed": 100})
"""What a run that goes on says in another number of entries; that no path has two tombstones, the fold sees to."""
QUICK = {"proposal", "deletion"}
"""What every suite tries; the long one tries all."""
NAMES = [name for name, _ in STEPS]


@pytest.fixture(scope="module")
def stands() -> list[MemoryStore]:
    """The store before each step, and after the last."""
    desk = KeepingDesk()
    desk.night()
    desk.pack()
    desk.reach(date(2028, 3, 1))
    found = [deepcopy(desk.memory)]
    for _, step in STEPS:
        step(desk)
        found.append(deepcopy(desk.memory))
    return found


def again(store: MemoryStore) -> KeepingDesk:
    """A new process on a copy of a store."""
    desk = KeepingDesk(store=deepcopy(store))
    desk.reach(date(2028, 3, 2))
    return desk


def said(desk: KeepingDesk) -> Counter[str]:
    """How many entries of each kind."""
    return Counter(str(entry.kind) for entry in desk.entries)


def kept(desk: KeepingDesk) -> set[str]:
    """What a disposal may take."""
    return {path for path in desk.memory.files if path.split("/")[0] in {"calls", "tables", "assessments", "packs"}}


def stops(store: MemoryStore, step: Step) -> Iterator[tuple[KeepingDesk, bool]]:
    """Each way in which the machine may stop in a step: before its n-th write, and after it."""
    for lost_answer in (False, True):
        for number in range(100):
            desk = again(store)
            desk.memory.writes = 0
            if lost_answer:
                desk.memory.stop_after = number
            else:
                desk.memory.stop_before = number
            try:
                step(desk)
            except Stopped:
                desk.memory.run_on()
                yield desk, lost_answer
            else:
                break
        assert number > 1


@pytest.mark.parametrize("name", [one if one in QUICK else pytest.param(one, marks=pytest.mark.slow) for one in NAMES])
def test_stopped_anywhere_it_goes_on(stands: list[MemoryStore], name: str) -> None:
    number = NAMES.index(name)
    step, whole = STEPS[number][1], KeepingDesk(store=deepcopy(stands[number + 1]))
    for desk, _ in stops(stands[number], step):
        check_cut(desk)
        step(desk)
        assert said(desk) - BATCHES == said(whole) - BATCHES
        assert desk.keeping.stones.keys() == whole.keeping.stones.keys()
        assert kept(desk) == kept(whole)
        check_whole(desk)


def test_a_stop_after_each_stop(stands: list[MemoryStore]) -> None:
    """Every run of the deletion ends at its third write; in the end all is gone, once."""
    number = NAMES.index("deletion")
    desk = again(stands[number])
    for _ in range(20):
        desk.memory.writes, desk.memory.stop_after = 0, 2
        try:
            desk.dispose()
        except Stopped:
            check_cut(desk)
        else:
            break
    desk.memory.run_on()
    assert kept(desk) == kept(KeepingDesk(store=deepcopy(stands[-1])))
    check_whole(desk)


def check_cut(desk: KeepingDesk) -> None:
    """Whatever the moment: nothing is gone without its beginning and two approvals, no tombstone stands over what is there."""
    fates = Counter(one.fate for one in missed_objects(desk.store, desk.entries))
    assert not fates[Fate.LOST]
    assert not fates[Fate.STILL_THERE]
    standing = desk.keeping.dispositions
    for proposal in standing.proposals.values():
        assert proposal.approved or not (proposal.begun or proposal.gone)
    assert fates[Fate.UNFINISHED] + fates[Fate.DISPOSED] == 0 or any(
        one.approved for one in standing.proposals.values()
    )


def check_whole(desk: KeepingDesk) -> None:
    """At the end: tombstones for all that is gone, and every signed word holds."""
    fates = Counter(one.fate for one in missed_objects(desk.store, desk.entries))
    assert fates.keys() <= {Fate.DISPOSED}
    check_decisions(desk.store, desk.entries)
    certificates(desk.store, desk.entries)
