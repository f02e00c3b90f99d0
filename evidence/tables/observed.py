"""Tables whose rows are what Azure answered: one observation a row, never changed afterwards (DESIGN section 5)."""

from __future__ import annotations

from evidence.tables.columns import COMMON, COUNT, FLAG, NUMBER, SENT, TEXT, TEXTS, TIME, Column, Table

CALLS = Table(
    "calls",
    "one request to Azure and its answer",
    ("call_id",),
    (
        *COMMON,
        Column(
            "kind",
            TEXT,
            "kind of thing",
            "What was asked for, as in coverage; of an uploaded file the kind it was imported as.",
            required=True,
        ),
        Column(
            "subject", TEXT, "ARM id or job id", "The item or job that was asked for, where the call was about one."
        ),
        Column(
            "url",
            TEXT,
            "URL",
            "Full address asked, credentials masked; of an uploaded file `file:` and its name.",
            required=True,
        ),
        Column("api_version", TEXT, "version", "The api-version asked for."),
        Column("filter", TEXT, "OData", "The `$filter` asked for."),
        Column("request_body", TEXT, "text", "What was sent with a query that Azure takes by POST only."),
        Column("started_at", TIME, "UTC", "When the first attempt began.", required=True),
        Column("finished_at", TIME, "UTC", "When the last attempt ended.", required=True),
        Column("status", COUNT, "HTTP status", "Status of the last answer; null where none came."),
        Column("attempts", COUNT, "attempts", "Number of attempts made.", required=True),
        Column("waited_s", NUMBER, "seconds", "Time spent waiting between attempts.", required=True),
        Column(
            "clock_skew_s",
            NUMBER,
            "seconds",
            "How far Azure's clock was ahead of ours, below zero where behind; null where it told no time.",
        ),
        Column("outcome", TEXT, "word", "`ok`, `error` or `unreadable`.", required=True),
        Column("reason", TEXT, "text", "Why the call did not give what was asked for."),
        Column("rows", COUNT, "rows", "Elements in the answer; null where it was not read.", required=False),
        Column("next_link", TEXT, "URL", "Address of the following page as sent, credentials masked."),
        Column("request_id", TEXT, "id", "Azure's `x-ms-request-id`."),
        Column("correlation_id", TEXT, "id", "Azure's `x-ms-correlation-request-id`."),
        Column("principal_id", TEXT, "id", "Object id of the identity that asked."),
        Column("bytes", COUNT, "bytes", "Length of the body as received.", required=True),
        Column("sha256", TEXT, "hex", "SHA-256 of the body as received."),
    ),
)

COVERAGE = Table(
    "coverage",
    "one vault (or subscription), night and kind of thing",
    ("run_id", "vault_id", "kind"),
    (
        *COMMON,
        Column("kind", TEXT, "kind of thing", "What was to be read.", required=True),
        Column(
            "outcome",
            TEXT,
            "word",
            "`collected`, `collected_zero`, `partial`, `not_reached` or `not_observed_then`.",
            required=True,
        ),
        Column("reason", TEXT, "text", "Why it is not all there."),
        Column(
            "expected",
            COUNT,
            "answers",
            "Answers needed: one for a list, one for each item or job otherwise.",
            required=True,
        ),
        Column("answered", COUNT, "answers", "Answers that were received whole.", required=True),
        Column("collected", COUNT, "rows", "Rows received.", required=True),
        Column("first_call_id", TEXT, "id", "First call made for it."),
        Column("last_call_id", TEXT, "id", "Last call made for it."),
    ),
)

VAULTS = Table(
    "vaults",
    "one vault as seen by one call",
    ("call_id", "vault_id", "ordinal"),
    (
        *COMMON,
        Column("ordinal", COUNT, "position", "Position of the element in its answer, from 0.", required=True),
        Column(
            "source_kind",
            TEXT,
            "kind of thing",
            "Kind of call that told it: vault list, vault, or one of its settings.",
            required=True,
        ),
        Column("name", TEXT, "text", "Vault name."),
        Column("kind", TEXT, "word", "`recovery_services` or `backup`."),
        Column("subscription_id", TEXT, "id", "Subscription of the vault."),
        Column("resource_group", TEXT, "text", "Resource group of the vault."),
        Column("region", TEXT, "Azure region", "Region of the vault."),
        Column("sku", TEXT, "text", "Vault SKU."),
        Column("tags", TEXT, "JSON", "Tags of the vault."),
        Column("redundancy", TEXT, "word", "Storage redundancy: LocallyRedundant, ZoneRedundant, GeoRedundant …"),
        Column("cross_region_restore", TEXT, "word", "State of cross-region restore."),
        Column("soft_delete", TEXT, "word", "Soft delete state."),
        Column("soft_delete_retention_days", COUNT, "days", "Days that Azure keeps what was deleted."),
        Column("enhanced_security", TEXT, "word", "State of the security features for servers with an agent."),
        Column("immutability", TEXT, "word", "Immutability state; null: Azure did not send one."),
        Column("multi_user_authorization", TEXT, "word", "State of multi-user authorization."),
        Column("resource_guard_id", TEXT, "ARM id", "Lower-cased ARM id of the Resource Guard that must agree."),
        Column("guarded_operations", TEXTS, "actions", "Operations that need the Resource Guard, as sent."),
        Column("encryption", TEXT, "word", "Kind of encryption at rest."),
        Column("encryption_key", TEXT, "URI", "Address of the customer's key; never the key."),
        Column("infrastructure_encryption", TEXT, "word", "State of the second encryption."),
        Column("public_network_access", TEXT, "word", "State of public network access."),
        Column("private_endpoints", TEXT, "word", "State of private endpoints for backup."),
        *SENT,
    ),
)

POLICIES = Table(
    "policies",
    "one policy as seen by one call",
    ("call_id", "policy_id", "ordinal"),
    (
        *COMMON,
        Column("ordinal", COUNT, "position", "Position of the element in its answer, from 0.", required=True),
        Column("policy_id", TEXT, "ARM id", "Lower-cased ARM id of the policy.", required=True),
        Column("name", TEXT, "text", "Policy name."),
        Column(
            "content_sha256", TEXT, "hex", "SHA-256 of the canonical JSON of what the policy orders.", required=True
        ),
        Column("management_type", TEXT, "word", "Azure's backupManagementType."),
        Column("workload", TEXT, "word", "Workload the policy is for."),
        Column("schedule", TEXT, "JSON", "Schedules as sent."),
        Column("retention", TEXT, "JSON", "Retention as sent."),
        Column("time_zone", TEXT, "Windows zone", "Time zone of the schedule as sent."),
        *SENT,
    ),
)

PROTECTED_ITEMS = Table(
    "protected_items",
    "one protected item as seen by one call",
    ("call_id", "item_key", "ordinal"),
    (
        *COMMON,
        Column("ordinal", COUNT, "position", "Position of the element in its answer, from 0.", required=True),
        Column("item_id", TEXT, "ARM id", "ARM id as sent.", required=True),
        Column("item_key", TEXT, "ARM id", "Lower-cased ARM id.", required=True),
        Column("friendly_name", TEXT, "text", "Name that people know it by."),
        Column("container_name", TEXT, "text", "Name of its container, lower-cased."),
        Column("server_name", TEXT, "text", "Server that holds the database; storage account of a file share."),
        Column("instance_name", TEXT, "text", "SQL instance or HANA system."),
        Column("management_type", TEXT, "word", "Azure's backupManagementType."),
        Column("workload", TEXT, "word", "Workload type: VM, SQLDataBase, SAPHanaDatabase, AzureFileShare …"),
        Column("source_resource_id", TEXT, "ARM id", "Resource that is protected."),
        Column("policy_id", TEXT, "ARM id", "Lower-cased ARM id of its policy."),
        Column("protection_state", TEXT, "word", "Azure's protectionState."),
        Column("health", TEXT, "word", "Azure's healthStatus, or protectionStatus where that is all there is."),
        Column("last_backup_status", TEXT, "word", "Azure's lastBackupStatus; null where it sent an empty one."),
        Column("last_backup_at", TIME, "UTC", "Azure's lastBackupTime; null for its sentinels."),
        Column("last_recovery_point_at", TIME, "UTC", "Azure's lastRecoveryPoint; sent for VMs only."),
        Column("soft_deleted", FLAG, "true or false", "Whether Azure keeps it only until a deferred deletion."),
        *SENT,
    ),
)

JOBS = Table(
    "jobs",
    "one job as seen by one call",
    ("call_id", "job_id", "ordinal"),
    (
        *COMMON,
        Column("ordinal", COUNT, "position", "Position of the element in its answer, from 0.", required=True),
        Column(
            "detailed",
            FLAG,
            "true or false",
            "Whether the row comes from the job's own answer and not from a list.",
            required=True,
        ),
        Column("job_id", TEXT, "id", "Azure's job id.", required=True),
        Column("item_key", TEXT, "ARM id", "Item of the job; null where it cannot be told."),
        Column(
            "item_link", TEXT, "word", "How the item was found: `id`, `name`, `ambiguous` or `unlinked`.", required=True
        ),
        Column("item_candidates", TEXTS, "ARM ids", "Items that fit where the job does not tell one alone."),
        Column("entity_friendly_name", TEXT, "text", "Name of the item as the job tells it."),
        Column("container_name", TEXT, "text", "Container as the job tells it, lower-cased."),
        Column("tasks", TEXT, "JSON", "Tasks of the job with their states."),
        Column("progress_percent", NUMBER, "percent", "Progress while it ran."),
        Column("workload", TEXT, "word", "Workload type as sent, or told by the management type."),
        Column("management_type", TEXT, "word", "Azure's backupManagementType."),
        Column("operation", TEXT, "text", "Operation as sent."),
        Column(
            "operation_kind",
            TEXT,
            "word",
            "`backup, restore, configure, disable, delete, undelete, move` or `other`.",
            required=True,
        ),
        Column("status", TEXT, "word", "Status as sent; null where Azure sent none."),
        Column("started_at", TIME, "UTC", "When it began."),
        Column("ended_at", TIME, "UTC", "When it ended; null while it runs."),
        Column("duration_s", NUMBER, "seconds", "Duration as Azure tells it."),
        Column(
            "user_triggered",
            FLAG,
            "true or false",
            "Azure's isUserTriggered; always false for Files, whoever started it.",
        ),
        Column("error_codes", TEXTS, "codes", "Error codes."),
        Column("error_titles", TEXTS, "names", "Error titles: the stable names."),
        Column("error_messages", TEXTS, "text", "What Azure says went wrong."),
        Column("recommendations", TEXTS, "text", "What Azure recommends."),
        Column("activity_id", TEXT, "id", "Azure's activity id."),
        Column(
            "bytes_transferred",
            COUNT,
            "bytes",
            "Data transferred, as the job or its tasks tell it, or from megabytes in its property bag.",
        ),
        *SENT,
    ),
)

RECOVERY_POINTS = Table(
    "recovery_points",
    "one recovery point, or one range of log backups, as seen by one call",
    ("call_id", "item_key", "recovery_point_id", "ordinal"),
    (
        *COMMON,
        Column(
            "ordinal",
            COUNT,
            "position",
            "Position of the row among those of its answer, from 0: a row an element, or a row a range of log backups.",
            required=True,
        ),
        Column(
            "element",
            COUNT,
            "position",
            "Position of its element in the answer, from 0; ranges share one.",
            required=True,
        ),
        Column(
            "recovery_point_id", TEXT, "id", "Azure's id; names a point only together with its item.", required=True
        ),
        Column("item_key", TEXT, "ARM id", "Item that can be recovered.", required=True),
        Column("recovery_point_at", TIME, "UTC", "The moment that can be recovered; null for a range."),
        Column("range_start_at", TIME, "UTC", "Begin of a range of log backups."),
        Column("range_end_at", TIME, "UTC", "End of a range of log backups."),
        Column("point_type", TEXT, "word", "Full, Differential, Log … or the consistency of a VM point."),
        Column("consistency", TEXT, "word", "AppConsistent, FileSystemConsistent, CrashConsistent."),
        Column("tiers", TEXTS, "tier=state", "Tiers that hold it with their states."),
        Column("expires_at", TIME, "UTC", "When it expires, where Azure says so."),
        Column("rule_name", TEXT, "word", "Retention rule: Daily, Weekly … or On-Demand."),
        Column("size_bytes", COUNT, "bytes", "Size, where Azure says so."),
        Column("soft_deleted", FLAG, "true or false", "Whether it is soft-deleted."),
        *SENT,
    ),
)

RESTORE_JOBS = Table(
    "restore_jobs",
    "one restore job as seen by one call",
    ("call_id", "job_id", "ordinal"),
    (
        *COMMON,
        Column("ordinal", COUNT, "position", "Position of the element in its answer, from 0.", required=True),
        Column("job_id", TEXT, "id", "Azure's job id.", required=True),
        Column("item_key", TEXT, "ARM id", "Item that was restored; null where it cannot be told."),
        Column(
            "item_link", TEXT, "word", "How the item was found: `id`, `name`, `ambiguous` or `unlinked`.", required=True
        ),
        Column("item_candidates", TEXTS, "ARM ids", "Items that fit where the job does not tell one alone."),
        Column("management_type", TEXT, "word", "Azure's backupManagementType."),
        Column("operation", TEXT, "text", "Operation as sent."),
        Column("status", TEXT, "word", "Status as sent; null where Azure sent none."),
        Column("started_at", TIME, "UTC", "When it began."),
        Column("ended_at", TIME, "UTC", "When it ended; null while it runs."),
        Column("restore_type", TEXT, "text", "Azure's `Job Type` of the restore."),
        Column("location_type", TEXT, "word", "`original`, `alternate`, `files` or null where it cannot be told."),
        Column("target", TEXT, "text", "Where it was restored to."),
        Column("recovery_point_at_sent", TIME, "UTC", "Recovery point time in the job, read as UTC."),
        Column("recovery_point_at_text", TEXT, "text", "The same as sent."),
        Column("recovery_point_id_sent", TEXT, "id", "Recovery point id in the job; Recovery Services jobs send none."),
        Column("bytes_transferred", COUNT, "bytes", "Data transferred."),
        Column("files_restored", COUNT, "files", "Files restored."),
        Column("files_skipped", COUNT, "files", "Files skipped."),
        Column("files_failed", COUNT, "files", "Files that failed."),
        *SENT,
    ),
)
