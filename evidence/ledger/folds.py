"""What the entries add up to: nights, packs, assessments and the objects they name.

Not here: reading or writing a store. Invariant: every function is pure over the entries given, so any past state is
the fold over the entries up to then; there is no second database to drift.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from datetime import date
from typing import Protocol, TypeVar

from evidence.errors import ConfigurationError, IntegrityError
from evidence.ledger.disposals import gone
from evidence.ledger.entries import EntryKind, LedgerEntry
from evidence.ledger.payloads import (
    LaterStamp,
    SealedAssessment,
    SealedImport,
    SealedNight,
    SealedPack,
    Series,
    later_stamp,
    sealed_assessment,
    sealed_import,
    sealed_night,
    sealed_pack,
)

__all__ = ["LaterStamp", "SealedAssessment", "SealedImport", "SealedNight", "SealedPack", "Series"]

_LEDGER = "ledger/"
_TABLES, _CALLS, _ACCOUNT = "tables/", "calls/", "/run.json"
_OF_DISPOSAL = frozenset({EntryKind.DISPOSAL_APPROVED, EntryKind.DISPOSAL_BEGUN, EntryKind.DISPOSED})


class Listed(Protocol):
    """What a listing tells of an object."""

    @property
    def path(self) -> str:
        """Where it is."""
        ...


ListedT = TypeVar("ListedT", bound=Listed)


def sealed_nights(entries: Iterable[LedgerEntry]) -> Mapping[date, tuple[SealedNight, ...]]:
    """Runs sealed for each night, in order of sealing; the last is the one that stands."""
    found: defaultdict[date, tuple[SealedNight, ...]] = defaultdict(tuple)
    for entry in entries:
        if entry.kind is EntryKind.NIGHT_SEALED:
            sealed = sealed_night(entry)
            found[sealed.night] += (sealed,)
    return dict(sorted(found.items()))


def assessments(entries: Iterable[LedgerEntry]) -> Mapping[date, tuple[SealedAssessment, ...]]:
    """Assessments sealed for each night, in order; the last is the one that stands."""
    found: defaultdict[date, tuple[SealedAssessment, ...]] = defaultdict(tuple)
    for entry in entries:
        if entry.kind is EntryKind.ASSESSMENT_SEALED:
            sealed = sealed_assessment(entry)
            found[sealed.night] += (sealed,)
    return dict(sorted(found.items()))


def imports(entries: Iterable[LedgerEntry]) -> tuple[SealedImport, ...]:
    """Imports of files that people saved, in order of sealing."""
    return tuple(sealed_import(entry) for entry in entries if entry.kind is EntryKind.IMPORT_SEALED)


def packs(entries: Iterable[LedgerEntry]) -> Mapping[Series, tuple[SealedPack, ...]]:
    """Packs of each series, in order of sealing; the last is the head that the next one names."""
    found: defaultdict[Series, tuple[SealedPack, ...]] = defaultdict(tuple)
    for entry in entries:
        if entry.kind is EntryKind.PACK_SEALED:
            sealed = sealed_pack(entry)
            found[sealed.series] += (sealed,)
    return dict(sorted(found.items()))


def later_stamps(entries: Iterable[LedgerEntry]) -> Mapping[str, tuple[LaterStamp, ...]]:
    """Time stamps given to packs after they were sealed, by the pack's id, in order."""
    found: defaultdict[str, tuple[LaterStamp, ...]] = defaultdict(tuple)
    for entry in entries:
        if entry.kind is EntryKind.TIME_STAMPED:
            stamp = later_stamp(entry)
            found[stamp.pack_id] += (stamp,)
    return dict(sorted(found.items()))


def unstamped_packs(entries: Sequence[LedgerEntry]) -> tuple[SealedPack, ...]:
    """Packs that were sealed without a time stamp, have been given none since and were not disposed of, in order of sealing."""
    later, stones = later_stamps(entries), gone(entries)
    every = (pack for series in packs(entries).values() for pack in series)
    found = (pack for pack in every if pack.entry.payload.get("time_stamp") == "none" and pack.pack_id not in later)
    left = (pack for pack in found if not any(one.path in stones for one in pack.entry.objects))
    return tuple(sorted(left, key=lambda pack: pack.entry.sequence))


class NamedPaths(dict[str, tuple[int, str]]):
    """Bytes and SHA-256 of objects that entries name and that stand, by path."""

    def __init__(self, standing: Mapping[str, tuple[int, str]], gone: Mapping[str, LedgerEntry]) -> None:
        """`gone`: the tombstone of what was disposed of, and of tables whose run has no longer all of its own."""
        super().__init__(standing)
        self.gone = gone

    def only(self, wanted: Callable[[str], bool]) -> NamedPaths:
        """The same, of some paths."""
        return NamedPaths({path: told for path, told in self.items() if wanted(path)}, self.gone)


def named_paths(entries: Iterable[LedgerEntry]) -> NamedPaths:
    """Every object that entries name and that was not disposed of; raises IntegrityError where two entries disagree."""
    found: dict[str, tuple[int, str]] = {}
    told = []
    for entry in entries:
        if entry.kind in _OF_DISPOSAL:
            told.append(entry)
        for named in entry.objects:
            if found.setdefault(named.path, (named.bytes, named.sha256)) != (named.bytes, named.sha256):
                raise IntegrityError(
                    f"{entry.name} names {named.path} with another size or hash than an entry before it.",
                    cause="An object is written once, so that it has one hash for ever.",
                    next_step="Hash the object and find out which of the entries is wrong.",
                )
    stones = gone(told)
    return NamedPaths(found, {}) if not stones else _without(found, stones)


def _without(found: Mapping[str, tuple[int, str]], stones: Mapping[str, LedgerEntry]) -> NamedPaths:
    """A run's tables are read all or none, and with them what tells that it was: with one of them gone the others would tell of less than there was."""
    broken = {table_run(path): stone for path, stone in stones.items() if path.startswith(_TABLES)}
    left = {path: broken[run] for path in found if (run := _read_with(path)) in broken}
    absent = {**left, **stones}
    return NamedPaths({path: told for path, told in found.items() if path not in absent}, absent)


def table_run(path: str) -> str:
    """The run in `tables/<table>/night=…/<run-id>-<shard>.parquet`."""
    return path.rpartition("/")[2].rpartition("-")[0]


def _read_with(path: str) -> str | None:
    """The run whose tables, or whose account of itself, a path is."""
    if path.startswith(_TABLES):
        return table_run(path)
    return path.split("/")[-2] if path.startswith(_CALLS) and path.endswith(_ACCOUNT) else None


def objects_under(entries: Iterable[LedgerEntry], prefix: str) -> Mapping[str, tuple[int, str]]:
    """Bytes and SHA-256 of the named objects whose path begins with a prefix, by path, sorted."""
    return {path: told for path, told in sorted(named_paths(entries).items()) if path.startswith(prefix)}


def as_known_at(entries: Sequence[LedgerEntry], size: int) -> Sequence[LedgerEntry]:
    """The entries as they were when the ledger had this size; raises ConfigurationError where it never had."""
    if not 0 <= size <= len(entries):
        raise ConfigurationError(
            f"The ledger was never {size} entries long.",
            cause=f"It has {len(entries)} entries now.",
            next_step=f"Name a size from 0 to {len(entries)}.",
        )
    return entries[:size]


def orphans(listing: Iterable[ListedT], named: Container[str]) -> tuple[ListedT, ...]:
    """Objects in a store that no entry names, left by runs that ended early; the ledger itself is none."""
    return tuple(found for found in listing if not found.path.startswith(_LEDGER) and found.path not in named)
