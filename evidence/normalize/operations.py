"""Azure's operation names to the few kinds of operation that evidence tells apart.

Invariant: a name is compared by its beginning, because it changes while a job runs: `Restore` becomes `Restore (Full)`.
"""

from __future__ import annotations

from functools import lru_cache

RESTORE = "restore"
OTHER = "other"

_PREFIXES = (
    ("crossregionrestore", RESTORE),
    ("restore", RESTORE),
    ("backup", "backup"),
    ("configure", "configure"),
    ("disable", "disable"),
    ("delete", "delete"),
    ("undelete", "undelete"),
    ("move", "move"),
)


@lru_cache(maxsize=1024)
def operation_kind(operation: str | None) -> str:
    """`backup, restore, configure, disable, delete, undelete, move` or `other`."""
    name = (operation or "").strip().casefold()
    return next((kind for prefix, kind in _PREFIXES if name.startswith(prefix)), OTHER)
