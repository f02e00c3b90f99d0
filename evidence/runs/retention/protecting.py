"""Sets protection of sealed objects and reads back what came of it: of each new entry's objects, and of all that a test of the store finds wanting.

Not here: how a store is asked (`evidence.stores`), until when (`wanted`). Invariants: it never raises where a store refuses, for protection that fails
stops no seal; what was refused or ignored is told with its reason and counts as not enforced.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime

from evidence.errors import EvidenceError, SignInError
from evidence.ledger.entries import LedgerEntry
from evidence.stores.keeping import KeepingStore, Mode, Surveyed

WORKERS = 8
MOST_FAILURES = 3
"""Objects in a row that a store refuses or ignores before no more are tried: it does so by its nature, not by chance."""
IGNORED = "the store took the setting and keeps nothing by it"


@dataclass(frozen=True, slots=True)
class Wish:
    """Protection of one object."""

    path: str
    until: datetime
    mode: Mode
    held: bool = False


@dataclass(frozen=True, slots=True)
class Set:
    """What came of one wish."""

    path: str
    found: Surveyed | None
    """As read back; None where the store could not be asked."""
    trouble: str = ""

    @property
    def ok(self) -> bool:
        """Whether something keeps the object now."""
        return not self.trouble and self.found is not None


@dataclass(slots=True)
class Protector:
    """Sets protection, many objects at a time, until the store shows that it will not."""

    store: KeepingStore
    workers: int = WORKERS
    stopped: str = ""
    """Why no more is tried; empty while it is."""
    done: int = 0
    """Objects that something keeps now."""
    _in_a_row: int = 0

    def protect(self, wishes: Iterable[Wish]) -> Iterator[Set]:
        """What came of each wish that was tried, in order; once the store showed that it will not, the rest is not tried."""
        batch: list[Wish] = []
        with ThreadPoolExecutor(self.workers) as pool:
            for wish in wishes:
                batch.append(wish)
                # The first few alone: a store that refuses is asked little.
                if len(batch) >= (self.workers * 8 if self.done else 1):
                    yield from self._batch(pool, batch)
                    batch = []
                if self.stopped:
                    return
            if batch:
                yield from self._batch(pool, batch)

    def clear(self, paths: Iterable[str]) -> int:
        """Clear legal holds of objects that no hold of the ledger covers any more; how many are without one now."""
        return sum(self._cleared(path) for path in paths)

    def _cleared(self, path: str) -> bool:
        try:
            return not self.store.hold(path, False).legal_hold
        except EvidenceError:
            return False  # it is kept longer than it must, and the next test tries again

    def _batch(self, pool: ThreadPoolExecutor, batch: Sequence[Wish]) -> Iterator[Set]:
        for found in pool.map(self._one, batch):
            self._learn(found)
            yield found

    def _one(self, wish: Wish) -> Set:
        try:
            told = self.store.protect(wish.path, wish.until, wish.mode)
            if wish.held:
                told = self.store.hold(wish.path, True)
        except SignInError as error:
            return Set(wish.path, None, f"no right to: {error.cause}")
        except EvidenceError as error:
            return Set(wish.path, None, error.cause or error.message)
        if wish.mode is not Mode.OFF and told.enforcement.state == "none":
            return Set(wish.path, told, IGNORED)
        return Set(wish.path, told, IGNORED if wish.held and not told.legal_hold else "")

    def _learn(self, found: Set) -> None:
        if found.ok:
            self.done, self._in_a_row = self.done + 1, 0
            return
        self._in_a_row += 1
        if self._in_a_row >= MOST_FAILURES:
            self.stopped = found.trouble or IGNORED


@dataclass(slots=True)
class Guardian:
    """Protects what an entry names, and the entry's own file, as soon as it was read back from the ledger."""

    protector: Protector
    mode: Mode
    promised: Callable[[LedgerEntry], Iterable[tuple[str, datetime]]]
    """Objects of an entry, its own file among them, and to which moment each is protected at first; the nightly test lengthens what is promised longer."""
    troubles: list[str] = field(default_factory=list)
    """Why objects are not protected, each reason once."""

    def __call__(self, entry: LedgerEntry) -> None:
        """Protect the objects of an entry that was appended; never raises for what the store does."""
        if self.mode is Mode.OFF or self.protector.stopped:
            return
        wishes = (Wish(path, until, self.mode) for path, until in self.promised(entry))
        for found in self.protector.protect(wishes):
            if found.trouble and found.trouble not in self.troubles:
                self.troubles.append(found.trouble)
