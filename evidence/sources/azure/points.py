"""Asks for the recovery points of the items that the plan names, in its order, as far as the budget goes.

Not here: whose turn it is (`points_plan`). Without a filter Azure lists all points, and of databases in most recorded answers the
ranges of log backups too, the only trace that scheduled ones leave. Invariant: where the first answer does not itself show log
backups up to this night, their list is asked as well (docs/adr/0010).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final

from evidence.nights import Window
from evidence.records import CaptureRequest, Coverage, Kind, Outcome, Vault
from evidence.sources.azure.checks import with_duplicates
from evidence.sources.azure.coverage import cover
from evidence.sources.azure.items import item_of, moment_of
from evidence.sources.azure.points_plan import Due, Need, Planner, PointsPlan, resting
from evidence.sources.azure.policy_terms import terms_of
from evidence.sources.azure.questions import Question, Reading, Readings, Row, Shape
from evidence.sources.azure.session import Session

LOG_RANGES: Final = "restorePointQueryType eq 'Log'"
WITH_DELETED: Final = "includeSoftDeletedRP eq 'True'"
"""For items that Azure keeps only until a deferred deletion: their points may be soft-deleted with them."""


@dataclass(frozen=True, slots=True)
class Listed:
    """What tonight's lists of a vault told, from which is planned."""

    items: Reading
    policies: Reading
    jobs: Readings


def read_points(session: Session, vault: Vault, request: CaptureRequest, listed: Listed) -> Coverage:
    """Recovery points of the items due tonight, each once."""
    found = {item.key: item for row in listed.items.rows if (item := item_of(row)) is not None}
    unknown = sum(item_of(row) is None for row in listed.items.rows)
    planner = Planner(vault, request, terms_of(listed.policies.rows), session.options.tiers)
    plan = planner.plan(list(found.values()), listed.jobs.rows)
    asked = _ask(session, vault, plan, request.window)
    coverage = cover(
        Kind.RECOVERY_POINTS,
        asked.readings,
        not_asked=asked.not_asked,
        quota=asked.quota,
        doubt="; ".join(_doubts(listed, unknown)) or None,
        notes=list(resting(plan)),
    )
    return _as_planned(coverage, plan)


def _ask(session: Session, vault: Vault, plan: PointsPlan, window: Window) -> Readings:
    """Ask for each item in turn, and stop where the budget does."""
    readings: list[Reading] = []
    for place, due in enumerate(plan.due):
        told = list(_read_item(session, vault, due, window))
        readings += (reading for reading in told if reading.answers or not reading.refused)
        if told[-1].refused or told[-1].throttled:
            # A list of this item that was refused is among what was left out.
            left = [one.item.name for one in plan.due[place + (not told[-1].refused) :]]
            why = told[-1].brief if told[-1].refused else told[-1].failure
            return Readings(tuple(readings), len(left), tuple(left), (why or "").removeprefix("quota: ") or None)
    return Readings(tuple(readings), 0)


def _read_item(session: Session, vault: Vault, due: Due, window: Window) -> Iterator[Reading]:
    """The points of one item; of a database its log ranges too, where the first answer leaves them open."""
    points = _read_list(session, vault, due, None)
    yield points
    ended = points.refused or points.throttled
    if due.item.is_database and not ended and not shows_logs(points.rows, window):
        yield _read_list(session, vault, due, LOG_RANGES)


def _read_list(session: Session, vault: Vault, due: Due, asked_filter: str | None) -> Reading:
    path = due.item.path
    clauses = (asked_filter, WITH_DELETED if due.item.is_soft_deleted else None)
    operation = partial(
        session.backup.recovery_points.list,
        vault.name,
        vault.resource_group,
        path.fabric,
        path.container,
        path.item,
        filter=" and ".join(clause for clause in clauses if clause) or None,
    )
    restored = due.need is Need.RESTORED
    question = Question(Kind.RECOVERY_POINTS, Shape.LIST, subject=due.item.item_id, essential=restored)
    return with_duplicates(session.read_list(question, operation))


def shows_logs(rows: Sequence[Row], window: Window) -> bool:
    """Whether a list holds a range of log backups that reaches into the night."""
    return any(end is not None and end > window.start for row in rows for end in _range_ends(row))


def _range_ends(row: Row) -> Iterator[datetime | None]:
    properties = row.get("properties")
    ranges = properties.get("timeRanges") if isinstance(properties, Mapping) else None
    told = ranges if isinstance(ranges, list) else []
    return (moment_of(one.get("endTime")) for one in told if isinstance(one, Mapping))


def _as_planned(coverage: Coverage, plan: PointsPlan) -> Coverage:
    """Where items rest and none was due, nothing was read because nothing had to be: that is not `nothing is there`."""
    if coverage.outcome is Outcome.COLLECTED_ZERO and not plan.due and plan.proven + plan.idle:
        return replace(coverage, outcome=Outcome.COLLECTED)
    return coverage


def _doubts(listed: Listed, unknown: int) -> Iterator[str]:
    if not listed.items.whole:
        yield "the item list was not read whole, so other items may have points"
    if unknown:
        told = "1 item listed bears" if unknown == 1 else f"{unknown} items listed bear"
        yield f"{told} no id that names a container, so points cannot be asked for"
