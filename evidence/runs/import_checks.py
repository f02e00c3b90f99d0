"""What must hold before a file is imported, and before what was read of it is kept.

Not here: reading. Invariant: whatever is refused here is refused before anything is written.
"""

from __future__ import annotations

from collections.abc import Container
from datetime import datetime

from evidence.errors import ConfigurationError, RefusedError
from evidence.runs.import_context import FileFindings, ImportOrder
from evidence.runs.one_calendar import refuse_other_calendar
from evidence.runs.parts import Parts
from evidence.sources.saved.kinds import INVENTORY, KINDS, NAMES
from evidence.sources.saved.refusals import unusable

MOST_FILES = 10_000


def check_order(parts: Parts, order: ImportOrder) -> None:
    """Raise RefusedError for a store that is not open, ConfigurationError for options that contradict each other."""
    entries, now = parts.ledger.entries(), parts.clock.now()
    if not entries:
        raise RefusedError(
            "The store is not open, so nothing can be imported into it.",
            cause="Its first night says whose evidence it holds.",
            next_step="Capture a night first: backup-evidence run --night …",
        )
    refuse_other_calendar(entries, parts.calendar)
    if order.kind not in NAMES:
        raise ConfigurationError(f"There is no kind `{order.kind}` of file.", next_step=f"One of: {', '.join(NAMES)}.")
    if not 1 <= len(order.paths) <= MOST_FILES:
        raise ConfigurationError(
            f"{len(order.paths)} files are named; from 1 to {MOST_FILES:,} can be imported at once."
        )
    if order.columns and order.kind != INVENTORY:
        raise ConfigurationError("--column names columns of an inventory, and this is none.")
    _check_times(parts, order, now)
    if order.vault is not None and (order.kind == INVENTORY or order.vault.kind != KINDS[order.kind].vault_kind):
        raise ConfigurationError(
            f"--vault names a vault whose records `{order.kind}` does not hold.", cause=order.vault.vault_id
        )


def _check_times(parts: Parts, order: ImportOrder, now: datetime) -> None:
    if order.observed_at is not None and order.observed_at > now:
        raise ConfigurationError(f"--observed-at {order.observed_at.isoformat()} lies ahead: it is {now.isoformat()}.")
    if order.night is not None and parts.calendar.window(order.night).start > now:
        raise ConfigurationError(f"Night {order.night} has not begun.")


def refuse_useless(findings: FileFindings) -> None:
    """Raise UnusableFileError for a file of which no record could be read."""
    if not findings.records or any(findings.accepted.values()):
        return
    first = next(row for row in findings.rows if row["finding"] == "rejected")
    same = len(findings.reasons()) == 1
    which = "each" if same else f"each; the first, on line {first['line']:,}"
    raise unusable(
        findings.file.name,
        f"None of its {findings.records:,} records can be read, {which}: {first['detail']}".rstrip("."),
        f"Check that this is a file of kind `{findings.context.kind}`.",
    )


def remark_unmet(findings: FileFindings, met: Container[str]) -> None:
    """Say which vaults of a file no run met."""
    for subject in sorted(findings.accepted):
        if findings.context.kind != INVENTORY and subject not in met:
            findings.remark(
                0, 1, f"the newest night's run did not meet {subject}, and no pack shows a vault that none met"
            )
