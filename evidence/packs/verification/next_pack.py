"""A pack proven by the next one: the checkpoint and the proof that the next pack carries, held against the pack itself.

Not here: what is checked of the two (`carried`, `inclusion`). Invariant: the next pack counts only where its own lists, signature
and signer hold.
"""

from __future__ import annotations

import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path

from evidence.ledger.checkpoints import FILE
from evidence.packs import bag
from evidence.packs.verification.carried import FOLDER, proof_path
from evidence.packs.verification.checks import Check, Checklist, Finding, Trust, Verification
from evidence.packs.verification.files import check_files
from evidence.packs.verification.inclusion import Held
from evidence.packs.verification.opening import Opened, open_folder, open_zip
from evidence.packs.verification.reperformance import CallsGiven
from evidence.packs.verification.seals import check_signature, check_signer
from evidence.packs.verification.verify import refuse_unreadable, verify_pack
from evidence.seals.reading import reading

NAME = "next pack"


def verify_with_next(
    path: Path, following: Path, trust: Trust, stamp: Path | None = None, calls: CallsGiven | None = None
) -> Verification:
    """Verify a pack, and that the next one proves it; raises ConfigurationError as `verify_pack`."""
    refuse_unreadable(following)
    with tempfile.TemporaryDirectory(prefix="backup-evidence-next-") as folder:
        checks = Checklist()
        opened = open_folder(following, checks) if following.is_dir() else open_zip(following, Path(folder), checks)
        if opened is not None:
            check_files(opened, checks)
            seal = check_signature(opened, checks)
            if seal is not None:
                check_signer(seal, bag.SIGNATURE, trust, checks)
        held = None if opened is None or not checks.sound else _held(opened, path)
        found = verify_pack(path, trust, stamp=stamp, held=held, calls=calls)
        return replace(found, checks=(*found.checks, _told(following, opened, checks, held)))


def _held(opened: Opened, path: Path) -> Held | None:
    """The checkpoint and the proof of the pack that they are to prove; None where the next pack carries none of it."""
    pack_id = _id_of(path)
    proof = opened.members.get(proof_path(pack_id))
    checkpoint = opened.members.get(FOLDER + FILE)
    return None if proof is None or checkpoint is None else Held(checkpoint, proof)


def _id_of(path: Path) -> str:
    """The id of a pack, from the folder inside its ZIP or its own folder; empty for what is neither."""
    if path.is_dir():
        return path.resolve().name
    if not zipfile.is_zipfile(path):
        return ""
    with reading(path.name), zipfile.ZipFile(path) as source:
        names = source.namelist()
    return names[0].partition("/")[0] if names else ""


def _told(following: Path, opened: Opened | None, checks: Checklist, held: Held | None) -> Check:
    if opened is None or not checks.sound:
        failed = "; ".join(f"{one.name}: {one.detail}" for one in checks.result(None).checks if one.failed)
        return Check(NAME, Finding.FAILED, f"The next pack does not hold itself: {failed}", following.name)
    if held is None:
        return Check(NAME, Finding.FAILED, f"{opened.name} carries no proof of this pack.", following.name)
    return Check(NAME, Finding.OK, f"{opened.name} holds, and carries the proof of this pack", following.name)
