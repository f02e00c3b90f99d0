"""Adds events of the machine and decisions of persons up to the state of each exception.

Not here: which of them a look makes (`advance`), which a person may make (`guards`). Invariants: a plain left fold, so that any split into
batches gives the same state; what does not follow from the state before it is refused, never skipped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from evidence.assess.exceptions.states import (
    ENDED,
    UNRESOLVED,
    Act,
    Decision,
    Event,
    EventKind,
    Facts,
    Standing,
    State,
)
from evidence.assess.findings import Finding
from evidence.errors import IntegrityError

_ORDER = {kind: place for place, kind in enumerate(EventKind)}


@dataclass(frozen=True, slots=True)
class Standings:
    """Every exception by key, and how many batches the machine has recorded."""

    by_key: Mapping[str, Standing] = field(default_factory=dict)
    batches: int = 0


def in_order(events: Iterable[Event]) -> tuple[Event, ...]:
    """Events of one look in the order in which they happened to each exception."""
    return tuple(sorted(events, key=lambda one: (one.key, one.episode, _ORDER[one.kind])))


def with_batch(standings: Standings, events: Iterable[Event]) -> Standings:
    """The state after one batch of events; raises IntegrityError for one that does not follow."""
    found = dict(standings.by_key)
    for event in in_order(events):
        found[event.key] = replace(after_event(found.get(event.key), event), changed_in=standings.batches + 1)
    return Standings(found, standings.batches + 1)


def with_decision(standings: Standings, decision: Decision) -> Standings:
    """The state after a person's decision; raises IntegrityError for one that does not follow."""
    standing = standings.by_key.get(decision.key)
    if standing is None or standing.episode != decision.episode:
        raise _unfitting(decision.key, decision.episode, f"a person's `{decision.act}`", standing)
    # What comes between two batches is counted to the later one, whose table is the first that can tell it.
    after = replace(_DECIDED[decision.act](standing, decision), changed_in=standings.batches + 1)
    return Standings({**standings.by_key, decision.key: after}, standings.batches)


def after_event(standing: Standing | None, event: Event) -> Standing:
    """One exception after one event."""
    state = None if standing is None or standing.episode != event.episode else standing.state
    if event.kind is EventKind.OPENED:
        if event.episode != (1 if standing is None else standing.episode + 1) or not (
            standing is None or standing.state in ENDED
        ):
            raise _unfitting(event.key, event.episode, event.kind, standing)
        return _opened(event)
    if standing is None or state not in _FROM[event.kind]:
        raise _unfitting(event.key, event.episode, event.kind, standing)
    return _HAPPENED[event.kind](standing, event)


def _opened(event: Event) -> Standing:
    finding, facts = _told(event)
    times = [at for _, at in event.sightings]
    return Standing(
        event.key, event.episode, State.OPEN, finding, facts, min(times), max(times), tuple(sorted(event.sightings))
    )


def _seen(standing: Standing, event: Event) -> Standing:
    finding, facts = _told(event)
    latest = dict(standing.sightings)
    for night, at in event.sightings:
        latest[night] = max(at, latest.get(night, at))
    newest = finding if finding.at >= standing.finding.at else standing.finding
    children = tuple(sorted({*standing.finding.children, *finding.children}))
    times = [at for _, at in event.sightings]
    return replace(
        standing,
        finding=replace(newest, children=children),
        facts=facts,
        first_seen=min(standing.first_seen, *times),
        last_seen=max(standing.last_seen, *times),
        sightings=tuple(sorted(latest.items())),
    )


def _reopened(standing: Standing, event: Event) -> Standing:
    return _afresh(_seen(standing, event), None)


def _afresh(standing: Standing, by_person_at: datetime | None) -> Standing:
    """Open again, with nothing left of how it ended or of what was decided; to end an acceptance early is no reopening."""
    return replace(
        standing,
        state=State.OPEN,
        reopened=standing.reopened + (standing.state is not State.ACCEPTED),
        reopened_at=by_person_at,
        decided_by=None,
        approver=None,
        reason=None,
        accepted_until=None,
        ended_at=None,
        proof=None,
        closure=None,
    )


def _ended(state: State) -> Callable[[Standing, Event], Standing]:
    def end(standing: Standing, event: Event) -> Standing:
        if event.proof is None:
            raise _unfitting(event.key, event.episode, f"{event.kind} without a proof", standing)
        return replace(standing, state=state, ended_at=event.at, proof=event.proof)

    return end


def _told(event: Event) -> tuple[Finding, Facts]:
    if event.finding is None or event.facts is None or not event.sightings:
        raise _unfitting(event.key, event.episode, f"{event.kind} without a finding", None)
    return event.finding, event.facts


_HAPPENED: Mapping[EventKind, Callable[[Standing, Event], Standing]] = {
    EventKind.SEEN: _seen,
    EventKind.REOPENED: _reopened,
    EventKind.PROVISIONALLY_CLOSED: _ended(State.PROVISIONALLY_CLOSED),
    EventKind.CLOSED: _ended(State.CLOSED),
    EventKind.WITHDRAWN: _ended(State.WITHDRAWN),
}
_FROM: Mapping[EventKind, frozenset[State]] = {
    EventKind.SEEN: UNRESOLVED,
    EventKind.REOPENED: frozenset({State.PROVISIONALLY_CLOSED, State.CLOSED, State.WITHDRAWN}),
    EventKind.PROVISIONALLY_CLOSED: UNRESOLVED,
    EventKind.CLOSED: UNRESOLVED | {State.PROVISIONALLY_CLOSED},
    EventKind.WITHDRAWN: UNRESOLVED | {State.PROVISIONALLY_CLOSED},
}


def _decided(state: State) -> Callable[[Standing, Decision], Standing]:
    """Nothing of an earlier decision is left: an acknowledgement names neither approver nor day."""

    def decide(standing: Standing, decision: Decision) -> Standing:
        return replace(
            standing,
            state=state,
            decided_by=decision.by,
            approver=decision.approver,
            reason=decision.reason,
            accepted_until=decision.until,
        )

    return decide


def _closed(standing: Standing, decision: Decision) -> Standing:
    closed = _decided(State.CLOSED)(standing, decision)
    return replace(closed, ended_at=decision.at, proof=None, closure=decision.closure)


_DECIDED: Mapping[Act, Callable[[Standing, Decision], Standing]] = {
    Act.ACKNOWLEDGE: _decided(State.ACKNOWLEDGED),
    Act.ACCEPT: _decided(State.ACCEPTED),
    Act.CLOSE: _closed,
    Act.REOPEN: lambda standing, decision: _afresh(standing, decision.at),
    Act.COMMENT: lambda standing, _: standing,
}


def _unfitting(key: str, episode: int, what: str, standing: Standing | None) -> IntegrityError:
    then = f"episode {standing.episode} is {standing.state}" if standing else "none is known"
    return IntegrityError(
        f"Exception {key[:12]}: episode {episode} cannot take {what}.",
        cause=f"As the ledger tells it, {then}.",
        next_step="Find out what wrote the entry; a program that records events checks what they follow.",
    )
