from __future__ import annotations

import pyarrow as pa
import pytest

from evidence.tables import (
    AGING,
    ALL,
    ASSESSED,
    ATTAINMENT,
    CANARIES,
    DRILLS_TABLES,
    EXCEPTION_EVENTS,
    EXCEPTIONS_WEEK,
    MADE,
    NOT_COMPARED,
    OBSERVED,
    OVERSIGHT,
    Table,
)
from evidence.tables.columns import COMMON, SENT

TYPES = {
    pa.string(),
    pa.list_(pa.string()),
    pa.int64(),
    pa.float64(),
    pa.bool_(),
    pa.date32(),
    pa.timestamp("us", tz="UTC"),
}

every_table = pytest.mark.parametrize("table", ALL.values(), ids=ALL)


@every_table
def test_every_column_has_a_type_a_unit_and_a_sentence(table: Table) -> None:
    for column in table.columns:
        assert column.name.isidentifier(), column.name
        assert column.name == column.name.lower()
        assert column.type in TYPES
        assert column.unit
        assert column.sentence.endswith((".", "…"))
        assert column.sentence[0].isupper() or column.sentence[0] == "`"


@every_table
def test_columns_are_named_once_and_begin_with_those_of_every_table(table: Table) -> None:
    names = table.names()
    assert len(set(names)) == len(names)
    # What a pack makes of its rows, what happened to an exception, and how well detectors looked, was observed by no call.
    if table not in (
        *MADE,
        AGING,
        EXCEPTIONS_WEEK,
        ATTAINMENT,
        *OVERSIGHT,
        *DRILLS_TABLES,
        EXCEPTION_EVENTS,
        CANARIES,
        NOT_COMPARED,
    ):
        assert table.columns[: len(COMMON)] == COMMON


@every_table
def test_the_key_is_made_of_columns_that_are_never_null_but_for_calls_of_none(table: Table) -> None:
    columns = {column.name: column for column in table.columns}
    # `call_id` is null only in coverage of what was never asked; every other row names its call. A comparison is always about a night.
    assert all(columns[name].required or name in {"call_id", "event_night"} for name in table.key)


@pytest.mark.parametrize("table", [table for table in OBSERVED if table.name not in {"calls", "coverage"}])
def test_what_azure_sent_is_kept_beside_its_columns(table: Table) -> None:
    assert table.columns[-len(SENT) :] == SENT


@every_table
def test_the_schema_carries_units_sentences_and_nullability(table: Table) -> None:
    schema = table.schema()
    assert schema.metadata[b"table"].decode() == table.name
    for column, field in zip(table.columns, schema, strict=True):
        assert (field.name, field.type, field.nullable) == (column.name, column.type, not column.required)
        assert field.metadata == {b"unit": column.unit.encode(), b"description": column.sentence.encode()}


def test_the_tables_of_the_design_are_there() -> None:
    assert [table.name for table in OBSERVED] == [
        "calls",
        "coverage",
        "vaults",
        "policies",
        "containers",
        "protected_items",
        "jobs",
        "recovery_points",
        "restore_jobs",
        "activity",
        "inventory",
    ]
    assert [table.name for table in ASSESSED] == [
        "restore_links",
        "reconciliation",
        "slots",
        "exceptions",
        "exception_events",
        "canaries",
        "not_compared",
    ]
    assert [table.name for table in MADE] == ["figures", "presence", "restated", "oddities"]
    assert [table.name for table in (AGING, *OVERSIGHT)] == [
        "aging",
        "reviews",
        "deliveries",
        "access",
        "configuration_changes",
    ]
