"""Contradictions within a chart: amounts that fit no part, states that have no sign, bars of nothing.

Not here: whether the numbers are true. Invariant: what passes can be drawn, and each cell, bar and dot of it has its place.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evidence.packs.charts.values import (
    NIGHT_STATES,
    PART_KINDS,
    AgingBars,
    AttainmentStrip,
    Chart,
    NightCalendar,
    Part,
    RestoreTimes,
    StackedBars,
)


def chart_faults(chart: Chart) -> Iterator[str]:
    """One sentence a contradiction."""
    yield from (f"chart {chart.anchor} {fault}" for fault in _faults(chart))


def _faults(chart: Chart) -> Iterator[str]:
    if not chart.finding.strip():
        yield "says nothing in words"
    odd = [number for number, row in enumerate(chart.rows, 1) if len(row) != len(chart.columns)]
    if odd:
        yield f"has {len(chart.columns)} columns of numbers, row {odd[0]} has {len(chart.rows[odd[0] - 1])} cells"
    match chart.drawing:
        case NightCalendar() as nights:
            yield from _night_faults(nights)
        case StackedBars() as bars:
            amounts = [(bar.label, bar.amounts) for panel in bars.panels for bar in panel.bars]
            yield from _part_faults(bars.parts, amounts)
            if chart.rows and len(chart.rows) != len(bars.parts):
                yield f"has {len(bars.parts)} parts and {len(chart.rows)} rows of numbers"
        case AgingBars() as bars:
            yield from _part_faults(bars.parts, [(bucket.label, bucket.amounts) for bucket in bars.buckets])
        case AttainmentStrip() as strip:
            strips = [(row.label, (row.met, row.missed, row.unknown)) for row in strip.rows]
            yield from _amount_faults(strips)
            yield from (f"judges nothing of {label}" for label, amounts in strips if not sum(amounts))
        case RestoreTimes() as times:
            yield from _time_faults(times)


def _night_faults(nights: NightCalendar) -> Iterator[str]:
    if not nights.panels:
        yield "has no panel"
    for panel in nights.panels:
        days = [cell.night for cell in panel.cells]
        if not days:
            yield f"has no night of {panel.label}"
        if days != sorted(set(days)) or any(not nights.first <= day <= nights.last for day in days):
            yield f"has nights of {panel.label} twice, out of order or outside its period"
        unknown = {cell.state for cell in panel.cells}.difference(NIGHT_STATES)
        if unknown:
            yield f"has the unknown state {min(unknown)!r}"


def _part_faults(parts: tuple[Part, ...], bars: Sequence[tuple[str, tuple[int, ...]]]) -> Iterator[str]:
    yield from (f"has a part of the unknown kind {part.kind!r}" for part in parts if part.kind not in PART_KINDS)
    yield from (
        f"has {len(parts)} parts, bar {label} has {len(amounts)}"
        for label, amounts in bars
        if len(amounts) != len(parts)
    )
    yield from _amount_faults(bars)
    if not any(sum(amounts) for _, amounts in bars):
        yield "has bars of nothing"


def _amount_faults(bars: Sequence[tuple[str, tuple[int, ...]]]) -> Iterator[str]:
    yield from (f"has an amount below 0 in {label}" for label, amounts in bars if min(amounts, default=0) < 0)


def _time_faults(times: RestoreTimes) -> Iterator[str]:
    if not times.rows:
        yield "has no line"
    for row in times.rows:
        if row.target_minutes <= 0 or (row.minutes is not None and row.minutes < 0):
            yield f"has a time below 0, or no target, for {row.label}"
