"""The order of a verification: open, compare with the lists, check the seals, then what is inside.

Not here: the checks themselves. Invariants: no network, no clock, no store, no configuration; what lies behind a failed
seal is not read further, and is said not to have been.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from evidence.errors import ConfigurationError
from evidence.packs import bag
from evidence.packs.verification.carried import check_carried
from evidence.packs.verification.checks import About, Checklist, Trust, Verification
from evidence.packs.verification.coverage import check_completeness
from evidence.packs.verification.descriptor import check_descriptor
from evidence.packs.verification.drills import check_drills
from evidence.packs.verification.figures import check_figures
from evidence.packs.verification.files import check_files
from evidence.packs.verification.inclusion import Held, check_inclusion
from evidence.packs.verification.later_stamp import check_later_stamp
from evidence.packs.verification.opening import Opened, open_folder, open_zip
from evidence.packs.verification.oscal import check_oscal
from evidence.packs.verification.proven import NOTHING, Proven
from evidence.packs.verification.reperformance import CallsGiven, check_calls, say_no_calls
from evidence.packs.verification.report import check_report, check_report_alone
from evidence.packs.verification.saying import Statement, check_file_name, read_statement
from evidence.packs.verification.seals import (
    check_claimed_time,
    check_said_signer,
    check_signature,
    check_signer,
    check_stamps,
)
from evidence.packs.verification.tables import check_tables
from evidence.seals.envelope import Seal

_PDF = b"%PDF-"


def verify_pack(
    path: Path,
    trust: Trust,
    stamp: Path | None = None,
    held: Held | None = None,
    calls: CallsGiven | None = None,
    proven: Proven = NOTHING,
) -> Verification:
    """Verify a pack (ZIP or folder) or a report alone.

    `stamp` is a later time stamp of the pack, `held` a checkpoint that the reader holds, with the proof of inclusion, `calls` the calls
    that the pack's rows rest on: with them every row is made again and compared. `proven` is what its builder found of the same bytes
    before the pack was whole.

    Whatever a pack holds, this returns: what is wrong is a failed check. Raises ConfigurationError only where there is
    nothing to read at `path`, `stamp` or what is held.
    """
    checks = Checklist()
    for given in (path, stamp, calls.file if calls else None):
        refuse_unreadable(given)
    if path.is_dir():
        return checks.result(_verify(open_folder(path, checks), None, _Brought(trust, stamp, held, calls), checks))
    with path.open("rb") as file:
        is_report = file.read(len(_PDF)) == _PDF
    if is_report:
        check_report_alone(path, trust, checks)
        if held is not None:
            checks.not_checked(
                "inclusion", path.name, "The ledger names packs: give the pack's ZIP, not its report alone."
            )
        if calls is not None:
            checks.failed(
                "calls", calls.file.name, "Calls belong to a pack: give the pack's ZIP, not its report alone."
            )
        return checks.result(None)
    with tempfile.TemporaryDirectory(prefix="backup-evidence-verify-") as folder:
        opened = open_zip(path, Path(folder), checks, proven=proven)
        return checks.result(_verify(opened, path, _Brought(trust, stamp, held, calls, proven), checks))


def refuse_unreadable(path: Path | None) -> None:
    """Raise ConfigurationError where a file that was named cannot be read."""
    if path is not None and not os.access(path, os.R_OK):
        raise ConfigurationError(f"{path} cannot be read.", next_step="Give a pack's ZIP, its folder or its report.")


@dataclass(frozen=True, slots=True)
class _Brought:
    """What the verifier brought along."""

    trust: Trust
    stamp: Path | None
    held: Held | None
    calls: CallsGiven | None
    proven: Proven = NOTHING


def _verify(pack: Opened | None, archive: Path | None, brought: _Brought, checks: Checklist) -> About | None:
    if pack is None:
        return None
    check_files(pack, checks)
    unchanged = checks.sound
    seal = check_signature(pack, checks)
    statement = checks.examine("statement", bag.STATEMENT, lambda: read_statement(pack))
    if seal is None or statement is None:
        checks.not_checked("contents", None, "Nothing further was read: the pack is not what was sealed.")
        return statement.about if statement else None
    if archive is not None:
        checks.examine("file name", None, lambda: check_file_name(archive.stem, statement.pack_id))
    _check_seals(pack, statement, seal, brought.trust, checks)
    if brought.stamp is not None:
        check_later_stamp(brought.stamp, pack, statement, seal, brought.trust, checks)
    if brought.held is not None:
        check_inclusion(pack, archive, statement, seal, brought.held, brought.trust, checks)
    if unchanged:
        check_tables(pack, statement, checks, brought.proven)
        check_descriptor(pack, statement, checks)
        check_oscal(pack, statement, checks)
        check_completeness(pack, statement, checks)
        check_figures(pack, statement, checks)
        check_drills(pack, statement, seal, brought.trust, checks)
        check_carried(pack, statement, seal, brought.trust, checks)
        _check_calls(pack, statement, brought.calls, checks)
    else:
        checks.not_checked("contents", None, "Tables were not compared: files were changed, see above.")
    return statement.about


def _check_calls(pack: Opened, statement: Statement, given: CallsGiven | None, checks: Checklist) -> None:
    if given is None:
        say_no_calls(statement, checks)
    else:
        check_calls(given, pack, statement, checks)


def _check_seals(pack: Opened, statement: Statement, seal: Seal, trust: Trust, checks: Checklist) -> None:
    check_signer(seal, bag.SIGNATURE, trust, checks)
    check_said_signer(statement, seal, checks)
    check_claimed_time(bag.SIGNATURE, seal, statement.sealed_at, checks)
    check_stamps(pack, statement, seal, trust, checks)
    check_report(pack, statement, seal, trust, checks)
