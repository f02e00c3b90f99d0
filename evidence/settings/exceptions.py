"""How soon exceptions must be resolved, and how long a risk may be accepted: settings of `exceptions`.

Not here: the rest of the configuration (`model`), exceptions themselves (`evidence.assess.exceptions`).
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator

from evidence.settings.strict import Strict

Days = Annotated[int, Field(ge=0, le=366, strict=True)]


class DueBySeverity(Strict):
    """Days in which an exception must be resolved where its item has no tier."""

    critical: Days = 1
    error: Days = 3
    warning: Days = 7
    info: Days = 14


class ExceptionSettings(Strict):
    """Days in which exceptions must be resolved, and the longest acceptance of a risk."""

    due_by_tier: dict[int, Days] = Field(default_factory=lambda: {0: 1, 1: 3, 2: 7, 3: 14})
    """By tier of the item; a higher tier has the days of the highest one here."""
    due_by_severity: DueBySeverity = DueBySeverity()
    accept_at_most_days: Annotated[int, Field(ge=1, le=366, strict=True)] = 90

    @field_validator("due_by_tier")
    @classmethod
    def _tiers(cls, value: dict[int, int]) -> dict[int, int]:
        if not all(0 <= tier <= 9 for tier in value):  # noqa: PLR2004 - as in `tiers`
            raise ValueError("tiers are 0 to 9")
        return value
