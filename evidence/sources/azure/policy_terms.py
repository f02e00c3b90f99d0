"""What a policy's body says of how often it runs and how long its points live, as far as planning needs it.

Not here: the slots that a policy expects (`assess`). Shapes: simple, long term and enhanced (V2) policies, and the parts of a
workload's (azure-backup.md sections 2 and 4, recorded policies). Invariant: what a body does not clearly say is taken for the case
that asks for more reading: several runs, any day, no known retention.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from evidence.nights import Window
from evidence.sources.azure.questions import Row

_DAYS: Final = {"days": 1, "weeks": 7, "months": 28, "years": 365}
_RETENTIONS: Final = ("dailyschedule", "weeklyschedule", "monthlyschedule", "yearlyschedule")
_WEEK: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_ZONES: Final = (timezone(timedelta(hours=-12)), UTC, timezone(timedelta(hours=14)))
"""A policy's day begins somewhere between these; its zone has a Windows name, which is not looked up."""


@dataclass(frozen=True, slots=True)
class PolicyTerms:
    """What planning needs of one policy."""

    retention_days: int | None = None
    """The shortest life that it gives a point; None where it does not say."""
    runs_once: bool = False
    """Whether it surely runs at most once in 24 hours."""
    weekdays: frozenset[int] | None = None
    """Days on which it runs, Monday is 0; None: any day."""

    def may_run_in(self, window: Window) -> bool:
        """Whether one of its days touches a window, in whichever zone it counts them."""
        if self.weekdays is None:
            return True
        dates = {moment.astimezone(zone).date() for zone in _ZONES for moment in _hours(window)}
        return any(day.weekday() in self.weekdays for day in dates)


UNKNOWN: Final = PolicyTerms()
_DAILY: Final = PolicyTerms(runs_once=True)


def terms_of(rows: tuple[Row, ...]) -> dict[str, PolicyTerms]:
    """The terms of listed policies, by lower-cased policy id."""
    return {
        policy_id.lower(): policy_terms(properties)
        for row in rows
        if isinstance(policy_id := row.get("id"), str) and isinstance(properties := row.get("properties"), Mapping)
    }


def policy_terms(properties: Mapping[str, object]) -> PolicyTerms:
    """The terms that a policy's `properties` tell."""
    folded = _folded(properties)
    inner = folded.get("subprotectionpolicy")
    parts = [_folded(one) for one in inner if isinstance(one, Mapping)] if isinstance(inner, list) else [folded]
    runs = [_runs(_folded(part.get("schedulepolicy"))) for part in parts]
    lives = [days for part in parts for days in _lives(part)]
    days = [one.weekdays for one in runs]
    return PolicyTerms(
        retention_days=min(lives) if lives and all(lives) else None,
        runs_once=len(runs) == 1 and runs[0].runs_once,
        weekdays=None if not days or None in days else frozenset(day for one in days for day in one or ()),
    )


def _runs(schedule: Mapping[str, object]) -> PolicyTerms:
    kind, frequency = str(schedule.get("schedulepolicytype")).lower(), str(schedule.get("schedulerunfrequency")).lower()
    if kind not in {"simpleschedulepolicy", "simpleschedulepolicyv2"} or frequency not in {"daily", "weekly"}:
        return UNKNOWN
    told = _folded(schedule.get(f"{frequency}schedule")) if kind.endswith("v2") else schedule
    times = told.get("scheduleruntimes")
    once = isinstance(times, list) and len(times) == 1
    if frequency == "daily":
        return _DAILY if once else UNKNOWN
    days = told.get("schedulerundays")
    named = [str(day).lower() for day in days] if isinstance(days, list) else []
    known = bool(named) and set(named) <= set(_WEEK)
    return PolicyTerms(runs_once=once, weekdays=frozenset(map(_WEEK.index, named)) if known else None)


def _lives(part: Mapping[str, object]) -> Iterator[int]:
    """Days of each retention that a part orders; 0 for one that cannot be read, so that the whole is not known."""
    for name in ("retentionpolicy", "vaultretentionpolicy"):
        policy = _folded(part.get(name))
        if not policy:
            continue
        vaulted = _folded(policy.get("vaultretention"))
        told = [_folded(one.get(name)) for one in (policy, vaulted) for name in _RETENTIONS if one.get(name)]
        durations = [_folded(one.get("retentionduration")) for one in [policy, *told] if one.get("retentionduration")]
        snapshots = policy.get("snapshotretentionindays")
        if isinstance(snapshots, int) and snapshots > 0:
            yield snapshots
        yield from [_length(one) for one in durations] or ([] if isinstance(snapshots, int) and snapshots > 0 else [0])


def _length(duration: Mapping[str, object]) -> int:
    count, unit = duration.get("count"), str(duration.get("durationtype")).lower()
    return count * _DAYS[unit] if isinstance(count, int) and count > 0 and unit in _DAYS else 0


def _hours(window: Window) -> Iterator[datetime]:
    moment = window.start
    while moment < window.end:
        yield moment
        moment += timedelta(hours=1)
    yield window.end


def _folded(value: object) -> Mapping[str, object]:
    """An object's fields under lower-case names; nothing where it is none."""
    return {str(name).lower(): told for name, told in value.items()} if isinstance(value, Mapping) else {}
