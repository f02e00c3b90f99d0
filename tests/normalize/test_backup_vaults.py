from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.normalize.backup_elements import BACKUP_TYPES
from evidence.records import Kind
from evidence.tables import ALL, from_rows
from tests.normalize.backup_shapes import (
    DISK,
    INSTANCE,
    KEY,
    VAULT,
    captured,
    instance,
    job,
    point,
    resource,
    restore,
    told,
)
from tests.normalize.shapes import call
from tests.normalize.strict_json import elements_of, lost, same_text
from tests.normalize.test_nothing_lost import TABLES, TAKEN, rows_of
from tests.strategies import Json, json_values, texts


def test_a_job_names_its_instance_and_keeps_its_words() -> None:
    (row,) = told(Kind.JOBS, job()).jobs
    assert (row["item_key"], row["item_link"], row["detailed"]) == (KEY, "id", False)
    assert (row["operation_kind"], row["status"], row["workload"]) == ("backup", "Completed", "Microsoft.Compute/disks")
    assert row["duration_s"] == pytest.approx(339.5819256)
    assert row["started_at"] == datetime(2026, 11, 20, 22, 0, 4, 320857, UTC)
    assert row["activity_id"] == "5f43e246-7719-11eb-8d5b-c8d9d22a90da"


@pytest.mark.parametrize("sent", [None, "", "disk-1", f"{VAULT}/backupPolicies/Daily"])
def test_a_job_without_an_instance_is_linked_to_none(sent: object) -> None:
    (row,) = told(Kind.JOBS, job(backupInstanceId=sent)).jobs
    assert (row["item_key"], row["item_link"]) == (None, "unlinked")


@pytest.mark.parametrize(
    ("category", "operation", "kind"),
    [
        ("Backup", "ScheduledBackup", "backup"),
        ("CrossRegionRestore", "Restore", "restore"),
        ("Restore", "RestoreWithRehydrate", "restore"),
        (None, "Restore", "restore"),
        ("Tiering", "TierRecoveryPoint", "other"),
        ("Unheard", "Delete", "delete"),
    ],
)
def test_the_kind_of_an_operation_is_told_by_its_category_first(category: object, operation: str, kind: str) -> None:
    (row,) = told(Kind.JOBS, job(operationCategory=category, operation=operation)).jobs
    assert (row["operation_kind"], row["operation"]) == (kind, operation)


def test_errors_are_read_with_their_advice_and_the_chain_stays_in_properties() -> None:
    inner = {"code": "Inner", "message": "deeper", "recommendedAction": ["ask"]}
    errors = [
        {
            "code": "MOSJobTimedOutError",
            "message": "too long",
            "recommendedAction": ["retry", "wait"],
            "details": [inner],
        },
        {"code": None, "message": "no code", "recommendedAction": None},
    ]
    (row,) = told(Kind.JOBS, job(status="Failed", errorDetails=errors)).jobs
    assert row["error_codes"] == ["MOSJobTimedOutError", ""]
    assert row["error_messages"] == ["too long", "no code"]
    assert row["recommendations"] == ["retry", "wait"]
    assert "Inner" in str(row["properties"])


@pytest.mark.parametrize(
    ("extended", "moved"),
    [
        ({"dataTransferredInBytes": 2063.0}, 2063),
        ({"dataTransferedInBytes": 7}, 7),
        ({"dataTransferredInBytes": None, "subTasks": [{"additionalDetails": {"DataTransferredInBytes": "71152"}}]}, 71152),
        ({"subTasks": [{"additionalDetails": {"DataTransferredInBytes": "1"}}, {"additionalDetails": None}]}, 1),
        ({"subTasks": [{"additionalDetails": {"DataTransferredInBytes": "many"}}]}, None),
        ({"dataTransferredInBytes": 0.5}, None),
        ({"dataTransferredInBytes": -1.0}, None),
        ({}, None),
    ],
)  # fmt: skip
def test_bytes_are_read_however_they_are_spelled(extended: dict[str, object], moved: int | None) -> None:
    (row,) = told(Kind.JOB_DETAILS, job(extendedInfo=extended)).jobs
    assert row["bytes_transferred"] == moved
    assert row["detailed"] is True


def test_a_restore_tells_its_point_by_id() -> None:
    (row,) = told(Kind.JOB_DETAILS, restore()).restore_jobs
    assert (row["recovery_point_id_sent"], row["recovery_point_at_text"]) == ("p1", "2026-11-19T22:00:09.1Z")
    assert row["recovery_point_at_sent"] == datetime(2026, 11, 19, 22, 0, 9, 100000, UTC)
    assert (row["item_key"], row["item_link"], row["location_type"]) == (KEY, "id", "alternate")
    assert str(row["target"]).endswith("/disks/disk-1-restored")


def test_a_restore_of_a_list_tells_no_point_yet() -> None:
    (row,) = told(Kind.JOBS, restore(extendedInfo=None)).restore_jobs
    assert row.get("recovery_point_id_sent") is None
    assert row.get("recovery_point_at_sent") is None


def test_a_restore_to_a_moment_names_no_point_and_a_sentinel_no_moment() -> None:
    (row,) = told(Kind.JOB_DETAILS, restore(point=None)).restore_jobs
    assert (row["recovery_point_id_sent"], row["recovery_point_at_text"]) == (None, "2026-11-19T22:00:09.1Z")
    (never,) = told(Kind.JOB_DETAILS, restore(at="0001-01-01T00:00:00Z")).restore_jobs
    assert never["recovery_point_at_sent"] is None


@pytest.mark.parametrize(
    ("destination", "details", "location"),
    [
        (DISK.upper(), None, "original"),
        ("", {"Restore File Prefix": "dump"}, "files"),
        ("container", {"Restore File Prefix": "dump"}, "files"),
        ("", None, None),
    ],
)
def test_where_a_restore_went(destination: str, details: object, location: str | None) -> None:
    sent = restore()
    extended = sent["properties"]["extendedInfo"]  # type: ignore[index]  # made above
    extended |= {"recoveryDestination": destination, "additionalDetails": details}
    (row,) = told(Kind.JOB_DETAILS, sent).restore_jobs
    assert row["location_type"] == location


def test_an_instance_is_an_item_and_keeps_its_key_when_it_is_deleted() -> None:
    (alive,) = told(Kind.PROTECTED_ITEMS, instance()).protected_items
    gone = told(Kind.DELETED_ITEMS, instance("deletedBackupInstances/disk-1", "SoftDeleted")).protected_items[0]
    assert (alive["item_key"], alive["item_id"], alive["soft_deleted"]) == (KEY, INSTANCE, False)
    assert (gone["item_key"], gone["soft_deleted"], gone["protection_state"]) == (KEY, True, "SoftDeleted")
    assert gone["item_id"] == f"{VAULT}/deletedBackupInstances/disk-1"
    assert (alive["source_resource_id"], alive["policy_id"]) == (DISK, f"{VAULT}/backupPolicies/Daily".lower())


def test_a_point_belongs_to_its_instance_and_tells_its_stores() -> None:
    stores = [{"type": "OperationalStore", "state": "COMMITTED"}, {"type": "Unheard", "state": None}]
    sent = point(recoveryPointDataStoresDetails=stores, expiryTime="0001-01-01T00:00:00Z")
    (row,) = told(Kind.RECOVERY_POINTS, sent).recovery_points
    assert (row["item_key"], row["recovery_point_id"]) == (KEY, "p1")
    assert row["tiers"] == ["OperationalStore=COMMITTED", "Unheard="]
    assert (row["point_type"], row["rule_name"], row["expires_at"]) == ("Incremental", "Default", None)


def test_rules_of_a_policy_stand_as_sent() -> None:
    trigger = {
        "schedule": {
            "repeatingTimeIntervals": ["R/2026-03-02T22:00:00+00:00/P1D"],
            "timeZone": "W. Europe Standard Time",
        }
    }
    rules = [
        {"name": "BackupDaily", "objectType": "AzureBackupRule", "trigger": trigger},
        {"name": "Default", "objectType": "AzureRetentionRule", "lifecycles": [{"deleteAfter": {"duration": "P7D"}}]},
        {"name": "Unheard"},
    ]
    sent = resource("backupPolicies/Daily", {"datasourceTypes": ["Microsoft.Compute/disks"], "policyRules": rules})
    (row,) = told(Kind.POLICIES, sent).policies
    assert [rule["name"] for rule in json.loads(str(row["schedule"]))] == ["BackupDaily"]
    assert [rule["name"] for rule in json.loads(str(row["retention"]))] == ["Default"]
    assert (row["workload"], row["time_zone"]) == ("Microsoft.Compute/disks", "W. Europe Standard Time")
    assert "Unheard" in str(row["properties"])


@pytest.mark.parametrize(
    ("stores", "told_as"),
    [
        (
            [{"datastoreType": "OperationalStore", "type": "Zone"}, {"datastoreType": "VaultStore", "type": "Geo"}],
            "Geo",
        ),
        ([{"datastoreType": "ArchiveStore", "type": "Local"}], "Local"),
        ([], None),
        (None, None),
    ],
)
def test_redundancy_is_that_of_the_vault_store(stores: object, told_as: str | None) -> None:
    sent = resource("", {"storageSettings": stores, "isVaultProtectedByResourceGuard": True}, location="westeurope")
    (row,) = told(Kind.BACKUP_VAULTS, sent).vaults
    assert (row["redundancy"], row["kind"], row["region"]) == (told_as, "backup", "westeurope")
    assert (row["vault_id"], row["multi_user_authorization"]) == (VAULT.lower(), "Enabled")


@pytest.mark.parametrize("spelled", ["vaults", "backupVaults"])
def test_a_proxy_is_known_by_either_type(spelled: str) -> None:
    sent = resource("backupResourceGuardProxies/DppResourceGuardProxy", {"resourceGuardResourceId": "/g"})
    sent["type"] = f"Microsoft.DataProtection/{spelled}/backupResourceGuardProxies"
    (row,) = told(Kind.GUARD_PROXIES, sent).vaults
    assert (row["multi_user_authorization"], row["vault_id"]) == ("Enabled", VAULT.lower())


def test_duplicate_rows_are_kept_each_and_other_vaults_are_noted() -> None:
    other = {**job("j2"), "id": f"{VAULT}-2/backupJobs/j2"}
    result = told(Kind.JOBS, job(), job(), other)
    assert [row["ordinal"] for row in result.jobs] == [0, 1, 2]
    assert result.problem_counts() == {"jobs.id": 1}


NAMES = [
    "backupInstanceId",
    "extendedInfo",
    "sourceRecoverPoint",
    "recoveryPointID",
    "recoveryPointTime",
    "dataTransferredInBytes",
    "subTasks",
    "additionalDetails",
    "DataTransferredInBytes",
    "errorDetails",
    "recommendedAction",
    "operationCategory",
    "recoveryDestination",
    "recoveryPointDataStoresDetails",
    "policyRules",
    "lifecycles",
    "trigger",
    "datasourceTypes",
    "storageSettings",
    "securitySettings",
    "dataSourceInfo",
    "dataSourceSetInfo",
    "protectionStatus",
    "properties",
]
names = st.sampled_from(NAMES) | texts
kinds = st.sampled_from(sorted(BACKUP_TYPES))
ids = st.sampled_from(
    [VAULT, INSTANCE, f"{VAULT}/backupJobs/a", f"{INSTANCE}/recoveryPoints/7", f"{VAULT}/backupPolicies/p"]
)


@given(
    kinds,
    ids,
    st.dictionaries(names, json_values(names), max_size=8),
    st.dictionaries(names, json_values(names), max_size=3),
    st.sampled_from([None, 1]),
)
def test_elements_lose_nothing(
    kind: Kind, sent_id: str, properties: dict[str, Json], beside: dict[str, Json], indent: int | None
) -> None:
    element = {**beside, "id": sent_id, "type": BACKUP_TYPES[kind][0], "properties": properties}
    body = json.dumps({"value": [element]}, indent=indent).encode()
    result = captured(call(kind, body, subject=INSTANCE))
    table = TABLES.get(kind, "vaults")
    (sent,) = elements_of(body)
    rows = rows_of(result, table, 0)
    assert bool(rows) != bool(result.unread)
    assert all(same_text(one, sent) for one in result.unread)
    assert all(lost(sent, row, TAKEN.get(table, [])) == [] for row in rows)
    for name, found in result.tables().items():
        assert from_rows(ALL[name], found).num_rows == len(found)
