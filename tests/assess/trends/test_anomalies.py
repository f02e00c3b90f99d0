"""Robust statistics by hand, the hints that rest on them, growth, concurrency, health and retries."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from math import e, exp, log, pi, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.assess.findings import HINTS, Class, Severity
from evidence.assess.slots.values import SlotJob
from evidence.assess.trends.anomalies import anomalies
from evidence.assess.trends.concurrency import concurrency_finding, peak
from evidence.assess.trends.growth import growth, growth_finding
from evidence.assess.trends.health import read_details, unhealthy
from evidence.assess.trends.retries import retry_chain
from evidence.assess.trends.robust import scored
from evidence.assess.trends.values import Chain, HealthDetail, HealthSeen, Peak, Run
from evidence.nights import Window
from tests.assess.trends.given import about, night, slot

GIB = 2**30
MONDAY = date(2026, 11, 2)


def at(hour: float) -> datetime:
    return datetime(2026, 11, 2, tzinfo=UTC) + timedelta(hours=hour)


def test_the_score_by_hand() -> None:
    """Logarithms 1 to 10: median 5.5, median deviation 2.5; a value of e^20 lies 14.5 above: 0.6745 * 14.5 / 2.5 = 3.9121."""
    found = scored(e**20, [e**power for power in range(1, 11)])
    assert found is not None
    assert found.score == pytest.approx(0.6745 * 14.5 / 2.5)
    assert found.median == pytest.approx((e**5 + e**6) / 2)
    assert found.high
    assert not found.low


def test_where_half_of_the_baseline_is_equal_the_mean_deviation_serves() -> None:
    """Eight zeros and two ones: median 0, median deviation 0, mean deviation 0.2."""
    found = scored(e, [1.0] * 8 + [e] * 2)
    assert found is not None
    assert found.score == pytest.approx(1 / (sqrt(pi / 2) * 0.2), rel=1e-5)


def test_where_all_of_the_baseline_is_equal_the_floors_alone_decide() -> None:
    found = scored(7, [5.0] * 10)
    assert found is not None
    assert (found.score, found.high, found.low) == (None, True, True)


@pytest.mark.parametrize(("count", "expected"), [(9, None), (10, 10), (31, 30)])
def test_ten_to_thirty_values_make_a_baseline(count: int, expected: int | None) -> None:
    found = scored(1, [1.0] * count)
    assert (found.of if found else None) == expected


def test_the_last_thirty_count_and_not_the_first() -> None:
    found = scored(1, [1000.0] * 30 + [10.0] * 30)
    assert found is not None
    assert found.median == 10


@given(st.lists(st.floats(1, 1e6), min_size=10, max_size=40), st.floats(1, 1e6), st.floats(0.1, 10))
def test_the_score_does_not_depend_on_the_unit(values: list[float], value: float, unit: float) -> None:
    one, other = scored(value, values, 1e-9), scored(value * unit, [each * unit for each in values], 1e-9)
    assert one is not None
    assert other is not None
    if one.score is not None and other.score is not None and abs(one.score) < 1e6:
        assert other.score == pytest.approx(one.score, rel=1e-3, abs=1e-3)


def run(day: date, minutes: float, size: int | None = 100 * GIB, kind: str = "full") -> Run:
    return Run(about(), f"job-{day}", kind, day, at(22), minutes * 60, size)


def usual(count: int = 20, kind: str = "full", size: int | None = 100 * GIB) -> list[Run]:
    """Monday after Monday, 28 to 32 minutes."""
    return [run(MONDAY - timedelta(weeks=count - number), 28 + number % 5, size, kind) for number in range(count)]


def test_a_much_longer_backup_is_a_hint() -> None:
    (hint,) = anomalies(run(MONDAY, 120), usual())
    assert (hint.class_, hint.severity) == (Class.DURATION, Severity.INFO)
    assert hint.class_ in HINTS
    assert hint.summary.startswith("Took 2 h, usually 30 min (20 earlier runs, score ")
    assert hint.summary.endswith("A hint, no verdict.")


@pytest.mark.parametrize(
    ("minutes", "earlier"),
    [
        (31, usual()),
        (60, usual()),
        (120, usual(9)),
        (120, usual(kind="differential")),
        (120, [run(one.night - timedelta(days=1), one.duration_s / 60) for one in usual()]),
        (14, [run(one.night, 1) for one in usual()]),
    ],
    ids=["as-usual", "twice-and-no-more", "nine-runs", "another-kind", "sundays", "below-the-floor"],
)
def test_no_hint_below_the_floors_or_without_its_like(minutes: float, earlier: list[Run]) -> None:
    assert list(anomalies(run(MONDAY, minutes), earlier)) == []


def test_a_wide_spread_hides_what_a_narrow_one_shows() -> None:
    wide = [run(one.night, 30 * exp((-1) ** number * 1.0)) for number, one in enumerate(usual())]
    assert list(anomalies(run(MONDAY, 120), wide)) == []
    assert 0.6745 * log(4) / 1.0 < 3.5


@pytest.mark.parametrize(
    ("minutes", "size", "told"),
    [
        (30, 400 * GIB, "Moved 400 GiB, usually 100 GiB"),
        (1, GIB, "Took 1 min, usually 30 min, and moved 1 GiB, usually 100 GiB: it may have been empty"),
        (30, GIB, "Moved 1 GiB, usually 100 GiB"),
        (1, 100 * GIB, None),
        (30, 101 * GIB, None),
        (30, None, None),
        (1, 0, "Took 1 min, usually 30 min, and moved 0 B, usually 100 GiB: it may have been empty"),
    ],
    ids=["more", "short-and-empty", "less", "short-and-whole", "as-usual", "not-told", "nothing"],
)
def test_sizes_are_compared_where_azure_tells_them(minutes: float, size: int | None, told: str | None) -> None:
    hints = [one.summary for one in anomalies(run(MONDAY, minutes, size), usual())]
    assert len(hints) == (told is not None)
    assert told is None or hints[0].startswith(told)


def test_sizes_that_were_never_told_are_compared_with_nothing() -> None:
    assert list(anomalies(run(MONDAY, 30, 400 * GIB), usual(size=None))) == []


def _stored(*sizes: int | None) -> list[tuple[date, int | None]]:
    return [(night(number), None if size is None else size * GIB) for number, size in enumerate(sizes, 1)]


def test_growth_is_told_night_by_night_and_unknown_where_a_night_is() -> None:
    assert growth("/v1", _stored(100, 103)).grown_bytes == 3 * GIB
    assert growth("/v1", _stored(None, 103)).grown_bytes is None
    assert growth("/v1", _stored(100, None)).stored_bytes is None
    hole = [(night(1), 100), (night(3), 103)]
    assert growth("/v1", hole).grown_bytes is None


def test_growth_unlike_before_is_a_hint() -> None:
    slow = [1000 + 2 * number + number % 2 for number in range(12)]
    assert growth_finding("/v1", "v1", _stored(*slow, slow[-1] + 3), at(6)) is None
    hint = growth_finding("/v1", "v1", _stored(*slow, slow[-1] + 300), at(6))
    assert hint is not None
    assert (hint.class_, hint.severity, hint.item_key) == (Class.STORAGE_GROWTH, Severity.INFO, None)
    assert hint.summary.startswith("What v1 stores grew by 300.0 GiB in a night, usually by 3.0 GiB"), (
        "increments 3 1 3 1 … 3"
    )
    assert growth_finding("/v1", "v1", _stored(*slow[:5], slow[5] + 300), at(6)) is None


def test_the_peak_by_hand() -> None:
    """Three overlap from 3:00 to 4:00; the one that begins at 4:00 meets the end of another."""
    jobs = [(at(1), at(4)), (at(2), at(5)), (at(3), None), (at(4), at(6)), (at(30), at(31)), (at(7), at(7))]
    found = peak(jobs, Window(at(0), at(24)), at(4.5))
    assert found == Peak(3, at(3), 1)
    assert peak([], Window(at(0), at(24)), at(24)) == Peak(0, None, 0)


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=12))
def test_the_peak_is_what_counting_each_hour_gives(spans: list[tuple[int, int]]) -> None:
    jobs = [(at(begin), at(begin + length)) for begin, length in spans]
    counted = max((sum(begin <= hour < begin + length for begin, length in spans) for hour in range(24)), default=0)
    assert peak(jobs, Window(at(0), at(24)), at(48)).count == counted


def test_a_crowd_unlike_other_nights_is_a_hint() -> None:
    earlier = [Peak(10 + number % 3, at(22), 0) for number in range(15)]
    assert concurrency_finding("/v1", "v1", MONDAY, Peak(13, at(22), 0), earlier) is None
    hint = concurrency_finding("/v1", "v1", MONDAY, Peak(60, at(22), 0), earlier)
    assert hint is not None
    assert hint.summary == "60 jobs at once in v1, usually 11 (15 earlier nights). A hint, no verdict."
    assert concurrency_finding("/v1", "v1", MONDAY, Peak(60, at(22), 0), earlier[:9]) is None


DETAIL = HealthDetail("400239", "ExtensionSnapshotFailedNoNetwork", ("Allow the network.",))
HEALTH = {"p": "Passed", "s": "ActionSuggested", "r": "ActionRequired", "?": None, "n": "SomethingNew"}


def _seen(letters: str, *, green: bool | None = True) -> list[HealthSeen]:
    return [
        HealthSeen(night(number), HEALTH[letter], green, at(24 * number), (DETAIL,) if letter in "sr" else ())
        for number, letter in enumerate(letters, 1)
    ]


@pytest.mark.parametrize(
    ("letters", "told", "severity"),
    [
        ("ppp", None, None),
        ("pps", "for 1 night while backups are good.", Severity.ERROR),
        ("pss", "for 2 nights while backups are good.", Severity.ERROR),
        ("psr", "for 2 nights while backups are good.", Severity.CRITICAL),
        ("ps?s", "for 2 nights while backups are good, 1 between them not read.", Severity.ERROR),
        ("ss?", None, None),
        ("psp", None, None),
        ("ppn", None, None),
    ],
)
def test_health_that_worsens_while_backups_are_good(letters: str, told: str | None, severity: Severity | None) -> None:
    found = unhealthy(about(), _seen(letters))
    assert (found is None) == (told is None)
    if found is not None and told is not None:
        assert found.summary.endswith(told)
        assert (found.severity, found.error_family) == (severity, "network")
        assert found.recommendation == "Allow the network."


@pytest.mark.parametrize("green", [False, None])
def test_where_backups_are_not_good_their_own_findings_tell(green: bool | None) -> None:
    assert unhealthy(about(), _seen("pss", green=green)) is None


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ('{"healthDetails":[{"code":400239,"title":"T","message":"m","recommendations":["R1","R2"]}]}', 1),
        ('{"HealthDetails":[{"code":"1"}]}', 1),
        ('{"healthDetails":null}', 0),
        ("[]", 0),
        ("{", 0),
        (None, 0),
    ],
)
def test_health_details_are_read_from_what_azure_sent(properties: str | None, expected: int) -> None:
    assert len(read_details(properties)) == expected


def job(name: str, status: str, start: float, end: float | None, manual: bool | None = None) -> SlotJob:
    return SlotJob(name, "id", status, "Backup", at(start), None if end is None else at(end), manual)


SLOT = slot(at(0), about())


def test_a_chain_of_attempts_by_hand() -> None:
    jobs = [
        job("c", "Completed", 3, 4, True),
        job("a", "Failed", 0.1, 1),
        job("b", "Failed", 1.5, 2),
        job("next", "Completed", 21, 22),
    ]
    assert retry_chain(SLOT, jobs) == Chain(("a", "b", "c"), 3, at(1), at(4), timedelta(hours=3), manual=True)
    untold = retry_chain(SLOT, jobs, starter_told=False)
    assert untold is not None
    assert untold.manual is None


def test_a_failure_that_nothing_recovered_has_no_end() -> None:
    warned = [job("a", "Failed", 0.1, None), job("b", "CompletedWithWarnings", 1, 2), job("c", "InProgress", 3, None)]
    assert retry_chain(SLOT, warned) == Chain(("a", "b", "c"), 3, at(0.1), None, None, None)


def test_without_a_failure_there_is_no_chain_and_an_earlier_success_recovers_nothing() -> None:
    assert retry_chain(SLOT, [job("a", "Completed", 0, 1)]) is None
    before = retry_chain(SLOT, [job("a", "Completed", 0, 1), job("b", "Failed", 2, 3)])
    assert before is not None
    assert before.recovered_at is None
