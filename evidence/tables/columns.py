"""What a column and a table are, and the columns that every table shares."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa

SCHEMA_VERSION = 1
"""Version of all table schemas, in the metadata of each Parquet file; an unknown newer one is refused."""

TIME = pa.timestamp("us", tz="UTC")
TEXT = pa.string()
TEXTS = pa.list_(pa.string())
COUNT = pa.int64()
DAY = pa.date32()
FLAG = pa.bool_()
NUMBER = pa.float64()


@dataclass(frozen=True, slots=True)
class Column:
    """One column: name, Arrow type, unit and what it says."""

    name: str
    type: pa.DataType
    unit: str
    sentence: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One table: what a row is, its key, the order of its rows and its columns."""

    name: str
    row: str
    key: tuple[str, ...]
    """Columns whose values name one row; no two rows of a night's tables may share them."""
    columns: tuple[Column, ...]
    _schema: pa.Schema = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        fields = [
            pa.field(c.name, c.type, nullable=not c.required, metadata={"unit": c.unit, "description": c.sentence})
            for c in self.columns
        ]
        metadata: dict[bytes | str, bytes | str] = {
            "table": self.name,
            "row": self.row,
            "schema_version": str(SCHEMA_VERSION),
        }
        object.__setattr__(self, "_schema", pa.schema(fields, metadata=metadata))

    def schema(self) -> pa.Schema:
        """The Arrow schema, each field with its unit and sentence as metadata; made once, for it is asked for by every read."""
        return self._schema

    def names(self) -> tuple[str, ...]:
        """Column names in order."""
        return tuple(c.name for c in self.columns)


COMMON: tuple[Column, ...] = (
    Column("night", DAY, "date", "Backup night that the row was captured for.", required=True),
    Column("event_night", DAY, "date", "Backup night in which the job began, the point was made or the row was seen."),
    Column("tenant_id", TEXT, "id", "Microsoft Entra tenant that was asked."),
    Column("vault_id", TEXT, "ARM id", "Lower-cased ARM id of the vault.", required=True),
    Column("run_id", TEXT, "id", "Run that made the observation.", required=True),
    Column("capture_id", TEXT, "id", "All calls of one run to one vault.", required=True),
    Column("call_id", TEXT, "id", "Call whose answer holds the row."),
    Column("observed_at", TIME, "UTC", "When the answer had been received.", required=True),
    Column(
        "evidence_grade",
        TEXT,
        "A, B or C",
        "A: Azure's record; B: uploaded file; C: a person's statement.",
        required=True,
    ),
)

SENT: tuple[Column, ...] = (
    Column("properties", TEXT, "JSON", "The element's `properties` as Azure sent them, nothing left out."),
    Column("envelope", TEXT, "JSON", "Fields that Azure sent beside `properties` and that no column takes."),
)
