"""Which tables there are, which columns they have, and how rows become the same Parquet bytes everywhere.

Not here: how rows are made (`normalize`, `assess`). Invariant: every column has a type, a unit and a sentence; the data
dictionary is made from these and from nothing else.
"""

from __future__ import annotations

from evidence.tables.aging import AGING, EXCEPTIONS_WEEK
from evidence.tables.assessed import RECONCILIATION, RESTORE_LINKS
from evidence.tables.columns import SCHEMA_VERSION, Column, Table
from evidence.tables.detected import CANARIES, NOT_COMPARED
from evidence.tables.drills import (
    DEVIATIONS,
    DRILL_EXECUTIONS,
    DRILLS,
    DRILLS_TABLES,
    SIGNOFFS,
    VALIDATIONS,
)
from evidence.tables.drills_around import DRILL_ITEMS, DRILL_PLANS, DRILL_RESTORES, DRILL_SAMPLES
from evidence.tables.judged import EXCEPTION_EVENTS, EXCEPTIONS, SLOTS
from evidence.tables.made import FIGURES, ODDITIES, PRESENCE, RESTATED
from evidence.tables.notified import NOTIFICATIONS
from evidence.tables.objectives import ATTAINMENT
from evidence.tables.observed import (
    CALLS,
    COVERAGE,
    JOBS,
    POLICIES,
    PROTECTED_ITEMS,
    RECOVERY_POINTS,
    RESTORE_JOBS,
    VAULTS,
)
from evidence.tables.oversight import ACCESS, CONFIGURATION_CHANGES, DELIVERIES, REVIEWS
from evidence.tables.parquet import empty, from_columns, from_rows, ordered, read_parquet, to_parquet
from evidence.tables.repeated import joined
from evidence.tables.second_sources import ACTIVITY, CONTAINERS, INVENTORY

OBSERVED: tuple[Table, ...] = (
    CALLS,
    COVERAGE,
    VAULTS,
    POLICIES,
    CONTAINERS,
    PROTECTED_ITEMS,
    JOBS,
    RECOVERY_POINTS,
    RESTORE_JOBS,
    ACTIVITY,
    INVENTORY,
)
ASSESSED: tuple[Table, ...] = (
    RESTORE_LINKS,
    RECONCILIATION,
    SLOTS,
    EXCEPTIONS,
    EXCEPTION_EVENTS,
    CANARIES,
    NOT_COMPARED,
)
OVERSIGHT: tuple[Table, ...] = (REVIEWS, DELIVERIES, ACCESS, CONFIGURATION_CHANGES)
MADE: tuple[Table, ...] = (FIGURES, PRESENCE, RESTATED, ODDITIES)
ALL: dict[str, Table] = {
    table.name: table
    for table in (*OBSERVED, *ASSESSED, *MADE, AGING, EXCEPTIONS_WEEK, ATTAINMENT, *OVERSIGHT, *DRILLS_TABLES)
}
"""Tables that packs may hold; NOTIFICATIONS stay in the store."""

__all__ = [
    "ACCESS",
    "ACTIVITY",
    "AGING",
    "ALL",
    "ASSESSED",
    "ATTAINMENT",
    "CALLS",
    "CANARIES",
    "CONFIGURATION_CHANGES",
    "CONTAINERS",
    "COVERAGE",
    "DELIVERIES",
    "DEVIATIONS",
    "DRILLS",
    "DRILLS_TABLES",
    "DRILL_EXECUTIONS",
    "DRILL_ITEMS",
    "DRILL_PLANS",
    "DRILL_RESTORES",
    "DRILL_SAMPLES",
    "EXCEPTIONS",
    "EXCEPTIONS_WEEK",
    "EXCEPTION_EVENTS",
    "FIGURES",
    "INVENTORY",
    "JOBS",
    "MADE",
    "NOTIFICATIONS",
    "NOT_COMPARED",
    "OBSERVED",
    "ODDITIES",
    "OVERSIGHT",
    "POLICIES",
    "PRESENCE",
    "PROTECTED_ITEMS",
    "RECONCILIATION",
    "RECOVERY_POINTS",
    "RESTATED",
    "RESTORE_JOBS",
    "RESTORE_LINKS",
    "REVIEWS",
    "SCHEMA_VERSION",
    "SIGNOFFS",
    "SLOTS",
    "VALIDATIONS",
    "VAULTS",
    "Column",
    "Table",
    "empty",
    "from_columns",
    "from_rows",
    "joined",
    "ordered",
    "read_parquet",
    "to_parquet",
]
