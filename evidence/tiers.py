"""Which items matter most, and how much may be lost of them: rules over names, vaults, regions and workloads.

Not here: what follows from a tier (the order of reading, verdicts on recovery point objectives). Invariant: the first rule that fits
an item decides; an item that none fits has no tier.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, field_validator, model_validator

_SPAN = re.compile(r"([1-9]\d{0,3})([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
Pattern = Annotated[str, StringConstraints(min_length=1)]
"""A name, an id, or either with wildcards."""


def _span(value: object) -> object:
    if value is None or isinstance(value, timedelta):
        return value
    found = _SPAN.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("must be a span such as 30m, 24h or 7d")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


Span = Annotated[timedelta, BeforeValidator(_span)]
"""A span of time, written in whole minutes, hours or days."""


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """What rules look at of one item; texts are compared without case."""

    name: str
    """Its friendly name."""
    item_id: str
    vault: str
    vault_id: str
    region: str | None = None
    workload: str | None = None


class TierMatch(BaseModel):
    """What an item must be for a rule: one pattern of each key that is given."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: tuple[Pattern, ...] = ()
    """Patterns on an item's name or id."""
    vault: tuple[Pattern, ...] = ()
    """Patterns on its vault's name or id."""
    region: tuple[Pattern, ...] = ()
    workload: tuple[Pattern, ...] = ()

    @field_validator("name", "vault", "region", "workload", mode="before")
    @classmethod
    def _one_or_many(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _says_something(self) -> TierMatch:
        if not (self.name or self.vault or self.region or self.workload):
            raise ValueError('needs one of name, vault, region, workload; `name: "*"` fits every item')
        return self

    def fits(self, item: ItemFacts) -> bool:
        """Whether an item is one that the rule is about."""
        return (
            _fits(self.name, item.name, item.item_id)
            and _fits(self.vault, item.vault, item.vault_id)
            and _fits(self.region, item.region)
            and _fits(self.workload, item.workload)
        )


class TierRule(BaseModel):
    """One rule: what it fits, its tier, and how old a point and how long a restore may be."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    match: TierMatch
    tier: int = Field(ge=0, le=9, strict=True)
    """0 matters most."""
    rpo: Span | None = None
    """Recovery point objective."""
    rto: Span | None = None
    """Recovery time objective."""


def tier_of(item: ItemFacts, rules: Sequence[TierRule]) -> int | None:
    """The tier of the first rule that fits; None where none does."""
    return next((rule.tier for rule in rules if rule.match.fits(item)), None)


def _fits(patterns: Sequence[str], *names: str | None) -> bool:
    if not patterns:
        return True
    told = [name.lower() for name in names if name]
    return any(fnmatchcase(name, pattern.lower()) for pattern in patterns for name in told)
