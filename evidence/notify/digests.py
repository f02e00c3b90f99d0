"""The summary of a night for each team that owns anything: what is open, what ended, and that nothing is open where nothing is.

Not here: messages about one problem (`outbox`). Invariant: a suppressed problem is counted and listed here like any other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from evidence.notify.interface import ENDED, Message, Occasion, Problem, Team
from evidence.notify.links import Links
from evidence.notify.owners import Owners, Rule
from evidence.notify.patterns import Match
from evidence.notify.routing import NO_DIGEST, Kinds, channels_for
from evidence.notify.wording import csv_of, digest_facts, digest_table, one_line, text_of

_WORST = {"critical": 0, "error": 1, "warning": 2, "info": 3}


def digests(
    problems: Sequence[Problem],
    owners: Owners,
    kinds: Kinds,
    links: Links,
    now: datetime,
    today: date,
    night: date | None,
) -> Iterator[Message]:
    """A digest of a night for each team and channel; none without a night, none on a day on which the team does not work."""
    if night is None:
        return
    by_team: dict[str, list[Problem]] = {}
    for one in problems:
        by_team.setdefault(owners.owner_of(one).team.key, []).append(one)
    for key in sorted(owners.teams):
        team = owners.team(key)
        rules = [rule for rule in owners.rules if rule.team == key]
        owned = by_team.get(key, [])
        if not (rules or owned) or not owners.workdays(key).works_at(now):
            continue
        for channel in _channels(rules, team, kinds):
            yield _digest(owned, rules, owners, team, channel, links, now, today, night)


def _channels(rules: Sequence[Rule], team: Team, kinds: Kinds) -> tuple[str, ...]:
    """Those that a rule of the team names for digests, else those by default."""
    named = [name for rule in rules for name in rule.notify.get(Occasion.DIGEST, ())]
    if named or any(Occasion.DIGEST in rule.notify for rule in rules):
        return tuple(dict.fromkeys(name for name in named if name in kinds and kinds[name] not in NO_DIGEST))
    plain = Rule("", Match(), team.key)
    return channels_for(plain, team, Occasion.DIGEST, kinds)


def _digest(
    owned: Sequence[Problem],
    rules: Sequence[Rule],
    owners: Owners,
    team: Team,
    channel: str,
    links: Links,
    now: datetime,
    today: date,
    night: date,
) -> Message:
    standing = sorted((one for one in owned if one.state not in ENDED), key=_oldest_and_worst)
    suppressed = sum(owners.suppression_of(one, today) is not None for one in standing)
    where = sorted({pattern for rule in rules for pattern in rule.match.region})
    facts = digest_facts(standing, len(owned) - len(standing), suppressed, where, night, links.evidence_of(None, night))
    ticket = f"digest:{team.key}"
    return Message(
        message_id="/".join((ticket, Occasion.DIGEST.value, str(night), team.key, channel)),
        occasion=Occasion.DIGEST,
        team=team.key,
        channel=channel,
        subject=one_line(f"Backup of night {night}, {team.name}: {facts[0][1]}"),
        text=text_of(facts),
        at=now,
        attachments=((f"open-{night}.csv", csv_of(standing)),) if standing else (),
        ticket=ticket,
        stage=str(night),
        facts=facts,
        table=digest_table(standing),
        link=links.evidence_of(None, night),
        assign=False,
    )


def _oldest_and_worst(problem: Problem) -> tuple[object, ...]:
    first = problem.first_seen
    return (first is None, first and first.timestamp(), _WORST.get(problem.severity, len(_WORST)), problem.key)
