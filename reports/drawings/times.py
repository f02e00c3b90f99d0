"""Times of restores against their targets: a dot and a tick on one logarithmic axis of minutes, one line each. Pure.

Not here: what a time means. Invariant: a filled dot is within its target, a hollow one with `!` is not; where there is no time there
is no dot, and the words beside the line say why.
"""

from __future__ import annotations

from evidence.packs.charts.values import RestoreTime, RestoreTimes
from reports.drawings.shapes import (
    BLUE,
    GREY,
    HAIR,
    INK,
    PLAIN_WIDTH,
    PLUM,
    WHITE,
    Dot,
    Drawn,
    Entry,
    Group,
    Letters,
    Line,
    Picture,
    Row,
    Shape,
)
from reports.scales import Logarithmic, minutes_scale, minutes_ticks, span_words

HIGH, MARGIN, RADIUS = 11.0, 9.0, 2.9
"""Points: height of a line, room left and right of the axis for what stands at its ends, and of a dot."""


def times(chart: RestoreTimes, name: str, finding: str) -> Drawn:
    """One line a restore, in the order of the chart."""
    told = [row.minutes for row in chart.rows if row.minutes is not None]
    scale = minutes_scale([*told, *(row.target_minutes for row in chart.rows)], PLAIN_WIDTH - 2 * MARGIN)
    rows = tuple(
        Row(
            row.label,
            Picture(f"{name}-{place}", PLAIN_WIDTH, HIGH, said(row), _line(row, scale)),
            amount(row),
            row.began,
        )
        for place, row in enumerate(chart.rows)
    )
    axis = Picture(f"{name}-axis", PLAIN_WIDTH, 12, finding, _axis(scale))
    return Drawn(axis=axis, headings=("", "took, of target"), groups=(Group("", "", rows),), key=_key(chart, name))


def said(row: RestoreTime) -> str:
    """One line in words."""
    if row.minutes is None:
        return f"{row.label}, {row.began}: no time, {row.note}; target {span_words(row.target_minutes)}."
    verdict = "within" if _met(row) else "not within"
    return f"{row.label}, {row.began}: {row.minutes:,.1f} minutes, {verdict} the target of {span_words(row.target_minutes)}."


def amount(row: RestoreTime) -> str:
    """What stands right of the line."""
    took = row.note if row.minutes is None else f"{row.minutes:,.1f} min"
    return f"{took} of {span_words(row.target_minutes)}" if row.minutes is not None else took


def _met(row: RestoreTime) -> bool:
    return row.minutes is not None and row.minutes <= row.target_minutes


def _axis(scale: Logarithmic) -> tuple[Shape, ...]:
    shapes: list[Shape] = []
    for tick in minutes_ticks(scale):
        x = MARGIN + scale.at(tick)
        shapes += [Letters(x, 7, span_words(tick), 6.5, GREY), Line(x, 9, x, 12, HAIR)]
    return tuple(shapes)


def _line(row: RestoreTime, scale: Logarithmic) -> tuple[Shape, ...]:
    middle, target = HIGH / 2, MARGIN + scale.at(row.target_minutes)
    shapes: list[Shape] = [
        Line(MARGIN + scale.at(tick), 0, MARGIN + scale.at(tick), HIGH, HAIR) for tick in minutes_ticks(scale)
    ]
    shapes.append(Line(target, 0.5, target, HIGH - 0.5, INK, 1.6))
    if row.minutes is None:
        return (*shapes, Letters(MARGIN / 2, middle + 2.6, "?", 7.5, bold=True))
    x = MARGIN + scale.at(row.minutes)
    shapes.append(Line(MARGIN, middle, x, middle, GREY, 0.5))
    if _met(row):
        return (*shapes, Dot(x, middle, RADIUS, BLUE, BLUE))
    return (*shapes, Dot(x, middle, RADIUS, WHITE, PLUM), Letters(x + 6, middle + 2.6, "!", 7.5, PLUM, bold=True))


def _key(chart: RestoreTimes, name: str) -> tuple[Entry, ...]:
    entries = (
        ("within its target", (Dot(6, 5, RADIUS, BLUE, BLUE),), any(map(_met, chart.rows))),
        (
            "not within its target",
            (Dot(4, 5, RADIUS, WHITE, PLUM), Letters(10, 7.6, "!", 7.5, PLUM, bold=True)),
            any(row.minutes is not None and not _met(row) for row in chart.rows),
        ),
        ("no time to compare", (Letters(6, 7.6, "?", 7.5, bold=True),), any(row.minutes is None for row in chart.rows)),
        ("target", (Line(6, 0.5, 6, 9.5, INK, 1.6),), True),
    )
    return tuple(
        Entry(Picture(f"{name}-key-{place}", 14, 10, words, shapes), words)
        for place, (words, shapes, seen) in enumerate(entries)
        if seen
    )
