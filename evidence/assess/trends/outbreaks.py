"""One error family on many items in one night: one parent, with the items as its children (analytics 6.4).

Not here: what becomes of the children's own findings. Invariant: an item and family has at most one parent.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from evidence.assess.slots.values import Judged
from evidence.assess.about import About
from evidence.assess.trends.values import OutbreakRule, Outbreaks


def outbreaks(slots: Iterable[tuple[About, Judged]], night: date, rule: OutbreakRule = OutbreakRule()) -> Outbreaks:
    """Outbreaks among all slots of a night, good ones included (they are the denominator)."""
    raise NotImplementedError
