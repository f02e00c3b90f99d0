"""How old the newest usable point is, and how much of a period it was young enough (analytics 6.6).

Not here: which points are usable (`usable`), targets (`wanted`). Invariants: a share lies in 0 to 1; a further point never lowers it; time whose
points were not read is never attained by that, and never missed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from evidence.assess.points.spans import Span, common, length, united, without
from evidence.assess.points.usable import Stretch, recoverable
from evidence.assess.points.values import (
    Age,
    Attainment,
    ItemPoints,
    Of,
    RollUp,
    Standing,
    Target,
    Wanted,
)

_NONE = timedelta(0)
_WORST = (Standing.BREACHED, Standing.UNKNOWN, Standing.NO_TARGET, Standing.ATTAINED)
"""What stands for several stretches: the first of these that one of them is."""


def current_age(item: ItemPoints, wanted: Wanted, target: Target | None, at: datetime) -> Age:
    """The age of the newest usable point at a moment, against the target; a policy-derived target is labelled so."""
    newest, point_id = _newest(recoverable(item.held, wanted), wanted.log_every, at)
    age = None if newest is None else at - newest
    standing, reason = _standing(item, wanted, target, at, age)
    return Age(standing, at, age, newest, point_id, target, reason)


def _newest(stretches: Sequence[Stretch], step: timedelta | None, at: datetime) -> tuple[datetime | None, str | None]:
    """The newest moment that could be recovered at a moment, and its point."""
    found: tuple[datetime | None, str | None] = (None, None)
    for one in stretches:
        if one.start > at:
            break
        if one.gone_at is not None and one.gone_at <= at:
            continue
        moment = _reached(one, step, at)
        if found[0] is None or moment >= found[0]:
            found = (moment, one.recovery_point_id)
    return found


def _reached(one: Stretch, step: timedelta | None, at: datetime) -> datetime:
    """Up to when logs had been backed up at a moment; the begin of the range where their interval is not known."""
    if at >= one.end:
        return one.end
    if step is None:
        return one.start
    later_backups = -((at - one.end) // step)
    return max(one.start, one.end - later_backups * step)


def _standing(
    item: ItemPoints, wanted: Wanted, target: Target | None, at: datetime, age: timedelta | None
) -> tuple[Standing, str]:
    counted = _counted(item, wanted, at, at + timedelta.resolution)
    if target is None:
        return Standing.NO_TARGET, "No tier rule names a target, and its policy tells no interval."
    if not counted:
        return Standing.NOT_COUNTED, "No run was due of it yet, or its protection has ended."
    told = f"target {spoken(target.rpo)}, {target.source}"
    if age is not None and age <= target.rpo:
        return Standing.ATTAINED, f"The newest usable point is {spoken(age)} old ({told})."
    seen = "No usable point was seen" if age is None else f"The newest usable point seen is {spoken(age)} old"
    if not any(start <= at <= end for start, end in _decided(item, wanted, target.rpo)):
        return Standing.UNKNOWN, f"{seen} ({told}), and its points were not read since."
    return Standing.BREACHED, f"{seen} ({told})."


def attainment(item: ItemPoints, wanted: Wanted, target: Target | None, start: datetime, end: datetime) -> Attainment:
    """The share of `[start, end)` within the target, from all points ever seen; of time not read the result is unknown."""
    counted = _counted(item, wanted, start, end)
    stretches = recoverable(item.held, wanted)
    if target is None or not counted:
        standing = Standing.NO_TARGET if counted else Standing.NOT_COUNTED
        return Attainment(standing, start, end, target, _NONE, _NONE, _NONE, None, 0)
    covered, doubtful = _covered(stretches, wanted.log_every, target.rpo, start, end)
    attained = common(counted, covered)
    out = without(counted, covered)
    missed = without(common(out, _decided(item, wanted, target.rpo)), doubtful)
    unknown = without(out, missed)
    standing = Standing.UNKNOWN if unknown else Standing.ATTAINED
    return Attainment(
        standing=Standing.BREACHED if missed else standing,
        start=counted[0][0],
        end=counted[-1][1],
        target=target,
        attained=length(attained),
        missed=length(missed),
        unknown=length(unknown),
        max_gap=_max_gap(stretches, wanted.log_every, counted[0][0], counted[-1][1]),
        breaches=len(missed),
    )


def combined(parts: Iterable[Attainment]) -> Attainment:
    """The attainment of stretches that follow each other, each by what was in force then; at least one.

    A gap over a turn counts in each stretch as far as that stretch knows it.
    """
    found = list(parts)
    counted = [one for one in found if one.standing is not Standing.NOT_COUNTED]
    first, *others = counted or found
    if not others:
        return first
    gaps = [one.max_gap for one in counted if one.max_gap is not None]
    worst = next(one for one in _WORST if any(part.standing is one for part in counted))
    return Attainment(
        standing=worst,
        start=first.start,
        end=counted[-1].end,
        target=next((one.target for one in reversed(counted) if one.target is not None), None),
        attained=sum((one.attained for one in counted), _NONE),
        missed=sum((one.missed for one in counted), _NONE),
        unknown=sum((one.unknown for one in counted), _NONE),
        max_gap=max(gaps, default=None),
        breaches=sum(one.breaches for one in counted),
    )


def roll_up(found: Iterable[Attainment], tiers: Iterable[int | None]) -> Sequence[RollUp]:
    """Items that attained their target, of those that have one, by tier; `tiers` go with `found`."""
    return rolled_up((one.standing, tier) for one, tier in zip(found, tiers, strict=True))


def rolled_up(standings: Iterable[tuple[Standing, int | None]]) -> Sequence[RollUp]:
    """The same of standings, whether of a moment or of a period; those not counted are nowhere."""
    counts: dict[int | None, dict[Standing, int]] = {}
    for standing, tier in standings:
        counts.setdefault(tier, dict.fromkeys(Standing, 0))[standing] += 1
    ordered = sorted(counts, key=lambda tier: (tier is None, tier or 0))
    return [
        RollUp(
            tier,
            attained=counts[tier][Standing.ATTAINED],
            breached=counts[tier][Standing.BREACHED],
            unknown=counts[tier][Standing.UNKNOWN],
            without_target=counts[tier][Standing.NO_TARGET],
        )
        for tier in ordered
    ]


def _counted(item: ItemPoints, wanted: Wanted, start: datetime, end: datetime) -> list[Span]:
    """The period as far as something was asked of the item: its first run may begin late, and its protection may have been off for a while."""
    found = []
    for first, until in (*item.counted_before, (item.counted_from, item.counted_until)):
        begin = start if first is None else max(start, first + wanted.start_delay)
        found.append((begin, end if until is None else min(end, until)))
    return united(found)


def _covered(
    stretches: Iterable[Stretch], step: timedelta | None, rpo: timedelta, start: datetime, end: datetime
) -> tuple[list[Span], list[Span]]:
    """Time within the target; and time within ranges of logs of which that cannot be told, for their interval is not known."""
    found: list[Span] = []
    doubtful: list[Span] = []
    for one in stretches:
        gone = end if one.gone_at is None else one.gone_at
        for first, last in _spans(one, step, rpo, start):
            found.append((first, min(last, gone)))
        if one.end > one.start and step is None:
            doubtful.append((one.start, min(one.end, gone)))
    return united(found), united(doubtful)


def _spans(one: Stretch, step: timedelta | None, rpo: timedelta, start: datetime) -> Iterator[Span]:
    if one.end == one.start or (step is not None and step <= rpo):
        yield one.start, one.end + rpo
        return
    yield one.start, one.start + rpo
    yield one.end, one.end + rpo
    if step is None:
        return
    at = one.end - step
    while at > max(one.start, start - rpo):
        yield at, at + rpo
        at -= step


def _decided(item: ItemPoints, wanted: Wanted, rpo: timedelta) -> list[Span]:
    """Moments of which every point that could have kept them within the target is known."""
    known = _read(item, Of.POINTS)
    if wanted.demand.logs:
        known = common(known, _read(item, Of.LOGS))
    return [(start + rpo, end) for start, end in known if start + rpo <= end]


def _read(item: ItemPoints, of: Of) -> list[Span]:
    return united((one.since, one.read_at) for one in item.readings if one.of is of)


def _max_gap(stretches: Iterable[Stretch], step: timedelta | None, start: datetime, end: datetime) -> timedelta | None:
    """Longest stretch between usable points, with the one before `start` and the open end."""
    last: datetime | None = None
    found: list[timedelta] = []
    for one in stretches:
        if one.start >= end:
            break
        if one.start > start:
            found.append(one.start - (start if last is None else last))
        if step is not None and one.end > max(one.start, start):
            found.append(min(step, one.end - one.start))
        last = one.end if last is None else max(last, one.end)
    if last is None:
        return None
    return max([*found, end - last, _NONE])


def spoken(span: timedelta) -> str:
    """A span as people say it, to the minute."""
    minutes = int(span.total_seconds()) // 60
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [f"{number} {unit}" for number, unit in ((days, "d"), (hours, "h"), (minutes, "min")) if number]
    return " ".join(parts) or "0 min"
