"""Each night's proof that the detectors work: what was planted is found, and what is healthy is not accused.

Not here: real data, which canaries never touch. Invariant: a detector that raises counts as one that did not fire.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from evidence.assess.findings import Finding
from evidence.nights import Calendar


@dataclass(frozen=True, slots=True)
class CanaryResult:
    """What one detector made of its canary and of the healthy twin."""

    detector: str
    planted: str
    """What was planted, in words."""
    found: bool
    silent_on_healthy: bool
    reason: str
    """One sentence."""

    @property
    def good(self) -> bool:
        """Whether it fired where it must, and only there."""
        return self.found and self.silent_on_healthy


def fly(night: date, calendar: Calendar) -> tuple[CanaryResult, ...]:
    """The results of all detectors on this night's shadow data."""
    raise NotImplementedError


def canary_findings(results: tuple[CanaryResult, ...], night: date, calendar: Calendar) -> tuple[Finding, ...]:
    """One `CANARY_SILENT` for each detector that failed its proof; `vault_id` is `/subscriptions`, for it concerns all."""
    raise NotImplementedError
