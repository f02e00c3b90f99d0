"""A stamp that a pack was given after it was sealed, handed over beside it.

Not here: stamps within the pack (`seals`). Invariant: that it is later, and by how much, is always said; only a stamp of
the signature, made while the signer's certificate was valid, shows that the signature was made while it was.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from evidence.errors import IntegrityError
from evidence.packs import bag
from evidence.packs.verification.checks import Checklist, Trust
from evidence.packs.verification.opening import Opened
from evidence.packs.verification.saying import Statement
from evidence.packs.verification.seals import CLOCK_ERROR, check_authority
from evidence.seals.envelope import Seal
from evidence.seals.stamps import TimeStamp, check_imprint, read_response

NAME = "later time stamp"
LARGEST_STAMP = 1 << 20
_COVERED = (bag.SIGNATURE, bag.TAG_MANIFEST)


def check_later_stamp(
    file: Path, pack: Opened, statement: Statement, seal: Seal, trust: Trust, checks: Checklist
) -> None:
    """Check a later stamp of the pack's signature, or of the list of files that is signed."""
    found = checks.examine(NAME, file.name, lambda: _read(file, pack, statement))
    if found is None:
        return
    stamp, covered = found
    check_authority(file.name, stamp, trust, checks)
    _say_when(file.name, stamp, covered, seal, checks)


def _read(file: Path, pack: Opened, statement: Statement) -> tuple[str, tuple[TimeStamp, str]]:
    if file.stat().st_size > LARGEST_STAMP:
        raise IntegrityError(f"It is larger than {LARGEST_STAMP} bytes.")
    stamp = read_response(file.read_bytes())
    covered = _covered(stamp, pack)
    delay = stamp.at - statement.sealed_at
    if delay < -CLOCK_ERROR:
        raise IntegrityError(
            f"It is from {stamp.at.isoformat()}, before the pack was sealed at {statement.sealed_at.isoformat()}."
        )
    return f"stamps {covered} at {stamp.at.isoformat()}: LATER than the sealing by {told_delay(delay)}", (
        stamp,
        covered,
    )


def _covered(stamp: TimeStamp, pack: Opened) -> str:
    for path in _COVERED:
        try:
            check_imprint(stamp, pack.read(path))
        except IntegrityError as error:
            refusal = error
        else:
            return path
    raise IntegrityError(f"It stamps neither {' nor '.join(_COVERED)} of this pack.", cause=refusal.message)


def _say_when(file: str, stamp: TimeStamp, covered: str, seal: Seal, checks: Checklist) -> None:
    """What the stamp shows of the certificate's validity, and what it does not."""
    name, end = "validity at later stamp", seal.identity.not_after
    if covered != bag.SIGNATURE:
        checks.not_checked(name, file, "The list of files existed then; that it was signed by then, it does not show.")
    elif stamp.at > end:
        checks.not_checked(
            name,
            file,
            f"The signer's certificate had expired by then ({end.isoformat()}): "
            "that it signed before, is the signer's word.",
        )
    else:
        checks.ok(name, file, f"signed by then, while the signer's certificate was valid (until {end.isoformat()})")


def told_delay(delay: timedelta) -> str:
    """A span for people: `3 days, 4:05:06`."""
    return str(max(delay, timedelta())).split(".", maxsplit=1)[0]
