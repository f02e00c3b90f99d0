"""What is doubtful in a valid owners file: rules that nothing reaches, teams that nothing tells, suppressions that overlap.

Not here: mistakes, which refuse the file (`owners_file`). Invariant: pure over owners, channels, problems and the day given.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations

from evidence.notify.interface import Occasion, Problem
from evidence.notify.owners import Owners, Rule, Suppression
from evidence.notify.owners_file import LONGEST
from evidence.notify.patterns import traits_of
from evidence.notify.routing import EVERYBODY, NO_DIGEST, Kinds, reaches


@dataclass(frozen=True, slots=True)
class Doubt:
    """One thing that somebody should look at."""

    kind: str
    """`unreachable_rule, team_without_channel, unknown_channel, channel_without_route, digest_as_ticket, overlapping_suppressions,
    chained_suppressions, ended_suppression` or `owned_by_default`."""
    subject: str
    told: str
    fault: bool = True
    """Whether it is a fault; else it is only to be known."""


def check_owners(owners: Owners, kinds: Kinds, items: Iterable[Problem], today: date) -> tuple[Doubt, ...]:
    """Everything doubtful, faults first; `items` are what the store knows of, as open problems or as protected items."""
    found = [
        *_unreachable(owners.rules),
        *_untold(owners, kinds),
        *_channels(owners, kinds),
        *_digests(owners, kinds),
        *_suppressions(owners.suppressions, today),
        *_by_default(owners, items),
    ]
    return tuple(sorted(found, key=lambda one: not one.fault))


def _unreachable(rules: tuple[Rule, ...]) -> Iterator[Doubt]:
    for place, rule in enumerate(rules):
        cover = next((before for before in rules[:place] if before.match.covers(rule.match)), None)
        if cover is not None:
            yield Doubt("unreachable_rule", rule.rule_id, f"whatever fits it fits rule {cover.rule_id} before it")


def _untold(owners: Owners, kinds: Kinds) -> Iterator[Doubt]:
    wanted = {rule.team for rule in owners.rules} | {step.to for rule in owners.rules for step in rule.escalate}
    for key in (*owners.teams, *sorted(wanted - set(owners.teams))):
        team = owners.team(key)
        named = {name for rule in owners.rules if rule.team == key for names in rule.notify.values() for name in names}
        if not reaches(team, kinds) and not any(kinds.get(name) in EVERYBODY for name in named):
            yield Doubt("team_without_channel", key, "none of its routes has a channel in the configuration")


def _channels(owners: Owners, kinds: Kinds) -> Iterator[Doubt]:
    for rule in owners.rules:
        routes = owners.team(rule.team).routes
        for name in sorted({name for names in rule.notify.values() for name in names}):
            if name not in kinds:
                yield Doubt("unknown_channel", rule.rule_id, f"names channel {name}, which `channels` does not have")
            elif kinds[name] not in routes and kinds[name] not in EVERYBODY:
                yield Doubt(
                    "channel_without_route",
                    rule.rule_id,
                    f"names channel {name}, and team {rule.team} has no route of kind {kinds[name]}",
                )


def _digests(owners: Owners, kinds: Kinds) -> Iterator[Doubt]:
    for rule in owners.rules:
        for name in rule.notify.get(Occasion.DIGEST, ()):
            if kinds.get(name) in NO_DIGEST:
                yield Doubt(
                    "digest_as_ticket",
                    rule.rule_id,
                    f"sends digests to {name}, which would open a ticket: none is sent",
                )


def _suppressions(told: tuple[Suppression, ...], today: date) -> Iterator[Doubt]:
    for one, other in combinations(told, 2):
        if one.first <= other.last and other.first <= one.last and one.match.may_meet(other.match):
            yield Doubt(
                "overlapping_suppressions",
                f"{one.reason} / {other.reason}",
                f"both may hold back the same from {max(one.first, other.first)} to {min(one.last, other.last)}",
            )
        elif (days := _chained(one, other)) > LONGEST.days:
            yield Doubt(
                "chained_suppressions",
                f"{one.reason} / {other.reason}",
                f"one follows the other: together they hold back the same for {days} days, and {LONGEST.days} are the most",
            )
    for one in told:
        if one.last < today:
            yield Doubt("ended_suppression", one.reason, f"ended on {one.last}; take it out", fault=False)


def _chained(one: Suppression, other: Suppression) -> int:
    """Days that two suppressions of the same hold back without a day between; 0 where there is one."""
    begun, then = sorted((one, other), key=lambda each: each.first)
    chained = then.first == begun.last + timedelta(days=1) and one.match.may_meet(other.match)
    return (then.last - begun.first).days + 1 if chained else 0


def _by_default(owners: Owners, items: Iterable[Problem]) -> Iterator[Doubt]:
    default = owners.rules[-1]
    seen: set[str] = set()
    for item in items:
        name = item.item_key or item.subject
        if name in seen or len(owners.rules) == 1:
            continue
        seen.add(name)
        if owners.owner_by(traits_of(item)).rule is default:
            yield Doubt("owned_by_default", name, f"no rule but {default.rule_id} fits", fault=False)
