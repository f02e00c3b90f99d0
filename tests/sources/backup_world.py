"""A Backup vault in the shapes that Azure sends, told to the scripted server; written by us."""

from __future__ import annotations

from collections.abc import Mapping

from evidence.records import BACKUP, Vault
from tests.sources.loopback import Loopback, body
from tests.sources.world import SUBSCRIPTION, Row, listed

GROUP, NAME = "rg-backup", "bvault-main"
SCOPE = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/providers/Microsoft.DataProtection/backupVaults"
VAULT_ID = f"{SCOPE}/{NAME}"
BACKUP_VAULT = Vault(VAULT_ID.lower(), NAME, BACKUP, SUBSCRIPTION, GROUP, "westeurope")
LIST = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.DataProtection/backupVaults"
IN_WINDOW, BEFORE = "2026-11-14T22:00:05.3953539Z", "2026-10-30T22:00:05.3953539Z"


def vault_row(name: str = NAME) -> Row:
    """A vault as the list of Backup vaults tells it."""
    kind = "Microsoft.DataProtection/backupVaults"
    return {"id": f"{SCOPE}/{name}", "name": name, "location": "westeurope", "type": kind, "properties": {}}


def below(path: str, properties: Mapping[str, object]) -> Row:
    """A resource of the vault."""
    kind = "/".join(path.split("/")[::2])
    arm_id, told = f"{VAULT_ID}/{path}", f"Microsoft.DataProtection/backupVaults/{kind}"
    return {"id": arm_id, "name": arm_id.rpartition("/")[2], "type": told, "properties": dict(properties)}


def instance(name: str) -> Row:
    """A backup instance as its list tells it."""
    return below(f"backupInstances/{name}", {"friendlyName": name, "currentProtectionState": "ProtectionConfigured"})


def job(
    name: str, status: str = "Completed", operation: str = "Backup", start: str = IN_WINDOW, of: str = "disk-1"
) -> Row:
    """A job as a list or its own answer tells it."""
    properties = {
        "backupInstanceId": f"{VAULT_ID}/backupInstances/{of}",
        "operation": operation,
        "operationCategory": operation,
        "status": status,
        "startTime": start,
    }
    return below(f"backupJobs/{name}", properties)


def point(of: str, name: str) -> Row:
    """A recovery point of an instance."""
    return below(f"backupInstances/{of}/recoveryPoints/{name}", {"recoveryPointTime": "2026-11-14T22:02:05.1234567Z"})


def whole_backup_vault(server: Loopback) -> None:
    """Tell the server a Backup vault of which everything can be read."""
    server.tell("/providers/Microsoft.DataProtection/backupVaults", listed(vault_row()))
    server.tell(f"/{NAME}/backupResourceGuardProxies", listed(below("backupResourceGuardProxies/p", {})))
    server.tell(f"/{NAME}/backupPolicies", listed(below("backupPolicies/daily", {})))
    server.tell(f"/{NAME}/backupInstances", listed(instance("disk-1"), instance("disk-2")))
    server.tell(f"/{NAME}/deletedBackupInstances", listed(below("deletedBackupInstances/disk-0", {})))
    restore = job("restore", operation="Restore", of="disk-2")
    server.tell(
        f"/{NAME}/backupJobs", listed(job("ok"), job("failed", "Failed"), restore, job("old", "Failed", start=BEFORE))
    )
    server.tell(f"/{NAME}/backupJobs/failed", body(job("failed", "Failed")))
    server.tell(f"/{NAME}/backupJobs/restore", body(restore))
    server.tell("/disk-1/recoveryPoints", listed(point("disk-1", "p1"), point("disk-1", "p2")))
    server.tell("/disk-2/recoveryPoints", listed(point("disk-2", "p3")))
