"""Refuses a report that contradicts itself, before anything of it is printed.

Not here: whether what it says is true. Invariant: a report that passes has as many cells in each row as its table has
columns, no more rows than it counts, names each thing once, and uses only words that have a sign of their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from evidence.packs.interface import APPENDIX, BODY, FRONT, Report, ReportTable
from reports.chart_faults import chart_faults
from reports.charts import WORDS
from reports.drawings.drill import line_is_sound
from reports.errors import RenderError
from reports.printable import anchor
from reports.tones import TONES

PLACES = frozenset({FRONT, BODY, APPENDIX})


def refuse_malformed(report: Report) -> None:
    """Raise RenderError that names every contradiction found."""
    found = list(_faults(report))
    if found:
        raise RenderError(
            f"The report of {report.pack_id} contradicts itself.",
            cause="; ".join(found),
            next_step="Correct what builds the report; nothing was printed.",
        )


def _faults(report: Report) -> Iterator[str]:
    yield from _word_faults(report)
    for moment in (report.created_at, report.window.start, report.window.end):
        if moment.tzinfo is None:
            yield f"{moment.isoformat()} has no time zone"
    cards = [card for section in report.sections for card in section.cards]
    tables = [table for section in report.sections for table in section.tables]
    tables += [table for card in cards for table in card.tables]
    charts = [section.chart for section in report.sections if section.chart is not None]
    for kind, names in (
        ("figure", [figure.anchor for figure in report.figures]),
        ("section", [section.anchor for section in report.sections]),
        ("table", [table.anchor for table in tables]),
        ("chart", [chart.anchor for chart in charts]),
        ("card", [card.anchor for card in cards]),
        ("night", [mark.night.isoformat() for mark in report.nights]),
    ):
        yield from (
            f"{kind} {name} is there {count} times" for name, count in Counter(map(anchor, names)).items() if count > 1
        )
    for table in tables:
        yield from _table_faults(table)
    for chart in charts:
        yield from chart_faults(chart)


def _word_faults(report: Report) -> Iterator[str]:
    for figure in report.figures:
        if figure.tone not in TONES:
            yield f"figure {figure.anchor} has the unknown tone {figure.tone!r}"
    for card in (card for section in report.sections for card in section.cards):
        if card.tone not in TONES:
            yield f"card {card.anchor} has the unknown tone {card.tone!r}"
        if card.line is not None and not line_is_sound(card.line):
            yield f"card {card.anchor} has a line of time that runs backwards"
    for mark in report.nights:
        if mark.state not in WORDS:
            yield f"night {mark.night} has the unknown state {mark.state!r}"
    for section in report.sections:
        if section.place not in PLACES:
            yield f"section {section.anchor} has the unknown place {section.place!r}"


def _table_faults(table: ReportTable) -> Iterator[str]:
    if not table.columns or any(column.share <= 0 for column in table.columns):
        yield f"table {table.anchor} needs columns with shares above 0"
    if table.total < len(table.rows):
        yield f"table {table.anchor} prints {len(table.rows)} rows of {table.total}"
    if table.total > 0 and not table.rows:
        yield f"table {table.anchor} prints none of its {table.total} rows"
    odd = [number for number, row in enumerate(table.rows, 1) if len(row) != len(table.columns)]
    if odd:
        yield f"table {table.anchor} has {len(table.columns)} columns, row {odd[0]} has {len(table.rows[odd[0] - 1])} cells"
