"""How much more a vault stores from night to night: a hint where it grows unlike before.

Not here: where sizes come from. Invariant: unknown sizes give unknown growth, never none.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from evidence.assess.findings import Finding
from evidence.assess.trends.values import Growth


def growth(vault_id: str, stored: Sequence[tuple[date, int | None]]) -> Growth:
    """Growth on the last of these nights; None stands for a night whose stored bytes are not known."""
    raise NotImplementedError


def growth_finding(vault_id: str, name: str, stored: Sequence[tuple[date, int | None]], at: datetime) -> Finding | None:
    """A hint where the last night's growth is unlike the thirty before."""
    raise NotImplementedError
