"""What a verification found: one line a check, and whether it all holds.

Invariant: whatever a hostile file makes a check raise becomes a failed check that names the file, never a traceback.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from evidence.errors import EvidenceError

T = TypeVar("T")


class Finding(StrEnum):
    """How a check ended."""

    OK = "ok"
    FAILED = "failed"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    finding: Finding
    detail: str
    """What was found, and where it failed, why."""
    file: str | None
    """The file within the pack, or the pack itself."""

    @property
    def failed(self) -> bool:
        """Whether the pack must not be relied on."""
        return self.finding is Finding.FAILED


@dataclass(frozen=True, slots=True)
class Trust:
    """What the verifier brought along; nothing in a pack can stand in for it."""

    signer_fingerprint: str | None = None
    """SHA-256 of the signer's certificate in hex; colons, blanks and case do not matter."""
    authorities: tuple[bytes, ...] = ()
    """DER of authorities that issue certificates to signers of evidence and to nobody else."""
    stamp_authorities: tuple[bytes, ...] = ()
    """DER of roots of time-stamp authorities; `authorities` count as such too, but never the other way round."""
    checkpoint_fingerprint: str | None = None
    """The signer of a checkpoint, where that is another certificate than the pack's."""


@dataclass(frozen=True, slots=True)
class About:
    """What a pack says of itself, for the reader of a verification; only as good as the checks."""

    pack_id: str
    completeness: str
    series_sequence: int
    previous_in_series: str | None
    supersedes: str | None
    signer: str
    development: bool
    sealed_at: str
    time_stamped: bool


@dataclass(frozen=True, slots=True)
class Verification:
    """All checks of one pack."""

    checks: tuple[Check, ...]
    about: About | None
    """None where the statement could not be read, or a report was verified alone."""

    @property
    def ok(self) -> bool:
        """Whether every check that could be made held, and at least one could."""
        return any(one.finding is Finding.OK for one in self.checks) and not any(one.failed for one in self.checks)

    @property
    def exit_code(self) -> int:
        """0, or 7 where something does not hold (DESIGN section 8)."""
        return 0 if self.ok else 7


class Checklist:
    """Collects checks in the order in which they are made."""

    def __init__(self) -> None:
        self._checks: list[Check] = []

    def examine(self, name: str, file: str | None, work: Callable[[], tuple[str, T]]) -> T | None:
        """Run one check; `work` returns what to say and what later checks need, or raises. None where it failed."""
        try:
            detail, value = work()
        except EvidenceError as error:
            self.failed(name, file, " ".join(error.diagnostics()))
        except Exception as error:  # noqa: BLE001  # the file is a stranger's: whatever it makes a library raise is a finding
            self.failed(name, file, f"It cannot be read ({type(error).__name__}: {_one_line(error)}).")
        else:
            self.ok(name, file, detail)
            return value
        return None

    def ok(self, name: str, file: str | None, detail: str) -> None:
        """Note a check that held."""
        self._checks.append(Check(name, Finding.OK, detail, file))

    def failed(self, name: str, file: str | None, detail: str) -> None:
        """Note a check that did not hold."""
        self._checks.append(Check(name, Finding.FAILED, detail, file))

    def not_checked(self, name: str, file: str | None, detail: str) -> None:
        """Note what could not, or need not, be checked, so that it is not taken for checked."""
        self._checks.append(Check(name, Finding.NOT_CHECKED, detail, file))

    @property
    def sound(self) -> bool:
        """Whether nothing has failed so far."""
        return not any(one.failed for one in self._checks)

    def result(self, about: About | None) -> Verification:
        """All that was found."""
        return Verification(tuple(self._checks), about)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
