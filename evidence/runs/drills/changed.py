"""What changed of items since their last accepted drill, by what nights saw then and now; also of items that moved to another vault.

Not here: what an item was like on a night (`looks`), the comparison (`evidence.drills.changes`). Invariant: an item without an accepted drill has nothing that
changed, unless the same resource was drilled in another vault.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from evidence.drills.changes import compared
from evidence.drills.history import History
from evidence.drills.population import PopulationItem
from evidence.runs.drills.looks import Seen, looks
from evidence.runs.sealed import SealedRows

Source = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Nights:
    """Sealed nights that were captured in their time."""

    sealed: SealedRows
    runs: Collection[str]
    nights: Sequence[date]
    """Sorted."""

    def at(self, day: date, keys: Collection[str]) -> Mapping[str, Seen]:
        """Items as the last night up to a day saw them."""
        before = [night for night in self.nights if night <= day]
        return looks(self.sealed, self.runs, before[-1], keys) if before else {}


def with_changes(
    items: Sequence[PopulationItem],
    sources: Mapping[str, Source | None],
    nights: Nights,
    past: Mapping[str, History],
) -> list[PopulationItem]:
    """The items with what changed since, and with the last drill that their resource had in another vault."""
    then = _then(nights, past)
    moved = _moved(items, sources, then, past)
    keys = {one.item_key for one in items if one.last_accepted is not None} | moved.keys()
    now = nights.at(nights.nights[-1], keys) if nights.nights else {}
    return [_with(one, moved.get(one.item_key, one.item_key), past, then, now) for one in items]


def _then(nights: Nights, past: Mapping[str, History]) -> Mapping[str, Seen]:
    """Each item that was ever accepted, as it was when it was drilled."""
    days: defaultdict[date, set[str]] = defaultdict(set)
    for key, history in past.items():
        if history.last_accepted is not None:
            days[history.last_accepted].add(key)
    found: dict[str, Seen] = {}
    for day, keys in sorted(days.items()):
        found |= nights.at(day, keys)
    return found


def _moved(
    items: Sequence[PopulationItem],
    sources: Mapping[str, Source | None],
    then: Mapping[str, Seen],
    past: Mapping[str, History],
) -> Mapping[str, str]:
    """By item the key under which its resource was drilled last, where that was another."""
    drilled: dict[Source, str] = {}
    for key, seen in sorted(then.items(), key=lambda pair: (past[pair[0]].last_accepted or date.min, pair[0])):
        if seen.source is not None:
            drilled[seen.source] = key
    found = {}
    for one in items:
        source = sources.get(one.item_key)
        before = drilled.get(source) if source is not None else None
        if before is not None and before != one.item_key and one.last_accepted is None:
            found[one.item_key] = before
    return found


def _with(
    item: PopulationItem,
    drilled_as: str,
    past: Mapping[str, History],
    then: Mapping[str, Seen],
    now: Mapping[str, Seen],
) -> PopulationItem:
    history = past.get(drilled_as)
    if history is None or history.last_accepted is None or item.item_key not in now:
        return item
    before = then.get(drilled_as)
    found = compared(None if before is None else before.look, now[item.item_key].look, history.last_accepted)
    return replace(
        item,
        last_accepted=history.last_accepted,
        last_accepted_drill=history.last_accepted_drill,
        drilled_lately=history.drilled_lately,
        changed=found.changed,
        unknown=found.unknown,
    )
