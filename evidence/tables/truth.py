"""The table of what a test of the store read whole, and of what it found not to be as promised.

Not here: testing (`evidence.runs.retention`). Invariant: an object of which no row tells was looked at and differed in nothing, but its content was not read.
"""

from __future__ import annotations

from evidence.tables.columns import COUNT, TEXT, TIME, Column, Table

TRUTH = Table(
    "truth",
    "one content that was read whole, or one difference between promise and store",
    ("check_id", "path", "fault"),
    (
        Column("check_id", TEXT, "id", "Test that made the row.", required=True),
        Column("checked_at", TIME, "UTC", "When the test began.", required=True),
        Column("path", TEXT, "path", "Object in the store; of a setting, what it is.", required=True),
        Column("outcome", TEXT, "word", "`whole`, `mismatch` or `unknown` (it could not be looked at).", required=True),
        Column("fault", TEXT, "word", "What differs; `none` where the content was read whole.", required=True),
        Column("promised", TEXT, "text", "What is promised.", required=True),
        Column("real", TEXT, "text", "What the store told, or why it told nothing.", required=True),
        Column("bytes", COUNT, "bytes", "Bytes that were read; null where none were."),
    ),
)
