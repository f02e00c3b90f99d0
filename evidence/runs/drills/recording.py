"""Records what happens to drills: checked on the very book that the entry will follow, and recorded once.

Not here: the guards themselves (`evidence.drills.guards`), asking persons (`cli`), how a person signs in. Invariants: of two decisions at once the later is
checked on the earlier; the same word said again is the entry that is there; what needs a sign-in is recorded with its claims or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from evidence.drills.events import (
    DeviationRecorded,
    Event,
    EvidenceAttached,
    ExecutionLinked,
    RestoreClassified,
    Reviewed,
    SeedCommitted,
    Submitted,
    ValidationRecorded,
)
from evidence.drills.fold import Book, apply
from evidence.drills.spelling import told_event
from evidence.drills.values import Person
from evidence.errors import RefusedError
from evidence.ledger.drill_events import IDENTITY, SIGNED, told_identity
from evidence.ledger.entries import Draft, EntryKind, LedgerEntry, LedgerObject
from evidence.ledger.persons import Account
from evidence.runs.drills.book import BookReader
from evidence.runs.parts import Parts


class SignIn(Protocol):
    """A person who signed in, as recording needs them."""

    @property
    def person(self) -> Person:
        """Who it is."""
        ...

    @property
    def claims(self) -> Mapping[str, object]:
        """What the token told that was checked: at least `tid` and `oid`; JSON values without fractions."""
        ...

    @property
    def objects(self) -> tuple[LedgerObject, ...]:
        """Files of the store that prove it, such as the signed statement."""
        ...


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event in the ledger."""

    entry: LedgerEntry
    before: bool
    """Whether it was there already: the same word was said before."""


class _AlreadyError(Exception):
    """The very word is there."""

    def __init__(self, found: LedgerEntry) -> None:
        super().__init__(found.name)
        self.found = found


def record(
    parts: Parts,
    event: Event,
    *,
    account: Account | None = None,
    sign_in: SignIn | None = None,
    objects: Sequence[LedgerObject] = (),
) -> LedgerEntry:
    """Append an event once; gives the entry that is there where the same was said before, but for the moment of saying it.

    `objects` are files that the entry names besides those of the sign-in. Raises RefusedError with the sentence of the guard that refuses it,
    StoreError, IntegrityError.
    """
    return recorded(parts, event, account=account, sign_in=sign_in, objects=objects).entry


def recorded(
    parts: Parts,
    event: Event,
    *,
    account: Account | None = None,
    sign_in: SignIn | None = None,
    objects: Sequence[LedgerObject] = (),
) -> Recorded:
    """The same, and whether it was there before; an event is told again after another replaced it only with a moment of its own."""
    _check_sign_in(event, sign_in)
    now = parts.clock.now()
    if event.at > now:
        raise RefusedError(f"What lies in the future is not recorded: {event.at:%Y-%m-%d %H:%M:%S}Z is after now.")
    reader, draft = BookReader(), _draft(parts, event, account, sign_in, objects)
    known = len(parts.ledger.entries())
    try:
        entry = parts.ledger.append(draft, (lambda entries: _check(reader, entries, event),))
        # The ledger gives the entry of an equal event, moment and all, wherever it stands.
        return Recorded(entry, before=entry.sequence <= known)
    except _AlreadyError as error:
        return Recorded(error.found, before=True)


def check(parts: Parts, event: Event) -> LedgerEntry | None:
    """Try an event on the book as it is now, and record nothing; the entry that says it already, or None; raises RefusedError."""
    try:
        _check(BookReader(), parts.ledger.entries(), event)
    except _AlreadyError as error:
        return error.found
    return None


def _draft(
    parts: Parts, event: Event, account: Account | None, sign_in: SignIn | None, objects: Sequence[LedgerObject]
) -> Draft:
    payload = told_event(event)
    if account is not None or sign_in is not None:
        payload[IDENTITY] = told_identity(account, sign_in.claims if sign_in else None)
    named = (*objects, *(sign_in.objects if sign_in else ()))
    return Draft(EntryKind.DRILL_EVENT, parts.clock.now(), parts.actor, subject_of(event), payload, named)


def subject_of(event: Event) -> str:
    """What the entry of an event is about: `drill/<id>`, `plan/<id>`, `seed/<quarter>` or `restore/<job>`."""
    if isinstance(event, SeedCommitted):
        return f"seed/{event.quarter}"
    planned = getattr(event, "planned", None)
    if planned is not None:
        return f"drill/{planned.drill_id}"
    for prefix, key in (("drill", "drill_id"), ("plan", "plan_id")):
        if hasattr(event, key):
            return f"{prefix}/{getattr(event, key)}"
    return f"restore/{getattr(event, 'job_id')}"  # noqa: B009 - the one kind that is left


def _check_sign_in(event: Event, sign_in: SignIn | None) -> None:
    if sign_in is not None and (event.by is None or sign_in.person.key != event.by.key):
        raise RefusedError(
            f"{subject_of(event)}: {sign_in.person.name} signed in, and somebody else is named.",
            next_step="Let the person who decides sign in.",
        )
    if sign_in is None and event.kind in SIGNED:
        raise RefusedError(
            f"{subject_of(event)}: {event.kind.replace('_', ' ')} needs a person who signed in.",
            cause="A name and an account of the operating system prove nobody.",
            next_step="Sign in; docs/operations.md tells how under `Restore drills`.",
        )


def _check(reader: BookReader, entries: Sequence[LedgerEntry], event: Event) -> None:
    book = reader.upto(entries)
    said = [one for one in reader.told if _slot(one.event) == _slot(event)]
    if said and _same_word(said[-1].event, event) and _stands(book, event):
        raise _AlreadyError(said[-1].entry)
    apply(book, event)


def _slot(event: Event) -> tuple[str, ...]:
    """What a later word of the same kind replaces, or would repeat."""
    inner = ""
    match event:
        case ExecutionLinked():
            inner = event.execution.job_id
        case EvidenceAttached():
            inner = event.evidence.sha256
        case ValidationRecorded():
            inner = event.validation.check_id
        case DeviationRecorded():
            inner = event.deviation.deviation_id
        case RestoreClassified():
            inner = event.vault_id
        case _:
            pass
    return event.kind, subject_of(event), inner


def _same_word(said: Event, event: Event) -> bool:
    """Whether the newest word of the slot is this one but for its moment: what is done again is said later."""
    one, other = told_event(_without_statement(said, event))["told"], told_event(event)["told"]
    assert isinstance(one, dict)  # noqa: S101 - as events are spelled
    assert isinstance(other, dict)  # noqa: S101
    return _same(one, other, (one["at"], other["at"]))


def _without_statement(said: Event, event: Event) -> Event:
    """What was said, without the hash of its signed statement where the event is not signed yet: signing comes after this is asked."""
    if isinstance(said, Reviewed | Submitted) and isinstance(event, Reviewed | Submitted):
        unsigned = event.sign_off.identity_sha256 is None
        return replace(said, sign_off=replace(said.sign_off, identity_sha256=None)) if unsigned else said
    return said


def _same(one: object, other: object, moments: tuple[object, object]) -> bool:
    """Whether two values are equal, where the moment of saying it may stand for the other's anywhere within."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key], moments) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(_same(a, b, moments) for a, b in zip(one, other, strict=True))
    return one == other or (one, other) == moments


def _stands(book: Book, event: Event) -> bool:
    """Whether the record still holds it: what was said of a deviation goes with a deviation that no longer follows from the facts."""
    if not isinstance(event, DeviationRecorded):
        return True
    told = event.deviation
    return any(
        (one.deviation_id, one.owner, one.due, one.action, one.ticket, one.retest, one.closed_at is None)
        == (told.deviation_id, told.owner, told.due, told.action, told.ticket, told.retest, told.closed_at is None)
        for one in book.drills[event.drill_id].deviations
    )
