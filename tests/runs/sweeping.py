"""Items and all that may happen to them on a night, as the rows that tell of it: what the sweep and judging one by one are compared on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from evidence.assess.slots.values import PolicyVersion
from tests.assess.slots.given import LONG_AGO, hourly, logs, parts, rule, simple, version

DUE = datetime(2026, 11, 10, 22, tzinfo=UTC)
END = datetime(2026, 11, 11, 6, tzinfo=UTC)
MADE = DUE + timedelta(minutes=1)
EARLY, MICRO, DAY = timedelta(minutes=5), timedelta(microseconds=1), timedelta(days=1)
UNTIL = DUE + DAY
"""When the window of the run ends: at the next one."""
RUNS = ((END - DAY, "run-1"), (END + timedelta(minutes=20), "run-2"))
VAULTS = {
    "good": (RUNS, END + DAY),
    "first-night": (RUNS[1:], END + DAY),
    "one-list-partial": (RUNS[:1], END + DAY),
    "jobs-unread": (RUNS, DUE),
    "jobs-half-read": (RUNS, DUE + timedelta(hours=1)),
}
"""By name the lists of items that were read whole, and until when jobs were read."""
BLOBS = "Microsoft.Storage/storageAccounts/blobServices"
Row = dict[str, Any]


@dataclass
class Item:
    """All that is told of one item: at first that its run went as it should."""

    key: str
    vault: str
    seen: list[Row] = field(default_factory=list)
    jobs: list[Row] = field(default_factory=list)
    points: list[Row] = field(default_factory=list)
    carried: bool = False
    points_read: bool = False

    def __post_init__(self) -> None:
        """As most items are."""
        common = {
            "item_key": self.key, "vault_id": self.vault, "friendly_name": "web", "workload": "VM", "tenant_id": "tenant",
            "management_type": "AzureIaasVM", "policy_id": f"{self.vault}/policies/daily", "protection_state": "Protected",
            "soft_deleted": False, "ordinal": 1,
        }  # fmt: skip
        for at, run_id in RUNS:
            told = MADE if run_id == "run-2" else MADE - DAY
            capture = {"capture_id": f"{run_id}.x", "call_id": f"{run_id}.x.1", "run_id": run_id}
            self.seen.append({**common, **capture, "observed_at": at, "last_recovery_point_at": told})
        self.add_job()

    def add_job(self, **told: Any) -> None:
        """One more backup that completed."""
        number = len(self.jobs)
        usual = {
            "vault_id": self.vault, "job_id": f"{self.key}-{number}", "item_key": self.key, "item_link": "id",
            "operation": "Backup", "operation_kind": "backup", "status": "Completed", "started_at": DUE, "ended_at": DUE + EARLY,
            "detailed": False, "observed_at": RUNS[1][0], "call_id": "call", "ordinal": number,
        }  # fmt: skip
        self.jobs.append({**usual, **told})

    def add_point(self, **told: Any) -> None:
        """One more listed point."""
        number = len(self.points)
        usual = {
            "item_key": self.key, "recovery_point_id": f"point-{number}", "recovery_point_at": MADE,
            "observed_at": RUNS[1][0], "call_id": "call", "ordinal": number,
        }  # fmt: skip
        self.points.append({**usual, **told})


Change = Callable[[Item], None]


def policies(vault: str) -> list[PolicyVersion]:
    """One of each sort; the last one was edited within the night."""
    daily = simple("Daily", "22:00")
    orders: dict[str, tuple[object, str]] = {
        "daily": (daily, "AzureIaasVM"),
        "twice": (simple("Daily", "22:00", "02:00"), "AzureIaasVM"),
        "hourly": (hourly(4, "20:00", 12), "AzureStorage"),
        "monday": (simple("Weekly", "22:00", days=["Monday"]), "AzureIaasVM"),
        "agent": (daily, "MAB"),
        "database": (parts(Full=daily, Log=logs(60)), "AzureWorkload"),
        "full": (parts(Full=daily), "AzureWorkload"),
        "logs": (parts(Log=logs(60)), "AzureWorkload"),
        "strange": ("{", "AzureIaasVM"),
    }
    found = [
        version(order, management_type=kind, policy_id=f"{vault}/policies/{one}")
        for one, (order, kind) in orders.items()
    ]
    blobs = version(None, management_type=None, policy_id=f"{vault}/policies/blobs", workload=BLOBS)
    demand = [{**rule(), "trigger": {"objectType": "AdhocBasedTriggerContext"}}]
    found += [blobs, version(demand, management_type=None, policy_id=f"{vault}/policies/on-demand")]
    mondays = {"retentionPolicyType": "LongTermRetentionPolicy", "weeklySchedule": {
        "daysOfTheWeek": ["Monday"], "retentionTimes": ["2026-03-02T22:00:00Z"], "retentionDuration": {"count": 4}}}  # fmt: skip
    found.append(version(daily, policy_id=f"{vault}/policies/unkept", retention=mondays))
    edited = f"{vault}/policies/edited"
    found.append(version(daily, policy_id=edited, until_at=DUE + EARLY, last_seen_at=DUE - DAY))
    found.append(version(simple("Daily", "23:30"), policy_id=edited, from_at=DUE + EARLY))
    return [replace(one, vault_id=vault) for one in found]


def _seen(**told: Any) -> Change:
    """Other values in the last list."""
    return lambda one: one.seen[-1].update(told) if one.seen else None


def _always(**told: Any) -> Change:
    def change(one: Item) -> None:
        for row in one.seen:
            row.update(told)

    return change


def _policy(name: str) -> Change:
    def change(one: Item) -> None:
        _always(policy_id=f"{one.vault}/policies/{name}")(one)

    return change


def _job(**told: Any) -> Change:
    return lambda one: one.jobs[-1].update(told) if one.jobs else None


def _one_more_job(**told: Any) -> Change:
    return lambda one: one.add_job(**told)


def _point(**told: Any) -> Change:
    return lambda one: one.add_point(**told)


def _unsure(one: Item) -> None:
    told = {"item_key": None, "item_link": "ambiguous", "item_candidates": [one.key, "/other"]}
    one.add_job(**told, started_at=DUE + 2 * EARLY, status="Failed")


def _elsewhere(one: Item) -> None:
    """The same key in another vault."""
    if one.seen:
        one.seen.append({**one.seen[-1], "vault_id": f"{one.vault}-moved", "ordinal": 2})


def _left_out(place: int) -> Change:
    def change(one: Item) -> None:
        if len(one.seen) > 1:
            one.seen.pop(place)

    return change


MOMENTS = (None, DUE - DAY, DUE - EARLY - MICRO, DUE - EARLY, MADE + MICRO, END, UNTIL - EARLY - MICRO, UNTIL - EARLY)
POLICIES = (
    "twice",
    "hourly",
    "monday",
    "agent",
    "database",
    "full",
    "logs",
    "strange",
    "unkept",
    "edited",
    "never-read",
    "blobs",
    "on-demand",
)
STATUSES = ("completed", "Failed", "InProgress", "CompletedWithWarnings", "Cancelled", "Odd", None)
CHANGES: dict[str, Change] = {
    "nothing": lambda _: None,
    **{f"policy-{name}": _policy(name) for name in POLICIES},
    "policy-changed": lambda one: _seen(policy_id=f"{one.vault}/policies/agent")(one),
    "no-policy": _always(policy_id=None),
    "empty-policy": _always(policy_id=""),
    "stopped": _seen(protection_state="ProtectionStopped"),
    **{f"state-{told}": _always(protection_state=told) for told in ("ProtectionStopped", "IRPending", "Odd", None)},
    "deleted": _always(soft_deleted=True),
    "deletion-untold": _always(soft_deleted=None),
    "unnamed": _always(friendly_name=None),
    "no-name": _always(friendly_name=""),
    "not-in-the-last-list": _left_out(-1),
    "not-in-the-first-list": _left_out(0),
    "in-two-vaults": _elsewhere,
    "no-point-told": _seen(last_recovery_point_at=None),
    **{f"told-{place}": _seen(last_recovery_point_at=at) for place, at in enumerate(MOMENTS[1:])},
    "no-job": lambda one: one.jobs.clear(),
    **{f"job-{status}": _job(status=status) for status in STATUSES},
    **{f"job-at-{place}": _job(started_at=at) for place, at in enumerate(MOMENTS)},
    **{f"link-{link}": _job(item_link=link) for link in ("name", "ambiguous", "unlinked")},
    "by-a-person": _job(user_triggered=True),
    "by-the-policy": _job(user_triggered=False),
    "full-backup": _job(operation="Backup (Full)"),
    "log-backup": _job(operation="Backup (Log)"),
    "two-jobs": _one_more_job(),
    "failed-before": _one_more_job(status="Failed", started_at=DUE - timedelta(minutes=1)),
    "failed-after": _one_more_job(status="Failed", started_at=DUE + timedelta(minutes=7)),
    "failed-the-day-before": _one_more_job(status="Failed", started_at=DUE - DAY),
    "configure": _one_more_job(operation_kind="configure", ended_at=DUE + EARLY),
    "configured-before": _one_more_job(operation_kind="configure", ended_at=DUE - EARLY),
    **{kind: _one_more_job(operation_kind=kind, ended_at=DUE - EARLY) for kind in ("disable", "delete", "undelete")},
    "perhaps-anothers": _unsure,
    "listed-too": _point(),
    "listed-as-copy": _point(tiers=["HardenedRP=Valid"]),
    "listed-as-snapshot": _point(tiers=["InstantRP=Valid"]),
    "copy-deleted": _point(tiers=["HardenedRP=Deleted"]),
    "no-tiers": _point(tiers=[]),
    "listed-in-that-second": _point(recovery_point_at=MADE + 250 * MICRO),
    "listed-a-second-later": _point(recovery_point_at=MADE + timedelta(seconds=1)),
    **{f"listed-{place}": _point(recovery_point_at=at) for place, at in enumerate(MOMENTS)},
    "point-without-id": _point(recovery_point_id=""),
    "full-point": _point(point_type="Full"),
    "full-point-long-ago": _point(point_type="Full", recovery_point_at=LONG_AGO),
    "log-range": _point(recovery_point_at=None, range_start_at=DUE, range_end_at=MADE, point_type="Log"),
    "deleted-point": _point(soft_deleted=True),
    "carried": lambda one: setattr(one, "carried", True),
    "points-read": lambda one: setattr(one, "points_read", True),
}


def changed(vault: str, names: Sequence[str]) -> Item:
    """An item to which some things happened."""
    one = Item(f"/{vault}/{'+'.join(names)}", vault)
    for name in names:
        CHANGES[name](one)
    return one
