"""Which listed items a job may be about: by container where Azure sends one, else by name.

Not here: which one it is (`normalize`, `assess`). Invariant: every item that fits is named, for reading one too many loses nothing,
and one too few may lose a point.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from evidence.sources.azure.items import Item, moment_of
from evidence.sources.azure.questions import Row

RESTORES: Final = ("restore", "crossregionrestore")
BACKUP: Final = "backup"
_WITH_SERVER: Final = re.compile(r"(?P<name>.+) \[[^\]]*\]")


def is_restore(job: Row) -> bool:
    """Whether a job restores; an operation's name grows a suffix when it ends."""
    return _told(job, "operation").startswith(RESTORES)


def is_backup(job: Row) -> bool:
    """Whether a job makes a backup."""
    return _told(job, "operation").startswith(BACKUP)


def began_at(job: Row) -> datetime | None:
    """When a job began; None where it does not tell."""
    return moment_of(_properties(job).get("startTime"))


def ended_at(job: Row) -> datetime | None:
    """When a job ended; None where it has not, or does not tell."""
    return moment_of(_properties(job).get("endTime"))


def named_by(job: Row, items: Sequence[Item]) -> list[Item]:
    """All items that a job may be about."""
    container, entity = _told(job, "containerName"), _told(job, "entityFriendlyName")
    inside = [item for item in items if container and item.path.container.lower().endswith(container)]
    if inside:
        return inside
    found = _WITH_SERVER.fullmatch(entity)
    wanted = {entity, found["name"]} if found else {entity}
    return [item for item in items if wanted & item.names]


def _properties(job: Row) -> Mapping[str, object]:
    told = job.get("properties")
    return told if isinstance(told, Mapping) else {}


def _told(job: Row, name: str) -> str:
    value = _properties(job).get(name)
    return value.lower() if isinstance(value, str) else ""
