"""The retention of every policy that Azure really sent is read whole, or says why not."""

from __future__ import annotations

from collections import Counter

from evidence.assess.drift.policies import shortened, thinned
from evidence.assess.points.promises import read_promises, shortest
from evidence.assess.points.wanted import wanted_of
from evidence.assess.slots.schedules import read_schedules
from tests.assess.points.given import HOUR
from tests.assess.slots.test_recorded_policies import recorded_policies
from tests.paths import needs_recordings


@needs_recordings
def test_every_recorded_retention_is_read_or_says_why_not() -> None:
    why_not: Counter[str] = Counter()
    for _, version in recorded_policies():
        promises = read_promises(version)
        why_not.update(promises.unreadable)
        assert promises.unreadable or promises.rules
        assert (shortest(promises) is None) == bool(promises.unreadable)
    assert len(recorded_policies()) > 100
    # Retention of file shares that go to the vault stands in another field; one recorded body has the unit `Invalid`.
    assert sum(why_not.values()) <= len(recorded_policies()) / 10, why_not


@needs_recordings
def test_a_recorded_policy_orders_no_less_than_itself_and_its_interval_is_no_longer_than_a_year() -> None:
    for _, version in recorded_policies():
        assert thinned(version, version) == []
        assert shortened(version, version) == []
        interval = wanted_of(version, read_schedules(version), HOUR).interval
        assert interval is None or HOUR <= interval <= 24 * 366 * HOUR
