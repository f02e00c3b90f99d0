"""From observations to points: what later nights say of earlier points."""

from __future__ import annotations

from evidence.assess.points.merging import merged
from evidence.assess.points.values import Observed, Of
from tests.assess.points.given import at, logs, point, read


def test_observations_of_one_point_are_one_point_with_its_last_expiry() -> None:
    seen = [point(1, expires_at=at(8)), point(1, seen=at(3, 6.2), expires_at=at(9), rule_name="Daily")]
    (found,) = merged(seen, [], at(30))
    assert (found.expires_at, found.gone_at, found.observed_at) == (at(9), at(9), at(3, 6.2))
    assert (found.rule_name, found.deleted) == ("Daily", False)


def test_ids_name_a_point_only_together_with_its_time() -> None:
    """Ranges and databases share ids (azure-backup.md section 4)."""
    seen = [point(1, recovery_point_id="same"), point(2, recovery_point_id="same")]
    assert [one.start for one in merged(seen, [], at(30))] == [at(1, 22), at(2, 22)]


def test_what_was_told_after_the_moment_is_not_known_then() -> None:
    assert merged([point(1), point(2)], read(1, 5), at(2, 12))[-1].start == at(1, 22)


def test_a_point_told_by_the_list_of_items_joins_that_of_the_list_of_points() -> None:
    told = Observed(None, at(2, 6), at=at(1, 22.01))
    (found,) = merged([point(1), told], [], at(30))
    assert found.recovery_point_id == "p1-22"
    alone = merged([told], [], at(30))
    assert [(one.recovery_point_id, one.start) for one in alone] == [(None, at(1, 22.01))]


def test_a_point_left_out_before_its_expiry_was_deleted() -> None:
    (found,) = merged([point(1, expires_at=at(8))], read(1, 3), at(30))
    assert (found.gone_at, found.deleted) == (at(3, 6.2), True)
    (expired,) = merged([point(1, expires_at=at(2, 12))], read(1, 3), at(30))
    assert (expired.gone_at, expired.deleted) == (at(2, 12), False)


def test_a_list_of_logs_deletes_no_point() -> None:
    (found,) = merged([point(1)], read(2, 5, Of.LOGS), at(30))
    assert found.gone_at is None


def test_tiers_are_those_that_held_the_point_while_it_was_there() -> None:
    seen = [point(1, tiers=("HardenedRP=Valid",)), point(1, seen=at(9), tiers=("HardenedRP=Deleted",))]
    (found,) = merged(seen, [], at(30))
    assert (found.tiers, found.gone_at) == (("HardenedRP=Valid",), at(9))


def test_ranges_that_grow_night_by_night_are_one_and_holes_stay() -> None:
    told = [logs(at(1), at(2)), logs(at(1), at(3)), logs(at(1, 12), at(3, 6)), logs(at(4), at(5))]
    found = merged(told, [], at(30))
    assert [(one.start, one.end) for one in found] == [(at(1), at(3, 6)), (at(4), at(5))]


def test_a_range_that_covers_nothing_is_no_range() -> None:
    assert merged([logs(at(2), at(2)), Observed("DefaultRangeRecoveryPoint", at(2))], [], at(30)) == ()


def test_the_order_of_observations_changes_nothing() -> None:
    seen = [point(1), point(1, seen=at(3, 6.2), soft_deleted=True), point(2), logs(at(1), at(2)), logs(at(1), at(3))]
    assert merged(seen, read(1, 4), at(30)) == merged(seen[::-1], read(1, 4)[::-1], at(30))
    assert merged(seen, [], at(30))[1].gone_at == at(3, 6.2)
