"""Tables of what other sources than a vault's own lists tell: containers, the activity log, Resource Graph and inventories."""

from __future__ import annotations

from evidence.tables.columns import COMMON, COUNT, FLAG, SENT, TEXT, TIME, Column, Table

_POSITION = Column("ordinal", COUNT, "position", "Position of the element in its answer, from 0.", required=True)

CONTAINERS = Table(
    "containers",
    "one container, or one backup engine, as seen by one call",
    ("call_id", "container_id", "ordinal"),
    (
        *COMMON,
        _POSITION,
        Column("container_id", TEXT, "ARM id", "Lower-cased ARM id.", required=True),
        Column("container_name", TEXT, "text", "Name in the vault, lower-cased; jobs and items name it so."),
        Column("friendly_name", TEXT, "text", "Name that people know it by."),
        Column("management_type", TEXT, "word", "Azure's backupManagementType."),
        Column("container_type", TEXT, "word", "Azure's containerType, or backupEngineType."),
        Column("source_resource_id", TEXT, "ARM id", "Machine or account behind it."),
        Column("registration_status", TEXT, "word", "Whether it is registered with the vault, as sent."),
        Column("health", TEXT, "word", "Azure's healthStatus."),
        Column("agent_version", TEXT, "version", "Version of the agent or engine, where Azure tells it."),
        Column("protected_items", COUNT, "items", "Items that it holds, where Azure tells it."),
        Column("last_updated_at", TIME, "UTC", "When Azure last heard of it, where it tells."),
        *SENT,
    ),
)

ACTIVITY = Table(
    "activity",
    "one control-plane event as seen by one call",
    ("call_id", "event_id", "ordinal"),
    (
        *COMMON,
        _POSITION,
        Column("event_id", TEXT, "id", "Azure's eventDataId.", required=True),
        Column("operation", TEXT, "action", "Operation, as role definitions write it."),
        Column(
            "operation_kind", TEXT, "word", "`backup, restore, policy, protection, vault` or `other`.", required=True
        ),
        Column("caller", TEXT, "text", "Who asked for it, as sent: a sign-in name or an application."),
        Column("caller_oid", TEXT, "id", "Object id of who asked, from the claims."),
        Column("resource_id", TEXT, "ARM id", "Lower-cased ARM id that it was about."),
        Column("correlation_id", TEXT, "id", "Azure's correlation id."),
        Column("at", TIME, "UTC", "When it happened."),
        Column("status", TEXT, "word", "Started, Accepted, Succeeded, Failed …"),
        *SENT,
    ),
)

INVENTORY = Table(
    "inventory",
    "one thing as a second source lists it",
    ("call_id", "thing", "thing_key", "ordinal"),
    (
        *COMMON,
        _POSITION,
        Column(
            "source",
            TEXT,
            "word",
            "`resource_graph`, `azure` for its list of subscriptions, or `inventory` for an imported list.",
            required=True,
        ),
        Column(
            "thing",
            TEXT,
            "word",
            "`subscription, vault, item, job, resource`; in lists of subscriptions also `management_group`.",
            required=True,
        ),
        Column("thing_key", TEXT, "id", "Lower-cased ARM id; of a job its id.", required=True),
        Column("name", TEXT, "text", "Name that people know it by."),
        Column("of_vault_id", TEXT, "ARM id", "Vault that holds it, where it is held by one."),
        Column(
            "of_resource_id",
            TEXT,
            "ARM id",
            "Of an item the resource that it protects; of a resource the machine that it belongs to.",
        ),
        Column("resource_type", TEXT, "type", "Lower-cased resource type."),
        Column("region", TEXT, "Azure region", "Region."),
        Column("workload", TEXT, "word", "Workload or data source type."),
        Column("operation", TEXT, "text", "Of a job: operation as sent."),
        Column("status", TEXT, "word", "Status or protection state as sent."),
        Column("started_at", TIME, "UTC", "Of a job: when it began."),
        Column("ended_at", TIME, "UTC", "Of a job: when it ended."),
        Column(
            "to_be_protected", FLAG, "true or false", "Of an imported list: whether it says that backups are wanted."
        ),
        *SENT,
    ),
)
