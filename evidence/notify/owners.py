"""Who owns a problem: ordered rules, the first that fits decides; and what is suppressed meanwhile.

Not here: reading the file (`owners_file`), checking it (`owners_check`). Invariants: every problem has an owner, because the last rule fits
everything; a suppression holds back messages and nothing else; equal owners and an equal problem give an equal answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from evidence.notify.interface import Occasion, Problem, Team
from evidence.notify.patterns import Match, Traits, traits_of
from evidence.notify.workdays import ALWAYS, Workdays

MAIL = "email:"
"""Begin of an escalation to one address instead of a team."""


@dataclass(frozen=True, slots=True)
class Step:
    """Whom a problem goes to when it has been open so long."""

    after: timedelta
    to: str
    """A team's key, or `email:` and an address."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What it fits, whose that is, and how they are told."""

    rule_id: str
    match: Match
    team: str
    """Key of the owner, or of the fallback where a tag names the owner."""
    tag: str | None = None
    """Tag whose value names the owner."""
    escalate: tuple[Step, ...] = ()
    notify: Mapping[Occasion, tuple[str, ...]] = field(default_factory=dict)
    """Names of channels by occasion; one that is not named has its default."""


@dataclass(frozen=True, slots=True)
class Suppression:
    """What nobody is told of for a while."""

    match: Match
    first: date
    last: date
    reason: str
    by: str

    def stands(self, day: date, traits: Traits) -> bool:
        """Whether it holds back messages about something on a day."""
        return self.first <= day <= self.last and self.match.unmet(traits) is None


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of one rule."""

    rule_id: str
    fits: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Owned:
    """Who owns something, by which rule, and why not by those before."""

    team: Team
    rule: Rule
    reason: str
    tried: tuple[Tried, ...]


@dataclass(frozen=True, slots=True)
class Owners:
    """The rules in force, with the bytes that they were read from."""

    raw: bytes
    version: int
    teams: Mapping[str, Team]
    rules: tuple[Rule, ...]
    calendars: Mapping[str, Workdays] = field(default_factory=dict)
    """By team."""
    suppressions: tuple[Suppression, ...] = ()

    @property
    def sha256(self) -> str:
        """Of the file."""
        return hashlib.sha256(self.raw).hexdigest()

    def owner_of(self, problem: Problem) -> Owned:
        """Who owns a problem."""
        return self.owner_by(traits_of(problem))

    def owner_by(self, traits: Traits) -> Owned:
        """Who owns what has these traits, with what became of each rule."""
        tried: list[Tried] = []
        found: Rule | None = None
        for rule in self.rules:
            unmet = rule.match.unmet(traits) if found is None else f"not looked at: {found.rule_id} fits before"
            tried.append(Tried(rule.rule_id, unmet is None, unmet or "fits"))
            found = found or (rule if unmet is None else None)
        if found is None:  # the file is refused without a last rule that fits everything
            found = self.rules[-1]
        team, reason = self._team_of(found, traits)
        return Owned(team, found, reason, tuple(tried))

    def suppression_of(self, problem: Problem, day: date) -> Suppression | None:
        """The suppression that holds back messages about a problem on a day."""
        traits = traits_of(problem)
        return next((one for one in self.suppressions if one.stands(day, traits)), None)

    def team(self, key: str) -> Team:
        """A team, or who is meant by `email:` and an address."""
        if key.startswith(MAIL):
            return Team(key, key.removeprefix(MAIL), {"mail": {"to": key.removeprefix(MAIL)}})
        return self.teams[key]

    def workdays(self, team: str) -> Workdays:
        """A team's calendar; every day where it has none."""
        return self.calendars.get(team, ALWAYS)

    def _team_of(self, rule: Rule, traits: Traits) -> tuple[Team, str]:
        if rule.tag is None:
            return self.teams[rule.team], f"rule {rule.rule_id}"
        value = dict(traits.tags).get(rule.tag.lower())
        named = None if value is None else _named(self.teams.values(), value)
        if named is not None:
            return named, f"rule {rule.rule_id}, by tag {rule.tag}"
        why = "is not set" if value is None else "names no team"
        return self.teams[rule.team], f"rule {rule.rule_id}, fallback: tag {rule.tag} {why}"


def _named(teams: Iterable[Team], value: str) -> Team | None:
    """The team that a tag's value names by key, name or address; a tag never brings an address of its own."""
    wanted = value.strip().lower()
    return next((team for team in teams if wanted in _names(team)), None)


def _names(team: Team) -> set[str]:
    addresses = team.routes.get("mail", {}).get("to", "")
    return {team.key.lower(), team.name.lower(), *(one.strip().lower() for one in addresses.split(",") if one.strip())}
