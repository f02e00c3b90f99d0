"""The coverage of a pack of drills from the drills themselves, as their events make them: a third count beside rows and figures.

Not here: the rule of coverage (`evidence.drills.coverage`). Invariant: what the events prove and what the figures print is the same number.
"""

from __future__ import annotations

from collections.abc import Mapping

from evidence.drills.coverage import Attained, QuarterCoverage, Share, quarter_coverage
from evidence.drills.values import State
from evidence.errors import IntegrityError
from evidence.packs.restore_drills.story import Story
from evidence.packs.verification.figures_counted import Rows

Number = tuple[int | None, int | None]


def same_coverage(rows: Rows, story: Story) -> tuple[str, None]:
    """Compare the figures of coverage with the drills; raises IntegrityError."""
    items = rows.table("drill_items", "item_key", "tier", "due_because", "planned", "absent_because").to_pylist()
    left_out = [(row["tier"], row["item_key"]) for row in items if row["due_because"] and not row["planned"]]
    in_scope = {row["item_key"] for row in items if row["absent_because"] is None}
    due = [one for one in story.drills if one.planned.quarter == story.quarter.name]
    found = quarter_coverage(due, story.drills, in_scope, story.quarter.last, left_out)
    told = {row["anchor"]: (row["numerator"], row["denominator"]) for row in rows.table("figures").to_pylist()}
    made = _numbers(found, sum(one.superseded_by is None for one in due))
    for anchor, number in made.items():
        if told[anchor][0] is not None and told[anchor] != number:
            raise IntegrityError(f"{anchor} says {told[anchor]}, but the drills themselves make it {number}.")
    return f"{len(made)} figures as the drills themselves make them", None


def _numbers(found: QuarterCoverage, drills: int) -> Mapping[str, Number]:
    tiers = {None if tier is None or tier > 3 else tier: Share(0, 0) for tier in found.by_tier}  # noqa: PLR2004  # tiers with a figure
    for tier, share in found.by_tier.items():
        key = None if tier is None or tier > 3 else tier  # noqa: PLR2004
        tiers[key] = Share(tiers[key].part + share.part, tiers[key].whole + share.whole)
    every, accepted = found.by_tier.values(), found.rto.share.whole + found.rto.no_target
    return {
        "F-59": (sum(one.part for one in every), sum(one.whole for one in every)),
        **{f"F-{60 + tier}": _number(tiers.get(tier, Share(0, 0))) for tier in range(4)},
        "F-64": _number(tiers.get(None, Share(0, 0))),
        "F-65": _number(found.rolling_year),
        "F-66": _number(found.first_pass),
        **_objective(found.rto, ("F-67", "F-68", "F-71"), accepted),
        **_objective(found.rpo, ("F-69", "F-70", "F-72"), accepted),
        "F-74": (found.decided, drills),
        "F-75": (len(found.missed), drills),
        "F-76": (len(found.waived), drills),
        "F-77": (found.by_state[State.CANCELLED], drills),
    }


def _number(share: Share) -> Number:
    return share.part, share.whole


def _objective(found: Attained, anchors: tuple[str, str, str], accepted: int) -> Mapping[str, Number]:
    met, unmeasured, without = anchors
    whole = found.share.whole
    return {met: (found.met, whole), unmeasured: (found.not_measured, whole), without: (found.no_target, accepted)}
