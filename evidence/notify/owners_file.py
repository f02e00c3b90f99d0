"""The owners file, read and validated: each mistake with its line.

Not here: what the rules mean (`owners`), what is doubtful in a valid file (`owners_check`). Invariants: a file with one mistake gives nothing but
an error that names all of them; no secret stands in it, only names of secrets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from evidence.notify.interface import Occasion, Team
from evidence.notify.owners import MAIL, Owners, Rule, Step, Suppression
from evidence.notify.patterns import REGEX, Match
from evidence.notify.workdays import DAYS, Workdays
from evidence.settings.notify import SecretName
from evidence.settings.publishing import checked_address
from evidence.tiers import Span
from evidence.yaml_models import parse_model, read_named_file, refused

WHAT = "owners file"
NEXT = "See docs/configuration.md, Owners."
LONGEST = timedelta(days=30)
"""Of a suppression."""
OCCASIONS: Mapping[str, Occasion] = {
    "new": Occasion.OPENED,
    "recurring": Occasion.RECURRING,
    "reminder": Occasion.REMINDED,
    "escalation": Occasion.ESCALATED,
    "digest": Occasion.DIGEST,
}
"""Words of the file. Ends and acknowledgements go wherever the problem was told of."""
_Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$")]
_Word = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
_RANGE = re.compile(r"([a-z]{3})-([a-z]{3})")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def _checked_pattern(value: str) -> str:
    if value.startswith(REGEX):
        try:
            re.compile(value.removeprefix(REGEX))
        except re.error as error:
            raise ValueError(f"is no regular expression: {error.msg}") from None
    return value


def _many(value: object) -> object:
    return (value,) if isinstance(value, str | int) and not isinstance(value, bool) else value


class _Match(_Strict):
    item: tuple[_Word, ...] = ()
    vault: tuple[_Word, ...] = ()
    region: tuple[_Word, ...] = ()
    workload: tuple[_Word, ...] = ()
    error_family: tuple[_Word, ...] = ()
    class_: tuple[_Word, ...] = Field(default=(), alias="class")
    tags: dict[_Word, tuple[_Word, ...]] = Field(default_factory=dict)
    tier: tuple[Annotated[int, Field(ge=0, le=9, strict=True)], ...] = ()

    @field_validator("item", "vault", "region", "workload", "error_family", "class_", "tier", mode="before")
    @classmethod
    def _one_or_many(cls, value: object) -> object:
        return _many(value)

    @field_validator("tags", mode="before")
    @classmethod
    def _tag_values(cls, value: object) -> object:
        return {name: _many(one) for name, one in value.items()} if isinstance(value, dict) else value

    @field_validator("item", "vault", "region", "workload", "error_family", "class_")
    @classmethod
    def _patterns(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_checked_pattern(one) for one in value)

    @field_validator("tags")
    @classmethod
    def _tag_patterns(cls, value: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        return {name: tuple(_checked_pattern(one) for one in patterns) for name, patterns in value.items()}

    def value(self) -> Match:
        told = self.model_dump(exclude={"tags"})
        return Match(**told, tags=tuple(sorted(self.tags.items())))


class _ServiceNowRoute(_Strict):
    assignment_group: _Word


class _JiraRoute(_Strict):
    project: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{1,31}$")] | None = None
    component: _Word | None = None


class _SecretRoute(_Strict):
    secret: SecretName


class _Team(_Strict):
    name: _Word
    email: tuple[str, ...] = ()
    servicenow: _ServiceNowRoute | None = None
    jira: _JiraRoute | None = None
    pagerduty: _SecretRoute | None = None
    teams: _SecretRoute | None = None
    apprise: _SecretRoute | None = None

    @field_validator("email", mode="before")
    @classmethod
    def _one_or_many(cls, value: object) -> object:
        return _many(value)

    @field_validator("email")
    @classmethod
    def _addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(checked_address(one) for one in value)

    def routes(self) -> Mapping[str, Mapping[str, str]]:
        found: dict[str, Mapping[str, str]] = {"mail": {"to": ",".join(self.email)}} if self.email else {}
        for kind in ("servicenow", "jira", "pagerduty", "teams", "apprise"):
            route = getattr(self, kind)
            if route is not None:
                found[kind] = route.model_dump(exclude_none=True)
        return found


class _Step(_Strict):
    after: Span
    to: _Word


class _ByTag(_Strict):
    tag: _Word
    fallback: _Word


class _Rule(_Strict):
    id: _Key
    match: _Match
    owner: _Word | _ByTag
    escalate: tuple[_Step, ...] = ()
    notify: dict[str, tuple[_Key, ...]] = Field(default_factory=dict)

    @field_validator("notify", mode="before")
    @classmethod
    def _one_or_many(cls, value: object) -> object:
        return {name: _many(one) for name, one in value.items()} if isinstance(value, dict) else value

    @field_validator("notify")
    @classmethod
    def _occasions(cls, value: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        for name in value:
            if name not in OCCASIONS:
                raise ValueError(f"`{name}` is no occasion; they are {', '.join(OCCASIONS)}")
        return value

    @field_validator("escalate")
    @classmethod
    def _in_order(cls, value: tuple[_Step, ...]) -> tuple[_Step, ...]:
        if [one.after for one in value] != sorted({one.after for one in value}):
            raise ValueError("steps must be in order, each later than the one before")
        return value


class _Calendar(_Strict):
    tz: str = "UTC"
    workdays: str | tuple[str, ...] = "mon-sun"
    holidays: tuple[date, ...] = ()

    @field_validator("tz")
    @classmethod
    def _zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("is no IANA time zone, such as Europe/Berlin")
        return value

    @field_validator("workdays")
    @classmethod
    def _days(cls, value: str | tuple[str, ...]) -> tuple[str, ...]:
        found = _RANGE.fullmatch(value) if isinstance(value, str) else None
        if found and {found[1], found[2]} <= set(DAYS) and DAYS.index(found[1]) <= DAYS.index(found[2]):
            return DAYS[DAYS.index(found[1]) : DAYS.index(found[2]) + 1]
        days = (value,) if isinstance(value, str) else value
        if not days or not set(days) <= set(DAYS):
            raise ValueError("must be a range such as mon-fri, or a list of mon, tue, wed, thu, fri, sat, sun")
        return days

    def value(self) -> Workdays:
        return Workdays(self.tz, frozenset(DAYS.index(one) for one in self.workdays), frozenset(self.holidays))


class _Suppression(_Strict):
    match: _Match
    first: date = Field(alias="from")
    until: date
    """Last day; required, for what nobody looks at for ever is no suppression but a hole."""
    reason: _Word
    by: _Word

    @model_validator(mode="after")
    def _span(self) -> _Suppression:
        if self.until < self.first:
            raise ValueError("`until` lies before `from`")
        if self.until - self.first > LONGEST:
            raise ValueError(f"`until` lies more than {LONGEST.days} days after `from`")
        return self


class _File(_Strict):
    version: Annotated[int, Field(ge=1, strict=True)]
    teams: dict[_Key, _Team] = Field(min_length=1)
    rules: tuple[_Rule, ...] = Field(min_length=1)
    calendars: dict[_Key, _Calendar] = Field(default_factory=dict)
    suppressions: tuple[_Suppression, ...] = ()


def load_owners(path: Path) -> Owners:
    """Read and validate a file; raises ConfigurationError naming every mistake with its line."""
    return parse_owners(
        read_named_file(path, WHAT, "Name it under `owners`, relative to the configuration file."), str(path)
    )


def parse_owners(raw: bytes, name: str) -> Owners:
    """The owners in the bytes of a file; raises ConfigurationError naming every mistake with its line."""
    file = parse_model(_File, raw, name, WHAT, NEXT)
    if mistakes := list(_between(file)):
        raise refused(raw, name, WHAT, mistakes, NEXT)
    return Owners(
        raw=raw,
        version=file.version,
        teams={key: Team(key, team.name, team.routes()) for key, team in file.teams.items()},
        rules=tuple(_rule(one) for one in file.rules),
        calendars={key: one.value() for key, one in file.calendars.items()},
        suppressions=tuple(
            Suppression(one.match.value(), one.first, one.until, one.reason, one.by) for one in file.suppressions
        ),
    )


def _between(file: _File) -> Iterator[tuple[Sequence[int | str], str]]:
    """Mistakes that show only between parts of the file, each with its path."""
    seen: set[str] = set()
    for place, rule in enumerate(file.rules):
        if rule.id in seen:
            yield ("rules", place, "id"), f"`{rule.id}` is named twice"
        seen.add(rule.id)
        owner = rule.owner.fallback if isinstance(rule.owner, _ByTag) else rule.owner
        if owner not in file.teams:
            yield ("rules", place, "owner"), f"`{owner}` is none of `teams`"
        for number, step in enumerate(rule.escalate):
            if mistake := _step_mistake(step.to, file.teams):
                yield ("rules", place, "escalate", number, "to"), mistake
    if not file.rules[-1].match.value().everything:
        yield (
            ("rules", len(file.rules) - 1),
            "the last rule must fit everything (`match: {}`), so that nobody is left out",
        )
    for key in file.calendars:
        if key not in file.teams:
            yield ("calendars", key), f"`{key}` is none of `teams`"


def _step_mistake(to: str, teams: Mapping[str, object]) -> str | None:
    if to.startswith(MAIL):
        try:
            checked_address(to.removeprefix(MAIL))
        except ValueError as error:
            return str(error)
        return None
    return None if to in teams else f"`{to}` is none of `teams`, and no `{MAIL}` with an address"


def _rule(told: _Rule) -> Rule:
    by_tag = told.owner if isinstance(told.owner, _ByTag) else None
    return Rule(
        rule_id=told.id,
        match=told.match.value(),
        team=by_tag.fallback if by_tag else str(told.owner),
        tag=by_tag.tag if by_tag else None,
        escalate=tuple(Step(one.after, one.to) for one in told.escalate),
        notify={OCCASIONS[name]: channels for name, channels in told.notify.items()},
    )
