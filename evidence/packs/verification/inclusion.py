"""A pack against a checkpoint that its reader holds: that the ledger named this very pack before the checkpoint was made.

Not here: the checkpoint itself (`checkpoint`). Invariants: without a proof nothing is concluded; that the pack was disposed of
in the store, or lost there, is said.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from evidence.errors import IntegrityError
from evidence.ledger.entries import EntryKind
from evidence.ledger.payloads import SealedPack, sealed_pack
from evidence.ledger.proofs import InclusionProof, read_inclusion
from evidence.packs import bag
from evidence.packs.verification.checkpoint import Verified, check_sealed, open_checkpoint, read_small
from evidence.packs.verification.checks import Checklist, Trust
from evidence.packs.verification.opening import Opened
from evidence.packs.verification.saying import Statement
from evidence.seals.certificates import describe
from evidence.seals.envelope import Seal
from evidence.seals.stamps import read_response

PROVE = "Give --proof from `backup-evidence checkpoint prove PACK_ID`."


@dataclass(frozen=True, slots=True)
class Held:
    """What the reader of a pack holds beside it."""

    checkpoint: Path
    proof: Path | None = None


@dataclass(frozen=True, slots=True)
class _Named:
    pack: SealedPack
    whole: bool
    """Whether the ZIP itself, its seals included, is the one that the entry names."""


def check_inclusion(
    pack: Opened, archive: Path | None, statement: Statement, seal: Seal, held: Held, trust: Trust, checks: Checklist
) -> None:
    """Check a checkpoint, and with a proof that the pack stands in it; `archive` is the pack's ZIP, where it is one."""
    sealed, proof = open_checkpoint(held.checkpoint), None if held.proof is None else read_small(held.proof)
    found = check_sealed(sealed, trust, held.checkpoint.name, checks)
    if found is None:
        return
    if held.proof is None or proof is None:
        checks.not_checked("inclusion", held.checkpoint.name, _without_proof(found, statement))
        return
    name = held.proof.name
    named = checks.examine("inclusion", name, lambda: _inclusion(proof, found, pack, archive))
    if named is None:
        return
    checks.examine("place in series", held.checkpoint.name, lambda: _series(found, named.pack))
    if named.whole:
        _check_renewal(pack, seal, found, name, checks)
    else:
        checks.not_checked("renewal", name, "The pack came as a folder: its ZIP was not compared with the ledger's.")


def _without_proof(found: Verified, statement: Statement) -> str:
    if found.checkpoint.about.made_at < statement.sealed_at:
        return "The checkpoint is older than the pack, so the pack cannot stand in it: take a later one."
    return f"The checkpoint holds; whether the pack stands in it was not checked. {PROVE}"


def _inclusion(data: bytes, found: Verified, pack: Opened, archive: Path | None) -> tuple[str, _Named]:
    proof = read_inclusion(data, "The proof")
    if proof.checkpoint != found.root:
        raise IntegrityError(
            f"The proof leads to the root over {proof.checkpoint.size} entries; "
            f"the checkpoint is over {found.root.size}, or has another root."
        )
    named = _entry_of(proof, pack)
    digest = hashlib.sha256(pack.read(bag.TAG_MANIFEST)).hexdigest()
    if named.tagmanifest_sha256 != digest:
        raise IntegrityError(
            f"The ledger names another {named.pack_id}, with the tag manifest {digest[:16]}… unlike it."
        )
    whole = archive is not None and _sha256(archive) == _zip_of(named)
    if archive is not None and not whole:
        raise IntegrityError(
            "The ledger names another ZIP: the list of files is the same, the seals beside it are not."
        )
    return _told(proof, named, found), _Named(named, whole)


def _entry_of(proof: InclusionProof, pack: Opened) -> SealedPack:
    found = [sealed_pack(entry) for entry in proof.entries if entry.kind is EntryKind.PACK_SEALED]
    if len(found) != 1 or found[0].pack_id != pack.name:
        raise IntegrityError(f"The proof is not about {pack.name}, but about {proof.subject}.")
    return found[0]


def _told(proof: InclusionProof, named: SealedPack, found: Verified) -> str:
    text = f"entry {named.entry.sequence} of {found.root.size} names this pack"
    own = {one.path for one in named.entry.objects}
    tombstones = [
        entry
        for entry in proof.entries
        if entry.kind is EntryKind.DISPOSED
        and entry.sequence > named.entry.sequence
        and own & {one.path for one in entry.objects}
    ]
    if tombstones:
        return (
            f"{text}; entry {tombstones[0].sequence} says that the store DISPOSED of it on {tombstones[0].at:%Y-%m-%d}"
        )
    return f"{text}; the store had LOST it when the proof was made" if proof.state == "lost" else text


def _zip_of(named: SealedPack) -> str:
    return named.archive.sha256


def _sha256(file: Path) -> str:
    with file.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def _series(found: Verified, named: SealedPack) -> tuple[str, None]:
    key = (named.series.scope, named.series.kind, named.series.audience)
    for one in found.checkpoint.extent.series:
        if (one["scope"], one["kind"], one["audience"]) == key:
            number = int(str(one["packs"]))
            if named.series_sequence > number:
                raise IntegrityError(
                    f"The checkpoint counts {number} packs in its series; this is {named.series_sequence}."
                )
            return f"number {named.series_sequence} of the {number} that its series had then", None
    raise IntegrityError("The checkpoint knows no such series.")


def _check_renewal(pack: Opened, seal: Seal, found: Verified, name: str, checks: Checklist) -> None:
    """Whether the certificates of the pack's seals were still valid when the checkpoint over it was stamped."""
    if found.stamp is None:
        checks.not_checked("renewal", name, "The checkpoint is not time-stamped, so it renews no stamp.")
        return
    ends = _first_end(pack, seal)
    if found.stamp.at <= ends:
        checks.ok(
            "renewal",
            name,
            f"the pack and its seals existed at {found.stamp.at.isoformat()}, before the first of their certificates "
            f"ended ({ends.isoformat()})",
        )
    else:
        checks.not_checked(
            "renewal",
            name,
            f"The checkpoint was stamped at {found.stamp.at.isoformat()}, after a certificate of the pack's seals had "
            f"ended ({ends.isoformat()}): an earlier one shows more.",
        )


def _first_end(pack: Opened, seal: Seal) -> datetime:
    certificates = [*seal.identity.chain_der]
    if seal.stamp is not None:
        certificates += seal.stamp.certificates
    if bag.STAMP in pack.members:
        certificates += read_response(pack.read(bag.STAMP)).certificates
    return min(describe(one).not_after for one in certificates)
