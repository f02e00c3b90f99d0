"""All findings about one item's recovery points, as of one night.

Not here: each rule (`attainment`, `gaps`, `consistency`, `expiry`). Invariant: nothing is found where what would tell was not read.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from evidence.assess.findings import Class, Finding, Severity
from evidence.assess.points.attainment import current_age, spoken
from evidence.assess.points.consistency import downgrade
from evidence.assess.points.expiry import Early, early_points
from evidence.assess.points.gaps import Gap, log_breaks, point_gaps, rootless
from evidence.assess.points.usable import usable
from evidence.assess.points.values import ItemPoints, Standing, Target, Wanted
from evidence.assess.points.wanted import BY_POLICY
from evidence.nights import Window

ON_DEMAND = "Take a backup on demand, and find out why the scheduled ones left no point."


def point_findings(
    item: ItemPoints, wanted: Wanted, target: Target | None, night: date, window: Window
) -> Iterator[Finding]:
    """RPO breach, gaps, log chain, consistency and expiry of one item; ages are those at the end of the night's window."""
    yield from _breach(item, wanted, target, night, window)
    for gap in point_gaps(item, wanted, window.start, window.end):
        yield _gap(item, Class.POINT_GAP, gap, "usable points", target, night)
    for gap in log_breaks(item, wanted, window.start, window.end):
        yield _gap(item, Class.LOG_CHAIN_BREAK, gap, "log backups", target, night)
    yield from _rootless(item, wanted, night, window)
    yield from _downgrade(item, wanted, night, window)
    yield from _expiry(item, wanted, night, window)


def _breach(item: ItemPoints, wanted: Wanted, target: Target | None, night: date, window: Window) -> Iterator[Finding]:
    age = current_age(item, wanted, target, window.end)
    if age.standing is not Standing.BREACHED or age.target is None:
        return
    # What only the policy expects was promised by nobody.
    usual = Severity.WARNING if age.target.source == BY_POLICY else Severity.ERROR
    begun = item.counted_from or window.start if age.newest_at is None else age.newest_at + age.target.rpo
    yield _found(
        item,
        Class.RPO_BREACH,
        usual,
        night,
        at=begun,
        summary=age.reason,
        points=(age.recovery_point_id,),
        recommendation=ON_DEMAND,
    )


def _gap(item: ItemPoints, class_: Class, gap: Gap, what: str, target: Target | None, night: date) -> Finding:
    lasting = "; it still lasts" if gap.lasts else ""
    serious = target is None or gap.span > target.rpo
    return _found(
        item,
        class_,
        Severity.ERROR if serious else Severity.WARNING,
        night,
        at=gap.start,
        summary=f"Without {what} for {spoken(gap.span)} from {gap.start:%Y-%m-%d %H:%M} UTC, more than {spoken(gap.limit)}{lasting}.",
        points=(gap.before, gap.after),
        recommendation=ON_DEMAND if gap.lasts else None,
    )


def _rootless(item: ItemPoints, wanted: Wanted, night: date, window: Window) -> Iterator[Finding]:
    logs = rootless(item, wanted, window.end)
    if logs is not None:
        yield _found(
            item,
            Class.LOG_CHAIN_BREAK,
            Severity.ERROR,
            night,
            at=logs.start,
            summary=f"Log backups from {logs.start:%Y-%m-%d %H:%M} UTC on reach back to no full backup that can be used.",
            points=(logs.recovery_point_id,),
            recommendation="Take a full backup on demand: without one these logs restore nothing.",
        )


def _downgrade(item: ItemPoints, wanted: Wanted, night: date, window: Window) -> Iterator[Finding]:
    here = [one for one in item.held if one.start < window.end and usable(one, wanted.demand)]
    found = downgrade(here, app_consistent=wanted.app_consistent)
    if found is None:
        return
    since = "" if found.last_good is None else f"; the last such point is of {found.last_good.start:%Y-%m-%d %H:%M} UTC"
    yield _found(
        item,
        Class.CONSISTENCY_DOWNGRADE,
        Severity.ERROR if wanted.app_consistent else Severity.WARNING,
        night,
        at=found.point.start,
        summary=f"The newest point is {found.found}, and {found.expected} was expected{since}.",
        points=(found.point.recovery_point_id,),
        recommendation="Look at the VSS writers or scripts of the machine, then back up again.",
    )


def _expiry(item: ItemPoints, wanted: Wanted, night: date, window: Window) -> Iterator[Finding]:
    if wanted.promises is None:
        return
    found = list(early_points(item.held, wanted.promises, wanted.promises_now, wanted.promised_from, window.end))
    if found:
        worst = max(found, key=lambda one: (one.gone, one.promised_until - one.ends_at))
        yield _found(
            item,
            Class.EXPIRES_EARLY,
            Severity.ERROR if worst.gone and not worst.explained else Severity.WARNING,
            night,
            at=min(one.point.start for one in found),
            summary=_early(worst, len(found)),
            points=tuple(one.point.recovery_point_id for one in found),
            recommendation="Compare the retention of the policy with what Azure tells of the points, and find out who deleted them.",
        )


def _early(worst: Early, count: int) -> str:
    seen = f"was last told on {worst.point.observed_at:%Y-%m-%d} and was no longer there on"
    did = seen if worst.gone else "expires on"
    told = f"The point of {worst.point.start:%Y-%m-%d %H:%M} UTC {did} {worst.ends_at:%Y-%m-%d}"
    told += (
        f", and its policy promised {worst.kept.count} {worst.kept.unit.lower()}, until {worst.promised_until:%Y-%m-%d}"
    )
    told += "; the policy was shortened since" if worst.explained else ""
    return f"{told}." if count == 1 else f"{told}; {count} points in all."


def _found(
    item: ItemPoints,
    class_: Class,
    usual: Severity,
    night: date,
    *,
    at: datetime,
    summary: str,
    points: tuple[str | None, ...],
    recommendation: str | None,
) -> Finding:
    about = item.about
    return Finding(
        class_,
        about.severity(usual),
        about.vault_id,
        about.item_key,
        about.name,
        None,
        at,
        night,
        summary,
        about.workload,
        recovery_point_ids=tuple(one for one in points if one is not None),
        recommendation=recommendation,
    )
