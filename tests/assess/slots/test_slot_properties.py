"""What holds of all slots, whatever the schedule: no overlap, none lost, the calendar's own count, nothing from what was not read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from dateutil.rrule import DAILY, WEEKLY, rrule
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.assess.slots.expected import PolicyBook, expected_slots
from evidence.assess.slots.orders import Schedule
from evidence.assess.slots.outcome import judge_slot
from evidence.assess.slots.schedules import read_schedules
from evidence.assess.slots.times import run_times
from evidence.assess.slots.values import Expected, Outcome, Part, PolicyVersion, SlotJob, SlotPoint, Sources
from evidence.nights import Calendar, Window
from tests.assess.slots.given import (
    HOUR,
    ITEM,
    LONG_AGO,
    NIGHT,
    POLICY,
    RULES,
    VAULT,
    hourly,
    item,
    logs,
    parts,
    rule,
    seen,
    simple,
    version,
)

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
ZONES = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Apia", "Australia/Lord_Howe"]
)
TIMES = st.times().map(lambda at: f"{at:%H:%M}")
DAILIES = st.lists(TIMES, min_size=1, max_size=3, unique=True).map(lambda times: simple("Daily", *times))
WEEKLIES = st.builds(
    lambda times, days: simple("Weekly", *times, days=days),
    st.lists(TIMES, min_size=1, max_size=2, unique=True),
    st.lists(st.sampled_from(DAYS), min_size=1, max_size=4, unique=True),
)
HOURLIES = st.builds(hourly, st.sampled_from([4, 6, 8, 12]), TIMES, st.integers(4, 24))
SIMPLES = st.one_of(DAILIES, WEEKLIES, HOURLIES)
INTERVALS = st.sampled_from(["PT1H", "PT4H", "PT12H", "P1D", "P2D", "P1W", "P1M"]).map(
    lambda every: [rule(f"R/2025-01-10T20:30:00+00:00/{every}")]
)
POLICIES = st.one_of(
    st.builds(lambda schedule, zone: version(schedule, zone=zone), SIMPLES, ZONES),
    st.builds(lambda schedule, zone: version(schedule, zone=zone, management_type=None), INTERVALS, ZONES),
    st.builds(
        lambda full, differential, zone: version(
            parts(Full=full, Differential=differential, Log=logs(30)), zone=zone, management_type="AzureWorkload"
        ),
        WEEKLIES,
        SIMPLES,
        ZONES,
    ),
)
NIGHTS = st.dates(date(2026, 1, 3), date(2026, 12, 20))


def changed(before: PolicyVersion, after: PolicyVersion, last_seen: datetime, first_seen: datetime) -> PolicyBook:
    told = (before.management_type, before.workload, before.schedule, before.retention, before.time_zone)
    new = (after.management_type, after.workload, after.schedule, after.retention, after.time_zone)
    return PolicyBook(
        [
            PolicyVersion(POLICY, VAULT, "a" * 64, *told, LONG_AGO, until_at=first_seen, last_seen_at=last_seen),
            PolicyVersion(POLICY, VAULT, "b" * 64, *new, first_seen),
        ]
    )


def over(book: PolicyBook, first: date, nights: int, zone: str) -> list[Expected]:
    calendar = Calendar(zone)
    windows = [calendar.window(first + timedelta(days=number)) for number in range(nights)]
    return [slot for window in windows for slot in expected_slots(item(), book, window, RULES)]


def assert_apart(slots: Sequence[Expected]) -> None:
    for part in Part:
        own = [slot for slot in slots if slot.part is part]
        for slot, following in pairwise(own):
            assert slot.slot_at < following.slot_at
            assert slot.window_end <= following.slot_at
    for slot in slots:
        assert slot.slot_at < slot.window_end < slot.final_at


@given(POLICIES, NIGHTS, ZONES)
@settings(max_examples=30, deadline=None)
def test_slots_never_overlap(policy: PolicyVersion, first: date, zone: str) -> None:
    assert_apart(over(PolicyBook([policy]), first, 8, zone))


@given(POLICIES, POLICIES, NIGHTS, st.integers(0, 72), st.integers(0, 30))
@settings(max_examples=30, deadline=None)
def test_slots_never_overlap_where_the_policy_changes(
    before: PolicyVersion, after: PolicyVersion, first: date, hours: int, span: int
) -> None:
    last_seen = datetime.combine(first, time(6, 31), UTC) + hours * HOUR
    book = changed(before, after, last_seen, last_seen + span * HOUR)
    assert_apart(over(book, first, 5, "UTC"))


@given(POLICIES, NIGHTS, ZONES)
@settings(max_examples=30, deadline=None)
def test_no_run_is_lost_or_doubled_between_nights(policy: PolicyVersion, first: date, zone: str) -> None:
    calendar = Calendar(zone)
    slots = over(PolicyBook([policy]), first, 6, zone)
    whole = calendar.span(first, first + timedelta(days=5))
    runs = {
        (order.part, at)
        for order in read_schedules(policy)
        if isinstance(order, Schedule) and order.part is not Part.LOG
        for at, _ in run_times(order, whole.start, whole.end)
    }
    found = [(slot.part, slot.slot_at) for slot in slots if slot.part is not Part.LOG]
    assert len(found) == len(set(found))
    assert set(found) == runs


@given(st.one_of(DAILIES, WEEKLIES), ZONES, st.integers(2023, 2030))
@settings(max_examples=30, deadline=None)
def test_a_years_runs_are_the_calendars(schedule: dict[str, object], zone: str, year: int) -> None:
    (order,) = read_schedules(version(schedule, zone=zone))
    assert isinstance(order, Schedule)
    start, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    # dateutil knows days and weeks of the wall clock; the wall clock becomes UTC as the standard library says.
    rules = [
        rrule(
            DAILY if order.weekdays is None else WEEKLY,
            dtstart=datetime(year - 1, 12, 29) + offset,
            until=datetime(year + 1, 1, 3),
            byweekday=None if order.weekdays is None else sorted(order.weekdays),
        )
        for offset in order.offsets
    ]
    wanted = sorted(local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) for one in rules for local in one)
    assert [at for at, _ in run_times(order, start, end)] == [at for at in dict.fromkeys(wanted) if start <= at < end]


MOMENTS = st.integers(-300, 3000).map(
    lambda minutes: datetime(2026, 11, 10, 22, tzinfo=UTC) + timedelta(minutes=minutes)
)
JOBS = st.builds(
    lambda name, link, status, start, length, ended: SlotJob(
        name, link, status, "Backup", start, start + timedelta(minutes=length) if ended else None, None
    ),
    st.sampled_from("abc"),
    st.sampled_from(["id", "name", "ambiguous", "unlinked"]),
    st.sampled_from(["Completed", "Failed", "CompletedWithWarnings", "Cancelled", "InProgress", "Dreaming", None]),
    MOMENTS,
    st.integers(0, 600),
    st.booleans(),
)
POINTS = st.builds(lambda at: SlotPoint("p", at), MOMENTS)
DAILY_SLOT = expected_slots(item(), PolicyBook([version(simple("Daily", "23:00"))]), Calendar().window(NIGHT), RULES)[0]
TELLING = {Outcome.SUCCESS, Outcome.FAILED_RECOVERED, Outcome.SUCCESS_NO_POINT, Outcome.FAILED, Outcome.SILENT}


@given(st.lists(JOBS, max_size=4), st.lists(POINTS, max_size=2), MOMENTS, st.none() | MOMENTS)
@settings(max_examples=120, deadline=None)
def test_jobs_that_were_not_read_tell_nothing(
    jobs: list[SlotJob], points: list[SlotPoint], as_of: datetime, points_read: datetime | None
) -> None:
    judged = judge_slot(DAILY_SLOT, jobs, points, Sources(None, points_read), as_of, NIGHT)
    assert judged.outcome in {Outcome.UNKNOWN, Outcome.PENDING}
    assert judged.outcome is Outcome.UNKNOWN or as_of <= DAILY_SLOT.slot_at


@given(st.lists(JOBS, max_size=4), MOMENTS, MOMENTS)
@settings(max_examples=120, deadline=None)
def test_points_that_were_not_read_prove_no_success_and_no_silence(
    jobs: list[SlotJob], as_of: datetime, jobs_read: datetime
) -> None:
    judged = judge_slot(DAILY_SLOT, jobs, [], Sources(jobs_read, None), as_of, NIGHT)
    assert judged.outcome not in TELLING - {Outcome.FAILED}


@given(st.lists(JOBS, max_size=4), st.lists(POINTS, max_size=2), MOMENTS, MOMENTS, MOMENTS)
@settings(max_examples=120, deadline=None)
def test_a_success_has_a_point_of_the_slot(
    jobs: list[SlotJob], points: list[SlotPoint], as_of: datetime, jobs_read: datetime, points_read: datetime
) -> None:
    judged = judge_slot(DAILY_SLOT, jobs, points, Sources(jobs_read, points_read), as_of, NIGHT)
    if judged.outcome in {Outcome.SUCCESS, Outcome.FAILED_RECOVERED}:
        assert judged.recovery_point_id == "p"
        assert judged.recovery_point_at in {point.at for point in points}
    if judged.outcome is Outcome.SILENT:
        assert as_of >= DAILY_SLOT.final_at
        assert not judged.job_ids
    begins = {job.job_id: job.started_at for job in jobs}
    assert list(judged.job_ids) == list(dict.fromkeys(judged.job_ids))
    assert all(begins[name] is not None for name in judged.job_ids)


@given(POLICIES, POLICIES, NIGHTS, st.integers(0, 40))
@settings(max_examples=30, deadline=None)
def test_a_later_edit_changes_no_earlier_slot(
    before: PolicyVersion, after: PolicyVersion, first: date, span: int
) -> None:
    as_then = over(PolicyBook([before_named(before)]), first, 4, "UTC")
    last_seen = Calendar().window(first + timedelta(days=3)).end + HOUR
    as_now = over(changed(before, after, last_seen, last_seen + span * HOUR), first, 4, "UTC")
    assert [(slot.part, slot.slot_at, slot.not_expected, slot.unsure) for slot in as_now] == [
        (slot.part, slot.slot_at, slot.not_expected, slot.unsure) for slot in as_then
    ]
    # A run after the edit may end the window of one before it; whatever ended before the edit stays as it was.
    assert [slot for slot in as_now if slot.window_end <= last_seen] == [
        slot for slot in as_then if slot.window_end <= last_seen
    ]


def before_named(policy: PolicyVersion) -> PolicyVersion:
    told = (policy.management_type, policy.workload, policy.schedule, policy.retention, policy.time_zone)
    return PolicyVersion(POLICY, VAULT, "a" * 64, *told, LONG_AGO)


def test_what_a_book_computed_is_not_mistaken_for_another_item() -> None:
    book, window = PolicyBook([version(simple("Daily", "23:00"))]), Calendar().window(NIGHT)
    first, second = item(), item()
    assert expected_slots(first, book, window, RULES) == expected_slots(second, book, window, RULES)
    other = expected_slots(item(), PolicyBook([version(simple("Daily", "20:00"))]), window, RULES)
    assert [slot.item_key for slot in other] == [ITEM]
    assert other != expected_slots(first, book, window, RULES)


def test_items_of_one_policy_that_were_seen_otherwise_are_told_apart() -> None:
    sql = version(parts(Full=simple("Daily", "23:00"), Log=logs(30)), management_type="AzureWorkload")
    book, window = PolicyBook([sql]), Calendar().window(NIGHT)
    read_before = item(seen(LONG_AGO, window.start))
    for history, told in [
        (item(), (None, None)),
        (read_before, ("last read", "last read")),
        (item(logs_from=None), ("no full backup", None)),
        (item(), (None, None)),
    ]:
        log, full = expected_slots(history, book, window, RULES)
        assert (log.unsure is None, full.unsure is None) == (told[0] is None, told[1] is None)
        assert (told[0] or "") in (log.unsure or "")
        assert (told[1] or "") in (full.unsure or "")


def test_an_empty_window_has_no_slots() -> None:
    moment = datetime(2026, 11, 10, 23, tzinfo=UTC)
    book = PolicyBook([version(simple("Daily", "23:00"))])
    assert list(expected_slots(item(), book, Window(moment, moment), RULES)) == []
