"""Points that expire, or were gone, earlier than the policy in force when they were made promises.

Not here: reading the policy (`promises`). Invariants: a later edit of the policy changes no earlier promise; where Azure tells no expiry and
the point is still there, nothing is found.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

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
    held: Sequence[Held], promises: Promises, now: Promises | None, since: datetime, as_of: datetime
) -> Iterator[Early]:
    """Points made after `since` that expire early, and points of any age that were gone early since then."""
    for one in held:
        ends = one.expires_at if one.gone_at is None else one.gone_at
        if one.logs or ends is None or one.start > as_of:
            continue
        gone = one.gone_at is not None and one.gone_at <= as_of
        if one.start < since and not (gone and ends > since):
            continue
        kept = _promise(promises, one)
        if kept is not None and _short(one, kept, ends):
            later = None if now is None else _promise(now, one)
            explained = now is not None and (later is None or not _short(one, later, ends))
            yield Early(one, kept, kept.after(one.start), ends, gone, explained)


def _promise(promises: Promises, one: Held) -> Kept | None:
    part = _PARTS.get((one.point_type or "").casefold(), "")
    return promised(promises, part, one.rule_name, one.tiers)


def _short(one: Held, kept: Kept, ends: datetime) -> bool:
    due = kept.after(one.start)
    return ends < due - min(SLACK, (due - one.start) / 2)
