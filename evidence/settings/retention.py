"""How long evidence is kept: settings of `retention`.

Not here: reckoning days (`evidence.retention.rules`). Invariant: a rule below the floor is refused, and so is one that could cover nothing.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Literal

from pydantic import StringConstraints, field_validator, model_validator

from evidence.settings.strict import NAME, Strict

DAYS_OF_A_YEAR = 366
"""At most: a term in days is no year before so many."""
MONTHS_OF_A_YEAR = 12
_TERM = re.compile(r"([1-9]\d?)y|([1-9]\d{0,2})m|([1-9]\d{0,4})d")
_YEARS = re.compile(r"[1-9]\d?y")
_Word = Annotated[
    str,
    StringConstraints(
        min_length=1, max_length=100, pattern=r"^[^\s\x00-\x1f\x7f]([^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f])?$"
    ),
]
_Name = Annotated[str, StringConstraints(pattern=f"^{NAME.pattern}$")]
RuleKind = Literal[
    "calls",
    "tables",
    "assessments",
    "packs",
    "configuration",
    "stamps",
    "decisions",
    "drills",
    "imports",
    "notifications",
    "engagements",
]
PackKind = Literal["night", "audit", "restore-drills", "aging"]
_OF_PACKS = frozenset({"packs", "stamps", "decisions", "engagements"})
"""Kinds that tell of which pack they are; all others are kept at least as long as the packs of their nights."""


class Engagement(Strict):
    """An audit or a case of outsiders, and the day on which it releases what it is about."""

    name: _Name
    release: date
    """Last day on which evidence is kept for it."""
    scopes: tuple[_Name, ...] = ()
    """Only packs of these scopes; empty: everything."""
    first_night: date | None = None
    last_night: date | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Engagement:
        if self.first_night and self.last_night and self.last_night < self.first_night:
            raise ValueError("last_night lies before first_night")
        return self


class RetentionRule(Strict):
    """Keeps what it covers for a term after sealing, and after the end of the audit year; empty conditions restrict nothing."""

    name: _Word
    keep: str
    """`7y`, `18m` or `400d`."""
    kinds: tuple[RuleKind, ...] = ()
    packs: tuple[PackKind, ...] = ()
    """Kinds of packs."""
    scopes: tuple[_Name, ...] = ()
    audience: Literal["internal", "external"] | None = None
    engagement: _Name | None = None
    """Only packs for the external audience of this engagement."""
    framework: _Word | None = None
    """The framework, law or contract that asks for it, told with each day that the rule sets."""

    @field_validator("keep")
    @classmethod
    def _keep(cls, value: str) -> str:
        if not _TERM.fullmatch(value):
            raise ValueError("must be years, months or days: 1y to 99y, 1m to 999m, 1d to 99999d")
        return value

    @model_validator(mode="after")
    def _covers_something(self) -> RetentionRule:
        of_packs = self.packs or self.scopes or self.audience or self.engagement
        if of_packs and self.kinds and not _OF_PACKS & set(self.kinds):
            raise ValueError(
                f"{', '.join(self.kinds)} are of no one pack: leave `kinds` out, and they stay as long as the packs of their nights"
            )
        if self.engagement is not None and self.audience == "internal":
            raise ValueError("an engagement is of the external audience")
        return self


class Retention(Strict):
    """How long evidence is kept at least; the longest rule wins."""

    default: str = "1y"
    floor: str = "1y"
    """No rule may keep less."""
    audit_year_starts: str = "01-01"
    engagements: tuple[Engagement, ...] = ()
    rules: tuple[RetentionRule, ...] = ()

    @field_validator("default", "floor")
    @classmethod
    def _whole_years(cls, value: str) -> str:
        if not _YEARS.fullmatch(value):
            raise ValueError("must be whole years, 1y to 99y; one year is the floor")
        return value

    @field_validator("audit_year_starts")
    @classmethod
    def _starts(cls, value: str) -> str:
        try:
            date.fromisoformat(f"2001-{value}")
        except ValueError:
            raise ValueError("must be month and day as MM-DD, other than 02-29") from None
        return value

    @model_validator(mode="after")
    def _above_the_floor(self) -> Retention:
        floor = int(self.floor.removesuffix("y"))
        if int(self.default.removesuffix("y")) < floor:
            raise ValueError(f"default {self.default} is below the floor of {self.floor}")
        for rule in self.rules:
            if not _reaches(rule.keep, floor):
                raise ValueError(f"rule `{rule.name}` keeps {rule.keep}, below the floor of {self.floor}")
        return self

    @model_validator(mode="after")
    def _told_apart(self) -> Retention:
        for what, names in (
            ("rules", [one.name for one in self.rules]),
            ("engagements", [one.name for one in self.engagements]),
        ):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"two {what} are named `{twice[0]}`")
        return self


def term_of(keep: str) -> tuple[int, int, int]:
    """Years, months and days of a term as it is written; one of them is not zero."""
    found = _TERM.fullmatch(keep)
    if found is None:
        raise ValueError(f"{keep!r} is no term")
    years, months, days = (int(part or 0) for part in found.groups())
    return years, months, days


def _reaches(keep: str, floor: int) -> bool:
    """Whether a term is never shorter than so many years, whatever day it begins on."""
    years, months, days = term_of(keep)
    return max(years, months // MONTHS_OF_A_YEAR, days // DAYS_OF_A_YEAR) >= floor
