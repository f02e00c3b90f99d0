"""The proofs that a pack carries: that earlier packs stood in the ledger of the checkpoint inside, which its own ledger goes on from.

Not here: a checkpoint that the reader holds (`inclusion`). Invariants: one line for all of it; a checkpoint by a signer whom nobody
established is said to be that; a pack that carries nothing says so, unless it is the first of its series.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from evidence.errors import IntegrityError
from evidence.ledger.checkpoints import FILE, SIGNATURE, STAMP
from evidence.ledger.entries import EntryKind
from evidence.ledger.payloads import SealedPack, sealed_pack
from evidence.ledger.proofs import Root, read_consistency, read_inclusion
from evidence.packs.verification.checkpoint import Sealed, Verified, check_sealed
from evidence.packs.verification.checks import Checklist, Finding, Trust
from evidence.packs.verification.opening import Opened
from evidence.packs.verification.saying import Statement
from evidence.packs.verification.seals import plain_fingerprint
from evidence.seals.envelope import Seal

FOLDER = "data/ledger/"
CONSISTENCY = f"{FOLDER}consistency.json"
NAME = "ledger proofs"
_ENDING = ".proof.json"
_SEALS = frozenset({FOLDER + FILE, FOLDER + SIGNATURE, FOLDER + STAMP, CONSISTENCY})


def proof_path(pack_id: str) -> str:
    """Where a pack carries the proof of an earlier one."""
    return f"{FOLDER}{pack_id}{_ENDING}"


def check_carried(pack: Opened, statement: Statement, seal: Seal, trust: Trust, checks: Checklist) -> None:
    """Check all that lies under `data/ledger/`; the files themselves were compared with the lists before."""
    names = sorted(name for name in pack.members if name.startswith(FOLDER))
    if not names:
        if statement.previous is not None:
            checks.not_checked(NAME, None, "It carries no proof of the pack before it: no checkpoint covered that yet.")
        return
    found = Checklist()
    told = found.examine(NAME, FOLDER, lambda: _carried(pack, statement, names, trust))
    for one in found.result(None).checks:
        if one.failed:
            checks.failed(NAME, FOLDER, one.detail)
        elif told is not None:
            _conclude(told, one.detail, seal, trust, checks)


def _conclude(found: Verified, detail: str, seal: Seal, trust: Trust, checks: Checklist) -> None:
    identity = found.seal.identity
    known = {seal.identity.fingerprint_sha256}
    if trust.checkpoint_fingerprint is not None:
        known.add(plain_fingerprint(trust.checkpoint_fingerprint))
    # `_carried` has established it where authorities were given.
    if identity.fingerprint_sha256 in known or trust.authorities:
        checks.ok(NAME, FOLDER, detail)
    else:
        checks.not_checked(
            NAME,
            FOLDER,
            f"{detail}. But the checkpoint is by another signer, {identity.subject}: give its fingerprint "
            "(--checkpoint-signer) or the authority (--trust).",
        )


def _carried(pack: Opened, statement: Statement, names: Sequence[str], trust: Trust) -> tuple[str, Verified]:
    found = _checkpoint(pack, trust)
    packs = {name: _proven(pack.read(name), name, found.root) for name in names if name.endswith(_ENDING)}
    odd = set(names) - set(packs) - _SEALS
    if odd or not packs:
        raise IntegrityError(f"There is no proof in it, or something else: {', '.join(sorted(odd))}.")
    _check_named(packs, statement)
    _check_goes_on(pack, statement, found.root)
    stamp = f"stamped at {found.stamp.at.isoformat()}" if found.stamp else "NOT TIME-STAMPED"
    named = ", ".join(one.pack_id for one in packs.values())
    return (
        f"a checkpoint over {found.root.size} entries, {stamp}, covers {named}{_not_covered(packs, statement)}",
        found,
    )


def _checkpoint(pack: Opened, trust: Trust) -> Verified:
    stamp = pack.read(FOLDER + STAMP) if FOLDER + STAMP in pack.members else None
    sealed = Sealed(pack.read(FOLDER + FILE), pack.read(FOLDER + SIGNATURE), stamp)
    said = str(sealed.read(FILE).about.signer["fingerprint_sha256"])
    inner = Checklist()
    # Its signer is taken at its word here: who that must be, the caller judges.
    own = replace(trust, signer_fingerprint=said, checkpoint_fingerprint=None)
    found = check_sealed(sealed, own, FILE, inner)
    failed = [one.detail for one in inner.result(None).checks if one.finding is Finding.FAILED]
    if failed or found is None:
        raise IntegrityError("The checkpoint inside does not hold.", cause=" ".join(failed))
    return found


def _proven(data: bytes, name: str, root: Root) -> SealedPack:
    proof = read_inclusion(data, name)
    if proof.checkpoint != root:
        raise IntegrityError(f"{name} leads to another root than that of the checkpoint beside it.")
    found = [sealed_pack(entry) for entry in proof.entries if entry.kind is EntryKind.PACK_SEALED]
    if len(found) != 1 or proof_path(found[0].pack_id) != name:
        raise IntegrityError(f"{name} is not about the pack that it is called by.")
    return found[0]


def _check_named(packs: Mapping[str, SealedPack], statement: Statement) -> None:
    """The packs that the statement names and those that are proven must be the same packs."""
    for named in (statement.previous, statement.superseded):
        proven = None if named is None else packs.get(proof_path(named["pack_id"]))
        if named is not None and proven is not None and proven.tagmanifest_sha256 != named["tagmanifest_sha256"]:
            raise IntegrityError(f"The ledger names another {named['pack_id']} than the statement does.")


def _check_goes_on(pack: Opened, statement: Statement, root: Root) -> None:
    told = read_consistency(pack.read(CONSISTENCY), CONSISTENCY)
    own = Root(statement.ledger["size"], statement.ledger.get("root_sha256", ""))
    if (told.first, told.second) != (root, own):
        raise IntegrityError("The ledger that the statement names is not shown to go on from that of the checkpoint.")


def _not_covered(packs: Mapping[str, SealedPack], statement: Statement) -> str:
    previous = statement.previous
    if previous is None or proof_path(previous["pack_id"]) in packs:
        return ""
    return f"; {previous['pack_id']}, the pack before, is not covered yet"
