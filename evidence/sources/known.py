"""What earlier sealed nights met, so that a list of tonight cannot lose it silently.

Values only; who reads sealed nights is `runs.population`. Invariant: what is known here is asked again, and becomes coverage,
unless the configuration or the approved list says that it is not expected any more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from evidence.records import Vault


@dataclass(frozen=True, slots=True)
class Known:
    """Subscriptions and vaults of the newest sealed night before the one that is asked for."""

    night: date | None = None
    """None where no night before it is sealed."""
    subscriptions: tuple[str, ...] = ()
    """Lower-cased ids."""
    vaults: tuple[Vault, ...] = ()


KnownBefore = Callable[[date], Known]
"""What was known before a night."""


def nothing_known(_: date) -> Known:
    """For a source that asks without looking back."""
    return Known()
