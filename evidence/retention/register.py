"""The register: every sealed object with its promise, its holds and where it stands; in columns, so that a million of them are a few sums.

Not here: the ledger (`evidence.runs.retention`), promises (`settled`), what a hold covers (`holds`). Invariants: the same entries, configurations and day give the
same register; a hold that stands is laid over every state.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from evidence.retention.calendar import NEVER, Leaving, day_numbered, may_go, number_of, sums
from evidence.retention.columns import Files, kept_file
from evidence.retention.holds import Periods, covers, pack_periods
from evidence.retention.promises import Regime, longer
from evidence.retention.settled import settled
from evidence.retention.values import (
    Candidate,
    Extension,
    Hold,
    HoldScope,
    Kind,
    Promise,
    Registered,
    State,
)

KINDS = tuple(Kind)
_KeyT = TypeVar("_KeyT")


@dataclass(frozen=True, slots=True)
class Standing:
    """What persons decided, as the ledger stands."""

    holds: tuple[Hold, ...] = ()
    """Also those that were released; only those that stand hold."""
    extensions: tuple[Extension, ...] = ()
    states: Mapping[str, State] = field(default_factory=dict)
    """`in_review, approved` or `disposed`, by path."""


@dataclass(frozen=True)
class Register:
    """All that is kept, as of a day and a size of the ledger."""

    files: Files
    promises: Sequence[Promise]
    """Of each origin, before extensions of single files."""
    standing: Standing
    periods: Periods
    """Nights of packs."""
    extended: Mapping[int, tuple[Candidate, ...]]
    """Days that extensions gave, by row."""
    today: date
    ledger_size: int

    def __len__(self) -> int:
        return len(self.files)

    def __iter__(self) -> Iterator[Registered]:
        """Every object, by path."""
        return self.rows(range(len(self)))

    def rows(self, rows: Sequence[int] | npt.NDArray[np.int64]) -> Iterator[Registered]:
        """Some of them, by their numbers."""
        return (self.registered(int(row)) for row in rows)

    def find(self, path: str) -> Registered | None:
        """One object; None where no entry names it."""
        row = self.files.find(path)
        return None if row is None else self.registered(row)

    def under(self, prefix: str) -> Iterator[Registered]:
        """Objects whose path begins with a prefix."""
        return self.rows(self.files.under(prefix))

    def registered(self, row: int) -> Registered:
        """One object by its number."""
        file = self.files.file(row)
        promise = self.promise(row)
        return Registered(file, promise, self._holds(row), self._state(file.path, promise))

    def promise(self, row: int) -> Promise:
        """Until when an object is kept."""
        return longer(self.promises[self.files.owners[row]], self.extended.get(row, ()))

    @cached_property
    def days(self) -> npt.NDArray[np.int32]:
        """Number of the promised day of each object; NEVER for one without."""
        by_origin = np.array([number_of(one.day) for one in self.promises], np.int32)
        found = by_origin[self.files.owners] if len(self) else np.zeros(0, np.int32)
        for row in self.extended:
            found[row] = number_of(self.promise(row).day)
        return found

    @cached_property
    def kinds(self) -> npt.NDArray[np.int8]:
        """Place in KINDS of the kind of each object."""
        by_origin = np.array([KINDS.index(one.kind) for one in self.files.origins], np.int8)
        return by_origin[self.files.owners] if len(self) else np.zeros(0, np.int8)

    @cached_property
    def held(self) -> npt.NDArray[np.bool_]:
        """Whether a hold keeps each object."""
        found = np.zeros(len(self), np.bool_)
        for mask in self._masks:
            found |= mask
        return found

    @cached_property
    def gone(self) -> npt.NDArray[np.bool_]:
        """Whether each object was disposed of."""
        return self._in_state(State.DISPOSED)

    def states(self) -> Mapping[State, npt.NDArray[np.bool_]]:
        """Which objects are in each state."""
        decided = {state: self._in_state(state) for state in (State.IN_REVIEW, State.APPROVED, State.DISPOSED)}
        open_ = ~np.logical_or.reduce(list(decided.values()))
        over = self.days < number_of(self.today)
        return {State.ACTIVE: open_ & ~over, State.ELIGIBLE: open_ & over, **decided}

    def between(self, first: date, last: date) -> Iterator[Registered]:
        """Objects whose promise ends with one of some days, and that are still there."""
        ending = (self.days >= number_of(first)) & (self.days <= number_of(last)) & ~self.gone
        return self.rows(np.flatnonzero(ending))

    def leaving(self, first: date, last: date) -> Leaving:
        """What may go from a day to another, the one after its promise; holds or not."""
        begin, end = number_of(first), number_of(last)
        mask = (self.days >= begin - 1) & (self.days <= end - 1) & ~self.gone
        rows = np.flatnonzero(mask)
        return Leaving(
            first,
            last,
            len(rows),
            int(self.files.sizes[rows].sum()),
            self.by_kind(mask),
            self.packs_among(rows),
            int((self.held & mask).sum()),
        )

    def by_kind(self, mask: npt.NDArray[np.bool_]) -> Mapping[Kind, tuple[int, int]]:
        """Objects and bytes of each kind among some."""
        counts = np.bincount(self.kinds[mask], minlength=len(KINDS))
        sizes = [int(self.files.sizes[mask & (self.kinds == number)].sum()) for number in range(len(KINDS))]
        return sums(zip(KINDS, counts.tolist(), sizes, strict=True))

    def packs_among(self, rows: npt.NDArray[np.int64]) -> tuple[str, ...]:
        """Packs whose own files are among some objects."""
        owners = np.unique(self.files.owners[rows])
        packs = (self.files.origins[number] for number in owners.tolist())
        return tuple(sorted({one.pack_id for one in packs if one.kind is Kind.PACKS and one.pack_id}))

    def first_day(self, mask: npt.NDArray[np.bool_]) -> date | None:
        """The earliest promise among some objects."""
        return day_numbered(int(self.days[mask].min())) if mask.any() else None

    def last_day(self, mask: npt.NDArray[np.bool_]) -> date | None:
        """The latest promise that ends among some objects."""
        ending = mask & (self.days < NEVER)
        return day_numbered(int(self.days[ending].max())) if ending.any() else None

    def covered(self, hold: Hold) -> npt.NDArray[np.bool_]:
        """Which objects a hold covers, whether it stands or not."""
        return covered(self.files, hold.scope, self.periods)

    @cached_property
    def _masks(self) -> Sequence[npt.NDArray[np.bool_]]:
        return [self.covered(one) for one in self._holding]

    @cached_property
    def _holding(self) -> Sequence[Hold]:
        return [one for one in self.standing.holds if one.stands]

    def _holds(self, row: int) -> tuple[Hold, ...]:
        return tuple(hold for hold, mask in zip(self._holding, self._masks, strict=True) if mask[row])

    def _state(self, path: str, promise: Promise) -> State:
        found = self.standing.states.get(path)
        if found is not None:
            return found
        return State.ELIGIBLE if may_go(promise.day, self.today) else State.ACTIVE

    def _in_state(self, state: State) -> npt.NDArray[np.bool_]:
        found = np.zeros(len(self), np.bool_)
        for path, told in self.standing.states.items():
            row = self.files.find(path) if told is state else None
            if row is not None:
                found[row] = True
        return found


def build_register(files: Files, regime: Regime, standing: Standing, *, today: date, ledger_size: int) -> Register:
    """The register of sealed objects under configurations and decisions, as of a day."""
    periods = pack_periods(kept_file(origin) for origin in files.origins)
    longer_days = _extended(files, standing.extensions, periods)
    promises = settled(files.origins, files.merged, regime, longer_days.packs)
    for number, more in longer_days.origins.items():
        promises[number] = longer(promises[number], more)
    return Register(files, promises, standing, periods, longer_days.rows, today, ledger_size)


def covered(files: Files, scope: HoldScope, periods: Periods) -> npt.NDArray[np.bool_]:
    """Which objects a scope covers: by what each entry tells, and one by one only where paths or items decide."""
    outline = replace(scope, paths=(), items=())
    by_origin = np.array([covers(outline, kept_file(origin), periods) for origin in files.origins], np.bool_)
    found = by_origin[files.owners] if len(files) else np.zeros(0, np.bool_)
    if scope.paths or scope.items:
        for row in np.flatnonzero(found).tolist():
            found[row] = covers(scope, files.file(row), periods)
    return found


@dataclass(frozen=True, slots=True)
class _Extended:
    """Days that extensions give."""

    origins: dict[int, tuple[Candidate, ...]] = field(default_factory=dict)
    """By origin, where all its objects are covered alike."""
    rows: dict[int, tuple[Candidate, ...]] = field(default_factory=dict)
    packs: dict[str, tuple[Candidate, ...]] = field(default_factory=dict)
    """For what rests on packs."""


def _extended(files: Files, extensions: Sequence[Extension], periods: Periods) -> _Extended:
    found = _Extended()
    for one in extensions:
        candidate = Candidate(one.until, f"extended by {one.by}: {one.why}", f"ledger entry {one.sequence}")
        mask = covered(files, one.scope, periods)
        single = bool(one.scope.paths or one.scope.items)
        for number in np.unique(files.owners[mask]).tolist():
            origin = files.origins[number]
            if not single:
                _add(found.origins, number, candidate)
            if origin.kind is Kind.PACKS and origin.pack_id:
                _add(found.packs, origin.pack_id, candidate)
        for row in np.flatnonzero(mask).tolist() if single else ():
            _add(found.rows, row, candidate)
        for number, origin in enumerate(files.origins) if mask.any() else ():
            if origin.kind is Kind.CONFIGURATION:  # days of what is extended are derived from it
                _add(found.origins, number, candidate)
    return found


def _add(into: dict[_KeyT, tuple[Candidate, ...]], key: _KeyT, candidate: Candidate) -> None:
    into[key] = tuple(dict.fromkeys((*into.get(key, ()), candidate)))
