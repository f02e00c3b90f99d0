"""Backup nights on which served jobs start.

The cut-over is 06:00 UTC; a night is named by its first day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from simulator.recorded.elements import Element, element_of
from simulator.recorded.groups import Group
from simulator.recorded.kinds import JOBS
from simulator.recorded.lists import compose
from simulator.recorded.raw_json import elements

_CUT_OVER = timedelta(hours=6)
_BACKUP_VAULT_JOBS = re.compile(r".*/providers/microsoft\.dataprotection/backupvaults/[^/]+/backupjobs(/[^/]+)?")


def nights_of(group: Group) -> set[date]:
    """Nights of all jobs that a group's answers hold, of either kind of vault."""
    starts = (job.moment("startTime") for job in _jobs(group))
    return {(start - _CUT_OVER).date() for start in starts if start is not None}


def _jobs(group: Group) -> Iterator[Element]:
    if group.vault is not None:
        yield from compose(group, JOBS, f"{group.vault[0].lower()}/backupjobs")
    for path, record in group.final.items():
        found = _BACKUP_VAULT_JOBS.fullmatch(path)
        if found is None or record.status != 200:
            continue
        body = group.body(record).decode()
        for raw in elements(body) if found[1] is None else (body,):
            yield element_of(raw, from_list=found[1] is None)
