"""Asks one Backup vault everything (Microsoft.DataProtection), kind by kind in a fixed order, and says of each kind what came.

Not here: the vault's own settings, which the list of vaults tells in the same body as a GET of the vault; what rows mean
(`normalize`). Invariant: a failing question never stops the next one. In this SDK the resource group comes first.
"""

from __future__ import annotations

from functools import partial

from evidence.records import CaptureRequest, Coverage, Kind, Vault
from evidence.sources.azure.backup_vault_jobs import cover_backup_jobs, list_backup_jobs, read_backup_details
from evidence.sources.azure.backup_vault_points import read_backup_points
from evidence.sources.azure.checks import with_duplicates
from evidence.sources.azure.coverage import cover
from evidence.sources.azure.questions import Question, Reading, Shape
from evidence.sources.azure.session import ListOperation, Session


def read_backup_vault(session: Session, vault: Vault, request: CaptureRequest) -> list[Coverage]:
    """The coverage of all that is required of a Backup vault."""
    protection, place = session.protection, (vault.resource_group, vault.name)
    proxies = _read_list(session, Kind.GUARD_PROXIES, partial(protection.dpp_resource_guard_proxy.list, *place))
    policies = _read_list(session, Kind.POLICIES, partial(protection.backup_policies.list, *place))
    instances = _read_list(session, Kind.PROTECTED_ITEMS, partial(protection.backup_instances.list, *place))
    deleted = _read_list(session, Kind.DELETED_ITEMS, partial(protection.deleted_backup_instances.list, *place))
    jobs = list_backup_jobs(session, vault)
    return [
        cover(Kind.GUARD_PROXIES, [proxies]),
        cover(Kind.POLICIES, [policies]),
        cover(Kind.PROTECTED_ITEMS, [instances]),
        cover(Kind.DELETED_ITEMS, [deleted]),
        cover_backup_jobs(jobs, request.jobs_window),
        read_backup_details(session, vault, request, jobs),
        read_backup_points(session, vault, request, instances, jobs),
    ]


def _read_list(session: Session, kind: Kind, operation: ListOperation) -> Reading:
    return with_duplicates(session.read_list(Question(kind, Shape.LIST), operation))
