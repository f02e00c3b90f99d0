"""Lays out charts, and the calendar of nights at a glance: which cell stands where, and the sentence that says what it shows.

Not here: the shapes of each kind of chart (`drawings`), lines and colours (`templates`). Invariant: every night of the report has
one cell; a night is told by its glyph and its words, colour only repeats them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from evidence.packs.charts.values import AgingBars, AttainmentStrip, Chart, NightCalendar, RestoreTimes, StackedBars
from evidence.packs.interface import NightMark
from reports.drawings.bars import aging, attainment, stacked
from reports.drawings.calendar import calendar
from reports.drawings.shapes import Drawn
from reports.drawings.times import times
from reports.printable import anchor

STRIP_NIGHTS = 16
"""Up to this many nights stand in one row; more are laid out as months."""
WEEK = 7
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip
WORDS = {"good": "good", "warning": "with warnings", "failed": "failed", "no_data": "no data"}
GLYPHS = {"good": "", "warning": "~", "failed": "!", "no_data": "?"}


@dataclass(frozen=True, slots=True)
class Cell:
    """One night in the grid; column and row count from 0."""

    column: int
    row: int
    mark: NightMark


@dataclass(frozen=True, slots=True)
class Block:
    """One picture: a strip of nights, or one month with weeks as rows and Monday first."""

    title: str
    finding: str
    columns: int
    rows: int
    cells: tuple[Cell, ...]
    strip: bool


def drawn(chart: Chart) -> Drawn | None:
    """A chart as pictures; None where it has nothing to draw and its finding says why."""
    name = anchor(chart.anchor)
    match chart.drawing:
        case NightCalendar() as nights:
            return calendar(nights, name, chart.finding)
        case AttainmentStrip() as strip:
            return attainment(strip, name, chart.finding)
        case StackedBars() as bars:
            return stacked(bars, name, chart.finding)
        case AgingBars() as bars:
            return aging(bars, name, chart.finding)
        case RestoreTimes() as lines:
            return times(lines, name, chart.finding)
    return None


def blocks(nights: Sequence[NightMark]) -> tuple[Block, ...]:
    """A strip for few nights, a block a month for many; none for a single night."""
    ordered = sorted(nights, key=lambda mark: mark.night)
    if len(ordered) < 2:  # noqa: PLR2004
        return ()
    if len(ordered) <= STRIP_NIGHTS:
        return (_strip(ordered),)
    return tuple(
        _month(list(marks)) for _, marks in groupby(ordered, key=lambda mark: (mark.night.year, mark.night.month))
    )


def finding(marks: Sequence[NightMark]) -> str:
    """What the picture says, in words: counts of each state, then the nights that are not good."""
    counts = Counter(mark.state for mark in marks)
    said = ", ".join(f"{counts[state]} of {len(marks)} {word}" for state, word in WORDS.items() if counts[state])
    named = "; ".join(f"{mark.night.isoformat()} {WORDS[mark.state]}" for mark in marks if mark.state != "good")
    return f"Nights: {said}. {named}." if named else f"Nights: {said}."


def _strip(marks: Sequence[NightMark]) -> Block:
    cells = tuple(Cell(index, 0, mark) for index, mark in enumerate(marks))
    title = f"{marks[0].night.isoformat()} to {marks[-1].night.isoformat()}"
    return Block(title, finding(marks), len(cells), 1, cells, strip=True)


def _month(marks: Sequence[NightMark]) -> Block:
    cells = tuple(_in_month(marks))
    title = f"{_MONTHS[marks[0].night.month - 1]} {marks[0].night.year}"
    return Block(title, finding(marks), WEEK, max(cell.row for cell in cells) + 1, cells, strip=False)


def _in_month(marks: Sequence[NightMark]) -> Iterator[Cell]:
    first = date(marks[0].night.year, marks[0].night.month, 1)
    above = (marks[0].night.day - 1 + first.weekday()) // WEEK
    for mark in marks:
        yield Cell(mark.night.weekday(), (mark.night.day - 1 + first.weekday()) // WEEK - above, mark)
