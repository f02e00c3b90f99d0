"""Appending: guards, idempotence, lost races and lost answers, and what a fold costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest

from evidence.errors import ConfigurationError, IntegrityError, ObjectExistsError, RefusedError, StoreError
from evidence.ledger import Draft, EntryKind, Guard, Head, Ledger, LedgerEntry, LedgerObject
from evidence.ledger.chain import path_of
from evidence.ledger.folds import sealed_nights
from tests.ledger.drafts import AT, FIRST_NIGHT, HASH, assessment_sealed, night_sealed, opened, pack_sealed
from tests.ledger.memory import Fault, Faulty, Memory

NIGHT = date(2026, 11, 21)


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.fixture
def ledger(memory: Memory) -> Ledger:
    return opened(Ledger(memory))


def not_sealed(night: date) -> Guard:
    def guard(entries: Sequence[LedgerEntry]) -> None:
        if night in sealed_nights(entries):
            raise RefusedError(f"{night} is sealed")

    return guard


def test_an_empty_store_has_an_empty_ledger(memory: Memory) -> None:
    ledger = Ledger(memory)
    assert ledger.entries() == ()
    assert ledger.head() == Head(0, None)
    assert ledger.opened() is None
    assert memory.files == {}


def test_the_first_entry_opens_the_store(ledger: Ledger, memory: Memory) -> None:
    first = ledger.opened()
    assert first is not None
    assert (first.sequence, first.kind, first.subject, first.previous_sha256) == (1, "store-opened", "store", None)
    assert first.payload == {"tenant": "tenant-1", "organisation": "Contoso", "first_night": "2026-11-01"}
    assert list(memory.files) == ["ledger/000000000001.json"]


def test_nothing_comes_before_the_opening(memory: Memory) -> None:
    with pytest.raises(RefusedError, match="not open"):
        Ledger(memory).append(night_sealed(NIGHT, "run-1"))
    assert memory.files == {}


def test_opening_again_finds_it_open_for_the_same_tenant_only(ledger: Ledger, memory: Memory) -> None:
    later = AT + timedelta(days=100)
    again = Ledger(memory).open(
        tenant="tenant-1", organisation="Contoso Ltd", first_night=NIGHT, at=later, actor="run/9"
    )
    assert again == ledger.opened()
    with pytest.raises(RefusedError, match="another tenant, tenant-1"):
        ledger.open(tenant="tenant-2", organisation="Contoso", first_night=FIRST_NIGHT, at=AT, actor="run/1")
    with pytest.raises(RefusedError, match="already open"):
        ledger.append(Draft(EntryKind.STORE_OPENED, AT, "x", "store", {**again.payload, "tenant": "tenant-2"}))
    assert len(memory.files) == 1


def test_another_process_may_open_it_first(memory: Memory) -> None:
    class Slow(Memory):
        """Somebody opens the store between our look and our write."""

        def create(self, path: str, data: bytes) -> None:
            if not memory.files:
                opened(Ledger(memory))
            memory.create(path, data)

    slow = Slow()
    slow.files = memory.files
    found = Ledger(slow).open(tenant="tenant-1", organisation="Other name", first_night=NIGHT, at=AT, actor="run/2")
    assert found.payload["organisation"] == "Contoso"
    assert len(memory.files) == 1


def test_entries_follow_each_other(ledger: Ledger, memory: Memory) -> None:
    made = [ledger.append(night_sealed(NIGHT + timedelta(days=number), "run")) for number in range(3)]
    assert [entry.sequence for entry in made] == [2, 3, 4]
    assert [entry.previous_sha256 for entry in made[1:]] == [entry.sha256 for entry in made[:-1]]
    assert ledger.head() == Head(4, made[-1].sha256)
    assert Ledger(memory).entries() == ledger.entries()
    assert all(memory.files[path_of(entry.sequence)] == entry.to_bytes() for entry in made)


def test_the_same_draft_again_gives_the_same_entry(ledger: Ledger, memory: Memory) -> None:
    draft = night_sealed(NIGHT, "run-1", (LedgerObject("calls/a", 1, HASH), LedgerObject("calls/b", 1, HASH)))
    first = ledger.append(draft)
    ledger.append(assessment_sealed(NIGHT, "assessment-1", 2))
    later = replace(draft, at=AT + timedelta(days=1), objects=draft.objects[::-1])
    for one in (ledger, Ledger(memory)):
        assert one.append(later, [not_sealed(NIGHT)]) == first
    assert ledger.head().size == 3


def test_the_same_fact_of_other_objects_is_refused(ledger: Ledger) -> None:
    ledger.append(night_sealed(NIGHT, "run-1", (LedgerObject("calls/a", 1, HASH),)))
    with pytest.raises(RefusedError, match="already says this, of other objects"):
        ledger.append(night_sealed(NIGHT, "run-1", (LedgerObject("calls/a", 2, HASH),)))


def test_a_guard_that_refuses_leaves_nothing(ledger: Ledger, memory: Memory) -> None:
    ledger.append(night_sealed(NIGHT, "run-1"), [not_sealed(NIGHT)])
    with pytest.raises(RefusedError, match="2026-11-21 is sealed"):
        ledger.append(night_sealed(NIGHT, "run-2"), [not_sealed(NIGHT)])
    ledger.append(night_sealed(NIGHT, "run-2", again=True))
    assert len(memory.files) == 3


def test_guards_see_exactly_what_the_entry_will_follow(memory: Memory) -> None:
    """Trap 38: two runs on one night. The other one wins between our guards and our write."""
    ours = Ledger(memory)
    opened(ours)
    other, seen = Ledger(memory), []

    def slow(entries: Sequence[LedgerEntry]) -> None:
        seen.append(len(entries))
        if len(seen) == 1:
            other.append(night_sealed(NIGHT, "theirs"), [not_sealed(NIGHT)])

    with pytest.raises(RefusedError):
        ours.append(night_sealed(NIGHT, "ours"), [slow, not_sealed(NIGHT)][::-1])
    assert seen == [1]
    assert [one.run_id for one in sealed_nights(ours.entries())[NIGHT]] == ["theirs"]


def test_a_lost_race_folds_again_and_goes_behind_the_winner(memory: Memory) -> None:
    ours = opened(Ledger(memory))
    other, seen = Ledger(memory), []

    def slow(entries: Sequence[LedgerEntry]) -> None:
        seen.append(len(entries))
        if len(seen) < 4:
            other.append(night_sealed(NIGHT + timedelta(days=len(seen)), "theirs"))

    made = ours.append(night_sealed(NIGHT, "ours"), [slow])
    assert seen == [1, 2, 3, 4]
    assert made.sequence == 5
    assert made == Ledger(memory).entries()[-1]


def test_a_store_that_shows_its_entries_late_ends_the_tries(memory: Memory) -> None:
    opened(Ledger(memory))

    class Late(Memory):
        def create(self, path: str, data: bytes) -> None:
            raise ObjectExistsError(path)

    late = Late()
    late.files = memory.files
    with pytest.raises(StoreError, match="1000 tries") as told:
        Ledger(late).append(night_sealed(NIGHT, "run-1"))
    assert len(told.value.diagnostics()) == 3


def test_a_conflict_with_our_own_entry_is_success(memory: Memory) -> None:
    """The write was done, its answer was lost, and the store says that something is there."""
    opened(Ledger(memory))

    class Lossy(Memory):
        def create(self, path: str, data: bytes) -> None:
            memory.create(path, data)
            raise ObjectExistsError(path)

    lossy = Lossy()
    lossy.files = memory.files
    made = Ledger(lossy).append(night_sealed(NIGHT, "run-1"), [not_sealed(NIGHT)])
    assert made.sequence == 2
    assert len(memory.files) == 2


def test_a_write_that_reads_back_otherwise_is_told(memory: Memory) -> None:
    opened(Ledger(memory))

    class Corrupt(Memory):
        def create(self, path: str, data: bytes) -> None:
            super().create(path, data[:-1] + b" ")

    corrupt = Corrupt()
    corrupt.files = memory.files
    with pytest.raises(IntegrityError, match="entry 2"):
        Ledger(corrupt).append(night_sealed(NIGHT, "run-1"))


def test_what_was_read_is_not_read_again_and_nothing_is_listed_twice(ledger: Ledger, memory: Memory) -> None:
    for number in range(10):
        ledger.append(night_sealed(NIGHT + timedelta(days=number), "run"))
    other = Ledger(memory)
    other.entries()
    memory.reads.clear()
    ledger.append(night_sealed(NIGHT, "another"))
    other.entries()
    assert memory.reads == [path_of(12), path_of(12), path_of(12), path_of(13)]


@pytest.mark.parametrize("after", [False, True])
def test_a_store_that_fails_while_appending_tells_and_the_next_try_is_whole(memory: Memory, *, after: bool) -> None:
    opened(Ledger(memory))
    draft = night_sealed(NIGHT, "run-1")
    for at in range(1, 8):
        faulty = Faulty(memory, at, after=after, fault=lambda: StoreError("unavailable"))
        ledger = Ledger(faulty)
        try:
            ledger.append(draft)
        except StoreError:
            ledger.append(draft)
        assert len(memory.files) == 2


def test_a_fault_in_the_middle_of_a_fold_is_forgotten(memory: Memory) -> None:
    ledger = opened(Ledger(memory))
    for number in range(5):
        ledger.append(night_sealed(NIGHT + timedelta(days=number), "run"))
    faulty = Faulty(memory, 4, after=False)
    broken_off = Ledger(faulty)
    with pytest.raises(Fault):
        broken_off.entries()
    assert broken_off.entries() == ledger.entries()


@pytest.mark.parametrize(
    ("draft", "why"),
    [
        (replace(night_sealed(NIGHT, "run"), subject="night/2026-11-22"), "night/2026-11-21"),
        (replace(night_sealed(NIGHT, "run"), payload={"night": "2026-11-21"}), "run_id"),
        (replace(night_sealed(NIGHT, "run"), payload={**night_sealed(NIGHT, "r").payload, "late": None}), "late"),
        (replace(night_sealed(NIGHT, "run"), payload={**night_sealed(NIGHT, "r").payload, "night": "today"}), "night"),
        (replace(assessment_sealed(NIGHT, "a", 2), subject="x"), "assessment/2026-11-21"),
        (replace(pack_sealed(1), subject="pack/other"), "pack/all-night-1-r1"),
        (pack_sealed(1, previous="not a hash"), "previous_in_series"),
        (Draft(EntryKind.CONFIGURATION_ADOPTED, AT, "x", "configuration/1", {"sha256": HASH}), HASH),
        (Draft(EntryKind.CONFIGURATION_ADOPTED, AT, "x", "configuration/1", {"sha256": "1"}), "sha256"),
    ],
)
def test_what_no_fold_could_read_is_not_written(ledger: Ledger, memory: Memory, draft: Draft, why: str) -> None:
    with pytest.raises(ConfigurationError) as told:
        ledger.append(draft)
    assert why in told.value.cause
    assert len(memory.files) == 1
