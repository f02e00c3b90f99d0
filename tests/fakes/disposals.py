"""Disposals as the ledger tells them, for tests of what reads them; how one is made is tried where that is done."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from evidence.ledger.disposals import Tombstone, told_payload, told_tombstone
from evidence.ledger.entries import Draft, EntryKind, LedgerEntry, LedgerObject
from evidence.ledger.keeping import By, told_of
from evidence.runs.parts import Parts, told
from evidence.stores.layout import decision_folder, proposal_file

TENANT = "11111111-0000-4000-8000-000000000001"
PERSONS = tuple(By(TENANT, f"2222222{n}-0000-4000-8000-000000000002", f"Person {n}") for n in (1, 2))


def bury(parts: Parts, objects: Sequence[LedgerObject], *, persons: Sequence[By] = PERSONS) -> LedgerEntry:
    """The tombstone of some objects, with all that comes before it; the objects themselves are left as they are."""
    objects = tuple(sorted(objects))
    proposal_id = f"test-{len(parts.ledger.entries())}"
    sha256 = _proposed(parts, proposal_id, objects)
    approvals = [_approved(parts, proposal_id, sha256, by) for by in persons]
    paths = [one.path for one in objects]
    begun = _append(
        parts,
        EntryKind.DISPOSAL_BEGUN,
        proposal_id,
        told_payload(attempt="1", proposal=proposal_id, sha256=sha256, paths=paths),
    )
    today = parts.clock.now().date()
    stones = [told_tombstone(Tombstone(one, 1, today, "kept long enough", None)) for one in objects]
    payload = told_payload(
        attempt="1",
        proposal=proposal_id,
        sha256=sha256,
        begun=begun.sequence,
        approvals=[one.sequence for one in approvals],
        approvers=[_told(by) for by in persons],
        stones=stones,
    )
    return _append(parts, EntryKind.DISPOSED, proposal_id, payload, objects)


def _proposed(parts: Parts, proposal_id: str, objects: Sequence[LedgerObject]) -> str:
    data = f"proposal {proposal_id}".encode()
    sha256 = hashlib.sha256(data).hexdigest()
    file = _kept(parts, proposal_file(proposal_id, sha256), data)
    payload = told_payload(
        proposal=proposal_id,
        day=str(parts.clock.now().date()),
        ledger_size=len(parts.ledger.entries()),
        sha256=sha256,
        count=len(objects),
        bytes=sum(one.bytes for one in objects),
    )
    _append(parts, EntryKind.DISPOSAL_PROPOSED, proposal_id, payload, (file,))
    return sha256


def _approved(parts: Parts, proposal_id: str, sha256: str, by: By) -> LedgerEntry:
    word = told_of({"proposal": proposal_id, "proposal_sha256": sha256}, by, told(parts.clock.now()))
    folder = decision_folder("0" * 64, f"{proposal_id}-{by.object_id}")
    files = (_kept(parts, f"{folder}decision.json", b"{}"), _kept(parts, f"{folder}decision.json.p7s", b"-"))
    identity = {"operating_system": None, "claims": {"tid": by.tenant_id, "oid": by.object_id}}
    return _append(parts, EntryKind.DISPOSAL_APPROVED, proposal_id, told_payload(told=word, identity=identity), files)


def _append(
    parts: Parts, kind: EntryKind, proposal_id: str, payload: dict[str, object], objects: Sequence[LedgerObject] = ()
) -> LedgerEntry:
    return parts.ledger.append(
        Draft(kind, parts.clock.now(), "keeper", f"disposal/{proposal_id}", payload, tuple(objects))
    )


def _kept(parts: Parts, path: str, data: bytes) -> LedgerObject:
    parts.store.create(path, data)
    return LedgerObject(path, len(data), hashlib.sha256(data).hexdigest())


def _told(by: By) -> dict[str, object]:
    return {"tenant_id": by.tenant_id, "object_id": by.object_id, "name": by.name}
