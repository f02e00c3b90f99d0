"""What is to be told now: from the problems as they stand and what was told already, the messages that are missing.

Not here: sending (`sending`), recording (`evidence.runs.outbox`). Invariants: pure; a message's id follows from key, episode, occasion, stage, team
and channel, so that equal input asks for nothing twice; a message that is due stays due until it was delivered or its problem ended untold.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from evidence.notify.digests import digests
from evidence.notify.history import History
from evidence.notify.interface import BUCKETS, ENDED, Message, Occasion, Problem, Team
from evidence.notify.links import Links
from evidence.notify.owners import Owned, Owners
from evidence.notify.routing import TICKETS, Kinds, channels_for, reaches
from evidence.notify.wording import csv_of, details_of, facts_of, subject_of, text_of

KNOWN = frozenset({"acknowledged", "accepted"})
"""States in which a person knows of a problem: it is said so once, and then nothing until its end."""
LEADS = frozenset({"failed", "cancelled", "warning", "no_point", "silent", "running_late"})
"""Classes on whose ticket a recurrence is told."""
_ENDS = {"closed": Occasion.CLOSED, "withdrawn": Occasion.WITHDRAWN}


@dataclass(frozen=True, slots=True)
class Desk:
    """What the messages of one run are made from, besides problems and history."""

    owners: Owners
    kinds: Kinds
    links: Links
    now: datetime
    today: date
    """For suppressions, in the configured time zone."""
    night: date | None = None
    """Night of the newest judgement, which digests are of; None: no digest."""


@dataclass(frozen=True, slots=True)
class _Case:
    """One problem with its owner, and the ticket that it is told on."""

    problem: Problem
    owned: Owned
    ticket: str
    led: bool
    """Whether that is the ticket of the failure that recurs."""
    also: tuple[Team, ...] = ()
    """Teams that own what belongs to it."""


@dataclass(frozen=True, slots=True)
class _Told:
    """Where a message goes, and why."""

    occasion: Occasion
    stage: str
    team: Team
    channel: str
    assign: bool = field(default=True)


def due(problems: Iterable[Problem], desk: Desk, history: History) -> tuple[Message, ...]:
    """Messages that are missing, in the order in which they are to be sent; those that wait for their next attempt too."""
    told = sorted(problems, key=lambda one: (one.key, one.episode))
    found: dict[str, Message] = {}
    for case in (*_cases(told, desk, history), *_overtaken(told, desk, history)):
        for one in _of(case, desk, history):
            message = _message(case, one, desk, history)
            if not history.sent(message.message_id):
                found.setdefault(message.message_id, message)
    for message in digests(told, desk.owners, desk.kinds, desk.links, desk.now, desk.today, desk.night):
        if not history.sent(message.message_id):
            found[message.message_id] = message
    return tuple(found.values())


def _cases(problems: Sequence[Problem], desk: Desk, history: History) -> Iterator[_Case]:
    standing = {one.key: one for one in problems if one.state not in ENDED}
    members: dict[str, list[Problem]] = {}
    for one in problems:
        if one.parent_key in standing and one.key != one.parent_key:
            members.setdefault(str(one.parent_key), []).append(one)
    for problem in problems:
        known = problem.ticket in history.places
        if (problem.hint or problem.parent_key in standing) and problem.parent_key != problem.key and not known:
            continue
        lead = _lead(problem, problems) if not known else None
        owned = desk.owners.owner_of(problem)
        yield _Case(
            problem,
            owned,
            ticket=(lead or problem).ticket,
            led=lead is not None,
            also=_others(owned.team, members.get(problem.key, ()), desk.owners),
        )


def _overtaken(problems: Sequence[Problem], desk: Desk, history: History) -> Iterator[_Case]:
    """Episodes before the present one whose end nobody was told of: within one look a problem may end and come back."""
    episodes: dict[str, list[int]] = {}
    for ticket in history.places:
        key, _, number = ticket.rpartition(":")
        if number.isdigit():
            episodes.setdefault(key, []).append(int(number))
    for problem in problems:
        for episode in sorted(one for one in episodes.get(problem.key, ()) if one < problem.episode):
            said = f"It ended, and came back as episode {problem.episode}."
            old = replace(problem, episode=episode, state="closed", summary=said)
            if any(not place.ended for place in history.places[old.ticket].values()):
                yield _Case(old, desk.owners.owner_of(old), old.ticket, led=False)


def _lead(problem: Problem, problems: Sequence[Problem]) -> Problem | None:
    """The failure on whose ticket a recurrence is told."""
    if problem.class_ != Occasion.RECURRING.value or problem.item_key is None:
        return None
    same = (
        one
        for one in problems
        if one.class_ in LEADS and (one.vault_id, one.item_key) == (problem.vault_id, problem.item_key)
        if one.parent_key is None and (one.error_family or problem.error_family) == problem.error_family
    )
    return next(iter(sorted(same, key=lambda one: (one.state in ENDED, one.key))), None)


def _others(owner: Team, members: Iterable[Problem], owners: Owners) -> tuple[Team, ...]:
    teams = {team.key: team for team in (owners.owner_of(one).team for one in members)}
    return tuple(team for key, team in sorted(teams.items()) if key != owner.key)


def _of(case: _Case, desk: Desk, history: History) -> Iterator[_Told]:
    """All messages that a case asks for in its state, whether sent or not."""
    problem, state = case.problem, case.problem.state
    if state in _ENDS:
        if not case.led:
            yield from _everywhere(case, _ENDS[state], _time(problem), desk, history)
        return
    if state in KNOWN:
        yield from _everywhere(case, Occasion.ACKNOWLEDGED, f"{state}{_time(problem)}", desk, history)
        return
    if state != "open" or desk.owners.suppression_of(problem, desk.today) is not None:
        return
    yield from _opening(case, desk)
    if not case.led:
        yield from _reminders(case, desk, history)
        yield from _escalations(case, desk, history)


def _opening(case: _Case, desk: Desk) -> Iterator[_Told]:
    rule, team = case.owned.rule, case.owned.team
    recurring = case.problem.class_ == Occasion.RECURRING.value
    occasion = Occasion.RECURRING if recurring else Occasion.OPENED
    stage = case.problem.ticket if case.led else _time(case.problem)
    for channel in channels_for(rule, team, occasion, desk.kinds):
        yield _Told(occasion, stage, team, channel)
    for other in case.also:
        # They are told of it, but a ticket has one owner.
        for channel in reaches(other, desk.kinds):
            if desk.kinds[channel] not in TICKETS:
                yield _Told(occasion, stage, other, channel, assign=False)


def _time(problem: Problem) -> str:
    """Which time within an episode, where it came back, or an accepted risk ended."""
    times = (f"again-{problem.reopened}" if problem.reopened else "", problem.again)
    return "-".join(one for one in times if one)


def _reminders(case: _Case, desk: Desk, history: History) -> Iterator[_Told]:
    team = case.owned.team
    if not desk.owners.workdays(team.key).works_at(desk.now):
        return
    age = BUCKETS.index(case.problem.bucket) if case.problem.bucket in BUCKETS else 0
    for channel in channels_for(case.owned.rule, team, Occasion.REMINDED, desk.kinds):
        place = history.place(case.ticket, team.key, channel)
        if place is not None and place.delivered and place.bucket < age:
            yield _Told(Occasion.REMINDED, case.problem.bucket, team, channel)


def _escalations(case: _Case, desk: Desk, history: History) -> Iterator[_Told]:
    begun = history.begun.get(case.ticket)
    if begun is None:
        return
    open_for = desk.owners.workdays(case.owned.team.key).worked(begun, desk.now)
    for number, step in enumerate(case.owned.rule.escalate, 1):
        if open_for < step.after:
            return
        team = desk.owners.team(step.to)
        for channel in channels_for(case.owned.rule, team, Occasion.ESCALATED, desk.kinds):
            yield _Told(Occasion.ESCALATED, str(number), team, channel)


def _everywhere(case: _Case, occasion: Occasion, stage: str, desk: Desk, history: History) -> Iterator[_Told]:
    """Wherever a ticket was told of, or may have been: an attempt whose answer was lost has opened something there."""
    places = history.places.get(case.ticket, {})
    said: set[str] = set()
    for team, channel in sorted(places, key=lambda one: (one[0] != case.owned.team.key, one)):
        place = places[team, channel]
        if not (place.delivered or place.uncertain) or channel not in desk.kinds or channel in said:
            continue
        if desk.kinds[channel] in TICKETS:
            said.add(channel)  # whoever was told of it, it is one ticket
        yield _Told(occasion, stage, _team(desk.owners, team), channel, assign=False)


def _team(owners: Owners, key: str) -> Team:
    """A team, whether or not the rules in force still know it."""
    return owners.team(key) if key in owners.teams or ":" in key else Team(key, key)


def _message(case: _Case, told: _Told, desk: Desk, history: History) -> Message:
    problem = case.problem
    facts = facts_of(problem, told.occasion, told.team, case.owned.team, desk.links)
    place = history.place(case.ticket, told.team.key, told.channel)
    new = told.occasion in {Occasion.OPENED, Occasion.RECURRING}
    return Message(
        message_id=message_id(case.ticket, told.occasion, told.stage, told.team.key, told.channel),
        occasion=told.occasion,
        team=told.team.key,
        channel=told.channel,
        subject=subject_of(problem, told.occasion),
        text=text_of(facts),
        at=desk.now,
        problem=problem,
        external_id=place.external_id if place else None,
        attachments=((f"exception-{problem.key[:12]}.csv", csv_of([problem])),) if new else (),
        ticket=case.ticket,
        stage=told.stage,
        facts=facts,
        details=details_of(problem),
        link=desk.links.evidence_of(problem),
        bucket=problem.bucket,
        assign=told.assign,
    )


def message_id(ticket: str, occasion: Occasion, stage: str, team: str, channel: str) -> str:
    """The id of a message: what it is about, why, which time, to whom and how."""
    return f"{ticket}/{occasion.value}/{stage}/{team}/{channel}"


def teams_of(owners: Owners, messages: Iterable[Message]) -> Mapping[str, Team]:
    """The teams that messages go to, by key."""
    return {one.team: _team(owners, one.team) for one in messages}
