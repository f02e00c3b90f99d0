"""What the report says of a selection: numbers with denominators, and never better than the rows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import pytest

from evidence.ledger.folds import Series
from evidence.ledger.ledger import Head
from evidence.nights import Calendar
from evidence.packs.account import reckon
from evidence.packs.bag import Digest
from evidence.packs.chapters import FIRST_ROWS, MOST_ROWS
from evidence.packs.describe import MOST_GAPS, describe
from evidence.packs.interface import Figure, Report, ReportTable
from evidence.packs.machine.descriptor import csv_path, parquet_path
from evidence.packs.period import span_period
from evidence.packs.scope import PackScope
from evidence.packs.select import Selection, select
from evidence.packs.statement import Circumstances, Place, TimeStampState
from evidence.packs.texts import vault_names
from evidence.records import KINDS_OF, Completeness, Kind, Outcome
from evidence.retention.rules import KeepUntil
from evidence.seals.interface import SignerIdentity
from evidence.tables import ALL
from tests.fakes.bench import NIGHT, Bench, at, backup, restore
from tests.fakes.bodies import FakeItem, FakeVault
from tests.fakes.source import OTHER_SUBSCRIPTION

DAYS = [NIGHT + timedelta(days=number) for number in range(4)]
DIGEST = Digest(1, "0" * 64)
FILES: Mapping[str, Digest] = {
    "data/completeness.json": DIGEST,
    "data/controls.yaml": DIGEST,
    "data/oscal-assessment-results.json": DIGEST,
    **{path: DIGEST for table in ALL.values() for path in (csv_path(table), parquet_path(table))},
}
SIGNER = SignerIdentity("CN=signer", "CN=root", "0" * 64, at(NIGHT), at(NIGHT), True, ())


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    backup(made.vault())
    return made


def chosen(bench: Bench, last: date = NIGHT, scope: PackScope | None = None) -> Selection:
    return select(bench.store, bench.parts.ledger.entries(), span_period(NIGHT, last), scope or PackScope("all"))


def report(bench: Bench, last: date = NIGHT, scope: PackScope | None = None) -> Report:
    selection = chosen(bench, last, scope)
    series = Series("all", "audit", "internal")
    place = Place(series, selection.period, 1, 1, None, None, None, Head(3, "0" * 64), "1" * 64)
    about = Circumstances(
        "Contoso",
        Calendar(),
        at(NIGHT),
        KeepUntil(NIGHT, "rule"),
        "0" * 64,
        "0.1",
        SIGNER,
        TimeStampState(None, "none"),
    )
    return describe(place, about, reckon(selection, bench.parts.ledger.entries()), FILES, "how")


def all_figures(bench: Bench, last: date = NIGHT) -> tuple[Figure, ...]:
    return reckon(chosen(bench, last), bench.parts.ledger.entries()).figures


def figure(bench: Bench, number: int, last: date = NIGHT) -> Figure:
    return all_figures(bench, last)[number - 1]


def told(bench: Bench, number: int, last: date = NIGHT) -> tuple[int | None, int | None, str]:
    found = figure(bench, number, last)
    assert found.anchor == f"F-{number:02d}"
    return found.count, found.denominator, found.tone


def table(found: Report, anchor: str) -> ReportTable:
    (one,) = (one for section in found.sections for one in section.tables if one.anchor == anchor)
    return one


def test_a_good_night_in_numbers(bench: Bench) -> None:
    bench.run()
    numbers = [told(bench, number) for number in range(1, 13)]
    assert numbers == [
        (1, 1, "good"),
        (1, 1, "good"),
        (1, None, "plain"),
        (1, 1, "plain"),
        (0, 1, "plain"),
        (0, 1, "plain"),
        (0, 1, "plain"),
        (1, 1, "plain"),
        (0, 1, "plain"),
        (0, 0, "plain"),
        (0, 1, "plain"),
        (len(bench.azure.asked), len(bench.azure.asked), "good"),
    ]


STATES = ["Completed", "Failed", "CompletedWithWarnings", "InProgress", "Cancelled", "Sleeping", None]


def test_every_backup_job_is_counted_once_whatever_its_status(bench: Bench) -> None:
    (vault,) = bench.azure.vaults
    vault.jobs.clear()
    for number, status in enumerate(STATES):
        backup(vault, NIGHT, f"vm{number}", status=status)
    bench.run()
    assert [told(bench, number) for number in (4, 5, 6, 7)] == [
        (1, 7, "plain"),
        (1, 7, "bad"),
        (1, 7, "warning"),
        (4, 7, "warning"),
    ]
    doubtful = table(report(bench), "T-01")
    assert doubtful.total == 6
    assert {row[1] for row in doubtful.rows} == {
        "Failed",
        "CompletedWithWarnings",
        "InProgress",
        "Cancelled",
        "Sleeping",
        "–",
    }


def test_a_job_without_status_never_makes_a_night_look_fine(bench: Bench) -> None:
    bench.azure.vaults[0].jobs[0].status = None
    bench.run()
    found = report(bench)
    assert table(found, "T-01").total == 1
    assert told(bench, 7) == (1, 1, "warning")
    assert found.nights[0].state == "warning"
    assert any("1 of 1 [F-07]" in sentence for section in found.sections for sentence in section.sentences)


def test_what_was_not_read_is_never_good(bench: Bench) -> None:
    backup(bench.vault("v2"))
    bench.azure.vaults[1].spoiled = dict.fromkeys(Kind, (Outcome.NOT_REACHED, "HTTP 403"))
    bench.run()
    found = report(bench)
    assert told(bench, 1) == (1, 2, "bad")
    assert told(bench, 12)[2] == "bad"
    assert found.completeness is Completeness.INCOMPLETE
    assert found.nights[0].state == "warning"
    assert [row[-3:] for row in table(found, "T-06").rows] == [("1 / 1", "1", "1"), ("0 / 1", "unknown", "unknown")]


def test_a_vault_that_was_never_read_has_unknown_numbers_also_where_nights_are_missing(bench: Bench) -> None:
    bench.azure.vaults[0].spoiled = dict.fromkeys(Kind, (Outcome.NOT_REACHED, "HTTP 403"))
    bench.run(DAYS[0])
    assert [row[-3:] for row in table(report(bench, DAYS[1]), "T-06").rows] == [("0 / 2", "unknown", "unknown")]


def test_a_night_that_is_not_sealed_is_said_not_to_be(bench: Bench) -> None:
    bench.run(DAYS[0])
    bench.run(DAYS[2])
    found = report(bench, DAYS[2])
    assert [mark.state for mark in found.nights] == ["good", "no_data", "no_data"]
    assert "not sealed" in found.nights[1].sentence
    assert told(bench, 2, DAYS[2]) == (2, 3, "bad")
    assert table(found, "T-04").rows[1][1] == "not sealed"
    assert table(found, "T-04").rows[1][4:6] == ("unknown", "unknown")


def test_jobs_of_a_night_that_is_not_sealed_are_shown_where_later_nights_told_them(bench: Bench) -> None:
    bench.run(DAYS[0])
    backup(bench.azure.vaults[0], DAYS[1], status="Failed")
    bench.run(DAYS[2])
    found = report(bench, DAYS[2])
    assert found.nights[1].state == "failed"
    assert "not sealed" in found.nights[1].sentence
    assert table(found, "T-04").rows[1][4:6] == ("1", "1")


def test_a_sealed_night_without_a_vault_is_not_said_to_be_unsealed(bench: Bench) -> None:
    bench.azure.subscriptions[0].vaults.clear()
    bench.run()
    (mark,) = report(bench).nights
    assert mark.state != "good"
    assert "not sealed" not in mark.sentence
    assert "no vault is in scope" in " ".join(report(bench).gaps)


def test_silence_is_counted_by_item_and_night(bench: Bench) -> None:
    (vault,) = bench.azure.vaults
    vault.items.append(FakeItem("silent"))
    vault.items.append(FakeItem("logged", database=True, ranges=[(at(DAYS[0]), at(DAYS[3]))]))
    backup(vault, DAYS[1])
    bench.nights(3)
    assert told(bench, 9, DAYS[2]) == (4, 9, "unknown")
    assert [(row[1], row[-1]) for row in table(report(bench, DAYS[2]), "T-03").rows] == [("silent", "3"), ("vm1", "1")]


def test_where_jobs_were_not_read_nobody_is_called_silent(bench: Bench) -> None:
    bench.azure.vaults[0].spoiled[Kind.JOBS] = (Outcome.PARTIAL, "HTTP 500")
    bench.azure.vaults[0].items[0].points.clear()
    bench.run()
    assert told(bench, 9) == (0, 0, "plain")
    assert table(report(bench), "T-03").total == 0


def test_vaults_outside_the_scope_are_not_counted_by_night(bench: Bench) -> None:
    backup(bench.vault("v2", region="northeurope"))
    bench.nights(2)
    found = table(report(bench, DAYS[1], PackScope("eu", regions=("westeurope",))), "T-04")
    assert [row[3] for row in found.rows] == ["1", "1"]


def test_restores_are_told_with_their_links(bench: Bench) -> None:
    (vault,) = bench.azure.vaults
    restore(vault, NIGHT, NIGHT)
    restore(vault, NIGHT, NIGHT, "vm9", point_at=None)
    bench.run()
    assert told(bench, 10) == (1, 2, "plain")
    found = table(report(bench), "T-02")
    assert sorted(row[6] for row in found.rows) == ["exact", "unlinked"]
    assert all(row[7] for row in found.rows)


def test_a_page_shows_the_first_rows_of_a_long_table_and_counts_the_rest(bench: Bench) -> None:
    (vault,) = bench.azure.vaults
    for number in range(MOST_ROWS + 1):
        backup(vault, NIGHT, f"bad{number:03d}", status="Failed")
    bench.run()
    found = table(report(bench), "T-01")
    assert (len(found.rows), found.total, found.file) == (FIRST_ROWS, MOST_ROWS + 1, "data/jobs.csv")
    assert found.sha256 == DIGEST.sha256


def test_many_causes_of_gaps_are_counted_not_cut(bench: Bench) -> None:
    for number in range(30):
        vault = bench.vault(f"bad{number}")
        vault.spoiled = {Kind.JOBS: (Outcome.NOT_REACHED, f"reason {number}")}
    bench.run()
    gaps = report(bench).gaps
    assert len(gaps) == MOST_GAPS
    assert "11 more causes" in gaps[-1]


def test_vaults_outside_the_configured_patterns_are_said_to_be(bench: Bench) -> None:
    bench.run()
    assert report(bench).scope_sentences == ("All vaults of the configured subscriptions.",)
    other = Bench()
    backup(other.vault())
    note = "1 vault listed is outside the configured patterns and not asked"
    other.azure.notes = note
    other.run()
    assert any(note in sentence for sentence in report(other).scope_sentences)


def test_vaults_of_one_name_can_be_told_apart() -> None:
    one, other = FakeVault("same"), FakeVault("same", subscription=OTHER_SUBSCRIPTION)
    third = FakeVault("third")
    names = vault_names([one.vault, other.vault, third.vault])
    assert len(set(names.values())) == 3
    assert names[third.vault.vault_id] == "third"
    assert all(name.startswith("same") for vault_id, name in names.items() if vault_id != third.vault.vault_id)


def test_late_and_repeated_captures_are_told_among_the_limits(bench: Bench) -> None:
    bench.clock.reach(bench.calendar.window(DAYS[3]).end)
    bench.run()
    bench.run(again=True, reason="rights were granted")
    (limits,) = (section for section in report(bench).sections if section.anchor == "S-7")
    text = " ".join(limits.sentences)
    assert "Captured after the following night" in text
    assert "rights were granted" in text


def test_the_report_is_a_function_of_its_input(bench: Bench) -> None:
    bench.run()
    assert report(bench) == report(bench)


def test_what_nobody_read_is_unknown_and_never_zero() -> None:
    bench = Bench()
    vault = bench.vault()
    backup(vault)
    vault.spoiled |= dict.fromkeys(KINDS_OF["recovery_services"], (Outcome.NOT_REACHED, "HTTP 403 AuthorizationFailed"))
    bench.run()
    found = report(bench)
    of = all_figures(bench)
    unknown = {one.anchor: (one.count, one.denominator, one.tone) for one in of if one.count is None}
    assert unknown == {
        f"F-{number:02d}": (None, None, "unknown")
        for number in (*range(3, 12), 15, 16, *range(20, 30), *range(44, 50), *range(51, 55))
    }
    tables = {table.anchor: table for section in found.sections for table in section.tables}
    assert {anchor: tables[anchor].empty for anchor in ("T-01", "T-02", "T-10")} == dict.fromkeys(
        ("T-01", "T-02", "T-10"), "Not known: no job list was read."
    )
    assert tables["T-03"].empty == "Not known: no item list was read."
    assert [row[-2:] for row in tables["T-06"].rows] == [("unknown", "unknown")]
    assert found.nights[0].sentence == "no backup job was seen; not read: v1"


def test_a_number_that_leaves_a_vault_out_says_so(bench: Bench) -> None:
    bench.vault("v2").spoiled[Kind.JOBS] = (Outcome.NOT_REACHED, "HTTP 500")
    bench.run()
    found = report(bench)
    jobs = next(one for one in all_figures(bench) if one.anchor == "F-03")
    assert jobs.count == 1
    assert "Not counted is what was not read, of 1 of 2 nights of vaults." in jobs.note
    tables = {table.anchor: table for section in found.sections for table in section.tables}
    assert [row[-2:] for row in tables["T-06"].rows] == [("1", "1"), ("unknown", "0")]
