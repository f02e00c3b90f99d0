"""Checkpoints as a stranger checks them: who signed one and when, that it goes on from another, that it holds a pack.

Not here: making them. Invariants: no network, no clock, no store; a proof counts only against the root of a checkpoint whose
signature holds; what a checkpoint without proof does not show is said.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from evidence.errors import ConfigurationError, IntegrityError
from evidence.ledger.checkpoints import FILE, SIGNATURE, STAMP, Checkpoint, Circumstances, parse_checkpoint
from evidence.ledger.proofs import Root, check_consistency, read_consistency
from evidence.packs.verification.checks import Checklist, Trust, Verification
from evidence.packs.verification.seals import check_authority, check_inner_stamp, check_signer, near
from evidence.seals.envelope import Seal, read_detached
from evidence.seals.reading import reading
from evidence.seals.stamps import TimeStamp, check_imprint, read_response

LARGEST_FILE = 64 << 20


@dataclass(frozen=True, slots=True)
class Sealed:
    """A checkpoint's files."""

    document: bytes
    signature: bytes
    stamp: bytes | None

    def read(self, where: str) -> Checkpoint:
        """What it says; raises IntegrityError."""
        with reading(where):
            return parse_checkpoint(self.document, where)


@dataclass(frozen=True, slots=True)
class Verified:
    """A checkpoint whose form and signature hold."""

    checkpoint: Checkpoint
    seal: Seal
    stamp: TimeStamp | None
    """Of its file; None where there is none."""

    @property
    def root(self) -> Root:
        """The root that proofs must lead to."""
        return Root(self.checkpoint.extent.size, self.checkpoint.extent.root_sha256)


def open_checkpoint(path: Path) -> Sealed:
    """The files of a checkpoint: its folder, or its `checkpoint.json` with the others beside it.

    Raises ConfigurationError where one that must be there cannot be read.
    """
    document = path / FILE if path.is_dir() else path
    signature = document.with_name(document.name + SIGNATURE.removeprefix(FILE))
    stamp = document.with_name(document.name + STAMP.removeprefix(FILE))
    return Sealed(read_small(document), read_small(signature), read_small(stamp) if stamp.exists() else None)


def read_small(path: Path) -> bytes:
    """A file that must be there; raises ConfigurationError where it cannot be read or is far too large."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise ConfigurationError(f"{path} is larger than {LARGEST_FILE} bytes.", next_step="Give a checkpoint.")
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be read.",
            cause=error.strerror or str(error),
            next_step=f"Give {FILE}, with {SIGNATURE} beside it, or their folder.",
        ) from error


def verify_sealed(sealed: Sealed, trust: Trust, name: str) -> Verification:
    """Verify a checkpoint by itself."""
    checks = Checklist()
    check_sealed(sealed, trust, name, checks)
    return checks.result(None)


def verify_checkpoint(path: Path, trust: Trust, older: Path | None = None, proof: Path | None = None) -> Verification:
    """Verify a checkpoint that was handed over, and, with an older one, that it goes on from that.

    `proof` may be left out where the newer one names the older one as the one before it. Raises ConfigurationError
    where a file cannot be read.
    """
    checks = Checklist()
    newer, given = open_checkpoint(path), None if older is None else open_checkpoint(older)
    consistency = None if proof is None else read_small(proof)
    found = check_sealed(newer, trust, path.name, checks)
    if older is not None and given is not None:
        earlier = check_sealed(given, trust, older.name, checks)
        if found is not None and earlier is not None:
            checks.examine(
                "consistency", proof.name if proof else path.name, lambda: _goes_on(earlier, found, consistency)
            )
    return checks.result(None)


def _goes_on(earlier: Verified, later: Verified, proof: bytes | None) -> tuple[str, None]:
    if proof is not None:
        told = read_consistency(proof, "The proof")
        if (told.first, told.second) != (earlier.root, later.root):
            raise IntegrityError("The proof is about other roots than those of these two checkpoints.")
    elif earlier.root != later.root and _previous(later.checkpoint.about) != earlier.root:
        raise IntegrityError(
            "The newer checkpoint does not name the older one as the one before it.",
            next_step="Give --proof from `backup-evidence checkpoint consistency OLDER NEWER`.",
        )
    size = later.root.size - earlier.root.size
    return f"the ledger of {later.root.size} entries goes on from that of {earlier.root.size}: {size} were added", None


def check_sealed(sealed: Sealed, trust: Trust, name: str, checks: Checklist) -> Verified | None:
    """Check form, signature, signer, stamps and the proof of the one before; None where it cannot be relied on."""
    document = checks.examine("checkpoint", name, lambda: _form(sealed, name))
    seal = checks.examine("checkpoint signature", name, lambda: _signature(sealed))
    if document is None or seal is None:
        return None
    own = (
        trust
        if trust.checkpoint_fingerprint is None
        else replace(trust, signer_fingerprint=trust.checkpoint_fingerprint)
    )
    check_signer(seal, name, own, checks)
    about = document.about
    checks.examine("checkpoint's named signer", name, lambda: _same_signer(about, seal))
    stamp = _check_stamps(sealed, about, seal, trust, name, checks)
    if about.previous is not None:
        checks.examine("checkpoint before", name, lambda: _from_previous(document))
    return Verified(document, seal, stamp)


def _form(sealed: Sealed, name: str) -> tuple[str, Checkpoint]:
    found = sealed.read(name)
    extent = found.extent
    missing = extent.nights["missing"]
    gaps = len(missing) if isinstance(missing, list) else 0
    covers = f"covers {extent.size} entries of tenant {extent.tenant}"
    nights = f"{extent.nights['sealed']} nights sealed, {gaps} missing between the first and the last"
    return f"{covers}: {nights}, {extent.disposed} objects disposed of", found


def _signature(sealed: Sealed) -> tuple[str, Seal]:
    return f"holds over {FILE}", read_detached(sealed.signature, sealed.document)


def _same_signer(about: Circumstances, seal: Seal) -> tuple[str, None]:
    identity = seal.identity
    said = (identity.subject, identity.fingerprint_sha256, identity.development)
    if tuple(about.signer[key] for key in ("subject", "fingerprint_sha256", "development")) != said:
        raise IntegrityError(f"It names {about.signer}, but {said} signed.")
    return "it names the signer that signed", None


def _check_stamps(
    sealed: Sealed, about: Circumstances, seal: Seal, trust: Trust, name: str, checks: Checklist
) -> TimeStamp | None:
    if about.time_stamp["state"] != "inside":
        if seal.stamp is not None or sealed.stamp is not None:
            checks.failed("checkpoint stamp", name, "There is a time stamp, but it says that there is none.")
        else:
            reason = about.time_stamp["reason"] or "no reason is given"
            checks.not_checked("checkpoint stamp", name, f"NOT TIME-STAMPED ({reason}): its time is the signer's word.")
        return None
    check_inner_stamp(name, seal, about.made_at, trust, checks)
    if sealed.stamp is None:
        checks.failed("checkpoint stamp", name, f"{STAMP} is missing: the checkpoint says that it is stamped.")
        return None
    data = sealed.stamp
    stamp = checks.examine("checkpoint stamp", name, lambda: _stamp(data, sealed.document))
    if stamp is not None:
        checks.examine("time of checkpoint stamp", name, lambda: near(stamp, about.made_at))
        check_authority(name, stamp, trust, checks)
    return stamp


def _stamp(data: bytes, document: bytes) -> tuple[str, TimeStamp]:
    stamp = read_response(data)
    check_imprint(stamp, document)
    return f"stamps {FILE} at {stamp.at.isoformat()}", stamp


def _previous(about: Circumstances) -> Root | None:
    found = about.previous
    return None if found is None else Root(int(str(found["size"])), str(found["root_sha256"]))


def _from_previous(document: Checkpoint) -> tuple[str, None]:
    extent, previous = document.extent, _previous(document.about)
    told = document.about.previous
    if previous is None or told is None or not isinstance(told["consistency"], list):
        raise IntegrityError("It names no checkpoint before it.")
    path = [bytes.fromhex(one) for one in told["consistency"]]
    check_consistency(previous, Root(extent.size, extent.root_sha256), path, "The checkpoint")
    return f"goes on from the one over {previous.size} entries, root {previous.root_sha256}", None
