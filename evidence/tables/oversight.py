"""Tables of what people did with packs and with the store: reviews, deliveries, access and changes of the configuration.

Not here: making them (`evidence.packs.oversight.reading`). Invariant: each row names the ledger entry that bears it out, or says when it was
read from the machine; what could not be read is a row of its own and never an absent one.
"""

from __future__ import annotations

from evidence.tables.columns import COUNT, DAY, TEXT, TIME, Column, Table

_PACK = (
    Column("pack_id", TEXT, "id", "The pack that it is about.", required=True),
    Column("tagmanifest_sha256", TEXT, "hex", "Hash of its list of files, which names that very pack.", required=True),
)
_ENTRY = Column("ledger_entry", COUNT, "number", "Entry of the ledger that says so.", required=True)
_GRADE = Column(
    "evidence_grade",
    TEXT,
    "A, B or C",
    "C: a person's statement, identity not proven by sign-in; null where nobody said anything.",
)

REVIEWS = Table(
    "reviews",
    "one review of a pack, or one that is due and was not made",
    ("pack_id", "ledger_entry"),
    (
        *_PACK,
        Column("kind", TEXT, "word", "Kind of the pack.", required=True),
        Column("first_night", DAY, "date", "First night of the pack.", required=True),
        Column("last_night", DAY, "date", "Last night of the pack.", required=True),
        Column("sealed_at", TIME, "UTC", "When the pack was sealed.", required=True),
        Column(
            "state",
            TEXT,
            "word",
            "`confirmed, confirmed with remarks` or `rejected`; `due` or `overdue` where nobody reviewed it; `superseded` for a review "
            "that a later one of the same person, or of a later revision of the pack, took the place of.",
            required=True,
        ),
        Column("due_at", TIME, "UTC", "Until when a review was due; null where none is asked for."),
        Column("reviewer", TEXT, "text", "Name that the reviewer gave."),
        Column("account", TEXT, "text", "Account of the operating system that it was said under."),
        Column("outcome", TEXT, "word", "What was decided."),
        Column("remarks", TEXT, "text", "Why, in the reviewer's words."),
        Column("reviewed_at", TIME, "UTC", "When."),
        Column("unresolved", COUNT, "failures", "Unresolved failures that the reviewer was shown."),
        Column("gaps", COUNT, "gaps", "Gaps that the reviewer was shown."),
        _GRADE,
        Column(
            "ledger_entry",
            COUNT,
            "number",
            "Entry of the ledger that says so: of the review, or of the pack where there is none.",
            required=True,
        ),
    ),
)

DELIVERIES = Table(
    "deliveries",
    "one copy of a pack that was handed to a person",
    ("ledger_entry",),
    (
        *_PACK,
        Column("receiver", TEXT, "text", "For whom, as whoever asked said.", required=True),
        Column("purpose", TEXT, "text", "What for."),
        Column("asked_by", TEXT, "text", "Account of the operating system that asked.", required=True),
        Column("copied_at", TIME, "UTC", "When the copy was written.", required=True),
        Column("recorded_at", TIME, "UTC", "When the ledger recorded it.", required=True),
        Column("bytes", COUNT, "bytes", "Length of the ZIP.", required=True),
        Column("sha256", TEXT, "hex", "SHA-256 of the ZIP.", required=True),
        _GRADE,
        _ENTRY,
    ),
)

ACCESS = Table(
    "access",
    "one who could write to the store or use the key, or one place of which that was not read",
    ("place", "holder", "means"),
    (
        Column("place", TEXT, "word", "`store` or `key`.", required=True),
        Column(
            "holder", TEXT, "text", "Who: an account, a group with its members, everybody; `not read`.", required=True
        ),
        Column(
            "means",
            TEXT,
            "text",
            "By what: owner, group, others, administrator; or where it would be read.",
            required=True,
        ),
        Column("finding", TEXT, "word", "`can`, `cannot` or `not read`.", required=True),
        Column("right", TEXT, "word", "`write` to the store, `use` the key.", required=True),
        Column("detail", TEXT, "text", "Mode as found, or why it was not read.", required=True),
        Column("read_at", TIME, "UTC", "When it was looked at: it says nothing of any other moment.", required=True),
    ),
)

CONFIGURATION_CHANGES = Table(
    "configuration_changes",
    "one setting that another configuration changed in the period",
    ("ledger_entry", "setting"),
    (
        Column("adopted_at", TIME, "UTC", "When a run used the new configuration for the first time.", required=True),
        Column("adopted_by", TEXT, "text", "Account whose run it was.", required=True),
        Column("setting", TEXT, "path", "Setting, as `azure.vaults.exclude[0]`; `*` of the whole file.", required=True),
        Column(
            "change",
            TEXT,
            "word",
            "`added, removed, changed`; of the whole file `first`, `same settings`, `program` or `not read`.",
            required=True,
        ),
        Column("before", TEXT, "JSON", "Value before; null where there was none."),
        Column("after", TEXT, "JSON", "Value since; null where there is none."),
        Column("configuration_sha256", TEXT, "hex", "The new file, kept in the store under its hash.", required=True),
        Column("previous_sha256", TEXT, "hex", "The file before; null for the first."),
        Column("code_version", TEXT, "version", "Program that adopted it.", required=True),
        _ENTRY,
    ),
)
