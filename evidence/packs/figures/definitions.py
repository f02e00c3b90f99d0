"""What each figure counts, in words and by the columns of the packed tables. Data, and nothing but data.

Not here: counting (`counting`, `numbers`). Invariant: an anchor never changes its meaning; a figure that is counted otherwise gets a
new anchor at the end, so that packs of different years can be laid side by side.
"""

from __future__ import annotations

from collections.abc import Mapping

from evidence.packs.figures.definition import Definition
from evidence.packs.figures.drills import DRILLS
from evidence.packs.figures.first import FIRST
from evidence.packs.figures.judgement import JUDGEMENT
from evidence.packs.figures.later import LATER
from evidence.packs.figures.objectives import OBJECTIVES

DEFINITIONS: Mapping[str, Definition] = {**FIRST, **LATER, **JUDGEMENT, **DRILLS, **OBJECTIVES}
"""By anchor."""
HEADLINES = ("F-01", "F-02", "F-04", "F-05", "F-08", "F-10")
"""The six of the second page."""
DRILL_HEADLINES = ("F-59", "F-65", "F-67", "F-69", "F-82", "F-83")
"""The same of a pack of restore drills."""


def headlines(kind: str) -> tuple[str, ...]:
    """The six figures of the second page of a kind of pack."""
    return DRILL_HEADLINES if kind == "restore-drills" else HEADLINES
