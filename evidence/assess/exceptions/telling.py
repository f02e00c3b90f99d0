"""Exceptions and their events as JSON texts and back, exactly: what is written is what is read, and nothing is guessed.

Not here: files (`evidence.runs.exceptions.state`). Invariants: equal values have one spelling; a text of a newer version, or with a word that this
program does not know, is refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

from evidence.assess.exceptions.states import Closure, Event, EventKind, Facts, Proof, Standing, State
from evidence.assess.findings import Class, Finding, Severity
from evidence.errors import IntegrityError

VERSION = 1
T = TypeVar("T")
_NAMES = {kind: tuple(one.name for one in fields(kind)) for kind in (Finding, Facts, Proof, Standing)}
Told = Mapping[str, object]


def told_event(event: Event) -> str:
    """The finding or the proof of an event."""
    return _text(
        {
            "v": VERSION,
            "finding": None if event.finding is None else _plain(event.finding),
            "sightings": _told_sightings(event.sightings),
            "facts": None if event.facts is None else _plain(event.facts),
            "proof": None if event.proof is None else _plain(event.proof),
        }
    )


def read_event(key: str, episode: int, word: str, at: datetime, recorded_at: datetime, text: str) -> Event:
    """The event of a row; raises IntegrityError."""
    return _reading(
        f"An event of exception {key[:12]}",
        lambda: _event(Event(key, episode, EventKind(word), at, recorded_at), _versioned(text)),
    )


def told_standing(standing: Standing) -> str:
    """All that the fold holds of an exception."""
    told = _plain(standing)
    told["finding"], told["facts"] = _plain(standing.finding), _plain(standing.facts)
    told["proof"] = None if standing.proof is None else _plain(standing.proof)
    told["sightings"] = _told_sightings(standing.sightings)
    return _text({"v": VERSION, **told})


def read_standing(text: str) -> Standing:
    """What the fold held of an exception; raises IntegrityError."""
    return _reading("An exception as it stood", lambda: _standing(_versioned(text)))


def _event(bare: Event, told: _Told) -> Event:
    finding, facts, proof = (told.optional(name) for name in ("finding", "facts", "proof"))
    return Event(
        bare.key,
        bare.episode,
        bare.kind,
        bare.at,
        bare.recorded_at,
        finding=None if finding is None else _finding(finding),
        sightings=_sightings(told),
        facts=None if facts is None else _facts(facts),
        proof=None if proof is None else _proof(proof),
    )


def _standing(told: _Told) -> Standing:
    proof, closure = told.optional("proof"), told.word("closure")
    return Standing(
        key=told.text("key"),
        episode=told.whole("episode"),
        state=State(told.text("state")),
        finding=_finding(told.inner("finding")),
        facts=_facts(told.inner("facts")),
        first_seen=told.moment("first_seen"),
        last_seen=told.moment("last_seen"),
        sightings=_sightings(told),
        reopened=told.whole("reopened"),
        reopened_at=told.maybe_moment("reopened_at"),
        decided_by=told.word("decided_by"),
        approver=told.word("approver"),
        reason=told.word("reason"),
        accepted_until=None if (until := told.word("accepted_until")) is None else date.fromisoformat(until),
        ended_at=told.maybe_moment("ended_at"),
        proof=None if proof is None else _proof(proof),
        closure=None if closure is None else Closure(closure),
        changed_in=told.whole("changed_in"),
    )


def _finding(told: _Told) -> Finding:
    return Finding(
        class_=Class(told.text("class_")),
        severity=Severity(told.text("severity")),
        vault_id=told.text("vault_id"),
        item_key=told.word("item_key"),
        subject=told.text("subject"),
        error_family=told.word("error_family"),
        at=told.moment("at"),
        night=date.fromisoformat(told.text("night")),
        summary=told.text("summary"),
        workload=told.word("workload"),
        job_ids=told.words("job_ids"),
        recovery_point_ids=told.words("recovery_point_ids"),
        error_codes=told.words("error_codes"),
        recommendation=told.word("recommendation"),
        actor=told.word("actor"),
        children=told.words("children"),
        slots=told.whole("slots"),
        part=told.word("part"),
    )


def _facts(told: _Told) -> Facts:
    tier = told.values["tier"]
    return Facts(
        told.word("vault_name"),
        told.word("region"),
        None if tier is None else told.whole("tier"),
        told.flag("app_consistent"),
    )


def _proof(told: _Told) -> Proof:
    return Proof(
        told.text("reason"),
        told.word("job_id"),
        told.maybe_moment("job_at"),
        told.word("recovery_point_id"),
        told.maybe_moment("recovery_point_at"),
        told.maybe_moment("slot_at"),
    )


def _told_sightings(sightings: tuple[tuple[date, datetime], ...]) -> list[list[str]]:
    return [[night.isoformat(), _moment(at)] for night, at in sightings]


def _sightings(told: _Told) -> tuple[tuple[date, datetime], ...]:
    found = []
    for pair in told.list("sightings"):
        if not isinstance(pair, list):
            raise TypeError("a sighting is no pair")
        night, at = pair
        found.append((date.fromisoformat(night), _read_moment(at)))
    return tuple(found)


def _plain(value: Finding | Facts | Proof | Standing) -> dict[str, object]:
    return {name: _cell(getattr(value, name)) for name in _NAMES[type(value)]}


def _cell(value: object) -> object:
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def _moment(at: datetime) -> str:
    # Not strftime: it writes the year of Azure's sentinel 0001-01-01 with one digit.
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _read_moment(text: object) -> datetime:
    if not isinstance(text, str):
        raise TypeError(f"{text!r} is no moment")
    found = datetime.fromisoformat(text)
    if found.utcoffset() != timedelta(0):
        raise ValueError(f"{text!r} is no moment in UTC")
    return found


def _text(told: Told) -> str:
    return json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class _Told:
    """One JSON object; every method raises TypeError, KeyError or ValueError for what is not as asked."""

    values: Told

    def text(self, key: str) -> str:
        value = self.values[key]
        if not isinstance(value, str):
            raise TypeError(f"{key} is no text")
        return value

    def word(self, key: str) -> str | None:
        return None if self.values[key] is None else self.text(key)

    def whole(self, key: str) -> int:
        value = self.values[key]
        if type(value) is not int:
            raise TypeError(f"{key} is no whole number")
        return value

    def flag(self, key: str) -> bool:
        value = self.values[key]
        if not isinstance(value, bool):
            raise TypeError(f"{key} is neither true nor false")
        return value

    def list(self, key: str) -> list[object]:
        value = self.values[key]
        if not isinstance(value, list):
            raise TypeError(f"{key} is no list")
        return value

    def words(self, key: str) -> tuple[str, ...]:
        return tuple(str(one) for one in self.list(key))

    def moment(self, key: str) -> datetime:
        return _read_moment(self.values[key])

    def maybe_moment(self, key: str) -> datetime | None:
        return None if self.values[key] is None else self.moment(key)

    def inner(self, key: str) -> _Told:
        value = self.values[key]
        if not isinstance(value, dict):
            raise TypeError(f"{key} is no object")
        return _Told(value)

    def optional(self, key: str) -> _Told | None:
        return None if self.values[key] is None else self.inner(key)


def _versioned(text: str) -> _Told:
    told = json.loads(text)
    if not isinstance(told, dict) or told.get("v") != VERSION:
        raise ValueError(
            f"it is of version {told.get('v') if isinstance(told, dict) else None}, and this program reads {VERSION}"
        )
    return _Told(told)


def _reading(what: str, read: Callable[[], T]) -> T:
    try:
        return read()
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise IntegrityError(
            f"{what} cannot be read.",
            cause=str(error)[:300],
            next_step="Use the newer program that wrote it, or find out what changed it.",
        ) from error
