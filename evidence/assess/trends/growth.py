"""How much more a vault stores from night to night: a hint where it grows unlike before.

Not here: where sizes come from. Invariant: unknown sizes give unknown growth, never none.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from evidence.assess.findings import Class, Finding, Severity
from evidence.assess.trends.robust import scored
from evidence.assess.trends.values import Growth

TIMES = 2
SHARE = 0.05
"""Of what the vault held the night before, that it must have grown by."""


def growth(vault_id: str, stored: Sequence[tuple[date, int | None]]) -> Growth:
    """Growth on the last of these nights; None stands for a night whose stored bytes are not known. Raises ValueError without nights."""
    if not stored:
        raise ValueError("growth needs at least one night")
    night, held = stored[-1]
    if held is None:
        return Growth(vault_id, night, None, None, "How much is stored was not told on this night.")
    before = stored[-2] if len(stored) > 1 else None
    if before is None or before[1] is None or (night - before[0]).days != 1:
        return Growth(vault_id, night, held, None, "How much was stored on the night before is not known.")
    return Growth(vault_id, night, held, held - before[1], "From one night to the next.")


def growth_finding(vault_id: str, name: str, stored: Sequence[tuple[date, int | None]], at: datetime) -> Finding | None:
    """A hint where the last night's growth is unlike the thirty before: beyond the score, twice the median, and a twentieth of what was there."""
    found = growth(vault_id, stored)
    if found.grown_bytes is None or found.stored_bytes is None or found.grown_bytes <= 0:
        return None
    each = [growth(vault_id, stored[: number + 1]).grown_bytes for number in range(len(stored) - 1)]
    score = scored(found.grown_bytes, [max(float(one), 0.0) for one in each if one is not None])
    before = found.stored_bytes - found.grown_bytes
    if score is None or not score.high or found.grown_bytes <= max(TIMES * score.median, SHARE * before):
        return None
    told = f"grew by {found.grown_bytes / 2**30:.1f} GiB in a night, usually by {score.median / 2**30:.1f} GiB"
    return Finding(
        Class.STORAGE_GROWTH, Severity.INFO, vault_id, None, name, None, at, found.night,
        f"What {name} stores {told} ({score.of} earlier nights). A hint, no verdict.",
    )  # fmt: skip
