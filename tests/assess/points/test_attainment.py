"""Ages and attainment by hand, and what holds whatever the points."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.assess.points.attainment import attainment, current_age, roll_up, spoken
from evidence.assess.points.values import Attainment, Demand, Observed, Of, Reading, RollUp, Standing, Target, Wanted
from evidence.assess.points.wanted import BY_RULE
from tests.assess.points.given import DAILY, DAY, HOUR, LOGGED, TARGET, at, item, logs, point, read


def test_the_age_is_that_of_the_newest_point_before_the_moment() -> None:
    found = current_age(item([point(1), point(2), point(3)], read(1, 3)), DAILY, TARGET, at(3, 6))
    assert (found.standing, found.age, found.newest_at) == (Standing.ATTAINED, 8 * HOUR, at(2, 22))
    assert found.recovery_point_id == "p2-22"


def test_a_point_as_old_as_the_target_is_in_time_and_a_second_later_it_is_not() -> None:
    held = item([point(1)], read(1, 5))
    assert current_age(held, DAILY, TARGET, at(2, 22)).standing is Standing.ATTAINED
    assert current_age(held, DAILY, TARGET, at(2, 22) + timedelta(seconds=1)).standing is Standing.BREACHED


def test_a_point_that_was_not_looked_for_breaks_no_target() -> None:
    held = item([point(1)], read(1, 1))
    found = current_age(held, DAILY, TARGET, at(4, 6))
    assert (found.standing, found.age) == (Standing.UNKNOWN, 56 * HOUR)
    assert "not read since" in found.reason


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"soft_deleted": True}, None),
        ({"expires_at": at(2, 5)}, None),
        ({"expires_at": at(2, 7)}, 8 * HOUR),
        ({"tiers": ("InstantRP=Deleted", "HardenedRP=Valid")}, 8 * HOUR),
        ({"tiers": ("InstantRP=Deleted", "HardenedRP=Disabled")}, None),
        ({"tiers": ("OperationalStore=COMMITTED",)}, 8 * HOUR),
        ({"tiers": ()}, 8 * HOUR),
    ],
    ids=["soft-deleted", "expired", "expires-later", "aged-snapshot", "no-tier-valid", "backup-vault", "no-tier-told"],
)
def test_only_usable_points_count(told: dict[str, Any], expected: timedelta | None) -> None:
    held = item([point(1, seen=at(2, 5.9), **told)], read(0, 0))
    assert current_age(held, DAILY, TARGET, at(2, 6)).age == expected


def test_a_point_that_a_later_whole_list_leaves_out_is_gone() -> None:
    held = item([point(1), point(2)], [*read(1, 2), Reading(at(3, 7), at(1))])
    assert current_age(held, DAILY, TARGET, at(3, 6.5)).age == 8.5 * HOUR
    assert current_age(held, DAILY, TARGET, at(3, 7)).newest_at is None


def test_the_last_point_in_a_list_of_items_deletes_no_other() -> None:
    readings = [*read(1, 2), Reading(at(4, 6.2), at(3, 22), whole=False)]
    held = item([point(1, seen=at(3, 6.2)), point(2), point(3, recovery_point_id=None)], readings)
    assert [one.gone_at for one in held.held] == [None, None, None]
    assert current_age(held, DAILY, TARGET, at(4, 6)).age == 8 * HOUR


def test_a_demanded_vault_copy_may_take_a_day_and_no_longer() -> None:
    """Trap 15: after warnings there is a snapshot and no vault copy."""
    wanted = Wanted(DAY, 2 * HOUR, demand=Demand(frozenset({"hardenedrp"}), DAY))
    snapshot: dict[str, Any] = {"tiers": ("InstantRP=Valid",)}
    fresh = item([point(1), point(2, **snapshot)], [])
    assert current_age(fresh, wanted, TARGET, at(3, 6.2)).newest_at == at(2, 22)
    aged = item([point(1), point(2, **snapshot), point(2, seen=at(4, 6.2), **snapshot)], [])
    assert current_age(aged, wanted, TARGET, at(4, 6.2)).newest_at == at(1, 22)


def test_logs_count_as_far_as_they_reach_back_to_a_full_backup() -> None:
    full = point(1, 22, point_type="Full", seen=at(2, 6.2))
    unbroken = item([full, logs(at(1, 22), at(3, 5.75))], [])
    found = current_age(unbroken, LOGGED, TARGET, at(3, 6))
    assert (found.newest_at, found.age) == (at(3, 5.75), HOUR / 4)
    broken = item([full, logs(at(1, 22), at(2, 4)), logs(at(2, 9), at(3, 5.75))], [])
    assert current_age(broken, LOGGED, TARGET, at(3, 6)).newest_at == at(2, 4)
    rooted = item([full, logs(at(1, 22), at(2, 4)), point(2, 9, point_type="Full"), logs(at(2, 9), at(3, 5.75))], [])
    assert current_age(rooted, LOGGED, TARGET, at(3, 6)).newest_at == at(3, 5.75)


def test_within_a_range_the_last_log_backup_before_the_moment_counts() -> None:
    held = item([point(1, 22, point_type="Full"), logs(at(1, 22), at(3, 6))], [])
    assert current_age(held, LOGGED, TARGET, at(2, 10.1)).newest_at == at(2, 10)


def test_a_differential_without_a_full_backup_before_it_restores_nothing() -> None:
    orphan = item([point(2, 22, point_type="Differential")], read(1, 3))
    assert current_age(orphan, LOGGED, TARGET, at(3, 6)).newest_at is None
    rooted = item([point(1, 22, point_type="Full"), point(2, 22, point_type="Differential")], [])
    assert current_age(rooted, LOGGED, TARGET, at(3, 6)).newest_at == at(2, 22)


def test_attainment_by_hand_with_the_point_before_and_the_open_end() -> None:
    """Points on 1, 2 and 4 at 22:00; from the 2nd to the 6th at 00:00 (96 h); out from the 3rd 22:00 to the 4th 22:00 and from the 5th 22:00."""
    held = item([point(1), point(2), point(4)], read(1, 9))
    found = attainment(held, DAILY, TARGET, at(2), at(6))
    assert found.standing is Standing.BREACHED
    assert (found.attained, found.missed, found.unknown) == (70 * HOUR, 26 * HOUR, 0 * HOUR)
    assert found.share == pytest.approx(70 / 96)
    assert (found.max_gap, found.breaches) == (48 * HOUR, 2)


def test_expired_points_still_count() -> None:
    """A list at the quarter's end would tell the last point alone."""
    nights = range(1, 31)
    observed = [point(day, expires_at=at(day + 7, 22)) for day in nights]
    found = attainment(item(observed, read(1, 30)), DAILY, TARGET, at(2), at(31))
    assert (found.standing, found.share, found.breaches, found.max_gap) == (Standing.ATTAINED, 1.0, 0, DAY)
    late = [one for one in observed if one.expires_at is not None and one.expires_at > at(31)]
    assert attainment(item(late, read(30, 30)), DAILY, TARGET, at(2), at(31)).standing is Standing.UNKNOWN


def test_nights_that_were_not_read_are_unknown_and_never_attained() -> None:
    """Read until the 3rd and from the 20th on, which tells a week back: of the 4th 22:00 to the 14th 06:12 nothing is known."""
    observed = [point(day) for day in (1, 2, 3, *range(14, 25))]
    readings = [*read(1, 3), *read(20, 24)]
    found = attainment(item(observed, readings), DAILY, TARGET, at(2), at(24))
    assert found.unknown == at(14, 22) - at(4, 22)
    assert found.attained == 22 * DAY - found.unknown
    assert (found.standing, found.missed, found.breaches) == (Standing.UNKNOWN, 0 * HOUR, 0)
    assert found.share is not None
    assert found.share < 1


def test_nothing_is_asked_of_the_time_before_an_item_was_protected() -> None:
    """Trap 12: protected on the 10th, first run at 22:00; the two hours in which it may begin are not held against it."""
    held = item([point(day) for day in range(10, 20)], read(1, 20), counted_from=at(10, 22))
    found = attainment(held, DAILY, TARGET, at(1), at(15))
    assert (found.standing, found.start, found.share) == (Standing.ATTAINED, at(11, 0), 1.0)
    assert attainment(held, DAILY, TARGET, at(1), at(9)).standing is Standing.NOT_COUNTED
    assert attainment(held, DAILY, TARGET, at(1), at(9)).share is None
    assert current_age(held, DAILY, TARGET, at(9)).standing is Standing.NOT_COUNTED


def test_nothing_is_asked_after_protection_ended() -> None:
    held = item([point(day) for day in range(1, 5)], read(1, 20), counted_until=at(5, 12))
    assert attainment(held, DAILY, TARGET, at(2), at(20)).share == 1.0


def test_logs_of_a_longer_interval_than_the_target_attain_a_part() -> None:
    """One log an hour against a quarter of an hour: a quarter of each hour is within the target."""
    wanted = Wanted(DAY, HOUR / 2, log_every=HOUR, demand=Demand(logs=True))
    held = item(
        [point(1, 22, seen=at(7, 6.2), point_type="Full"), logs(at(1, 22), at(5))], [*read(1, 6), *read(1, 6, Of.LOGS)]
    )
    found = attainment(held, wanted, Target(HOUR / 4, BY_RULE), at(2), at(4))
    assert found.share == pytest.approx(0.25)
    assert (found.max_gap, found.breaches) == (HOUR, 48)


def test_logs_whose_interval_is_not_known_leave_the_inside_of_a_range_unknown() -> None:
    wanted = Wanted(DAY, HOUR / 2, demand=Demand(logs=True))
    held = item(
        [point(1, 22, seen=at(7, 6.2), point_type="Full"), logs(at(1, 22), at(5))], [*read(1, 6), *read(1, 6, Of.LOGS)]
    )
    found = attainment(held, wanted, TARGET, at(2), at(5))
    assert (found.standing, found.missed) == (Standing.UNKNOWN, 0 * HOUR)


def test_points_alone_do_not_prove_a_breach_where_logs_were_not_read() -> None:
    held = item([point(1, 22, point_type="Full")], read(1, 6))
    assert attainment(held, LOGGED, TARGET, at(3), at(5)).standing is Standing.UNKNOWN
    both = item([point(1, 22, point_type="Full")], [*read(1, 6), *read(1, 6, Of.LOGS)])
    assert attainment(both, LOGGED, TARGET, at(3), at(5)).standing is Standing.BREACHED


def _result(standing: Standing) -> Attainment:
    none = timedelta(0)
    return Attainment(standing, at(1), at(2), TARGET, none, none, none, None, 0)


def test_tiers_are_rolled_up_with_their_denominators() -> None:
    standings = [
        Standing.ATTAINED,
        Standing.BREACHED,
        Standing.UNKNOWN,
        Standing.NO_TARGET,
        Standing.NOT_COUNTED,
        Standing.ATTAINED,
    ]
    found = roll_up(map(_result, standings), [0, 0, 0, 0, 0, None])
    assert found == [RollUp(0, 1, 1, 1, 1), RollUp(None, 1, 0, 0, 0)]
    assert [one.of for one in found] == [3, 1]


@pytest.mark.parametrize(
    ("span", "told"), [(timedelta(0), "0 min"), (26 * HOUR, "1 d 2 h"), (timedelta(minutes=75), "1 h 15 min")]
)
def test_spans_are_spoken(span: timedelta, told: str) -> None:
    assert spoken(span) == told


hours = st.floats(min_value=-72, max_value=24 * 12, allow_nan=False)
seen_points = st.lists(hours, max_size=12).map(
    lambda told: [Observed(f"p{number}", at(30), at=at(1, hour)) for number, hour in enumerate(told)]
)
seen_readings = st.lists(st.tuples(hours, st.floats(min_value=0, max_value=200)), max_size=6).map(
    lambda told: [Reading(at(1, hour), at(1, hour - back), whole=False) for hour, back in told]
)


@given(seen_points, seen_readings, st.integers(1, 100))
def test_the_three_spans_add_up_and_the_share_lies_in_0_to_1(
    observed: list[Observed], readings: list[Reading], rpo: int
) -> None:
    found = attainment(item(observed, readings), DAILY, Target(rpo * HOUR, BY_RULE), at(1), at(8))
    assert found.attained + found.missed + found.unknown == 7 * DAY
    assert found.share is not None
    assert 0 <= found.share <= 1
    assert (found.share == 1) == (found.standing is Standing.ATTAINED)


@given(seen_points, seen_readings, hours)
def test_a_further_point_never_lowers_attainment(
    observed: list[Observed], readings: list[Reading], more: float
) -> None:
    before = attainment(item(observed, readings), DAILY, TARGET, at(1), at(8))
    further = [*observed, Observed("more", at(30), at=at(1, more))]
    after = attainment(item(further, readings), DAILY, TARGET, at(1), at(8))
    assert after.attained >= before.attained
    assert after.missed <= before.missed


@given(seen_points, st.integers(1, 100))
def test_what_was_never_read_is_attained_by_points_alone_and_never_missed(observed: list[Observed], rpo: int) -> None:
    target = Target(rpo * HOUR, BY_RULE)
    found = attainment(item(observed, []), DAILY, target, at(1), at(8))
    assert found.missed == timedelta(0)
    assert attainment(item([], []), DAILY, target, at(1), at(8)).unknown == 7 * DAY


@given(seen_points, seen_readings, hours)
def test_reading_more_decides_more_and_turns_no_verdict(
    observed: list[Observed], readings: list[Reading], moment: float
) -> None:
    """A further list that tells nothing new may turn unknown into missed, never attained into anything."""
    further = [*readings, Reading(at(1, moment), at(1, moment - 100), whole=False)]
    before = attainment(item(observed, readings), DAILY, TARGET, at(1), at(8))
    after = attainment(item(observed, further), DAILY, TARGET, at(1), at(8))
    assert after.attained == before.attained
    assert after.missed >= before.missed
