"""Runbooks of every kind of drill: run with a shell whose `az` only writes down what it is given, under names that want to be commands."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from evidence.drills.quoting import for_powershell
from evidence.drills.runbook import Runbook, Surroundings, powershell_name, runbook
from evidence.drills.runbook_az import AZ
from evidence.drills.runbook_kinds import BLANKS
from evidence.drills.runbook_powershell import POWERSHELL
from evidence.drills.values import Planned, Target
from evidence.errors import RefusedError
from tests.drills.making import planned

BASH = shutil.which("bash") or "/bin/bash"
EVIL = "pay'$(touch owned)`id`;\"& rm"
VAULTS = "/subscriptions/55555555-0000-4000-8000-000000000005/resourcegroups/rg'$(touch owned)/providers"
RECOVERY = f"{VAULTS}/microsoft.recoveryservices/vaults/v1"
BACKUP = f"{VAULTS}/microsoft.dataprotection/backupvaults/b1"
ITEM = f"{RECOVERY}/backupfabrics/azure/protectioncontainers/c;{EVIL}/protecteditems/-i;{EVIL}"
INSTANCE = f"{BACKUP}/backupinstances/-{EVIL}"
FAKE = """#!/bin/bash
printf '%s\\0' az "$@" >> "$SEEN"
case "$*" in *recoverypoint*list*|*recovery-point*list*) echo point-1;; *restore-*) echo job-1;; *show*|*list*) echo made-1;; esac
"""
KINDS = (
    ("VM", "vm_full"), ("VM", "vm_disks"), ("VM", "vm_files"), ("VM", "cross_region"),
    ("SQLDataBase", "db_full"), ("SQLDataBase", "db_point_in_time"), ("SAPHanaDatabase", "db_full"), ("SAPHanaDatabase", "db_point_in_time"),
    ("AzureFileShare", "file_share"), ("AzureFileShare", "file_item"),
    ("Microsoft.Compute/disks", "disk"), ("Microsoft.Storage/storageAccounts/blobServices", "blob"),
    ("Microsoft.DBforPostgreSQL/servers/databases", "db_full"), ("Microsoft.DBforPostgreSQL/flexibleServers", "db_full"),
    ("Microsoft.DBforMySQL/flexibleServers", "db_full"), ("Microsoft.ContainerService/managedClusters", "cluster"),
)  # fmt: skip


def made(workload: str, drill_type: str, **changes: object) -> Planned:
    backup = workload.startswith("Microsoft.")
    target = Target(
        "66666666-0000-4000-8000-000000000006",
        f"rg-drill {EVIL}",
        "pay-drill-2026q3-0001",
        "vnet-drill",
        "DR-2026Q3-0001",
    )
    told = replace(
        planned(), workload=workload, drill_type=drill_type, subject=f"{EVIL}\nrm -rf /",
        vault_id=BACKUP if backup else RECOVERY, item_key=INSTANCE if backup else ITEM, target=target,
    )  # fmt: skip
    return replace(told, **changes)  # type: ignore[arg-type]  # its own fields


def of(workload: str, drill_type: str) -> Runbook:
    return runbook(made(workload, drill_type), Surroundings("westeurope", f"sql-drill {EVIL}"))


def run(script: str, folder: Path) -> tuple[int, str, list[list[str]]]:
    (folder / "az").write_text(FAKE)
    (folder / "az").chmod(0o755)
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    environment = {"PATH": path, "SEEN": str(folder / "seen"), "LC_ALL": "C.UTF-8"}
    (folder / "seen").write_bytes(b"")
    found = subprocess.run(
        [BASH, "-c", script], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    words = (folder / "seen").read_bytes().decode().split("\0")[:-1]
    calls: list[list[str]] = []
    for word in words:
        if word == "az":
            calls.append([])
        else:
            calls[-1].append(word)
    return found.returncode, found.stderr, calls


def filled(script: str) -> str:
    """With something typed into each blank."""
    return re.sub(r"^([A-Z_]+)=''", r"\1='typed $(touch owned)'", script, flags=re.MULTILINE)


@pytest.mark.parametrize(("workload", "drill_type"), KINDS, ids=lambda one: one.rpartition("/")[2])
def test_names_reach_azure_as_they_are_and_run_nothing(workload: str, drill_type: str, tmp_path: Path) -> None:
    made_one = of(workload, drill_type)
    assert made_one.az is not None
    code, said, calls = run(filled(made_one.az), tmp_path)
    assert (code, said) == (0, "")
    assert not (tmp_path / "owned").exists()
    given = {word.partition("=")[0]: word.partition("=")[2] for call in calls for word in call if word.startswith("--")}
    assert given["--resource-group"] in {"rg'$(touch owned)", f"rg-drill {EVIL}"}
    if workload.startswith("Microsoft."):
        assert f"--backup-instance-name=-{EVIL}" in calls[0] or f"--backup-instance-name=-{EVIL}" in calls[1]
    else:
        assert f"--item-name=-i;{EVIL}" in calls[0]
    assert all(
        "OriginalLocation" not in word and "OriginalWorkloadRestore" not in word for call in calls for word in call
    )


@pytest.mark.parametrize(("workload", "drill_type"), KINDS, ids=lambda one: one.rpartition("/")[2])
def test_every_option_is_one_of_the_documented_ones(workload: str, drill_type: str, tmp_path: Path) -> None:
    script = of(workload, drill_type).az
    assert script is not None
    _, _, calls = run(filled(script), tmp_path)
    for call in calls:
        command = " ".join(word for word in call if not word.startswith("--") and word.replace("-", "").isalnum())
        options = {word.partition("=")[0] for word in call if word.startswith("--")}
        assert options <= DOCUMENTED[command] | {"--subscription", "--resource-group", "--output", "--query"}, command


DOCUMENTED = {
    "backup recoverypoint list": {"--vault-name", "--container-name", "--item-name", "--backup-management-type", "--workload-type", "--use-secondary-region"},
    "backup restore restore-disks": {
        "--vault-name", "--container-name", "--item-name", "--rp-name", "--storage-account", "--storage-account-resource-group", "--target-resource-group",
        "--target-subscription-id", "--restore-mode", "--target-vm-name", "--target-vnet-name", "--target-vnet-resource-group", "--target-subnet-name",
        "--use-secondary-region",
    },
    "backup restore files mount-rp": {"--vault-name", "--container-name", "--item-name", "--rp-name"},
    "backup restore files unmount-rp": {"--vault-name", "--container-name", "--item-name", "--rp-name"},
    "backup recoveryconfig show": {
        "--vault-name", "--container-name", "--item-name", "--restore-mode", "--rp-name", "--log-point-in-time", "--target-item-name", "--target-server-name",
        "--target-server-type", "--target-container-name", "--workload-type",
    },
    "backup restore restore-azurewl": {"--vault-name", "--recovery-config"},
    "backup restore restore-azurefileshare": {
        "--vault-name", "--container-name", "--item-name", "--rp-name", "--resolve-conflict", "--restore-mode", "--target-file-share", "--target-storage-account",
    },
    "backup restore restore-azurefiles": {
        "--vault-name", "--container-name", "--item-name", "--rp-name", "--resolve-conflict", "--restore-mode", "--target-file-share", "--target-storage-account",
        "--source-file-type", "--source-file-path",
    },
    "backup job wait": {"--vault-name", "--name", "--use-secondary-region"},
    "backup job show": {"--vault-name", "--name", "--use-secondary-region"},
    "dataprotection recovery-point list": {"--vault-name", "--backup-instance-name"},
    "dataprotection job list": {"--vault-name"},
    "dataprotection backup-instance initialize-restoreconfig": {"--datasource-type"},
    "dataprotection backup-instance validate-for-restore": {"--vault-name", "--backup-instance-name", "--restore-request-object"},
    "dataprotection backup-instance restore trigger": {"--vault-name", "--backup-instance-name", "--restore-request-object"},
    "dataprotection backup-instance restore initialize-for-data-recovery": {
        "--datasource-type", "--restore-location", "--source-datastore", "--recovery-point-id", "--target-resource-id", "--secret-store-type", "--secret-store-uri",
    },
    "dataprotection backup-instance restore initialize-for-data-recovery-as-files": {
        "--datasource-type", "--restore-location", "--source-datastore", "--recovery-point-id", "--target-blob-container-url", "--target-file-name",
    },
    "dataprotection backup-instance restore initialize-for-item-recovery": {
        "--datasource-type", "--restore-location", "--source-datastore", "--recovery-point-id", "--target-resource-id", "--restore-configuration",
    },
    "vm show": {"--name"},
    "disk list": set(),
    "storage share-rm create": {"--storage-account", "--name", "--metadata"},
    "tag update": {"--resource-id", "--operation", "--tags"},
}  # fmt: skip
"""By the reference of Azure CLI: `az backup`, `az dataprotection` (extension), `az tag`, `az vm`, `az disk`, `az storage share-rm`."""


def test_a_restored_machine_bears_the_tag_of_its_drill(tmp_path: Path) -> None:
    script = of("VM", "vm_full").az
    assert script is not None
    _, _, calls = run(filled(script), tmp_path)
    assert calls[-1] == [
        "tag",
        "update",
        "--resource-id=made-1",
        "--operation=Merge",
        "--tags=backup-drill=DR-2026Q3-0001",
    ]
    (restored,) = [call for call in calls if "restore-disks" in call]
    assert {
        f"--target-resource-group=rg-drill {EVIL}",
        "--target-vm-name=pay-drill-2026q3-0001",
        "--rp-name=point-1",
    } <= set(restored)


def test_a_blank_stops_the_script_before_azure_is_asked(tmp_path: Path) -> None:
    made_one = of("VM", "vm_full")
    assert [name for name, _ in made_one.blanks] == ["SUBNET", "STAGING_ACCOUNT", "STAGING_GROUP"]
    assert made_one.az is not None
    code, said, calls = run(made_one.az, tmp_path)
    assert (code, calls) == (2, [])
    assert said == f"fill in SUBNET: {BLANKS['SUBNET']}\n"
    assert made_one.powershell is not None
    assert "if (-not $Subnet) { throw 'fill in Subnet" in made_one.powershell


def test_a_name_that_azure_cli_would_read_as_a_file_is_refused() -> None:
    target = replace(made("VM", "vm_disks").target, resource_group="@/etc/passwd")
    with pytest.raises(RefusedError, match="name of a file"):
        runbook(made("VM", "vm_disks", target=target), Surroundings())


@pytest.mark.parametrize(
    ("workload", "drill_type"), [("FileFolder", "file_item"), ("SAPAseDatabase", "db_full"), (None, "other")]
)
def test_what_no_command_restores_is_said(workload: str | None, drill_type: str) -> None:
    found = runbook(replace(made("VM", drill_type), workload=workload), Surroundings())
    assert (found.az, found.powershell, found.blanks) == (None, None, ())
    assert "No command" in found.notes[0]


@pytest.mark.parametrize(("workload", "drill_type"), KINDS, ids=lambda one: one.rpartition("/")[2])
def test_powershell_holds_names_in_assignments_alone(workload: str, drill_type: str) -> None:
    script = of(workload, drill_type).powershell
    if script is None:
        assert "Azure CLI" in of(workload, drill_type).notes[0]
        return
    assert "OriginalLocation" not in script
    for line in script.splitlines():
        if "owned" in line:
            name, _, value = line.partition(" = ")
            assert line.startswith("#") or value in {for_powershell(one) for one in (
                "rg'$(touch owned)", f"c;{EVIL}", f"-i;{EVIL}", ITEM, f"-{EVIL}", f"rg-drill {EVIL}", f"sql-drill {EVIL}", INSTANCE,
            )}, name  # fmt: skip


def test_scripts_speak_of_known_names_alone() -> None:
    local = {"POINT", "JOB", "BEGUN", "MADE", "CONFIG", "REQUEST"}
    for body in AZ.values():
        assert set(re.findall(r"\$([A-Z_]+)", body)) <= set(BLANKS) | local
    known = {powershell_name(one) for one in BLANKS}
    own = {
        "VaultObject",
        "ItemObject",
        "TargetObject",
        "Point",
        "End",
        "Job",
        "Config",
        "Request",
        "Made",
        "Begun",
        "_",
        "Null",
        "ErrorActionPreference",
    }
    for body in POWERSHELL.values():
        assert set(re.findall(r"\$([A-Za-z_]+)", body)) - {"null"} <= known | own
