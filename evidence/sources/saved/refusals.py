"""What is said of a saved file that cannot be used at all, and of one record that cannot.

Not here: how files are read. Invariant: an unusable file ends the command before anything is written; a rejected record is listed
with its place and its reason, and never guessed at.
"""

from __future__ import annotations

from dataclasses import dataclass

from evidence.errors import EvidenceError


class UnusableFileError(EvidenceError):
    """A saved file that holds nothing to import: of another kind, broken, or too large."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record of a saved file that gives no row."""

    position: int
    """Of the record in its file, from 1."""
    line: int
    """Line of the file on which it begins, from 1."""
    reason: str
    hint: str = ""
    """What to do about it, where one thing helps."""


class UnfitRecordError(ValueError):
    """A record that gives no row; says why, and what helps."""

    def __init__(self, reason: str, hint: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint


def unusable(name: str, cause: str, next_step: str) -> UnusableFileError:
    """The error for a whole file."""
    return UnusableFileError(f"{name} cannot be imported.", cause=cause, next_step=next_step)
