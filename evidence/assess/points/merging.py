"""From observations of points over many nights to the points themselves: what was there, from when, until when.

Not here: whether a point is usable (`usable`). Invariant: a point that any night saw stays known, also when Azure lists it no longer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from evidence.assess.points.values import Held, Observed, Reading


def merged(observed: Iterable[Observed], readings: Sequence[Reading], as_of: datetime) -> tuple[Held, ...]:
    """All points and log ranges told up to `as_of`, by start."""
    raise NotImplementedError
