"""Proposes what may be disposed of: a file that says each object, until when it was kept and by which rule, named by an entry.

Not here: approvals, deletion. Invariants: the file follows from ledger, configuration and day alone; what a hold keeps, what is not yet due and what outlives all is in
no proposal; a proposal that says nothing new is the one that stands.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from evidence.errors import ObjectExistsError, RefusedError
from evidence.ledger.disposals import told_payload
from evidence.ledger.entries import Draft, EntryKind, LedgerEntry, LedgerObject, canonical
from evidence.ledger.fields import Fields, read_json
from evidence.retention.calendar import day_of, number_of
from evidence.retention.disposition import Proposal, why_kept
from evidence.retention.register import Register
from evidence.retention.values import Kind, Registered
from evidence.runs.parts import Parts
from evidence.runs.retention.book import Keeping, KeepingReader, check, read_keeping
from evidence.stores.interface import EvidenceStore
from evidence.stores.layout import proposal_file

FORMAT = "backup-evidence-disposal-proposal"
VERSION = 1
_KEYS = frozenset({"format", "v", "tenant", "proposal", "day", "ledger", "configuration_sha256", "packs", "objects"})
_DUE = frozenset({"path", "bytes", "sha256", "sequence", "kind", "until", "rule"})

Registers = Callable[[Sequence[LedgerEntry], datetime], Register]
"""The register as of some entries and a moment."""


@dataclass(frozen=True, slots=True)
class Due:
    """One object that is proposed to go."""

    object: LedgerObject
    sequence: int
    """Of the first entry that names it."""
    kind: str
    until: date
    rule: str


@dataclass(frozen=True, slots=True)
class ProposalFile:
    """A proposal as its file tells it."""

    proposal_id: str
    day: date
    ledger_size: int
    configuration_sha256: str
    packs: tuple[str, ...]
    """Packs that leave with it."""
    due: tuple[Due, ...]
    sha256: str

    @property
    def bytes(self) -> int:
        """Of all objects."""
        return sum(one.object.bytes for one in self.due)


@dataclass(frozen=True, slots=True)
class Proposed:
    """A proposal in the ledger, or that nothing is due."""

    file: ProposalFile | None
    entry: LedgerEntry | None
    before: bool = False
    """Whether it stood already."""


def propose(parts: Parts, registers: Registers) -> Proposed:
    """Propose all that may go today; the proposal that stands where it names the same; raises RefusedError, StoreError, IntegrityError."""
    entries, now = parts.ledger.entries(), parts.clock.now()
    _refuse_other_past(entries, now)
    keeping = read_keeping(entries)
    _refuse_unfinished(parts.store, keeping)
    register, today = registers(entries, now), day_of(now, parts.calendar.time_zone)
    due = due_on(register, today)
    if not due:
        return Proposed(None, None)
    standing = _standing_file(parts.store, keeping)
    if standing is not None and {one.object for one in standing.due} == {_object(one) for one in due}:
        found = keeping.dispositions.named(standing.proposal_id)
        return Proposed(standing, entries[found.sequence - 1], before=True)
    return _recorded(parts, _content(parts, entries, due, today))


def due_on(register: Register, today: date) -> tuple[Registered, ...]:
    """Every object that may go on a day, by path."""
    over = np.flatnonzero((register.days < number_of(today)) & ~register.held)
    return tuple(one for one in register.rows(over) if why_kept(one, today) is None)


def read_proposal(store: EvidenceStore, proposal: Proposal) -> ProposalFile:
    """The file of a proposal; raises IntegrityError where it is not what its entry names, StoreError."""
    data = store.read(proposal.path)
    sha256 = hashlib.sha256(data).hexdigest()
    if sha256 != proposal.sha256:
        Fields(proposal.path, {}).refuse("it is not what its ledger entry names")
    return _parse(data, proposal.path, sha256)


def _content(parts: Parts, entries: Sequence[LedgerEntry], due: Sequence[Registered], today: date) -> bytes:
    return canonical(
        {
            "format": FORMAT,
            "v": VERSION,
            "tenant": str(entries[0].payload["tenant"]),
            "proposal": f"{today}-{len(entries):06d}",
            "day": str(today),
            "ledger": {"size": len(entries), "head_sha256": entries[-1].sha256},
            "configuration_sha256": parts.configuration_sha256,
            "packs": sorted(_packs_leaving(due)),
            "objects": [_told(one) for one in due],
        }
    )


def _packs_leaving(due: Sequence[Registered]) -> Iterator[str]:
    """Packs whose ZIP goes; what else lies in a pack's folder is a copy of what is in it."""
    for one in due:
        file = one.file
        if file.kind is Kind.PACKS and file.pack_id and file.path.endswith(f"/{file.pack_id}.zip"):
            yield file.pack_id


def _object(one: Registered) -> LedgerObject:
    return LedgerObject(one.file.path, one.file.bytes, one.file.sha256)


def _told(one: Registered) -> dict[str, object]:
    file, promise = one.file, one.promise
    return {
        "path": file.path,
        "bytes": file.bytes,
        "sha256": file.sha256,
        "sequence": file.sequence,
        "kind": str(file.kind),
        "until": str(promise.day),
        "rule": promise.rule,
    }


def _recorded(parts: Parts, data: bytes) -> Proposed:
    file = _parse(data, "the proposal", hashlib.sha256(data).hexdigest())
    path = proposal_file(file.proposal_id, file.sha256)
    try:
        parts.store.create(path, data)
    except ObjectExistsError:
        # A run that stopped before its entry left the very same file.
        if parts.store.read(path) != data:
            raise
    payload = told_payload(
        proposal=file.proposal_id,
        day=str(file.day),
        ledger_size=file.ledger_size,
        sha256=file.sha256,
        count=len(file.due),
        bytes=file.bytes,
    )
    named = (LedgerObject(path, len(data), file.sha256),)
    subject = f"disposal/{file.proposal_id}"
    draft = Draft(EntryKind.DISPOSAL_PROPOSED, parts.clock.now(), parts.actor, subject, payload, named)
    reader = KeepingReader()

    def guard(entries: Sequence[LedgerEntry]) -> None:
        check(reader.upto(entries), draft.placed(len(entries) + 1, entries[-1].sha256))

    return Proposed(file, parts.ledger.append(draft, (guard,)))


def _parse(data: bytes, where: str, sha256: str) -> ProposalFile:
    fields = read_json(data, where)
    if fields.text("format") != FORMAT or fields.whole("v") != VERSION:
        fields.refuse(f"it is no proposal of version {VERSION}")
    fields.check_keys(_KEYS)
    ledger = Fields(f"ledger in {where}", fields.mapping("ledger"))
    due = tuple(_due(one) for one in fields.elements("objects"))
    if canonical(fields.values) != data or [one.object.path for one in due] != sorted({one.object.path for one in due}):
        fields.refuse("it is not spelled canonically, or its objects are not in order")
    return ProposalFile(
        fields.text("proposal"),
        fields.day("day"),
        ledger.whole("size"),
        fields.sha256("configuration_sha256"),
        tuple(fields.texts("packs")),
        due,
        sha256,
    )


def _due(fields: Fields) -> Due:
    fields.check_keys(_DUE)
    named = LedgerObject(fields.text("path"), fields.whole("bytes"), fields.sha256("sha256"))
    return Due(named, fields.whole("sequence"), fields.text("kind"), fields.day("until"), fields.text("rule"))


def _standing_file(store: EvidenceStore, keeping: Keeping) -> ProposalFile | None:
    """What the proposal that stands still names."""
    standing = keeping.dispositions.standing
    if standing is None:
        return None
    file = read_proposal(store, standing)
    left = tuple(one for one in file.due if one.object.path not in standing.gone)
    return ProposalFile(
        file.proposal_id, file.day, file.ledger_size, file.configuration_sha256, file.packs, left, file.sha256
    )


def _refuse_unfinished(store: EvidenceStore, keeping: Keeping) -> None:
    """What was deleted and has no tombstone yet gets it before anything new is proposed."""
    for proposal in keeping.dispositions.proposals.values():
        cut = [path for path in sorted(proposal.begun) if store.stat(path) is None]
        if cut:
            raise RefusedError(
                f"A disposal stopped: {len(cut)} objects of {proposal.proposal_id} were deleted and have no tombstone yet.",
                next_step=f"backup-evidence retention dispose {proposal.proposal_id}",
            )


def _refuse_other_past(entries: Sequence[LedgerEntry], now: datetime) -> None:
    if not entries:
        raise RefusedError("The store holds nothing yet.", next_step="backup-evidence run --night …")
    if now < entries[-1].at:
        raise RefusedError(
            f"The clock says {now:%Y-%m-%d %H:%M:%S}Z, before the newest ledger entry of {entries[-1].at:%Y-%m-%d %H:%M:%S}Z.",
            cause="Dates of keeping are compared with the clock, and this one goes wrong.",
            next_step="Set the clock of this machine right.",
        )


def mapping_of(file: ProposalFile) -> Mapping[str, Due]:
    """What is proposed, by path."""
    return {one.object.path: one for one in file.due}
