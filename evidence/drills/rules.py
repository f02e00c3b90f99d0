"""What a tier demands of its drills: which checks, which grade of evidence, how much grace.

Not here: settings (`evidence.settings`), which items are due (`due`). Invariant: what is demanded is copied into each drill when it is planned, so that
a later change of the rules changes no verdict. Source: the design's reference on restore drills, 1.4 and 1.5.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

from evidence.drills.automatic import standing_execution
from evidence.drills.values import Drill

GRACE = timedelta(days=7)
INTEGRITY = ("checksum", "database_check", "row_count")
"""Kinds of validation that show that what came back is what was kept."""
APPLICATION = ("application", "user_acceptance")
FILES = ("checksum", "database_check", "file_count", "row_count")
STRICT_TIERS = frozenset({0, 1})
"""Tiers whose recovery point must be Azure's record."""
Needs = tuple[tuple[str, ...], ...]
"""Of each group at least one kind must be there."""
NEEDS: Mapping[int | None, Needs] = MappingProxyType(
    {0: (INTEGRITY, APPLICATION), 1: (INTEGRITY, APPLICATION), 2: (INTEGRITY,), 3: (FILES,), None: (FILES,)}
)
"""By tier; a tier that is not named is held to the least strict."""


def needs_of(tier: int | None) -> Needs:
    """Kinds of validation that a tier demands."""
    return NEEDS.get(tier, NEEDS[None])


def missing_checks(drill: Drill) -> tuple[str, ...]:
    """What must still be validated, each as `this or that`; a check that did not apply, or was made before the restore that stands had ended, shows nothing."""
    one = standing_execution(drill)
    ended = None if one is None else one.ended_at
    done = {each.kind for each in drill.validations if each.passed is not None and (ended is None or each.at >= ended)}
    return tuple(dict.fromkeys(" or ".join(sorted(kinds)) for kinds in drill.planned.needs if not done & set(kinds)))
