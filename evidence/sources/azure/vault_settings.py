"""Asks for a vault's settings, each night; the storage configuration only where the vault itself does not tell the same.

Not here: lists of a vault. A vault got by its id tells redundancy and cross-region restore, a vault in a list does not (recorded,
2024-04-01), so each is got. Invariant: what could drift is told every night, by the vault or by the setting itself; what else the storage
configuration tells is read on a turn each week.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Final

from evidence.records import CaptureRequest, Coverage, Kind, Outcome, Vault
from evidence.sources.azure.containers import NIGHTS_A_TURN, is_turn
from evidence.sources.azure.coverage import cover
from evidence.sources.azure.questions import Question, Reading, Shape
from evidence.sources.azure.session import Operation, Session

TURN: Final = 3
_SAME: Final = ("standardTierStorageRedundancy", "crossRegionRestore")
"""What a vault's `redundancySettings` tell, and its storage configuration too."""
_TOLD: Final = f"not due tonight, as the vault itself tells its redundancy and cross-region restore (asked every {NIGHTS_A_TURN}th night)"


def read_settings(session: Session, vault: Vault, request: CaptureRequest) -> dict[Kind, Reading]:
    """What was read of each setting that is due, in the order asked."""
    backup, name, group = session.backup, vault.name, vault.resource_group
    operations: dict[Kind, Operation] = {
        Kind.VAULT: partial(session.vaults.vaults.get, group, name),  # here the group comes first
        Kind.VAULT_CONFIG: partial(backup.backup_resource_vault_configs.get, name, group),
        Kind.STORAGE_CONFIG: partial(backup.backup_resource_storage_configs_non_crr.get, name, group),
        Kind.ENCRYPTION_CONFIG: partial(backup.backup_resource_encryption_configs.get, name, group),
    }
    always = request.late or is_turn(vault.vault_id, TURN, request.night)
    found: dict[Kind, Reading] = {}
    for kind, operation in operations.items():
        if kind is Kind.STORAGE_CONFIG and not always and tells_redundancy(found[Kind.VAULT]):
            continue
        found[kind] = session.read(Question(kind, Shape.OBJECT), operation)
    return found


def tells_redundancy(vault: Reading) -> bool:
    """Whether a vault tells what its storage configuration would."""
    told = [row.get("properties") for row in vault.rows]
    settings = [one.get("redundancySettings") for one in told if isinstance(one, Mapping)]
    return any(isinstance(one, Mapping) and all(one.get(name) for name in _SAME) for one in settings)


def cover_settings(settings: Mapping[Kind, Reading]) -> Iterator[Coverage]:
    """The coverage of each setting."""
    for kind in (Kind.VAULT, Kind.VAULT_CONFIG, Kind.STORAGE_CONFIG, Kind.ENCRYPTION_CONFIG):
        if kind in settings:
            yield cover(kind, [settings[kind]])
        else:
            yield replace(cover(kind, [], notes=[_TOLD]), outcome=Outcome.COLLECTED)
