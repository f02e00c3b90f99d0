"""Decisions on keeping that persons sign: checked, signed with the claims of their sign-in, recorded once; and read back as proof.

Not here: which decisions there are (`holds`, `disposing`), asking the person (`cli`). Invariants: a guard speaks before anything is signed or kept, and again on
the very fold that the entry follows; what was signed is what the entry tells, to the letter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from evidence.errors import IntegrityError, ObjectMissingError, RefusedError
from evidence.identity.interface import Identity
from evidence.ledger import keeping
from evidence.ledger.disposals import told_payload
from evidence.ledger.entries import Draft, EntryKind, LedgerEntry, LedgerObject
from evidence.ledger.keeping import By
from evidence.ledger.persons import Account
from evidence.retention.disposition import Proposal
from evidence.runs.parts import Parts, told
from evidence.runs.retention.book import Keeping, KeepingReader, check
from evidence.runs.signed_decisions import Sealer, Statement, Wording, read_signed_decision, signed_decision
from evidence.stores.interface import EvidenceStore

_PROBE = "decisions/none/decision.json"
"""Stands for the statement while a decision is only tried."""


Stands = Callable[[Keeping, LedgerEntry], bool]
"""Whether what an entry says still holds."""


def _always(_now: Keeping, _said: LedgerEntry) -> bool:
    """What cannot be taken back."""
    return True


@dataclass(frozen=True, slots=True)
class Word:
    """What a person wants to decide."""

    kind: EntryKind
    subject: str
    fields: Mapping[str, object]
    record_sha256: str | None = None
    """Of what they read; None where the decision itself is all."""
    loose: tuple[str, ...] = ()
    """Fields that do not make it another word: the number that a hold gets."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A decision in the ledger."""

    entry: LedgerEntry
    before: bool
    """Whether it was there already: the same person said the same."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who decides, with what their word is signed, and from where."""

    identity: Identity
    sealer: Sealer
    account: Account | None

    @property
    def by(self) -> By:
        """As entries name them."""
        return By(self.identity.tenant_id, self.identity.object_id, self.identity.shown)


class _AlreadyError(Exception):
    def __init__(self, found: LedgerEntry) -> None:
        super().__init__(found.name)
        self.found = found


def decide(parts: Parts, person: Person, word: Word, stands: Stands = _always) -> Recorded:
    """Record what a person decided; the entry that is there where they said it before and `stands` says that it still holds.

    Raises RefusedError with the guard's sentence before anything is signed, SealError, StoreError, IntegrityError.
    """
    at, reader = parts.clock.now(), KeepingReader()
    payload = _payload(person, word, at)
    try:
        _guard(reader, parts.ledger.entries(), _draft(parts, word, payload, _probe()), stands, word.loose)
        wording = Wording(_told(payload), word.record_sha256, at, person.account)
        signed = signed_decision(parts, person.sealer, person.identity, wording)
        draft = _draft(parts, word, payload, signed.objects)
        entry = parts.ledger.append(draft, (lambda entries: _guard(reader, entries, draft, stands, word.loose),))
    except _AlreadyError as error:
        return Recorded(error.found, before=True)
    return Recorded(entry, before=False)


def try_word(parts: Parts, by: By, word: Word, stands: Stands = _always) -> LedgerEntry | None:
    """Try a decision on the ledger as it is, and record nothing; the entry that says it already, or None; raises RefusedError."""
    told_now = keeping.told_of(word.fields, by, told(parts.clock.now()))
    claims = {"tid": by.tenant_id, "oid": by.object_id}
    payload = told_payload(told=told_now, identity={"operating_system": None, "claims": claims})
    try:
        _guard(KeepingReader(), parts.ledger.entries(), _draft(parts, word, payload, _probe()), stands, word.loose)
    except _AlreadyError as error:
        return error.found
    return None


def proven(store: EvidenceStore, entries: Sequence[LedgerEntry], entry: LedgerEntry) -> Statement:
    """The signed statement behind a decision; raises IntegrityError where it, its signature or its signer does not hold, StoreError."""
    statement = read_signed_decision(store, entries, entry)
    word = _told(entry.payload)
    record = word.get("proposal_sha256")
    same = {
        "the decision": (statement.decision, word),
        "the claims": (statement.claims, keeping.claims_of(entry)),
        "the hash that was read": (statement.record_sha256, record),
        "the moment": (told(statement.at), word["at"]),
    }
    other = [name for name, (signed, there) in same.items() if signed != there]
    if other:
        raise IntegrityError(
            f"{entry.name} says otherwise than its signed statement {statement.path}.",
            cause=f"Not the same: {', '.join(other)}.",
            next_step="Compare the entry with a checkpoint, and find out what wrote it.",
        )
    return statement


def check_decisions(store: EvidenceStore, entries: Sequence[LedgerEntry]) -> int:
    """Read every signed decision on keeping again; how many there are. Raises IntegrityError for the first that does not hold."""
    decided = [entry for entry in entries if entry.kind in keeping.DECIDED]
    for entry in decided:
        proven(store, entries, entry)
    return len(decided)


def approvals_hold(store: EvidenceStore, entries: Sequence[LedgerEntry], proposal: Proposal) -> bool:
    """Whether persons signed every approval of a proposal; raises StoreError where that cannot be told."""
    try:
        said = [proven(store, entries, entries[one.sequence - 1]) for one in proposal.approvals]
    except (IntegrityError, ObjectMissingError):
        return False
    return proposal.approved and all(one.established for one in said)


def refuse_unsigned(store: EvidenceStore, entries: Sequence[LedgerEntry], proposal: Proposal) -> None:
    """Raise IntegrityError where what a proposal rests on are approvals that nobody signed, StoreError where that cannot be told."""
    if not approvals_hold(store, entries, proposal):
        raise IntegrityError(
            f"Proposal {proposal.proposal_id} rests on approvals whose signed statements do not hold.",
            cause="Whoever may write to the store can append entries that look so; only a person who signs in makes an approval.",
            next_step="backup-evidence ledger verify, and find out what wrote them.",
        )


def _payload(person: Person, word: Word, at: datetime) -> dict[str, object]:
    system = None if person.account is None else person.account.told()["operating_system"]
    identity = {"operating_system": system, "claims": person.identity.claims()}
    return told_payload(told=keeping.told_of(word.fields, person.by, told(at)), identity=identity)


def _draft(parts: Parts, word: Word, payload: Mapping[str, object], objects: Sequence[LedgerObject]) -> Draft:
    return Draft(word.kind, parts.clock.now(), parts.actor, word.subject, payload, tuple(objects))


def _probe() -> tuple[LedgerObject, ...]:
    return tuple(LedgerObject(path, 0, "0" * 64) for path in (_PROBE, f"{_PROBE}.p7s"))


def _guard(
    reader: KeepingReader,
    entries: Sequence[LedgerEntry],
    draft: Draft,
    stands: Stands,
    loose: Sequence[str] = (),
) -> None:
    if not entries:
        raise RefusedError("The store holds nothing yet.", next_step="backup-evidence run --night …")
    now = reader.upto(entries)
    for said in entries:
        if said.kind is draft.kind and _same(said, draft, loose) and stands(now, said):
            raise _AlreadyError(said)
    check(now, draft.placed(len(entries) + 1, entries[-1].sha256))


def _same(said: LedgerEntry, draft: Draft, loose: Sequence[str]) -> bool:
    if said.subject != draft.subject:
        return False
    one, other = dict(_told(said.payload)), dict(_told(draft.payload))
    for key in ("at", *loose):
        one.pop(key, None), other.pop(key, None)
    return one == other


def _told(payload: Mapping[str, object]) -> Mapping[str, object]:
    found = payload["told"]
    if not isinstance(found, Mapping):
        raise IntegrityError("A decision tells nothing.")
    return found
