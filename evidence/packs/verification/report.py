"""The signed report: that it is signed as a whole, by the signer of the pack, at the same time.

Not here: what the report shows; it is on no list of rows but its own hash.
"""

from __future__ import annotations

from pathlib import Path

from evidence.errors import IntegrityError
from evidence.packs import bag
from evidence.packs.verification.checks import Checklist, Trust
from evidence.packs.verification.opening import Opened
from evidence.packs.verification.saying import Statement
from evidence.packs.verification.seals import check_claimed_time, check_inner_stamp, check_signer
from evidence.seals.envelope import Seal, read_report

LARGEST_REPORT = 256 << 20


def check_report(pack: Opened, statement: Statement, seal: Seal, trust: Trust, checks: Checklist) -> None:
    """Check the report of a pack whose own seal holds."""
    found = checks.examine("report", bag.REPORT, lambda: _same_signer(pack, seal))
    if found is None:
        return
    check_claimed_time(bag.REPORT, found, statement.sealed_at, checks)
    if statement.stamped:
        check_inner_stamp(bag.REPORT, found, statement.sealed_at, trust, checks)
    elif found.stamp is not None:
        checks.failed("time stamp", bag.REPORT, "There is a time stamp, but the statement says that there is none.")


def _same_signer(pack: Opened, seal: Seal) -> tuple[str, Seal]:
    found = read_report(pack.read(bag.REPORT, LARGEST_REPORT))
    if found.identity != seal.identity:
        raise IntegrityError(f"It is signed by {found.identity.subject}, another than the pack's signer.")
    return "one signature over the whole file, by the pack's signer; nothing appended", found


def check_report_alone(file: Path, trust: Trust, checks: Checklist) -> None:
    """Check a report that came without its pack."""
    found = checks.examine("report", file.name, lambda: _alone(file))
    if found is None:
        return
    check_signer(found, file.name, trust, checks)
    if found.stamp is None:
        checks.not_checked("time stamp inside", file.name, "NOT TIME-STAMPED: the time is the signer's word.")
    else:
        check_inner_stamp(file.name, found, found.claimed_at, trust, checks)
    checks.not_checked("pack", file.name, "Only the report is here: its tables are in the pack, and were not checked.")


def _alone(file: Path) -> tuple[str, Seal]:
    if file.stat().st_size > LARGEST_REPORT:
        raise IntegrityError(f"It is larger than {LARGEST_REPORT} bytes.")
    return "one signature over the whole file; nothing appended", read_report(file.read_bytes())
