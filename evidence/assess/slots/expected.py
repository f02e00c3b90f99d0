"""Which runs were expected of an item in a window, by the policies as they stood then.

Not here: what came of them (`outcome`). Invariants: slots of one part never overlap; a later edit of a policy changes no earlier slot; where
it cannot be told whether a run was due, the slot says why.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from evidence.assess.slots.history import ItemHistory
from evidence.assess.slots.rules import SlotRules
from evidence.assess.slots.values import Expected, PolicyVersion
from evidence.nights import Window


class PolicyBook:
    """All known versions of all policies; run times are computed once for each content and window."""

    def __init__(self, versions: Iterable[PolicyVersion]) -> None:
        self._versions = tuple(versions)


def expected_slots(item: ItemHistory, policies: PolicyBook, window: Window, rules: SlotRules) -> Sequence[Expected]:
    """The slots of an item whose time lies in the window (a night's), in order."""
    raise NotImplementedError
