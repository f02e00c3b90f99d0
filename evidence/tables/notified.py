"""The table of attempts to tell people of problems.

Not here: what is told and how (`evidence.notify`). Invariant: one row an attempt, whether it succeeded or not; no secret stands in it.
"""

from __future__ import annotations

from evidence.tables.columns import COUNT, FLAG, TEXT, TIME, Column, Table

NOTIFICATIONS = Table(
    "notifications",
    "one attempt to deliver one message to one team",
    ("at", "message_id", "number"),
    (
        Column("run_id", TEXT, "id", "Run that made the attempt.", required=True),
        Column("ordinal", COUNT, "number", "Place of the attempt among all that are kept, from 0.", required=True),
        Column("message_id", TEXT, "id", "Message: ticket, occasion, stage, team and channel.", required=True),
        Column("ticket", TEXT, "id", "Exception and episode that the message is told under, or digest.", required=True),
        Column("exception_key", TEXT, "hex", "Exception that the message is about; null for a digest."),
        Column("episode", COUNT, "number", "Episode of the exception."),
        Column(
            "occasion",
            TEXT,
            "word",
            "`opened, recurring, reminded, escalated, acknowledged, closed, withdrawn, digest` or `test`.",
            required=True,
        ),
        Column("stage", TEXT, "text", "Which reminder (bucket), escalation (number) or digest (night).", required=True),
        Column("team", TEXT, "name", "Team that it went to.", required=True),
        Column("channel", TEXT, "name", "Channel by the configuration.", required=True),
        Column("bucket", TEXT, "days", "Age of the exception that was told."),
        Column("subject", TEXT, "text", "Subject of the message.", required=True),
        Column("number", COUNT, "number", "Which attempt at the message, from 1.", required=True),
        Column("at", TIME, "UTC", "When the attempt ended.", required=True),
        Column("ok", FLAG, "true or false", "Whether the other side took it.", required=True),
        Column("status", TEXT, "text", "What came of it, or what the other side said.", required=True),
        Column("external_id", TEXT, "id", "The other side's id: sys_id, issue key, Message-ID, deduplication key."),
        Column("retry", FLAG, "true or false", "Whether a later attempt may succeed.", required=True),
        Column("retry_after_s", COUNT, "seconds", "How long the other side asked to wait."),
    ),
)
