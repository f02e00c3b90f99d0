"""Asks for a vault's jobs: the lists of the nights read again, then the details that lists leave out.

Not here: which nights are read again. Jobs of agents are told late, so many nights of them are listed: every night of a vault known to
have such, and else on a turn of its own each week, which those nights cover twice over. Lists never hold `extendedInfo`, so restores and jobs that did not simply
complete are asked for one by one; an operation's name grows a suffix when it ends, so it is compared by prefix.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from evidence.nights import Window
from evidence.records import CaptureRequest, Coverage, Kind, Vault
from evidence.sources.azure.checks import with_duplicates, with_window
from evidence.sources.azure.containers import AGENT, NIGHTS_A_TURN, is_turn, types_of
from evidence.sources.azure.coverage import cover
from evidence.sources.azure.filters import jobs_filter, slices, whole_seconds
from evidence.sources.azure.named_items import is_restore
from evidence.sources.azure.questions import Question, Reading, Readings, Row, Shape, ask_each
from evidence.sources.azure.session import Session

TOLD_LATE: Final = AGENT
"""Management type whose jobs reach Azure only when they are complete."""
TURN: Final = 6
"""Which of the week's turns is theirs; lists of containers and engines have the others."""
COMPLETED: Final = "completed"


def read_job_lists(session: Session, vault: Vault, request: CaptureRequest, items: Reading) -> Readings:
    """The job lists of the windows asked for, in slices of at most 30 days; those of agents where they are due."""
    windows: list[tuple[Window, str | None]] = [(request.jobs_window, None)]
    if agents_are_due(vault, request, items):
        windows.append((request.long_jobs_window, TOLD_LATE))
    return ask_each(
        [
            partial(_read_list, session, vault, part, management_type)
            for window, management_type in windows
            for part in slices(whole_seconds(window))
        ]
    )


def agents_are_due(vault: Vault, request: CaptureRequest, items: Reading) -> bool:
    """Whether jobs of agents are listed tonight: known to be there, not known not to be, or the vault's turn."""
    known = types_of(items.rows) | set(request.containers.get(vault.vault_id, ()))
    return request.late or not items.whole or TOLD_LATE in known or is_turn(vault.vault_id, TURN, request.night)


def cover_job_lists(vault: Vault, request: CaptureRequest, items: Reading, lists: Readings) -> Coverage:
    """The coverage of the job lists."""
    rests = f"jobs of {TOLD_LATE} are not due tonight, as nothing seen is of it (asked every {NIGHTS_A_TURN}th night)"
    notes = [] if agents_are_due(vault, request, items) else [rests]
    return cover(Kind.JOBS, lists.readings, not_asked=lists.not_asked, quota=lists.quota, notes=notes)


def _read_list(session: Session, vault: Vault, window: Window, management_type: str | None) -> Reading:
    asked = jobs_filter(window, management_type)
    operation = partial(session.backup.backup_jobs.list, vault.name, vault.resource_group, filter=asked)
    reading = session.read_list(Question(Kind.JOBS, Shape.LIST), operation)
    return with_window(with_duplicates(reading), window)


def not_listed(lists: Readings, unfinished: Sequence[str]) -> list[str]:
    """Jobs last seen unfinished that no list names, each once."""
    known = {name.lower() for row in lists.rows if (name := job_name(row)) is not None}
    return [name for name in dict.fromkeys(unfinished) if name.lower() not in known]


def read_details(
    session: Session, vault: Vault, lists: Readings, unfinished: Sequence[str], detailed: Collection[str] = ()
) -> Coverage:
    """Details of the jobs listed that need them, and of those last seen unfinished, which may be gone by now.

    Restores come first. `detailed` are lower-cased ids of restores whose details were read after they had completed.
    """
    needed = [(name, row) for row in lists.rows if needs_details(row) and (name := job_name(row))]
    told = {name for name, row in needed if name.lower() in detailed and _status(row) == COMPLETED}
    restores = {name for name, row in needed if is_restore(row)}
    listed = [name for name in dict.fromkeys(name for name, _ in needed) if name not in told]
    listed.sort(key=lambda name: name not in restores)
    known = {name.lower() for name in (*listed, *told)}
    again = [name for name in dict.fromkeys(unfinished) if name.lower() not in known]
    # Where no list was answered, a 404 may be the vault's own: it says nothing about the job.
    vault_is_there = any(reading.whole for reading in lists.readings)
    asked = ask_each(
        [partial(_read_detail, session, vault, name, essential=name in restores) for name in listed]
        + [partial(_read_unfinished if vault_is_there else _read_detail, session, vault, name) for name in again],
        [*listed, *again],
    )
    nameless = sum(job_name(row) is None for row in lists.rows)
    return cover(
        Kind.JOB_DETAILS,
        asked.readings,
        not_asked=asked.not_asked,
        quota=asked.quota,
        notes=[
            *([f"{nameless} listed without an id, so details cannot be asked for"] if nameless else []),
            *([f"{_jobs(len(told))} known in full from an earlier night and not asked for again"] if told else []),
        ],
        doubt=None if lists.whole else "job lists were not read whole, so other jobs may need details",
    )


def needs_details(row: Row) -> bool:
    """Whether a listed job is a restore, or did not simply complete (so it does where it does not tell)."""
    properties = row.get("properties")
    if not isinstance(properties, Mapping):
        return True
    return is_restore(row) or _status(row) != COMPLETED


def _status(row: Row) -> str:
    properties = row.get("properties")
    return str(properties.get("status") or "").lower() if isinstance(properties, Mapping) else ""


def _jobs(count: int) -> str:
    return "details of 1 completed restore are" if count == 1 else f"details of {count} completed restores are"


def job_name(row: Row) -> str | None:
    """The id of a listed job; None where it bears none."""
    name = row.get("name")
    return name if isinstance(name, str) and name else None


def _read_detail(session: Session, vault: Vault, job_id: str, *, essential: bool = False) -> Reading:
    operation = partial(session.backup.job_details.get, vault.name, vault.resource_group, job_id)
    question = Question(Kind.JOB_DETAILS, Shape.OBJECT, subject=job_id, name=job_id, essential=essential)
    return session.read(question, operation)


def _read_unfinished(session: Session, vault: Vault, job_id: str) -> Reading:
    return as_told(_read_detail(session, vault, job_id), job_id)


def as_told(reading: Reading, job_id: str) -> Reading:
    """The reading of a job last seen unfinished: that it is gone is Azure's definite answer, an observation and no failure to observe."""
    if not reading.missing:
        return reading
    return replace(reading, failure=None, brief=None, notes=(f"job {job_id}, last seen unfinished, is gone (404)",))
