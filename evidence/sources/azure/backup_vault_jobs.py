"""Asks for a Backup vault's jobs: its one list, then the details that the list leaves out.

The list takes no filter, so it holds jobs of other nights too: they are kept and counted, and no details are asked for them again.
Lists never hold `extendedInfo`, which alone tells a restore's recovery point (azure-backup.md section 6).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final

from evidence.nights import Window
from evidence.records import CaptureRequest, Coverage, Kind, Vault
from evidence.sources.azure.checks import with_duplicates
from evidence.sources.azure.coverage import cover
from evidence.sources.azure.filters import began_in
from evidence.sources.azure.jobs import as_told, job_name
from evidence.sources.azure.named_items import RESTORES
from evidence.sources.azure.questions import Question, Reading, Row, Shape, ask_each
from evidence.sources.azure.session import Session

COMPLETED: Final = "completed"
_OPERATIONS: Final = ("operationCategory", "operation")


def list_backup_jobs(session: Session, vault: Vault, *, yields: bool = False) -> Reading:
    """The job list, all pages; `yields` leaves the last of the budget to others."""
    operation = partial(session.protection.jobs.list, vault.resource_group, vault.name)
    return with_duplicates(session.read_list(Question(Kind.JOBS, Shape.LIST, yields=yields), operation))


def cover_backup_jobs(jobs: Reading, window: Window) -> Coverage:
    """The coverage of the list; what began outside the nights read again is counted, and no fault."""
    others = sum(began_in(row, window) is False for row in jobs.rows)
    told = "1 job" if others == 1 else f"{others} jobs"
    note = f"{told} that began outside the nights read again came too, as this list takes no filter"
    return cover(Kind.JOBS, [jobs], notes=[note] if others else [])


def read_backup_details(session: Session, vault: Vault, request: CaptureRequest, jobs: Reading) -> Coverage:
    """Details of the window's jobs that need them, restores first, and of jobs last seen unfinished, which may be gone by now."""
    rows = [row for row in jobs.rows if began_in(row, request.jobs_window) is not False and needs_details(row)]
    detailed = request.detailed.get(vault.vault_id, frozenset())
    known = {name for row in rows if (name := job_name(row)) and name.lower() in detailed and _status(row) == COMPLETED}
    restores = {name for row in rows if (name := job_name(row)) and is_backup_vault_restore(row)}
    listed = [name for name in dict.fromkeys(job_name(row) for row in rows) if name is not None and name not in known]
    listed.sort(key=lambda name: name not in restores)
    met = {name.lower() for name in (*listed, *known)}
    again = [name for name in dict.fromkeys(request.unfinished.get(vault.vault_id, ())) if name.lower() not in met]
    # Where no list was answered, a 404 may be the vault's own: it says nothing about the job.
    ask_again = _read_unfinished if jobs.whole else _read_detail
    asked = ask_each(
        [partial(_read_detail, session, vault, name, essential=name in restores) for name in listed]
        + [partial(ask_again, session, vault, name) for name in again],
        [*listed, *again],
    )
    return cover(
        Kind.JOB_DETAILS,
        asked.readings,
        not_asked=asked.not_asked,
        quota=asked.quota,
        notes=_notes(sum(job_name(row) is None for row in rows), len(known)),
        doubt=None if jobs.whole else "the job list was not read whole, so other jobs may need details",
    )


def needs_details(row: Row) -> bool:
    """Whether a listed job is a restore, or did not simply complete (so it does where it does not tell)."""
    return not isinstance(row.get("properties"), Mapping) or is_backup_vault_restore(row) or _status(row) != COMPLETED


def is_backup_vault_restore(row: Row) -> bool:
    """Whether a listed job restores, by its category or its operation."""
    return any(_told(row, name).startswith(RESTORES) for name in _OPERATIONS)


def _notes(nameless: int, known: int) -> list[str]:
    notes = []
    if nameless:
        notes.append(f"{nameless} listed without a name, so details cannot be asked for")
    if known:
        told = "1 completed restore is" if known == 1 else f"{known} completed restores are"
        notes.append(f"details of {told} known in full from an earlier night and not asked for again")
    return notes


def _status(row: Row) -> str:
    return _told(row, "status")


def _told(row: Row, name: str) -> str:
    properties = row.get("properties")
    value = properties.get(name) if isinstance(properties, Mapping) else None
    return value.lower() if isinstance(value, str) else ""


def _read_detail(session: Session, vault: Vault, job_id: str, *, essential: bool = False) -> Reading:
    operation = partial(session.protection.jobs.get, vault.resource_group, vault.name, job_id)
    question = Question(Kind.JOB_DETAILS, Shape.OBJECT, subject=job_id, name=job_id, essential=essential)
    return session.read(question, operation)


def _read_unfinished(session: Session, vault: Vault, job_id: str) -> Reading:
    return as_told(_read_detail(session, vault, job_id), job_id)
