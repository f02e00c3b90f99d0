"""Nights of vaults or regions: rows of nights where they are few, weeks by weekdays where they are many. Pure.

Not here: what state a night is in. Invariant: every cell of the chart is one box, and a night is told by its sign; a night without
data is hatched, one on which nothing began shows a 0, one on which nothing was due is pale.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby

from evidence.packs.charts.values import (
    FAILED,
    GOOD,
    NIGHT_STATES,
    NO_DATA,
    NONE_BEGAN,
    NOT_DUE,
    WARNING,
    NightCalendar,
    NightCell,
    NightPanel,
)
from reports.drawings.shapes import (
    BLUE,
    GREY,
    HATCH,
    ORANGE,
    PALE,
    PLUM,
    WHITE,
    Drawn,
    Entry,
    Group,
    Letters,
    Panel,
    Picture,
    Rect,
    Row,
    Shape,
    box,
    ink_on,
    swatch,
)

FEW_NIGHTS = 16
"""Up to so many nights a vault has one row of cells."""
WIDE, HIGH = 20.0, 13.0
"""Points from one cell of a row to the next, and the height of a row."""
LARGEST, GUTTER, MONTHS_ABOVE, WHOLE_WIDTH = 10.0, 11.0, 9.0, 487.0
"""Points: from one week to the next, left of the first, above them, and the width of a page."""
MOST_PANELS, BETWEEN = 4, 8.0
"""Panels side by side, and points between two."""
WEEK = 7
DAYS = ("Mo", "", "We", "", "Fr", "", "Su")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
FILLS = {GOOD: BLUE, WARNING: ORANGE, FAILED: PLUM, NO_DATA: HATCH, NONE_BEGAN: WHITE, NOT_DUE: PALE}
SIGNS = {GOOD: "", WARNING: "~", FAILED: "!", NO_DATA: "", NONE_BEGAN: "0", NOT_DUE: ""}
WORDS = {
    GOOD: "good",
    WARNING: "with warnings",
    FAILED: "with a failure",
    NO_DATA: "no data: nobody could look",
    NONE_BEGAN: "read, and no backup began",
    NOT_DUE: "no run was due",
}


def calendar(chart: NightCalendar, name: str, finding: str) -> Drawn:
    """Rows for few nights, panels of weeks for many."""
    seen = {cell.state for panel in chart.panels for cell in panel.cells}
    key = tuple(
        swatch(f"{name}-key-{place}", FILLS[state], SIGNS[state], WORDS[state])
        for place, state in enumerate(NIGHT_STATES)
        if state in seen
    )
    if (chart.last - chart.first).days < FEW_NIGHTS:
        return _rows(chart, name, finding, key)
    panels = [part for panel in chart.panels for part in _years(panel)]
    pictures = [_weeks(panel, f"{name}-{n}", "" if n else f"{finding} ") for n, panel in enumerate(panels)]
    widest = max((picture.width for picture in pictures), default=WHOLE_WIDTH)
    side_by_side = max(1, min(MOST_PANELS, int((WHOLE_WIDTH + BETWEEN) // (widest + BETWEEN))))
    room = WHOLE_WIDTH / side_by_side
    return Drawn(
        panels=tuple(
            Panel(panel.label, f"{_good(panel)} good", picture, room)
            for panel, picture in zip(panels, pictures, strict=True)
        ),
        key=key,
    )


def said(panel: NightPanel) -> str:
    """A panel in words: how many nights of each state, then which were not good."""
    counts = Counter(cell.state for cell in panel.cells)
    told = ", ".join(f"{counts[state]} {WORDS[state]}" for state in NIGHT_STATES if counts[state])
    named = "; ".join(
        f"{cell.night.isoformat()} {WORDS[cell.state]}" for cell in panel.cells if cell.state not in {GOOD, NOT_DUE}
    )
    return f"{panel.label}, {len(panel.cells)} nights: {told}." + (f" {named}." if named else "")


def _rows(chart: NightCalendar, name: str, finding: str, key: tuple[Entry, ...]) -> Drawn:
    nights = (chart.last - chart.first).days + 1
    dates = tuple(
        Letters(_left(index) + WIDE / 2, 8, (chart.first + timedelta(days=index)).strftime("%m-%d"), 6.5, GREY)
        for index in range(nights)
    )
    rows = tuple(
        Row(
            panel.label,
            Picture(f"{name}-{place}", nights * WIDE, HIGH, said(panel), _row(chart.first, panel)),
            _good(panel),
        )
        for place, panel in enumerate(chart.panels)
    )
    axis = Picture(f"{name}-axis", nights * WIDE, 11, finding, dates)
    return Drawn(axis=axis, headings=("", "good"), groups=(Group("", "", rows),), key=key)


def _left(index: int) -> float:
    return index * WIDE


def _row(first: date, panel: NightPanel) -> tuple[Shape, ...]:
    return tuple(
        shape
        for cell in panel.cells
        for shape in _cell(cell, _left((cell.night - first).days) + 0.6, 0.6, WIDE - 1.2, HIGH - 1.2, 7.5)
    )


def _good(panel: NightPanel) -> str:
    return f"{sum(cell.state == GOOD for cell in panel.cells):,} of {len(panel.cells):,}"


def _cell(cell: NightCell, x: float, y: float, width: float, height: float, size: float) -> Iterator[Shape]:
    fill, sign = FILLS[cell.state], SIGNS[cell.state]
    yield box(x, y, width, height, fill) if cell.state != NONE_BEGAN else Rect(x, y, width, height, fill, GREY)
    if sign:
        yield Letters(x + width / 2, y + height / 2 + size * 0.36, sign, size, ink_on(fill), bold=True)


def _years(panel: NightPanel) -> list[NightPanel]:
    """The panel, or one a calendar year where its weeks would not fit side by side."""
    if not panel.cells or (panel.cells[-1].night - panel.cells[0].night).days <= 366:  # noqa: PLR2004  # a year
        return [panel]
    years = groupby(panel.cells, key=lambda cell: cell.night.year)
    return [NightPanel(f"{panel.label}, {year}", tuple(cells)) for year, cells in years]


def _weeks(panel: NightPanel, name: str, before: str) -> Picture:
    monday = _monday(panel.cells[0].night)
    weeks = (panel.cells[-1].night - monday).days // WEEK + 1
    step = min(LARGEST, (WHOLE_WIDTH - GUTTER) / weeks)
    shapes: list[Shape] = [
        Letters(GUTTER - 3, MONTHS_ABOVE + (row + 0.75) * step, day, 5, GREY, "end")
        for row, day in enumerate(DAYS)
        if day
    ]
    shapes.extend(_months(panel.cells, monday, step))
    for cell in panel.cells:
        column, row = divmod((cell.night - monday).days, WEEK)
        x, y = GUTTER + column * step + 0.5, MONTHS_ABOVE + row * step + 0.5
        shapes.extend(_cell(cell, x, y, step - 1, step - 1, step * 0.7))
    width, height = GUTTER + weeks * step, MONTHS_ABOVE + WEEK * step
    return Picture(name, width, height, before + said(panel), tuple(shapes))


def _monday(night: date) -> date:
    return night - timedelta(days=night.weekday())


def _months(cells: Sequence[NightCell], monday: date, step: float) -> Iterator[Letters]:
    """The month above the week in which it begins, and above the first week unless the next follows at once."""
    begun: dict[int, date] = {}
    for cell in cells:
        if cell.night.day == 1 or cell is cells[0]:
            begun[(cell.night - monday).days // WEEK] = cell.night
    columns = sorted(begun)
    for column, following in zip(columns, [*columns[1:], None], strict=True):
        if following is None or (following - column) * step >= 2 * MONTHS_ABOVE:
            yield Letters(GUTTER + column * step + 0.5, 6.5, MONTHS[begun[column].month - 1], 6, GREY, "start")
