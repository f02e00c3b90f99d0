"""`backup-evidence drills`: a drill's way by commands, and what they show."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from pathlib import Path

import pytest

from evidence.drills.spelling import record_of, record_sha256
from evidence.ledger.ledger import Ledger
from tests.cli.conftest import Command
from tests.cli.drills.place import ADA, BO, JOB, LOSS, NAME, ROWS, SECOND, USABLE, Place, as_
from tests.fakes.bench import NIGHT, at


def test_a_drill_goes_its_way_by_commands_alone(place: Place, file: Path) -> None:
    assert place.drill().state == "planned"
    linked = place("link", NAME, JOB, *as_(), "--initiator", "Bo Example", "--initiator-id", BO)["data"][0]
    assert (linked["state"], linked["grade"], linked["recorded"]) == ("evidence_linked", "C", "now")
    (one,) = place.drill().executions
    assert (one.link, one.recovery_point_at, one.location_type) == ("exact", at(NIGHT, 22.01), "alternate")
    assert (one.target.resource_group, one.started_at) == ("rg-drill-weu", at(NIGHT, 23))
    place("times", NAME, "--declared-loss", LOSS.isoformat(), *as_())
    place("times", NAME, "--usable", USABLE.isoformat(), *as_())
    sha256 = hashlib.sha256(ROWS).hexdigest()
    place("attach", NAME, file, *as_(BO, "Bo Example"))
    place.check("row_count", "--artefact", sha256)
    assert place.check("application")["data"][0]["state"] == "validated"
    assert [str(check.grade) for check in place.drill().validations] == ["B", "C"]
    assert place.hand_in()["data"][0]["state"] == "in_review"
    place.sign()
    place("clean-up", NAME, "--known-by", "resource group deleted", *as_())
    assert place.drill().state == "accepted"
    assert (place.bench.store.read(f"drills/{NAME}/{sha256}")) == ROWS


def test_each_command_run_again_adds_nothing(place: Place, file: Path) -> None:
    commands: list[tuple[object, ...]] = [
        ("link", NAME, JOB, *as_(), "--initiator", "Bo Example", "--initiator-id", BO),
        ("times", NAME, "--declared-loss", LOSS.isoformat(), "--usable", USABLE.isoformat(), *as_()),
        ("attach", NAME, file, *as_()),
        ("validate", NAME, "--kind", "boot", "--expected", "up", "--actual", "up", "--result", "passed", *as_()),
        ("deviation", NAME, "--cause", "The runbook names a host that is gone", "--owner", "dba-eu", *as_()),
        ("clean-up", NAME, "--known-by", "by hand", *as_()),
        ("cancel", NAME, "--reason", "not now", *as_()),
    ]
    for words in commands:
        size = len(Ledger(place.bench.store).entries())
        first, again = place(*words)["data"][0], place(*words)["data"][0]
        assert (first["recorded"], again["recorded"]) == ("now", "before"), words
        assert first["ledger_entry"] == again["ledger_entry"] == size + 1


def test_show_tells_the_record_its_hash_its_timeline_and_what_is_missing(place: Place) -> None:
    place("link", NAME, JOB, *as_(), "--initiator", "Bo Example", "--initiator-id", BO)
    place("times", NAME, "--declared-loss", LOSS.isoformat(), "--usable", USABLE.isoformat(), *as_())
    told = place("show", NAME)
    drill, facts = place.drill(), {(row["part"], row["fact"]): row for row in told["data"]}
    assert facts["record", "record SHA-256"]["value"] == record_sha256(drill)
    assert told["meta"]["record"] == json.loads(json.dumps(record_of(drill)))
    moments = [row["value"] for row in told["data"] if row["part"] == "timeline"][:5]
    assert moments == sorted(moments)
    recovery = facts["timeline", "recovery time, from declared loss to service usable"]
    assert (recovery["value"], recovery["grade"]) == ("2:30:00 of 4:00:00: met", "C")
    job = facts["timeline", "the restore job alone took, which is no recovery time"]
    assert (job["value"], job["grade"]) == ("0:09:00", "A")
    loss = facts["timeline", "data loss, from recovery point to declared loss"]
    assert loss["value"] == "0:29:24 of 1 day, 0:00:00: met"
    assert facts["next", "state"]["value"] == "validated"
    assert facts["next", "missing"]["value"] == "application or user_acceptance"
    assert [one["what"] for one in told["meta"]["ledger"]] == ["drill_planned", "execution_linked", "timing_stated"]
    assert told["meta"]["ledger"][1]["object_id"] == ADA
    table = place.run("show", NAME)
    assert record_sha256(drill) in table.stdout
    assert "still missing: checksum or database_check or row_count" in table.stderr
    assert "RTO" not in table.stdout
    (skipped,) = [line for line in table.stdout.splitlines() if "files skipped" in line]
    assert "not told" in skipped
    assert facts[f"execution {JOB}", "files skipped"]["value"] is None


def test_list_and_board_tell_where_each_drill_stands(place: Place) -> None:
    place.plan(SECOND, tier=2, quarter="2027Q1")
    place("cancel", SECOND, "--reason", "not now", *as_())
    assert [row["drill"] for row in place("list")["data"]] == [NAME, SECOND]
    assert [row["drill"] for row in place("list", "--quarter", "2027Q1")["data"]] == [SECOND]
    assert [row["drill"] for row in place("list", "--state", "planned")["data"]] == [NAME]
    assert [row["drill"] for row in place("list", "--tier", "2", "--tier", "3")["data"]] == [SECOND]
    assert place("list")["data"][0]["missing"] == ["a completed restore job"]
    assert "does not know" in place("list", "--state", "lost", code=2)
    assert "None of 1 drills of 2027Q1" in place.run("list", "--quarter", "2027Q1", "--state", "planned").stderr
    assert "drills due" in place.run("list", "--quarter", "2031Q1").stderr
    table = place.run("board").stdout
    header, *lines = table.splitlines()
    assert header.split()[:2] == ["planned", "executed"]
    assert header.split()[-1] == "cancelled"
    (line,) = lines
    assert line.index(SECOND) == header.index("cancelled")
    assert line.startswith(f"{NAME} tier 0 vm1")
    shown = place.run("board", form="csv").stdout
    assert [row["drill"] for row in csv.DictReader(io.StringIO(shown))] == [NAME, SECOND]
    ndjson = place.run("list", form="ndjson").stdout
    assert [json.loads(line)["drill"] for line in ndjson.splitlines()] == [NAME, SECOND]


@pytest.mark.parametrize("name", ["restores", "classify", "overdue", "settle", "link", "times", "validate", "attach", "deviation", "clean-up", "submit", "cancel", "waive", "supersede", "list", "board", "show"])  # fmt: skip
def test_every_command_has_an_example_that_stands_on_a_line(command: Command, name: str) -> None:
    told = command("drills", name, "--help").stdout
    assert f"backup-evidence drills {name}" in told


def test_a_link_to_a_drill_of_another_item_is_refused(place: Place) -> None:
    place.plan(SECOND, item_key="/subscriptions/s/other", subject="vm2")
    assert "is not of vm2" in place("link", SECOND, JOB, "--reason", "it is", *as_(), code=8)


def test_a_restore_that_nothing_tells_of_is_linked_with_a_persons_reason_only(place: Place) -> None:
    late = {"window_start": at(NIGHT, 100), "window_end": at(NIGHT, 148)}
    place("cancel", NAME, "--reason", "planned anew", *as_())
    place.plan(SECOND, **late)
    assert "is unclassified" in place("link", SECOND, JOB, *as_(), code=8)
    place("link", SECOND, JOB, "--reason", "asked for in CHG0042", *as_())
    assert [one.kind for one in place.drill(SECOND).deviations] == ["late"]


def test_a_job_that_was_not_read_is_not_linked(place: Place) -> None:
    assert "No restore job 'nothing' was read." in place("link", NAME, "nothing", *as_(), code=2)
    assert "was read" in place("link", NAME, JOB, "--vault", "/subscriptions/s/other", *as_(), code=2)


def test_of_another_persons_moments_nothing_is_kept_in_silence(place: Place) -> None:
    place("times", NAME, "--declared-loss", LOSS.isoformat(), *as_())
    assert "Ada Example stated the moments before" in place(
        "times", NAME, "--usable", USABLE.isoformat(), *as_(BO, "Bo Example"), code=2
    )
    place("times", NAME, "--declared-loss", LOSS.isoformat(), "--usable", USABLE.isoformat(), *as_(BO, "Bo Example"))
    stated = place.drill().timing.stated_by
    assert stated is not None
    assert stated.object_id == BO


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("cancel", NAME, "--reason", "x", "--by", "Ada", "--object-id", "ada@example"), "is no object id"),
        (("cancel", NAME, "--reason", "x", "--by", "a\nb", "--object-id", ADA), "is no name"),
        (("times", NAME, "--usable", "2026-11-20 23:00", *as_()), "no moment with its time zone"),
        (("waive", NAME, "--reason", "x", "--until", "soon"), "is no day"),
        (("deviation", NAME, *as_()), "needs --cause"),
        (("deviation", NAME, "--kind", "a:b", "--cause", "x", *as_()), "without a colon"),
        (("attach", NAME, "nothing.csv", *as_()), "cannot be read"),
    ],
    ids=["object-id", "name", "moment", "day", "cause", "kind", "file"],
)
def test_what_cannot_be_read_is_a_mistake_of_the_call(place: Place, words: tuple[object, ...], sentence: str) -> None:
    assert sentence in " ".join(place(*words, code=2).split())


def test_a_link_instead_of_a_file_is_refused(place: Place, file: Path) -> None:
    (file.parent / "other.csv").symlink_to(file)
    assert "it is a link" in place("attach", NAME, file.parent / "other.csv", *as_(), code=8)


def test_the_object_id_may_stand_in_the_environment(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKUP_EVIDENCE_OBJECT_ID", BO.upper())
    (row,) = place("cancel", NAME, "--reason", "not now", "--by", "Bo Example")["data"]
    assert (row["object_id"], row["state"]) == (BO, "cancelled")


def test_a_deviation_is_given_what_it_lacks_and_keeps_the_rest(place: Place) -> None:
    place.facts()
    place.check("row_count", result="failed")
    named = ("deviation", NAME, "validation_failed:row_count")
    place(*named, "--owner", "dba-eu", "--due", "2026-12-31", *as_())
    place(*named, "--action", "restore in parallel", "--ticket", "INC7", *as_())
    (one,) = place.drill().deviations
    assert (one.owner, str(one.due), one.action, one.ticket) == ("dba-eu", "2026-12-31", "restore in parallel", "INC7")
    assert one.automatic
