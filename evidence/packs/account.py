"""All that is reckoned before any page is set: made tables, counts, figures, claims, and the figures of the pack before.

Not here: selecting rows, pages, bytes. Invariant: everything is counted once, and the report, the packed figures and the OSCAL file
read the same counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from evidence.ledger.entries import LedgerEntry
from evidence.packs.completeness import CompletenessResult
from evidence.packs.controls.judged import Claimed, judge_claims
from evidence.packs.controls.reading import ControlMap, shipped_control_map
from evidence.packs.disclosure import Disclose, disclosed, whole
from evidence.packs.figures import Counts, count, figures, figures_table
from evidence.packs.figures.earlier import Earlier, earlier_figures
from evidence.packs.interface import Figure
from evidence.packs.judging import judge_selection
from evidence.packs.made import oddities_table, presence_table, restated_table
from evidence.packs.select import Selection
from evidence.packs.statement import Place
from evidence.stores.interface import EvidenceStore
from evidence.tables import FIGURES, ODDITIES, PRESENCE, RESTATED


@dataclass(frozen=True, slots=True)
class Account:
    """What a pack tells of its rows."""

    selection: Selection
    """With the tables that the pack makes."""
    judged: CompletenessResult
    counts: Counts
    figures: tuple[Figure, ...]
    claimed: Claimed
    earlier: Earlier | None = None
    """Figures of the pack before in the series; None where there is none."""

    @property
    def rows(self) -> dict[str, int]:
        """How many each table has."""
        return {name: table.num_rows for name, table in self.selection.tables.items()}


def reckon(
    selection: Selection,
    entries: Sequence[LedgerEntry],
    controls: ControlMap | None = None,
    disclose: Disclose = whole,
) -> Account:
    """Count a selection whose nights these entries sealed, and judge the claims of `controls`, or of the map that is shipped. Pure."""
    judged = judge_selection(selection)
    with_made = replace(selection, tables={**selection.tables, **_made(selection, entries, disclose)})
    counts = count(with_made)
    found = figures(counts, judged)
    packed = replace(with_made, tables={**with_made.tables, FIGURES.name: figures_table(found)})
    claimed = Claimed(judge_claims(with_made, judged, counts), controls or shipped_control_map())
    return Account(packed, judged, counts, found, claimed)


def account(
    store: EvidenceStore,
    entries: Sequence[LedgerEntry],
    place: Place,
    selection: Selection,
    controls: ControlMap,
    disclose: Disclose = whole,
) -> Account:
    """The same with the figures of the pack before; raises IntegrityError, StoreError."""
    return replace(reckon(selection, entries, controls, disclose), earlier=earlier_figures(store, place.previous))


def _made(selection: Selection, entries: Sequence[LedgerEntry], disclose: Disclose) -> Mapping[str, pa.Table]:
    made = {
        PRESENCE.name: presence_table(selection.presence),
        # Of the ledger itself, so it passes the door here.
        ODDITIES.name: disclosed(ODDITIES, oddities_table(entries, selection.period), disclose),
    }
    if selection.restated is not None:
        made[RESTATED.name] = restated_table(selection.restated)
    return made
