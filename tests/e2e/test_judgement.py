"""Failures as they happen on the simulator, over HTTP, through the command: known, ticketed, and ended by proof alone."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from evidence.assess.exceptions.telling import read_standing
from tests.e2e.scene import Row
from tests.e2e.watched import FIRST, Office, moment, office

pytestmark = pytest.mark.slow

SOON = timedelta(minutes=2)
"""How long after a job's end the sensor looks at the latest; owners must be told within five minutes."""
MORNING = FIRST + timedelta(days=1)


def code(made: Office, *words: object) -> int:
    """What the gate answers before reconciliation begins at 07:00."""
    return made.scene("gate", "--before", f"{MORNING}T07:00Z", *words, code=(0, 3, 4)).code


def assert_repaired(made: Office, row: Row, night: date) -> None:
    """An exception is closed by a completed job of a night and the point of that very job."""
    proof = read_standing(row["told"]).proof
    assert proof is not None
    assert row["closed_by_job_id"] == proof.job_id
    body = made.job(row["vault_id"], str(proof.job_id))
    assert body["status"] == "Completed"
    assert body["entityFriendlyName"] == row["subject"]
    assert body["startTime"][:10] in {str(night), str(night + timedelta(days=1))}
    # Its list of items may have told the point's time alone; then the id comes with the next reading of points.
    (point,) = [
        one for one in made.points(row["item_key"]) if moment(one["recoveryPointTime"]) == proof.recovery_point_at
    ]
    assert moment(body["startTime"]) <= moment(point["recoveryPointTime"]) <= moment(body["endTime"])


def test_failed_branch_backups_are_known_and_ticketed_before_reconciliation(tmp_path: Path) -> None:
    with office(tmp_path, "branch-backups") as made:
        assert made.tickets == []
        for job in made.failed("branch-backups"):
            told = made.watch(moment(job["ended_at"]) + SOON)
            assert [row["job_id"] for row in told.data] == [job["job_id"]]
            (ticket,) = made.tickets_of(job["item"])
            assert ticket["active"] == "true"
        failed = made.failed("branch-backups")
        assert len(failed) == 4, "two branches failed once, the third twice"
        assert len(made.tickets) == 3, "one ticket a problem, however often it was tried"
        assert {one["assignment_group"] for one in made.tickets} == {"Branches West", "Branches North", "Branches East"}
        assert code(made) == 4, "before the night is sealed nobody can say that it is good"

        made.run(FIRST)
        gate = made.scene("gate", "--before", f"{MORNING}T07:00Z", code=3)
        assert [(row["subject"], row["outcome"]) for row in gate.data] == [("vm-branch-eus-01", "failed")]
        assert set(gate.data[0]["job_ids"]) == {job["job_id"] for job in failed if job["item"] == "vm-branch-eus-01"}
        assert {one["assignment_group"] for one in made.tickets if one.get("state") != "6"} == {"Branches East"}, (
            "the branches that were retried with success are done with, by job and point"
        )
        assert made.scene("watch", "--summary").data[0]["gate"] == "closed"
        summaries = [one for one in made.post.arrived if "NOT PROVEN" in str(one["subject"])]
        assert [str(one["to"]) for one in summaries] == ["plat@example.com"], (
            "whoever owns the rest reads it before seven"
        )
        assert moment(gate.meta["night_ended_at"]) < moment(f"{MORNING}T07:00:00+00:00")
        assert made.scene("watch", "--once").data == [], "what the night judged is not told again"
        titles = [one["short_description"] for one in made.tickets]
        assert sum("failed: vm-branch-" in one for one in titles) == 3, titles


def test_a_failed_database_job_reaches_its_dba_with_job_id_vault_and_error_code_once(tmp_path: Path) -> None:
    with office(tmp_path, "database-job") as made:
        (job,) = made.failed("database-job")
        ended = moment(job["ended_at"])
        with made.scene.faults({"path": "/rsv-branch-neu/backupJobs", "status": 429, "times": 2}):
            made.scene.reach(ended + SOON)
            first = made.tick()
        assert first["fresh"] == 1
        assert list(first["unread"]) == ["rsv-branch-neu"], "and it is said that one is not known"
        assert len(made.tickets) == 1, "two minutes after the job's end"
        for minutes in (4, 6, 8):
            assert made.watch(ended + timedelta(minutes=minutes)).data == []
        made.run(FIRST)
        made.scene("run", "--night", FIRST, "--again", "--reason", "to see that nobody is told twice", code=(0, 4))
        made.scene("watch", "--once")

        # That its logs broke off and its target is missed are problems of their own; none of them is told twice.
        titles = [one["short_description"] for one in made.tickets]
        assert len(titles) == len(set(titles)) == made.opened, titles
        assert {one["assignment_group"] for one in made.tickets} == {"DBA EU"}
        (ticket,) = made.tickets_of("failed: Payments")
        told = "\n".join(ticket.values())
        for fact in (
            job["job_id"],
            "rsv-sql-weu",
            str(job["error_code"]),
            "Payments",
            "register it with the vault again",
        ):
            assert fact in told, fact
        problems = [row for row in made.exceptions("failed") if row["subject"] == "Payments"]
        assert [(row["state"], row["owner"], row["nights"]) for row in problems] == [("open", "dba-eu", 1)]


def test_an_extension_failure_across_regional_vaults_is_recurring_on_the_second_night_and_closes_only_with_a_new_job_and_a_new_point(
    tmp_path: Path,
) -> None:
    nights = [FIRST + timedelta(days=number) for number in range(4)]
    with office(tmp_path, "regional-extension") as made:
        names = {f"vm-branch-{short}-02" for short in ("weu", "neu", "eus")}
        last = max(moment(job["ended_at"]) for job in made.failed("regional-extension", nights[0]))
        made.watch(last + SOON)
        made.run(nights[0])
        assert {row["subject"] for row in made.exceptions("failed")} == names
        assert made.exceptions("recurring") == [], "one night is no recurrence"

        made.run(nights[1])
        recurring = made.exceptions("recurring")
        assert {row["subject"] for row in recurring} == names
        assert {row["region"] for row in recurring} == {"westeurope", "northeurope", "eastus"}
        assert len({row["error_family"] for row in recurring}) == 1
        assert {row["nights"] for row in made.exceptions("failed")} == {2}

        made.run(nights[2])
        repaired = {one["name"]: one for one in made.planted("regional-extension") if one["night"] == str(nights[2])}
        assert list(repaired) == ["vm-branch-eus-02"], "its job was green on the third night, and left no point"
        after = {row["subject"]: row for row in made.exceptions("failed")}
        assert {name: row["state"] for name, row in after.items()} == {
            "vm-branch-weu-02": "closed",
            "vm-branch-neu-02": "closed",
            "vm-branch-eus-02": "open",
        }
        for name in ("vm-branch-weu-02", "vm-branch-neu-02"):
            assert_repaired(made, after[name], nights[2])

        made.run(nights[3])
        last_one = next(row for row in made.exceptions("failed") if row["subject"] == "vm-branch-eus-02")
        assert last_one["state"] == "closed"
        # The green job without a point proved nothing.
        assert_repaired(made, last_one, nights[3])
        assert {row["state"] for row in made.exceptions("recurring")} == {"closed"}
        tickets = [one for one in made.tickets if "-02" in one["short_description"]]
        assert {one.get("state") for one in tickets} == {"6"}, "and so the tickets are resolved"
