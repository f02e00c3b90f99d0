"""The Backup vaults of a seed with their instances: two vaults, one in each subscription of the default world.

Names and settings; what happened night by night is decided in `history`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import time

from simulator.generated.backup_vaults.values import BackupVault, Instance, Policy, Source
from simulator.generated.seeded import Seed

DISKS = Policy("disk-nightly", Source.DISK, 7, time(22))
BLOBS = Policy("blob-continuous", Source.BLOBS, 30)
SERVERS = Policy("postgres-weekly", Source.POSTGRES, 84, time(1), weekday=6, store="VaultStore")

_PRODUCTION = ("bvault-prod-weu", "rg-backup-weu", "westeurope", "GeoRedundant")
_DATA = ("bvault-data-eus", "rg-backup-eus", "eastus", "LocallyRedundant")
_PROTECTED = {
    _PRODUCTION[0]: (
        (DISKS, "rg-disks-weu", ("disk-erp-data", "disk-erp-log", "disk-files-01", "disk-files-02")),
        (BLOBS, "rg-storage-weu", ("stblobweu01", "stblobweu02")),
    ),
    _DATA[0]: (
        (DISKS, "rg-disks-eus", ("disk-aks-eus-01", "disk-aks-eus-02")),
        (SERVERS, "rg-postgres-eus", ("pg-shop-eus", "pg-billing-eus")),
    ),
}


def backup_vaults(subscriptions: Sequence[str]) -> tuple[BackupVault, ...]:
    """Both vaults, in the subscriptions of the world; none in a world of fewer subscriptions."""
    if len(subscriptions) < len(_PROTECTED):
        return ()
    name, group, region, redundancy = _PRODUCTION
    tags = (("cost-center", "=4711+1"), ("environment", "production"))
    production = BackupVault(
        subscriptions[0],
        group,
        name,
        region,
        redundancy,
        immutability="Unlocked",
        guarded=True,
        tags=tags,
        policies=(BLOBS, DISKS),
    )
    name, group, region, redundancy = _DATA
    data = BackupVault(subscriptions[1], group, name, region, redundancy, "AlwaysOn", policies=(DISKS, SERVERS))
    return production, data


Protected = Mapping[str, Sequence[tuple[Policy, str, Sequence[str]]]]
"""By vault: policy, resource group and resources."""


def instances_of(vault: BackupVault, seed: Seed, protected: Protected = _PROTECTED) -> Iterator[Instance]:
    """The instances of a vault, in the order of their names."""
    for policy, group, resources in protected[vault.name]:
        for resource in resources:
            name = f"{resource}-{resource}-{seed.guid('backup instance', vault.name, resource)}"
            yield Instance(vault, policy, resource, group, name)
