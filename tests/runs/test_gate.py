"""The gate's verdict, by hand: each outcome, tier and coverage against the exit code that must follow."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from evidence.assess.slots.values import Outcome
from evidence.errors import ConfigurationError
from evidence.nights import Calendar
from evidence.runs.gate import Code, GateItem, GateSlot, Unread, Verdict, judge_gate, moment_of, night_before

NIGHT = date(2026, 11, 20)
BEFORE = datetime(2026, 11, 21, 7, tzinfo=UTC)
JOBS = Unread("v1", "jobs", "HTTP 403", essential=True)
POINTS = Unread("v1", "recovery_points", "quota: 3 of 9 not asked", essential=False)


def item(name: str = "vm1", tier: int | None = 0) -> GateItem:
    return GateItem(f"/items/{name}", "/vaults/v1", name, "VM", tier)


def slot(
    outcome: Outcome, of: GateItem, *, hour: float = 22, part: str = "full", back: int = 0, reason: str = "told"
) -> GateSlot:
    at = datetime(2026, 11, 20, tzinfo=UTC) + timedelta(hours=hour) - timedelta(days=back)
    return GateSlot(of, part, at, NIGHT - timedelta(days=back), outcome, reason, ("job-1",))


def verdict(
    *slots: GateSlot, of: GateItem | None = None, least: int | None = 1, unread: tuple[Unread, ...] = ()
) -> Verdict:
    return judge_gate([of or item()], slots, unread, before=BEFORE, least=least)


OPEN, CLOSED, BLIND = Code.OPEN, Code.CLOSED, Code.BLIND
TABLE = [
    # outcome, tier of the item, last tier that counts, unread, code
    (Outcome.SUCCESS, 0, 1, (), OPEN),
    (Outcome.SUCCESS, 1, 1, (), OPEN),
    (Outcome.FAILED_RECOVERED, 0, 1, (), OPEN),
    (Outcome.SUCCESS_NO_POINT, 0, 1, (), CLOSED),
    (Outcome.WARNING, 0, 1, (), CLOSED),
    (Outcome.FAILED, 0, 1, (), CLOSED),
    (Outcome.FAILED, 1, 1, (), CLOSED),
    (Outcome.CANCELLED, 0, 1, (), CLOSED),
    (Outcome.RUNNING_LATE, 0, 1, (), CLOSED),
    (Outcome.PENDING, 0, 1, (), CLOSED),
    (Outcome.SILENT, 0, 1, (), CLOSED),
    (Outcome.UNKNOWN, 0, 1, (), CLOSED),
    (Outcome.NOT_EXPECTED, 0, 1, (), CLOSED),
    # asked for tier 0 alone, or for every item whatever its tier
    (Outcome.FAILED, 0, 0, (), CLOSED),
    (Outcome.FAILED, 2, 2, (), CLOSED),
    (Outcome.FAILED, None, None, (), CLOSED),
    (Outcome.FAILED, 5, None, (), CLOSED),
    (Outcome.SUCCESS, None, None, (), OPEN),
    # coverage: good slots do not make up for what was not read
    (Outcome.SUCCESS, 0, 1, (POINTS,), CLOSED),
    (Outcome.SUCCESS, 0, 1, (JOBS,), BLIND),
    (Outcome.SUCCESS, 0, 1, (POINTS, JOBS), BLIND),
    (Outcome.FAILED, 0, 1, (POINTS,), CLOSED),
    (Outcome.FAILED, 0, 1, (JOBS,), BLIND),
    (Outcome.UNKNOWN, None, None, (JOBS,), BLIND),
]


def named(row: tuple[Outcome, int | None, int | None, tuple[Unread, ...], Code]) -> str:
    outcome, tier, least, unread, _ = row
    return f"{outcome}-tier-{tier}-of-{least}-{'+'.join(one.what for one in unread) or 'whole'}"


@pytest.mark.parametrize(("outcome", "tier", "least", "unread", "code"), TABLE, ids=[named(row) for row in TABLE])
def test_the_code_for_an_outcome_a_tier_and_a_coverage(
    outcome: Outcome, tier: int | None, least: int | None, unread: tuple[Unread, ...], code: Code
) -> None:
    one = item(tier=tier)
    found = verdict(slot(outcome, one), of=one, least=least, unread=unread)
    assert found.code is code
    assert bool(found.obstacles) is (code is not OPEN), "what keeps it closed is told, and nothing else"
    assert (found.critical, found.proven) == (1, outcome in {Outcome.SUCCESS, Outcome.FAILED_RECOVERED})


def test_every_outcome_stands_in_the_table_for_a_critical_item() -> None:
    assert {row[0] for row in TABLE if row[1] == 0 and not row[3]} == set(Outcome)


def test_an_item_without_any_slot_keeps_it_closed() -> None:
    found = verdict()
    assert found.code is CLOSED
    assert [(one.what, one.subject) for one in found.obstacles] == [("no slot", "vm1")]


@pytest.mark.parametrize("tier", [2, None])
def test_an_item_that_is_not_critical_does_not_open_it(tier: int | None) -> None:
    one = item(tier=tier)
    found = verdict(slot(Outcome.SUCCESS, one), of=one)
    assert (found.code, found.critical) == (CLOSED, 0)
    assert [told.what for told in found.obstacles] == ["no item"], "tier rules that fit nothing prove nothing"


def test_a_scope_of_nothing_does_not_open_it() -> None:
    assert judge_gate([], [], (), before=BEFORE, least=None).code is CLOSED


def test_where_item_lists_were_not_read_it_is_not_said_that_there_are_none() -> None:
    found = judge_gate([], [], (JOBS,), before=BEFORE, least=None)
    assert (found.code, [one.what for one in found.obstacles]) == (BLIND, ["coverage"])


def test_an_item_that_only_slots_know_counts_as_well() -> None:
    gone = item("vanished")
    found = verdict(slot(Outcome.SUCCESS, item()), slot(Outcome.SILENT, gone))
    assert (found.code, found.critical) == (CLOSED, 2)
    assert [one.subject for one in found.obstacles] == ["vanished"]


def test_a_later_success_of_the_same_part_makes_up_for_an_earlier_failure_of_the_night() -> None:
    one = item()
    slots = [slot(Outcome.FAILED, one, hour=12), slot(Outcome.SUCCESS, one, hour=20)]
    assert verdict(*slots).code is OPEN
    assert verdict(*reversed(slots)).code is OPEN
    assert verdict(slot(Outcome.SUCCESS, one, hour=12), slot(Outcome.FAILED, one, hour=20)).code is CLOSED


def test_a_success_of_another_part_makes_up_for_nothing() -> None:
    one = item()
    found = verdict(slot(Outcome.SUCCESS, one), slot(Outcome.FAILED, one, part="log", hour=8))
    assert (found.code, [told.part for told in found.obstacles]) == (CLOSED, ["log"])


def test_a_weekly_item_is_proven_by_its_last_due_slot_and_by_no_older_one() -> None:
    one = item()
    assert verdict(slot(Outcome.SUCCESS, one, back=5), slot(Outcome.FAILED, one, back=12)).code is OPEN
    assert verdict(slot(Outcome.FAILED, one, back=5), slot(Outcome.SUCCESS, one, back=12)).code is CLOSED


def test_what_is_due_at_the_moment_or_after_does_not_count() -> None:
    one = item()
    late = slot(Outcome.PENDING, one, hour=31)  # 07:00 of the next day
    assert late.slot_at == BEFORE
    assert verdict(slot(Outcome.SUCCESS, one), late).code is OPEN
    assert verdict(late).code is CLOSED
    assert verdict(slot(Outcome.SUCCESS, one), slot(Outcome.PENDING, one, hour=30.99)).code is CLOSED


@pytest.mark.parametrize("before", [(), (1,), (1, 2)], ids=["never", "the-night-before", "two-nights"])
def test_an_item_whose_protection_is_off_is_not_proven_by_what_it_once_had(before: tuple[int, ...]) -> None:
    one = item()
    off = slot(Outcome.NOT_EXPECTED, one, reason="protection was stopped")
    found = verdict(off, *(slot(Outcome.SUCCESS, one, back=back) for back in before))
    (told,) = found.obstacles
    assert (found.code, found.proven, told.what) == (CLOSED, 0, "no slot")
    assert "protection was stopped" in told.reason


def test_a_part_that_was_not_expected_on_the_night_of_a_good_one_closes_nothing() -> None:
    one = item()
    assert verdict(slot(Outcome.SUCCESS, one), slot(Outcome.NOT_EXPECTED, one, part="log", hour=8)).code is OPEN


def test_worst_comes_first_and_is_named_with_its_jobs() -> None:
    first, second = item("b", tier=0), item("a", tier=1)
    found = judge_gate(
        [second, first],
        [slot(Outcome.FAILED, second), slot(Outcome.UNKNOWN, first)],
        (POINTS, JOBS),
        before=BEFORE,
        least=1,
    )
    assert [(one.what, one.subject) for one in found.obstacles] == [
        ("coverage", "v1"),
        ("coverage", "v1"),
        ("slot", "b"),
        ("slot", "a"),
    ]
    assert found.obstacles[0].reason.startswith("jobs")
    assert found.obstacles[3].job_ids == ("job-1",)


# --- which night, and when

BERLIN = Calendar("Europe/Berlin")
NOW = datetime(2026, 11, 21, 5, 45, tzinfo=UTC)  # 06:45 in Berlin


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("07:00", datetime(2026, 11, 21, 6, tzinfo=UTC)),
        ("2026-11-21T07:00", datetime(2026, 11, 21, 6, tzinfo=UTC)),
        ("2026-11-21T07:00Z", datetime(2026, 11, 21, 7, tzinfo=UTC)),
        ("2026-11-21T07:00:00+05:00", datetime(2026, 11, 21, 2, tzinfo=UTC)),
    ],
)
def test_a_time_is_read_in_the_calendars_zone(text: str, moment: datetime) -> None:
    assert moment_of(text, BERLIN, NOW) == moment


def test_the_day_is_the_calendars_not_utcs() -> None:
    just_after_midnight = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
    assert moment_of("07:00", BERLIN, just_after_midnight) == datetime(2026, 11, 21, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "7",
        "25:00",
        "07:60",
        "tomorrow",
        "",
        "7:00",
        "2026-13-01T00:00",
        "0001-01-01T00:00+05:00",
        "9999-12-31T23:00-05:00",
    ],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError):
        moment_of(text, BERLIN, NOW)


@pytest.mark.parametrize(
    ("before", "night"),
    [
        (datetime(2026, 11, 21, 5, 0, tzinfo=UTC), date(2026, 11, 20)),  # 06:00: the night ends at that very moment
        (datetime(2026, 11, 21, 6, 0, tzinfo=UTC), date(2026, 11, 20)),
        (datetime(2026, 11, 21, 17, 0, tzinfo=UTC), date(2026, 11, 20)),
        (datetime(2026, 10, 25, 6, 0, tzinfo=UTC), date(2026, 10, 24)),  # 07:00 after the night of 25 hours
    ],
)
def test_the_night_is_the_one_that_ended_last(before: datetime, night: date) -> None:
    assert night_before(BERLIN, before) == night


@pytest.mark.parametrize("hour", [17, 22, 27])
def test_a_moment_within_the_next_night_is_asked_after(hour: int) -> None:
    before = datetime(2026, 11, 21, tzinfo=UTC) + timedelta(hours=hour, minutes=1)
    with pytest.raises(ConfigurationError) as told:
        night_before(BERLIN, before)
    assert "--night 2026-11-20" in told.value.next_step
