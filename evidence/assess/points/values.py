"""What is known of an item's recovery points, and what is expected of them.

Not here: reading sealed rows (`evidence.runs.points_seen`), judging. Invariants: all times are UTC and aware; a stretch of time whose
points were not read is told apart from one without points.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from evidence.assess.about import About


@dataclass(frozen=True, slots=True)
class Observed:
    """One recovery point, or one range of log backups (then `at` is None), as one reading told it."""

    recovery_point_id: str | None
    """None where the list of items alone told of the point."""
    observed_at: datetime
    at: datetime | None = None
    range_start_at: datetime | None = None
    range_end_at: datetime | None = None
    point_type: str | None = None
    consistency: str | None = None
    tiers: tuple[str, ...] = ()
    """`tier=state` as in the table."""
    expires_at: datetime | None = None
    rule_name: str | None = None
    soft_deleted: bool = False


class Of(StrEnum):
    """What a reading tells of."""

    POINTS = "points"
    LOGS = "logs"


@dataclass(frozen=True, slots=True)
class Reading:
    """A list that was read whole: it tells every point made in `[since, read_at)` that was still kept at `read_at`.

    A list of points: `since` is `read_at` less the shortest retention, so that nothing made since can have expired unseen. The
    last recovery point in a list of items: `since` is that point's time.
    """

    read_at: datetime
    """When its first page was received: a point last told before is left out by it."""
    since: datetime
    of: Of = Of.POINTS
    whole: bool = True
    """Whether it tells all points that are kept, so that one it leaves out is gone; False for the last point in a list of items."""


@dataclass(frozen=True, slots=True)
class Held:
    """One point, or the unbroken coverage of log backups, over all its observations."""

    start: datetime
    end: datetime
    """Equal to `start` but for logs."""
    recovery_point_id: str | None
    observed_at: datetime
    """Of its last observation."""
    point_type: str | None = None
    consistency: str | None = None
    tiers: tuple[str, ...] = ()
    expires_at: datetime | None = None
    rule_name: str | None = None
    gone_at: datetime | None = None
    """From when it is no longer there to be used: expired, soft-deleted, or left out of a whole list; None while it is there."""
    deleted: bool = False
    """Gone although it had not expired, as far as Azure told its expiry."""

    @property
    def logs(self) -> bool:
        """Whether it is a range of log backups."""
        return self.end > self.start


@dataclass(frozen=True, slots=True)
class ItemPoints:
    """All that was told of one item's points up to a moment."""

    about: About
    held: Sequence[Held]
    """By start; from `merging.merged`."""
    readings: Sequence[Reading]
    counted_from: datetime | None = None
    """The first run due after it was protected: nothing is asked of the time before (None: protected all along)."""
    counted_until: datetime | None = None
    """When its protection ended; None while it stands."""
    counted_before: tuple[tuple[datetime | None, datetime], ...] = ()
    """Stretches in which it was protected before that: each from its first run (None: all along) until its protection ended."""


@dataclass(frozen=True, slots=True)
class Demand:
    """Where a point must be held to be usable."""

    tiers: frozenset[str] = frozenset()
    """Tiers or data stores, folded, one of which must hold it; empty: any that Azure calls valid."""
    within: timedelta = timedelta(0)
    """How long after its time a point may be held elsewhere only (the copy to the vault takes its time)."""
    logs: bool = False
    """Whether moments are recovered from log backups besides: a range counts as far as it reaches back to a full backup."""


class Unit(StrEnum):
    """Units of retention as policies write them."""

    DAYS = "Days"
    WEEKS = "Weeks"
    MONTHS = "Months"
    YEARS = "Years"


@dataclass(frozen=True, slots=True)
class Kept:
    """How long one rule of a policy keeps a point."""

    count: int
    unit: Unit

    def after(self, moment: datetime) -> datetime:
        """The promised expiry of a point made at a moment; months and years by the calendar."""
        from evidence.assess.points.calendar import later

        return later(moment, self)


@dataclass(frozen=True, slots=True)
class Promises:
    """What one version of a policy promises of the keeping of points."""

    rules: Mapping[str, Mapping[str, Kept]]
    """By part (`full`, `log` …; empty for policies of one part), then by rule name folded (`daily`, `weekly`, a tag of a Backup vault;
    empty for a simple retention); of Backup vaults the rule name is followed by `@` and the folded data store."""
    unreadable: tuple[str, ...] = ()
    """What of the retention could not be read, and why."""


@dataclass(frozen=True, slots=True)
class Target:
    """How old the newest usable point may be."""

    rpo: timedelta
    source: str
    """`tier rule` or `policy-derived`."""
    tier: int | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the policy in force expects of an item's points."""

    interval: timedelta | None
    """Longest stretch between two scheduled runs that make points; None where the schedule could not be read."""
    start_delay: timedelta = timedelta(0)
    log_every: timedelta | None = None
    demand: Demand = field(default_factory=Demand)
    app_consistent: bool = False
    """Whether a database rests on it, whatever earlier points were."""
    promises: Promises | None = None
    """Of the version in force when the newest points were made; None where it is not known."""
    promised_from: datetime | None = None
    """Points made before are promised nothing by it; None: it promises to all."""
    promises_now: Promises | None = None
    """Of the version that stands, where it is another one."""


class Standing(StrEnum):
    """How an item stands against its target."""

    ATTAINED = "attained"
    BREACHED = "breached"
    UNKNOWN = "unknown"
    """What would tell was not read."""
    NO_TARGET = "no_target"
    """No rule names a target, and the policy tells none."""
    NOT_COUNTED = "not_counted"
    """Not protected within the period."""


@dataclass(frozen=True, slots=True)
class Age:
    """How old the newest usable point is at a moment."""

    standing: Standing
    at: datetime
    age: timedelta | None
    """None where no usable point was seen."""
    newest_at: datetime | None
    recovery_point_id: str | None
    target: Target | None
    reason: str
    """One sentence."""


@dataclass(frozen=True, slots=True)
class Attainment:
    """How much of a period an item was within its target; the three spans add up to the period as far as it counts."""

    standing: Standing
    start: datetime
    end: datetime
    target: Target | None
    attained: timedelta
    missed: timedelta
    unknown: timedelta
    max_gap: timedelta | None
    """Longest stretch between usable points that were seen, with the one before the period and the open end; None where none was seen."""
    breaches: int
    """Stretches out of target that were proven."""

    @property
    def share(self) -> float | None:
        """Share of the period proven to be within the target, 0 to 1; None where there is nothing to count."""
        whole = self.attained + self.missed + self.unknown
        return self.attained / whole if whole and self.target is not None else None


@dataclass(frozen=True, slots=True)
class RollUp:
    """Items of one tier that attained their target, of all that have one."""

    tier: int | None
    attained: int
    breached: int
    unknown: int
    without_target: int
    """Not among the others; nor are items that were not protected within the period."""

    @property
    def of(self) -> int:
        """Items with a target: the denominator, unknown ones included."""
        return self.attained + self.breached + self.unknown
