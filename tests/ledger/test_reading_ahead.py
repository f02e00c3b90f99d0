"""A long ledger that is read for the first time is read ahead: the same entries, the same errors, whatever order answers come in."""

from __future__ import annotations

import threading
import time
from datetime import date, timedelta

import pytest

from evidence.errors import IntegrityError, StoreError
from evidence.ledger import Ledger
from evidence.ledger.chain import path_of
from evidence.ledger.ledger import AHEAD, AHEAD_FROM
from tests.ledger.drafts import night_sealed, opened
from tests.ledger.memory import Memory

LENGTH = AHEAD_FROM + AHEAD + 9


class Uneven(Memory):
    """Answers every third question late, and fails where it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.fails_at: str | None = None
        self.at_once = 0
        self.most_at_once = 0
        self._lock = threading.Lock()

    def read(self, path: str) -> bytes:
        with self._lock:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            if path == self.fails_at:
                raise StoreError("the store is away")
            if int(path[-6]) % 3 == 0:
                time.sleep(0.001)
            return super().read(path)
        finally:
            with self._lock:
                self.at_once -= 1


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    memory = Memory()
    ledger = opened(Ledger(memory))
    for number in range(LENGTH - 1):
        ledger.append(night_sealed(date(2026, 1, 1) + timedelta(days=number), f"run-{number}"))
    return dict(memory.files)


@pytest.fixture
def uneven(files: dict[str, bytes]) -> Uneven:
    store = Uneven()
    store.files.update(files)
    return store


def test_every_entry_is_read_in_order(uneven: Uneven) -> None:
    assert [one.sequence for one in Ledger(uneven).entries()] == list(range(1, LENGTH + 1))
    assert uneven.most_at_once > 1, "several are asked for at once"


@pytest.mark.parametrize("hole", [2, AHEAD, LENGTH - 1])
def test_a_hole_is_told_by_its_number(uneven: Uneven, hole: int) -> None:
    del uneven.files[path_of(hole)]
    with pytest.raises(IntegrityError) as caught:
        Ledger(uneven).entries()
    assert f"does not hold at entry {hole} " in caught.value.message
    assert f"entry {LENGTH} is there" in caught.value.cause


def test_a_changed_entry_is_told_by_its_number(uneven: Uneven) -> None:
    uneven.files[path_of(70)] = uneven.files[path_of(71)]
    with pytest.raises(IntegrityError, match="does not hold at entry 70 "):
        Ledger(uneven).entries()


def test_a_store_that_fails_on_the_way_is_an_error_and_may_be_asked_again(uneven: Uneven) -> None:
    uneven.fails_at, ledger = path_of(50), Ledger(uneven)
    with pytest.raises(StoreError, match="the store is away"):
        ledger.entries()
    uneven.fails_at = None
    assert len(ledger.entries()) == LENGTH


def test_what_is_appended_later_is_read_as_before(uneven: Uneven) -> None:
    ledger = Ledger(uneven)
    assert len(ledger.entries()) == LENGTH
    Ledger(uneven).append(night_sealed(date(2027, 1, 1), "run-x"))
    assert len(ledger.entries()) == LENGTH + 1
