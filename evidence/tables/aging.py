"""The table of unresolved failures, which a pack makes of sealed rows of all nights up to its last.

Not here: judging them (`evidence.assess.aging`).
"""

from __future__ import annotations

from evidence.tables.columns import COUNT, DAY, TEXT, TIME, Column, Table

AGING = Table(
    "aging",
    "one unresolved failure of an item and operation, one that was resolved since the pack before, or one vault whose jobs were not read",
    ("vault_id", "subject", "operation"),
    (
        Column("as_of", TIME, "UTC", "Moment that is judged: the end of the period's last night.", required=True),
        Column(
            "state",
            TEXT,
            "word",
            "`failing`: no later job completed; `unproven`: one did, and no recovery point of it was seen; `unknown`: it cannot be told; "
            "`resolved` and `no longer told`: since the pack before.",
            required=True,
        ),
        Column(
            "bucket",
            TEXT,
            "days",
            "`0-1, 2-3, 4-7, 8-14, 15-30, 31-60, 61-90, over 90`, or `unknown`; null where nothing is unresolved any more.",
        ),
        Column("vault_id", TEXT, "ARM id", "Lower-cased ARM id of the vault.", required=True),
        Column(
            "subject",
            TEXT,
            "ARM id",
            "Item key; `name: …` where a job's item cannot be told; `vault` for all jobs of nights not read.",
            required=True,
        ),
        Column("operation", TEXT, "text", "Operation as the jobs tell it; `any` for a whole vault.", required=True),
        Column("region", TEXT, "Azure region", "Region of the vault."),
        Column("workload", TEXT, "word", "Workload as the last failed job tells it."),
        Column("name", TEXT, "text", "Name of the item as the last failed job tells it."),
        Column("first_failure_at", TIME, "UTC", "When the first failed job since the last success began."),
        Column("first_failure_night", DAY, "date", "Its night."),
        Column("first_job_id", TEXT, "id", "Its id."),
        Column("last_failure_at", TIME, "UTC", "When the last failed job began."),
        Column("last_failure_night", DAY, "date", "Its night."),
        Column("last_job_id", TEXT, "id", "Its id."),
        Column("error", TEXT, "text", "First error of the last failed job, as it tells it."),
        Column("failed_jobs", COUNT, "jobs", "Failed jobs since the last success."),
        Column("nights_failing", COUNT, "nights", "Nights with a failed job since the last success."),
        Column("age_days", COUNT, "days", "Whole days from the first failure to `as_of`."),
        Column("last_success_at", TIME, "UTC", "When the last job before the first failure began that completed."),
        Column("later_success_at", TIME, "UTC", "When the last job after the last failure began that completed."),
        Column("later_job_id", TEXT, "id", "Its id."),
        Column(
            "unread_nights",
            COUNT,
            "nights",
            "Nights after the last failure of which it is not known which jobs ran; of a whole vault those of the period.",
        ),
        Column("closed_by_job_id", TEXT, "id", "Job that resolved it."),
        Column("closed_by_recovery_point_id", TEXT, "id", "Recovery point of that job, where Azure told its id."),
        Column("closed_by_recovery_point_at", TIME, "UTC", "Time of that point."),
        Column(
            "moved",
            TEXT,
            "word",
            "Since the pack before: `new, failed again, older, same bucket, now unknown, no longer unknown, resolved` or `no longer told`; null where there is none before.",
        ),
        Column("previous_bucket", TEXT, "days", "Its bucket in the pack before."),
        Column("previous_pack", TEXT, "id", "The pack before: the last of an earlier week in the series."),
        Column("reason", TEXT, "text", "Why it stands so.", required=True),
    ),
)
