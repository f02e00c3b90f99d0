"""Jobs that lie, and points that are another's: no run is ever good without a recovery point of that very item.

The same id in two vaults, jobs of deleted items, clocks that differ, jobs that end before they begin, names that two items bear, points before the run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.tables import RECOVERY_POINTS, SLOTS, read_parquet
from tests.fakes.bench import NIGHT, Bench, at
from tests.fakes.bodies import FakeItem, FakeJob, FakePoint

GOOD = {"success", "failed_recovered"}
Row = Mapping[str, Any]


def slots(bench: Bench) -> Sequence[Row]:
    """Runs of all assessments, as they were judged."""
    entries = [one for one in bench.parts.ledger.entries() if one.kind == "assessment-sealed"]
    paths = [one.path for entry in entries for one in entry.objects if one.path.startswith("assessments/slots/")]
    return [row for path in paths for row in read_parquet(SLOTS, bench.store.read(path)).to_pylist()]


def check_proven(bench: Bench) -> None:
    """Every good run names a point that Azure told of that very item and vault, made since the run was due."""
    points = {
        (row["vault_id"], row["item_key"], row["recovery_point_id"], row["recovery_point_at"])
        for row in bench.rows(RECOVERY_POINTS)
    }
    for row in slots(bench):
        if row["outcome"] in GOOD:
            key = tuple(row[name] for name in ("vault_id", "item_key", "recovery_point_id", "recovery_point_at"))
            assert key in points, row
            assert row["recovery_point_at"] >= row["slot_at"] - timedelta(minutes=5), row


def outcomes(bench: Bench, name: str, vault: str = "v1") -> list[str]:
    return [row["outcome"] for row in slots(bench) if row["item_name"] == name and row["vault_id"].endswith(vault)]


def ended(job: FakeJob, end: datetime) -> FakeJob:
    """The job with another end than Azure would tell."""
    job.properties = {**job.properties, "endTime": end.isoformat()}
    return job


def test_a_job_of_one_id_in_two_vaults_proves_nothing_of_the_other() -> None:
    bench = Bench()
    one, two = bench.vault("v1"), bench.vault("v2")
    for vault in (one, two):
        vault.items.append(FakeItem("vm1"))
        vault.jobs.append(FakeJob("same-id", "vm1", at(NIGHT)))
    one.items[0].points.append(FakePoint("p1", at(NIGHT, 22.01)))
    bench.run()
    assert outcomes(bench, "vm1", "v1") == ["success"]
    assert outcomes(bench, "vm1", "v2") == ["success_no_point"]
    check_proven(bench)


def test_a_job_of_an_item_that_is_gone_makes_no_run_of_another_good() -> None:
    bench = Bench()
    vault = bench.vault()
    vault.items.append(FakeItem("vm1"))
    vault.jobs += [FakeJob("of-the-dead", "gone", at(NIGHT)), FakeJob("too", "VM1 ", at(NIGHT))]
    bench.run()
    assert not GOOD & set(outcomes(bench, "vm1"))
    check_proven(bench)


def test_a_failed_jobs_snapshot_is_not_the_point_of_a_later_job_that_made_none() -> None:
    bench = Bench()
    vault = bench.vault()
    vault.items.append(FakeItem("vm1", points=[FakePoint("of-the-failed", at(NIGHT, 22.1))]))
    failed, retried = FakeJob("j1", "vm1", at(NIGHT), status="Failed"), FakeJob("j2", "vm1", at(NIGHT, 24))
    vault.jobs += [ended(failed, at(NIGHT, 22.5)), ended(retried, at(NIGHT, 24.3))]
    bench.run()
    assert outcomes(bench, "vm1") == ["success_no_point"]


def test_a_job_that_ended_before_it_began_needs_a_point_of_the_run_too() -> None:
    bench = Bench()
    vault = bench.vault()
    vault.items += [FakeItem("vm1", points=[FakePoint("old", at(NIGHT, 8))]), FakeItem("vm2")]
    for name in ("vm1", "vm2"):
        vault.jobs.append(ended(FakeJob(f"j-{name}", name, at(NIGHT)), at(NIGHT, 7)))
    bench.run()
    assert not GOOD & {*outcomes(bench, "vm1"), *outcomes(bench, "vm2")}
    check_proven(bench)


def test_a_point_that_bears_a_time_to_come_proves_no_run_that_was_judged_before_it() -> None:
    bench = Bench()
    vault = bench.vault()
    vault.items.append(FakeItem("vm1", points=[FakePoint("of-tomorrow", at(NIGHT, 22.1 + 24))]))
    vault.jobs.append(FakeJob("j1", "vm1", at(NIGHT)))
    bench.run()
    assert not GOOD & set(outcomes(bench, "vm1"))


MINUTES = st.integers(-90, 90)
STATUSES = st.sampled_from(["Completed", "Failed", "CompletedWithWarnings", "Cancelled", "InProgress", "Unheard", None])


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(
    jobs=st.lists(
        st.tuples(
            st.sampled_from(["v1", "v2"]),
            st.sampled_from(["vm1", "vm2", "gone", "VM1", "vm1 "]),
            st.sampled_from(["a", "b", "A"]),
            MINUTES,
            MINUTES,
            STATUSES,
        ),
        max_size=6,
    ),
    points=st.lists(st.tuples(st.sampled_from(["v1", "v2"]), st.sampled_from(["vm1", "vm2"]), MINUTES), max_size=3),
)
def test_whatever_jobs_tell_no_run_is_good_without_its_point(
    jobs: list[tuple[str, str, str, int, int, str | None]], points: list[tuple[str, str, int]]
) -> None:
    bench = Bench()
    vaults = {name: bench.vault(name) for name in ("v1", "v2")}
    for vault in vaults.values():
        vault.items += [FakeItem("vm1"), FakeItem("vm2")]
    for name, item, job_id, begin, lasted, status in jobs:
        start = at(NIGHT) + timedelta(minutes=begin)
        vaults[name].jobs.append(ended(FakeJob(job_id, item, start, status=status), start + timedelta(minutes=lasted)))
    for number, (name, item, minutes) in enumerate(points):
        home = next(one for one in vaults[name].items if one.name == item)
        home.points.append(FakePoint(f"p{number}", at(NIGHT) + timedelta(minutes=minutes)))
    bench.nights(2)
    check_proven(bench)
