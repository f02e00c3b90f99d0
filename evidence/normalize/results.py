"""What normalizing gives: rows by table, and all that could not be read.

Not here: how rows are made. Invariant: nothing that Azure sent is missing from rows and unread elements together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from evidence.nights import Calendar
from evidence.normalize.drift import Drift, Met, Watch
from evidence.records import Kind

Row = dict[str, object]
"""One row of a table of `evidence.tables`, column by column; a missing column is null."""


@dataclass(frozen=True, slots=True)
class CaptureContext:
    """What rows need to know about the run that made the capture."""

    night: date
    """Night captured for."""
    run_id: str
    calendar: Calendar
    tenant_id: str | None = None
    """Tenant of a call whose identity does not tell it."""
    captured_at: datetime | None = None
    """When the capture ended; tells when coverage was observed where no call was made at all."""


@dataclass(frozen=True, slots=True)
class Unread:
    """A body, or an element of one, that gives no row: of a kind not yet normalized, or not what was asked for."""

    call_id: str
    kind: Kind
    ordinal: int | None
    """Position in the answer; None where the whole body is meant."""
    reason: str
    text: str | None
    """The element as sent; None for a whole body, which the call itself keeps."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A value that could not be read: null in its column, untouched in `properties`; or a field that only the call keeps."""

    call_id: str
    table: str
    """Table of the column; for a field beside a list the kind of thing that was asked for."""
    ordinal: int | None
    """Position of the element in its answer; None for a field beside the list."""
    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class Normalized:
    """The rows of one capture, and what gave none."""

    calls: Sequence[Row] = ()
    coverage: Sequence[Row] = ()
    vaults: Sequence[Row] = ()
    policies: Sequence[Row] = ()
    containers: Sequence[Row] = ()
    protected_items: Sequence[Row] = ()
    jobs: Sequence[Row] = ()
    recovery_points: Sequence[Row] = ()
    restore_jobs: Sequence[Row] = ()
    activity: Sequence[Row] = ()
    inventory: Sequence[Row] = ()
    unread: tuple[Unread, ...] = ()
    problems: tuple[Problem, ...] = ()
    elements: Mapping[str, int] = field(default_factory=dict)
    """Elements that gave rows, by call: with the unread ones of a call they are all that its answer holds."""
    drift: Mapping[Drift, Met] = field(default_factory=dict)
    """Keys, types and words never seen before."""

    def tables(self) -> Mapping[str, Sequence[Row]]:
        """Rows by table name, in the order of `evidence.tables.OBSERVED`."""
        return {
            "calls": self.calls,
            "coverage": self.coverage,
            "vaults": self.vaults,
            "policies": self.policies,
            "containers": self.containers,
            "protected_items": self.protected_items,
            "jobs": self.jobs,
            "recovery_points": self.recovery_points,
            "restore_jobs": self.restore_jobs,
            "activity": self.activity,
            "inventory": self.inventory,
        }

    def unread_counts(self) -> Mapping[str, int]:
        """Unread elements and bodies by reason, for people."""
        return counted_unread(self.unread)

    def problem_counts(self) -> Mapping[str, int]:
        """Unreadable values by table and field, for people."""
        return counted_problems(self.problems)


def counted_unread(unread: Iterable[Unread]) -> Mapping[str, int]:
    """Unread elements and bodies by reason, for people."""
    return dict(sorted(Counter(f"{one.kind}: {one.reason}" for one in unread).items()))


def counted_problems(problems: Iterable[Problem]) -> Mapping[str, int]:
    """Unreadable values by table and field, for people."""
    return dict(sorted(Counter(f"{one.table}.{one.field}" for one in problems).items()))


@dataclass(slots=True)
class Findings:
    """Collects what could not be read while one capture is normalized."""

    unread: list[Unread] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    elements: Counter[str] = field(default_factory=Counter)
    watch: Watch = field(default_factory=Watch)
