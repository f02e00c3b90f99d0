"""The Activity Log of a generated world: who restored, protected or deleted what, and a policy change that is planted.

No body of it was recorded for us: the shape is that of Microsoft's reference (EventData, 2015-04-01). Events of scheduled backups
are not in it, as Azure logs what somebody asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from simulator.errors import arm_error
from simulator.generated.backup_vaults.history import BackupHistory
from simulator.generated.bodies.names import item_id
from simulator.generated.history import History
from simulator.generated.moments import ticks
from simulator.generated.schedules import night_start
from simulator.generated.seeded import Seed
from simulator.generated.values import Caller, Job, Vault
from simulator.interface import ArmRequest, ArmResponse
from simulator.paging import page
from simulator.tokens import PRINCIPAL

PAGE = 10
ADMINISTRATOR = "backup.admin@contoso.example"
HOME_OF_THE_CHANGE = "rsv-prod-weu"
POLICY = "DefaultPolicy"
PROVIDER, DATA_PROTECTION = ("microsoft.recoveryservices", "microsoft.dataprotection")
_VALUES = re.compile(r"/providers/Microsoft\.Insights/eventtypes/management/values/?", re.IGNORECASE)
_FILTER = re.compile(
    r"eventTimestamp ge '(?P<first>[^']+)' and eventTimestamp le '(?P<last>[^']+)' and resourceProvider eq '(?P<provider>[^']+)'",
    re.IGNORECASE,
)
_ITEM_ACTION = "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems"
_ACTIONS = {
    "Restore": f"{_ITEM_ACTION}/recoveryPoints/restore/action",
    "ConfigureBackup": f"{_ITEM_ACTION}/write",
    "DeleteBackupData": f"{_ITEM_ACTION}/delete",
}
_POLICY_ACTION = "Microsoft.RecoveryServices/vaults/backupPolicies/write"
_INSTANCE_ACTION = "Microsoft.DataProtection/backupVaults/backupInstances/restore/action"
_STATES = (("Started", 0), ("Succeeded", 2))


_BEFORE = timedelta(seconds=20)
"""A job begins so long after it was asked for."""
_SOMEBODY = Caller(ADMINISTRATOR, PRINCIPAL.object_id)
_PROVIDER_NAMES = {
    PROVIDER: {"value": "Microsoft.RecoveryServices", "localizedValue": "Azure Recovery Services"},
    DATA_PROTECTION: {"value": "Microsoft.DataProtection", "localizedValue": "Azure Data Protection"},
}


def is_events(rest: str) -> bool:
    """Whether what follows a subscription in a path asks for its events."""
    return _VALUES.fullmatch(rest) is not None


@dataclass(frozen=True, slots=True)
class _Event:
    """One event, before it is worded."""

    event_id: str
    correlation: str
    at: datetime
    action: str
    status: str
    resource_id: str
    caller: Caller

    @property
    def provider(self) -> str:
        """Whose resource it is about."""
        return DATA_PROTECTION if f"/{DATA_PROTECTION}/" in self.resource_id.lower() else PROVIDER

    @property
    def key(self) -> str:
        """Newest first."""
        left = datetime(9999, 1, 1, tzinfo=UTC) - self.at
        return f"{left // timedelta(microseconds=1):018}_{self.event_id}"


class EventsDesk:
    """Answers for the events of a subscription."""

    def __init__(self, history: History, seed: Seed, backup_vaults: BackupHistory | None = None) -> None:
        """Of Backup vaults only those restores are told of which it is planted who asked for them."""
        self._history = history
        self._seed = seed
        self._backup_vaults = backup_vaults

    def answer(self, request: ArmRequest, subscription: str) -> ArmResponse:
        """One page of events, newest first."""
        asked = _FILTER.fullmatch(request.query.get("$filter", ""))
        if asked is None:
            return arm_error(400, "BadRequest", "The $filter query parameter value is invalid.")
        first, last = (datetime.fromisoformat(asked[name]).astimezone(UTC) for name in ("first", "last"))
        found = [
            event
            for event in self._events(subscription, first, min(last, request.now))
            if asked["provider"].lower() == event.provider and first <= event.at <= last
        ]
        return page(request, sorted(found, key=lambda event: event.key), PAGE, lambda event: event.key, _body)

    def truth(self) -> Mapping[str, object]:
        """The change of a policy that was planted."""
        vault = self._home()
        if vault is None:
            return {"policy_changes": []}
        told = {"policy_id": f"{vault.id}/backupPolicies/{POLICY}", "caller": ADMINISTRATOR}
        return {"policy_changes": [{**told, "at": self._changed_at().isoformat()}]}

    def _home(self) -> Vault | None:
        return next((one for one in self._history.estate.vaults if one.name == HOME_OF_THE_CHANGE), None)

    def _changed_at(self) -> datetime:
        return night_start(self._history.first) + timedelta(hours=9)

    def _events(self, subscription: str, first: datetime, last: datetime) -> Iterator[_Event]:
        for vault in self._history.estate.vaults:
            if vault.subscription == subscription.lower() and vault.readable:
                for job in self._history.jobs(vault, first, last):
                    yield from self._of_job(job)
        home = self._home()
        if home is not None and home.subscription == subscription.lower():
            policy = f"{home.id}/backupPolicies/{POLICY}"
            yield from self._of(("policy change",), self._changed_at(), _POLICY_ACTION, policy, _SOMEBODY)
        yield from self._of_backup_vaults(subscription.lower(), first, last)

    def _of_backup_vaults(self, subscription: str, first: datetime, last: datetime) -> Iterator[_Event]:
        for vault in self._backup_vaults.vaults if self._backup_vaults else ():
            for job in self._backup_vaults.jobs(vault, last) if self._backup_vaults else ():
                caller = job.restore.asked_by if job.restore else None
                if vault.subscription == subscription and caller is not None and first <= job.started_at:
                    yield from self._of(
                        (job.job_id,),
                        job.started_at - _BEFORE,
                        _INSTANCE_ACTION,
                        job.instance.id,
                        caller,
                        job.activity_id,
                    )

    def _of_job(self, job: Job) -> Iterator[_Event]:
        action, named = _ACTIONS.get(job.operation), item_id(job.item)
        if action is not None and job.asked_by is None:
            yield from self._of((job.job_id,), job.started_at, action, named, _SOMEBODY)
        elif action is not None and job.asked_by is not None:
            point = job.restore.point if job.restore else None
            named += f"/recoveryPoints/{point.point_id}" if point else ""
            yield from self._of((job.job_id,), job.started_at - _BEFORE, action, named, job.asked_by, job.activity_id)

    def _of(
        self,
        purpose: tuple[str, ...],
        at: datetime,
        action: str,
        resource_id: str,
        caller: Caller,
        correlation: str | None = None,
    ) -> Iterator[_Event]:
        correlation = correlation or self._seed.guid("correlation", *purpose)
        for status, seconds in _STATES:
            event_id = self._seed.guid("event", status, *purpose)
            yield _Event(event_id, correlation, at + timedelta(seconds=seconds), action, status, resource_id, caller)


def _claims(caller: Caller) -> dict[str, str]:
    told = {
        "http://schemas.microsoft.com/identity/claims/objectidentifier": caller.object_id,
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name": caller.name,
    }
    if caller is _SOMEBODY:
        return told
    return {**told, "http://schemas.microsoft.com/identity/claims/tenantid": PRINCIPAL.tenant_id, **_kind(caller)}


def _kind(caller: Caller) -> dict[str, str]:
    return {"idtyp": "app", "appid": caller.name} if caller.is_service else {"idtyp": "user"}


def _body(event: _Event) -> dict[str, object]:
    at = ticks(event.at)
    return {
        "authorization": {"action": event.action, "scope": event.resource_id},
        "caller": event.caller.name,
        "channels": "Operation",
        "claims": _claims(event.caller),
        "correlationId": event.correlation,
        "description": "",
        "eventDataId": event.event_id,
        "eventName": {"value": "EndRequest", "localizedValue": "End request"},
        "category": {"value": "Administrative", "localizedValue": "Administrative"},
        "eventTimestamp": at,
        "id": f"{event.resource_id}/events/{event.event_id}/ticks/{int(event.at.timestamp() * 10_000_000)}",
        "level": "Informational",
        "operationId": event.correlation,
        "operationName": {"value": event.action, "localizedValue": event.action},
        "resourceGroupName": event.resource_id.split("/")[4],
        "resourceProviderName": _PROVIDER_NAMES[event.provider],
        "resourceId": event.resource_id,
        "status": {"value": event.status, "localizedValue": event.status},
        "submissionTimestamp": at,
        "subscriptionId": event.resource_id.split("/")[2],
        "tenantId": PRINCIPAL.tenant_id,
        "properties": {"statusCode": "Accepted", "serviceRequestId": None},
    }
