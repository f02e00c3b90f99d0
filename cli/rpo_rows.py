"""Rows of `rpo`: one of each item, one of each tier, and what is said of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evidence.assess.points.values import Age, Attainment, RollUp, Target
    from evidence.runs.points_seen import PointsSeen

_WORST = ("breached", "unknown", "no_target", "attained", "not_counted")


def age_row(one: PointsSeen, age: Age) -> dict[str, object]:
    """An item at a moment."""
    return {
        **_item(one, str(age.standing)),
        "age": _spoken(age.age),
        **_target(age.target),
        "newest_at": age.newest_at and age.newest_at.isoformat(),
        "recovery_point_id": age.recovery_point_id,
        "reason": age.reason,
        "age_s": _seconds(age.age),
    }


def period_row(one: PointsSeen, found: Attainment) -> dict[str, object]:
    """An item over a period."""
    share = found.share
    return {
        **_item(one, str(found.standing)),
        "share": None if share is None else f"{_floor(share):.3f} %",
        "unknown": _spoken(found.unknown),
        "max_gap": _spoken(found.max_gap),
        "breaches": found.breaches,
        **_target(found.target),
        "from": found.start.isoformat(),
        "to": found.end.isoformat(),
        "attained_share": share,
        "attained_s": _seconds(found.attained),
        "missed_s": _seconds(found.missed),
        "unknown_s": _seconds(found.unknown),
        "max_gap_s": _seconds(found.max_gap),
    }


def _floor(share: float) -> float:
    """Percent, rounded down: 100 % is said of what was always within its target alone."""
    return int(share * 100_000) / 1000


def _item(one: PointsSeen, standing: str) -> dict[str, object]:
    about = one.points.about
    return {
        "standing": standing,
        "tier": about.tier,
        "item": about.name,
        "workload": about.workload,
        "vault": about.vault_id.rpartition("/")[2],
        "item_key": about.item_key,
    }


def _target(target: Target | None) -> dict[str, object]:
    return {
        "target": None if target is None else _spoken(target.rpo),
        "target_source": None if target is None else target.source,
        "target_s": None if target is None else _seconds(target.rpo),
    }


def _spoken(span: timedelta | None) -> str | None:
    from evidence.assess.points.attainment import spoken

    return None if span is None else spoken(span)


def _seconds(span: timedelta | None) -> float | None:
    return None if span is None else span.total_seconds()


def ordered(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """Worst first, then by tier and name."""

    def order(row: Mapping[str, object]) -> tuple[int, int, str]:
        tier = row["tier"]
        return _WORST.index(str(row["standing"])), tier if isinstance(tier, int) else 99, str(row["item_key"])

    return sorted(rows, key=order)


def tiers(standings: Sequence[tuple[object, int | None]]) -> list[dict[str, object]]:
    """Items that attained their target, of those that have one, by tier."""
    from evidence.assess.points.attainment import rolled_up
    from evidence.assess.points.values import Standing

    found: Sequence[RollUp] = rolled_up((Standing(str(standing)), tier) for standing, tier in standings)
    return [
        {
            "tier": one.tier,
            "attained": one.attained,
            "of": one.of,
            "breached": one.breached,
            "unknown": one.unknown,
            "without_target": one.without_target,
        }
        for one in found
    ]


def remarks(counts: Sequence[Mapping[str, object]]) -> list[str]:
    """The tiers as sentences."""
    told = []
    for one in counts:
        tier = "no tier" if one["tier"] is None else f"tier {one['tier']}"
        rest = f"{one['breached']} breached, {one['unknown']} unknown, {one['without_target']} without a target"
        told.append(f"{tier}: {one['attained']} of {one['of']} items with a target attained it; {rest}")
    return told or ["no items in this scope"]
