"""Restores of Backup vaults: linked by the id that Azure gives, or not at all."""

from __future__ import annotations

import pytest

from tests.assess.tables import Nights
from tests.normalize.backup_shapes import KEY, point, restore


def told(row: dict[str, object]) -> tuple[object, object, object]:
    return row["link"], row["item_key"], row["recovery_point_id"]


def test_a_restore_is_linked_to_the_point_that_it_names() -> None:
    nights = Nights()
    nights.capture(
        points=[point("p1"), point("p2", recoveryPointTime="2026-11-19T22:00:09.2Z")], jobs=[restore(point="P1")]
    )
    row = nights.link()
    assert told(row) == ("id", KEY, "p1")
    assert row["reason"] == "The job names the recovery point by its id."


def test_a_point_that_no_list_held_is_linked_and_said_to_be_unseen() -> None:
    nights = Nights()
    nights.capture(points=[point("p2")], jobs=[restore(point="p1")])
    row = nights.link()
    assert told(row) == ("id", KEY, "p1")
    assert "no list that was read held that point" in str(row["reason"])


def test_a_later_list_without_details_takes_the_link_not_away() -> None:
    nights = Nights()
    nights.capture(points=[point("p1")], jobs=[restore()])
    nights.capture(lists=[restore(extendedInfo=None)])
    assert told(nights.link()) == ("id", KEY, "p1")


def test_a_time_that_is_not_the_points_is_told() -> None:
    nights = Nights()
    nights.capture(points=[point("p1", recoveryPointTime="2026-11-18T22:00:09Z")], jobs=[restore()])
    row = nights.link()
    assert told(row) == ("id", KEY, "p1")
    assert "but tells 2026-11-19T22:00:09Z as its time" in str(row["reason"])


@pytest.mark.parametrize("points", [[], [point("p1")]])
def test_a_moment_is_never_guessed_to_be_the_point_of_its_second(points: list[dict[str, object]]) -> None:
    nights = Nights()
    nights.capture(points=points, jobs=[restore(point=None)])
    row = nights.link()
    assert told(row) == ("unlinked", KEY, None)
    assert "the moment 2026-11-19T22:00:09Z of continuous backups" in str(row["reason"])


def test_a_restore_of_no_known_instance_is_linked_to_its_point_alone() -> None:
    nights = Nights()
    nights.capture(points=[point("p1")], jobs=[restore(backupInstanceId=None)])
    assert told(nights.link()) == ("id", None, "p1")
