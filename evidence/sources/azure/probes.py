"""One small question for each right that capture needs of a vault: answered, refused, or unknown.

Not here: what the answers hold. A right is checked before what it is for, so a question about a thing that does not exist is refused
where the right is missing and answered with 404 where it is there; that is how jobs and points are asked about. Invariant: every
action of `rights.VAULT_ACTIONS` has a probe.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

import orjson
from azure.core.rest import HttpRequest

from evidence.nights import Window
from evidence.records import BACKUP, RECOVERY_SERVICES, Vault
from evidence.sources.azure.containers import FILES
from evidence.sources.azure.cross_region import CROSS_REGION_API_VERSION
from evidence.sources.azure.filters import jobs_filter, whole_seconds
from evidence.sources.azure.regions import paired_region
from evidence.sources.azure.session import BACKUP_API_VERSION, PROTECTION_API_VERSION, VAULTS_API_VERSION

NOBODY: Final = "00000000-0000-0000-0000-000000000000"
"""Id of a job that is none."""
_NOWHERE: Final = "/backupFabrics/Azure/protectionContainers/none/protectedItems/none/recoveryPoints"
_OF_FILES: Final = f"backupManagementType eq '{FILES}'"


@dataclass(frozen=True, slots=True)
class Probe:
    """How one right is asked about."""

    request: HttpRequest
    body: str | None = None
    made_up: bool = False
    """Whether it is about a thing that does not exist, so that 404 says that it may be read."""


Make = Callable[[Vault, Window], Probe | None]
"""None where there is nothing to ask of a vault."""


def _get(below: str, api_version: str = BACKUP_API_VERSION, *, asked: str = "", made_up: bool = False) -> Make:
    return lambda vault, _: _asked(vault, below, api_version, asked, made_up=made_up)


def _jobs(vault: Vault, window: Window) -> Probe:
    return _asked(vault, "/backupJobs", BACKUP_API_VERSION, jobs_filter(whole_seconds(window)))


def _asked(vault: Vault, below: str, api_version: str, asked: str, *, made_up: bool = False) -> Probe:
    query = f"?api-version={api_version}" + (f"&$filter={quote(asked, safe='')}" if asked else "")
    return Probe(HttpRequest("GET", f"{scope_of(vault)}{below}{query}"), made_up=made_up)


def _cross_region(path: str, *, one: bool) -> Make:
    def make(vault: Vault, _: Window) -> Probe | None:
        region = paired_region(vault.region)
        if region is None:
            return None
        body = orjson.dumps({"resourceId": scope_of(vault), **({"jobName": NOBODY} if one else {})}).decode()
        scope = f"/subscriptions/{vault.subscription_id}/providers/Microsoft.RecoveryServices/locations/{region}"
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        url = f"{scope}/{path}?api-version={CROSS_REGION_API_VERSION}"
        return Probe(HttpRequest("POST", url, content=body, headers=headers), body, made_up=True)

    return make


_VAULT: Final = "Microsoft.RecoveryServices/vaults"
_BACKUP_VAULT: Final = "Microsoft.DataProtection/backupVaults"
_PROTECTION: Final = PROTECTION_API_VERSION
PROBES: Final[Mapping[str, Mapping[str, Make]]] = {
    RECOVERY_SERVICES: {
        f"{_VAULT}/read": _get("", VAULTS_API_VERSION),
        f"{_VAULT}/backupconfig/read": _get("/backupconfig/vaultconfig"),
        f"{_VAULT}/backupstorageconfig/read": _get("/backupstorageconfig/vaultstorageconfig"),
        f"{_VAULT}/backupEncryptionConfigs/read": _get("/backupEncryptionConfigs/backupResourceEncryptionConfig"),
        f"{_VAULT}/backupResourceGuardProxies/read": _get("/backupResourceGuardProxies"),
        f"{_VAULT}/backupPolicies/read": _get("/backupPolicies"),
        f"{_VAULT}/backupProtectedItems/read": _get("/backupProtectedItems"),
        f"{_VAULT}/backupProtectionContainers/read": _get("/backupProtectionContainers", asked=_OF_FILES),
        f"{_VAULT}/backupDeletedProtectionContainers/read": _get("/backupDeletedProtectionContainers", asked=_OF_FILES),
        f"{_VAULT}/backupEngines/read": _get("/backupEngines"),
        f"{_VAULT}/backupJobs/read": _jobs,
        "Microsoft.RecoveryServices/locations/backupCrrJobs/action": _cross_region("backupCrrJobs", one=False),
        "Microsoft.RecoveryServices/locations/backupCrrJob/action": _cross_region("backupCrrJob", one=True),
        f"{_VAULT}/backupFabrics/protectionContainers/protectedItems/recoveryPoints/read": _get(_NOWHERE, made_up=True),
    },
    BACKUP: {
        f"{_BACKUP_VAULT}/backupResourceGuardProxies/read": _get("/backupResourceGuardProxies", _PROTECTION),
        f"{_BACKUP_VAULT}/backupPolicies/read": _get("/backupPolicies", _PROTECTION),
        f"{_BACKUP_VAULT}/backupInstances/read": _get("/backupInstances", _PROTECTION),
        f"{_BACKUP_VAULT}/deletedBackupInstances/read": _get("/deletedBackupInstances", _PROTECTION),
        f"{_BACKUP_VAULT}/backupJobs/read": _get("/backupJobs", _PROTECTION),
        f"{_BACKUP_VAULT}/backupInstances/recoveryPoints/read": _get(
            "/backupInstances/none/recoveryPoints", _PROTECTION, made_up=True
        ),
    },
}
"""By kind of vault and action."""


def scope_of(vault: Vault) -> str:
    """The vault's id, its parts spelled as Azure spells them."""
    provider = _BACKUP_VAULT if vault.kind == BACKUP else _VAULT
    return f"/subscriptions/{vault.subscription_id}/resourceGroups/{vault.resource_group}/providers/{provider}/{vault.name}"
