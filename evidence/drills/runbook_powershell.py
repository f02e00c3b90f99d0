"""PowerShell scripts with the Az modules, one a kind of restore; names come from the assignments that stand before them.

Not here: assignments and blanks (`runbook`). Invariants: constant text; names are values of variables and never part of a command; no script restores over the original. Sources:
the references of Az.RecoveryServices and Az.DataProtection.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_VAULT = """Set-AzContext -Subscription $Subscription | Out-Null
$VaultObject = Get-AzRecoveryServicesVault -ResourceGroupName $VaultGroup -Name $Vault
"""
_POINT = """# The newest recovery point; choose another one here where the drill asks for it.
$End = (Get-Date).ToUniversalTime()
$Point = Get-AzRecoveryServicesBackupRecoveryPoint -Item $ItemObject -StartDate $End.AddDays(-29) -EndDate $End -VaultId $VaultObject.ID{more} |
  Sort-Object RecoveryPointTime -Descending | Select-Object -First 1
if (-not $Point) { throw 'no recovery point of the last 29 days was found: if there is no older one, this is a finding, write it down' }
"""
_WATCH = """Wait-AzRecoveryServicesBackupJob -Job $Job -VaultId $VaultObject.ID
Get-AzRecoveryServicesBackupJobDetail -Job $Job -VaultId $VaultObject.ID
"""
_TAG = "Update-AzTag -ResourceId {made} -Tag @{{ 'backup-drill' = $Drill }} -Operation Merge\n"


def _item(management: str, workload: str) -> str:
    return (
        f"$ItemObject = Get-AzRecoveryServicesBackupItem -BackupManagementType {management} -WorkloadType {workload} -VaultId $VaultObject.ID |\n"
        "  Where-Object { $_.Id -eq $ItemId }\n"
        "if (-not $ItemObject) { throw 'the vault does not list the item' }\n"
    )


def _point(more: str = "") -> str:
    return _POINT.replace("{more}", more)


_MACHINE = _VAULT + _item("AzureVM", "AzureVM")
_DISKS = (
    "$Job = Restore-AzRecoveryServicesBackupItem -RecoveryPoint $Point -TargetResourceGroupName $TargetGroup `\n"
    "  -StorageAccountName $StagingAccount -StorageAccountResourceGroupName $StagingGroup `\n"
    "  -VaultId $VaultObject.ID -VaultLocation $VaultObject.Location"
)
_NEW = " `\n  -TargetVMName $TargetName -TargetVNetName $Network -TargetVNetResourceGroup $NetworkGroup -TargetSubnetName $Subnet"
_TAG_MACHINE = (
    "Set-AzContext -Subscription $TargetSubscription | Out-Null\n"
    "$Made = Get-AzVM -ResourceGroupName $TargetGroup -Name $TargetName\n" + _TAG.format(made="$Made.Id")
)
_TAG_DISKS = (
    "Set-AzContext -Subscription $TargetSubscription | Out-Null\n"
    "Get-AzDisk -ResourceGroupName $TargetGroup | Where-Object { $_.TimeCreated -ge $Begun } | ForEach-Object {\n"
    "  " + _TAG.format(made="$_.Id") + "}\n"
)
_BEGUN = "$Begun = (Get-Date).ToUniversalTime()\n"


def _database(workload: str, point: str) -> str:
    at_point = "-RecoveryPoint" in point
    return (
        _VAULT
        + _item("AzureWorkload", workload)
        + (_point() if at_point else "")
        + "$TargetObject = Get-AzRecoveryServicesBackupProtectableItem "
        + f"-WorkloadType {workload} -ItemType SQLInstance -VaultId $VaultObject.ID |\n"
        + "  Where-Object { $_.ServerName -eq $TargetServer }\n"
        + "if (-not $TargetObject) { throw 'the vault knows no such server: register it first' }\n"
        + f"$Config = Get-AzRecoveryServicesBackupWorkloadRecoveryConfig {point} -TargetItem $TargetObject -AlternateWorkloadRestore -VaultId $VaultObject.ID\n"
        + "$Config.RestoredDBName = $TargetName\n"
        + "$Job = Restore-AzRecoveryServicesBackupItem -WLRecoveryConfig $Config -VaultId $VaultObject.ID\n"
        + _WATCH
        + "# A database bears no tag in Azure: its name tells the drill.\n"
    )


_AT_POINT = "-RecoveryPoint $Point"
_AT_MOMENT = "-PointInTime ([datetime]::ParseExact($PointInTime, 'dd-MM-yyyy-HH:mm:ss', [cultureinfo]::InvariantCulture, 'AssumeUniversal, AdjustToUniversal')) -Item $ItemObject"


def _share(more: str = "") -> str:
    return (
        _VAULT
        + _item("AzureStorage", "AzureFiles")
        + _point()
        + "New-AzRmStorageShare -ResourceGroupName $TargetGroup -StorageAccountName $TargetAccount -Name $TargetName -Metadata @{ 'backupdrill' = $Drill }\n"
        + "$Job = Restore-AzRecoveryServicesBackupItem -RecoveryPoint $Point -TargetStorageAccountName $TargetAccount -TargetFileShareName $TargetName `\n"
        + f"  -ResolveConflict Overwrite{more} -VaultId $VaultObject.ID -VaultLocation $VaultObject.Location\n"
        + _WATCH
    )


def _instance(kind: str, store: str, target: str, tag: str = "", restore: str = "AlternateLocation") -> str:
    where = "-SubscriptionId $Subscription -ResourceGroupName $VaultGroup -VaultName $Vault"
    return (
        "# The newest recovery point; choose another one here where the drill asks for it.\n"
        f"$Point = Get-AzDataProtectionRecoveryPoint {where} -BackupInstanceName $Instance |\n"
        "  Sort-Object { $_.Property.RecoveryPointTime } -Descending | Select-Object -First 1\n"
        "if (-not $Point) { throw 'no recovery point was found: this is a finding, write it down' }\n"
        f"$Request = Initialize-AzDataProtectionRestoreRequest -DatasourceType {kind} -SourceDataStore {store} `\n"
        f"  -RestoreLocation $Region -RestoreType {restore} -RecoveryPoint $Point.Name {target}\n"
        f"Test-AzDataProtectionBackupInstanceRestore {where} -Name $Instance -RestoreRequest $Request\n"
        f"$Job = Start-AzDataProtectionBackupInstanceRestore {where} -BackupInstanceName $Instance -Parameter $Request\n"
        f"$Job\n{tag}"
    )


_DISK_ID = (
    '"/subscriptions/$TargetSubscription/resourceGroups/$TargetGroup/providers/Microsoft.Compute/disks/$TargetName"'
)
_TO_FILES = "-TargetContainerURI $TargetContainerUrl -FileNamePrefix $TargetName"
POWERSHELL: Mapping[str, str] = MappingProxyType(
    {
        "vm_full": _MACHINE + _point() + _DISKS + _NEW + "\n" + _WATCH + _TAG_MACHINE,
        "vm_disks": _MACHINE + _point() + _BEGUN + _DISKS + "\n" + _WATCH + _TAG_DISKS,
        "vm_cross_region": _MACHINE
        + _point(" -UseSecondaryRegion")
        + _DISKS
        + _NEW
        + " `\n  -RestoreToSecondaryRegion\n$Job\n",
        "vm_files": _MACHINE
        + _point()
        + "# The script that is downloaded mounts the point on the machine on which it is run: never on a production machine.\n"
        + "Get-AzRecoveryServicesBackupRPMountScript -RecoveryPoint $Point -VaultId $VaultObject.ID\n"
        + "# When the files are checked:\n"
        + "Disable-AzRecoveryServicesBackupRPMountScript -RecoveryPoint $Point -VaultId $VaultObject.ID\n",
        "sql_full": _database("MSSQL", _AT_POINT),
        "sql_point_in_time": _database("MSSQL", _AT_MOMENT),
        "file_share": _share(),
        "file_item": _share(" -SourceFilePath $SourcePath -SourceFileType File"),
        "disk": _instance(
            "AzureDisk",
            "OperationalStore",
            f"-TargetResourceId {_DISK_ID}",
            "# When the job has ended:\n" + _TAG.format(made=_DISK_ID),
        ),
        "blob": _instance("AzureBlob", "VaultStore", "-TargetResourceId $TargetAccountId"),
        "postgresql": _instance(
            "AzureDatabaseForPostgreSQL",
            "VaultStore",
            "-TargetResourceId $TargetDatabaseId -SecretStoreType AzureKeyVault -SecretStoreURI $SecretUri",
        ),
        "postgresql_flexible": _instance(
            "AzureDatabaseForPGFlexServer", "VaultStore", _TO_FILES, restore="RestoreAsFiles"
        ),
        "mysql_flexible": _instance("AzureDatabaseForMySQL", "VaultStore", _TO_FILES, restore="RestoreAsFiles"),
    }
)
"""By the kind's key; a kind that is not here is restored with Azure CLI."""
