"""Tables of what surrounds restore drills in a pack: all restores of the quarter, the items in scope, the plans and what their samples were drawn from.

Not here: the drills themselves (`drills`), making them (`evidence.packs.restore_drills`). Invariant: a restore that cannot be told, and an item that was due and never planned, are rows
like all others.
"""

from __future__ import annotations

from evidence.tables.columns import COUNT, DAY, FLAG, TEXT, TEXTS, TIME, Column, Table

_VAULT = Column("vault_id", TEXT, "ARM id", "Lower-cased ARM id of the vault.", required=True)
_GRADE = Column(
    "evidence_grade",
    TEXT,
    "A, B or C",
    "A: Azure's record; B: uploaded file or signed statement; C: a person's statement.",
    required=True,
)

DRILL_RESTORES = Table(
    "drill_restores",
    "one restore job that began in the quarter, and what it is held to be",
    ("vault_id", "job_id"),
    (
        _VAULT,
        Column("job_id", TEXT, "id", "Azure's job id.", required=True),
        Column("event_night", DAY, "date", "Backup night in which the job began."),
        Column("item_key", TEXT, "ARM id", "Item that was restored; null where it cannot be told."),
        Column("status", TEXT, "word", "Last known status."),
        Column("started_at", TIME, "UTC", "Begin of the job."),
        Column("ended_at", TIME, "UTC", "End of the job."),
        Column("location_type", TEXT, "word", "`original, alternate` or `files`; null where Azure does not tell."),
        Column("target_subscription", TEXT, "id", "Where it went: subscription."),
        Column("target_group", TEXT, "text", "Resource group."),
        Column("target_name", TEXT, "text", "Machine, database, share or folder."),
        Column("recovery_point_at", TIME, "UTC", "Moment of the point that it came from."),
        Column("link", TEXT, "word", "How that point was found.", required=True),
        Column("initiator", TEXT, "text", "Who started it; null: not known."),
        Column("verdict", TEXT, "word", "`drill, production_recovery` or `unclassified`.", required=True),
        Column("score", COUNT, "points", "Weight of the signals that it was a drill.", required=True),
        Column("reasons", TEXTS, "text", "Why.", required=True),
        Column("known_by", TEXTS, "text", "How initiator and point are known, or why they are not.", required=True),
        Column("decided_by", TEXT, "text", "Who said so; null: by rules."),
        Column("drill_id", TEXT, "id", "Drill whose record it stands in."),
        _GRADE,
    ),
)

DRILL_ITEMS = Table(
    "drill_items",
    "one item that was in scope at some time of the quarter",
    ("item_key",),
    (
        Column("item_key", TEXT, "ARM id", "Lower-cased ARM id of the item.", required=True),
        _VAULT,
        Column("name", TEXT, "text", "What people call it.", required=True),
        Column("workload", TEXT, "word", "Workload."),
        Column("region", TEXT, "region", "Region of its vault."),
        Column("tier", COUNT, "number", "Tier by the rules in force when the pack was built; null: none."),
        Column("application", TEXT, "text", "Application that it belongs to."),
        Column("due_because", TEXTS, "text", "Every reason for which it was due; empty: it was not.", required=True),
        Column("absent_because", TEXT, "text", "Why it cannot be drilled any more; null: it can."),
        Column("planned", FLAG, "yes or no", "Whether a drill of the quarter is of this item.", required=True),
        Column(
            "standing", TEXT, "word", "Best of its drills of the quarter; `not planned` or `not due`.", required=True
        ),
        Column("last_accepted_drill", TEXT, "id", "Its last accepted drill that no other superseded."),
        Column("last_accepted_at", TIME, "UTC", "When the restore of that drill ended."),
        Column(
            "within_a_year", FLAG, "yes or no", "Whether that is within a year of the quarter's end.", required=True
        ),
    ),
)

DRILL_PLANS = Table(
    "drill_plans",
    "one plan of the quarter, and the seed of its sample",
    ("plan_id",),
    (
        Column("plan_id", TEXT, "id", "The plan.", required=True),
        Column("quarter", TEXT, "quarter", "For which it was made.", required=True),
        Column("scope", TEXT, "text", "Whose vaults it is about; null: all."),
        Column("drills", COUNT, "drills", "Drills that it plans.", required=True),
        Column("drafts", COUNT, "times", "How often it was drafted; the last draft is told here.", required=True),
        Column("drafted_at", TIME, "UTC", "When.", required=True),
        Column("drafted_by", TEXT, "text", "By whom; null: by a machine."),
        Column("approved_at", TIME, "UTC", "When a person approved it; null: nobody did."),
        Column("approved_by", TEXT, "text", "Who."),
        Column(
            "plan_sha256",
            TEXT,
            "hex",
            "SHA-256 of the plan as canonical JSON: what the approval is bound to.",
            required=True,
        ),
        Column("population_sha256", TEXT, "hex", "SHA-256 of the population that it was drawn from.", required=True),
        Column("population", TEXT, "path", "File of the pack that holds that population."),
        Column("items", COUNT, "items", "Items of that population; null where it is not in the store."),
        Column("incomplete", TEXTS, "text", "What of the population was not read.", required=True),
        Column("configuration_sha256", TEXT, "hex", "Settings by which it was drawn."),
        Column("seed_sha256", TEXT, "hex", "SHA-256 of the seed: what was committed to.", required=True),
        Column("committed_at", TIME, "UTC", "When the ledger first told that hash.", required=True),
        Column("committed_entry", COUNT, "number", "Entry of the ledger that told it.", required=True),
        Column("committed_late", FLAG, "yes or no", "Whether the quarter had begun by then.", required=True),
        Column("seed", TEXT, "hex", "The seed; null: not revealed yet."),
        Column("revealed_at", TIME, "UTC", "When it was revealed."),
    ),
)

DRILL_SAMPLES = Table(
    "drill_samples",
    "one item that a plan's sample was drawn from",
    ("plan_id", "item_key"),
    (
        Column("plan_id", TEXT, "id", "The plan.", required=True),
        Column("item_key", TEXT, "ARM id", "Lower-cased ARM id of the item.", required=True),
        Column("workload", TEXT, "word", "Workload, first part of its stratum.", required=True),
        Column("region", TEXT, "region", "Region, second part.", required=True),
        Column("tier", COUNT, "number", "Tier, third part; null: none."),
        Column("stratum", TEXT, "text", "Name of the stratum.", required=True),
        Column("drilled_lately", FLAG, "yes or no", "In one of the two quarters before: drawn last.", required=True),
        Column(
            "drawn",
            FLAG,
            "yes or no",
            "Whether it was drawn; null where the seed is not revealed.",
        ),
    ),
)
