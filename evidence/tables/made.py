"""Tables that a pack makes of its own rows and of the seals of its nights, so that whoever holds the pack can count again.

Not here: making them (`evidence.packs.figures`, `evidence.packs.made`). Invariant: they hold nothing that the pack's other tables,
or the ledger entries of its nights, do not bear out; they have no call and no grade of their own.
"""

from __future__ import annotations

from evidence.tables.columns import COUNT, DAY, NUMBER, TEXT, TEXTS, TIME, Column, Table

FIGURES = Table(
    "figures",
    "one number that the report prints",
    ("anchor",),
    (
        Column("anchor", TEXT, "anchor", "Where the report prints it: `F-01`; the same in every pack.", required=True),
        Column("name", TEXT, "text", "What is counted.", required=True),
        Column(
            "value", TEXT, "text", "The number as the report prints it; `unknown` where nobody knows.", required=True
        ),
        Column("numerator", COUNT, "as in `unit`", "How many; null where nothing of it was read, which is not zero."),
        Column("denominator", COUNT, "as in `unit`", "Of how many; null where the number is a plain count."),
        Column("percent", NUMBER, "percent", "Their share, rounded down to a tenth; null where none is printed."),
        Column("unit", TEXT, "word", "What is counted.", required=True),
        Column("definition", TEXT, "text", "How it is counted, with the parameters in force.", required=True),
        Column("note", TEXT, "text", "What is to be known to read it: what it leaves out, or what it does not prove."),
        Column("file", TEXT, "path", "File of the pack that holds the rows.", required=True),
        Column(
            "filter", TEXT, "text", "Which of its rows are counted, by the columns of the Parquet file.", required=True
        ),
    ),
)

PRESENCE = Table(
    "presence",
    "one protected item and the nights of the period on which an item list showed it",
    ("item_key", "vault_id"),
    (
        Column("vault_id", TEXT, "ARM id", "Lower-cased ARM id of the vault.", required=True),
        Column("item_key", TEXT, "ARM id", "Lower-cased ARM id of the item.", required=True),
        Column("nights", COUNT, "nights", "How many nights it was seen.", required=True),
        Column("first_night", DAY, "date", "First night on which it was seen.", required=True),
        Column("last_night", DAY, "date", "Last night on which it was seen.", required=True),
        Column("seen", TEXTS, "spans of nights", "`first/last` of each unbroken span, both included.", required=True),
    ),
)

RESTATED = Table(
    "restated",
    "one job of an earlier night that this night saw in another state than the pack of its night tells",
    ("event_night", "vault_id", "job_id"),
    (
        Column("event_night", DAY, "date", "Night in which the job began.", required=True),
        Column("vault_id", TEXT, "ARM id", "Lower-cased ARM id of the vault.", required=True),
        Column("job_id", TEXT, "id", "Azure's job id.", required=True),
        Column("item", TEXT, "text", "Name of the item as the job tells it.", required=True),
        Column("state_then", TEXT, "word", "Status in the earlier pack; null where Azure had sent none."),
        Column("state_now", TEXT, "word", "Last known status, or `gone` where Azure says that there is no such job."),
        Column("observed_at", TIME, "UTC", "When it was seen so.", required=True),
        Column("earlier_pack", TEXT, "id", "The pack of its night, which stays as it was sealed.", required=True),
    ),
)

ODDITIES = Table(
    "oddities",
    "one sort of thing in a run's answers that could not be read, or that no answer ever held before",
    ("night", "run_id", "what", "sentence"),
    (
        Column("night", DAY, "date", "Backup night that the run captured.", required=True),
        Column("run_id", TEXT, "id", "Run that met it.", required=True),
        Column(
            "what",
            TEXT,
            "word",
            "`element`: kept and not read; `value`: a field that could not be read; `drift`: never seen before.",
            required=True,
        ),
        Column("sentence", TEXT, "text", "What it is, as the seal of the night tells it.", required=True),
        Column("count", COUNT, "times", "How often it came.", required=True),
        Column("calls", TEXTS, "ids", "The first calls whose answers held it; told of drift only.", required=True),
    ),
)
