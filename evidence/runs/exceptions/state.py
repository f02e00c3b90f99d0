"""Exceptions as the ledger tells them: folded from all events and decisions, or from the newest tables and what followed.

Not here: recording (`exceptions`, `exceptions.decided`). Invariants: both ways give the same state, for each batch names exceptions as they stood
after exactly the entries before it; only files that the ledger names are read, by their hash.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from evidence.assess.exceptions.fold import Standings, after_event, in_order, with_batch, with_decision
from evidence.assess.exceptions.states import ENDED, Act, Closure, Decision, Event, Standing
from evidence.assess.exceptions.telling import read_event, read_standing
from evidence.errors import IntegrityError
from evidence.ledger.decisions import (
    EventBatch,
    PersonDecision,
    RecordedDecision,
    event_batch,
    is_batch,
    recorded_decision,
)
from evidence.ledger.entries import EntryKind, LedgerEntry
from evidence.ledger.folds import named_paths
from evidence.runs.sealed import SealedRows
from evidence.stores.interface import EvidenceStore
from evidence.tables import EXCEPTION_EVENTS, EXCEPTIONS

BATCHES_KEPT = 64
"""Batches for which one that ended stays in the table: the tables of every so many batches tell all that ever was."""
_EVENTS = ("exception_key", "episode", "event", "at", "assessed_at", "told")


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing in the life of an exception, and the entry that records it."""

    entry: LedgerEntry
    event: Event | None = None
    decision: RecordedDecision | None = None


def standing_exceptions(store: EvidenceStore, entries: Sequence[LedgerEntry]) -> Standings:
    """Every exception as of the last entry, from the newest tables and the decisions after them; raises IntegrityError."""
    told = _of_exceptions(entries)
    known = [event_batch(entry) for entry in told if is_batch(entry)]
    _check_numbers(known)
    if not known:
        return _folded(SealedRows(store, {}), told, Standings())
    newest = known[-1]
    sealed = _named(store, [one.entry for one in known[::-1][::BATCHES_KEPT]])
    by_key: dict[str, Standing] = {}
    for batch in known[::-1][::BATCHES_KEPT]:
        rows = sealed.file(EXCEPTIONS, batch.state_file.path, ["told"])
        for text in rows["told"].to_pylist():
            one = read_standing(str(text))
            by_key.setdefault(one.key, one)
    later = [entry for entry in told if entry.sequence > newest.entry.sequence]
    return _folded(sealed, later, Standings(by_key, newest.number))


def folded_exceptions(store: EvidenceStore, entries: Sequence[LedgerEntry]) -> Standings:
    """The same from nothing but events and decisions, all of them."""
    told = _of_exceptions(entries)
    _check_numbers([event_batch(entry) for entry in told if is_batch(entry)])
    return _folded(_named(store, told), told, Standings())


def lives(store: EvidenceStore, entries: Sequence[LedgerEntry], key: str | None = None) -> Iterator[Happened]:
    """All that happened to one exception, or to all, in the order of the ledger."""
    told = _of_exceptions(entries)
    sealed = _named(store, told)
    for entry in told:
        if is_batch(entry):
            for event in _events(sealed, event_batch(entry)):
                if key in {None, event.key}:
                    yield Happened(entry, event=event)
        elif key in {None, (found := recorded_decision(entry)).decision.key}:
            yield Happened(entry, decision=found)


def episodes(store: EvidenceStore, entries: Sequence[LedgerEntry]) -> Mapping[tuple[str, int], Standing]:
    """Each episode as it stood last, by key and number: the state above holds the last one of each key alone."""
    found: dict[tuple[str, int], Standing] = {}
    told = _of_exceptions(entries)
    sealed, standings = _named(store, told), Standings()
    for entry in told:
        before = standings.by_key
        standings = _folded(sealed, [entry], standings)
        changed = (one for key, one in standings.by_key.items() if before.get(key) is not one)
        found.update({(one.key, one.episode): one for one in changed})
        # Within one batch an episode may end and the next begin.
        if is_batch(entry):
            found.update(_ended_within(before, _events(sealed, event_batch(entry)), standings))
    return dict(sorted(found.items()))


def _ended_within(
    before: Mapping[str, Standing], events: Sequence[Event], after: Standings
) -> Iterator[tuple[tuple[str, int], Standing]]:
    """Episodes that a batch ended before it opened the next one of the same exception."""
    by_key = dict(before)
    for event in events:
        by_key[event.key] = after_event(by_key.get(event.key), event)
        if after.by_key[event.key].episode != event.episode:
            yield (event.key, event.episode), by_key[event.key]


def known_owners(store: EvidenceStore, entries: Sequence[LedgerEntry]) -> Mapping[str, tuple[str, str]]:
    """Team and rule of each exception in the newest table that the ledger names, by key."""
    prefix = f"assessments/{EXCEPTIONS.name}/"
    for entry in reversed(entries):
        for named in entry.objects:
            if named.path.startswith(prefix):
                columns = ["exception_key", "owner", "owner_rule"]
                rows = _named(store, [entry]).file(EXCEPTIONS, named.path, columns).to_pylist()
                return {row["exception_key"]: (row["owner"], row["owner_rule"]) for row in rows if row["owner"]}
    return {}


def known_then(entries: Sequence[LedgerEntry], moment: datetime) -> Sequence[LedgerEntry]:
    """The entries up to the last one made by a moment: what was known then."""
    sizes = (entry.sequence for entry in reversed(entries) if entry.at <= moment)
    return entries[: next(sizes, 0)]


def in_table(standings: Standings) -> Mapping[str, Standing]:
    """Those that the table of the newest batch tells, by key: what stands, and what changed in the last batches."""
    first = standings.batches - BATCHES_KEPT
    return {
        key: one for key, one in sorted(standings.by_key.items()) if one.state not in ENDED or one.changed_in > first
    }


def as_decided(told: PersonDecision) -> Decision:
    """A recorded decision as the fold takes it."""
    closure = None if told.closure is None else Closure(told.closure)
    return Decision(
        told.key,
        told.episode,
        Act(told.act),
        told.by,
        told.decided_at,
        told.approver,
        told.reason,
        told.until,
        closure,
    )


def _folded(sealed: SealedRows, entries: Sequence[LedgerEntry], start: Standings) -> Standings:
    found = start
    for entry in entries:
        if is_batch(entry):
            found = with_batch(found, _events(sealed, event_batch(entry)))
        else:
            found = with_decision(found, as_decided(recorded_decision(entry).decision))
    return found


def _events(sealed: SealedRows, batch: EventBatch) -> Sequence[Event]:
    rows = sealed.file(EXCEPTION_EVENTS, batch.events_file.path, _EVENTS).to_pylist()
    found = in_order(
        read_event(row["exception_key"], row["episode"], row["event"], row["at"], row["assessed_at"], row["told"])
        for row in rows
    )
    if len(found) != sum(batch.events.values()):
        raise IntegrityError(
            f"{batch.entry.name} counts {sum(batch.events.values())} events, and {batch.events_file.path} holds {len(found)}.",
            next_step="Find out what wrote the entry: it counts what it names.",
        )
    return found


def _of_exceptions(entries: Sequence[LedgerEntry]) -> Sequence[LedgerEntry]:
    return [entry for entry in entries if entry.kind is EntryKind.EXCEPTION_EVENTS]


def _named(store: EvidenceStore, entries: Sequence[LedgerEntry]) -> SealedRows:
    return SealedRows(store, named_paths(entries))


def _check_numbers(known: Sequence[EventBatch]) -> None:
    for number, batch in enumerate(known, 1):
        if batch.number != number:
            raise IntegrityError(
                f"{batch.entry.name} is batch {batch.number} of exceptions, and should be batch {number}.",
                cause="Each batch goes on from the one before it.",
                next_step="Find out what wrote the entry.",
            )
