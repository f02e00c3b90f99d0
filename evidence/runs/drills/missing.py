"""Drills whose window and grace are over without a completed restore: missed, tried in vain, or not known.

Not here: recording that one was missed (`nightly`), the exception that follows (`detecting.drills`). Invariants: a drill is missed only where every night of its window
was read and nothing that was read could be its restore; what was not read, not classified or of no known item makes it unknown, which is said and is
neither missed nor done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from evidence.drills.fold import Book
from evidence.drills.values import Drill, Execution, State, Verdict
from evidence.nights import Calendar
from evidence.records import Kind
from evidence.runs.capture import NIGHTS_READ_AGAIN
from evidence.runs.drills.around import Around, nights_between
from evidence.runs.drills.found import FoundRestore

CROSS_REGION = "cross_region"
MOST_NAMED = 5
"""Nights or jobs that a sentence names; how many more there are is told."""


class Overdue(StrEnum):
    """What is known of a drill that is overdue."""

    MISSED = "missed"
    TRIED = "tried"
    """Something was restored for it, and nothing completed."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class OverdueDrill:
    """A planned drill whose window, grace and last night are over."""

    drill: Drill
    outcome: Overdue
    reason: str
    """One sentence, with what would tell where it is not known."""


def overdue_drills(
    book: Book, find: Callable[[], Sequence[FoundRestore]], around: Around, now: datetime
) -> tuple[OverdueDrill, ...]:
    """All drills that are overdue at a moment, by id; restores are looked for where there are any. Raises IntegrityError, StoreError."""
    late = [
        drill
        for _, drill in sorted(book.drills.items())
        if drill.state is State.PLANNED and drill.superseded_by is None and now >= over_at(drill, around.calendar)
    ]
    found = find() if late else ()
    return tuple(_judged(drill, found, around) for drill in late)


def deadline(drill: Drill) -> datetime:
    """When window and grace end."""
    return drill.planned.window_end + drill.planned.grace


def over_at(drill: Drill, calendar: Calendar) -> datetime:
    """When the night in which window and grace end is over itself: what it holds is read after that."""
    return calendar.window(calendar.night_of(deadline(drill))).end


def _judged(drill: Drill, found: Sequence[FoundRestore], around: Around) -> OverdueDrill:
    if drill.executions:
        told = ", ".join(f"{one.job_id} is {one.status or 'without status'}" for one in drill.executions)
        return OverdueDrill(drill, Overdue.TRIED, f"Nothing was restored for it to the end: {told}.")
    may_be = [why for one in found if (why := _may_be(one, drill)) is not None]
    if may_be:
        return OverdueDrill(drill, Overdue.UNKNOWN, _some(may_be, "; ") + ".")
    unread = list(_unread(drill, around))
    if unread:
        nights = _some([str(night) for night in unread], ", ")
        return OverdueDrill(drill, Overdue.UNKNOWN, f"Jobs of its vault were not read whole of the nights {nights}.")
    first, last = drill.planned.window_start, deadline(drill)
    said = f"No restore of {drill.planned.subject} began from {first:%Y-%m-%d %H:%M}Z to {last:%Y-%m-%d %H:%M}Z, of which every night was read."
    return OverdueDrill(drill, Overdue.MISSED, said)


def _may_be(one: FoundRestore, drill: Drill) -> str | None:
    """Why a restore that stands in no record may be that of a drill; None where it cannot."""
    job, verdict = one.execution, one.classification.verdict
    if one.drill_id is not None or verdict is Verdict.PRODUCTION_RECOVERY or not _in_time(job, drill):
        return None
    if job.vault_id != drill.planned.vault_id.lower() or job.item_key not in {None, drill.planned.item_key}:
        return None
    if job.item_key is None:
        return f"Restore job {job.job_id} of the vault began in its time, and of which item is not known"
    if verdict is Verdict.UNCLASSIFIED:
        return f"Restore job {job.job_id} of the item is unclassified (backup-evidence drills classify {job.job_id})"
    return f"Restore job {job.job_id} of the item fits {len(one.waiting)} drills (backup-evidence drills link)"


def _in_time(job: Execution, drill: Drill) -> bool:
    return job.started_at is None or drill.planned.window_start <= job.started_at <= deadline(drill)


def _unread(drill: Drill, around: Around) -> Iterator[date]:
    """Nights of window and grace whose jobs no run read whole, neither in time nor by listing them again."""
    calendar, vault = around.calendar, drill.planned.vault_id.lower()
    kinds = (Kind.JOBS, Kind.CROSS_REGION_JOBS) if drill.planned.drill_type == CROSS_REGION else (Kind.JOBS,)
    last = calendar.night_of(deadline(drill))
    for night in nights_between(calendar.night_of(drill.planned.window_start), last):
        again = [night + timedelta(days=ahead) for ahead in range(NIGHTS_READ_AGAIN)]
        if not all(any(vault in around.whole(one, kind) for one in again) for kind in kinds):
            yield night


def _some(told: Sequence[str], between: str) -> str:
    more = f"{between}and {len(told) - MOST_NAMED} more" if len(told) > MOST_NAMED else ""
    return between.join(told[:MOST_NAMED]) + more
