"""Points that expire, or were gone, earlier than the policy in force when they were made promises.

Not here: reading the policy (`promises`). Invariants: a later edit of the policy changes no earlier promise; where Azure tells no expiry and
the point is still there, nothing is found.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from evidence.assess.points.calendar import longest
from evidence.assess.points.promises import promised
from evidence.assess.points.values import Held, Kept, Promises

SLACK = timedelta(days=1)
"""Azure tells expiries by the day for some workloads; at most half of what is promised."""
_PARTS = {"full": "full", "differential": "differential", "incremental": "incremental", "log": "log"}


@dataclass(frozen=True, slots=True)
class Early:
    """One point that is kept shorter than promised."""

    point: Held
    kept: Kept
    promised_until: datetime
    ends_at: datetime
    """Its expiry as Azure tells it, or from when it was no longer listed."""
    gone: bool
    """Whether it is there no more."""
    explained: bool
    """Whether the version of the policy that stands now promises no more than that."""


def early_points(
    held: Sequence[Held], promises: Promises, now: Promises | None, promised_from: datetime | None, as_of: datetime
) -> Iterator[Early]:
    """Points that expire early, and points that were gone early, for as long as they should still be there."""
    told: dict[tuple[str, str | None, tuple[str, ...]], Kept | None] = {}
    for one in held:
        ends = one.expires_at if one.gone_at is None else one.gone_at
        if one.logs or ends is None or one.start > as_of or (promised_from is not None and one.start < promised_from):
            continue
        key = (_part(one), one.rule_name, one.tiers)
        if key not in told:
            told[key] = promised(promises, *key)
        kept = told[key]
        if kept is not None and _short(one, kept, ends) and as_of < kept.after(one.start):
            later = None if now is None else promised(now, *key)
            explained = now is not None and (later is None or not _short(one, later, ends))
            # A list that was read after the night tells that it is gone, if not since when.
            gone = one.gone_at is not None and (one.gone_at <= as_of or one.gone_at != one.expires_at)
            yield Early(one, kept, kept.after(one.start), ends, gone, explained)


def _part(one: Held) -> str:
    return _PARTS.get((one.point_type or "").casefold(), "")


def _short(one: Held, kept: Kept, ends: datetime) -> bool:
    if ends - one.start >= longest(kept):
        return False
    due = kept.after(one.start)
    return ends < due - min(SLACK, (due - one.start) / 2)
