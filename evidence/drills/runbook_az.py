"""Bash scripts with Azure CLI, one a kind of restore; names come from the assignments that stand before them.

Not here: assignments and blanks (`runbook`). Invariants: constant text; every value is given as `--option="$NAME"`, so that a name which begins with a line or holds a sign is
a value and nothing else; no script restores over the original. Sources: the reference of `az backup`, and of `az dataprotection` from its extension.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_VAULT = '--subscription="$SUBSCRIPTION" --resource-group="$VAULT_GROUP" --vault-name="$VAULT"'
_ITEM = f'{_VAULT} \\\n  --container-name="$CONTAINER" --item-name="$ITEM"'
_STOP = '[ -n "$POINT" ] || { echo "no recovery point was found: this is a finding, write it down" >&2; exit 1; }'
_TAGGED = 'az tag update --resource-id="$MADE" --operation=Merge --tags="backup-drill=$DRILL"'


def _newest(management: str, workload: str, more: str = "") -> str:
    return (
        "# The newest recovery point; name another one here where the drill asks for it.\n"
        f'POINT="$(az backup recoverypoint list {_ITEM} \\\n'
        f"  --backup-management-type={management} --workload-type={workload}{more} --query='[0].name' --output=tsv)\"\n"
        f"{_STOP}\n"
    )


def _watch(more: str = "") -> str:
    return (
        f'az backup job wait {_VAULT} --name="$JOB"{more}\n'
        f'az backup job show {_VAULT} --name="$JOB"{more} --output=json\n'
        'echo "job $JOB"\n'
    )


_DISKS = (
    f"az backup restore restore-disks {_ITEM} \\\n"
    '  --rp-name="$POINT" --target-resource-group="$TARGET_GROUP" --target-subscription-id="$TARGET_SUBSCRIPTION" \\\n'
    '  --storage-account="$STAGING_ACCOUNT" --storage-account-resource-group="$STAGING_GROUP"'
)
_NEW_MACHINE = (
    ' \\\n  --restore-mode=AlternateLocation --target-vm-name="$TARGET_NAME" \\\n'
    '  --target-vnet-name="$NETWORK" --target-vnet-resource-group="$NETWORK_GROUP" --target-subnet-name="$SUBNET"'
)
_TAG_MACHINE = (
    'MADE="$(az vm show --subscription="$TARGET_SUBSCRIPTION" --resource-group="$TARGET_GROUP" --name="$TARGET_NAME" --query=id --output=tsv)"\n'
    f"{_TAGGED}\n"
)
_TAG_DISKS = (
    "# The disks that came into being meanwhile.\n"
    "while IFS= read -r MADE; do\n"
    f"  {_TAGGED}\n"
    'done < <(az disk list --subscription="$TARGET_SUBSCRIPTION" --resource-group="$TARGET_GROUP" \\\n'
    "  --query=\"[?timeCreated>='$BEGUN'].id\" --output=tsv)\n"
)


def _machine(more: str = "", region: str = "") -> str:
    tag = _TAG_MACHINE if more else _TAG_DISKS
    return (
        _newest("AzureIaasVM", "VM", region)
        + 'BEGUN="$(date -u +%Y-%m-%dT%H:%M:%S)"\n'
        + f'JOB="$({_DISKS}{more}{region} --query=name --output=tsv)"\n'
        + _watch(region)
        + tag
    )


def _database(workload: str, server_type: str, point: str) -> str:
    newest = _newest("AzureWorkload", workload) if '$POINT"' in point else ""
    return (
        newest
        + 'CONFIG="$(mktemp)"\n'
        + f"az backup recoveryconfig show {_ITEM} \\\n"
        + f"  --workload-type={workload} --restore-mode=AlternateWorkloadRestore {point} \\\n"
        + f'  --target-container-name="$TARGET_CONTAINER" --target-server-name="$TARGET_SERVER" --target-server-type={server_type} \\\n'
        + '  --target-item-name="$TARGET_NAME" --output=json > "$CONFIG"\n'
        + f'JOB="$(az backup restore restore-azurewl {_VAULT} --recovery-config="$CONFIG" --query=name --output=tsv)"\n'
        + 'rm -f "$CONFIG"\n'
        + _watch()
        + "# A database bears no tag in Azure: its name tells the drill.\n"
    )


_AT_POINT = '--rp-name="$POINT"'
_AT_MOMENT = '--log-point-in-time="$POINT_IN_TIME"'


def _share(command: str, more: str) -> str:
    return (
        _newest("AzureStorage", "AzureFileShare")
        + "# The share that takes the copy; its metadata bear the drill.\n"
        + 'az storage share-rm create --subscription="$SUBSCRIPTION" --resource-group="$TARGET_GROUP" --storage-account="$TARGET_ACCOUNT" --name="$TARGET_NAME" --metadata="backupdrill=$DRILL"\n'
        + f'JOB="$(az backup restore {command} {_ITEM} \\\n'
        + '  --rp-name="$POINT" --restore-mode=AlternateLocation --resolve-conflict=Overwrite \\\n'
        + f'  --target-storage-account="$TARGET_ACCOUNT" --target-file-share="$TARGET_NAME"{more} --query=name --output=tsv)"\n'
        + _watch()
    )


def _instance(kind: str, store: str, request: str, target: str, tag: str = "") -> str:
    instance = f'{_VAULT} --backup-instance-name="$INSTANCE"'
    return (
        "# The newest recovery point; name another one here where the drill asks for it.\n"
        f'POINT="$(az dataprotection recovery-point list {instance} \\\n'
        "  --query='sort_by([], &properties.recoveryPointTime)[-1].name' --output=tsv)\"\n"
        f"{_STOP}\n"
        'REQUEST="$(mktemp)"\n'
        f"az dataprotection backup-instance restore {request} --datasource-type={kind} \\\n"
        f'  --restore-location="$REGION" --source-datastore={store} --recovery-point-id="$POINT" \\\n'
        f'  {target} --output=json > "$REQUEST"\n'
        f'az dataprotection backup-instance validate-for-restore {instance} --restore-request-object="$REQUEST"\n'
        f'az dataprotection backup-instance restore trigger {instance} --restore-request-object="$REQUEST"\n'
        'rm -f "$REQUEST"\n'
        f"az dataprotection job list {_VAULT} --output=table\n{tag}"
    )


_ALL, _FILES, _SOME = (f"initialize-for-{one}" for one in ("data-recovery", "data-recovery-as-files", "item-recovery"))
_TO_FILES = '--target-blob-container-url="$TARGET_CONTAINER_URL" --target-file-name="$TARGET_NAME"'
_DISK_ID = (
    '"/subscriptions/$TARGET_SUBSCRIPTION/resourceGroups/$TARGET_GROUP/providers/Microsoft.Compute/disks/$TARGET_NAME"'
)
_SECONDARY = " --use-secondary-region"
AZ: Mapping[str, str] = MappingProxyType(
    {
        "vm_full": _machine(_NEW_MACHINE),
        "vm_disks": _machine(),
        "vm_cross_region": _machine(_NEW_MACHINE, _SECONDARY),
        "vm_files": _newest("AzureIaasVM", "VM")
        + "# The script that is downloaded mounts the point on the machine on which it is run: never on a production machine.\n"
        + f'az backup restore files mount-rp {_ITEM} --rp-name="$POINT"\n'
        + "# When the files are checked:\n"
        + f'az backup restore files unmount-rp {_ITEM} --rp-name="$POINT"\n',
        "sql_full": _database("MSSQL", "SQLInstance", _AT_POINT),
        "sql_point_in_time": _database("MSSQL", "SQLInstance", _AT_MOMENT),
        "hana_full": _database("SAPHANA", "HANAInstance", _AT_POINT),
        "hana_point_in_time": _database("SAPHANA", "HANAInstance", _AT_MOMENT),
        "file_share": _share("restore-azurefileshare", ""),
        "file_item": _share("restore-azurefiles", ' \\\n  --source-file-type=File --source-file-path="$SOURCE_PATH"'),
        "disk": _instance(
            "AzureDisk",
            "OperationalStore",
            _ALL,
            f"--target-resource-id={_DISK_ID}",
            f"# When the job has ended:\nMADE={_DISK_ID}\n{_TAGGED}\n",
        ),
        "blob": _instance("AzureBlob", "VaultStore", _ALL, '--target-resource-id="$TARGET_ACCOUNT_ID"'),
        "postgresql": _instance(
            "AzureDatabaseForPostgreSQL",
            "VaultStore",
            _ALL,
            '--target-resource-id="$TARGET_DATABASE_ID" --secret-store-type=AzureKeyVault --secret-store-uri="$SECRET_URI"',
        ),
        "postgresql_flexible": _instance("AzureDatabaseForPostgreSQLFlexibleServer", "VaultStore", _FILES, _TO_FILES),
        "mysql_flexible": _instance("AzureDatabaseForMySQL", "VaultStore", _FILES, _TO_FILES),
        "cluster": 'CONFIG="$(mktemp)"\naz dataprotection backup-instance initialize-restoreconfig --datasource-type=AzureKubernetesService --output=json > "$CONFIG"\n'
        + _instance(
            "AzureKubernetesService",
            "OperationalStore",
            _SOME,
            '--restore-configuration="$CONFIG" --target-resource-id="$TARGET_CLUSTER_ID"',
            'rm -f "$CONFIG"\n',
        ),
    }
)
"""By the kind's key."""
