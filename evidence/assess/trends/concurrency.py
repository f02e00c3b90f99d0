"""How many jobs ran at once, by a sweep over their begins and ends.

Not here: what a vault can bear. Invariant: a job that ends as another begins does not overlap with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from evidence.assess.findings import Finding
from evidence.assess.trends.values import Peak
from evidence.nights import Window


def peak(jobs: Iterable[tuple[datetime, datetime | None]], window: Window, as_of: datetime) -> Peak:
    """Most jobs at once within the window; one without end counts until `as_of`."""
    raise NotImplementedError


def concurrency_finding(vault_id: str, name: str, night: date, found: Peak, earlier: Sequence[Peak]) -> Finding | None:
    """A hint where the peak is unlike those of earlier nights that were read."""
    raise NotImplementedError
