"""Slots and their outcomes, each worked out by hand: policy kinds, nights of clock changes, changes of items and policies, sources.

The night is that of Tuesday 10 November 2026 UTC, `[11-10 06:00, 11-11 06:00)`, seen two nights later with everything read, unless a case
tells otherwise. A slot is written as its part (full where none is written) and its time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import pytest

from evidence.assess.slots.history import ItemHistory, Turn
from evidence.assess.slots.outcome import judge_slot
from evidence.assess.slots.values import PolicyVersion, SlotJob, SlotPoint, Sources
from evidence.nights import Calendar, Window
from tests.assess.slots.given import (
    LONG_AGO,
    NIGHT,
    at,
    hourly,
    item,
    job,
    log_range,
    logs,
    night,
    parts,
    point,
    read,
    rule,
    seen,
    simple,
    slots,
    version,
)

DAILY = version(simple("Daily", "23:00"))
WEEKLY = version(simple("Weekly", "23:00", days=["Sunday"]))
TUESDAYS = version(simple("Weekly", "23:00", days=["Tuesday"]))
HOURLY = version(hourly(4, "20:00", 14))  # 20:00, 00:00, 04:00, 08:00
SQL = version(
    parts(
        Full=simple("Weekly", "22:00", days=["Tuesday"]),
        Differential=simple("Daily", "02:00"),
        Log=logs(60),
    ),
    management_type="AzureWorkload",
)
SQL_FULL = version(parts(Full=simple("Daily", "22:00")), management_type="AzureWorkload")
HANA = version(
    parts(
        Full=simple("Weekly", "22:00", days=["Sunday"]),
        Incremental=simple("Weekly", "23:00", days=["Tuesday"]),
        SnapshotFull=simple("Daily", "21:00"),
    ),
    management_type="AzureWorkload",
)
FILES = version(hourly(6, "08:00", 16), management_type="AzureStorage")  # 08:00, 14:00, 20:00
DISKS = version([rule("R/2026-01-01T03:00:00+00:00/PT12H")], management_type=None, zone=None)  # 03:00, 15:00
POSTGRES = version(
    [rule("R/2026-01-06T21:00:00+00:00/P1W", store="VaultStore", kind="Full")], management_type=None, zone=None
)  # Tuesdays
MONTHLY = version(
    [rule("R/2026-01-10T21:00:00+00:00/P1M", store="VaultStore", kind="Discrete")], management_type=None, zone=None
)
SNAPSHOT, VAULTED = ("InstantRP=Valid",), ("InstantRP=Valid", "HardenedRP=Valid")
AGENT = "UserErrorGuestAgentStatusUnavailable"


@dataclass(frozen=True)
class Case:
    name: str
    policies: Sequence[PolicyVersion]
    expected: Mapping[str, str]
    jobs: Sequence[SlotJob] = ()
    points: Sequence[SlotPoint] = ()
    history: ItemHistory = field(default_factory=item)
    sources: Sources | None = None
    as_of: str = "11-12 12:30"
    window: Window = field(default_factory=night)


def berlin(day: date) -> Window:
    return Calendar("Europe/Berlin").window(day)


def changed(
    before: PolicyVersion, after: PolicyVersion, last_seen: str, first_seen: str
) -> tuple[PolicyVersion, PolicyVersion]:
    """One policy whose content was seen to change between two moments."""
    first, second = at(last_seen), at(first_seen)
    told = [
        {
            "policy_id": one.policy_id,
            "vault_id": one.vault_id,
            "content_sha256": one.content_sha256,
            "management_type": one.management_type,
            "workload": one.workload,
            "schedule": one.schedule,
            "retention": one.retention,
            "time_zone": one.time_zone,
        }
        for one in (before, after)
    ]
    return (
        PolicyVersion(**told[0], from_at=LONG_AGO, until_at=second, last_seen_at=first),  # type: ignore[arg-type]  # all texts
        PolicyVersion(**told[1], from_at=second, last_seen_at=at("2027-01-01 00:00")),  # type: ignore[arg-type]  # all texts
    )


AT_23 = "11-10 23:00"
J_OK, J_FAILED = (
    job("11-10 23:10", "11-11 00:30"),
    job("11-10 23:10", "11-10 23:40", "Failed", code="400001", title=AGENT),
)
P_OK = point("11-10 23:10:05", tiers=VAULTED)
RETRY = job("11-11 01:00", "11-11 02:00", name="j2")
P_RETRY = point("11-11 01:00:05", name="p2", tiers=VAULTED)

ONE_VM = [
    Case("completed with its point", [DAILY], {AT_23: "success"}, [J_OK], [P_OK]),
    Case("begins within two hours", [DAILY], {AT_23: "success"}, [job("11-11 00:59", "11-11 02:00")], [point("11-11 00:59:09")]),
    Case("begins three minutes early by its clock", [DAILY], {AT_23: "success"}, [job("11-10 22:57", "11-10 23:30")], [point("11-10 22:57:05")]),
    Case("the night before's job is another slot's", [DAILY], {AT_23: "silent"}, [job("11-10 22:50", "11-10 22:58")], [point("11-10 22:50:05")]),
    Case("failed", [DAILY], {AT_23: "failed"}, [J_FAILED]),
    Case("failed, known the same morning", [DAILY], {AT_23: "failed"}, [J_FAILED], as_of="11-11 06:30"),
    Case("failed, points not read", [DAILY], {AT_23: "failed"}, [J_FAILED], sources=read("11-12 06:00")),
    Case("failed, then completed", [DAILY], {AT_23: "failed_recovered"}, [RETRY, J_FAILED], [P_RETRY]),
    Case("failed twice, then completed by a person", [DAILY], {AT_23: "failed_recovered"}, [J_FAILED, job("11-11 00:10", "11-11 00:11", "Failed", name="j3"), job("11-11 09:00", "11-11 10:00", name="j4", by_person=True)], [point("11-11 09:00:04", tiers=VAULTED)]),
    Case("failed, then a point that an ambiguous job made", [DAILY], {AT_23: "failed_recovered"}, [J_FAILED, job("11-11 01:00", "11-11 02:00", name="j2", link="ambiguous")], [P_RETRY]),
    Case("failed with a snapshot of its own", [DAILY], {AT_23: "failed"}, [J_FAILED], [point("11-10 23:10:05", tiers=SNAPSHOT)]),
    Case("completed, then a later job failed", [DAILY], {AT_23: "success"}, [J_OK, job("11-11 10:00", "11-11 10:05", "Failed", name="j2")], [P_OK]),
    Case("cancelled", [DAILY], {AT_23: "cancelled"}, [job("11-10 23:10", "11-10 23:20", "Cancelled", title="UserErrorJobSuccessfullyCancelled")]),
    Case("failed, and its retry cancelled", [DAILY], {AT_23: "failed"}, [J_FAILED, job("11-11 01:00", "11-11 01:10", "Cancelled", name="j2")]),
    Case("cancelled, then completed", [DAILY], {AT_23: "success"}, [job("11-10 23:10", "11-10 23:20", "Cancelled", name="j0"), RETRY], [P_RETRY]),
    Case("completed with warnings", [DAILY], {AT_23: "warning"}, [job("11-10 23:10", "11-11 00:30", "CompletedWithWarnings")], [point("11-10 23:10:05", tiers=SNAPSHOT)]),
    Case("completed with warnings, though in the vault", [DAILY], {AT_23: "warning"}, [job("11-10 23:10", "11-11 00:30", "CompletedWithWarnings")], [P_OK]),
    Case("warnings, then failed", [DAILY], {AT_23: "failed"}, [job("11-10 23:10", "11-11 00:30", "CompletedWithWarnings"), job("11-11 01:00", "11-11 02:00", "Failed", name="j2")]),
    Case("warnings, then completed", [DAILY], {AT_23: "success"}, [job("11-10 23:10", "11-11 00:30", "CompletedWithWarnings"), RETRY], [P_RETRY]),
    Case("completed, a snapshot alone", [DAILY], {AT_23: "warning"}, [J_OK], [point("11-10 23:10:05", tiers=SNAPSHOT)]),
    Case("completed, its vault copy deleted", [DAILY], {AT_23: "warning"}, [J_OK], [point("11-10 23:10:05", tiers=("InstantRP=Valid", "HardenedRP=Deleted"))]),
    Case("completed, tiers not told", [DAILY], {AT_23: "success"}, [J_OK], [point("11-10 23:10:05")]),
    Case("completed, soft-deleted since", [DAILY], {AT_23: "success"}, [J_OK], [point("11-10 23:10:05", tiers=VAULTED, soft_deleted=True)]),
    Case("completed, no point", [DAILY], {AT_23: "success_no_point"}, [J_OK], [point("11-09 23:10:05")]),
    Case("completed, points not read", [DAILY], {AT_23: "unknown"}, [J_OK], sources=read("11-12 06:00")),
    Case("completed, points read before it ended", [DAILY], {AT_23: "unknown"}, [J_OK], sources=read("11-12 06:00", "11-11 00:00")),
    Case("completed, points not read but this one known", [DAILY], {AT_23: "success"}, [J_OK], [P_OK], sources=read("11-12 06:00")),
    Case("running in its window", [DAILY], {AT_23: "pending"}, [job("11-10 23:10", None, "InProgress")], as_of="11-11 06:30"),
    Case("failed, and its retry runs", [DAILY], {AT_23: "pending"}, [J_FAILED, job("11-11 05:00", None, "InProgress", name="j2")], as_of="11-11 06:30"),
    Case("running, its snapshot is there", [DAILY], {AT_23: "pending"}, [job("11-10 23:10", None, "InProgress")], [point("11-10 23:10:05", tiers=SNAPSHOT)], as_of="11-11 06:30"),
    Case("running after its window", [DAILY], {AT_23: "running_late"}, [job("11-10 23:10", None, "InProgress")]),
    Case("being cancelled after its window", [DAILY], {AT_23: "running_late"}, [job("11-10 23:10", None, "Cancelling")]),
    Case("running when last read, never seen since", [DAILY], {AT_23: "unknown"}, [job("11-10 23:10", None, "InProgress")], sources=read("11-11 06:00", "11-11 06:30")),
    Case("a status that nobody knows", [DAILY], {AT_23: "unknown"}, [job("11-10 23:10", "11-10 23:40", "Paused")]),
    Case("no status", [DAILY], {AT_23: "unknown"}, [job("11-10 23:10", "11-10 23:40", "")]),
    Case("overdue", [DAILY], {AT_23: "pending"}, as_of="11-11 06:30"),
    Case("one minute before it is final", [DAILY], {AT_23: "pending"}, as_of="11-12 04:59"),
    Case("final", [DAILY], {AT_23: "silent"}, as_of="11-12 05:00"),
    Case("silent", [DAILY], {AT_23: "silent"}),
    Case("not yet due", [DAILY], {AT_23: "pending"}, as_of="11-10 20:00"),
    Case("not yet due, nothing read", [DAILY], {AT_23: "pending"}, sources=read(), as_of="11-10 20:00"),
    Case("final, but jobs read before", [DAILY], {AT_23: "unknown"}, sources=read("11-11 06:00", "11-12 12:00")),
    Case("final, points not read", [DAILY], {AT_23: "unknown"}, sources=read("11-12 06:00")),
    Case("final, points read before", [DAILY], {AT_23: "unknown"}, sources=read("11-12 06:00", "11-11 06:30")),
    Case("jobs not read", [DAILY], {AT_23: "unknown"}, sources=read(None, "11-12 06:30", "HTTP 403")),
    Case("jobs not read, one is known to have failed", [DAILY], {AT_23: "unknown"}, [J_FAILED], sources=read(None, "11-12 06:30")),
    Case("jobs not read, a point is known", [DAILY], {AT_23: "unknown"}, [], [P_OK], sources=read(None, "11-12 06:30")),
    Case("no job, but a point", [DAILY], {AT_23: "success"}, [], [P_OK]),
    Case("no job, a snapshot alone", [DAILY], {AT_23: "warning"}, [], [point("11-10 23:10:05", tiers=SNAPSHOT)]),
    Case("no job, a snapshot alone, early", [DAILY], {AT_23: "pending"}, [], [point("11-10 23:10:05", tiers=SNAPSHOT)], as_of="11-11 06:30"),
    Case("on demand alone", [DAILY], {AT_23: "success"}, [job("11-11 09:00", "11-11 10:00", by_person=True)], [point("11-11 09:00:05", tiers=VAULTED)]),
    Case("one job told twice", [DAILY], {AT_23: "success"}, [J_OK, J_OK], [P_OK]),
]  # fmt: skip

AMBIGUOUS = [
    Case("ambiguous, with a point of this item", [DAILY], {AT_23: "success"}, [job("11-10 23:10", "11-11 00:30", link="ambiguous")], [P_OK]),
    Case("ambiguous, points not read", [DAILY], {AT_23: "unknown"}, [job("11-10 23:10", "11-11 00:30", link="ambiguous")], sources=read("11-12 06:00")),
    Case("ambiguous, no point, early", [DAILY], {AT_23: "pending"}, [job("11-10 23:10", "11-11 00:30", link="ambiguous")], as_of="11-11 06:30"),
    Case("ambiguous, no point, final", [DAILY], {AT_23: "success_no_point"}, [job("11-10 23:10", "11-11 00:30", link="ambiguous")]),
    Case("ambiguous and failed, no point", [DAILY], {AT_23: "failed"}, [job("11-10 23:10", "11-10 23:30", "Failed", link="ambiguous")], as_of="11-11 06:30"),
    Case("ambiguous and failed, with a point", [DAILY], {AT_23: "success"}, [job("11-10 23:10", "11-10 23:30", "Failed", link="ambiguous")], [P_OK]),
    Case("two of one name, one failed, a point", [DAILY], {AT_23: "success"}, [job("11-10 23:10", "11-10 23:30", "Failed", link="ambiguous"), job("11-10 23:11", "11-11 00:30", name="j2", link="ambiguous")], [P_OK]),
    Case("two of one name, one failed, no point", [DAILY], {AT_23: "failed"}, [job("11-10 23:10", "11-10 23:30", "Failed", link="ambiguous"), job("11-10 23:11", "11-11 00:30", name="j2", link="ambiguous")]),
    Case("ambiguous, still running", [DAILY], {AT_23: "pending"}, [job("11-10 23:10", None, "InProgress", link="ambiguous")], as_of="11-11 06:30"),
    Case("unlinked, no point", [DAILY], {AT_23: "silent"}, [job("11-10 23:10", "11-11 00:30", link="unlinked")]),
    Case("unlinked, with a point of this item", [DAILY], {AT_23: "success"}, [job("11-10 23:10", "11-11 00:30", link="unlinked")], [P_OK]),
]  # fmt: skip

KINDS = [
    Case("weekly, on a weekday without run", [WEEKLY], {}),
    Case("weekly, on its day", [TUESDAYS], {AT_23: "success"}, [J_OK], [P_OK]),
    Case("weekly, ends a day later though the next is in a week", [TUESDAYS], {AT_23: "silent"}, [job("11-12 02:00", "11-12 03:00")], [point("11-12 02:00:05")]),
    Case(
        "hourly across midnight",
        [HOURLY],
        {"11-10 08:00": "silent", "11-10 20:00": "success", "11-11 00:00": "failed", "11-11 04:00": "success_no_point"},
        [job("11-10 20:03", "11-10 20:30"), job("11-11 00:02", "11-11 00:05", "Failed", name="j2"), job("11-11 04:01", "11-11 04:20", name="j3")],
        [point("11-10 20:03:05", tiers=SNAPSHOT)],
    ),
    Case(
        "hourly, three minutes early is the next run",
        [HOURLY],
        {"11-10 08:00": "silent", "11-10 20:00": "silent", "11-11 00:00": "success", "11-11 04:00": "silent"},
        [job("11-10 23:57", "11-11 00:20")],
        [point("11-10 23:57:05")],
    ),
    Case(
        "hourly, whether it runs at the end of its window is not established",
        [version(hourly(4, "12:00", 8))],
        {"11-10 12:00": "silent", "11-10 16:00": "silent", "11-10 20:00": "unknown"},
    ),
    Case(
        "hourly, it did run at the end of its window",
        [version(hourly(4, "12:00", 8))],
        {"11-10 12:00": "silent", "11-10 16:00": "silent", "11-10 20:00": "success"},
        [job("11-10 20:01", "11-10 20:10")],
        [point("11-10 20:01:03")],
    ),
    Case("hourly, around the clock", [version(hourly(12, "09:00", 24))], {"11-10 09:00": "silent", "11-10 21:00": "silent"}),
    Case("twice a day", [version(simple("Daily", "12:00", "23:00"))], {"11-10 12:00": "silent", AT_23: "success"}, [J_OK], [P_OK]),
    Case(
        "SQL full, differential and log",
        [SQL],
        {"log 11-10 06:00": "success", "11-10 22:00": "success", "differential 11-11 02:00": "success"},
        [job("11-10 22:01", "11-10 22:20", operation="Backup (Full)"), job("11-11 02:01", "11-11 02:05", name="j2", operation="Backup (Differential)")],
        [point("11-10 22:01:30", kind="Full"), point("11-11 02:01:30", name="p2", kind="Differential"), log_range("11-09 00:00", "11-11 05:40")],
    ),
    Case(
        "SQL, one kind does not stand for another",
        [SQL],
        {"log 11-10 06:00": "success", "11-10 22:00": "silent", "differential 11-11 02:00": "silent"},
        [job("11-10 22:01", "11-10 22:20", operation="Backup (Log)"), job("11-10 22:05", "11-10 22:30", name="j2", operation="Backup (CopyOnlyFull)"), job("11-10 23:00", "11-10 23:10", name="j3", operation="Backup (Differential)")],
        [point("11-10 22:05:30", kind="CopyOnlyFull"), log_range("11-09 00:00", "11-11 06:00")],
    ),
    Case(
        "SQL, a full backup in place of the differential one",
        [SQL],
        {"log 11-10 06:00": "success", "11-10 22:00": "failed_recovered", "differential 11-11 02:00": "success"},
        [job("11-10 22:01", "11-10 22:20", "Failed", operation="Backup (Full)"), job("11-11 02:01", "11-11 02:05", name="j2", operation="Backup (Full)")],
        [point("11-11 02:01:30", kind="Full"), log_range("11-09 00:00", "11-11 06:00")],
    ),
    Case(
        "SQL, while it runs the operation tells no kind",
        [SQL],
        {"log 11-10 06:00": "success", "11-10 22:00": "failed", "differential 11-11 02:00": "pending"},
        [job("11-10 22:01", "11-10 22:20", "Failed", operation="Backup (Full)"), job("11-11 02:01", None, "InProgress", name="j2", operation="Backup")],
        [log_range("11-09 00:00", "11-11 05:40")],
        as_of="11-11 06:30",
        sources=read("11-11 06:00", "11-11 06:20"),
    ),
    Case("SQL full alone, not made good by a copy-only one", [SQL_FULL], {"11-10 22:00": "silent"}, [job("11-10 23:00", "11-10 23:30", operation="Backup (CopyOnlyFull)")]),
    Case(
        "HANA incremental and snapshot",
        [HANA],
        {"snapshot 11-10 21:00": "success", "incremental 11-10 23:00": "success_no_point"},
        [job("11-10 21:00", "11-10 21:02", operation="Backup (SnapshotFull)"), job("11-10 23:01", "11-10 23:30", name="j2", operation="Backup (Incremental)")],
        [point("11-10 21:00:40", kind="SnapshotFull")],
    ),
    Case("Files, every six hours", [FILES], {"11-10 08:00": "success", "11-10 14:00": "warning", "11-10 20:00": "cancelled"}, [job("11-10 08:01", "11-10 08:02"), job("11-10 14:01", "11-10 14:02", "CompletedWithWarnings", name="j2"), job("11-10 20:01", "11-10 20:02", "Cancelled", name="j3")], [point("11-10 08:00:59")]),
    Case("disks every twelve hours", [DISKS], {"11-10 15:00": "success", "11-11 03:00": "silent"}, [job("11-10 15:10", "11-10 15:11")], [point("11-10 15:10:30", tiers=("OperationalStore=COMMITTED",))]),
    Case("PostgreSQL on Tuesdays, in the vault", [POSTGRES], {"11-10 21:00": "success"}, [job("11-10 21:10", "11-10 21:40")], [point("11-10 21:10:30", tiers=("VaultStore=COMMITTED",))]),
    Case("PostgreSQL, in no vault", [POSTGRES], {"11-10 21:00": "warning"}, [job("11-10 21:10", "11-10 21:40")], [point("11-10 21:10:30", tiers=("OperationalStore=COMMITTED",))]),
    Case("PostgreSQL on another weekday", [POSTGRES], {}, window=night(date(2026, 11, 11))),
    Case("monthly, on its day", [MONTHLY], {"11-10 21:00": "silent"}),
    Case("monthly, on the day after", [MONTHLY], {}, window=night(date(2026, 11, 11))),
    Case("blobs, continuous", [version(None, management_type=None, zone=None, retention=[{"lifecycles": []}], workload="Microsoft.Storage/storageAccounts/blobServices")], {"11-10 06:00": "not_expected"}),
    Case("an agent without zone, backed up", [version(simple("Daily", "23:00"), management_type="MAB", zone=None)], {AT_23: "success"}, [J_OK], [point("11-10 23:10:05")]),
    Case("an agent without zone, no job", [version(simple("Daily", "23:00"), management_type="MAB", zone=None)], {AT_23: "unknown"}),
    Case("an agent every second week, no job", [version(simple("Weekly", "23:00", days=["Tuesday"], weeks=2), management_type="MAB")], {AT_23: "unknown"}),
    Case("a day of which the policy keeps no point", [version(simple("Daily", "23:00"), retention={"weeklySchedule": {"daysOfTheWeek": ["Sunday"]}})], {AT_23: "success"}, [J_OK]),
    Case("a day of which the policy keeps the point", [version(simple("Daily", "23:00"), retention={"weeklySchedule": {"daysOfTheWeek": ["Tuesday"]}})], {AT_23: "success_no_point"}, [J_OK]),
    Case("a shape that nobody knows", [version({"schedulePolicyType": "LunarSchedulePolicy"})], {"11-10 06:00": "unknown"}, [J_OK], [P_OK]),
    Case("Azure SQL, retention alone", [version({"schedulePolicyType": "LongTermSchedulePolicy"}, management_type="AzureSql")], {"11-10 06:00": "unknown"}),
    Case("a zone that nobody knows", [version(simple("Daily", "23:00"), zone="Mars Standard Time")], {"11-10 06:00": "unknown"}, [J_OK], [P_OK]),
    Case(
        "one of two full schedules unreadable: what was due is not known",
        [version([rule("R/2026-01-01T06:00:00+00:00/P1D"), rule("now and then")], management_type=None)],
        {"11-10 06:00": "unknown"},
        [job("11-10 06:01", "11-10 06:10")],
        [point("11-10 06:01:05")],
    ),
    Case(
        "disks, nothing before the first run",
        [version([rule("R/2026-11-10T20:00:00+00:00/PT4H")], management_type=None)],
        {"11-10 20:00": "silent", "11-11 00:00": "silent", "11-11 04:00": "silent"},
    ),
    Case("daily, nothing before the first run", [version([rule("R/2026-11-12T20:00:00+00:00/P1D")], management_type=None)], {}),
    Case("one part unreadable, the other stands", [version(parts(Full=simple("Daily", "22:00"), Differential={}), management_type="AzureWorkload")], {"differential 11-10 06:00": "unknown", "11-10 22:00": "silent"}),
]  # fmt: skip

LOGS = [
    Case("logs, a hole of three hours", [SQL], {"log 11-10 06:00": "failed", "11-10 22:00": "silent", "differential 11-11 02:00": "silent"}, [], [log_range("11-09 00:00", "11-10 12:00"), log_range("11-10 15:00", "11-11 06:00")]),
    Case("logs, a hole of two hours", [SQL], {"log 11-10 06:00": "success", "11-10 22:00": "silent", "differential 11-11 02:00": "silent"}, [], [log_range("11-09 00:00", "11-10 12:00"), log_range("11-10 14:00", "11-11 06:00")]),
    Case("logs, none", [SQL], {"log 11-10 06:00": "silent", "11-10 22:00": "silent", "differential 11-11 02:00": "silent"}),
    Case("logs, none yet", [SQL], {"log 11-10 06:00": "pending", "11-10 22:00": "pending", "differential 11-11 02:00": "pending"}, as_of="11-11 06:30"),
    Case("logs not read", [SQL], {"log 11-10 06:00": "unknown", "11-10 22:00": "unknown", "differential 11-11 02:00": "unknown"}, sources=read("11-12 06:00")),
]  # fmt: skip

CLOCKS = [
    Case(
        "Berlin, the hour that does not exist",  # 02:30 on 29 March is skipped: as long after midnight as ever is 01:30 UTC
        [version(simple("Daily", "02:30"), zone="W. Europe Standard Time")],
        {"03-29 01:30": "success"},
        [job("03-29 01:35", "03-29 02:00")],
        [point("03-29 01:35:05", tiers=VAULTED)],
        window=berlin(date(2026, 3, 28)),
        as_of="03-31 12:00",
    ),
    Case(
        "Berlin, the hour that comes twice",  # 02:30 CEST is 00:30 UTC; 02:30 CET, 01:30 UTC, is no second run
        [version(simple("Daily", "02:30"), zone="W. Europe Standard Time")],
        {"10-25 00:30": "success"},
        [job("10-25 00:35", "10-25 01:00")],
        [point("10-25 00:35:05", tiers=VAULTED)],
        window=berlin(date(2026, 10, 24)),
        as_of="10-27 12:00",
    ),
    Case(
        "Berlin, the short night has one run at 23:00",
        [version(simple("Daily", "23:00"), zone="Europe/Berlin")],
        {"03-28 22:00": "silent"},
        window=berlin(date(2026, 3, 28)),
        as_of="03-31 12:00",
    ),
    Case(
        "Berlin, the day after the short night runs an hour earlier",
        [version(simple("Daily", "23:00"), zone="Europe/Berlin")],
        {"03-29 21:00": "silent"},
        window=berlin(date(2026, 3, 29)),
        as_of="03-31 12:00",
    ),
    Case(
        "Berlin, every four hours in the short night",  # 22:00 CET, 02:00 skipped, 06:00 CEST is the next night's
        [version(hourly(4, "22:00", 11), zone="W. Europe Standard Time")],
        {"03-28 05:00": "silent", "03-28 21:00": "silent", "03-29 01:00": "silent"},
        window=berlin(date(2026, 3, 28)),
        as_of="03-31 12:00",
    ),
    Case(
        "Berlin, every four hours in the long night",  # 06:00 CEST, 22:00 CEST, 02:00 CEST
        [version(hourly(4, "22:00", 11), zone="W. Europe Standard Time")],
        {"10-24 04:00": "silent", "10-24 20:00": "silent", "10-25 00:00": "silent"},
        window=berlin(date(2026, 10, 24)),
        as_of="10-27 12:00",
    ),
    Case(
        "Berlin, weekly on the Sunday that is short",
        [version(simple("Weekly", "02:30", days=["Sunday"]), zone="W. Europe Standard Time")],
        {"03-29 01:30": "silent"},
        window=berlin(date(2026, 3, 28)),
        as_of="03-31 12:00",
    ),
    Case(
        "New York, a night in UTC",  # 22:00 EST is 03:00 UTC
        [version(simple("Daily", "22:00"), zone="Eastern Standard Time")],
        {"11-11 03:00": "silent"},
        as_of="11-13 12:00",
    ),
    Case(
        "Backup vault, wall clock of its zone",  # first run at 20:30 CEST; in November 20:30 CET is 19:30 UTC
        [version([rule("R/2026-05-01T18:30:00+00:00/P1D", zone="W. Europe Standard Time")], management_type=None)],
        {"11-10 19:30": "silent"},
    ),
    Case(
        "Backup vault, its own offset where no zone is told",
        [version([rule("R/2026-05-01T20:30:00+02:00/P1D")], management_type=None, zone=None)],
        {"11-10 18:30": "silent"},
    ),
]  # fmt: skip

MID_NIGHT = [Turn(at("11-10 23:30"), "configure")]
STOPPED_AT = [Turn(at("11-10 21:00"), "disable")]
SEEN_NEXT = seen(at("11-11 06:31"))
CHANGES = [
    Case(
        "protected mid-night, by its configure job",
        [HOURLY],
        {"11-10 08:00": "not_expected", "11-10 20:00": "not_expected", "11-11 00:00": "success", "11-11 04:00": "silent"},
        [job("11-11 00:02", "11-11 00:20")],
        [point("11-11 00:02:05")],
        item(seen(at("11-10 06:31"), at("11-10 06:31"), listed=False), SEEN_NEXT, turns=MID_NIGHT),
    ),
    Case(
        "protected mid-night, never listed before, by its configure job",
        [HOURLY],
        {"11-10 08:00": "not_expected", "11-10 20:00": "not_expected", "11-11 00:00": "silent", "11-11 04:00": "silent"},
        history=item(SEEN_NEXT, turns=MID_NIGHT),
    ),
    Case(
        "protected at a time that nobody saw, no job",
        [DAILY],
        {AT_23: "unknown"},
        history=item(seen(at("11-10 06:31"), at("11-10 06:31"), listed=False), SEEN_NEXT),
    ),
    Case(
        "protected at a time that nobody saw, backed up",
        [DAILY],
        {AT_23: "success"},
        [J_OK],
        [P_OK],
        item(seen(at("11-10 06:31"), at("11-10 06:31"), listed=False), SEEN_NEXT),
    ),
    Case("first seen of all, no job", [DAILY], {AT_23: "unknown"}, history=item(SEEN_NEXT)),
    Case("first seen of all, no job yet", [DAILY], {AT_23: "pending"}, history=item(SEEN_NEXT), as_of="11-11 06:40"),
    Case("first seen of all, an older point shows it", [DAILY], {AT_23: "silent"}, history=item(SEEN_NEXT, known_since=at("11-05 23:00"))),
    Case("its policy first read after the run", [version(simple("Daily", "23:00"), from_at=at("11-11 06:31"))], {AT_23: "unknown"}),
    Case("its policy first read after the run, failed", [version(simple("Daily", "23:00"), from_at=at("11-11 06:31"))], {AT_23: "failed"}, [J_FAILED]),
    Case("first backup pending is expected", [DAILY], {AT_23: "silent"}, history=item(seen(state="IRPending"))),
    Case("in error is expected", [DAILY], {AT_23: "silent"}, history=item(seen(state="ProtectionError"))),
    Case("stopped long ago", [DAILY], {AT_23: "not_expected"}, history=item(seen(state="ProtectionStopped"))),
    Case("stopped long ago, its policy forgotten", [DAILY], {}, history=item(seen(state="ProtectionStopped", policy_id=None))),
    Case("paused", [DAILY], {AT_23: "not_expected"}, history=item(seen(state="ProtectionPaused"))),
    Case("suspended by the vault", [DAILY], {AT_23: "not_expected"}, history=item(seen(state="BackupsSuspended"))),
    Case("soft-deleted", [DAILY], {AT_23: "not_expected"}, history=item(seen(soft_deleted=True))),
    Case("a state that nobody knows", [DAILY], {AT_23: "unknown"}, history=item(seen(state="Hibernating"))),
    Case("a state that nobody knows, backed up", [DAILY], {AT_23: "success"}, [J_OK], [P_OK], item(seen(state="Hibernating"))),
    Case(
        "stopped in the night, by its job",
        [HOURLY],
        {"11-10 08:00": "silent", "11-10 20:00": "silent", "11-11 00:00": "not_expected", "11-11 04:00": "not_expected"},
        history=item(seen(LONG_AGO, at("11-10 06:31")), seen(at("11-11 06:31"), state="ProtectionStopped", policy_id=None), turns=STOPPED_AT),
    ),
    Case(
        "stopped in the night, nobody saw when",
        [DAILY],
        {AT_23: "unknown"},
        history=item(seen(LONG_AGO, at("11-10 06:31")), seen(at("11-11 06:31"), state="ProtectionStopped", policy_id=None)),
    ),
    Case(
        "vanished with its vault in the night",
        [DAILY],
        {AT_23: "unknown"},
        history=item(seen(LONG_AGO, at("11-10 06:31")), seen(at("11-11 06:31"), listed=False)),
    ),
    Case(
        "deleted in the night, by its job",
        [DAILY],
        {AT_23: "not_expected"},
        history=item(seen(LONG_AGO, at("11-10 06:31")), seen(at("11-11 06:31"), listed=False), turns=[Turn(at("11-10 12:00"), "delete")]),
    ),
    Case("vanished nights ago", [DAILY], {}, history=item(seen(LONG_AGO, at("11-07 06:31")), seen(at("11-08 06:31"), listed=False))),
    Case("moved here mid-night, its old vault's item gone", [DAILY], {AT_23: "success"}, [J_OK], [P_OK], item(seen(at("11-10 06:31"), at("11-10 06:31"), listed=False), SEEN_NEXT, turns=[Turn(at("11-10 20:00"), "configure")])),
    Case("items not read since, no job", [DAILY], {AT_23: "unknown"}, history=item(seen(LONG_AGO, at("11-10 06:31")))),
    Case("items not read since, failed", [DAILY], {AT_23: "failed"}, [J_FAILED], history=item(seen(LONG_AGO, at("11-10 06:31")))),
    Case("policy not read since, no job", [version(simple("Daily", "23:00"), last_seen_at=at("11-10 06:31"))], {AT_23: "unknown"}),
    Case(
        "stopped, of the policy as it was long ago nothing is told",
        changed(DAILY, version(simple("Daily", "21:00")), "11-01 06:31", "11-02 06:31"),
        {"11-10 21:00": "not_expected"},
        history=item(seen(state="ProtectionStopped")),
    ),
    Case("policy never read", [], {"11-10 06:00": "unknown"}, [J_OK], [P_OK]),
    Case("no policy named", [DAILY], {"11-10 06:00": "unknown"}, history=item(seen(policy_id=None))),
    Case(
        "policy edited after the night changes nothing",
        changed(DAILY, version(simple("Daily", "20:00")), "11-11 06:31", "11-12 06:31"),
        {AT_23: "success"},
        [J_OK],
        [P_OK],
    ),
    Case(
        "policy edited in the night, nobody saw when",
        changed(DAILY, version(simple("Daily", "21:00")), "11-10 06:31", "11-11 06:31"),
        {"11-10 21:00": "unknown", AT_23: "success"},
        [J_OK],
        [P_OK],
    ),
    Case(
        "policy edited in the night, retention alone",
        changed(DAILY, version(simple("Daily", "23:00"), retention={"dailySchedule": {"retentionDuration": {"count": 7}}}), "11-10 06:31", "11-11 06:31"),
        {AT_23: "silent"},
    ),
    Case(
        "policy edited at a known moment of the night",
        changed(HOURLY, version(hourly(4, "22:00", 7)), "11-10 21:00", "11-10 21:00"),
        {"11-10 08:00": "silent", "11-10 20:00": "silent", "11-10 22:00": "silent", "11-11 02:00": "silent"},
    ),
    Case(
        "given another policy in the night, by its job",
        [HOURLY, version(simple("Daily", "23:00"), policy_id="/vaults/rsv/policies/other")],
        {"11-10 08:00": "silent", AT_23: "silent"},
        history=item(
            seen(LONG_AGO, at("11-10 06:31")),
            seen(at("11-11 06:31"), policy_id="/vaults/rsv/policies/other"),
            turns=[Turn(at("11-10 19:00"), "configure")],
        ),
    ),
    Case(
        "logs of a database protected mid-night count from its first full backup",
        [SQL],
        {"11-10 22:00": "not_expected", "log 11-10 06:00": "success", "differential 11-11 02:00": "silent"},
        [],
        [log_range("11-11 00:10", "11-11 05:50")],
        item(SEEN_NEXT, turns=MID_NIGHT, logs_from=at("11-11 00:05")),
    ),
    Case(
        "logs without any full backup",
        [SQL],
        {"11-10 22:00": "silent", "log 11-10 06:00": "unknown", "differential 11-11 02:00": "silent"},
        history=item(logs_from=None),
    ),
    Case(
        "logs before the first full backup",
        [SQL],
        {"11-10 22:00": "silent", "log 11-10 06:00": "not_expected", "differential 11-11 02:00": "silent"},
        history=item(logs_from=at("11-11 22:05")),
    ),
]  # fmt: skip

CASES = [*ONE_VM, *AMBIGUOUS, *KINDS, *LOGS, *CLOCKS, *CHANGES]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_outcomes(case: Case) -> None:
    sources = case.sources or read(case.as_of, case.as_of)
    found: dict[str, str] = {}
    for slot in slots(case.history, *case.policies, window=case.window):
        result = judge_slot(slot, case.jobs, case.points, sources, at(case.as_of), NIGHT)
        name = "" if slot.part == "full" else f"{slot.part} "
        told = f"{name}{slot.slot_at:%m-%d %H:%M}"
        assert told not in found
        found[told] = str(result.outcome)
        assert result.reason.endswith(".")
        assert result.night == NIGHT
    assert found == dict(case.expected)


def test_the_cases_show_every_outcome() -> None:
    shown = {outcome for case in CASES for outcome in case.expected.values()}
    assert shown == {
        "success",
        "success_no_point",
        "warning",
        "failed_recovered",
        "failed",
        "cancelled",
        "running_late",
        "pending",
        "silent",
        "unknown",
        "not_expected",
    }
