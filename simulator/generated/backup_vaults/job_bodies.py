"""Job bodies: from a list without `extendedInfo`, from the job's own answer with it; durations in the form of each."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import quote

from simulator.generated.backup_vaults.values import PROVIDER, Failure, Job, Source
from simulator.generated.moments import duration, ticks

_STORES = {"OperationalStore": "OperationalTierStore", "VaultStore": "VaultStore"}


def job_body(job: Job, now: datetime, *, details: bool) -> dict[str, object]:
    """A job as it stands at a moment."""
    instance, ended = job.instance, job.ended_at <= now
    vault, policy = instance.vault, instance.policy
    is_backup = job.restore is None
    length = job.ended_at - job.started_at if ended else timedelta(0)
    properties: dict[str, object] = {
        "activityID": job.activity_id,
        "subscriptionId": vault.subscription,
        "backupInstanceId": instance.id,
        "policyId": f"{vault.id}/backupPolicies/{policy.name}",
        "dataSourceId": instance.resource_id,
        "vaultName": vault.name,
        "backupInstanceFriendlyName": instance.resource,
        "policyName": policy.name,
        "sourceResourceGroup": instance.resource_group,
        "dataSourceSetName": None,
        "dataSourceName": instance.resource,
        "sourceDataStoreName": None,
        "sourceDataStoreType": None if is_backup else policy.store,
        "destinationDataStoreName": _STORES[policy.store] if is_backup and ended else None,
        "progressEnabled": policy.source is Source.POSTGRES,
        "etag": f"W/\"datetime'{quote(ticks(min(job.ended_at, now)), safe='')}'\"",
        "sourceSubscriptionID": vault.subscription,
        "dataSourceLocation": vault.region,
        "startTime": ticks(job.started_at),
        "endTime": ticks(job.ended_at) if ended else None,
        "dataSourceType": str(policy.source),
        "operationCategory": job.operation,
        "operation": job.operation,
        "status": job.status if ended else "InProgress",
        "restoreType": None,
        "isUserTriggered": not is_backup,
        "rehydrationPriority": None,
        "supportedActions": [] if is_backup else [""],
        "duration": duration(length) if details else _dotnet(length),
        "progressUrl": None,
        "isCrossRegionRestore": None,
        "errorDetails": [_error(job.failure)] if ended and job.failure else None,
        "extendedInfo": _extended(job, ended=ended) if details else None,
    }
    return {
        "properties": properties,
        "id": f"{vault.id}/backupJobs/{job.job_id}",
        "name": job.job_id,
        "type": f"{PROVIDER}/backupJobs",
    }


def _error(failure: Failure, depth: int = 2) -> dict[str, object]:
    """An error and what it came of: recorded ones go three deep, the innermost of them the service's own."""
    inner = replace(failure, code="InternalServerError", message="Internal error", is_retryable=False)
    return {
        "code": failure.code,
        "message": failure.message,
        "recommendedAction": [failure.action],
        "isRetryable": failure.is_retryable,
        "isUserError": False,
        "target": "",
        "properties": None,
        "innerError": None,
        "details": [_error(inner if depth == 1 else failure, depth - 1)] if depth else None,
    }


def _extended(job: Job, *, ended: bool) -> dict[str, object]:
    restore, point = job.restore, job.point
    told = {"TaskId": job.activity_id, "DatasourceType": str(job.instance.policy.source)}
    moved = job.instance.policy.source is Source.POSTGRES and ended and point is not None
    task = {
        "taskId": 1,
        "taskName": f"Trigger {job.operation}",
        "taskStatus": job.status if ended else "InProgress",
        "taskProgress": None,
        "additionalDetails": told if ended else None,
    }
    # The point's time stands as a sentinel here, as recorded; its own body tells it.
    target = {"recoveryPointID": point.point_id, "recoveryPointTime": "0001-01-01T00:00:00Z"} if point else None
    source = None
    if restore is not None:
        point_id = None if restore.point is None else restore.point.point_id
        source = {"recoveryPointID": point_id, "recoveryPointTime": ticks(restore.at)}
    return {
        "backupInstanceState": None,
        "dataTransferredInBytes": 1_048_576.0 * (1 + job.started_at.microsecond % 512) if moved else None,
        "targetRecoverPoint": target if ended else None,
        "sourceRecoverPoint": source,
        "recoveryDestination": None if restore is None else restore.destination,
        "subTasks": [task],
        "additionalDetails": {"RetentionTag": "Default"} if restore is None else None,
        "warningDetails": None,
    }


def _dotnet(length: timedelta) -> str:
    """`00:03:09.7121507`, as lists have it; no fraction where there is none."""
    minutes, seconds = divmod(length.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    fraction = f".{length.microseconds:06}0" if length.microseconds else ""
    return f"{length.days * 24 + hours:02}:{minutes:02}:{seconds:02}{fraction}"
