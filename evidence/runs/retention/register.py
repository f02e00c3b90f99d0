"""The register of a store: its ledger, its configurations and what persons decided, as of a moment.

Not here: the fold itself (`evidence.retention.register`). Invariants: only the ledger, and the files that it names, are read; a store that cannot be reached is an
error, never an empty register.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from evidence.ledger.entries import LedgerEntry
from evidence.nights import Calendar
from evidence.retention.calendar import day_of
from evidence.retention.register import Register, Standing, build_register
from evidence.retention.values import State
from evidence.runs.retention.book import Keeping, read_keeping
from evidence.runs.retention.configurations import read_regime
from evidence.runs.retention.origins import read_files
from evidence.settings.retention import Retention
from evidence.stores.interface import EvidenceStore


@dataclass(frozen=True, slots=True)
class Keeper:
    """What a register is read with."""

    store: EvidenceStore
    calendar: Calendar
    retention: Retention = field(default_factory=Retention)
    """Of the configuration in use."""
    configuration_sha256: str = ""


def read_register(
    keeper: Keeper, entries: Sequence[LedgerEntry], now: datetime, proposed: Sequence[str] = ()
) -> Register:
    """The register as of some entries and a moment; `proposed`: paths of the proposal that stands.

    Raises IntegrityError for entries that do not fit or disagree.
    """
    files = read_files(entries, keeper.calendar)
    regime = read_regime(keeper.store, entries, keeper.retention, keeper.configuration_sha256)
    standing = standing_of(read_keeping(entries), proposed)
    today = day_of(now, keeper.calendar.time_zone)
    return build_register(files, regime, standing, today=today, ledger_size=len(entries))


def standing_of(keeping: Keeping, proposed: Sequence[str] = ()) -> Standing:
    """Holds, extensions and states by what persons decided."""
    found = keeping.dispositions.standing
    states: dict[str, State] = {}
    if found is not None:
        states = dict.fromkeys(proposed, State.APPROVED if found.approved else State.IN_REVIEW)
    states |= dict.fromkeys(keeping.stones, State.DISPOSED)
    return Standing(keeping.holds, keeping.extensions, states)
