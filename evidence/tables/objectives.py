"""The table of attainment: how much of a pack's period each item was within its recovery point objective.

Not here: judging it (`evidence.assess.points`), the pack's part (`evidence.packs.objectives`).
"""

from __future__ import annotations

from evidence.tables.columns import COUNT, NUMBER, TEXT, TIME, Column, Table

ATTAINMENT = Table(
    "attainment",
    "one item, and how much of the period it was within its recovery point objective as it was configured then",
    ("vault_id", "item_key"),
    (
        Column("vault_id", TEXT, "ARM id", "Vault that holds the item.", required=True),
        Column("item_key", TEXT, "ARM id", "Item.", required=True),
        Column("name", TEXT, "text", "Name that people know the item by."),
        Column("workload", TEXT, "word", "Workload of the item."),
        Column("tier", COUNT, "tier", "Tier by the rules in force at the end; null where no rule names one."),
        Column(
            "standing",
            TEXT,
            "word",
            "`attained`: within all the time; `breached`: proven out of it; `unknown`: not known of some of the time; `no_target`; "
            "`not_counted`: not protected within the period.",
            required=True,
        ),
        Column(
            "from_at", TIME, "UTC", "Begin of what is counted: the period's, or the item's first run.", required=True
        ),
        Column("to_at", TIME, "UTC", "End of what is counted.", required=True),
        Column("target_s", NUMBER, "seconds", "Objective at the end of the period; null where there is none."),
        Column("target_source", TEXT, "text", "Rule that names it, or `policy-derived`."),
        Column("within_s", NUMBER, "seconds", "Time proven to be within the objective.", required=True),
        Column("out_s", NUMBER, "seconds", "Time proven to be out of it.", required=True),
        Column(
            "unknown_s", NUMBER, "seconds", "Time of which it is not known; never within, never out.", required=True
        ),
        Column(
            "max_gap_s",
            NUMBER,
            "seconds",
            "Longest stretch between usable points, with the one before the period and the open end; null where none was seen.",
        ),
        Column("breaches", COUNT, "stretches", "Stretches proven out of the objective.", required=True),
    ),
)
