from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from evidence.normalize import Normalized
from evidence.normalize.element_rows import RESOURCE_TYPES
from evidence.records import Kind
from evidence.tables import ALL, from_rows
from tests.normalize.shapes import ITEMS, VAULT, call, normalized
from tests.normalize.strict_json import elements_of, lost, same_text
from tests.strategies import Json, json_values, texts

KNOWN_NAMES = [
    "backupManagementType",
    "entityFriendlyName",
    "containerName",
    "operation",
    "status",
    "startTime",
    "endTime",
    "duration",
    "isUserTriggered",
    "errorDetails",
    "errorCode",
    "recommendations",
    "extendedInfo",
    "propertyBag",
    "internalPropertyBag",
    "tasksList",
    "progressPercentage",
    "Job Type",
    "Recovery point time ",
    "RestoreRecoveryPointTime",
    "Data Transferred (in MB)",
    "Number Of Restored Files",
    "restoreLocationType",
    "workloadType",
    "friendlyName",
    "serverName",
    "parentName",
    "policyId",
    "lastBackupTime",
    "isScheduledForDeferredDelete",
    "recoveryPointTime",
    "recoveryPointTierDetails",
    "recoveryPointProperties",
    "recoveryPointSizeInGB",
    "timeRanges",
    "type",
    "schedulePolicy",
    "subProtectionPolicy",
    "settings",
    "securitySettings",
    "redundancySettings",
    "encryption",
    "sku",
    "tags",
    "location",
    "id",
    "name",
    "properties",
]
names = st.sampled_from(KNOWN_NAMES) | st.sampled_from(KNOWN_NAMES).map(str.upper) | texts
kinds = st.sampled_from(sorted(RESOURCE_TYPES))
ids = st.sampled_from(
    [
        VAULT,
        f"{VAULT}/backupJobs/a",
        f"{VAULT}/backupPolicies/p",
        f"{ITEMS}/IaasVMContainer;iaasvmcontainerv2;g;v/protectedItems/VM;iaasvmcontainerv2;g;v",
        f"{ITEMS}/c/protectedItems/i/recoveryPoints/7",
    ]
)
TABLES = {
    Kind.JOBS: "jobs",
    Kind.JOB_DETAILS: "jobs",
    Kind.PROTECTED_ITEMS: "protected_items",
    Kind.DELETED_ITEMS: "protected_items",
    Kind.RECOVERY_POINTS: "recovery_points",
    Kind.POLICIES: "policies",
    Kind.CONTAINERS: "containers",
    Kind.BACKUP_ENGINES: "containers",
    Kind.CROSS_REGION_JOBS: "jobs",
}
TAKEN = {"jobs": ["job_id"], "protected_items": ["item_id"], "recovery_points": ["recovery_point_id"]}


def written(elements: list[Json], indent: int | None, ascii_only: bool) -> bytes:
    return json.dumps({"value": elements}, indent=indent, ensure_ascii=ascii_only).encode()


def check(kind: Kind, body: bytes) -> Normalized:
    """Each element gives rows that hold all of it, or is unread with its text; and tables hold the rows."""
    result = normalized(call(kind, body, subject=f"{ITEMS}/c/protectedItems/i"))
    table = TABLES.get(kind, "vaults")
    for ordinal, element in enumerate(elements_of(body)):
        unread = [one for one in result.unread if one.ordinal == ordinal]
        rows = rows_of(result, table, ordinal)
        assert bool(unread) != bool(rows)
        assert all(same_text(one, element) for one in unread)
        assert all(lost(element, row, TAKEN.get(table, [])) == [] for row in rows)
    for name, found in result.tables().items():
        assert from_rows(ALL[name], found).num_rows == len(found)
    return result


def rows_of(result: Normalized, table: str, ordinal: int) -> list[dict[str, object]]:
    place = "element" if table == "recovery_points" else "ordinal"
    return [row for row in result.tables()[table] if row[place] == ordinal]


@given(kinds, st.lists(json_values(names), max_size=3), st.sampled_from([None, 1]), st.booleans())
def test_any_json_gives_rows_or_is_unread(kind: Kind, sent: list[Json], indent: int | None, ascii_only: bool) -> None:
    check(kind, written(sent, indent, ascii_only))


@given(
    kinds,
    ids,
    st.dictionaries(names, json_values(names), max_size=8),
    st.dictionaries(names, json_values(names), max_size=3),
    st.sampled_from([None, 1]),
    st.booleans(),
)
def test_typed_elements_lose_nothing(
    kind: Kind, sent_id: str, properties: dict[str, Json], beside: dict[str, Json], indent: int | None, ascii_only: bool
) -> None:
    element: dict[str, Json] = {**beside, "id": sent_id, "type": RESOURCE_TYPES[kind], "properties": properties}
    result = check(kind, written([element], indent, ascii_only))
    assert result.unread == ()


@given(st.binary(max_size=60) | json_values(names).map(lambda sent: json.dumps(sent).encode()))
def test_any_body_is_read_or_said_to_be_unread(body: bytes) -> None:
    result = normalized(call(Kind.JOBS, body))
    assert result.unread or result.jobs or json.loads(body)["value"] == []
