"""Writes docs/data-dictionary.md from evidence/tables and evidence/normalize/unseen; a test compares the two. Run: .venv/bin/python tools/data_dictionary.py."""

from __future__ import annotations

from pathlib import Path

from evidence.normalize.unseen import NOT_YET_SEEN
from evidence.tables import ALL, Table

TARGET = Path(__file__).resolve().parent.parent / "docs" / "data-dictionary.md"
HEAD = """# Data dictionary

Made from `evidence/tables` by `tools/data_dictionary.py`; do not edit. All times are UTC with microseconds. `required` columns are never null. A CSV in a pack leaves out
`properties` and `envelope`; the Parquet file beside it holds all columns.
"""


UNSEEN = """
## Not yet seen for real

No recorded answer of Azure's holds these. Their rows are made by the field names of the SDK's models (azure-mgmt-recoveryservicesbackup 11.2.0), from
`evidence/normalize/unseen.py`; what Azure really sends may differ, and then stands in `properties`.

| what | model | told by | table |
|---|---|---|---|
"""


def dictionary() -> str:
    """The whole text, table by table, and what nobody has seen yet."""
    unseen = "".join(
        f"| {one.what} | {one.model} | `{one.discriminator}: {one.value}` | `{one.table}` |\n" for one in NOT_YET_SEEN
    )
    return HEAD + "".join(_table(table) for table in ALL.values()) + UNSEEN + unseen


def _table(table: Table) -> str:
    rows = "".join(
        f"| `{column.name}` | {column.type} | {column.unit} | {'yes' if column.required else ''} | {column.sentence} |\n"
        for column in table.columns
    )
    key = ", ".join(f"`{name}`" for name in table.key)
    return (
        f"\n## `{table.name}`\n\nOne row is {table.row}. Key: {key}.\n\n"
        f"| column | type | unit | required | what it says |\n|---|---|---|---|---|\n{rows}"
    )


if __name__ == "__main__":
    TARGET.write_text(dictionary(), encoding="utf-8")
