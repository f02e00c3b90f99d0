"""How vaults are watched between nights: settings of `watch`.

Not here: whether they are, which `automation` says. Invariant: a look is short enough to end before the next one, and asks for no more days
than Azure's list of jobs may be asked for at once.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from evidence.settings.strict import Strict
from evidence.tiers import Span

_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
MOST_OFTEN, LEAST_OFTEN = timedelta(minutes=1), timedelta(hours=1)
SHORTEST_REACH, LONGEST_REACH = timedelta(hours=1), timedelta(days=14)


class WatchSettings(Strict):
    """How often vaults are asked for fresh failures, and how far back."""

    every: Span = timedelta(minutes=2)
    reach: Span = timedelta(hours=24)
    """Jobs that began so long ago at most are looked at: one that ran longer is told by the night."""
    reserve: Annotated[int, Field(ge=10, le=1000, strict=True)] = 60
    """Requests of each budget that a look leaves to the night."""
    seconds: Annotated[int, Field(ge=5, le=240, strict=True)] = 30
    """How long vaults are asked in one look; those that are left come first in the next."""
    summary_at: str | None = None
    """When the morning's summary is sent, `"06:50"`; by default 50 minutes after the night's end."""
    summary_to: dict[str, str] = Field(default_factory=dict)
    """Team of the owners file that is told of a scope; by default the one that owns what no other rule fits."""

    @field_validator("every")
    @classmethod
    def _every(cls, value: timedelta) -> timedelta:
        if not MOST_OFTEN <= value <= LEAST_OFTEN:
            raise ValueError("must be 1m to 1h")
        return value

    @field_validator("reach")
    @classmethod
    def _reach(cls, value: timedelta) -> timedelta:
        if not SHORTEST_REACH <= value <= LONGEST_REACH:
            raise ValueError("must be 1h to 14d")
        return value

    @field_validator("summary_at", mode="before")
    @classmethod
    def _summary_at(cls, value: object) -> object:
        if value is not None and (not isinstance(value, str) or not _TIME.fullmatch(value)):
            raise ValueError('must be a time in quotes, such as "06:50"')
        return value

    @model_validator(mode="after")
    def _ends_before_the_next(self) -> WatchSettings:
        if self.seconds >= self.every.total_seconds():
            raise ValueError("`seconds` must be shorter than `every`: a look ends before the next one begins")
        return self
