"""Tables whose rows are judgements over all that was known at a moment; a later judgement is a new row."""

from __future__ import annotations

from evidence.tables.columns import COMMON, TEXT, TEXTS, TIME, Column, Table

RESTORE_LINKS = Table(
    "restore_links",
    "one restore job and the recovery point it came from, as known then",
    ("assessment_id", "vault_id", "job_id"),
    (
        *COMMON,
        Column("assessment_id", TEXT, "id", "Assessment that made the row.", required=True),
        Column("assessed_at", TIME, "UTC", "When it was judged.", required=True),
        Column("job_id", TEXT, "id", "Restore job.", required=True),
        Column("item_key", TEXT, "ARM id", "Item that was restored; null where it cannot be told."),
        Column("recovery_point_id", TEXT, "id", "Point the restore came from."),
        Column("recovery_point_at", TIME, "UTC", "Time of that point."),
        Column("link", TEXT, "word", "`id, exact, range, inferred, ambiguous` or `unlinked`.", required=True),
        Column("reason", TEXT, "text", "Why this link, or why none.", required=True),
        Column("candidates", TEXTS, "ARM ids", "Points that fit where the job does not tell one alone."),
    ),
)
