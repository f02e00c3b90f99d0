"""Answers about jobs: the filtered, paged list and the details of one.

Lists are newest first and hold no `extendedInfo`, as Azure's.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from simulator.errors import arm_error, json_response
from simulator.filters import FilterError, interval, parse_filter
from simulator.generated.bodies.jobs import job_body, operation_at, status_at
from simulator.generated.bodies.servers import server_job_body
from simulator.generated.history import History
from simulator.generated.schedules import night_start
from simulator.generated.servers import ServerJob
from simulator.generated.servers_desk import ServersDesk
from simulator.generated.values import Job, Vault
from simulator.interface import ArmRequest, ArmResponse
from simulator.paging import page

PAGE = 50
_NAMES = ("startTime", "endTime", "status", "operation", "backupManagementType", "jobId")
_STATUSES = ("InProgress", "Completed", "Failed", "CompletedWithWarnings", "Cancelled", "Cancelling")
_OPERATIONS = (
    "Register",
    "UnRegister",
    "ConfigureBackup",
    "Backup",
    "Restore",
    "DisableBackup",
    "DeleteBackupData",
    "CrossRegionRestore",
    "Undelete",
    "UpdateCustomerManagedKey",
)
_KNOWN = {"status": _STATUSES, "operation": _OPERATIONS}
_FAR = datetime(9999, 1, 1, tzinfo=UTC)


class JobsDesk:
    """Answers for the jobs of a vault."""

    def __init__(self, history: History, servers: ServersDesk, page_size: int = PAGE) -> None:
        self._page_size = page_size
        self._servers = servers
        self._history = history

    def answer(self, request: ArmRequest, vault: Vault, job_id: str | None) -> ArmResponse:
        """The job list, or one job. Raises FilterError."""
        return self._listed(request, vault) if job_id is None else self._one(request, vault, job_id)

    def _one(self, request: ArmRequest, vault: Vault, job_id: str) -> ArmResponse:
        of_server = self._servers.job(vault, job_id.lower(), night_start(self._history.begin), request.now)
        if of_server is not None:
            return of_server
        job = self._history.job(vault, job_id.lower())
        if job is None or job.started_at > request.now:
            return arm_error(404, "ResourceNotFound", f"The vault '{vault.name}' has no job '{job_id}'.")
        return json_response(job_body(job, request.now, details=True))

    def _listed(self, request: ArmRequest, vault: Vault) -> ArmResponse:
        asked = parse_filter(request.query.get("$filter", ""), _NAMES)
        for name, known in _KNOWN.items():
            if name in asked and asked[name] not in known:
                raise FilterError(asked[name])
        window = interval(asked, "startTime", "endTime")
        begin = night_start(self._history.begin)
        start, end = window or (begin, request.now)
        first, last = max(start, begin), min(end, request.now)
        jobs: list[Job | ServerJob] = [
            job for job in self._history.jobs(vault, first, last) if _matches(job, asked, request.now)
        ]
        of_servers = self._servers.jobs(vault, first, last, request.now)
        jobs += [job for job in of_servers if _matches_server(job, asked, request.now)]
        jobs.sort(key=_newest_first)
        return page(request, jobs, self._page_size, _newest_first, lambda job: _body(job, request.now))


def _matches(job: Job, asked: dict[str, str], now: datetime) -> bool:
    return (
        asked.get("status", status := status_at(job, now)) == status
        and operation_at(job, now).startswith(asked.get("operation", ""))
        and asked.get("backupmanagementtype", job.item.workload.management_type) == job.item.workload.management_type
        and asked.get("jobid", job.job_id).lower() == job.job_id
    )


def _matches_server(job: ServerJob, asked: dict[str, str], now: datetime) -> bool:
    status = "Completed" if job.ended_at <= now else "InProgress"
    return (
        asked.get("status", status) == status
        and "Backup".startswith(asked.get("operation", ""))
        and asked.get("backupmanagementtype", job.item.management_type) == job.item.management_type
        and asked.get("jobid", job.job_id).lower() == job.job_id
    )


def _body(job: Job | ServerJob, now: datetime) -> dict[str, object]:
    if isinstance(job, ServerJob):
        return server_job_body(job, now, details=False)
    return job_body(job, now, details=False)


def _newest_first(job: Job | ServerJob) -> str:
    left = _FAR - job.started_at
    return f"{left // timedelta(microseconds=1):018}_{job.job_id}"
