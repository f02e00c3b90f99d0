"""Hands sealing over from one key to another: a statement by the new one, and where it is at hand by the old one too.

Not here: making keys. Invariants: nothing is sealed by a certificate that the ledger does not know; what the old key sealed
stays as it is, and verifies as before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from evidence.errors import IntegrityError, RefusedError, TimestampError
from evidence.ledger.entries import Draft, EntryKind, LedgerEntry, LedgerObject, canonical
from evidence.ledger.ledger import Guard
from evidence.ledger.rotations import Rotation, rotation, standing_signer
from evidence.runs.parts import Parts, told
from evidence.seals.certificates import to_pem
from evidence.seals.interface import Signer, SignerIdentity, TimestampAuthority
from evidence.stores.layout import rotation_folder

FORMAT = "backup-evidence-key-rotation"
STATEMENT = "rotation.json"
SIGNATURE = f"{STATEMENT}.p7s"
BY_PREVIOUS = f"{STATEMENT}.previous.p7s"
CERTIFICATES = "certificates.pem"


@dataclass(frozen=True, slots=True)
class HandingOver:
    """From whom to whom, and why."""

    signer: Signer
    """The new one."""
    previous: Signer | None
    """The old one, where it is still at hand."""
    authority: TimestampAuthority | None
    reason: str


def refuse_unannounced(entries: Sequence[LedgerEntry], identity: SignerIdentity) -> None:
    """Raise RefusedError where another certificate seals by the ledger: a key is never exchanged in silence."""
    standing = standing_signer(entries)
    if standing is not None and standing != identity.fingerprint_sha256:
        raise RefusedError(
            f"The ledger knows another signer than {identity.subject}.",
            cause=f"Sealed so far by {standing}; configured is {identity.fingerprint_sha256}.",
            next_step="backup-evidence keys rotate --reason TEXT, and tell those who verify the new fingerprint.",
        )


def rotate(parts: Parts, handing: HandingOver) -> Rotation:
    """Record that another certificate seals from now on, with a signed statement.

    Raises RefusedError where nothing was sealed yet, where the certificate seals already or is not valid, or where the
    previous signer is not the one who sealed; SealError, StoreError.
    """
    entries = parts.ledger.entries()
    standing = _standing(entries, handing)
    statement = _statement(parts, entries, handing, standing)
    at = parts.clock.now()
    files = {STATEMENT: statement, SIGNATURE: _signed(handing.signer, statement, parts, handing.authority)}
    if handing.previous is not None:
        files[BY_PREVIOUS] = handing.previous.sign_detached(statement, at, None)
    files[CERTIFICATES] = to_pem(handing.signer.identity.chain_der)
    return _record(parts, handing, standing, files)


def _standing(entries: Sequence[LedgerEntry], handing: HandingOver) -> str:
    standing, new = standing_signer(entries), handing.signer.identity
    if standing is None:
        raise RefusedError(
            "Nothing was sealed with a key yet, so there is none to rotate from.",
            next_step="Configure the key that you want, and run a night.",
        )
    if standing == new.fingerprint_sha256:
        raise RefusedError(
            f"{new.subject} seals already.", next_step="Configure the new key and certificate under `signing` first."
        )
    if handing.previous is not None and handing.previous.identity.fingerprint_sha256 != standing:
        raise RefusedError(
            f"The previous key is not the one that sealed: {handing.previous.identity.subject}.",
            cause=f"By the ledger it is {standing}.",
        )
    return standing


def _statement(parts: Parts, entries: Sequence[LedgerEntry], handing: HandingOver, standing: str) -> bytes:
    new = handing.signer.identity
    return canonical(
        {
            "format": FORMAT,
            "v": 1,
            "tenant": str(entries[0].payload["tenant"]),
            "ledger": {"size": len(entries), "head_sha256": entries[-1].sha256},
            "previous_fingerprint_sha256": standing,
            "signer": {
                "subject": new.subject,
                "issuer": new.issuer,
                "fingerprint_sha256": new.fingerprint_sha256,
                "not_before": told(new.not_before),
                "not_after": told(new.not_after),
                "development": new.development,
            },
            "rotated_at": told(parts.clock.now()),
            "reason": handing.reason,
        }
    )


def _signed(signer: Signer, statement: bytes, parts: Parts, authority: TimestampAuthority | None) -> bytes:
    """Stamped where the authority answers; a rotation does not wait for it, the next checkpoint stamps it too."""
    try:
        return signer.sign_detached(statement, parts.clock.now(), authority)
    except TimestampError:
        return signer.sign_detached(statement, parts.clock.now(), None)


def _record(parts: Parts, handing: HandingOver, standing: str, files: dict[str, bytes]) -> Rotation:
    new, attempt = handing.signer.identity, parts.new_id()
    folder = rotation_folder(new.fingerprint_sha256, attempt)
    objects = []
    for name, data in files.items():
        path = f"{folder}{name}"
        parts.store.create(path, data)
        if parts.store.read(path) != data:
            raise IntegrityError(f"{path} reads back otherwise than it was written.")
        objects.append(LedgerObject(path, len(data), hashlib.sha256(data).hexdigest()))
    draft = Draft(
        kind=EntryKind.KEY_ROTATED,
        at=parts.clock.now(),
        actor=parts.actor,
        subject=f"signer/{new.fingerprint_sha256}",
        payload={
            "previous_fingerprint_sha256": standing,
            "fingerprint_sha256": new.fingerprint_sha256,
            "subject": new.subject,
            "not_before": told(new.not_before),
            "not_after": told(new.not_after),
            "reason": handing.reason,
            "countersigned": handing.previous is not None,
            "attempt": attempt,
        },
        objects=tuple(objects),
    )
    return rotation(parts.ledger.append(draft, (_still(standing),)))


def _still(standing: str) -> Guard:
    def guard(entries: Sequence[LedgerEntry]) -> None:
        if standing_signer(entries) != standing:
            raise RefusedError(
                "Another process rotated the key meanwhile.", next_step="backup-evidence ledger list --kind key-rotated"
            )

    return guard
