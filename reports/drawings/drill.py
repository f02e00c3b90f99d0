"""The time of one drill as a line: from the declared loss to the usable service, against the tick of its objective; the job by itself below. Pure.

Not here: what the moments are. Invariants: a filled dot is within its objective, a hollow one with `!` is not, `?` is not measured; the job's bar touches neither the
line nor the tick, for its time is no recovery time.
"""

from __future__ import annotations

from collections.abc import Sequence

from evidence.packs.charts.values import DrillLine
from reports.drawings.shapes import BLUE, GREY, HAIR, INK, PALE, PLUM, WHITE, Dot, Letters, Line, Picture, Rect, Shape
from reports.scales import MINUTES, span_words

WIDTH, HIGH = 480.0, 41.0
LEFT, RIGHT = 40.0, 40.0
"""Points: the picture, and what stands left and right of the line."""
_LINE, _AXIS, _JOB = 12.0, 20.5, 31.0
_SIZE, _RADIUS = 6.5, 3.1
_MOST_TICKS = 6
_TOUCH = 34.0
"""Points between words that would touch."""


def line_is_sound(line: DrillLine) -> bool:
    """Whether the job ends after it began, and nothing lies before its objective can."""
    forwards = line.job is None or line.job[0] <= line.job[1]
    return forwards and (line.target is None or line.target > 0) and (line.usable is None or line.usable >= 0)


def drill_line(line: DrillLine, name: str) -> Picture:
    """The picture of a line; `name` must be of letters, digits and hyphens."""
    told = [0.0, *(line.job or ()), *(one for one in (line.usable, line.target) if one is not None)]
    low, high = min(told), max(*told, 1.0)
    scale = _Scale(low, high)
    shapes: list[Shape] = [*_axis(scale), *_job(line, scale), *_recovery(line, scale)]
    return Picture(name, WIDTH, HIGH, line.says, tuple(shapes))


class _Scale:
    """Minutes to points."""

    def __init__(self, low: float, high: float) -> None:
        self.low, self.high = low, high

    def at(self, minutes: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (minutes - self.low) / (self.high - self.low)


def _ticks(high: float) -> Sequence[float]:
    """Equal steps that people think in, from the loss on."""
    step = next((one for one in MINUTES if high / one <= _MOST_TICKS), None)
    if step is None:
        step = MINUTES[-1] * max(1, round(high / MINUTES[-1] / _MOST_TICKS))
    return [step * number for number in range(int(high / step) + 1)]


def _axis(scale: _Scale) -> list[Shape]:
    shapes: list[Shape] = [Line(scale.at(scale.low), _AXIS, scale.at(scale.high), _AXIS, HAIR, 0.6)]
    for tick in _ticks(scale.high):
        x = scale.at(tick)
        shapes.append(Line(x, _AXIS - 2, x, _AXIS + 2, HAIR, 0.6))
        shapes.append(Letters(x, _AXIS + 7.2, span_words(tick) if tick else "loss", 5.6, GREY))
    return shapes


def _job(line: DrillLine, scale: _Scale) -> list[Shape]:
    """The bar of the job, below and apart."""
    shapes: list[Shape] = [Letters(LEFT - 5, _JOB + 5.6, "job alone", 5.6, GREY, anchor="end")]
    if line.job is None:
        return [*shapes, Letters(LEFT + 4, _JOB + 5.6, "?", _SIZE, bold=True, anchor="start")]
    begin, end = (scale.at(one) for one in line.job)
    width = max(end - begin, 1.2)
    words = _took(line.job[1] - line.job[0])
    shapes.append(Rect(begin, _JOB + 0.6, width, 6.0, PALE, GREY))
    beside = begin + width + 3
    if beside + _TOUCH > WIDTH:
        return [*shapes, Letters(begin - 3, _JOB + 5.6, words, 5.6, GREY, anchor="end")]
    return [*shapes, Letters(beside, _JOB + 5.6, words, 5.6, GREY, anchor="start")]


def _recovery(line: DrillLine, scale: _Scale) -> list[Shape]:
    zero = scale.at(0)
    shapes: list[Shape] = [
        Letters(LEFT - 5, _LINE + 2, "recovery", 5.6, GREY, anchor="end"),
        Line(zero, _LINE - 4, zero, _LINE + 4, INK, 1.0),
    ]
    if line.target is not None:
        x = scale.at(line.target)
        shapes += [Line(x, _LINE - 5.5, x, _LINE + 5.5, INK, 1.7), *_target(line, scale)]
    if line.usable is None:
        return [*shapes, Letters(zero + 9, _LINE + 2.4, "?", 8, bold=True)]
    x, ink = scale.at(line.usable), PLUM if line.met is False else BLUE
    shapes.append(Line(zero, _LINE, x, _LINE, ink, 1.6))
    if line.met is False:
        sign = Letters(x + 7, _LINE + 2.4, "!", 8, PLUM, bold=True)
        return [*shapes, Dot(x, _LINE, _RADIUS, WHITE, PLUM), sign]
    return [*shapes, Dot(x, _LINE, _RADIUS, BLUE if line.met else WHITE, BLUE)]


def _target(line: DrillLine, scale: _Scale) -> list[Shape]:
    """Words of the objective, above its tick."""
    if line.target is None:
        return []
    return [Letters(scale.at(line.target), 5.2, f"RTO {_took(line.target)}", 5.6, INK, bold=True)]


def _took(minutes: float) -> str:
    """`41 min`, `3 h 30 min`, `2 d 4 h`."""
    whole = round(minutes)
    hours, rest = divmod(whole, 60)
    days, hours_left = divmod(hours, 24)
    if days > 1:
        return f"{days} d {hours_left} h" if hours_left else f"{days} d"
    if hours:
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    return f"{whole} min" if whole or not minutes else "< 1 min"
