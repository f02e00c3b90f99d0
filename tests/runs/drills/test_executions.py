"""Restore jobs of sealed nights as executions: what each observation told, and the point it was linked to."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from evidence.drills.values import Grade, Target
from evidence.ledger.ledger import Ledger
from evidence.runs.drills.executions import restore_executions, target_of
from evidence.tables import RESTORE_JOBS
from tests.fakes.bench import NIGHT, Bench, at, backup, restore

NEXT = NIGHT + timedelta(days=1)
JOB = f"restore-v1-vm1-{NIGHT}"


def bag(**changes: object) -> dict[str, object]:
    told = {"Job Type": "Recover disks", "Recovery point time ": f"{at(NIGHT, 22.01):%m/%d/%Y %H:%M:%S}", **changes}
    return {"extendedInfo": {"propertyBag": told}}


def night(bench: Bench, day: date = NIGHT) -> None:
    bench.clock.reach(at(day, 40))
    bench.run(day)


def test_an_execution_holds_what_azure_told() -> None:
    bench = Bench()
    vault = bench.vault()
    backup(vault)
    restore(vault, NIGHT, NIGHT, properties=bag(**{"Target resource group": "rg-drill", "Target VNet Name": "vnet-1"}))
    night(bench)
    (one,) = restore_executions(bench.store, Ledger(bench.store).entries())
    (row,) = [found for found in bench.rows(RESTORE_JOBS) if found["target"]][-1:]
    assert (one.job_id, one.item_key, one.vault_id) == (JOB, row["item_key"], vault.vault.vault_id)
    assert (one.status, one.operation, one.location_type) == ("Completed", "Restore", "alternate")
    assert (one.started_at, one.ended_at) == (at(NIGHT, 23), at(NIGHT, 23.15))
    assert (one.link, one.recovery_point_id, one.recovery_point_at) == ("exact", f"point-{NIGHT}", at(NIGHT, 22.01))
    assert (one.target.resource_group, one.target.network) == ("rg-drill", "vnet-1")
    assert (one.night, one.point_grade, one.initiator) == (NIGHT, None, None)
    assert one.call_id == row["call_id"]


def test_a_later_list_that_tells_less_takes_nothing_away() -> None:
    bench = Bench()
    vault = bench.vault()
    backup(vault)
    restore(vault, NIGHT, NIGHT, status="InProgress", properties=bag(**{"Target resource group": "rg-drill"}))
    night(bench)
    (before,) = restore_executions(bench.store, Ledger(bench.store).entries())
    assert (before.status, before.ended_at) == ("InProgress", None)
    (job,) = [one for one in vault.jobs if one.job_id == JOB]
    job.status, job.properties = "Completed", {"extendedInfo": None}
    backup(vault, NEXT)
    night(bench, NEXT)
    (after,) = restore_executions(bench.store, Ledger(bench.store).entries())
    assert (after.status, after.ended_at) == ("Completed", at(NIGHT, 23.15))
    assert (after.target.resource_group, after.link) == ("rg-drill", "exact")


def test_a_job_of_a_night_that_was_not_judged_is_unlinked() -> None:
    bench = Bench()
    vault = bench.vault()
    backup(vault)
    restore(vault, NIGHT, NIGHT)
    bench.clock.reach(at(NIGHT, 40))
    bench.seal(NIGHT)
    (one,) = restore_executions(bench.store, Ledger(bench.store).entries())
    assert (one.link, one.recovery_point_id, one.item_key is not None) == ("unlinked", None, True)


@pytest.mark.parametrize(
    ("text", "target"),
    [
        (None, Target()),
        (
            "virtual machine vm-drill; subscription s-1; resource group rg-drill; storage account st; network vnet",
            Target("s-1", "rg-drill", "vm-drill", "vnet"),
        ),
        ("storage account st; file share drill-share; destination /restored", Target(name="drill-share")),
        ("destination /subscriptions/s/servers/db", Target("s", name="/subscriptions/s/servers/db")),
        (
            "destination /subscriptions/s/resourceGroups/rg-drill/providers/Microsoft.Compute/disks/d1",
            Target("s", "rg-drill", "/subscriptions/s/resourceGroups/rg-drill/providers/Microsoft.Compute/disks/d1"),
        ),
        ("destination //odd", Target(name="//odd")),
        ("something else", Target()),
    ],
    ids=["none", "machine", "share", "backup-vault", "backup-vault-group", "no-id", "unknown"],
)
def test_a_target_is_read_from_its_words(text: str | None, target: Target) -> None:
    assert target_of(text) == target


def test_grades_order_as_they_should() -> None:
    assert max(Grade.A, Grade.B) is Grade.B
