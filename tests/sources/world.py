"""One subscription with one vault in the shapes that Azure sends, told to the scripted server; written by us."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

import orjson

from evidence.nights import Calendar, look_back
from evidence.records import Capture, CaptureRequest, Coverage, Kind, Vault
from tests.sources.loopback import Loopback, Reply, body

SUBSCRIPTION = "5a1c0000-0000-4000-8000-00000000a001"
TENANT, PRINCIPAL, APPLICATION = "tenant-1", "principal-1", "application-1"
GROUP, NAME = "rg-main", "rsv-main"
VAULT_ID = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/providers/Microsoft.RecoveryServices/vaults/{NAME}"
VAULT = Vault(VAULT_ID.lower(), NAME, "recovery_services", SUBSCRIPTION, GROUP, "westeurope")
NIGHT = date(2026, 11, 14)
VM = ("IaasVMContainer;iaasvmcontainerv2;rg-main;vm-1", "VM;iaasvmcontainerv2;rg-main;vm-1")
SQL = ("VMAppContainer;compute;rg-main;sql-1", "SQLDataBase;mssqlserver;orders")

Row = dict[str, object]


def token(**claims: str) -> str:
    """A token in a JWT's form, signed by nobody."""
    told = {"tid": TENANT, "oid": PRINCIPAL, "appid": APPLICATION, **claims}
    payload = base64.urlsafe_b64encode(orjson.dumps(told)).rstrip(b"=").decode()
    return f"e30.{payload}.c2ln"


def listed(*rows: object, link: str | None = None) -> Reply:
    """A page of a list."""
    return body({"value": list(rows), **({} if link is None else {"nextLink": link})})


def resource(path: str, **properties: object) -> Row:
    """A resource below the vault (or at it, for an empty path)."""
    arm_id = f"{VAULT_ID}/{path}" if path else VAULT_ID
    return {
        "id": arm_id,
        "name": arm_id.rsplit("/", 1)[1],
        "type": "Microsoft.RecoveryServices",
        "properties": properties,
    }


def job(job_id: str, status: str = "Completed", operation: str = "Backup", start: str | None = None) -> Row:
    """A job as a list or its own answer tells it."""
    began = start or "2026-11-14T22:00:00.1234567Z"
    return resource(
        f"backupJobs/{job_id}",
        jobType="AzureIaaSVMJob",
        backupManagementType="AzureIaasVM",
        operation=operation,
        status=status,
        startTime=began,
        entityFriendlyName="vm-1",
    )


def item(container: str, name: str, management_type: str = "AzureIaasVM") -> Row:
    """A protected item as a list tells it."""
    path = f"backupFabrics/Azure/protectionContainers/{container}/protectedItems/{name}"
    return resource(path, backupManagementType=management_type, friendlyName=name.rsplit(";", 1)[-1])


def container(name: str, management_type: str = "AzureWorkload") -> Row:
    """A container as a list tells it."""
    path = f"backupFabrics/Azure/protectionContainers/{name}"
    return resource(path, backupManagementType=management_type, friendlyName=name.rsplit(";", 1)[-1])


def point(container: str, name: str, point_id: str) -> Row:
    """A recovery point of an item."""
    path = f"backupFabrics/Azure/protectionContainers/{container}/protectedItems/{name}/recoveryPoints/{point_id}"
    return resource(path, objectType="IaasVMRecoveryPoint", recoveryPointTime="2026-11-14T22:00:05.1234567Z")


def vault_row(name: str = NAME, group: str = GROUP, subscription: str = SUBSCRIPTION) -> Row:
    """A vault as the vault list tells it."""
    arm_id = f"/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.RecoveryServices/vaults/{name}"
    return {
        "id": arm_id,
        "name": name,
        "location": "westeurope",
        "type": "Microsoft.RecoveryServices/vaults",
        "properties": {},
    }


def whole(server: Loopback) -> None:
    """Tell the server a vault of which everything can be read."""
    server.tell("/providers/Microsoft.RecoveryServices/vaults", listed(vault_row()))
    server.tell("/providers/Microsoft.DataProtection/backupVaults", listed())
    server.tell(f"/vaults/{NAME}", body(resource("", provisioningState="Succeeded")))
    server.tell(
        "/backupconfig/vaultconfig", body(resource("backupconfig/vaultconfig", softDeleteFeatureState="Enabled"))
    )
    server.tell(
        "/vaultstorageconfig",
        body(
            resource("backupstorageconfig/vaultstorageconfig", storageType="GeoRedundant", crossRegionRestoreFlag=False)
        ),
    )
    server.tell("/backupProtectionContainers", listed())
    server.tell("/backupProtectionContainers", listed(container(SQL[0])), filtered="AzureWorkload")
    server.tell("/backupDeletedProtectionContainers", listed())
    server.tell("/backupEngines", listed())
    server.tell(
        "/backupResourceEncryptionConfig", body(resource("backupEncryptionConfigs/x", lastUpdateStatus="NotEnabled"))
    )
    server.tell("/backupResourceGuardProxies", listed())
    server.tell("/backupPolicies", listed(resource("backupPolicies/daily", backupManagementType="AzureIaasVM")))
    server.tell("/backupProtectedItems", listed(item(*VM), item(*SQL, management_type="AzureWorkload")))
    server.tell("/backupJobs", listed(job("job-1"), job("job-2", "Failed")))
    server.tell("/backupJobs", listed(), filtered="MAB")
    server.tell("/backupJobs/job-2", body(job("job-2", "Failed")))
    server.tell(f"/{VM[1]}/recoveryPoints", listed(point(*VM, "1"), point(*VM, "2")))
    server.tell(f"/{SQL[1]}/recoveryPoints", listed(point(*SQL, "3")))
    server.tell(f"/{SQL[1]}/recoveryPoints", listed(point(*SQL, "DefaultRangeRecoveryPoint")), filtered="Log")


def request(
    *, late: bool = False, unfinished: Sequence[str] = (), windows: Mapping[str, int] | None = None
) -> CaptureRequest:
    """What a run for the night asks; `windows` gives the nights looked back on, for `jobs` and `long`."""
    calendar, counts = Calendar(), {"jobs": 3, "long": 14, **(windows or {})}
    return CaptureRequest(
        night=NIGHT,
        run_id="run-1",
        window=calendar.window(NIGHT),
        jobs_window=calendar.span(look_back(NIGHT, counts["jobs"]), NIGHT),
        long_jobs_window=calendar.span(look_back(NIGHT, counts["long"]), NIGHT),
        late=late,
        unfinished={VAULT.vault_id: tuple(unfinished)} if unfinished else {},
    )


class TickingClock:
    """A clock that moves one millisecond each time it is read."""

    def __init__(self) -> None:
        self._now = datetime(2026, 11, 15, 6, 30, tzinfo=UTC)

    def now(self) -> datetime:
        self._now += timedelta(milliseconds=1)
        return self._now

    def reach(self, moment: datetime) -> None:
        self._now = max(self._now, moment)


def coverage(capture: Capture, kind: Kind) -> Coverage:
    """The one coverage row of a kind."""
    (row,) = (row for row in capture.coverage if row.kind is kind)
    return row
