"""Runs unlike their like and unlike crowds, found in sealed nights; each expectation is counted by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.assess.findings import HINTS, Class, Finding
from evidence.assess.trends.anomalies import anomalies
from evidence.assess.trends.concurrency import peak
from evidence.assess.trends.values import Run
from evidence.nights import Window
from evidence.records import Kind, Outcome
from evidence.runs.detecting.baselines import Columns, beyond_floors, joined, medians
from evidence.runs.detecting.crowds import crowds_found, most_at_once
from evidence.runs.detecting.like_nights import like_nights, telling
from evidence.runs.detecting.runs import runs_found
from evidence.tables import JOBS
from tests.assess.trends.given import about
from tests.fakes.bench import Bench, at, backup
from tests.runs.trending import FIRST, NEXT, crowd, fleet, rows_of, took, weekdays


def runs(bench: Bench, night: date) -> Sequence[Finding]:
    return list(runs_found(rows_of(bench), bench.parts.ledger.entries(), night, {}))


def crowds(bench: Bench, night: date) -> Sequence[Finding]:
    now = bench.clock.now()
    return list(crowds_found(rows_of(bench), bench.parts.ledger.entries(), night, bench.calendar, now))


def test_a_run_of_four_hours_after_ten_of_half_an_hour_is_a_hint() -> None:
    """Median of 30, 31, 32, 30, … is 31 minutes; 240 is more than twice that, and more than 15 minutes beyond it."""
    bench, vault, _ = fleet()
    took(backup(vault, NEXT, "vm00"), 240)
    took(backup(vault, NEXT, "vm01"), 60)
    took(backup(vault, NEXT, "new"), 240)
    bench.seal(NEXT)
    (hint,) = runs(bench, NEXT)
    assert (hint.class_, hint.subject[-4:], hint.night) == (Class.DURATION, "vm00", NEXT)
    assert hint.class_ in HINTS
    assert hint.summary.startswith("Took 4 h, usually 31 min (10 earlier runs")
    assert hint.job_ids == (f"backup-v1-vm00-{NEXT}",)


def test_a_run_that_ended_after_its_night_was_read_is_compared_when_it_is_told_and_once() -> None:
    bench, vault, _ = fleet()
    job = backup(vault, NEXT, "vm00", "InProgress")
    bench.seal(NEXT)
    assert runs(bench, NEXT) == []
    job.status = "Completed"
    took(job, 11 * 60)
    nights = [NEXT + timedelta(days=1), NEXT + timedelta(days=2)]
    for night in nights:
        bench.seal(night)
    assert [[(one.class_, one.night) for one in runs(bench, night)] for night in nights] == [
        [(Class.DURATION, NEXT)],
        [],
    ]


def test_a_list_that_was_not_read_hides_a_run_until_it_is_read() -> None:
    bench, vault, _ = fleet()
    took(backup(vault, NEXT, "vm00"), 240)
    vault.spoiled = {Kind.JOBS: (Outcome.NOT_REACHED, "HTTP 503 ServerTimeout")}
    bench.seal(NEXT)
    assert runs(bench, NEXT) == []
    vault.spoiled = {}
    bench.seal(NEXT + timedelta(days=1))
    assert [one.night for one in runs(bench, NEXT + timedelta(days=1))] == [NEXT]


def test_weekends_are_compared_with_weekends_and_each_night_is_told_by_one_run() -> None:
    assert like_nights(date(2026, 11, 23), 3) == [date(2026, 11, day) for day in (18, 19, 20)]
    assert like_nights(date(2026, 11, 22), 3) == [date(2026, 11, day) for day in (14, 15, 21)]
    assert like_nights(date(2026, 11, 22), 1, skip=2) == [date(2026, 11, 14)]
    told = telling(fleet()[0].parts.ledger.entries(), weekdays(5), date(2026, 11, 7))
    days = [(one.run.night.day, [night.day for night in one.nights]) for one in told]
    assert days == [(4, [2, 3]), (6, [4, 5, 6])]


def test_thirty_jobs_at_once_after_ten_nights_of_eleven_are_a_hint_where_those_nights_were_read() -> None:
    """Of the second vault the first night is told by no run that read it whole: nine nights are too few."""
    bench, one, two = fleet()
    crowd(one, NEXT, 30)
    crowd(two, NEXT, 30)
    bench.seal(NEXT)
    (hint,) = crowds(bench, NEXT)
    assert (hint.class_, hint.item_key, hint.vault_id) == (Class.CONCURRENCY, None, one.vault.vault_id)
    assert hint.summary == "30 jobs at once in v1, usually 11 (10 earlier nights). A hint, no verdict."
    assert hint.at == at(NEXT, 22 + 29 / 3600)


def test_a_usual_crowd_is_no_hint_and_jobs_that_were_not_listed_are_no_crowd() -> None:
    bench, one, _ = fleet()
    assert crowds(bench, date(2026, 11, 13)) == []
    crowd(one, NEXT, 30)
    one.spoiled = {Kind.JOBS: (Outcome.NOT_REACHED, "HTTP 503 ServerTimeout")}
    bench.seal(NEXT)
    assert crowds(bench, NEXT) == []


def _window(hours: float) -> Window:
    return Window(at(FIRST, 0), at(FIRST, hours))


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20), st.sampled_from("ab")), max_size=12))
@settings(max_examples=60, deadline=None)
def test_the_sweep_counts_as_the_rule_does(spans: list[tuple[int, int, str]]) -> None:
    times = [(at(FIRST, start), at(FIRST, start + long) if long else None, vault) for start, long, vault in spans]
    rows = [
        {"vault_id": vault, "job_id": f"{number}", "event_night": FIRST, "started_at": start, "ended_at": end}
        for number, (start, end, vault) in enumerate(times)
    ]
    columns = ("vault_id", "job_id", "event_night", "started_at", "ended_at")
    jobs = pa.Table.from_pylist(rows, pa.schema([JOBS.schema().field(name) for name in columns]))
    as_of = at(FIRST, 30)
    found = most_at_once(jobs, as_of)
    for vault in {vault for _, _, vault in spans}:
        mine = [(start, end) for start, end, of in times if of == vault]
        by_rule = peak(mine, _window(60), as_of)
        assert found.get((vault, FIRST), 0) == by_rule.count


_MEASURES = st.tuples(st.floats(1, 40_000), st.none() | st.integers(0, 2**36))


@given(st.lists(_MEASURES, min_size=9, max_size=40), _MEASURES)
@settings(max_examples=150, deadline=None)
def test_what_the_rule_tells_is_never_left_out_by_the_sweep(
    earlier: list[tuple[float, int | None]], last: tuple[float, int | None]
) -> None:
    def columns(many: list[tuple[float, int | None]], first: int) -> Columns:
        count = len(many)
        moved = [float("nan") if told is None else float(told) for _, told in many]
        return Columns(
            np.zeros(count, np.int64),
            np.arange(first, first + count),
            np.array([long for long, _ in many], np.float64),
            np.array(moved, np.float64),
            np.zeros(count, np.int64),
        )

    def run(place: int, told: tuple[float, int | None]) -> Run:
        begun = datetime(2026, 11, 2, tzinfo=UTC) + timedelta(hours=place)
        return Run(about(), f"{place}", "Backup", FIRST, begun, told[0], told[1])

    before = joined([columns(earlier, 0)])
    hints = list(anomalies(run(99, last), [run(place, one) for place, one in enumerate(earlier)]))
    looked = bool(beyond_floors(columns([last], 99), before, 1)[0])
    assert looked or not hints


def test_medians_of_the_last_thirty_and_of_no_fewer_than_ten() -> None:
    """Of 1 to 40 the last thirty are 11 to 40, whose median is 25.5; nine values have none; one run told twice counts once."""

    def columns(thing: int, values: Sequence[float]) -> Columns:
        count = len(values)
        numbers = np.array(values, np.float64)
        return Columns(np.full(count, thing), np.arange(count), numbers, numbers, np.zeros(count, np.int64))

    of_forty, of_nine = columns(0, range(1, 41)), columns(1, range(9))
    every = joined([of_forty, of_nine, of_forty])
    assert len(every) == 49
    assert [str(one) for one in medians(every, every.seconds, 3)] == ["25.5", "nan", "nan"]
