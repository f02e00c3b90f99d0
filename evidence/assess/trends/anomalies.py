"""Jobs that took much longer, or moved much more or less, than their like: hints by robust statistics on logarithms (analytics 6.8).

Not here: verdicts. Invariant: fewer than ten earlier runs of the same kind and weekday class tell nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evidence.assess.findings import Finding
from evidence.assess.trends.values import Run


def anomalies(run: Run, earlier: Sequence[Run]) -> Iterator[Finding]:
    """Hints about a successful run; `earlier` are the item's successful runs before it, in order of time (only its like are used)."""
    raise NotImplementedError
