"""How much of what is counted was not read: nights of vaults, by kind. Pure over the judgement.

Invariant: a number that rests on nothing read is not known, and never shown as zero.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from evidence.packs.completeness import CompletenessResult
from evidence.packs.texts import plural
from evidence.records import LIST_OF, Kind, Outcome

Pair = tuple[date, str]
"""A night and a vault."""
_LISTS = frozenset({Kind.SUBSCRIPTIONS, *LIST_OF.values()})


@dataclass(frozen=True, slots=True)
class Unread:
    """Pairs of night and vault of which a kind was not read, or not whole."""

    pairs: int
    """All pairs of the period."""
    vaults: int
    unsealed: frozenset[date]
    lists: bool
    """Whether a list of vaults was not read, so that nobody knows how many vaults there are."""
    missing: Mapping[Kind, frozenset[Pair]]
    """Not read at all."""
    partly: Mapping[Kind, frozenset[Pair]]

    def lost(self, kind: Kind) -> int:
        """Pairs of which a kind was not read whole."""
        return len(self._none(kind)) + len(self.partly.get(kind, frozenset())) + len(self.unsealed) * self.vaults

    def nothing(self, kind: Kind) -> bool:
        """Whether nothing of a kind was read in the whole period."""
        absent = len(self._none(kind)) + len(self.unsealed) * self.vaults
        return absent >= self.pairs if self.pairs else self.lists or bool(self.unsealed)

    def nothing_on(self, night: date, kind: Kind) -> bool:
        """Whether nothing of a kind was read for a night."""
        if night in self.unsealed:
            return True
        return sum(pair[0] == night for pair in self._none(kind)) >= max(self.vaults, 1)

    def nothing_of(self, vault_id: str, kind: Kind, nights: int) -> bool:
        """Whether nothing of a kind was read of a vault in so many nights."""
        return sum(pair[1] == vault_id for pair in self._none(kind)) + len(self.unsealed) >= nights

    def some_of(self, vault_id: str, kind: Kind) -> bool:
        """Whether something of a kind was not read of a vault."""
        both = self._none(kind) | self.partly.get(kind, frozenset())
        return bool(self.unsealed) or any(pair[1] == vault_id for pair in both)

    def note(self, *kinds: Kind) -> str:
        """What a number over these kinds leaves out; empty where nothing is."""
        lost = max((self.lost(kind) for kind in kinds), default=0)
        if self.lists:
            return "Not every list of vaults was read: what unknown vaults hold is not counted."
        if not lost:
            return ""
        return f"Not counted is what was not read, of {lost:,} of {plural(self.pairs, 'night')} of vaults."

    def _none(self, kind: Kind) -> frozenset[Pair]:
        return self.missing.get(kind, frozenset())


def unread(judged: CompletenessResult) -> Unread:
    """What the gaps of a judgement leave out of its numbers."""
    missing: dict[Kind, set[Pair]] = defaultdict(set)
    partly: dict[Kind, set[Pair]] = defaultdict(set)
    unsealed, lists = set(), False
    for gap in judged.gaps:
        if gap.kind is None:
            unsealed |= {gap.night} if gap.outcome == "not_sealed" else set()
        elif gap.kind in _LISTS or gap.subject_id is None:
            lists = True
        else:
            (partly if gap.outcome == Outcome.PARTIAL else missing)[gap.kind].add((gap.night, gap.subject_id))
    return Unread(
        pairs=judged.vaults_expected * judged.nights_expected,
        vaults=judged.vaults_expected,
        unsealed=frozenset(unsealed),
        lists=lists,
        missing={kind: frozenset(pairs) for kind, pairs in missing.items()},
        partly={kind: frozenset(pairs) for kind, pairs in partly.items()},
    )
