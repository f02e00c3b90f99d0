"""The chapters of a pack's report, one module each, in reading order.

Pure over the packed tables; the renderer only sets what stands here. Invariant: a table that shows fewer rows than
there are says how many there are and where; a table without rows says so in a sentence.
"""

from __future__ import annotations

from collections.abc import Sequence

from evidence.packs.changes import TableChange
from evidence.packs.chapters.changes import changes_chapter
from evidence.packs.chapters.controls import controls_chapter
from evidence.packs.chapters.coverage import coverage_chapter
from evidence.packs.chapters.jobs import jobs_chapter
from evidence.packs.chapters.limits import limits_chapter
from evidence.packs.chapters.material import MOST_ROWS, Material, material
from evidence.packs.chapters.nights import nights_chapter
from evidence.packs.chapters.pending import pending_chapter
from evidence.packs.chapters.questions import questions_chapter
from evidence.packs.chapters.reconciliation import reconciliation_chapter
from evidence.packs.chapters.restated import restated_chapter
from evidence.packs.chapters.restores import restores_chapter
from evidence.packs.chapters.silence import silence_chapter
from evidence.packs.controls_judged import Claimed
from evidence.packs.interface import Section

__all__ = ["MOST_ROWS", "Material", "chapters", "material"]


def chapters(of: Material, changes: Sequence[TableChange] | None, claimed: Claimed | None = None) -> tuple[Section, ...]:
    """All chapters; `changes` against the superseded revision come first."""
    since = (changes_chapter(of, changes),) if changes is not None else ()
    nights = (nights_chapter(of),) if len(of.selection.period.nights()) > 1 else ()
    restated = (restated_chapter(of),) if of.selection.restated is not None else ()
    controls = (controls_chapter(of, claimed.claims, claimed.controls),) if claimed is not None else ()
    return (
        *since,
        *controls,
        jobs_chapter(of),
        pending_chapter(of),
        *restated,
        restores_chapter(of),
        silence_chapter(of),
        *nights,
        coverage_chapter(of),
        reconciliation_chapter(of),
        questions_chapter(of),
        limits_chapter(of),
    )
