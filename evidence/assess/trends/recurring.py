"""Failures that come again: the same item and error family in expected slots, not in calendar nights (analytics 6.4).

Not here: outbreaks. Invariant: an unknown slot is neither a failure nor proof of one between two.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from evidence.assess.findings import Finding
from evidence.assess.trends.values import SlotHistory


def recurring(histories: Iterable[SlotHistory], night: date) -> Iterator[Finding]:
    """Findings of items whose slot of this night failed again; hand over items with a bad slot this night, from all vaults and regions."""
    raise NotImplementedError
