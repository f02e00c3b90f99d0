"""A report as one HTML document: the templates filled with the report's values, each escaped.

Not here: layout and fonts (`pdf`), what a report says (`evidence.packs`). Invariant: every value passes `printable` and
Jinja's escaping, so that no value is ever markup, style or address; an unknown name in a template is an error.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from evidence.packs.interface import APPENDIX, BODY, DEVELOPMENT, FRONT, GradedFact, Report, ReportTable
from reports import charts
from reports.check import refuse_malformed
from reports.columns import stacks, widths
from reports.drawings.drill import drill_line
from reports.drawings.shapes import HATCH, Drawn, Picture, Rect
from reports.printable import anchor, grouped, printable, prose, soft_breaks
from reports.tones import COMPLETENESS_TONES, TONES

TEMPLATES = Path(__file__).parent / "templates"
LETTERS_ON_COVER = 360
"""Gaps that take more than about four lines are listed on a page of their own, so that the cover stays one page."""
NIGHTS_AT_A_GLANCE = 8
"""More nights that are not good are listed in a chapter of their own."""
MARK_DIGITS = 12
"""Digits of the ledger's head that stand on each page."""
MOST_LINES_TOGETHER = 18
FEW_ROWS = 6
"""Tables up to so many rows are not parted by the end of a page."""


def report_html(report: Report) -> str:
    """The whole document; equal reports give equal text.

    Raises RenderError for a report that contradicts itself.
    """
    refuse_malformed(report)
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            report=report,
            blocks=charts.blocks(report.nights),
            development=DEVELOPMENT,
            tone=COMPLETENESS_TONES[report.completeness.value],
            tones=TONES,
            gaps_fit=sum(map(len, report.gaps)) <= LETTERS_ON_COVER,
            mark_digits=MARK_DIGITS,
            nights_at_a_glance=NIGHTS_AT_A_GLANCE,
            chapters={section.anchor for section in report.sections},
            **{
                place: [section for section in report.sections if section.place == place]
                for place in (FRONT, BODY, APPENDIX)
            },
        )
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalized,
    )
    environment.filters.update(
        ids=ids, sentence=sentence, grouped=grouped, utc=utc, local=local, anchor=anchor, printed=printed, stacks=stacks, widths=widths,
        drawn=charts.drawn, points=points, drill_line=drill_line, in_lines=in_lines,
    )  # fmt: skip
    environment.tests.update(hatched=is_hatched, small=is_small)
    environment.globals.update(words=charts.WORDS, glyphs=charts.GLYPHS, few_rows=FEW_ROWS)
    return environment


def _finalized(value: object) -> object:
    """Each value that a template prints, made printable unless it is markup of ours or has been."""
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup | Broken) else value


class Broken(str):
    """A text that is printable already, and holds soft breaks."""

    __slots__ = ()


def ids(text: str) -> Broken:
    """A long id with soft breaks."""
    return Broken(soft_breaks(text))


def sentence(text: str) -> Broken:
    """A sentence whose UUIDs can be copied whole."""
    return Broken(prose(text))


def utc(moment: datetime) -> str:
    """ISO 8601 in UTC; fractions where there are any."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def local(moment: datetime, time_zone: str) -> str:
    """The same moment on the clocks of a zone, with its offset then."""
    return moment.astimezone(ZoneInfo(time_zone)).isoformat(sep=" ", timespec="minutes")


def points(length: float) -> str:
    """A length with at most two decimals, and none where it is whole."""
    return f"{length:.2f}".rstrip("0").rstrip(".")


def in_lines(facts: Sequence[GradedFact]) -> list[tuple[GradedFact, ...]]:
    """Facts two a line, wide ones alone."""
    made: list[tuple[GradedFact, ...]] = []
    for fact in facts:
        if made and not fact.wide and len(made[-1]) == 1 and not made[-1][0].wide:
            made[-1] = (*made[-1], fact)
        else:
            made.append((fact,))
    return made


def is_hatched(picture: Picture) -> bool:
    """Whether a picture shows anything that nobody knows."""
    return any(isinstance(shape, Rect) and shape.fill == HATCH for shape in picture.shapes)


def is_small(drawn: Drawn | None) -> bool:
    """Whether a chart is kept on one page: a larger one would leave too much of a page empty."""
    return drawn is not None and sum(len(group.rows) for group in drawn.groups) <= MOST_LINES_TOGETHER


def printed(table: ReportTable) -> str:
    """How much of the whole is printed, as the beginning of a sentence."""
    shown = len(table.rows)
    if shown < table.total:
        return f"First {grouped(shown)} of {grouped(table.total)} rows"
    return "The 1 row" if table.total == 1 else f"All {grouped(table.total)} rows"
