"""The sealed pack that a command names."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evidence.compose import Composition
    from evidence.ledger.folds import SealedPack


def named_pack(composition: Composition, pack_id: str) -> SealedPack:
    """The pack of an id; raises ConfigurationError for an unknown one."""
    from evidence.errors import ConfigurationError
    from evidence.ledger.folds import packs

    found = [one for series in packs(composition.ledger.entries()).values() for one in series if one.pack_id == pack_id]
    if not found:
        raise ConfigurationError(f"There is no pack {pack_id}.", next_step="backup-evidence pack list")
    return found[0]
