"""Certificates of disposal: a signed statement that objects are gone, made only once the store holds nothing of them any more.

Not here: deletion (`disposing`). Invariants: what soft delete, a version or a snapshot still keeps is not gone; what the store cannot tell is said in the
certificate; one that was not read back and verified exists for nobody.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from evidence.errors import IntegrityError, RefusedError, TimestampError
from evidence.ledger.disposals import Tombstone, certified, told_payload
from evidence.ledger.entries import Draft, EntryKind, LedgerEntry, LedgerObject, canonical
from evidence.ledger.fields import Fields, read_json
from evidence.ledger.rotations import standing_signer
from evidence.retention.disposition import Proposal
from evidence.runs.parts import Parts, told
from evidence.runs.retention.book import Keeping, KeepingReader, check, read_keeping
from evidence.runs.retention.deciding import refuse_unsigned
from evidence.runs.retention.disposing import Remains, remains_of
from evidence.runs.signed_decisions import Sealer
from evidence.seals.envelope import Seal, read_detached
from evidence.stores.interface import EvidenceStore
from evidence.stores.layout import disposal_certificate_folder

FORMAT = "backup-evidence-disposal-certificate"
VERSION = 1
FILE = "certificate.json"
SIGNATURE = f"{FILE}.p7s"
_KEYS = frozenset(
    {
        "format",
        "v",
        "tenant",
        "ledger",
        "proposal",
        "approvals",
        "confirmed_at",
        "looked_at",
        "not_told",
        "left",
        "objects",
    }
)

Look = Callable[[Collection[str]], Remains]
"""What the store still holds of some paths."""


@dataclass(frozen=True, slots=True)
class DisposalCertificate:
    """A certificate as it was read back, its signature checked."""

    proposal_id: str
    objects: int
    bytes: int
    left: int
    """Objects of the proposal that were not disposed of when it was made."""
    confirmed_at: datetime
    looked_at: tuple[str, ...]
    not_told: tuple[str, ...]
    path: str
    sha256: str
    seal: Seal
    established: bool
    """Whether the ledger knew this signer then."""
    entry: LedgerEntry


def certify(parts: Parts, sealer: Sealer, proposal_id: str, look: Look | None = None) -> DisposalCertificate:
    """Look once more, sign that what has tombstones is gone, and record it; raises RefusedError while anything is left of it.

    The certificate that is there where all is certified already. Raises SealError, StoreError, IntegrityError.
    """
    entries = parts.ledger.entries()
    keeping = read_keeping(entries)
    proposal = keeping.dispositions.named(proposal_id)
    wanted = sorted(proposal.gone - proposal.certified)
    if not wanted:
        return _there(parts, proposal, entries)
    refuse_unsigned(parts.store, entries, proposal)
    remains = (look or (lambda paths: remains_of(parts, paths)))(wanted)
    _refuse_remains(remains, proposal)
    content = _content(entries, keeping, proposal, wanted, remains, parts.clock.now())
    entry = _recorded(parts, sealer, proposal, keeping, wanted, canonical(content))
    return read_certificate(parts.store, parts.ledger.entries(), entry)


def certificates(store: EvidenceStore, entries: Sequence[LedgerEntry]) -> tuple[DisposalCertificate, ...]:
    """All certificates, in order, each read again and verified; raises IntegrityError for the first that does not hold, StoreError."""
    made = [entry for entry in entries if entry.kind is EntryKind.DISPOSAL_CERTIFIED]
    return tuple(read_certificate(store, entries, entry) for entry in made)


def read_certificate(store: EvidenceStore, entries: Sequence[LedgerEntry], entry: LedgerEntry) -> DisposalCertificate:
    """The certificate that an entry names; raises IntegrityError where it, its signature or its signer does not hold, StoreError."""
    named = certified(entry)
    data, signature = (_read(store, one) for one in entry.objects)
    seal, fields = read_detached(signature, data), _fields(data, named.file.path)
    ledger = Fields(f"ledger in {named.file.path}", fields.mapping("ledger"))
    size = ledger.whole("size")
    if not 0 < size < entry.sequence or entries[size - 1].sha256 != ledger.sha256("head_sha256"):
        ledger.refuse("it was signed for another ledger, or for a later place in it")
    signer = standing_signer(entries[:size])
    if signer is not None and signer != seal.identity.fingerprint_sha256:
        fields.refuse(f"it is signed by {seal.identity.subject}, and another certificate sealed then")
    objects = list(fields.elements("objects"))
    _check_against(entries, entry, objects, fields)
    return DisposalCertificate(
        named.proposal_id,
        len(objects),
        sum(one.whole("bytes") for one in objects),
        fields.whole("left"),
        fields.moment("confirmed_at"),
        tuple(fields.texts("looked_at")),
        tuple(fields.texts("not_told")),
        named.file.path,
        named.sha256,
        seal,
        signer is not None,
        entry,
    )


def _content(
    entries: Sequence[LedgerEntry],
    keeping: Keeping,
    proposal: Proposal,
    wanted: Sequence[str],
    remains: Remains,
    at: datetime,
) -> dict[str, object]:
    return {
        "format": FORMAT,
        "v": VERSION,
        "tenant": str(entries[0].payload["tenant"]),
        "ledger": {"size": len(entries), "head_sha256": entries[-1].sha256},
        "proposal": {"id": proposal.proposal_id, "sha256": proposal.sha256, "entry": proposal.sequence},
        "approvals": [
            {
                "entry": one.sequence,
                "tenant_id": one.tenant_id,
                "object_id": one.object_id,
                "name": one.name,
                "at": told(one.at),
            }
            for one in proposal.approvals
        ],
        "confirmed_at": told(at),
        "looked_at": list(remains.looked_at),
        "not_told": list(remains.untold),
        "left": proposal.count - len(proposal.gone),
        "objects": [_told(*keeping.stones[path]) for path in wanted],
    }


def _told(stone: Tombstone, entry: LedgerEntry) -> dict[str, object]:
    return {
        "path": stone.object.path,
        "bytes": stone.object.bytes,
        "sha256": stone.object.sha256,
        "sealed_by": stone.sequence,
        "until": str(stone.until),
        "rule": stone.rule,
        "disposed_by": entry.sequence,
        "disposed_at": told(entry.at),
    }


def _recorded(
    parts: Parts, sealer: Sealer, proposal: Proposal, keeping: Keeping, wanted: Sequence[str], data: bytes
) -> LedgerEntry:
    at, attempt = parts.clock.now(), parts.new_id()
    folder = disposal_certificate_folder(proposal.proposal_id, attempt)
    files = {FILE: data, SIGNATURE: _signed(sealer, data, at)}
    objects = tuple(_kept(parts.store, f"{folder}{name}", content) for name, content in files.items())
    payload = told_payload(
        attempt=attempt,
        proposal=proposal.proposal_id,
        sha256=hashlib.sha256(data).hexdigest(),
        tombstones=sorted({keeping.stones[path][1].sequence for path in wanted}),
        count=len(wanted),
    )
    subject = f"disposal/{proposal.proposal_id}"
    draft = Draft(EntryKind.DISPOSAL_CERTIFIED, at, parts.actor, subject, payload, objects)
    reader = KeepingReader()

    def guard(entries: Sequence[LedgerEntry]) -> None:
        check(reader.upto(entries), draft.placed(len(entries) + 1, entries[-1].sha256))

    return parts.ledger.append(draft, (guard,))


def _there(parts: Parts, proposal: Proposal, entries: Sequence[LedgerEntry]) -> DisposalCertificate:
    """The newest certificate of a proposal of which nothing waits for one; raises RefusedError where nothing is gone."""
    made = [one for one in entries if one.kind is EntryKind.DISPOSAL_CERTIFIED]
    mine = [one for one in made if certified(one).proposal_id == proposal.proposal_id]
    if not mine:
        raise RefusedError(
            f"Nothing of proposal {proposal.proposal_id} was disposed of.",
            next_step=f"backup-evidence retention dispose {proposal.proposal_id}",
        )
    return read_certificate(parts.store, entries, mine[-1])


def _refuse_remains(remains: Remains, proposal: Proposal) -> None:
    if remains.left:
        path, what = next(iter(sorted(remains.left.items())))
        raise RefusedError(
            f"{len(remains.left)} objects of proposal {proposal.proposal_id} are not gone for good; the first: {path}, {what}.",
            cause="A certificate says that nothing can be recovered from the store.",
            next_step="Wait until soft delete has lapsed, then run it again; what is still there, find out who put it there.",
        )


def _check_against(
    entries: Sequence[LedgerEntry], entry: LedgerEntry, objects: Sequence[Fields], fields: Fields
) -> None:
    """That it says of every object what its tombstone says, and of no other."""
    named = certified(entry)
    keeping = read_keeping(entries[: entry.sequence])
    buried = {
        path: _told(stone, tomb) for path, (stone, tomb) in keeping.stones.items() if tomb.sequence in named.tombstones
    }
    if [dict(one.values) for one in objects] != [buried[path] for path in sorted(buried)]:
        fields.refuse("its objects are not those of the tombstones that its entry names")


def _signed(sealer: Sealer, data: bytes, at: datetime) -> bytes:
    """Stamped where the authority answers; the next checkpoint stamps it too."""
    try:
        return sealer.signer.sign_detached(data, at, sealer.authority)
    except TimestampError:
        return sealer.signer.sign_detached(data, at, None)


def _fields(data: bytes, path: str) -> Fields:
    fields = read_json(data, path)
    if fields.text("format") != FORMAT or fields.whole("v") != VERSION:
        fields.refuse(f"it is no certificate of disposal of version {VERSION}")
    fields.check_keys(_KEYS)
    if canonical(fields.values) != data:
        fields.refuse("it is not spelled canonically")
    return fields


def _kept(store: EvidenceStore, path: str, data: bytes) -> LedgerObject:
    store.create(path, data)
    if store.read(path) != data:
        raise IntegrityError(f"{path} reads back otherwise than it was written.")
    return LedgerObject(path, len(data), hashlib.sha256(data).hexdigest())


def _read(store: EvidenceStore, named: LedgerObject) -> bytes:
    data = store.read(named.path)
    if (len(data), hashlib.sha256(data).hexdigest()) != (named.bytes, named.sha256):
        Fields(named.path, {}).refuse("it is not what its ledger entry names")
    return data
