"""From the end of a promise to a certificate: two persons, the very bytes, holds that win, and tombstones that tell."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from evidence.errors import IntegrityError, RefusedError
from evidence.ledger.keeping import Covered
from evidence.packs.checkpoints.absent import Fate, missed_objects
from evidence.retention.values import State
from evidence.runs.retention.deciding import check_decisions
from evidence.stores.keeping import Mode
from tests.fakes.authority import FakeAuthority
from tests.fakes.keeping import NIGHT, KeepingDesk, MemoryRemoval
from tests.fakes.worm.service import worm_service
from tests.stores.places import KINDS, new_place
from tests.stores.test_azure_keeping import World

LATER = date(2028, 1, 2)
"""The night's audit year ends with 2026 and is kept a year more: 2028-01-01 is its last day."""


def due(packs: bool = True) -> KeepingDesk:
    """A store in which a night and its pack are due."""
    desk = KeepingDesk()
    desk.night()
    if packs:
        desk.pack()
    desk.reach(LATER)
    return desk


def evidence(desk: KeepingDesk) -> list[str]:
    """Files that are not the ledger's own."""
    return sorted(
        path for path in desk.memory.files if path.split("/")[0] in {"calls", "tables", "assessments", "packs"}
    )


def test_the_whole_way() -> None:
    desk = due()
    before = evidence(desk)
    assert len(before) == 6
    file = desk.propose().file
    assert file is not None
    assert [one.object.path for one in file.due] == before
    assert file.packs == ("all-audit-internal-2026-11-20--2026-11-20-r0001",)
    assert evidence(desk) == before
    desk.approve(1, 2)
    done = desk.dispose()
    assert sorted(done.gone) == before
    assert evidence(desk) == []
    assert {one.fate for one in missed_objects(desk.store, desk.entries)} == {Fate.DISPOSED}
    found = desk.register.find(before[0])
    assert found is not None
    assert found.state is State.DISPOSED
    certificate = desk.certify()
    assert (certificate.objects, certificate.left, certificate.established) == (6, 0, True)
    assert check_decisions(desk.store, desk.entries) == 2


def test_nothing_is_due_before_its_day() -> None:
    desk = KeepingDesk()
    desk.night()
    desk.reach(LATER - timedelta(days=1))
    assert desk.propose().file is None
    desk.clock.reach(desk.clock.moment + timedelta(hours=12))
    assert desk.propose().file is not None


@pytest.mark.parametrize("persons", [(), (1,), (1, 1)], ids=["nobody", "one", "one twice"])
def test_two_different_persons_must_approve(persons: tuple[int, ...]) -> None:
    desk = due()
    desk.propose()
    desk.approve(*persons)
    with pytest.raises(RefusedError, match=f"{min(len(persons), 1)} of 2 approvals"):
        desk.dispose()
    assert len(evidence(desk)) == 6


def test_a_hold_wins_at_every_moment() -> None:
    """Placed before the proposal, after the approvals, and between two deletions."""
    desk = due()
    desk.place(covered=Covered(paths=("packs/*",)))
    file = desk.propose().file
    assert file is not None
    assert not [one for one in file.due if one.object.path.startswith("packs/")]
    desk.approve(1, 2)
    desk.place("LATER", Covered(paths=("tables/*",)))
    assert desk.removal is not None

    def meanwhile(path: str) -> None:
        if path.startswith("assessments/"):
            desk.place("LAST", Covered(paths=("calls/*",)))

    desk.removal.on_remove = meanwhile
    done = desk.dispose()
    assert [path.split("/")[0] for path in done.gone] == ["assessments"]
    assert {path.split("/")[0]: why for path, why in done.left.items()} == {
        "calls": "legal hold LAST-1",
        "tables": "legal hold LATER-1",
    }
    assert {one.fate for one in missed_objects(desk.store, desk.entries)} == {Fate.DISPOSED}
    for case in ("CASE", "LATER", "LAST"):
        desk.release(case)
    assert sorted(path.split("/")[0] for path in desk.dispose().gone) == ["calls", "tables", "tables"]
    assert [path.split("/")[0] for path in evidence(desk)] == ["packs", "packs"]


def test_a_hold_covers_what_is_sealed_later() -> None:
    desk = KeepingDesk()
    desk.place(covered=Covered(first_night=NIGHT, last_night=NIGHT))
    desk.night(NIGHT)
    desk.night(NIGHT + timedelta(days=1))
    desk.reach(LATER)
    file = desk.propose().file
    assert file is not None
    assert {one.object.path.split("night=")[1][:10] for one in file.due} == {"2026-11-21"}


def test_cases_are_independent() -> None:
    desk = due()
    desk.place("A"), desk.place("B")
    desk.release("A")
    assert desk.propose().file is None
    with pytest.raises(RefusedError, match="No hold A-1 stands"):
        desk.release("A", number=2)
    desk.release("B")
    assert desk.propose().file is not None


def test_the_same_word_is_one_entry() -> None:
    desk = due()
    first, again = desk.place(), desk.place()
    assert (first.before, again.before, again.entry) == (False, True, first.entry)
    desk.release()
    assert desk.release().before
    assert not desk.place().before
    desk.release()
    proposed = desk.propose()
    assert desk.propose() == type(proposed)(proposed.file, proposed.entry, before=True)
    desk.approve(1)
    size = len(desk.entries)
    desk.approve(1)
    assert len(desk.entries) == size


def test_a_longer_date_that_comes_after_the_approvals_counts() -> None:
    desk = due()
    desk.propose()
    desk.approve(1, 2)
    desk.extend(date(2030, 1, 1), Covered(paths=("packs/*.zip",)))
    done = desk.dispose()
    # What the pack rests on stays with it.
    assert [path.rpartition("/")[2] for path in done.gone] == ["report.pdf"]
    assert all("2030-01-01" in why for why in done.left.values())


def test_a_clock_that_was_set_forward_is_bound_by_the_authority() -> None:
    """The approvals carry a time stamp; what was not yet due by it stays."""
    desk = KeepingDesk()
    desk.night()
    desk.pack()
    truth = desk.clock.moment
    desk.reach(LATER)
    desk.propose()
    desk.authority = FakeAuthority(lambda: truth)
    desk.approve(1, 2)
    done = desk.dispose()
    assert done.gone == []
    assert len(done.left) == 6


def test_a_clock_that_went_back_proposes_nothing() -> None:
    desk = due()
    desk.propose()
    desk.clock.moment -= timedelta(days=400)
    with pytest.raises(RefusedError, match="before the newest ledger entry"):
        desk.propose()


def test_what_the_store_refuses_stays_and_is_told() -> None:
    desk = due()
    desk.removal = MemoryRemoval(desk.memory, refuses=lambda path: path.endswith(".zip"))
    desk.propose()
    desk.approve(1, 2)
    done = desk.dispose()
    assert len(done.gone) == 5
    assert ["409 BlobImmutableDueToPolicy" in why for why in done.refused.values()] == [True]
    assert [one.split("/")[0] for one in evidence(desk)] == ["packs"]
    desk.removal = MemoryRemoval(desk.memory)
    assert len(desk.dispose().gone) == 1


def test_what_was_changed_or_lost_is_not_hidden_by_a_tombstone() -> None:
    desk = due()
    desk.propose()
    desk.approve(1, 2)
    changed, lost = evidence(desk)[:2]
    desk.memory.files[changed] += b"."
    del desk.memory.files[lost]
    done = desk.dispose()
    assert done.alarms == {
        changed: "it is not what the ledger names",
        lost: "missing, and nobody began to delete it",
    }
    fates = {one.path: one.fate for one in missed_objects(desk.store, desk.entries)}
    assert (fates[changed], fates[lost]) == (Fate.OTHER_LENGTH, Fate.LOST)


def test_no_certificate_before_soft_delete_has_lapsed() -> None:
    desk = due()
    desk.removal = MemoryRemoval(desk.memory, soft=True)
    desk.propose()
    desk.approve(1, 2)
    desk.dispose()
    with pytest.raises(RefusedError, match="not gone for good"):
        desk.certify()
    desk.removal.soft = False
    made = desk.certify()
    assert desk.certify() == made


def test_a_later_proposal_ends_the_earlier_one() -> None:
    desk = due()
    first = desk.propose()
    desk.approve(1, 2)
    desk.place(covered=Covered(paths=("packs/*",)))
    second = desk.propose()
    assert first.file is not None
    assert second.file is not None
    assert len(second.file.due) == 4
    with pytest.raises(RefusedError, match="took its place"):
        desk.dispose(first.file.proposal_id)
    with pytest.raises(RefusedError, match="0 of 2"):
        desk.dispose()


def test_an_approval_whose_statement_was_changed_deletes_nothing() -> None:
    desk = due()
    desk.propose()
    desk.approve(1, 2)
    path = next(one for one in desk.memory.files if one.endswith("decision.json"))
    desk.memory.files[path] = desk.memory.files[path].replace(b"Person 1", b"Person 3")
    with pytest.raises(IntegrityError):
        desk.dispose()
    assert len(evidence(desk)) == 6


def test_what_outlives_all_is_never_proposed() -> None:
    desk = due()
    desk.propose()
    desk.approve(1, 2)
    desk.dispose()
    desk.certify()
    desk.reach(date(2060, 1, 1))
    file = desk.propose().file
    kinds = {one.kind for one in file.due} if file else set()
    assert not kinds & {"ledger", "checkpoints", "certificates", "retention", "unknown"}


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_the_way_on_real_stores(kind: str, tmp_path: Path) -> None:
    """A folder, and a container of Azurite, which enforces nothing and says so in the certificate."""
    desk = KeepingDesk(new_place(kind, tmp_path).open())
    desk.night()
    desk.pack()
    desk.reach(LATER)
    desk.place(covered=Covered(paths=("packs/*.pdf",)))
    desk.propose()
    desk.approve(1, 2)
    assert len(desk.dispose().gone) == 5
    made = desk.certify()
    assert (made.objects, made.left) == (5, 0)
    assert made.not_told
    left = {one.path for one in desk.store.list("") if one.path.startswith(("calls", "tables", "packs", "assess"))}
    assert [path.rpartition("/")[2] for path in left] == ["report.pdf"]
    assert {one.fate for one in missed_objects(desk.store, desk.entries)} == {Fate.DISPOSED}


@pytest.mark.slow
def test_a_locked_policy_of_the_store_outlasts_an_approval() -> None:
    """409, as Azure answers it: the rest goes, this stays, and a later run takes it once the policy has ended."""
    world = World()
    with worm_service(world.container) as service:
        world.service = service
        desk = KeepingDesk(world.store)
        desk.night()
        desk.pack()
        desk.reach(LATER)
        desk.propose()
        desk.approve(1, 2)
        archive = next(one.path for one in desk.store.list("packs/") if one.path.endswith(".zip"))
        world.store.protect(archive, datetime.now(UTC) + timedelta(days=30), Mode.LOCKED)
        done = desk.dispose()
        assert list(done.refused) == [archive]
        assert len(done.gone) == 5
        assert desk.store.stat(archive) is not None
        for one in world.container.versions:
            one.until = None
        assert desk.dispose().gone == [archive]
        assert desk.certify().objects == 6
