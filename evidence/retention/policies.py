"""A configuration's rules of retention as values, and the days that they ask for of an object.

Not here: the settings as written (`evidence.settings.retention`), calendar arithmetic (`rules`), which configurations an object lived under
(`promises`). Invariant: every rule that covers an object asks for a day; none takes another's away.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from evidence.retention.rules import Term, kept_for
from evidence.retention.values import Candidate, Kind
from evidence.settings.retention import Engagement, Retention, RetentionRule, term_of

EXTERNAL = "external"


@dataclass(frozen=True, slots=True)
class Subject:
    """What of an object the rules look at; objects that have it in common are kept equally long."""

    kind: Kind
    sealed: date
    """UTC."""
    first_night: date | None = None
    last_night: date | None = None
    scope: str | None = None
    pack_kind: str | None = None
    audience: str | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """What one configuration says of retention."""

    settings: Retention

    def candidates(self, about: Subject, source: str) -> Iterator[Candidate]:
        """One day for each rule that covers an object; the default covers all."""
        told = self.settings
        default = Term(years=int(told.default.removesuffix("y")))
        kept = kept_for(default, about.sealed, about.last_night, told.audit_year_starts)
        yield Candidate(kept.day, kept.rule, source)
        for rule in told.rules:
            if covers(rule, about):
                kept = kept_for(Term(*term_of(rule.keep)), about.sealed, about.last_night, told.audit_year_starts)
                yield Candidate(kept.day, f"rule `{rule.name}`{_asked_by(rule)}: {kept.rule}", source)
        for engagement in told.engagements:
            if concerns(engagement, about):
                yield Candidate(engagement.release, f"release of engagement `{engagement.name}`", source)


def covers(rule: RetentionRule, about: Subject) -> bool:
    """Whether every condition of a rule holds of an object."""
    return (
        (not rule.kinds or about.kind in rule.kinds)
        and (not rule.packs or about.pack_kind in rule.packs)
        and (not rule.scopes or about.scope in rule.scopes)
        and (rule.audience is None or _audience(about.audience) == rule.audience)
        and (rule.engagement is None or about.audience == f"{EXTERNAL}-{rule.engagement}")
    )


def concerns(engagement: Engagement, about: Subject) -> bool:
    """Whether an engagement is about an object: its own packs always, else what lies in its scopes and nights."""
    if about.audience == f"{EXTERNAL}-{engagement.name}":
        return True
    if engagement.scopes and about.scope not in engagement.scopes:
        return False
    begins_late = engagement.last_night and about.first_night and about.first_night > engagement.last_night
    ends_early = engagement.first_night and about.last_night and about.last_night < engagement.first_night
    return not begins_late and not ends_early


def _audience(audience: str | None) -> str | None:
    return None if audience is None else audience.partition("-")[0]


def _asked_by(rule: RetentionRule) -> str:
    return f" ({rule.framework})" if rule.framework else ""
