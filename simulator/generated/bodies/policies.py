"""Backup policy bodies: schedule and retention, by workload.

VM and file share policies have one schedule, SQL and HANA one for each kind of backup.
"""

from __future__ import annotations

from datetime import date

from simulator.generated.bodies.names import policy_id
from simulator.generated.logs import KEEP
from simulator.generated.points import SNAPSHOT_DAYS
from simulator.generated.values import Policy, Vault, Workload

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WRITTEN = date(2026, 3, 2)
"""Day on which the policies were written: Azure dates the run times with it."""
_WEEK = 7


def policy_body(vault: Vault, policy: Policy, items: int) -> dict[str, object]:
    """One policy of a vault; `items` is how many use it now."""
    body = {Workload.VM: _machine, Workload.FILES: _files}.get(policy.workload, _database)(policy)
    return {
        "id": policy_id(vault, policy),
        "name": policy.name,
        "type": "Microsoft.RecoveryServices/vaults/backupPolicies",
        "properties": {**body, "protectedItemsCount": items},
    }


def _machine(policy: Policy) -> dict[str, object]:
    body: dict[str, object] = {"backupManagementType": "AzureIaasVM"}
    if policy.every_hours is not None:
        body["policyType"] = "V2"
    return body | {
        "instantRPDetails": {},
        "schedulePolicy": _schedule(policy),
        "retentionPolicy": _retention(policy),
        "instantRpRetentionRangeInDays": SNAPSHOT_DAYS,
        "timeZone": policy.time_zone,
    }


def _files(policy: Policy) -> dict[str, object]:
    return {
        "backupManagementType": "AzureStorage",
        "workLoadType": "AzureFileShare",
        "schedulePolicy": _schedule(policy),
        "retentionPolicy": _retention(policy),
        "timeZone": policy.time_zone,
    }


def _database(policy: Policy) -> dict[str, object]:
    parts = [{"policyType": "Full", "schedulePolicy": _schedule(policy), "retentionPolicy": _retention(policy)}]
    if policy.differential:
        days = [day for number, day in enumerate(_DAYS) if number != policy.weekday]
        schedule = _simple("Weekly", _moment(policy)) | {"scheduleRunDays": days}
        parts.append(
            {"policyType": "Differential", "schedulePolicy": schedule, "retentionPolicy": _days(policy.keep_days)}
        )
    if policy.log_minutes is not None:
        schedule = {"schedulePolicyType": "LogSchedulePolicy", "scheduleFrequencyInMins": policy.log_minutes}
        parts.append({"policyType": "Log", "schedulePolicy": schedule, "retentionPolicy": _days(KEEP.days)})
    return {
        "backupManagementType": "AzureWorkload",
        "workLoadType": str(policy.workload),
        "settings": {"timeZone": policy.time_zone, "issqlcompression": False, "isCompression": False},
        "subProtectionPolicy": parts,
    }


def _schedule(policy: Policy) -> dict[str, object]:
    if policy.every_hours is not None:
        hourly = {
            "interval": policy.every_hours,
            "scheduleWindowStartTime": _moment(policy),
            "scheduleWindowDuration": 12,
        }
        return {
            "schedulePolicyType": "SimpleSchedulePolicyV2",
            "scheduleRunFrequency": "Hourly",
            "hourlySchedule": hourly,
        }
    if policy.weekday is None:
        return _simple("Daily", _moment(policy))
    return _simple("Weekly", _moment(policy)) | {"scheduleRunDays": [_DAYS[policy.weekday]]}


def _simple(frequency: str, moment: str) -> dict[str, object]:
    return {
        "schedulePolicyType": "SimpleSchedulePolicy",
        "scheduleRunFrequency": frequency,
        "scheduleRunTimes": [moment],
        "scheduleWeeklyFrequency": 0,
    }


def _retention(policy: Policy) -> dict[str, object]:
    body: dict[str, object] = {"retentionPolicyType": "LongTermRetentionPolicy"}
    if policy.weekday is None:
        count, unit, name = policy.keep_days, "Days", "dailySchedule"
    else:
        count, unit, name = policy.keep_days // _WEEK, "Weeks", "weeklySchedule"
    schedule: dict[str, object] = {
        "retentionTimes": [_moment(policy)],
        "retentionDuration": {"count": count, "durationType": unit},
    }
    if policy.weekday is not None:
        schedule["daysOfTheWeek"] = [_DAYS[policy.weekday]]
    return body | {name: schedule}


def _days(count: int) -> dict[str, object]:
    return {
        "retentionPolicyType": "SimpleRetentionPolicy",
        "retentionDuration": {"count": count, "durationType": "Days"},
    }


def _moment(policy: Policy) -> str:
    return f"{_WRITTEN.isoformat()}T{policy.run_at:%H:%M:%S}Z"
