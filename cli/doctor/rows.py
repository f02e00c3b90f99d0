"""One line of what doctor says, and what the command ends with.

Not here: what is looked at. Invariant: what could not be found out is said and never ends in 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

OK, FAILED, MISSING, TOO_MUCH, UNKNOWN = "ok", "failed", "missing", "too much", "unknown"
NOT_NEEDED, NOT_CHECKED = "not needed", "not checked"
DUE = "due"
"""Something must be done before long."""
COLUMNS = ("check", "state", "subject", "detail", "next")
FINDINGS, PARTIAL, RIGHTS = 3, 4, 5
"""Exit codes: something is there that must not be; something could not be found out; a right is missing."""
_RANK = (RIGHTS, PARTIAL, FINDINGS)


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that was looked at, or on a terminal a group of alike ones."""

    check: str
    state: str
    subject: str | None = None
    kind: str | None = None
    action: str | None = None
    detail: str | None = None
    next_step: str | None = None
    exit_code: int = 0

    def shown(self) -> dict[str, object]:
        """As it is printed."""
        return {
            "check": self.check,
            "state": self.state,
            "subject": self.subject,
            "kind": self.kind,
            "action": self.action,
            "detail": self.detail,
            "next": self.next_step,
        }


def exit_code(rows: Sequence[Row]) -> int:
    """What the command ends with: that of the first basic check that failed, else rights before unknown before findings."""
    failed = [row.exit_code for row in rows if row.state == FAILED]
    if failed:
        return failed[0]
    codes = {row.exit_code for row in rows}
    return next((code for code in _RANK if code in codes), 0)
