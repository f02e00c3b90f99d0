"""Who sealed a pack, and when: signature, signer, time stamps.

Not here: what was sealed. Invariants: only what the verifier brought (`Trust`) establishes a signer or an authority; what is
not established is said, and a signer who is not is a failure.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from evidence.errors import IntegrityError
from evidence.packs import bag
from evidence.packs.interface import DEVELOPMENT
from evidence.packs.verification.checks import Checklist, Trust
from evidence.packs.verification.opening import Opened
from evidence.packs.verification.saying import Statement
from evidence.seals.certificates import refuse_unless_valid
from evidence.seals.envelope import Seal, read_detached
from evidence.seals.messages import OtherBytesError
from evidence.seals.stamps import TimeStamp, check_imprint, read_response
from evidence.seals.trust import establish, establish_authority

LONGEST_DELAY = timedelta(hours=24)
"""From the sealing that a pack claims to its stamps: a pack built later and dated back shows here."""
CLOCK_ERROR = timedelta(minutes=5)
"""How far the authority's clock may lie behind that of the signer."""


def check_signature(pack: Opened, checks: Checklist) -> Seal | None:
    """Check the signature of the tag manifest."""
    return checks.examine("signature", bag.SIGNATURE, lambda: _signature(pack, checks))


def _signature(pack: Opened, checks: Checklist) -> tuple[str, Seal]:
    try:
        seal = read_detached(pack.read(bag.SIGNATURE), pack.read(bag.TAG_MANIFEST))
    except OtherBytesError:
        # Which of the two was changed cannot be told, so both are named.
        checks.failed("signed file", bag.TAG_MANIFEST, "It is not the file that was signed.")
        raise
    count = len(seal.identity.chain_der)
    return f"holds over {bag.TAG_MANIFEST}; {count} certificate(s) inside, each bound by it", seal


def check_signer(seal: Seal, file: str, trust: Trust, checks: Checklist) -> None:
    """Check that the signer is the one whom the verifier knows."""
    checks.examine("signer", file, lambda: _signer(seal, trust))
    if seal.identity.development:
        checks.not_checked("key", file, f"{DEVELOPMENT}: the signer's key is for trying things out.")


def _signer(seal: Seal, trust: Trust) -> tuple[str, None]:
    identity = seal.identity
    if trust.signer_fingerprint is None and not trust.authorities:
        raise IntegrityError(
            "SIGNER NOT ESTABLISHED.",
            cause=f"The pack says {identity.subject}, but what a pack says of its signer proves nothing.",
            next_step="Give --signer-fingerprint from your letter, or --trust with the authority of evidence signers.",
        )
    by = []
    if trust.signer_fingerprint is not None:
        if plain_fingerprint(trust.signer_fingerprint) != identity.fingerprint_sha256:
            raise IntegrityError(
                f"It is signed by another: {identity.subject}, fingerprint {identity.fingerprint_sha256}.",
                cause="That is not the fingerprint given.",
            )
        by.append("fingerprint")
    if trust.authorities:
        establish(identity.chain_der[0], identity.chain_der[1:], trust.authorities, seal.at)
        by.append("authority")
    _check_validity(seal)
    word = "time of the stamp inside" if seal.stamp else "the signer's own word"
    return f"{identity.subject}, known by {' and '.join(by)}; certificate valid at {seal.at.isoformat()} ({word})", None


def plain_fingerprint(text: str) -> str:
    """A fingerprint as people write it, as lower-case hexadecimal digits."""
    return "".join(text.lower().removeprefix("sha256 fingerprint=").replace(":", "").split())


def _check_validity(seal: Seal) -> None:
    for moment in (seal.at, seal.claimed_at):
        refuse_unless_valid(seal.identity, moment)


def check_said_signer(statement: Statement, seal: Seal, checks: Checklist) -> None:
    """Check that the statement names the signer that it has."""
    said = {
        "subject": seal.identity.subject,
        "fingerprint_sha256": seal.identity.fingerprint_sha256,
        "development": seal.identity.development,
    }
    if statement.signer == said:
        checks.ok("named signer", bag.STATEMENT, "the statement names the signer that signed")
    else:
        checks.failed("named signer", bag.STATEMENT, f"It names {statement.signer}, but {said} signed.")


def check_stamps(pack: Opened, statement: Statement, seal: Seal, trust: Trust, checks: Checklist) -> None:
    """Check the stamp beside the signature and the one inside it, as the statement says there are."""
    if not statement.stamped:
        _check_unstamped(pack, statement, seal, checks)
        return
    check_inner_stamp(bag.SIGNATURE, seal, statement.sealed_at, trust, checks)
    stamp = checks.examine("time stamp", bag.STAMP, lambda: _read_stamp(pack.read(bag.STAMP), pack))
    if stamp:
        checks.examine("time of stamp", bag.STAMP, lambda: near(stamp, statement.sealed_at))
        check_authority(bag.STAMP, stamp, trust, checks)


def _check_unstamped(pack: Opened, statement: Statement, seal: Seal, checks: Checklist) -> None:
    if seal.stamp is not None or bag.STAMP in pack.members:
        file = bag.SIGNATURE if seal.stamp else bag.STAMP
        checks.failed("time stamp", file, "There is a time stamp, but the statement says that there is none.")
        return
    reason = statement.time_stamp["reason"] or "no reason is given"
    checks.not_checked("time stamp", None, f"NOT TIME-STAMPED ({reason}): the time of sealing is the signer's word.")


def check_inner_stamp(file: str, seal: Seal, sealed_at: datetime, trust: Trust, checks: Checklist) -> None:
    """Check the stamp of a signature, which must be inside it."""
    if seal.stamp is None:
        checks.failed("time stamp inside", file, "It was taken out: the statement says that it is inside.")
        return
    stamp = seal.stamp
    checks.examine("time stamp inside", file, lambda: near(stamp, sealed_at))
    check_authority(file, stamp, trust, checks)


def check_claimed_time(file: str, seal: Seal, sealed_at: datetime, checks: Checklist) -> None:
    """Check that the signer claims one time in both places."""
    if abs(seal.claimed_at - sealed_at) <= LONGEST_DELAY:
        checks.ok("signing time", file, f"claimed: {seal.claimed_at.isoformat()}")
    else:
        checks.failed("signing time", file, f"It claims {seal.claimed_at.isoformat()}, far from `sealed_at`.")


def _read_stamp(data: bytes, pack: Opened) -> tuple[str, TimeStamp]:
    stamp = read_response(data)
    check_imprint(stamp, pack.read(bag.TAG_MANIFEST))
    return f"stamps {bag.TAG_MANIFEST} at {stamp.at.isoformat()}", stamp


def near(stamp: TimeStamp, sealed_at: datetime) -> tuple[str, None]:
    """That a stamp is from shortly after a moment that a signer claims; raises IntegrityError."""
    if not -CLOCK_ERROR <= stamp.at - sealed_at <= LONGEST_DELAY:
        raise IntegrityError(
            f"It was stamped at {stamp.at.isoformat()}, but says it was sealed at {sealed_at.isoformat()}.",
            cause="A pack is stamped when it is sealed; this one was dated back, or its stamp is another's.",
        )
    return f"{stamp.at.isoformat()}, as sealing is said to have been", None


def check_authority(file: str, stamp: TimeStamp, trust: Trust, checks: Checklist) -> None:
    """Check that a stamp's authority leads to a root that the verifier brought."""
    try:
        chain = establish_authority(stamp, (*trust.stamp_authorities, *trust.authorities))
    except IntegrityError as error:
        told = " ".join(error.diagnostics())
        if trust.stamp_authorities:
            checks.failed("authority", file, f"AUTHORITY NOT ESTABLISHED. {told}")
        else:
            checks.not_checked(
                "authority",
                file,
                "AUTHORITY NOT ESTABLISHED: the stamp holds, but whose it is, is not known. "
                "Give the root of the authority (--tsa-trust).",
            )
        return
    checks.ok("authority", file, f"leads to a root that was given, over {len(chain)} certificates")
