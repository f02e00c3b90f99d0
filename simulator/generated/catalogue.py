"""The estate on paper: which vaults, policies and items the default world has.

Names only; ids come from the seed in `estate`. Six vaults in two subscriptions hold 120 readable items.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time

from simulator.generated.values import Policy, Workload

VM, SQL, HANA, FILES = Workload.VM, Workload.SQL, Workload.HANA, Workload.FILES

DEFAULT = Policy("DefaultPolicy", VM, time(22), 30)
ENHANCED = Policy("EnhancedPolicy", VM, time(8), 30, every_hours=4)
LOCAL = Policy("vm-nightly-local", VM, time(23, 30), 14, time_zone="W. Europe Standard Time")
WEEKLY = Policy("vm-weekly", VM, time(23), 84, weekday=6)
SHORT = Policy("vm-short", VM, time(0, 30), 7)
SQL_DAILY = Policy("HourlyLogBackup", SQL, time(23), 30, log_minutes=60)
SQL_WEEKLY = Policy("sql-weekly-full", SQL, time(22, 30), 30, weekday=6, differential=True, log_minutes=15)
SQL_SIMPLE = Policy("sql-simple", SQL, time(1), 15)
HANA_DAILY = Policy("hana-nightly", HANA, time(0), 30, log_minutes=30)
FILES_DAILY = Policy("files-nightly", FILES, time(22, 30), 30)


@dataclass(frozen=True, slots=True)
class VaultPlan:
    """One vault of the estate and what it protects."""

    subscription: int
    resource_group: str
    name: str
    region: str
    redundancy: str
    readable: bool = True
    soft_delete: bool = True
    immutability: str | None = None
    resource_guard: bool = False
    customer_key: bool = False
    cross_region_restore: bool = False
    tags: tuple[tuple[str, str], ...] = ()
    machines: tuple[tuple[str, int, Policy], ...] = ()
    """Role, count, policy."""
    databases: tuple[tuple[str, str, tuple[str, ...], Policy], ...] = ()
    """Server, instance, database names, policy."""
    shares: tuple[tuple[str, tuple[str, ...], Policy], ...] = ()
    """Storage account, share names, policy."""


VAULTS = (
    VaultPlan(
        0,
        "rg-backup-weu",
        "rsv-prod-weu",
        "westeurope",
        "GeoRedundant",
        immutability="Unlocked",
        tags=(("cost-center", "=4711+1"), ("Kostenträger", "4711 Köln"), ("environment", "production")),
        machines=(
            ("web", 6, DEFAULT),
            ("app", 6, DEFAULT),
            ("münchen", 4, LOCAL),
            ("erp", 2, ENHANCED),
            ("archive", 2, WEEKLY),
            ("build", 2, SHORT),
        ),
        databases=(
            ("sql-weu-01", "MSSQLSERVER", ("Orders", "Customers", "Sales Orders 2026", "Zürich Löhne"), SQL_DAILY),
            ("sql-weu-01", "MSSQLSERVER", ("master", "msdb"), SQL_SIMPLE),
        ),
        shares=(("stprodweu01", ("finance", "homes", "profiles", "projects", "scans", "transfer"), FILES_DAILY),),
    ),
    VaultPlan(
        0,
        "rg-data-weu",
        "rsv-data-weu",
        "westeurope",
        "GeoRedundant",
        resource_guard=True,
        customer_key=True,
        cross_region_restore=True,
        tags=(("environment", "production"), ("所有者", "データ")),
        machines=(("dbhost", 2, DEFAULT),),
        databases=(
            ("sql-weu-02", "MSSQLSERVER", ("Inventory", "Invoices", "Pricing", "Продажи", "在庫管理"), SQL_DAILY),
            ("sql-weu-02", "REPORTING", ("Inventory", "ReportServer", "ReportServerTempDB"), SQL_DAILY),
            ("sql-weu-03", "MSSQLSERVER", ("Warehouse", "Staging", "Facts", "=Budget 2026", "מלאי"), SQL_WEEKLY),
            ("sql-weu-04", "MSSQLSERVER", ("Payroll", "HR", "Recruiting", "Zeiterfassung"), SQL_DAILY),
            ("sql-weu-04", "MSSQLSERVER", ("master", "model", "msdb"), SQL_SIMPLE),
            ("hana-weu-01", "P01", ("SYSTEMDB", "P01", "BW1"), HANA_DAILY),
            ("hana-weu-02", "Q01", ("SYSTEMDB", "Q01", "BW2"), HANA_DAILY),
            ("hana-weu-03", "T01", ("SYSTEMDB", "T01", "BW3", "SANDBOX"), HANA_DAILY),
        ),
    ),
    VaultPlan(
        0,
        "rg-backup-neu",
        "rsv-prod-neu",
        "northeurope",
        "ZoneRedundant",
        soft_delete=False,
        machines=(("web", 6, DEFAULT), ("app", 5, DEFAULT), ("print", 3, LOCAL), ("vdi", 2, SHORT), ("lab", 2, WEEKLY)),
        shares=(
            ("stprodneu01", ("finance", "engineering", "media", "quality", "sales"), FILES_DAILY),
            ("stprodneu02", ("finance", "backup-of-scans", "drawings", "homes", "logs"), FILES_DAILY),
        ),
    ),
    VaultPlan(
        1,
        "rg-backup-eus",
        "rsv-prod-eus",
        "eastus",
        "LocallyRedundant",
        tags=(("environment", "production"),),
        machines=(("web", 6, DEFAULT), ("app", 5, DEFAULT), ("jump", 3, SHORT)),
        databases=(
            ("sql-eus-01", "MSSQLSERVER", ("Orders", "Shipping", "Returns", "Loyalty"), SQL_DAILY),
            ("sql-eus-02", "MSSQLSERVER", ("Web Shop", "Catalog", "Sessions", "Audit Trail"), SQL_DAILY),
            ("hana-eus-01", "E01", ("SYSTEMDB", "E01", "EBW", "ETM"), HANA_DAILY),
        ),
    ),
    VaultPlan(
        1,
        "rg-finance-neu",
        "rsv-finance-neu",
        "northeurope",
        "GeoRedundant",
        readable=False,
        machines=(("ledger", 4, DEFAULT),),
    ),
    VaultPlan(1, "rg-sandbox-eus", "rsv-sandbox-eus", "eastus", "LocallyRedundant"),
)
