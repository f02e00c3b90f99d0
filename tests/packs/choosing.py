"""What tests of selections share: nights, and selections of a bench read as rows."""

from __future__ import annotations

from datetime import date, timedelta

from evidence.packs.completeness import CompletenessResult
from evidence.packs.judging import judge_selection
from evidence.packs.period import span_period
from evidence.packs.scope import PackScope
from evidence.packs.select import Selection, select
from tests.fakes.bench import NIGHT, Bench

DAYS = [NIGHT + timedelta(days=number) for number in range(12)]
ALL = PackScope("all")


def chosen(bench: Bench, first: date = NIGHT, last: date | None = None, scope: PackScope = ALL) -> Selection:
    period = span_period(first, last or first)
    return select(bench.store, bench.parts.ledger.entries(), period, scope)


def judged(bench: Bench, first: date = NIGHT, last: date | None = None, scope: PackScope = ALL) -> CompletenessResult:
    return judge_selection(chosen(bench, first, last, scope))


def rows(selection: Selection, table: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = selection.tables[table].to_pylist()
    return found


def values(selection: Selection, table: str, column: str) -> list[object]:
    return sorted((row[column] for row in rows(selection, table)), key=str)


def statuses(selection: Selection) -> dict[object, object]:
    return {row["job_id"]: row["status"] for row in rows(selection, "jobs")}
