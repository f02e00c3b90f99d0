"""How soon exceptions must be resolved, how long a risk may be accepted, and when a problem is the same episode.

Not here: the settings as written (`evidence.settings.exceptions`). Invariant: rules are plain values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from evidence.assess.findings import Severity
from evidence.settings.exceptions import ExceptionSettings

REOPENS_WITHIN = timedelta(days=7)
"""After its end a problem that comes back is the same episode (analytics 6.10)."""


@dataclass(frozen=True, slots=True)
class ExceptionRules:
    """Spans in whole days."""

    due_by_tier: Mapping[int, int] = field(default_factory=lambda: {0: 1, 1: 3, 2: 7, 3: 14})
    """Of items whose tier is known; a higher tier has the days of the highest one here (analytics 6.9)."""
    due_by_severity: Mapping[str, int] = field(
        default_factory=lambda: {
            str(Severity.CRITICAL): 1,
            str(Severity.ERROR): 3,
            str(Severity.WARNING): 7,
            str(Severity.INFO): 14,
        }
    )
    """Where no tier is known."""
    accept_at_most_days: int = 90


def exception_rules(settings: ExceptionSettings) -> ExceptionRules:
    """The rules that the settings give."""
    return ExceptionRules(settings.due_by_tier, settings.due_by_severity.model_dump(), settings.accept_at_most_days)
