"""Tables of how well detectors looked: what each found of what was planted for it, and what could not be compared.

Not here: what they found in real rows (`judged`). Invariant: a detector that was not tried has no row, and a comparison that was made has none either.
"""

from __future__ import annotations

from evidence.tables.columns import DAY, FLAG, TEXT, TIME, Column, Table

_ASSESSMENT = (
    Column("night", DAY, "date", "Night that was judged.", required=True),
    Column("assessment_id", TEXT, "id", "Assessment that made the row.", required=True),
    Column("assessed_at", TIME, "UTC", "When it was judged.", required=True),
)

CANARIES = Table(
    "canaries",
    "one detector on one night: what it made of a problem planted in shadow data, and of the same data without it",
    ("assessment_id", "detector", "planted"),
    (
        *_ASSESSMENT,
        Column("detector", TEXT, "word", "Class of the problem that it must find.", required=True),
        Column("planted", TEXT, "text", "What was planted.", required=True),
        Column("found", FLAG, "true or false", "Whether it found that.", required=True),
        Column("silent_on_healthy", FLAG, "true or false", "Whether it found nothing without it.", required=True),
        Column("reason", TEXT, "text", "What it did, in one sentence.", required=True),
    ),
)

NOT_COMPARED = Table(
    "not_compared",
    "one thing that a detector of drift or growth could not compare on one night",
    ("assessment_id", "vault_id", "what", "reason"),
    (
        *_ASSESSMENT,
        Column("vault_id", TEXT, "ARM id", "Vault, subscription, or `/subscriptions` for all.", required=True),
        Column("what", TEXT, "text", "What was not compared.", required=True),
        Column("reason", TEXT, "text", "Why it was not compared.", required=True),
    ),
)
