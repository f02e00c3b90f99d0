"""Agents and extensions that worsen while jobs are still green (analytics 6.11).

Not here: failed jobs. Invariant: a night that was not read is neither healthy nor counted as unhealthy.
"""

from __future__ import annotations

from collections.abc import Sequence

from evidence.assess.about import About
from evidence.assess.findings import Finding
from evidence.assess.trends.values import HealthDetail, HealthSeen


def unhealthy(about: About, seen: Sequence[HealthSeen]) -> Finding | None:
    """The finding of an item whose health is not good on the last of these nights although its backups are; nights in order."""
    raise NotImplementedError


def read_details(properties: str | None) -> tuple[HealthDetail, ...]:
    """The health details in an item's `properties` JSON; none where it holds none that can be read."""
    raise NotImplementedError
