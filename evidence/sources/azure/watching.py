"""Asks one vault between nights for jobs that failed or completed with warnings, and leaves the last of its budget to the night.

Not here: what rows mean. Invariant: the same budget per vault and action as the night's questions, by the same governor; what was not asked
is said in the coverage. A Backup vault's list takes no filter, so all its jobs come.
"""

from __future__ import annotations

from functools import partial

from evidence.nights import Window
from evidence.records import BACKUP, Capture, Coverage, Kind, Vault
from evidence.sources.azure.backup_vault_jobs import cover_backup_jobs, list_backup_jobs
from evidence.sources.azure.checks import with_duplicates, with_window
from evidence.sources.azure.coverage import cover, gone_vault
from evidence.sources.azure.filters import jobs_filter, slices, whole_seconds
from evidence.sources.azure.questions import Question, Reading, Shape, ask_each
from evidence.sources.azure.session import Line, Session, open_session
from evidence.sources.interface import vault_key
from evidence.sources.watching import FRESH, WatchRequest


def watch_vault(line: Line, vault: Vault, request: WatchRequest) -> Capture:
    """What one vault tells of fresh failures; every failure to ask becomes coverage."""
    capture_id = f"{request.run_id}.{vault_key(vault.vault_id, vault.name)}"
    with open_session(line, vault.subscription_id, capture_id) as session:
        coverage = (_of_backup_vault if vault.kind == BACKUP else _of_services_vault)(session, vault, request.window)
        calls = session.calls
    return Capture(capture_id, vault.vault_id, vault, calls, gone_vault([coverage], calls))


def _of_backup_vault(session: Session, vault: Vault, window: Window) -> Coverage:
    return cover_backup_jobs(list_backup_jobs(session, vault, yields=True), window)


def _of_services_vault(session: Session, vault: Vault, window: Window) -> Coverage:
    parts = list(slices(whole_seconds(window)))
    lists = ask_each([partial(_list, session, vault, part, status) for status in FRESH for part in parts])
    return cover(Kind.JOBS, lists.readings, not_asked=lists.not_asked, quota=lists.quota)


def _list(session: Session, vault: Vault, window: Window, status: str) -> Reading:
    asked = jobs_filter(window, status=status)
    operation = partial(session.backup.backup_jobs.list, vault.name, vault.resource_group, filter=asked)
    reading = session.read_list(Question(Kind.JOBS, Shape.LIST, yields=True), operation)
    return with_window(with_duplicates(reading), window)
