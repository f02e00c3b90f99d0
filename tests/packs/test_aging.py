"""Weekly aging packs, from sealed nights to what the report says of them."""

from __future__ import annotations

import copy
import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import orjson
import pyarrow.parquet as pq
import pytest

from evidence.assess.aging import Key
from evidence.errors import ConfigurationError, RefusedError
from evidence.ledger.folds import SealedPack, named_paths
from evidence.packs.added import ordered_period
from evidence.packs.aging.pack import Before, aging_table, earlier, read_before
from evidence.packs.aging.weekly import ensure_aging_pack, last_ended_week
from evidence.packs.build import BuiltPack, PackOrder, build_pack
from evidence.packs.interface import Report, ReportTable, Section
from evidence.packs.period import Period, parse_period, span_period
from evidence.packs.scope import PackScope
from evidence.packs.select import select
from evidence.packs.verification import Trust, verify_pack
from evidence.records import Kind, Outcome
from evidence.runs.sealed import SealedRows
from evidence.tables import AGING, EXCEPTIONS_WEEK, OVERSIGHT
from tests.fakes.bench import Bench, backup
from tests.fakes.packing import FakeRenderer, sealing
from tests.fakes.packs import the_signer

MONDAY = date(2026, 11, 9)
WEEKS = [parse_period(f"2026-W{number}") for number in (46, 47)]
ALL = PackScope("all")
Row = Mapping[str, Any]


RUN = (2, 5, 6, 9, 12, 13)
"""Nights of the two weeks that are captured; each lists the jobs of the two before it again."""


def made() -> Bench:
    """Two weeks: one VM fails from the fifth night on, one failed and was backed up in the second week, one fails in it anew."""
    bench = Bench()
    vault = bench.vault()
    for number in range(14):
        day = MONDAY + timedelta(days=number)
        backup(vault, day)
        backup(vault, day, "bad", status="Failed" if number > 3 else "Completed")
        backup(vault, day, "mended", status="Failed" if number in {5, 6} else "Completed")
        backup(vault, day, "fresh", status="Failed" if number == 13 else "Completed")
        if number in RUN:
            bench.run(day)
    return bench


MADE = made()


@pytest.fixture
def bench() -> Bench:
    return copy.deepcopy(MADE)


def built(
    bench: Bench, week: Period, renderer: FakeRenderer | None = None, reason: str | None = None, kind: str = "aging"
) -> BuiltPack:
    return build_pack(bench.parts, sealing(bench, renderer=renderer), PackOrder(kind, ALL, week, reason))


@pytest.fixture(scope="module")
def two() -> tuple[Bench, list[BuiltPack], list[Report]]:
    bench, renderer = copy.deepcopy(MADE), FakeRenderer()
    return bench, [built(bench, week, renderer) for week in WEEKS], renderer.reports


def at_end(bench: Bench, week: Period, before: Sequence[Row] = ()) -> dict[str, Row]:
    """The table alone, compared with the rows of one made before."""
    entries = bench.parts.ledger.entries()
    files = SealedRows(bench.store, named_paths(entries))
    vaults = select(bench.store, entries, week, ALL).vaults
    looked = {Key(row["vault_id"], row["subject"], row["operation"]): row for row in before if row["bucket"]}
    end = bench.calendar.window(week.last).end
    rows = aging_table(files, vaults, week, end, Before("the-pack-before", looked) if looked else None).to_pylist()
    return {row["name"] or row["subject"]: row for row in rows}


def members(bench: Bench, pack: BuiltPack) -> Mapping[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(bench.memory.files[pack.path])) as archive:
        return {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}


def aged(bench: Bench, pack: BuiltPack) -> dict[str, Row]:
    rows = pq.read_table(io.BytesIO(members(bench, pack)["data/parquet/aging.parquet"])).to_pylist()
    return {row["name"] or row["subject"]: row for row in rows}


Two = tuple[Bench, list[BuiltPack], list[Report]]


def test_a_week_is_packed_with_what_stands_unresolved_at_its_end(two: Two) -> None:
    bench, packs, _ = two
    first, second = (aged(bench, pack) for pack in packs)
    assert {name: (row["state"], row["bucket"], row["nights_failing"]) for name, row in first.items()} == {
        "bad": ("failing", "2-3", 3),
        "mended": ("failing", "0-1", 2),
    }
    assert {name: (row["state"], row["bucket"], row["moved"]) for name, row in second.items()} == {
        "bad": ("failing", "8-14", "older"),
        "mended": ("resolved", None, "resolved"),
        "fresh": ("failing", "0-1", "new"),
    }
    assert {row["region"] for row in second.values()} == {"westeurope"}
    assert {row["workload"] for row in second.values()} == {"VM"}


def test_what_was_resolved_names_job_and_recovery_point_and_the_pack_before(two: Two) -> None:
    bench, packs, _ = two
    row = aged(bench, packs[1])["mended"]
    assert (row["closed_by_job_id"], row["closed_by_recovery_point_id"]) == (
        "backup-v1-mended-2026-11-16",
        "point-2026-11-16",
    )
    assert (row["previous_bucket"], row["previous_pack"]) == ("0-1", packs[0].pack.pack_id)


def test_series_keep_until_and_verification_are_those_of_every_pack(two: Two, tmp_path: Any) -> None:
    bench, packs, _ = two
    assert [one.pack.pack_id for one in packs] == [f"all-aging-internal-2026-W{n}-r0001" for n in (46, 47)]
    assert [one.pack.series_sequence for one in packs] == [1, 2]
    assert packs[1].pack.previous_in_series == packs[0].pack.tagmanifest_sha256
    assert packs[1].pack.entry.payload["keep_until"] == "2028-01-01"
    file = tmp_path / f"{packs[1].pack.pack_id}.zip"
    file.write_bytes(bench.memory.files[packs[1].path])
    result = verify_pack(file, Trust(signer_fingerprint=the_signer().identity.fingerprint_sha256))
    assert result.ok
    compared = {one.file for one in result.checks if one.name == "rows"}
    assert {f"data/{table.name}.csv" for table in (AGING, EXCEPTIONS_WEEK, *OVERSIGHT)} <= compared
    statement = orjson.loads(members(bench, packs[1])["statement.json"])
    assert (statement["kind"], statement["period"]["name"]) == ("aging", "2026-W47")
    assert statement["counts"]["aging"] == 3


@pytest.mark.slow
def test_a_revision_is_compared_with_the_earlier_week_and_not_with_itself(bench: Bench) -> None:
    first, second = (built(bench, week) for week in WEEKS)
    again = built(bench, WEEKS[1], reason="rights were granted")
    assert aged(bench, again) == aged(bench, second)
    with pytest.raises(RefusedError):
        built(bench, WEEKS[0])
    entries = bench.parts.ledger.entries()
    found = earlier(entries, first.pack.series, parse_period("2026-W48"))
    assert found is not None
    assert found.pack_id == again.pack.pack_id


def test_without_a_pack_before_nothing_is_said_to_have_moved(two: Two) -> None:
    bench, packs, _ = two
    assert {row["moved"] for row in aged(bench, packs[0]).values()} == {None}
    assert read_before(bench.store, None) is None


def test_a_vault_whose_jobs_were_not_read_is_a_line_of_its_own_and_nothing_of_it_is_resolved(bench: Bench) -> None:
    first = at_end(bench, WEEKS[0])
    (vault,) = bench.azure.vaults
    week = parse_period("2026-W48")
    vault.spoiled[Kind.JOBS] = (Outcome.NOT_REACHED, "HTTP 403 AuthorizationFailed")
    bench.run(week.first)
    bench.run(week.last)
    found = at_end(bench, week, list(first.values()))
    assert (found["bad"]["state"], found["bad"]["bucket"], found["bad"]["unread_nights"]) == ("unknown", "unknown", 7)
    assert (found["bad"]["moved"], found["fresh"]["moved"]) == ("now unknown", "new")
    assert (found["vault"]["bucket"], found["vault"]["unread_nights"]) == ("unknown", 7)
    assert "2026-11-23 … 2026-11-29" in found["vault"]["reason"]
    assert found["mended"]["state"] == "resolved"


def test_what_left_the_scope_is_no_longer_told_and_not_called_resolved(bench: Bench) -> None:
    before = at_end(bench, WEEKS[1])
    bench.azure.subscriptions[0].vaults.clear()
    bench.vault("v2")
    week = parse_period("2026-W48")
    bench.run(week.last)
    found = at_end(bench, week, list(before.values()))
    assert {row["state"] for name, row in found.items() if name in {"bad", "fresh"}} == {"no longer told"}
    assert {row["bucket"] for name, row in found.items() if name in {"bad", "fresh"}} == {None}
    assert "no proof" in found["bad"]["reason"]


def test_a_failure_after_the_one_before_was_resolved_is_told_as_failed_again(bench: Bench) -> None:
    before = at_end(bench, WEEKS[0])
    (vault,) = bench.azure.vaults
    backup(vault, WEEKS[1].last + timedelta(days=1), "mended", status="Failed")
    week = parse_period("2026-W48")
    bench.run(week.first)
    found = at_end(bench, week, list(before.values()))
    assert (found["mended"]["moved"], found["mended"]["previous_bucket"]) == ("failed again", "0-1")


@pytest.mark.slow
def test_packs_of_a_period_hold_these_tables_and_those_of_a_night_none(bench: Bench) -> None:
    names = {f"data/{table.name}.csv" for table in (AGING, *OVERSIGHT)}
    audit = built(bench, span_period(WEEKS[1].first, WEEKS[1].last), kind="audit")
    night = built(bench, span_period(MONDAY, MONDAY), kind="night")
    assert names <= members(bench, audit).keys()
    assert not names & members(bench, night).keys()
    assert "data/exceptions_week.csv" not in {*members(bench, audit), *members(bench, night)}
    assert {row["moved"] for row in aged(bench, audit).values()} == {None}


# --- the week


@pytest.mark.parametrize(
    "text", ["2026-11", "2026-11-16", "2026-11-16..2026-11-21", "2026-11-17..2026-11-23", "2026-11-16..2026-11-29"]
)
def test_an_aging_pack_is_of_one_week(text: str) -> None:
    with pytest.raises(ConfigurationError, match="of one week"):
        ordered_period("aging", parse_period(text))


def test_a_week_told_by_its_days_has_the_weeks_name_and_other_kinds_keep_theirs() -> None:
    days = parse_period("2026-11-16..2026-11-22")
    assert ordered_period("aging", days) == ordered_period("aging", WEEKS[1]) == WEEKS[1]
    assert ordered_period("audit", days) == days


def ensured(bench: Bench, week: Period) -> SealedPack:
    return ensure_aging_pack(bench.parts, sealing(bench), ALL, week)


@pytest.mark.slow
def test_a_weeks_pack_is_built_once_and_again_where_its_nights_were(bench: Bench) -> None:
    first = ensured(bench, WEEKS[1])
    assert ensured(bench, WEEKS[1]) == first
    bench.run(WEEKS[1].last, again=True, reason="rights were granted")
    second = ensured(bench, WEEKS[1])
    assert (second.revision, second.supersedes) == (2, first.tagmanifest_sha256)
    assert second.entry.payload["reason"] == "rights were granted"


def test_the_week_that_has_ended_last(bench: Bench) -> None:
    calendar = bench.calendar
    end = calendar.window(WEEKS[1].last).end
    assert last_ended_week(calendar, end) == WEEKS[1]
    assert last_ended_week(calendar, end - timedelta(seconds=1)) == WEEKS[0]
    assert last_ended_week(calendar, end + timedelta(days=6)) == WEEKS[1]


# --- the report


def section(report: Report, anchor: str) -> Section:
    return next(one for one in report.sections if one.anchor == anchor)


def table(report: Report, anchor: str) -> ReportTable:
    return next(one for found in report.sections for one in found.tables if one.anchor == anchor)


def test_the_report_tells_the_oldest_first_then_what_moved(two: Two) -> None:
    report = two[2][1]
    assert report.title == "Backup failures that nothing resolved"
    oldest, moved = table(report, "T-60"), table(report, "T-61")
    assert [row[0] for row in oldest.rows] == ["bad", "fresh"]
    assert [(row[0], row[1], row[4], row[5]) for row in moved.rows] == [
        ("new", "fresh", "–", "0-1"),
        ("older", "bad", "2-3", "8-14"),
        ("resolved", "mended", "0-1", "–"),
    ]
    assert table(report, "T-62").rows == (("westeurope", "1", "0", "0", "1", "0", "0", "0", "0", "0", "2"),)
    assert [row[0] for row in table(report, "T-63").rows] == ["VM"]
    assert table(report, "T-64").total == 2
    told = " ".join(section(report, "S-15").sentences)
    assert "2 unresolved failures" in told
    assert "Since all-aging-internal-2026-W46-r0001: new 1, older 1, resolved 1." in told


def test_the_exceptions_of_the_week_come_first_with_owner_and_state(two: Two) -> None:
    report, rows = two[2][1], exceptions_of(two)
    anchors = [one.anchor for one in report.sections]
    assert anchors.index("S-19") < anchors.index("S-15")
    standing = [row for row in rows if row["state"] not in {"closed", "withdrawn"} and not row["hint"]]
    assert [row["place"] for row in rows] == list(range(1, len(rows) + 1))
    assert [row[0] for row in table(report, "T-90").rows] == [row["subject"] for row in standing[:5]]
    assert {row[2] for row in table(report, "T-90").rows} == {"nobody"}
    moved = [row for row in rows if row["moved"]]
    assert table(report, "T-91").total == len(moved) > 0
    assert table(report, "T-93").total == len(standing) > 0
    chart = section(report, "S-19").chart
    assert chart is not None
    assert f"{len(standing)} open" in chart.finding


def exceptions_of(two: Two) -> Sequence[Row]:
    bench, packs, _ = two
    file = members(bench, packs[1])["data/parquet/exceptions_week.parquet"]
    rows: Sequence[Row] = pq.read_table(io.BytesIO(file)).to_pylist()
    return rows


def test_a_week_and_the_table_of_its_last_night_tell_the_same_exceptions(two: Two) -> None:
    bench, packs, _ = two
    file = members(bench, packs[1])["data/parquet/exceptions.parquet"]
    held = {row["exception_key"]: row for row in pq.read_table(io.BytesIO(file)).to_pylist()}
    for row in exceptions_of(two):
        other = held[row["exception_key"]]
        for name in ("state", "age_days", "bucket", "past_due", "owner", "accepted_until", "closed_by_job_id"):
            assert row[name] == other[name], (row["subject"], name)


def test_the_chart_of_the_chapter_counts_what_the_table_counts(two: Two) -> None:
    for report, before in zip(two[2], ("not known", "2"), strict=True):
        chart = section(report, "S-15").chart
        assert chart is not None
        assert "data/aging.csv" in chart.source
        assert "2 open" in chart.finding
        assert before in chart.finding


def test_zero_failures_are_said() -> None:
    quiet, renderer = Bench(), FakeRenderer()
    backup(quiet.vault(), MONDAY)
    quiet.run(WEEKS[0].first)
    built(quiet, WEEKS[0], renderer)
    assert table(renderer.reports[0], "T-64").empty == "No failure is unresolved."
    assert "0 unresolved failures" in " ".join(section(renderer.reports[0], "S-15").sentences)


def test_access_and_change_shows_reviews_deliveries_rights_and_settings(two: Two) -> None:
    tables: Sequence[ReportTable] = section(two[2][0], "S-14").tables
    found = {one.anchor: one for one in tables}
    assert {"T-65", "T-66", "T-67", "T-68"} <= found.keys()
    assert found["T-65"].empty == "No review was made, and none was due."
    assert found["T-66"].empty == "No delivery was recorded."
    assert {row[4] for row in found["T-67"].rows} == {"not read"}
    assert [row[1:3] for row in found["T-68"].rows] == [("*", "first")]
