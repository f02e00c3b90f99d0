"""A report as one HTML document: the templates filled with the report's values, each escaped.

Not here: layout and fonts (`pdf`), what a report says (`evidence.packs`). Invariant: every value passes `printable` and
Jinja's escaping, so that no value is ever markup, style or address; an unknown name in a template is an error.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from evidence.packs.interface import DEVELOPMENT, Report, ReportTable, Section
from reports import charts
from reports.printable import grouped, printable, soft_breaks

TEMPLATES = Path(__file__).parent / "templates"
TONES = {
    "plain": ("", ""),
    "good": ("", "in order"),
    "warning": ("~", "attention"),
    "bad": ("!", "exception"),
    "unknown": ("?", "not known"),
}
"""Glyph and word of each tone of a figure: colour is never the only sign."""
GAPS_ON_COVER = 6
"""More gaps than these are listed on a page of their own."""


def report_html(report: Report) -> str:
    """The whole document; equal reports give equal text."""
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            report=report,
            blocks=charts.blocks(report.nights),
            development=DEVELOPMENT,
            tones=TONES,
            gaps_on_cover=GAPS_ON_COVER,
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
        ids=soft_breaks, grouped=grouped, utc=utc, local=local, anchor=anchor, printed=printed, shares=shares
    )
    environment.tests["wide"] = is_wide
    environment.globals.update(words=charts.WORDS, glyphs=charts.GLYPHS)
    return environment


def _finalized(value: object) -> object:
    """Each value that a template prints, made printable unless it is markup of ours."""
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def utc(moment: datetime) -> str:
    """ISO 8601 in UTC; fractions where there are any."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def local(moment: datetime, time_zone: str) -> str:
    """The same moment on the clocks of a zone, with its offset then."""
    return moment.astimezone(ZoneInfo(time_zone)).isoformat(sep=" ", timespec="minutes")


def anchor(text: str) -> str:
    """A name fit for links within the document."""
    return re.sub(r"[^A-Za-z0-9_-]", "-", text)


def printed(table: ReportTable) -> str:
    """How much of the whole is printed, as the beginning of a sentence."""
    shown = len(table.rows)
    if shown < table.total:
        return f"First {grouped(shown)} of {grouped(table.total)} rows"
    return "The 1 row" if table.total == 1 else f"All {grouped(table.total)} rows"


def shares(table: ReportTable) -> list[str]:
    """Widths of the columns in percent of the table."""
    whole = sum(column.share for column in table.columns)
    return [f"{100 * column.share / whole:.3f}%" for column in table.columns]


def is_wide(section: Section) -> bool:
    """Whether the whole section is landscape: all its tables are."""
    return bool(section.tables) and all(table.wide for table in section.tables)
