"""Asks for a vault's containers and backup engines: nightly what it is known to hold, all else on a turn of its own each week.

Not here: what a container means. Azure lists containers by management type only, so a type that is never asked for is never seen;
asking for every type each night would cost a plain vault of machines five calls for nothing. Machines of Azure have no list
here: their items tell container, resource and health. Invariant: what is not due tonight is named in the coverage, and where it is
not known what the vault holds, everything is asked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Final

from evidence.records import CaptureRequest, Coverage, Kind, Vault
from evidence.sources.azure.checks import with_duplicates
from evidence.sources.azure.coverage import cover
from evidence.sources.azure.questions import Question, Reading, Row, Shape, ask_each
from evidence.sources.azure.session import ListOperation, Session

NIGHTS_A_TURN: Final = 7
FILES, WORKLOAD, AGENT = "AzureStorage", "AzureWorkload", "MAB"
LISTED: Final = (FILES, WORKLOAD, AGENT)
"""Management types whose containers are listed."""
KEPT: Final = (FILES, WORKLOAD)
"""Management types whose containers Azure keeps for a while after they were deleted."""
ENGINES: Final = ("DPM", "AzureBackupServer")
"""Management types whose machines are backup engines."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """One list that may be due."""

    name: str
    operation: ListOperation
    types: tuple[str, ...]
    """Management types that make it due every night; none where its turn alone does."""


def read_containers(session: Session, vault: Vault, request: CaptureRequest, items: Reading) -> list[Coverage]:
    """Coverage of containers, soft-deleted ones included, and of backup engines."""
    place = (vault.name, vault.resource_group)
    listed, deleted = session.backup.backup_protection_containers, session.backup.deleted_protection_containers
    containers = [
        *(_Asked(kind, partial(listed.list, *place, filter=_of(kind)), (kind,)) for kind in LISTED),
        # Here the group comes first.
        *(
            _Asked(f"soft-deleted {kind}", partial(deleted.list, *reversed(place), filter=_of(kind)), ())
            for kind in KEPT
        ),
    ]
    engines = [_Asked("engines", partial(session.backup.backup_engines.list, *place), ENGINES)]
    known = types_of(items.rows) | set(request.containers.get(vault.vault_id, ())) if items.whole else None
    turns = {one.name: turn for turn, one in enumerate((*containers, *engines))}

    def due(one: _Asked) -> bool:
        return known is None or bool(known & set(one.types)) or is_turn(vault.vault_id, turns[one.name], request.night)

    return [
        _read(session, Kind.CONTAINERS, containers, [due(one) for one in containers]),
        _read(session, Kind.BACKUP_ENGINES, engines, [due(one) for one in engines]),
    ]


def types_of(rows: Collection[Row]) -> set[str]:
    """Management types that items tell, spelled as this module spells them."""
    told = (row.get("properties") for row in rows)
    found = {str(one.get("backupManagementType") or "").lower() for one in told if isinstance(one, Mapping)}
    return {kind for kind in (*LISTED, *ENGINES) if kind.lower() in found}


def is_turn(vault_id: str, turn: int, night: date) -> bool:
    """Whether it is a list's turn: each list of a vault has its own night of seven, and vaults are spread over them."""
    offset = hashlib.sha256(vault_id.lower().encode()).digest()[0]
    return (night.toordinal() + offset + turn) % NIGHTS_A_TURN == 0


def _of(management_type: str) -> str:
    return f"backupManagementType eq '{management_type}'"


def _read(session: Session, kind: Kind, lists: Sequence[_Asked], due: Sequence[bool]) -> Coverage:
    asked = ask_each(
        [partial(_read_list, session, kind, one.operation) for one, is_due in zip(lists, due, strict=True) if is_due]
    )
    waiting = [one.name for one, is_due in zip(lists, due, strict=True) if not is_due]
    notes = [f"not due tonight, as nothing seen is of it: {', '.join(waiting)} (asked every {NIGHTS_A_TURN}th night)"]
    return cover(kind, asked.readings, not_asked=asked.not_asked, notes=notes if waiting else ())


def _read_list(session: Session, kind: Kind, operation: ListOperation) -> Reading:
    return with_duplicates(session.read_list(Question(kind, Shape.LIST), operation))
