"""Asks one vault everything, kind by kind in a fixed order, and says of each kind what came.

Not here: sending (`session`), what rows mean (`normalize`). Invariant: a failing question never stops the next one.
A setting that answers 404 is `not_reached`, not absent: Azure does not say whether the setting or the right to see it
is missing.
"""

from __future__ import annotations

from functools import partial

from evidence.records import BACKUP, Capture, CaptureRequest, Coverage, Kind, Vault
from evidence.sources.azure.backup_vault import read_backup_vault
from evidence.sources.azure.checks import with_duplicates
from evidence.sources.azure.containers import read_containers
from evidence.sources.azure.coverage import cover, gone_vault, seen_late
from evidence.sources.azure.cross_region import read_cross_region
from evidence.sources.azure.jobs import cover_job_lists, not_listed, read_details, read_job_lists
from evidence.sources.azure.points import Listed, read_points
from evidence.sources.azure.questions import Question, Reading, Shape
from evidence.sources.azure.session import Line, ListOperation, Session, open_session
from evidence.sources.azure.vault_settings import cover_settings, read_settings
from evidence.sources.interface import vault_key


def capture_vault(line: Line, vault: Vault, request: CaptureRequest) -> Capture:
    """All that one vault answers; every failure becomes coverage."""
    capture_id = f"{request.run_id}.{vault_key(vault.vault_id, vault.name)}"
    with open_session(line, vault.subscription_id, capture_id) as session:
        read = read_backup_vault if vault.kind == BACKUP else _read_everything
        coverage = read(session, vault, request)
        calls = session.calls
    if request.late:
        coverage = [seen_late(row) for row in coverage]
    return Capture(capture_id, vault.vault_id, vault, calls, gone_vault(coverage, calls))


def _read_everything(session: Session, vault: Vault, request: CaptureRequest) -> list[Coverage]:
    backup, place = session.backup, (vault.name, vault.resource_group)
    settings = read_settings(session, vault, request)
    proxies = _read_list(session, Kind.GUARD_PROXIES, partial(backup.resource_guard_proxies.get, *place))
    policies = _read_list(session, Kind.POLICIES, partial(backup.backup_policies.list, *place))
    items = _read_list(session, Kind.PROTECTED_ITEMS, partial(backup.backup_protected_items.list, *place))
    containers = read_containers(session, vault, request, items)
    lists = read_job_lists(session, vault, request, items)
    unfinished = request.unfinished.get(vault.vault_id, ())
    told = tuple(settings.values())
    crossing = read_cross_region(session, vault, request, told, not_listed(lists, unfinished))
    unfinished = tuple(job for job in unfinished if job.lower() not in crossing.jobs)
    return [
        *cover_settings(settings),
        cover(Kind.GUARD_PROXIES, [proxies]),
        cover(Kind.POLICIES, [policies]),
        cover(Kind.PROTECTED_ITEMS, [items]),
        *containers,
        cover_job_lists(vault, request, items, lists),
        crossing.coverage,
        read_details(session, vault, lists, unfinished, request.detailed.get(vault.vault_id, ())),
        read_points(session, vault, request, Listed(items, policies, lists)),
    ]


def _read_list(session: Session, kind: Kind, operation: ListOperation) -> Reading:
    return with_duplicates(session.read_list(Question(kind, Shape.LIST), operation))
