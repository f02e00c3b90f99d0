"""Charts for tests: one of each kind, with a name that is hostile wherever a name may stand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from evidence.packs.charts.aging import OpenBySpan, aging_chart
from evidence.packs.charts.attainment import attainment_chart
from evidence.packs.charts.values import (
    CODE,
    NIGHT_STATES,
    NO_CODE,
    OTHER,
    AttainmentRow,
    Chart,
    NightCalendar,
    NightCell,
    NightPanel,
    Part,
    RestoreTime,
    RestoreTimes,
    StackedBar,
    StackedBars,
    StackedPanel,
)
from evidence.packs.interface import Report
from tests.reports.reports_made import report

FIRST = date(2026, 7, 1)


def nights(count: int, *names: str) -> Chart:
    """Every state in turn, for each name begun with another."""
    panels = tuple(
        NightPanel(
            name,
            tuple(
                NightCell(FIRST + timedelta(days=day), NIGHT_STATES[(day + place) % len(NIGHT_STATES)])
                for day in range(count)
            ),
        )
        for place, name in enumerate(names)
    )
    last = FIRST + timedelta(days=count - 1)
    return Chart("C-01", "Nights", "Some nights were good.", NightCalendar(FIRST, last, panels), source="Counted.")


def failures(name: str = "rsv-prod") -> Chart:
    """One workload with a code, others and jobs without one."""
    parts = (
        Part(f"UserError {name}", CODE, "A"),
        Part("2 other codes", OTHER, "+"),
        Part("no code sent", NO_CODE, "?"),
    )
    bars = (StackedBar(name, (30, 2, 9)), StackedBar("rsv-small", (1, 0, 0)))
    return Chart(
        "C-03",
        "Failures",
        "42 of 1,212 backup jobs failed.",
        StackedBars(parts, (StackedPanel(f"VM {name}", bars),)),
        ("Error code", "failed jobs"),
        tuple((part.label, f"{number} / 42") for part, number in zip(parts, (31, 2, 9), strict=True)),
        "Counted from data/jobs.csv.",
    )


def restores(name: str = "vm-001") -> Chart:
    """One within its target, one not, one without a time."""
    began = "2026-07-02 22:10Z"
    rows = (
        RestoreTime("vm-lost", began, None, 240, "Failed: no time to compare"),
        RestoreTime("vm-slow", began, 610.5, 240, ""),
        RestoreTime(name, began, 38.25, 240, ""),
    )
    return Chart(
        "C-05", "Restore times", "1 of 3 took no longer than its objective.", RestoreTimes(rows), source="Read."
    )


def aging(name: str = "westeurope") -> Chart:
    return aging_chart(
        [OpenBySpan("under 1 day", {name: 4, "northeurope": 1}, 3), OpenBySpan("older", {}, 2)], "Counted."
    )


def attainment(name: str = "Tier 0") -> Chart:
    return attainment_chart(
        [AttainmentRow(name, 1199, 1, 0), AttainmentRow("Tier 1", 5, 0, 5)], "item nights", "Counted."
    )


def all_charts(name: str) -> tuple[Chart, ...]:
    """One of each kind, and one with nothing to draw."""
    return (
        nights(10, name, "rsv-b"),
        replace(nights(92, name, "rsv-b"), anchor="C-11"),
        failures(name),
        restores(name),
        aging(name),
        attainment(name),
        replace(attainment_chart([], "", ""), anchor="C-12"),
    )


def report_of(*charts: Chart) -> Report:
    """A report with a chapter for each chart."""
    (chapter,) = report().sections
    chapters = tuple(
        replace(chapter, anchor=f"S-{place}", title=chart.title, tables=(), chart=chart)
        for place, chart in enumerate(charts)
    )
    return replace(report(), sections=chapters)
