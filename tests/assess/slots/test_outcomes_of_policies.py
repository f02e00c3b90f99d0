"""Slots and outcomes of every kind of policy, each worked out by hand: parts, logs, vault tiers, nights of clock changes.

The night is that of Tuesday 10 November 2026 UTC, `[11-10 06:00, 11-11 06:00)`, seen two nights later with everything read, unless a case
tells otherwise. A slot is written as its part (full where none is written) and its time.
"""

from __future__ import annotations

from datetime import date

import pytest

from tests.assess.slots.cases import (
    AT_23,
    HOURLY,
    J_OK,
    P_OK,
    SNAPSHOT,
    SQL,
    VAULTED,
    Case,
    berlin,
    check,
)
from tests.assess.slots.given import (
    hourly,
    job,
    log_range,
    night,
    parts,
    point,
    read,
    rule,
    simple,
    version,
)

WEEKLY = version(simple("Weekly", "23:00", days=["Sunday"]))
TUESDAYS = version(simple("Weekly", "23:00", days=["Tuesday"]))
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

CASES = [*KINDS, *LOGS, *CLOCKS]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_outcomes(case: Case) -> None:
    check(case)
