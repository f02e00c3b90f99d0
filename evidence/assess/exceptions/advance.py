"""From all exceptions as they stand and one look at the evidence to the events that the look adds.

Not here: what an event does (`fold`), what proves an end (`closing`). Invariants: the same look on the state that it led to adds nothing; a
problem from before the proven end of its exception opens nothing again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from evidence.assess.exceptions.closing import End, end_of
from evidence.assess.exceptions.endings import ENDINGS, Ending
from evidence.assess.exceptions.fold import Standings, after_event
from evidence.assess.exceptions.keys import exception_key
from evidence.assess.exceptions.proofs import Look
from evidence.assess.exceptions.rules import REOPENS_WITHIN
from evidence.assess.exceptions.states import ENDED, Closure, Event, EventKind, Facts, Standing, State
from evidence.assess.findings import Class, Finding

_LOOKED_AT = ("severity", "job_ids", "recovery_point_ids", "error_codes", "children", "actor", "slots")
"""What of a finding is news on a night that told it before; sentences hold ages, which change by the hour."""


@dataclass(frozen=True, slots=True)
class _Found:
    """All that one look found under one key."""

    finding: Finding
    """The newest."""
    sightings: tuple[tuple[date, datetime], ...]
    """The last one of each night."""


def advance(standings: Standings, look: Look) -> tuple[Event, ...]:
    """Events of one look, by key, in the order in which they happened; those of outbreaks rest on all others."""
    by_key = dict(standings.by_key)
    found = _grouped(look)
    events = []
    for key in sorted(found):
        event = _found_event(key, by_key.get(key), found[key], look)
        if event is not None:
            by_key[key] = after_event(by_key.get(key), event)
            events.append(event)
    for key in sorted(by_key, key=lambda one: (ENDINGS[by_key[one].class_] is Ending.CHILDREN, one)):
        event = _end_event(by_key[key], look, by_key, found=key in found)
        if event is not None:
            by_key[key] = after_event(by_key[key], event)
            events.append(event)
    return tuple(sorted(events, key=lambda one: one.key))


def _grouped(look: Look) -> Mapping[str, _Found]:
    by_key: dict[str, list[Finding]] = {}
    for finding in look.findings:
        by_key.setdefault(exception_key(look.tenant_id, finding), []).append(finding)
    return {key: _merged(many) for key, many in by_key.items()}


def _merged(findings: Sequence[Finding]) -> _Found:
    in_time = sorted(findings, key=lambda one: (one.at, one.night, one.summary, one.job_ids))
    latest: dict[date, datetime] = {}
    for one in in_time:
        latest[one.night] = one.at
    return _Found(in_time[-1], tuple(sorted(latest.items())))


def _found_event(key: str, standing: Standing | None, found: _Found, look: Look) -> Event | None:
    if standing is None:
        return _event(EventKind.OPENED, key, 1, found, look)
    if standing.state in ENDED or standing.state is State.PROVISIONALLY_CLOSED:
        later = _after_end(standing, found)
        return None if later is None else _again(standing, later, look)
    known = dict(standing.sightings)
    news = any(night not in known or at > known[night] for night, at in found.sightings)
    return _event(EventKind.SEEN, key, standing.episode, found, look) if news or _changed(standing, found) else None


def _changed(standing: Standing, found: _Found) -> bool:
    """Whether the newest finding tells more than is known; an older one, told again, does not."""
    if found.finding.at < standing.finding.at:
        return False
    children = set(found.finding.children) <= set(standing.finding.children)
    return not children or any(
        getattr(found.finding, name) != getattr(standing.finding, name) for name in _LOOKED_AT if name != "children"
    )


def _after_end(standing: Standing, found: _Found) -> _Found | None:
    """What is left of a finding after the end; what lies before the job that proved it belongs to what ended."""
    if standing.state is State.WITHDRAWN:
        return found
    if standing.closure is Closure.APPROVED and standing.class_ is Class.UNPROTECTED:
        return None  # it is found each night, and stands as approved until a person reopens it
    end = (standing.proof and standing.proof.job_at) or standing.ended_at
    later = tuple((night, at) for night, at in found.sightings if end is None or at >= end)
    return _Found(found.finding, later) if later else None


def _again(standing: Standing, found: _Found, look: Look) -> Event:
    first = min(at for _, at in found.sightings)
    late = standing.ended_at is not None and first - standing.ended_at > REOPENS_WITHIN
    if standing.state in ENDED and late:
        return _event(EventKind.OPENED, standing.key, standing.episode + 1, found, look)
    return _event(EventKind.REOPENED, standing.key, standing.episode, found, look)


def _event(kind: EventKind, key: str, episode: int, found: _Found, look: Look) -> Event:
    times = [at for _, at in found.sightings]
    at = min(times) if kind is EventKind.OPENED else max(times)
    facts = _facts(found.finding, look) or Facts()
    return Event(key, episode, kind, at, look.as_of, found.finding, found.sightings, facts)


def _facts(finding: Finding, look: Look) -> Facts | None:
    return look.proofs.facts.get(finding.item_key or finding.vault_id)


def _end_event(standing: Standing, look: Look, by_key: Mapping[str, Standing], *, found: bool) -> Event | None:
    if standing.state in ENDED:
        return None
    facts = _facts(standing.finding, look) or standing.facts
    end = end_of(standing, look, facts, by_key.values(), found)
    if end is None or (end.kind is EventKind.PROVISIONALLY_CLOSED and standing.state is State.PROVISIONALLY_CLOSED):
        return None
    return _ended(standing, end, look)


def _ended(standing: Standing, end: End, look: Look) -> Event:
    return Event(standing.key, standing.episode, end.kind, end.at, look.as_of, proof=end.proof)


def parents_of(standings: Mapping[str, Standing]) -> Mapping[str, str]:
    """By key of a child, the outbreak that it belongs to; that of its own vault before one over several vaults."""
    return dict(_parents(standings))


def _parents(standings: Mapping[str, Standing]) -> Iterator[tuple[str, str]]:
    outbreaks: dict[tuple[str, str | None], list[Standing]] = {}
    for one in standings.values():
        if ENDINGS[one.class_] is Ending.CHILDREN and one.state not in ENDED:
            for item in one.finding.children:
                outbreaks.setdefault((item, one.finding.error_family), []).append(one)
    for key, one in standings.items():
        mine = outbreaks.get((one.finding.item_key or "", one.finding.error_family), ())
        if mine and ENDINGS[one.class_] is not Ending.CHILDREN:
            yield key, min(mine, key=lambda parent: (parent.finding.vault_id != one.finding.vault_id, parent.key)).key
