"""Answers about Backup vaults: which path leads to which body.

Lists of jobs come in pages and take no filter; a deleted instance leaves the list of instances and is kept in one of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from simulator.errors import arm_error, json_response
from simulator.generated.backup_vaults.bodies import guard_proxies, instance_body, point_body, policy_body, vault_body
from simulator.generated.backup_vaults.history import BackupHistory
from simulator.generated.backup_vaults.job_bodies import job_body
from simulator.generated.backup_vaults.values import PROVIDER, BackupVault, Instance, Job
from simulator.interface import ArmRequest, ArmResponse
from simulator.paging import page
from simulator.paths import ArmPath

PAGE = 50
_FAR = datetime(9999, 1, 1, tzinfo=UTC)


class BackupVaultsDesk:
    """Answers for the Backup vaults of a world."""

    def __init__(self, history: BackupHistory) -> None:
        self._history = history

    def answer(self, request: ArmRequest, path: ArmPath) -> ArmResponse:
        """Answer one GET below the provider's path."""
        if path.vault is None:
            return self._vault_list(path)
        for vault in self._history.vaults:
            if path.names(vault.subscription, vault.resource_group, vault.name):
                return self._in_vault(request, path, vault)
        message = f"The Resource '{PROVIDER}/{path.vault}' under resource group '{path.resource_group}' was not found."
        return arm_error(404, "ResourceNotFound", message, {"x-ms-failure-cause": "gateway"})

    def _vault_list(self, path: ArmPath) -> ArmResponse:
        group = (path.resource_group or "").lower()
        mine = [vault for vault in self._history.vaults if vault.subscription == str(path.subscription).lower()]
        found = [vault for vault in mine if group in ("", vault.resource_group.lower())]
        return json_response({"value": [vault_body(vault, self._history.seed) for vault in found]})

    def _in_vault(self, request: ArmRequest, path: ArmPath, vault: BackupVault) -> ArmResponse:
        if not path.collection:
            return json_response(vault_body(vault, self._history.seed))
        names = (path.name or "").split("/") if path.name else []
        if path.collection == "backupjobs":
            return self._jobs(request, vault, names)
        if path.collection == "backupinstances" and len(names) > 1:
            return self._points(request, vault, names)
        listed = self._listed(vault, path.collection, request.now)
        if listed is None or len(names) > 1:
            return arm_error(404, "NotSimulated", f"The simulator does not know '{request.path}'.")
        return json_response({"value": list(listed)}) if not names else _one(listed, names[0])

    def _listed(self, vault: BackupVault, collection: str, now: datetime) -> Sequence[Mapping[str, object]] | None:
        history = self._history
        match collection:
            case "backuppolicies":
                return [policy_body(vault, policy) for policy in vault.policies]
            case "backupinstances":
                return [instance_body(one) for one in history.living(vault, now)]
            case "deletedbackupinstances":
                return [instance_body(one, history.deleted_at(one)) for one in history.soft_deleted(vault, now)]
            case "backupresourceguardproxies":
                return guard_proxies(vault)
            case _:
                return None

    def _jobs(self, request: ArmRequest, vault: BackupVault, names: Sequence[str]) -> ArmResponse:
        jobs = self._history.jobs(vault, request.now)
        if not names:
            return page(request, jobs, PAGE, _newest_first, lambda job: job_body(job, request.now, details=False))
        for job in jobs:
            if [job.job_id] == [name.lower() for name in names]:
                return json_response(job_body(job, request.now, details=True))
        return arm_error(404, "ResourceNotFound", f"The vault '{vault.name}' has no job '{'/'.join(names)}'.")

    def _points(self, request: ArmRequest, vault: BackupVault, names: Sequence[str]) -> ArmResponse:
        found = [one for one in self._history.living(vault, request.now) if one.name.lower() == names[0].lower()]
        if not found or names[1].lower() != "recoverypoints":
            return arm_error(404, "BackupInstanceNotFound", f"The vault '{vault.name}' has no instance '{names[0]}'.")
        bodies = list(self._point_bodies(found[0], request.now))
        return _one(bodies, names[2]) if len(names) > 2 else json_response({"value": bodies})

    def _point_bodies(self, instance: Instance, now: datetime) -> Iterator[dict[str, object]]:
        for point in self._history.points(instance, now):
            yield point_body(instance, point, self._history.seed)


def _one(listed: Sequence[Mapping[str, object]], name: str) -> ArmResponse:
    for body in listed:
        if str(body["name"]).lower() == name.lower():
            return json_response(body)
    return arm_error(404, "ResourceNotFound", f"There is no '{name}'.")


def _newest_first(job: Job) -> str:
    left = _FAR - job.started_at
    return f"{left // timedelta(microseconds=1):018}_{job.job_id}"
