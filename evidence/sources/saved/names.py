"""Field names that people give Azure's fields: in `--query`, in tables of `az`, and as PowerShell spells them.

Not here: values. Invariant: a name stands for one field of a kind, or for none; unknown names keep their fields as they are.
Sources: the table layouts of `az backup` and the model classes of Az.RecoveryServices.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from evidence.records import Kind

Path = tuple[str, ...]
"""Where a field belongs inside `properties`."""

_ITSELF = (
    "activityId",
    "backupManagementType",
    "containerName",
    "duration",
    "endTime",
    "entityFriendlyName",
    "errorDetails",
    "extendedInfo",
    "operation",
    "startTime",
    "status",
    "workloadType",
)
_JOBS: Mapping[str, str] = {
    **{name.casefold(): name for name in _ITSELF},
    "jobstatus": "status",
    "itemname": "entityFriendlyName",
    "item": "entityFriendlyName",
    "friendlyname": "entityFriendlyName",
    "workloadname": "entityFriendlyName",
    "managementtype": "backupManagementType",
    "start": "startTime",
    "started": "startTime",
    "starttimeutc": "startTime",
    "end": "endTime",
    "ended": "endTime",
    "endtimeutc": "endTime",
}
_BACKUP_JOBS: Mapping[str, str] = {
    **{key: name for key, name in _JOBS.items() if name not in {"entityFriendlyName", "backupManagementType"}},
    "backupinstance": "backupInstanceId",
    "datasource": "dataSourceName",
}
_ITEMS: Mapping[str, str] = {
    "backupmanagementtype": "backupManagementType",
    "managementtype": "backupManagementType",
    "containername": "containerName",
    "friendlyname": "friendlyName",
    "healthstatus": "healthStatus",
    "lastbackupstatus": "lastBackupStatus",
    "lastbackuptime": "lastBackupTime",
    "lastrecoverypoint": "lastRecoveryPoint",
    "latestrecoverypoint": "lastRecoveryPoint",
    "policyid": "policyId",
    "protectionstate": "protectionState",
    "protectionstatus": "protectionStatus",
    "sourceresourceid": "sourceResourceId",
    "virtualmachineid": "virtualMachineId",
    "workloadtype": "workloadType",
}
_POINTS: Mapping[str, str] = {
    "time": "recoveryPointTime",
    "recoverypointtime": "recoveryPointTime",
    "recoverypointtimeinutc": "recoveryPointTimeInUTC",
    "timeranges": "timeRanges",
    "consistency": "recoveryPointType",
    "recoverypointtype": "recoveryPointType",
}
_EXPIRY: Mapping[str, Path] = {
    "expirytime": ("recoveryPointProperties", "expiryTime"),
    "rulename": ("recoveryPointProperties", "ruleName"),
}
_OWN_NAMES: Mapping[Kind, frozenset[str]] = {
    Kind.JOBS: frozenset({"name", "jobid", "jobname"}),
    Kind.JOB_DETAILS: frozenset({"name", "jobid", "jobname"}),
    Kind.PROTECTED_ITEMS: frozenset({"name"}),
    Kind.RECOVERY_POINTS: frozenset({"name", "recoverypointid"}),
}
"""Names under which a record's own name is found."""
MANAGEMENT_TYPES: Mapping[str, str] = {"azurevm": "AzureIaasVM", "scdpm": "DPM"}
"""PowerShell's words for Azure's, where they differ."""
WORKLOADS: Mapping[str, str] = {"azurevm": "VM", "azurefiles": "AzureFileShare", "mssql": "SQLDataBase"}
NUMBERED = frozenset({"backupManagementType", "workloadType", "protectionState", "protectionStatus", "healthStatus"})
"""Fields that PowerShell writes as numbers, whose meaning its versions do not share: 2 was MARS and is SCDPM."""
FIRST_NUMBER: Mapping[str, str] = {"backupManagementType": "AzureIaasVM", "workloadType": "VM"}
"""What the number 1 has meant in every version."""


@lru_cache(maxsize=4096)
def folded(name: str) -> str:
    """A name without case, spaces and punctuation, and without the bag it was taken from: `properties.startTime`."""
    plain = "".join(one for one in name.casefold() if one.isalnum())
    rest = plain.removeprefix("properties")
    return rest or plain


def place_of(name: str, kind: Kind, *, backup_vault: bool) -> Path | None:
    """Where a field of a flattened record belongs; None for a field that is kept under its own name."""
    key = folded(name)
    match kind:
        case Kind.PROTECTED_ITEMS:
            found = _ITEMS.get(key)
        case Kind.RECOVERY_POINTS:
            if key in _EXPIRY and not backup_vault:
                return _EXPIRY[key]
            found = _POINTS.get(key)
        case _:
            found = (_BACKUP_JOBS if backup_vault else _JOBS).get(key)
    return None if found is None else (found,)


def names_itself(name: str, kind: Kind) -> bool:
    """Whether a field holds the record's own name."""
    return folded(name) in _OWN_NAMES[kind]
