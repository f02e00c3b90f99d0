"""How often items are drilled, what is restored to where, and by what a restore is known for a drill: settings of `drills`.

Not here: the rules that follow (`evidence.drills.configured`), tiers (`tiers`), who reviews (`sign_in`). Invariants: what is not set has the default of the
design's reference on restore drills, 1.5 and 1.6; a pattern that cannot be read is refused with its line, never skipped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints, field_validator, model_validator

from evidence.settings.sign_in import Guid
from evidence.settings.strict import Strict
from evidence.tiers import TierMatch

Days = Annotated[int, Field(ge=0, le=92, strict=True)]
Months = Annotated[int, Field(ge=1, le=120, strict=True)]
Weight = Annotated[int, Field(ge=-100, le=100, strict=True)]
Word = Annotated[str, StringConstraints(min_length=1, max_length=90, pattern=r"^\S(.*\S)?$")]
DrillType = Literal[
    "vm_full",
    "vm_disks",
    "vm_files",
    "db_full",
    "db_point_in_time",
    "file_share",
    "file_item",
    "blob",
    "disk",
    "cluster",
    "cross_region",
    "other",
]
Signal = Literal[
    "open_plan", "target_tag", "target_group", "target_subscription", "target_name", "initiator", "item_unhealthy"
]
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,3})?) ?%")
_TIER = re.compile(r"[0-9]|none")
_LONGEST_PATTERN = 500
_WHOLE = 100


def _share(value: object) -> object:
    found = _PERCENT.fullmatch(value) if isinstance(value, str) else None
    share = value if isinstance(value, Fraction) else Fraction(found[1]) / _WHOLE if found else Fraction(0)
    if not 0 < share <= 1:
        raise ValueError("must be per cent above 0% and at most 100%, such as 10%")
    return share


def _expression(value: object) -> object:
    if isinstance(value, re.Pattern):
        return value
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_PATTERN:
        raise ValueError(f"must be a regular expression of 1 to {_LONGEST_PATTERN} characters")
    try:
        return re.compile(value)
    except re.error as error:
        raise ValueError(f"is no regular expression: {error}") from None


Share = Annotated[Fraction, BeforeValidator(_share)]
"""Written in per cent, such as 10%."""
Expression = Annotated[re.Pattern[str], BeforeValidator(_expression)]
"""A regular expression, searched for anywhere."""


class FrequencySettings(Strict):
    """How often a tier is drilled; what is left out is not demanded."""

    item_months: Months | None = None
    """Each item at least once within so many months."""
    application_months: Months | None = None
    """One item of each application at least once within so many months, in turn."""
    sampled: Annotated[bool, Field(strict=True)] = False
    """Whether items are drawn each quarter."""

    @model_validator(mode="after")
    def _says_something(self) -> FrequencySettings:
        if not self.model_fields_set:
            raise ValueError(
                "needs one of item_months, application_months, sampled; `sampled: false` alone drills nothing"
            )
        return self


_DEFAULTS: Mapping[int | Literal["none"], FrequencySettings] = {
    0: FrequencySettings(item_months=3),
    1: FrequencySettings(item_months=12, application_months=3),
    2: FrequencySettings(item_months=12, sampled=True),
    3: FrequencySettings(sampled=True),
    "none": FrequencySettings(sampled=True),
}


class TypeRule(Strict):
    """What is restored of items that a match fits."""

    match: TierMatch
    type: DrillType


class TargetRule(Strict):
    """Where items that a match fits are restored to; what is left out stands in the runbook as a blank to fill in."""

    match: TierMatch
    subscription: Guid | None = None
    resource_group: Word | None = None
    network: Word | None = None
    """ARM id, or name, of a network apart from production."""
    server: Word | None = None
    """Machine with the database engine, or storage account, that takes what is restored."""


class ApplicationRule(Strict):
    """Which application items belong to that a match fits."""

    match: TierMatch
    application: Word


class ApplicationSettings(Strict):
    """Which application an item belongs to: the first rule that fits, else the tag of the protected resource."""

    tag: Word | None = None
    rules: tuple[ApplicationRule, ...] = ()


class ClassifySettings(Strict):
    """By what a restore is known for a drill, or for a recovery of production."""

    drill_groups: Expression | None = None
    """Resource groups that drills restore to; None: the built-in pattern."""
    drill_names: Expression | None = None
    drill_subscriptions: tuple[Guid, ...] = ()
    drill_initiators: tuple[Guid, ...] = ()
    """Object ids of those who test."""
    production_groups: Expression | None = None
    production_subscriptions: tuple[Guid, ...] = ()
    weights: dict[Signal, Weight] = Field(default_factory=dict)
    """Other weights than the built-in ones, by signal."""
    sure: Annotated[int, Field(ge=1, le=300, strict=True)] = 60
    """Weight from which a restore is a drill."""

    @model_validator(mode="after")
    def _not_both(self) -> ClassifySettings:
        both = set(self.drill_subscriptions) & set(self.production_subscriptions)
        if both:
            raise ValueError(f"subscriptions are for drills and for production at once: {', '.join(sorted(both))}")
        return self


class DrillSettings(Strict):
    """Restore drills: how often, how many, where to, and how they are told from recoveries."""

    frequencies: dict[int | Literal["none"], FrequencySettings] = Field(default_factory=dict)
    """By tier 0 to 9, and `none` for items without one; tiers that are not named keep their default."""
    share: Share = Fraction(1, 10)
    """Of each stratum (workload, region, tier) so much is drawn each quarter, rounded up."""
    new_within_days: Days = 30
    """How long an item may be protected before a drill of it is due."""
    grace_days: Days = 7
    """How long after its window a drill may be executed."""
    window_days: Annotated[int, Field(ge=1, le=31, strict=True)] = 5
    """How long a drill's window is."""
    types: tuple[TypeRule, ...] = ()
    """The first rule that fits decides what is restored; else the workload does."""
    targets: tuple[TargetRule, ...] = ()
    """The first rule that fits decides where to."""
    applications: ApplicationSettings = ApplicationSettings()
    classify: ClassifySettings = ClassifySettings()

    @field_validator("frequencies", mode="before")
    @classmethod
    def _keys(cls, value: object) -> object:
        # "01" and "1" would be two words for one tier, of which the last would win unseen.
        wrong = [key for key in value if not _TIER.fullmatch(str(key))] if isinstance(value, dict) else []
        if wrong:
            raise ValueError(f"`{wrong[0]}` is no tier: 0 to 9, or none")
        return value

    @property
    def by_tier(self) -> Mapping[int | None, FrequencySettings]:
        """How often each tier is drilled: what is set over the defaults; None stands for no tier."""
        every = {**_DEFAULTS, **self.frequencies}
        return {None if tier == "none" else tier: told for tier, told in every.items()}
