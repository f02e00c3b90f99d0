"""Bars that are split into parts: failures by error code, open exceptions by region, attainment by verdict. Pure.

Not here: names of bars, which are text of the page. Invariant: a part that is not zero is seen, carries its sign or number where
there is room, and the amounts stand beside the bar in any case.
"""

from __future__ import annotations

from collections.abc import Sequence

from evidence.packs.charts.aging import delta
from evidence.packs.charts.values import NO_CODE, OTHER, AgingBars, AttainmentStrip, Part, StackedBars
from reports.drawings.shapes import (
    BLUE,
    GREY,
    HAIR,
    HATCH,
    INK,
    LEAST_PART,
    PARTS,
    PLAIN_WIDTH,
    PLUM,
    WHITE,
    Drawn,
    Entry,
    Group,
    Letters,
    Line,
    Picture,
    Rect,
    Row,
    Shape,
    box,
    ink_on,
    swatch,
)
from reports.scales import Linear, split

HIGH, ROOM_FOR_SIGN = 11.0, 8.0
"""Points: height of a bar, and the part that has room for a sign."""
VERDICTS = ((BLUE, ""), (PLUM, "!"), (HATCH, "?"))
"""Parts of a strip of attainment: fill and sign."""


def stacked(chart: StackedBars, name: str, finding: str) -> Drawn:
    """Small multiples: a group a workload, a bar a vault, a part an error code, all on one scale."""
    top = max(sum(bar.amounts) for panel in chart.panels for bar in panel.bars)
    scale, looks = Linear(top, PLAIN_WIDTH), _looks(chart.parts)
    groups = []
    for number, panel in enumerate(chart.panels):
        rows = []
        for place, bar in enumerate(panel.bars):
            says = f"{panel.label}, {bar.label}: {_amounts([part.label for part in chart.parts], bar.amounts)}."
            picture = _bar(f"{name}-{number}-{place}", scale, bar.amounts, looks, says)
            rows.append(Row(bar.label, picture, f"{sum(bar.amounts):,}"))
        groups.append(Group(panel.label, f"{sum(sum(bar.amounts) for bar in panel.bars):,}", tuple(rows)))
    key = _key(name, [part.label for part in chart.parts], looks)
    return Drawn(
        axis=_axis(name, scale, finding), headings=("", "failed"), groups=tuple(groups), key=key, key_of_numbers=True
    )


def aging(chart: AgingBars, name: str, finding: str) -> Drawn:
    """A bar a span of ages, a part a region; the change since a week earlier stands as text."""
    scale = Linear(max(sum(bucket.amounts) for bucket in chart.buckets), PLAIN_WIDTH)
    looks, words = _looks(chart.parts), [part.label for part in chart.parts]
    compared = any(bucket.before is not None for bucket in chart.buckets)
    rows = tuple(
        Row(
            bucket.label,
            _bar(
                f"{name}-{place}",
                scale,
                bucket.amounts,
                looks,
                f"{bucket.label}: {_amounts(words, bucket.amounts)}.",
            ),
            f"{sum(bucket.amounts):,} ({delta(bucket)})" if compared else f"{sum(bucket.amounts):,}",
        )
        for place, bucket in enumerate(chart.buckets)
    )
    key = _key(name, words, looks)
    headings = ("Age", "open (since a week earlier)" if compared else "open")
    return Drawn(axis=_axis(name, scale, finding), headings=headings, groups=(Group("", "", rows),), key=key)


def attainment(chart: AttainmentStrip, name: str, finding: str) -> Drawn:
    """A strip a tier, all of one length: a share, with what it is a share of beside it."""
    looks, words = list(VERDICTS), list(chart.words)
    rows = []
    for place, row in enumerate(chart.rows):
        amounts = (row.met, row.missed, row.unknown)
        whole = sum(amounts)
        picture = _bar(
            f"{name}-{place}", Linear(whole, PLAIN_WIDTH), amounts, looks, f"{row.label}: {_amounts(words, amounts)}."
        )
        rows.append(Row(row.label, picture, f"{row.met:,} / {whole:,} = {share(row.met, whole)}"))
    marks = tuple(
        shape
        for percent, anchor in ((0, "start"), (50, "middle"), (100, "end"))
        for shape in _mark(PLAIN_WIDTH * percent / 100, f"{percent}%", anchor)
    )
    axis = Picture(f"{name}-axis", PLAIN_WIDTH, 12, finding, marks)
    seen = [any((row.met, row.missed, row.unknown)[place] for row in chart.rows) for place in range(len(VERDICTS))]
    key = tuple(
        swatch(f"{name}-key-{place}", fill, sign, word)
        for place, (word, (fill, sign)) in enumerate(zip(words, VERDICTS, strict=True))
        if seen[place]
    )
    return Drawn(axis=axis, headings=("", chart.unit), groups=(Group("", "", tuple(rows)),), key=key)


def share(part: int, whole: int) -> str:
    """Percent with one decimal, rounded down: 99.96% is never said to be 100.0%."""
    return f"{1000 * part // whole / 10:.1f}%"


def _looks(parts: Sequence[Part]) -> list[tuple[str, str]]:
    """Fill and sign of each part."""
    fills = {OTHER: WHITE, NO_CODE: HATCH}
    return [(fills.get(part.kind, PARTS[place % len(PARTS)]), part.key) for place, part in enumerate(parts)]


def _amounts(words: Sequence[str], amounts: Sequence[int]) -> str:
    told = [f"{amount:,} {word}" for word, amount in zip(words, amounts, strict=True) if amount]
    return ", ".join(told) or "none"


def _bar(name: str, scale: Linear, amounts: Sequence[int], looks: Sequence[tuple[str, str]], says: str) -> Picture:
    shapes: list[Shape] = []
    for (begin, length), (fill, sign) in zip(split(amounts, scale.at(sum(amounts)), LEAST_PART), looks, strict=True):
        if not length:
            continue
        seen = max(length - 0.8, LEAST_PART / 2)  # what is left out is the white line between two parts
        shapes.append(box(begin + 0.4, 1, seen, HIGH - 2, fill))
        if sign and length >= ROOM_FOR_SIGN:
            if fill == HATCH:
                shapes.append(Rect(begin + length / 2 - 2.8, 2, 5.6, HIGH - 4, WHITE))
            shapes.append(Letters(begin + length / 2, HIGH / 2 + 2.4, sign, 6.5, ink_on(fill), bold=True))
    shapes.append(Line(0, 0, 0, HIGH, INK, 0.6))
    return Picture(name, PLAIN_WIDTH + LEAST_PART * len(looks), HIGH, says, tuple(shapes))


def _axis(name: str, scale: Linear, finding: str) -> Picture:
    marks = (*_mark(0, "0", "start"), *_mark(PLAIN_WIDTH, f"{scale.top:,.0f}", "end"))
    return Picture(f"{name}-axis", PLAIN_WIDTH, 12, finding, marks)


def _mark(x: float, words: str, anchor: str) -> tuple[Shape, ...]:
    return Letters(x, 7, words, 6.5, GREY, anchor), Line(x, 9, x, 12, HAIR)


def _key(name: str, words: Sequence[str], looks: Sequence[tuple[str, str]]) -> tuple[Entry, ...]:
    return tuple(
        swatch(f"{name}-key-{place}", fill, sign, word)
        for place, (word, (fill, sign)) in enumerate(zip(words, looks, strict=True))
    )
