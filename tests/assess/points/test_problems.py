"""Gaps, log chains, consistency and expiry: each planted problem is found, and its healthy twin gives nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.assess.findings import Class, Finding, Severity
from evidence.assess.points.detect import point_findings
from evidence.assess.points.gaps import point_gaps
from evidence.assess.points.values import Demand, ItemPoints, Kept, Of, Promises, Reading, Target, Unit, Wanted
from evidence.assess.points.wanted import BY_POLICY
from evidence.nights import Window
from tests.assess.points.given import DAILY, DAY, HOUR, LOGGED, TARGET, at, item, logs, point, read

NIGHT = date(2026, 11, 8)
WINDOW = Window(at(8, 6), at(9, 6))
WEEKLY = Wanted(7 * DAY, 2 * HOUR)
PROMISED = Promises({"": {"daily": Kept(30, Unit.DAYS), "monthly": Kept(12, Unit.MONTHS)}})


def found(held: ItemPoints, wanted: Wanted = DAILY, target: Target | None = TARGET) -> Sequence[Finding]:
    return list(point_findings(held, wanted, target, NIGHT, WINDOW))


def healthy() -> ItemPoints:
    return item([point(day, seen=at(12), consistency="AppConsistent") for day in range(1, 9)], read(1, 8))


def test_a_healthy_item_gives_nothing() -> None:
    assert found(healthy()) == []


def test_a_breach_is_found_with_its_age_and_begin() -> None:
    held = item([point(day, seen=at(12)) for day in range(1, 7)], read(1, 9))
    breach, gap = found(held)
    assert (breach.class_, breach.severity, breach.at) == (Class.RPO_BREACH, Severity.CRITICAL, at(7, 22))
    assert breach.summary == "The newest usable point seen is 2 d 8 h old (target 1 d, tier rule)."
    assert breach.recovery_point_ids == ("p6-22",)
    assert (gap.class_, gap.at) == (Class.POINT_GAP, at(6, 22))
    assert gap.summary.startswith(
        "Without usable points for 2 d 8 h from 2026-11-06 22:00 UTC, more than 1 d 14 h; it still"
    )


def test_what_only_the_policy_expects_is_labelled_and_weighs_less() -> None:
    held = item([point(day, seen=at(12)) for day in range(1, 7)], read(1, 9))
    breach, _ = found(held, target=Target(26 * HOUR, BY_POLICY))
    assert "policy-derived" in breach.summary
    assert breach.severity is Severity.ERROR, "a warning, one step worse for tier 0"


def test_a_night_that_was_not_read_is_no_gap_and_no_breach() -> None:
    held = item([point(day, seen=at(12)) for day in range(1, 7)], read(1, 6))
    assert found(held) == []


@pytest.mark.parametrize(("hours", "expected"), [(38, 0), (38.1, 1)], ids=["as-long-as-it-may-be", "longer"])
def test_a_gap_is_longer_than_one_and_a_half_intervals_and_the_start_delay(hours: float, expected: int) -> None:
    """Trap 18: 1.5 x 24 h + 2 h = 38 h."""
    second = point(8, 22)
    first = point(8, 22 - hours)
    held = item([first, second], read(1, 8, back=30 * DAY))
    assert len(list(point_gaps(held, DAILY, WINDOW.start, WINDOW.end))) == expected


def test_a_weekly_policy_is_judged_by_its_week() -> None:
    """Trap 13."""
    held = item([point(1, seen=at(12))], read(1, 8, back=30 * DAY))
    assert found(held, WEEKLY, Target(7 * DAY + 12 * HOUR, BY_POLICY)) == []
    assert [one.class_ for one in found(held, DAILY, None)] == [Class.POINT_GAP]


def test_a_gap_is_told_on_the_night_that_ends_it_and_not_again() -> None:
    held = item([point(day, seen=at(12)) for day in (1, 2, 5, 6, 7, 8)], read(1, 8))
    assert found(held) == []
    gaps = list(point_gaps(held, DAILY, at(5, 6), at(6, 6)))
    assert [(one.start, one.end, one.lasts, one.before, one.after) for one in gaps] == [
        (at(2, 22), at(5, 22), False, "p2-22", "p5-22")
    ]


def test_no_gap_reaches_back_before_an_item_was_protected_again() -> None:
    held = item([point(1, seen=at(12)), point(8)], read(1, 8, back=30 * DAY), counted_from=at(8, 22))
    assert found(held) == []


def _logged(*ranges: tuple[float, float]) -> ItemPoints:
    told = [logs(at(1, first), at(1, last)) for first, last in ranges]
    both = [*read(1, 8), *read(1, 8, Of.LOGS)]
    return item([point(day, seen=at(12), point_type="Full") for day in range(1, 9)] + told, both)


def test_logs_are_judged_by_ranges() -> None:
    """Trap 14: no job tells of a log backup. Hours from the 1st: the night of the 8th is 174 to 198."""
    assert found(_logged((22, 198)), LOGGED) == []
    (broken,) = found(_logged((22, 180), (190, 198)), LOGGED)
    assert (broken.class_, broken.at) == (Class.LOG_CHAIN_BREAK, at(8, 12))
    assert broken.summary == "Without log backups for 10 h from 2026-11-08 12:00 UTC, more than 30 min."


def test_a_chain_that_no_full_backup_carries_is_broken() -> None:
    both = [*read(1, 8), *read(1, 8, Of.LOGS)]
    held = item([point(7, seen=at(12), point_type="Full"), logs(at(8, 7), at(9, 6))], both)
    assert [one.class_ for one in found(held, LOGGED, Target(2 * DAY, BY_POLICY))] == [Class.LOG_CHAIN_BREAK]
    unread = item([point(7, seen=at(12), point_type="Full"), logs(at(8, 7), at(9, 6))], read(1, 8, Of.LOGS))
    assert found(unread, LOGGED, Target(2 * DAY, BY_POLICY)) == []


def test_logs_that_stopped_are_a_break_that_lasts() -> None:
    (lasting, *_rest) = [one for one in found(_logged((22, 180)), LOGGED) if one.class_ is Class.LOG_CHAIN_BREAK]
    assert lasting.summary.endswith("it still lasts.")


@pytest.mark.parametrize(
    ("earlier", "newest", "database", "expected"),
    [
        ("AppConsistent", "AppConsistent", False, None),
        ("AppConsistent", "FileSystemConsistent", False, Severity.ERROR),
        ("AppConsistent", "CrashConsistent", False, Severity.ERROR),
        ("FileSystemConsistent", "FileSystemConsistent", False, None),
        ("FileSystemConsistent", "AppConsistent", False, None),
        ("CrashConsistent", "CrashConsistent", True, Severity.CRITICAL),
        ("AppConsistent", None, False, None),
        ("AppConsistent", "SomethingNew", False, None),
    ],
)
def test_consistency_is_compared_with_earlier_points(
    earlier: str, newest: str | None, database: bool, expected: Severity | None
) -> None:
    observed = [point(day, seen=at(12), consistency=earlier) for day in range(1, 8)]
    held = item([*observed, point(8, consistency=newest)], read(1, 8))
    wanted = Wanted(DAY, 2 * HOUR, app_consistent=database)
    assert [(one.class_, one.severity) for one in found(held, wanted)] == (
        [] if expected is None else [(Class.CONSISTENCY_DOWNGRADE, expected)]
    )


@pytest.mark.parametrize(
    ("rule", "expires", "problem"),
    [
        ("Daily", at(8 + 30, 22), False),
        ("Daily", at(8 + 29, 23), False),
        ("Daily", at(8 + 20, 22), True),
        ("Monthly", at(8 + 300, 22), True),
        ("Monthly", at(8 + 365, 22), False),
        (None, at(8 + 20, 22), True),
        ("On-Demand", at(8 + 2, 22), False),
        ("Daily", None, False),
    ],
    ids=["kept", "by-the-day", "short", "month-short", "month-kept", "no-rule", "on-demand", "not-told"],
)
def test_expiry_is_compared_with_what_the_policy_promised(rule: str | None, expires: object, problem: bool) -> None:
    observed = [point(day, seen=at(12)) for day in range(1, 8)]
    held = item([*observed, point(8, expires_at=expires, rule_name=rule)], read(1, 8))
    wanted = Wanted(DAY, 2 * HOUR, promises=PROMISED)
    assert [one.class_ for one in found(held, wanted)] == ([Class.EXPIRES_EARLY] if problem else [])


def test_a_later_edit_of_the_policy_changes_no_promise() -> None:
    """Trap 11: shortened since, it explains the expiry and does not excuse it."""
    shortened = Promises({"": {"daily": Kept(7, Unit.DAYS)}})
    observed = [point(day, seen=at(12)) for day in range(1, 8)]
    held = item([*observed, point(8, expires_at=at(15, 22), rule_name="Daily")], read(1, 8))
    (early,) = found(held, Wanted(DAY, 2 * HOUR, promises=PROMISED, promises_now=shortened))
    assert early.summary.endswith("until 2026-12-08; the policy was shortened since.")


def test_a_point_that_vanished_before_its_time_is_told_on_that_night() -> None:
    kept = [point(day, seen=at(12), rule_name="Daily") for day in (1, 2, 4, 5, 6, 7, 8)]
    held = item([*kept, point(3, seen=at(8, 6.1), rule_name="Daily")], [*read(1, 7), Reading(at(8, 6.3), at(1))])
    (gone,) = found(held, Wanted(DAY, 2 * HOUR, promises=PROMISED))
    assert (gone.class_, gone.recovery_point_ids) == (Class.EXPIRES_EARLY, ("p3-22",))
    assert "was last told on 2026-11-08 and was no longer there on 2026-11-08" in gone.summary


def test_points_older_than_the_policy_version_are_promised_nothing_by_it() -> None:
    observed = [point(day, seen=at(12), expires_at=at(day + 7, 22), rule_name="Daily") for day in range(1, 9)]
    wanted = Wanted(DAY, 2 * HOUR, promises=PROMISED, promised_from=at(8))
    (early,) = found(item(observed, read(1, 8)), wanted)
    assert early.recovery_point_ids == ("p8-22",)
    assert found(item(observed, read(1, 8)), Wanted(DAY, 2 * HOUR, promises=PROMISED, promised_from=at(9))) == []


def test_the_worst_of_several_stands_for_all() -> None:
    observed = [point(day, seen=at(12)) for day in range(1, 8)]
    short = [point(8, hour, expires_at=at(20), rule_name="Daily") for hour in (21, 22)]
    (early,) = found(item([*observed, *short], read(1, 8)), Wanted(DAY, 2 * HOUR, promises=PROMISED))
    assert early.summary.endswith("2 points in all.")
    assert early.recovery_point_ids == ("p8-21", "p8-22")


def test_a_vault_copy_that_never_came_opens_the_gap() -> None:
    wanted = Wanted(DAY, 2 * HOUR, demand=Demand(frozenset({"hardenedrp"}), DAY))
    vaulted = [point(day, seen=at(12), tiers=("HardenedRP=Valid",)) for day in range(1, 7)]
    snapshots = [point(day, seen=at(12), tiers=("InstantRP=Valid",)) for day in (7, 8)]
    classes = [one.class_ for one in found(item([*vaulted, *snapshots], read(1, 9)), wanted)]
    assert classes == [Class.RPO_BREACH, Class.POINT_GAP]


@given(st.integers(2, 6), st.integers(0, 59))
def test_a_planted_gap_is_found_wherever_it_lies_and_its_twin_is_silent(day: int, minutes: int) -> None:
    """Trap 18."""
    every = [point(number, 22 + minutes / 60, seen=at(12)) for number in range(1, 9)]
    readings = read(1, 11)
    twin, planted = item(every, readings), item([*every[: day - 1], *every[day:]], readings)
    assert list(point_gaps(twin, DAILY, at(1), WINDOW.end)) == []
    (gap,) = point_gaps(planted, DAILY, at(1), WINDOW.end)
    assert (gap.start, gap.span) == (at(day - 1, 22 + minutes / 60), timedelta(days=2))
