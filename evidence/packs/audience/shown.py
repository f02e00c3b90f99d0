"""The selection of a pack as its audience may see it, and what the store keeps of the masks.

Not here: masking (`external`), keys (`engagements`). Invariant: an external pack is made of masked rows from the first count on; nothing of it is reckoned from rows
as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from evidence.ledger.entries import LedgerEntry, LedgerObject
from evidence.ledger.ledger import Guard
from evidence.packs.audience.engagements import Engagement, engagement_of, is_external, keep_map, key_named
from evidence.packs.audience.external import External
from evidence.packs.audience.names import Masker
from evidence.packs.disclosure import Disclose, whole
from evidence.packs.select import Selection
from evidence.packs.series import SeriesMovedError
from evidence.runs.parts import Parts

Selecting = Callable[[Disclose], Selection]


@dataclass(frozen=True, slots=True)
class Shown:
    """What one audience sees."""

    selection: Selection
    disclose: Disclose
    engagement: Engagement | None = None
    external: External | None = None

    def keep(self, parts: Parts, pack_id: str) -> tuple[LedgerObject, ...]:
        """Write the map of the masks; what the pack's entry names beside the pack: nothing for the internal audience."""
        if self.engagement is None or self.external is None:
            return ()
        new = (self.engagement.named,) if self.engagement.new else ()
        return (*new, keep_map(parts, self.engagement, pack_id, self.external.met))

    @property
    def guards(self) -> tuple[Guard, ...]:
        """What must still be so when the pack is sealed: that nobody gave the engagement another key meanwhile."""
        return () if self.engagement is None else (_first_key(self.engagement),)


def show(parts: Parts, entries: Sequence[LedgerEntry], audience: str, selecting: Selecting) -> Shown:
    """Select as an audience may see it; `selecting` gives the rows through the door it is handed. Raises what selecting raises."""
    rows = selecting(whole)
    if not is_external(audience):
        return Shown(rows, whole)
    engagement = engagement_of(parts, entries, audience)
    external = External(Masker(engagement.key), rows)
    return Shown(external.selection(selecting(external.disclose)), external.disclose, engagement, external)


def _first_key(engagement: Engagement) -> Guard:
    def guard(entries: Sequence[LedgerEntry]) -> None:
        named = key_named(entries, engagement.name)
        if named is not None and named != engagement.named:
            raise SeriesMovedError(f"Another pack gave engagement {engagement.name} its key while this one was built.")

    return guard
