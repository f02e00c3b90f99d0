"""Whether what comes after the backups may begin: only where every critical item has a proven good slot, and everything was read.

A pure verdict over values. Not here: reading a store (`gate_rows`), what was to be read and was not (`evidence.packs.gate` judges it as packs
do). Invariant: it is open only for what is proven; whatever is pending, unknown, missing or not expected keeps it closed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import IntEnum
from zoneinfo import ZoneInfo

from evidence.assess.slots.values import GOOD, Outcome
from evidence.errors import ConfigurationError
from evidence.nights import Calendar

LEAST_CRITICAL = 1
"""Tiers 0 and 1 are critical where tiers are configured and no other is asked for."""
_YEARS = range(1970, 9000)
"""Of moments that have nights around them."""
LONGEST_AFTER = timedelta(hours=12)
"""A moment that lies longer after the last night's end is no morning after it: backups of the night that runs may count by then."""


class Code(IntEnum):
    """What the gate answers; the exit codes of the command."""

    OPEN = 0
    CLOSED = 3
    BLIND = 4
    """We could not look: nothing can be said, and nothing may begin."""


@dataclass(frozen=True, slots=True)
class GateItem:
    """Something that is protected, as the night's item list tells it."""

    item_key: str
    vault_id: str
    name: str
    workload: str | None = None
    tier: int | None = None


@dataclass(frozen=True, slots=True)
class GateSlot:
    """One slot in its last judgement."""

    item: GateItem
    part: str
    slot_at: datetime
    night: date
    """Its own night."""
    outcome: Outcome
    reason: str
    job_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unread:
    """Something that was to be read and was not."""

    subject: str
    """Name of the vault, or id of the subscription; `night` or `scope` where it is about those."""
    what: str
    reason: str
    essential: bool
    """Whether nothing can be said without it: a list of jobs, of items, of vaults, or the night itself."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One thing that keeps the gate closed."""

    what: str
    """`slot`, `no slot`, `no item` or `coverage`."""
    subject: str
    reason: str
    outcome: str | None = None
    item_key: str | None = None
    vault_id: str | None = None
    workload: str | None = None
    tier: int | None = None
    part: str | None = None
    slot_at: datetime | None = None
    job_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer, with everything that stands against it."""

    code: Code
    critical: int
    """Items asked for."""
    proven: int
    """Those of them with a proven good slot."""
    obstacles: tuple[Obstacle, ...]
    """What could not be read first, then by tier, item and time."""


def last_ended(calendar: Calendar, moment: datetime) -> date:
    """The night that ended last before a moment, or at it."""
    return calendar.night_of(moment) - timedelta(days=1)


def night_before(calendar: Calendar, before: datetime) -> date:
    """The night that ended last before a moment; raises ConfigurationError where that is no longer the one that is meant."""
    night = last_ended(calendar, before)
    ended = calendar.window(night).end
    if before - ended > LONGEST_AFTER:
        raise ConfigurationError(
            f"It is not plain which night is meant by {before:%Y-%m-%d %H:%M} UTC.",
            cause=f"Night {night} ended at {ended:%Y-%m-%d %H:%M} UTC, longer than {LONGEST_AFTER.seconds // 3600} h before, and the next has not.",
            next_step=f"Name the night: --night {night}; or let nights end before that time: night_starts_at.",
        )
    return night


def moment_of(text: str, calendar: Calendar, now: datetime) -> datetime:
    """`HH:MM` of the present day, or an ISO 8601 moment, in the calendar's zone where none is told; UTC. Raises ConfigurationError."""
    zone = ZoneInfo(calendar.time_zone)
    local = now.astimezone(zone)
    try:
        moment = datetime.fromisoformat(f"{local:%Y-%m-%d}T{text}" if len(text) == len("07:00") else text)
    except ValueError:
        moment = None
    if moment is None or moment.year not in _YEARS:
        raise ConfigurationError(
            f"{text!r} is no time.", next_step="Write 07:00, or a moment such as 2026-11-22T07:00+01:00."
        )
    return (moment.replace(tzinfo=zone) if moment.tzinfo is None else moment).astimezone(UTC)


def judge_gate(
    items: Sequence[GateItem],
    slots: Iterable[GateSlot],
    unread: Sequence[Unread],
    *,
    before: datetime,
    least: int | None,
) -> Verdict:
    """The verdict; `least` is the last tier that counts, None: every item counts.

    Of each critical item the slots due before the moment count, on the last night that has any: of each part the last one must be good. A run that
    was named since and not expected, as of an item whose protection was stopped, leaves nothing proven.
    """
    by_item: dict[str, list[GateSlot]] = {}
    known = {one.item_key: one for one in items}
    for slot in slots:
        by_item.setdefault(slot.item.item_key, []).append(slot)
        known.setdefault(slot.item.item_key, slot.item)
    critical = [one for one in known.values() if least is None or (one.tier is not None and one.tier <= least)]
    against = {one.item_key: _against(one, by_item.get(one.item_key, ()), before) for one in critical}
    coverage = [Obstacle("coverage", one.subject, f"{one.what}: {one.reason}") for one in _worst_first(unread)]
    found = [obstacle for many in against.values() for obstacle in many]
    blind = any(one.essential for one in unread)
    # Where a list of items was not read, that none is known means nothing.
    nothing = [] if critical or blind else [_nothing(least)]
    return Verdict(
        Code.BLIND if blind else Code.CLOSED if found or nothing or unread else Code.OPEN,
        len(critical),
        sum(not many for many in against.values()),
        (*coverage, *nothing, *sorted(found, key=_order)),
    )


def _worst_first(unread: Sequence[Unread]) -> list[Unread]:
    return sorted(unread, key=lambda one: (not one.essential, one.subject, one.what))


def _against(item: GateItem, slots: Sequence[GateSlot], before: datetime) -> list[Obstacle]:
    """What stands against one item; nothing where it is proven."""
    due = [one for one in slots if one.slot_at < before and one.outcome is not Outcome.NOT_EXPECTED]
    if not due:
        return [_obstacle(item, "no slot", _undue(slots, before))]
    night = max(one.night for one in due)
    if any(one.night > night for one in slots if one.slot_at < before):
        # A policy that runs seldom names no run on other nights: one that was named and not due tells that protection is off.
        return [_obstacle(item, "no slot", _undue(slots, before))]
    last: Mapping[str, GateSlot] = {
        one.part: one for one in sorted(due, key=lambda one: one.slot_at) if one.night == night
    }
    return [_obstacle(item, "slot", one.reason, one) for part, one in sorted(last.items()) if one.outcome not in GOOD]


def _undue(slots: Sequence[GateSlot], before: datetime) -> str:
    told = sorted((one for one in slots if one.slot_at < before), key=lambda one: one.slot_at)
    if told:
        return f"no run was expected: {told[-1].reason}"
    return "no policy expected a run of it, as far back as was looked"


def _obstacle(item: GateItem, what: str, reason: str, slot: GateSlot | None = None) -> Obstacle:
    return Obstacle(
        what=what,
        subject=item.name,
        reason=reason,
        outcome=None if slot is None else str(slot.outcome),
        item_key=item.item_key,
        vault_id=item.vault_id,
        workload=item.workload,
        tier=item.tier,
        part=None if slot is None else slot.part,
        slot_at=None if slot is None else slot.slot_at,
        job_ids=() if slot is None else slot.job_ids,
    )


def _nothing(least: int | None) -> Obstacle:
    asked = (
        "no item is protected in this scope" if least is None else f"no item of tier {least} or above is in this scope"
    )
    return Obstacle("no item", "scope", f"{asked}, so nothing is proven")


def _order(one: Obstacle) -> tuple[int, str, str, str]:
    return (99 if one.tier is None else one.tier, one.subject, one.item_key or "", one.part or "")
