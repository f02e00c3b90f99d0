"""The chapters of a pack's report, one module each, in reading order.

Pure over the packed tables; the renderer only sets what stands here. Invariant: a table that shows fewer rows than
there are says how many there are and where; a table without rows says so in a sentence.
"""

from __future__ import annotations

from collections.abc import Sequence

from evidence.packs.changes import TableChange
from evidence.packs.chapters.access import access_chapter
from evidence.packs.chapters.aging import aging_chapter
from evidence.packs.chapters.appendices import appendices
from evidence.packs.chapters.changes import changes_chapter
from evidence.packs.chapters.controls import controls_chapter
from evidence.packs.chapters.coverage import coverage_chapter
from evidence.packs.chapters.detectors import detectors_chapter
from evidence.packs.chapters.drill_cards import cards_chapter
from evidence.packs.chapters.drill_certificates import certificates_chapter
from evidence.packs.chapters.drill_restores import restores_of_quarter
from evidence.packs.chapters.drill_sample import sample_appendix
from evidence.packs.chapters.drills import coverage_of_drills
from evidence.packs.chapters.exceptions_week import exceptions_chapter
from evidence.packs.chapters.failures import failures_chapter
from evidence.packs.chapters.jobs import jobs_chapter
from evidence.packs.chapters.limits import limits_chapter
from evidence.packs.chapters.material import FIRST_ROWS, MOST_ROWS, Material, material
from evidence.packs.chapters.nights import nights_chapter
from evidence.packs.chapters.objectives import objectives_chapter
from evidence.packs.chapters.oversight import oversight_tables
from evidence.packs.chapters.pending import pending_chapter
from evidence.packs.chapters.questions import questions_chapter
from evidence.packs.chapters.read_this import read_this
from evidence.packs.chapters.reconciliation import reconciliation_chapter
from evidence.packs.chapters.restated import restated_chapter
from evidence.packs.chapters.restores import restores_chapter
from evidence.packs.chapters.runs import runs_chapter
from evidence.packs.chapters.silence import silence_chapter
from evidence.packs.controls.judged import Claimed
from evidence.packs.figures.earlier import Earlier
from evidence.packs.interface import ReportTable, Section
from evidence.tables import AGING, CANARIES, EXCEPTIONS_WEEK

__all__ = ["FIRST_ROWS", "MOST_ROWS", "Material", "chapters", "material"]


def chapters(
    of: Material,
    changes: Sequence[TableChange] | None,
    claimed: Claimed | None = None,
    earlier: Earlier | None = None,
    access: Sequence[ReportTable] = (),
) -> tuple[Section, ...]:
    """All chapters in reading order; `changes` are those against the superseded revision, `access` tables of who did what."""
    since = (changes_chapter(of, changes),) if changes is not None else ()
    controls = claimed is not None and not of.is_night
    return (
        read_this(of, claimed.claims if claimed else (), earlier),
        *since,
        *((controls_chapter(of, claimed.claims, claimed.controls),) if claimed and controls else ()),
        *(_of_drills(of, access) if of.tells_drills else _body(of, access)),
        *appendices(of),
        *((sample_appendix(of),) if of.tells_drills else ()),
    )


def _of_drills(of: Material, access: Sequence[ReportTable]) -> tuple[Section, ...]:
    """Those of a pack of restore drills: what backups did is told by other kinds of pack."""
    return (
        coverage_of_drills(of),
        cards_chapter(of),
        certificates_chapter(of),
        restores_of_quarter(of),
        restores_chapter(of),
        coverage_chapter(of),
        nights_chapter(of),
        limits_chapter(of),
        access_chapter(of, (*access, *oversight_tables(of))),
        questions_chapter(of),
    )


def _body(of: Material, access: Sequence[ReportTable]) -> tuple[Section, ...]:
    several = len(of.selection.period.nights()) > 1
    return (
        *((exceptions_chapter(of),) if EXCEPTIONS_WEEK.name in of.selection.tables else ()),
        *((aging_chapter(of),) if AGING.name in of.selection.tables else ()),
        runs_chapter(of),
        *(() if of.is_night else (objectives_chapter(of),)),
        *((detectors_chapter(of),) if CANARIES.name in of.selection.tables else ()),
        failures_chapter(of),
        jobs_chapter(of),
        pending_chapter(of),
        *((restated_chapter(of),) if of.selection.restated is not None else ()),
        silence_chapter(of),
        restores_chapter(of),
        coverage_chapter(of),
        *((nights_chapter(of),) if several else ()),
        reconciliation_chapter(of),
        limits_chapter(of),
        access_chapter(of, (*access, *oversight_tables(of))),
        questions_chapter(of),
    )
