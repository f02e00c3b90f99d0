"""Asks for the recovery points of backup instances: all of them, those that were restored first.

Not here: points of deleted instances, which Azure does not list, and the ranges to which operational backups of blobs can be
restored, which it tells to a POST alone. Without a filter Azure lists all points of an instance.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from evidence.records import CaptureRequest, Coverage, Kind, Vault
from evidence.sources.azure.backup_vault_jobs import is_backup_vault_restore
from evidence.sources.azure.checks import with_duplicates
from evidence.sources.azure.coverage import cover
from evidence.sources.azure.filters import began_in
from evidence.sources.azure.ids import segments
from evidence.sources.azure.questions import Question, Reading, Row, Shape, ask_each
from evidence.sources.azure.session import Session


@dataclass(frozen=True, slots=True)
class _Due:
    """One instance whose points are to be read."""

    instance_id: str
    name: str
    restored: bool


def read_backup_points(
    session: Session, vault: Vault, request: CaptureRequest, instances: Reading, jobs: Reading
) -> Coverage:
    """Recovery points of all instances listed, each once."""
    due = _due(instances, jobs, request)
    asked = ask_each([partial(_read_list, session, vault, one) for one in due], [one.name for one in due])
    unknown = sum(_named(row) is None for row in instances.rows)
    return cover(
        Kind.RECOVERY_POINTS,
        asked.readings,
        not_asked=asked.not_asked,
        quota=asked.quota,
        doubt="; ".join(_doubts(instances, unknown)) or None,
    )


def _due(instances: Reading, jobs: Reading, request: CaptureRequest) -> list[_Due]:
    """Whose points are read, in order: the one place where a plan would choose."""
    restored = set(_restored(jobs, request))
    found = {named[0].lower(): named for row in instances.rows if (named := _named(row)) is not None}
    due = [_Due(instance_id, name, restored=key in restored) for key, (instance_id, name) in found.items()]
    return sorted(due, key=lambda one: not one.restored)


def _restored(jobs: Reading, request: CaptureRequest) -> Iterator[str]:
    """Lower-cased ids of the instances that restores of the window are about."""
    for row in jobs.rows:
        properties = row.get("properties")
        told = properties.get("backupInstanceId") if isinstance(properties, Mapping) else None
        in_window = began_in(row, request.jobs_window) is not False
        if isinstance(told, str) and in_window and is_backup_vault_restore(row):
            yield told.lower()


def _named(row: Row) -> tuple[str, str] | None:
    """Id and name of an instance; None where its id names none."""
    instance_id = row.get("id")
    name = segments(instance_id).get("backupinstances") if isinstance(instance_id, str) else None
    return (instance_id, name) if isinstance(instance_id, str) and name else None


def _read_list(session: Session, vault: Vault, due: _Due) -> Reading:
    operation = partial(session.protection.recovery_points.list, vault.resource_group, vault.name, due.name)
    question = Question(Kind.RECOVERY_POINTS, Shape.LIST, subject=due.instance_id, essential=due.restored)
    return with_duplicates(session.read_list(question, operation))


def _doubts(instances: Reading, unknown: int) -> Iterator[str]:
    if not instances.whole:
        yield "the list of instances was not read whole, so others may have points"
    if unknown:
        told = "1 instance listed bears" if unknown == 1 else f"{unknown} instances listed bear"
        yield f"{told} no id that names it, so points cannot be asked for"
