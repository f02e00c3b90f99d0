"""What is expected of an item's points: the target by tier rule or policy, the interval of its schedules, the keeping promised.

Not here: comparing with what is there. Invariant: what a policy does not tell, or what cannot be read of it, is expected by no number.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from evidence.assess.points.promises import read_promises
from evidence.assess.points.spans import Span
from evidence.assess.points.values import Demand, Target, Wanted
from evidence.assess.slots.orders import Repeating, Schedule, Unreadable, Unscheduled
from evidence.assess.slots.times import run_times
from evidence.assess.slots.values import Part, PolicyVersion
from evidence.tiers import ItemFacts, TierRule

BY_RULE, BY_POLICY = "tier rule", "policy-derived"
COPY_WITHIN = timedelta(hours=24)
"""How long the copy of a point to the vault may take: Azure's own limit for a daily policy."""
_VM_VAULT = frozenset({"hardenedrp", "archivedrp"})
_STORES = frozenset({"vaultstore", "archivestore"})
_DATABASE = "azureworkload"
_YEARS = (datetime(2025, 1, 1, tzinfo=UTC), datetime(2027, 2, 1, tzinfo=UTC))
"""Two fixed years, in which every rule of weeks, months and years comes round, and both clock changes."""
_WEEKS = (datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 1, 29, tzinfo=UTC))
"""Four weeks, enough for times and weekdays."""


def wanted_of(
    version: PolicyVersion,
    schedules: Sequence[Schedule | Unscheduled | Unreadable],
    start_within: timedelta,
    *,
    database: bool | None = None,
    now: PolicyVersion | None = None,
) -> Wanted:
    """What a version of a policy expects; `schedules` from `read_schedules(version)`, once for each version.

    `database`: whether a database rests on it whatever the policy is for (None: as the policy tells). `now`: the version that stands, where the
    policy was edited since.
    """
    timed = [one for one in schedules if isinstance(one, Schedule)]
    logs = [one.every for one in timed if one.part is Part.LOG and one.every is not None]
    runs = [one for one in timed if one.part is not Part.LOG]
    # A run of which it cannot be told whether it is due shortens no interval.
    sure = [one for one in runs if one.doubt is None]
    whole = len(timed) == len(schedules)
    of_database = (version.management_type or "").casefold() == _DATABASE
    return Wanted(
        interval=longest_stretch(sure) if whole else None,
        start_delay=start_within,
        log_every=min(logs, default=None),
        demand=replace(_demand(version, runs), logs=bool(logs)),
        app_consistent=of_database if database is None else database,
        promises=read_promises(version),
        promised_from=version.from_at,
        promises_now=None if now is None or now.content_sha256 == version.content_sha256 else read_promises(now),
    )


def rpo_target(facts: ItemFacts, rules: Sequence[TierRule], wanted: Wanted | None) -> Target | None:
    """The target of the first tier rule that fits, else the policy's interval and start delay, labelled; None where neither tells.

    Of a policy with log backups: twice their interval (analytics 6.1 and 6.6).
    """
    rule = next((one for one in rules if one.match.fits(facts)), None)
    tier = None if rule is None else rule.tier
    if rule is not None and rule.rpo is not None:
        return Target(rule.rpo, BY_RULE, tier)
    if wanted is None:
        return None
    if wanted.log_every is not None:
        return Target(wanted.log_every * 2, BY_POLICY, tier)
    return None if wanted.interval is None else Target(wanted.interval + wanted.start_delay, BY_POLICY, tier)


def longest_stretch(schedules: Iterable[Schedule]) -> timedelta | None:
    """Longest time between two consecutive runs that leave points which are kept, of all schedules together; None: fewer than two runs.

    Counted on the wall clock of two fixed years, so that clock changes do not lengthen it.
    """
    runs = tuple(schedules)
    span = reference_span(runs)
    moments = sorted({moment for one in runs for moment in kept_runs(one, span)})
    return max((later - earlier for earlier, later in pairwise(moments)), default=None)


def reference_span(schedules: Iterable[Schedule]) -> Span:
    """A fixed stretch of time in which every rule of the schedules comes round, always the same for the same schedules."""
    return _WEEKS if all(one.kept is None and one.repeating is None for one in schedules) else _YEARS


def kept_runs(schedule: Schedule, span: Span) -> Sequence[datetime]:
    """Runs of a schedule in a span whose points are kept, by the wall clock where its times are local."""
    repeating = schedule.repeating
    if repeating is None:
        clock = replace(schedule, zone="UTC")
    else:
        clock = replace(schedule, repeating=replace(repeating, first=_begun_before(repeating, span[0])))
    runs = run_times(clock, *span)
    return [moment for moment, day in runs if schedule.kept is None or schedule.kept.holds(day)]


def _begun_before(repeating: Repeating, start: datetime) -> datetime:
    """The first run moved by whole periods to before a moment: since when a policy runs is no matter of how often."""
    first = repeating.first
    if repeating.months:
        while first >= start:
            months = first.year * 12 + first.month - 1 - repeating.months
            first = first.replace(year=months // 12, month=months % 12 + 1)
        return first
    every = repeating.elapsed or timedelta(days=repeating.days)
    return first - max(0, -((start - first) // every)) * every


def _demand(version: PolicyVersion, runs: Sequence[Schedule]) -> Demand:
    """Policies that take every point to the vault demand it there, but for the time that the copy takes."""
    if not runs or not all(one.vault_copy for one in runs):
        return Demand()
    return Demand(_STORES if version.management_type is None else _VM_VAULT, COPY_WITHIN)
