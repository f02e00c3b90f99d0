"""What the ledger holds of exceptions: batches of events that the machine found, and decisions of persons, one entry each.

Not here: what follows from them (`evidence.assess.exceptions`). Invariants: a batch names its events' Parquet and counts them; a decision names who
made it, as a person's statement (ADR 0031, version 1) or by a sign-in with a signed statement (ADR 0047, version 2), and is never edited.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from evidence.ledger.entries import EntryKind, LedgerEntry, LedgerObject
from evidence.ledger.fields import Fields
from evidence.ledger.persons import (
    GRADE,
    SIGNED_GRADE,
    VERSION,
    Account,
    check_version,
    is_signed,
    read_account,
    read_proven,
    told_person,
)

BATCH, DECISION = "batch", "decision"
EVENTS_FOLDER, STATE_FOLDER = "assessments/exception_events/", "assessments/exceptions/"
EVENT_KINDS = frozenset({"opened", "reopened", "seen", "provisionally_closed", "closed", "withdrawn"})
_BATCH_KEYS = frozenset({"v", "form", "night", "assessment_id", "batch", "events", "exceptions"})
_KEYS = frozenset({"v", "form", "attempt", "decision", "identity", "grade", "signature"})
_DECISION_KEYS = frozenset(
    {"exception_key", "episode", "act", "by", "approver", "reason", "until", "closure", "removal", "decided_at"}
)
_NEEDED: Mapping[str, frozenset[str]] = {
    "acknowledge": frozenset(),
    "accept": frozenset({"approver", "reason", "until"}),
    "close": frozenset({"approver", "reason", "closure"}),
    "reopen": frozenset({"reason"}),
    "comment": frozenset({"reason"}),
}
"""By what a person does, what must be told with it."""
_ALLOWED: Mapping[str, frozenset[str]] = {**_NEEDED, "acknowledge": frozenset({"reason"})}
CLOSURES = frozenset({"decommissioned", "approved"})


@dataclass(frozen=True, slots=True)
class EventBatch:
    """What one look at the evidence found of exceptions."""

    night: date
    assessment_id: str
    number: int
    """From 1, without gap: of the batches of this ledger."""
    events: Mapping[str, int]
    """By kind."""
    exceptions: Mapping[str, int]
    """By state, as they stood after it."""
    entry: LedgerEntry

    @property
    def events_file(self) -> LedgerObject:
        """The Parquet of its events."""
        return next(one for one in self.entry.objects if one.path.startswith(EVENTS_FOLDER))

    @property
    def state_file(self) -> LedgerObject:
        """The Parquet of exceptions as they stood after it."""
        return next(one for one in self.entry.objects if one.path.startswith(STATE_FOLDER))


@dataclass(frozen=True, slots=True)
class Removal:
    """What the evidence told of an item when a person closed its exception as decommissioned."""

    night: date
    """The newest sealed night."""
    told: str
    """One sentence: that its list was read and how the item stood in it."""
    points: int
    """Recovery points known of it that had neither expired nor been deleted."""
    expires_at: datetime | None
    """When the last of them expires; None where none is left, or Azure told no time."""


@dataclass(frozen=True, slots=True)
class PersonDecision:
    """What one person decided of one exception, as recorded."""

    key: str
    episode: int
    act: str
    """`acknowledge, accept, close, reopen` or `comment`."""
    by: str
    approver: str | None
    reason: str | None
    until: date | None
    closure: str | None
    """`decommissioned` or `approved`."""
    removal: Removal | None
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class RecordedDecision:
    """A decision with who recorded it."""

    decision: PersonDecision
    account: Account
    grade: str
    entry: LedgerEntry
    claims: Mapping[str, object] | None = None
    """Of the sign-in of whoever approved, else of whoever decided; None where nobody signed in."""
    statement_sha256: str | None = None
    """Of the signed statement that the entry names."""


def told_batch(
    night: date, assessment_id: str, number: int, events: Mapping[str, int], exceptions: Mapping[str, int]
) -> dict[str, object]:
    """The payload of a batch."""
    return {
        "v": VERSION,
        "form": BATCH,
        "night": str(night),
        "assessment_id": assessment_id,
        "batch": number,
        "events": dict(events),
        "exceptions": dict(exceptions),
    }


def told_decision(
    decision: PersonDecision, account: Account, attempt: str, signed: tuple[Mapping[str, object], str] | None = None
) -> dict[str, object]:
    """The payload of a decision; `signed` are the claims of a sign-in and the SHA-256 of the signed statement."""
    return {
        "form": DECISION,
        "attempt": attempt,
        "decision": told_words(decision),
        **told_person(account, signed),
    }


def told_words(decision: PersonDecision) -> dict[str, object]:
    """A decision as its payload and its signed statement hold it."""
    return {
        "exception_key": decision.key,
        "episode": decision.episode,
        "act": decision.act,
        "by": decision.by,
        "approver": decision.approver,
        "reason": decision.reason,
        "until": None if decision.until is None else str(decision.until),
        "closure": decision.closure,
        "removal": None if decision.removal is None else _told_removal(decision.removal),
        "decided_at": _moment(decision.decided_at),
    }


def is_batch(entry: LedgerEntry) -> bool:
    """Whether an entry of exceptions is a batch of the machine; raises IntegrityError for a form that is neither."""
    fields = _payload(entry)
    is_signed(fields)
    form = fields.text("form")
    if form not in {BATCH, DECISION}:
        fields.refuse(f"its form {form[:60]!r} is unknown to this program")
    return form == BATCH


def event_batch(entry: LedgerEntry) -> EventBatch:
    """What a batch says; raises IntegrityError."""
    fields = _payload(entry)
    check_version(fields)
    fields.check_keys(_BATCH_KEYS)
    events = fields.counts("events")
    unknown = events.keys() - EVENT_KINDS
    if unknown:
        fields.refuse(f"its events {', '.join(sorted(unknown))[:100]} are unknown to this program")
    for folder in (EVENTS_FOLDER, STATE_FOLDER):
        if sum(one.path.startswith(folder) for one in entry.objects) != 1:
            fields.refuse(f"it does not name exactly one object under {folder}")
    return EventBatch(
        fields.day("night"),
        fields.text("assessment_id"),
        fields.whole("batch"),
        events,
        fields.counts("exceptions"),
        entry,
    )


def recorded_decision(entry: LedgerEntry) -> RecordedDecision:
    """What an entry says that a person decided; raises IntegrityError."""
    fields = _payload(entry)
    signed = is_signed(fields)
    fields.check_keys(_KEYS)
    fields.text("attempt")
    if signed:
        found = read_proven(fields, entry)
        return RecordedDecision(
            _decision(fields), found.account, SIGNED_GRADE, entry, found.claims, found.statement_sha256
        )
    if fields.values["signature"] is not None or fields.text("grade") != GRADE:
        fields.refuse(f"a decision without claims is unsigned and of grade {GRADE}")
    return RecordedDecision(_decision(fields), read_account(fields, "identity"), GRADE, entry)


def checked_subject(entry: LedgerEntry) -> str:
    """The subject that an entry of exceptions must have; raises IntegrityError where it cannot be folded."""
    if is_batch(entry):
        return batch_subject(event_batch(entry).night)
    return decision_subject(recorded_decision(entry).decision.key)


def batch_subject(night: date) -> str:
    """What a batch is about."""
    return f"exceptions/{night}"


def decision_subject(key: str) -> str:
    """What a decision is about."""
    return f"exception/{key}"


def decisions(entries: Iterable[LedgerEntry], key: str | None = None) -> tuple[RecordedDecision, ...]:
    """Decisions of persons, of one exception or of all, in order of recording."""
    found = (one for one in entries if one.kind is EntryKind.EXCEPTION_EVENTS and not is_batch(one))
    told = (recorded_decision(one) for one in found)
    return tuple(one for one in told if key in {None, one.decision.key})


def batches(entries: Iterable[LedgerEntry]) -> tuple[EventBatch, ...]:
    """Batches of the machine, in order."""
    found = (one for one in entries if one.kind is EntryKind.EXCEPTION_EVENTS and is_batch(one))
    return tuple(event_batch(one) for one in found)


def _decision(fields: Fields) -> PersonDecision:
    inner = Fields(f"decision in {fields.where}", fields.mapping("decision"))
    inner.check_keys(_DECISION_KEYS)
    act = inner.text("act")
    if act not in _NEEDED:
        inner.refuse(f"what was decided, {act[:60]!r}, is unknown to this program")
    told = {name for name in ("approver", "reason", "until", "closure") if inner.values[name] is not None}
    if not _NEEDED[act] <= told <= _ALLOWED[act]:
        inner.refuse(
            f"to {act} takes {', '.join(sorted(_NEEDED[act])) or 'nothing more'}, not {', '.join(sorted(told))}"
        )
    closure = inner.optional_text("closure")
    removal = inner.values["removal"]
    if (closure is not None and closure not in CLOSURES) or (removal is not None) != (closure == "decommissioned"):
        inner.refuse("it is closed neither as approved, nor as decommissioned with what is known of the removal")
    return PersonDecision(
        inner.sha256("exception_key"),
        inner.whole("episode"),
        act,
        inner.text("by"),
        inner.optional_text("approver"),
        inner.optional_text("reason"),
        None if inner.values["until"] is None else inner.day("until"),
        closure,
        None if removal is None else _removal(Fields(f"removal in {inner.where}", inner.mapping("removal"))),
        inner.moment("decided_at"),
    )


def _removal(fields: Fields) -> Removal:
    fields.check_keys(frozenset({"night", "told", "points", "expires_at"}))
    expires = None if fields.values["expires_at"] is None else fields.moment("expires_at")
    return Removal(fields.day("night"), fields.text("told"), fields.whole("points"), expires)


def _told_removal(removal: Removal) -> dict[str, object]:
    expires = removal.expires_at
    return {
        "night": str(removal.night),
        "told": removal.told,
        "points": removal.points,
        "expires_at": None if expires is None else _moment(expires),
    }


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _payload(entry: LedgerEntry) -> Fields:
    return Fields(f"The payload of {entry.name}", entry.payload)
