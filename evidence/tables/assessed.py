"""Tables whose rows are judgements over all that was known at a moment; a later judgement is a new row."""

from __future__ import annotations

from evidence.tables.columns import COMMON, COUNT, TEXT, TEXTS, TIME, Column, Table

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

RECONCILIATION = Table(
    "reconciliation",
    "one difference between two sources, or one comparison that was or could not be made, as known then",
    ("assessment_id", "thing", "thing_key", "compared_with", "field", "event_night"),
    (
        *COMMON,
        Column("assessment_id", TEXT, "id", "Assessment that made the row.", required=True),
        Column("assessed_at", TIME, "UTC", "When it was judged.", required=True),
        Column("thing", TEXT, "word", "`subscription, vault, item, job` or `resource`.", required=True),
        Column(
            "thing_key",
            TEXT,
            "id",
            "Lower-cased ARM id; of a job its id; of a whole comparison its vault or subscription.",
            required=True,
        ),
        Column("name", TEXT, "text", "Name that people know it by."),
        Column("of_vault_id", TEXT, "ARM id", "Vault that holds it, where it is held by one."),
        Column(
            "compared_with",
            TEXT,
            "word",
            "Second source: `resource_graph`, `approved` or `inventory`; the first is what the vaults answered.",
            required=True,
        ),
        Column(
            "difference",
            TEXT,
            "word",
            "`only_azure, only_second, differs` or `unprotected`; `compared` where a whole comparison was made, "
            "`not_comparable` where one side was not read.",
            required=True,
        ),
        Column(
            "field",
            TEXT,
            "column",
            "What differs; `presence` where one side lacks the thing, `all` or a list's name of a whole comparison.",
            required=True,
        ),
        Column(
            "azure_says",
            TEXT,
            "text",
            "What the vaults answered; null where they do not know it. Of a whole comparison their number of things.",
        ),
        Column("second_says", TEXT, "text", "The same of the second source."),
        Column("things", COUNT, "things", "Of a whole comparison: things that either side told, each counted once."),
        Column("reason", TEXT, "text", "What it may mean, and what to do.", required=True),
    ),
)
