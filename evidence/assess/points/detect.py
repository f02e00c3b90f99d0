"""All findings about one item's recovery points, as of one night.

Not here: each rule (`attainment`, `gaps`, `consistency`, `expiry`). Invariant: nothing is found where what would tell was not read.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from evidence.assess.findings import Finding
from evidence.assess.points.values import ItemPoints, Target, Wanted
from evidence.nights import Window


def point_findings(
    item: ItemPoints, wanted: Wanted, target: Target | None, night: date, window: Window
) -> Iterator[Finding]:
    """RPO breach, gaps, log chain, consistency and expiry of one item; ages are those at the end of the night's window."""
    raise NotImplementedError
