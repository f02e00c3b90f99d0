"""`drills restores | classify | overdue | settle`: what was found, what a person says of it, and what a night makes of it."""

from __future__ import annotations

import csv
import io

from evidence.drills.values import State, Verdict
from evidence.ledger.ledger import Ledger
from evidence.runs.drills.book import read_book
from tests.cli.drills.place import ADA, JOB, NAME, SECOND, Place, as_
from tests.fakes.bench import NIGHT, at

RULES = b"drills: {classify: {production_groups: '^rg-drill'}}\n"


def size(place: Place) -> int:
    return len(Ledger(place.bench.store).entries())


def test_restores_are_listed_with_verdict_reasons_and_how_they_are_known(place: Place) -> None:
    (row,) = place("restores")["data"]
    assert (row["job"], row["verdict"], row["score"], row["drill"], row["waiting"]) == (JOB, "drill", 80, None, [NAME])
    assert row["why"] == [f"{NAME} is planned for the item now (+50)", "the resource group is one for drills (+30)"]
    assert row["known_by"] == ["The Activity Log was read and holds no request that fits: who started it is not known."]
    assert (row["point_known_by"], row["target_resource_group"]) == ("exact", "rg-drill-weu")
    assert (
        place.run("restores")
        .stderr.strip()
        .endswith("1 restores: 1 drill, 0 production recovery, 0 unclassified; 1 shown")
    )
    (line,) = csv.DictReader(io.StringIO(place.run("restores", form="csv").stdout))
    assert line["verdict"] == "drill"


def test_restores_are_filtered(place: Place) -> None:
    assert place("restores", "--verdict", "unclassified")["data"] == []
    assert place("restores", "--verdict", "unclassified", "--verdict", "drill", "--unlinked")["data"]
    assert place("restores", "--vault", "/subscriptions/s/other")["data"] == []
    place("settle")
    assert place("restores", "--unlinked")["data"] == []


def test_configured_rules_hold_for_listing_linking_and_the_night(place: Place) -> None:
    place.config.write_bytes(place.config.read_bytes() + RULES)
    (row,) = place("restores")["data"]
    assert (row["verdict"], row["why"][0]) == (
        "production_recovery",
        "restored into resource group rg-drill-weu, which is production",
    )
    assert place("settle")["data"] == []
    place("link", NAME, JOB, *as_())
    assert place("restores")["data"][0]["verdict"] == "production_recovery"


def test_a_persons_word_is_an_event_of_its_own_told_once(place: Place) -> None:
    place("cancel", NAME, "--reason", "planned anew", *as_())
    before = size(place)
    told = place("classify", JOB, "--as", "production-recovery", "--reason", "INC0815", *as_())["data"][0]
    assert (told["verdict"], told["before"], told["recorded"]) == ("production_recovery", "unclassified", "now")
    assert place("classify", JOB.upper(), "--as", "production-recovery", "--reason", "INC0815", *as_())["data"][0]["recorded"] == "before"  # fmt: skip
    assert size(place) == before + 1
    (held,) = read_book(Ledger(place.bench.store).entries()).decided.values()
    assert held.decided_by is not None
    assert (held.verdict, held.reasons, held.decided_by.object_id) == (Verdict.PRODUCTION_RECOVERY, ("INC0815",), ADA)
    (row,) = place("restores")["data"]
    assert (row["verdict"], row["decided_by"], row["why"]) == ("production_recovery", "Ada Example", ["INC0815"])


def test_a_word_without_reason_or_on_no_job_is_refused(place: Place) -> None:
    assert "--reason" in place("classify", JOB, "--as", "drill", "--reason", " ", *as_(), code=2)
    assert "No restore job" in place("classify", "none", "--as", "drill", "--reason", "x", *as_(), code=2)
    assert "'maybe'" in place("classify", JOB, "--as", "maybe", "--reason", "x", *as_(), code=2)


def test_what_stands_in_a_record_is_not_called_something_else(place: Place) -> None:
    place("settle")
    told = place("classify", JOB, "--as", "production-recovery", "--reason", "x", *as_(), code=8)
    assert f"stands in the record of {NAME}" in told
    place("cancel", NAME, "--reason", "it was INC0815", *as_())
    place("classify", JOB, "--as", "production-recovery", "--reason", "INC0815", *as_())


def test_settle_links_once_and_says_what_is_left(place: Place) -> None:
    assert place("settle")["data"] == [{"what": "linked", "which": f"{NAME}: {JOB}"}]
    before = size(place)
    assert place("settle")["data"] == []
    assert size(place) == before
    assert place.drill().state is State.EXECUTED, "nobody is known to have started it"


def test_overdue_drills_are_told_with_what_is_not_known(place: Place) -> None:
    place.plan(SECOND, window_start=at(NIGHT, -48), window_end=at(NIGHT, -24), grace=at(NIGHT, 1) - at(NIGHT, 0))
    rows = place("overdue")["data"]
    assert [(row["drill"], row["outcome"]) for row in rows] == [(SECOND, "unknown")]
    assert "were not read whole of the nights" in rows[0]["reason"]
    (left,) = [row for row in place("settle")["data"] if row["what"] == "left to persons"]
    assert left["which"].startswith(f"{SECOND} is overdue, unknown")
    assert place.drill(SECOND).state is State.PLANNED
