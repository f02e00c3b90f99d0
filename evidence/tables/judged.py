"""Tables of the nightly judgement: slots, exceptions and what happened to exceptions.

Not here: judging (`evidence.assess`). Invariant: a later assessment writes a later row; the last one of a key stands.
"""

from __future__ import annotations

from evidence.tables.columns import COMMON, COUNT, DAY, FLAG, TEXT, TEXTS, TIME, Column, Table

_ASSESSMENT = (
    Column("assessment_id", TEXT, "id", "Assessment that made the row.", required=True),
    Column("assessed_at", TIME, "UTC", "When it was judged.", required=True),
)

SLOTS = Table(
    "slots",
    "one run that a policy, as it stood then, expected of an item, and its outcome as known then",
    ("assessment_id", "vault_id", "item_key", "part", "slot_at"),
    (
        *COMMON,
        *_ASSESSMENT,
        Column("slot_at", TIME, "UTC", "When the run was due.", required=True),
        Column("window_end", TIME, "UTC", "When a run that began in time should have ended.", required=True),
        Column("final_at", TIME, "UTC", "From when silence is certain.", required=True),
        Column("item_key", TEXT, "ARM id", "Item that the run was expected of.", required=True),
        Column("item_name", TEXT, "text", "Name that people know the item by."),
        Column("workload", TEXT, "word", "Workload of the item."),
        Column("tier", COUNT, "tier", "Tier by the rules in force; null where no rule fits."),
        Column("part", TEXT, "word", "`full, differential, incremental, log` or `snapshot`.", required=True),
        Column("policy_id", TEXT, "ARM id", "Policy that expected the run."),
        Column("policy_sha256", TEXT, "hex", "Content of the policy in force then."),
        Column(
            "outcome",
            TEXT,
            "word",
            "`success, success_no_point, warning, failed_recovered, failed, cancelled, running_late, pending, silent, unknown` or `not_expected`.",
            required=True,
        ),
        Column("reason", TEXT, "text", "What shows the outcome, or why it is not known.", required=True),
        Column("job_ids", TEXTS, "ids", "Jobs of the slot, in order of their begin."),
        Column("recovery_point_id", TEXT, "id", "Point that the run made."),
        Column("recovery_point_at", TIME, "UTC", "Time of that point; of logs the end of the last range."),
        Column("recovered_at", TIME, "UTC", "End of the job that succeeded after a failure."),
        Column("error_family", TEXT, "word", "Family of the last error."),
        Column("error_codes", TEXTS, "codes", "Error codes of the failed jobs."),
        Column("gap_s", COUNT, "seconds", "Of logs: the longest stretch without a backed-up log."),
    ),
)

EXCEPTIONS = Table(
    "exceptions",
    "one exception as it stood at an assessment; one that ended stays for so many more batches of events as the documentation says",
    ("assessment_id", "exception_key", "episode"),
    (
        *COMMON,
        *_ASSESSMENT,
        Column(
            "exception_key",
            TEXT,
            "hex",
            "Stable over nights: tenant, vault, item, class and error family.",
            required=True,
        ),
        Column("episode", COUNT, "number", "From 1; rises when it opens again after a proven closure.", required=True),
        Column("class", TEXT, "word", "Class of the problem.", required=True),
        Column("severity", TEXT, "word", "`critical, error, warning` or `info`.", required=True),
        Column(
            "hint", FLAG, "true or false", "Whether it only tells where to look and decides nothing.", required=True
        ),
        Column("item_key", TEXT, "ARM id", "Item it is about; null where it is about a vault."),
        Column("subject", TEXT, "text", "Name that people know it by.", required=True),
        Column("workload", TEXT, "word", "Workload of the item."),
        Column("tier", COUNT, "tier", "Tier of the item by the rules in force; null where no rule fits."),
        Column("region", TEXT, "Azure region", "Region of the vault, where it is known."),
        Column("error_family", TEXT, "word", "Family of the error."),
        Column("first_seen", TIME, "UTC", "When the problem arose first in this episode.", required=True),
        Column("last_seen", TIME, "UTC", "When it arose last.", required=True),
        Column("nights", COUNT, "nights", "Nights on which it was found in this episode.", required=True),
        Column("reopened", COUNT, "times", "How often it came back within seven days of its end.", required=True),
        Column(
            "age_days", COUNT, "days", "Whole days from `first_seen` to its end, or to the assessment.", required=True
        ),
        Column("bucket", TEXT, "days", "`0-1, 2-3, 4-7, 8-14, 15-30, 31-60, 61-90` or `over 90`.", required=True),
        Column(
            "past_due",
            FLAG,
            "true or false",
            "Whether it should have been resolved, by the days set for its tier, else for its severity; never of hints and accepted risks.",
            required=True,
        ),
        Column("owner", TEXT, "name", "Team by the rules in force then; null where no rule was there."),
        Column("owner_rule", TEXT, "id", "Rule that named the owner."),
        Column(
            "state",
            TEXT,
            "word",
            "`open, acknowledged, accepted, provisionally_closed, closed` or `withdrawn`.",
            required=True,
        ),
        Column(
            "decided_by",
            TEXT,
            "name",
            "Who acknowledged it, asked to accept the risk or closed it: a person's statement.",
        ),
        Column("approver", TEXT, "name", "Who approved that: a person's statement."),
        Column("accepted_until", DAY, "date", "Last day, UTC, on which the risk is accepted; from then on it is open."),
        Column("parent_key", TEXT, "hex", "Outbreak that it belongs to."),
        Column("job_ids", TEXTS, "ids", "Jobs that show it."),
        Column("error_codes", TEXTS, "codes", "Error codes that Azure sent."),
        Column("summary", TEXT, "text", "What was found, in one sentence.", required=True),
        Column("recommendation", TEXT, "text", "What Azure recommends, or the next step."),
        Column("actor", TEXT, "name", "Who did it, where the Activity Log tells."),
        Column("closed_at", TIME, "UTC", "When it was closed or withdrawn."),
        Column("closed_by_job_id", TEXT, "id", "Later successful job that proves the closure."),
        Column(
            "closed_by_recovery_point_id",
            TEXT,
            "id",
            "New recovery point that proves the closure; null where a list told its time alone.",
        ),
        Column("closed_because", TEXT, "text", "The proof in one sentence, or why a person closed it."),
        Column("told", TEXT, "JSON", "All that is held of it, to go on from.", required=True),
    ),
)

EXCEPTION_EVENTS = Table(
    "exception_events",
    "one thing that happened to an exception in one run",
    ("assessment_id", "exception_key", "episode", "event"),
    (
        Column("night", DAY, "date", "Night that was judged; of the watch, the night that it is.", required=True),
        *_ASSESSMENT,
        Column("exception_key", TEXT, "hex", "Exception.", required=True),
        Column("episode", COUNT, "number", "Its episode.", required=True),
        Column(
            "event",
            TEXT,
            "word",
            "`opened, seen, reopened, provisionally_closed, closed` or `withdrawn`.",
            required=True,
        ),
        Column("at", TIME, "UTC", "When the problem, or its proven end, happened.", required=True),
        Column("told", TEXT, "JSON", "The finding, or the proof of the end.", required=True),
    ),
)
