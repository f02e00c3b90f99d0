"""A report that contradicts itself is refused, and every contradiction is named."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from evidence.nights import Window
from evidence.packs.interface import Figure, NightMark, Report
from reports.check import refuse_malformed
from reports.errors import RenderError
from tests.reports.reports_made import NIGHT, job_rows, report, table

FIGURE = Figure("F-01", "Vaults", 1, 2, "")
CONTRADICTIONS = [
    (replace(report(), figures=(FIGURE, FIGURE)), "figure F-01 is there 2 times"),
    (replace(report(), figures=(replace(FIGURE, tone="green"),)), "unknown tone 'green'"),
    (replace(report(), nights=(NightMark(NIGHT, "fine", ""),)), "unknown state 'fine'"),
    (replace(report(), nights=(NightMark(NIGHT, "good", ""),) * 2), "night 2026-11-21 is there 2 times"),
    (replace(report(), sections=report().sections * 2), "section jobs is there 2 times"),
    (report(table(), table()), "table failed-jobs is there 2 times"),
    (report(table(anchor="a b"), table(anchor="a-b")), "table a-b is there 2 times"),
    (report(table(job_rows(3), total=2)), "prints 3 rows of 2"),
    (report(table((), total=2)), "prints none of its 2 rows"),
    (report(table((*job_rows(1), ("a", "b")))), "row 2 has 2 cells"),
    (report(table((), columns=())), "needs columns"),
    (replace(report(), created_at=datetime(2026, 1, 1)), "no time zone"),
    (
        replace(report(), window=Window(datetime(2026, 1, 1), datetime(2026, 1, 2))),
        "2026-01-02T00:00:00 has no time zone",
    ),
]


@pytest.mark.parametrize(("wrong", "said"), CONTRADICTIONS, ids=[said for _, said in CONTRADICTIONS])
def test_contradictions_are_refused(wrong: Report, said: str) -> None:
    with pytest.raises(RenderError) as caught:
        refuse_malformed(wrong)
    assert said in caught.value.cause


def test_a_sound_report_passes() -> None:
    refuse_malformed(report())
