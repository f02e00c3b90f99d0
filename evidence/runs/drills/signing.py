"""Events of drills that persons sign: checked, signed with the claims of their sign-in, recorded; and read back as certificates.

Not here: the statement itself (`runs.signed_decisions`), asking the person (`cli`). Invariants: a guard speaks before anything is signed or kept; what was
signed is the recorded event to the letter, but for the hash of the statement in it; a certificate exists only where all of it holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from evidence.drills.events import Event, PlanApproved, Reviewed, Submitted, Waived
from evidence.drills.spelling import told_event
from evidence.drills.values import Person
from evidence.errors import IntegrityError, RefusedError
from evidence.identity.interface import Identity
from evidence.ledger.drill_events import account_of, claims_of
from evidence.ledger.entries import LedgerEntry
from evidence.ledger.fields import Fields
from evidence.ledger.persons import Account
from evidence.runs.drills.book import ToldEvent, told_events
from evidence.runs.drills.recording import Recorded, check, recorded, subject_of
from evidence.runs.parts import Parts
from evidence.runs.signed_decisions import (
    Sealer,
    Statement,
    Wording,
    person_of,
    read_signed_decision,
    signed_decision,
    still_kept,
)
from evidence.stores.interface import EvidenceStore

Signable = PlanApproved | Reviewed | Submitted | Waived
"""What a person may sign in for."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """Who decided what, when, about which hash, from where: proven by a signed statement."""

    subject: str
    """Such as `drill/DR-2026Q3-0007`."""
    decision: str
    """`accepted, accepted_with_deviations, rejected, submitted, waived` or `plan_approved`."""
    person: Person
    username: str | None
    issuer: str
    auth_time: datetime
    """When the person proved who they are."""
    amr: tuple[str, ...]
    """How; empty where the issuer did not tell."""
    decided_at: datetime
    record_sha256: str | None
    """Of the record or plan that was read."""
    account: Account | None
    """From where: the account and the machine."""
    configuration_sha256: str
    """By which roles were given."""
    statement_sha256: str
    statement_path: str
    signer: str
    signer_fingerprint_sha256: str
    signer_established: bool
    """Whether the ledger knew this signer then."""
    stamped_at: datetime | None
    sequence: int
    """Of the ledger entry."""


def record_signed(
    parts: Parts, sealer: Sealer, identity: Identity, event: Signable, *, account: Account | None
) -> Recorded:
    """Record an event with the signed statement of the person who tells it; the same word again is the entry that is there.

    Raises RefusedError with the guard's sentence before anything is signed, SealError, StoreError, IntegrityError.
    """
    if event.by.key != person_of(identity).key:
        raise RefusedError(
            f"{subject_of(event)}: {identity.shown} signed in, and somebody else is named.",
            next_step="Let the person who decides sign in.",
        )
    there = check(parts, event)
    if there is not None:
        return Recorded(there, before=True)
    wording = Wording(told_event(event), read_sha256(event), event.at, account)
    signed = signed_decision(parts, sealer, identity, wording)
    whole = with_statement(event, signed.statement_sha256)
    return recorded(parts, whole, account=account, sign_in=signed)


def read_sha256(event: Signable) -> str | None:
    """The hash of what the person read; None where the event names none."""
    match event:
        case PlanApproved():
            return event.plan_sha256
        case Reviewed() | Submitted():
            return event.sign_off.record_sha256
        case Waived():
            return None


def with_statement(event: Signable, sha256: str | None) -> Signable:
    """The event with the hash of its signed statement where it has a place for it, or without."""
    if isinstance(event, Reviewed | Submitted):
        return replace(event, sign_off=replace(event.sign_off, identity_sha256=sha256))
    return event


def certificates(
    store: EvidenceStore, entries: Sequence[LedgerEntry], drill_id: str | None = None
) -> tuple[Certificate, ...]:
    """Certificates of all decisions that persons signed in for, in the order of the ledger, or of one drill alone; none of what was disposed of.

    Raises IntegrityError for the first whose statement, signature, signer or claims do not hold, StoreError.
    """
    return tuple(_certificates(store, entries, told_events(entries, drill_id)))


def _certificates(
    store: EvidenceStore, entries: Sequence[LedgerEntry], events: Sequence[ToldEvent]
) -> Iterator[Certificate]:
    kept = still_kept(entries)
    for one in events:
        claims = claims_of(one.entry)
        if claims is not None and kept(one.entry):
            event = _signable(one.event, one.entry)
            statement = read_signed_decision(store, entries, one.entry)
            _check(event, statement, claims, one.entry)
            yield _certificate(event, statement, one.entry)


def _signable(event: Event, entry: LedgerEntry) -> Signable:
    if not isinstance(event, Signable):
        Fields(entry.name, {}).refuse(f"it holds claims of a sign-in, and nobody signs for {event.kind}")
    return event


def _check(event: Signable, statement: Statement, claims: Mapping[str, object], entry: LedgerEntry) -> None:
    """That entry and statement say the same."""
    sign_off = event.sign_off if isinstance(event, Reviewed | Submitted) else None
    same = {
        "the decision": (statement.decision, told_event(with_statement(event, None))),
        "the claims": (statement.claims, claims),
        "the person": (_person(statement), event.by),
        "the hash that was read": (statement.record_sha256, read_sha256(event)),
        "the moment": (statement.at, event.at),
        "the account": (statement.account, account_of(entry)),
        "the hash of the statement": (statement.sha256, sign_off.identity_sha256 if sign_off else statement.sha256),
    }
    other = [name for name, (signed, recorded_there) in same.items() if signed != recorded_there]
    if other:
        raise IntegrityError(
            f"{entry.name} says otherwise than its signed statement {statement.path}.",
            cause=f"Not the same: {', '.join(other)}.",
            next_step="Compare the entry with a checkpoint, and find out what wrote it.",
        )


def _person(statement: Statement) -> Person:
    claims = Fields(f"identity in {statement.path}", statement.claims)
    name = claims.optional_text("name") or claims.optional_text("preferred_username")
    return Person(claims.text("tid"), claims.text("oid"), name or claims.text("oid"))


def _certificate(event: Signable, statement: Statement, entry: LedgerEntry) -> Certificate:
    claims = Fields(f"identity in {statement.path}", statement.claims)
    identity, stamp = statement.seal.identity, statement.seal.stamp
    return Certificate(
        subject=entry.subject,
        decision=event.sign_off.decision if isinstance(event, Reviewed | Submitted) else event.kind,
        person=event.by,
        username=claims.optional_text("preferred_username"),
        issuer=claims.text("iss"),
        auth_time=datetime.fromtimestamp(claims.whole("auth_time"), UTC),
        amr=tuple(claims.texts("amr")),
        decided_at=statement.at,
        record_sha256=statement.record_sha256,
        account=statement.account,
        configuration_sha256=statement.configuration_sha256,
        statement_sha256=statement.sha256,
        statement_path=statement.path,
        signer=identity.subject,
        signer_fingerprint_sha256=identity.fingerprint_sha256,
        signer_established=statement.established,
        stamped_at=None if stamp is None else stamp.at,
        sequence=entry.sequence,
    )
