from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import orjson
import pytest

from evidence.errors import IntegrityError, RefusedError
from evidence.ledger.entries import EntryKind
from evidence.ledger.folds import named_paths, sealed_nights
from evidence.nights import Calendar, look_back
from evidence.records import Kind, Outcome
from evidence.runs.checks import elements_missing, outside_window, repeated_keys, unread_coverage
from evidence.runs.gaps import missing_nights
from evidence.runs.night import known_items, newest_run, seal_stage, sealed_run, tables_stage
from evidence.runs.sealed import SealedRows
from evidence.runs.summary import read_summary
from evidence.runs.tables import TableRun
from evidence.runs.unfinished import NIGHTS_SEARCHED, unfinished_jobs
from evidence.tables import CALLS, JOBS, PROTECTED_ITEMS, RECOVERY_POINTS, RESTORE_LINKS
from tests.fakes.bench import NIGHT, Bench, at, backup, restore
from tests.fakes.bodies import FakeItem, FakeJob, FakePoint

NEXT = NIGHT + timedelta(days=1)
OTHER_TENANT = "7e4a0000-0000-4000-8000-000000000002"


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    backup(made.vault())
    return made


def sealed(bench: Bench) -> SealedRows:
    return SealedRows(bench.store, named_paths(bench.parts.ledger.entries()))


# --- the seal


def test_the_first_night_opens_the_store_and_adopts_the_configuration(bench: Bench) -> None:
    backup(bench.azure.vaults[0], NEXT)  # a night without a backup would be an exception, with an entry of its own
    bench.run()
    bench.run(NEXT)
    kinds = [entry.kind for entry in bench.parts.ledger.entries()]
    assert kinds == [
        EntryKind.STORE_OPENED,
        EntryKind.CONFIGURATION_ADOPTED,
        EntryKind.NIGHT_SEALED,
        EntryKind.ASSESSMENT_SEALED,
        EntryKind.NIGHT_SEALED,
        EntryKind.ASSESSMENT_SEALED,
    ]


def test_a_changed_configuration_is_adopted_and_so_is_a_return_to_the_old_one(bench: Bench) -> None:
    old = bench.raw
    bench.run()
    bench.raw = old + b"automation: on\n"
    bench.run(NEXT)
    bench.raw = old
    bench.run(NEXT + timedelta(days=1))
    adopted = [
        entry.payload["sha256"]
        for entry in bench.parts.ledger.entries()
        if entry.kind is EntryKind.CONFIGURATION_ADOPTED
    ]
    assert len(adopted) == 3
    assert adopted[0] == adopted[2] != adopted[1]


def test_the_seal_names_every_file_of_the_run_and_counts_its_rows(bench: Bench) -> None:
    entry = bench.run()
    manifest = sealed_run(bench.parts, NIGHT)
    assert manifest is not None
    paths = {one.path for one in entry.objects}
    of_run = {path for path in bench.memory.files if manifest.run_id in path}
    assert paths == of_run
    counts = entry.payload["tables"]
    assert isinstance(counts, dict)
    assert (counts["jobs"], counts["protected_items"]) == (len(bench.rows(JOBS)), len(bench.rows(PROTECTED_ITEMS)))


def test_another_tenant_never_seals_into_the_store(bench: Bench) -> None:
    bench.run()
    bench.azure.tenant = OTHER_TENANT
    with pytest.raises(RefusedError, match="another tenant"):
        bench.run(NEXT)
    assert list(sealed_nights(bench.parts.ledger.entries())) == [NIGHT]


def test_a_run_that_asked_in_two_tenants_is_an_error(bench: Bench) -> None:
    backup(bench.vault("v2"))
    manifest = bench.capture()
    bench.azure.tenant = OTHER_TENANT
    other = bench.capture(again=True, reason="x")
    mixed = replace(manifest, files=(*manifest.calls[:1], *other.calls[1:]))
    with pytest.raises(IntegrityError, match="several tenants"):
        tables_stage(bench.parts, mixed)


def test_a_later_stage_of_a_night_that_was_never_captured_is_refused(bench: Bench) -> None:
    with pytest.raises(RefusedError, match="has not been captured"):
        newest_run(bench.parts, NIGHT)


@pytest.mark.parametrize(
    "calendar", [Calendar("UTC", time(18, 0)), Calendar("Europe/Berlin"), Calendar("Europe/Berlin", time(18, 0))]
)
def test_a_store_keeps_the_calendar_of_its_nights(bench: Bench, calendar: Calendar) -> None:
    entry = bench.run()
    assert entry.payload["calendar"] == {"time_zone": "UTC", "night_starts_at": "06:00"}
    waiting = bench.capture(NEXT)
    asked, bench.calendar = len(bench.azure.asked), calendar
    with pytest.raises(RefusedError, match="another calendar"):
        bench.run(NEXT + timedelta(days=1))
    assert len(bench.azure.asked) == asked
    run = tables_stage(bench.parts, waiting)
    with pytest.raises(RefusedError, match="another calendar"):
        seal_stage(bench.parts, waiting, run, bench.configuration)
    bench.calendar = Calendar()
    bench.run(NEXT)


# --- unfinished jobs


def test_a_job_that_had_not_ended_is_asked_again_until_it_ends(bench: Bench) -> None:
    (vault,) = bench.azure.vaults
    job = backup(vault, NIGHT, "slow", status="InProgress")
    bench.run()
    for number in range(1, 6):
        bench.run(NIGHT + timedelta(days=number))
    asked = [subject for _, kind, subject in bench.azure.asked if kind is Kind.JOB_DETAILS]
    assert asked == [job.job_id] * 6
    job.status = "Failed"
    bench.run(NIGHT + timedelta(days=6))
    bench.run(NIGHT + timedelta(days=7))
    assert unfinished_jobs(sealed(bench), NIGHT + timedelta(days=8)) == {}
    asked = [subject for _, kind, subject in bench.azure.asked if kind is Kind.JOB_DETAILS]
    assert asked == [job.job_id] * 7
    assert bench.rows(JOBS)[-1]["status"] == "Failed"


@pytest.mark.parametrize("status", ["InProgress", "Cancelling"])
def test_both_words_for_not_ended_count(bench: Bench, status: str) -> None:
    (vault,) = bench.azure.vaults
    job = backup(vault, NIGHT, "slow", status=status)
    bench.run()
    assert unfinished_jobs(sealed(bench), NEXT) == {vault.vault.vault_id: (job.job_id,)}
    assert unfinished_jobs(sealed(bench), NIGHT) == {}


def test_a_job_that_is_gone_is_not_asked_again_but_one_that_reappears_is(bench: Bench) -> None:
    (vault,) = bench.azure.vaults
    job = backup(vault, NIGHT, "slow", status="InProgress")
    bench.run()
    job.gone = True
    bench.run(NEXT)
    found = [row for row in bench.rows(CALLS) if row["subject"] == job.job_id]
    assert [row["status"] for row in found] == [200, 404]
    assert unfinished_jobs(sealed(bench), NEXT + timedelta(days=1)) == {}
    job.gone = False
    bench.run(NEXT + timedelta(days=1))
    assert unfinished_jobs(sealed(bench), NEXT + timedelta(days=2)) == {vault.vault.vault_id: (job.job_id,)}


def test_a_vault_that_answers_404_to_everything_does_not_make_its_jobs_gone(bench: Bench) -> None:
    (vault,) = bench.azure.vaults
    job = backup(vault, NIGHT, "slow", status="InProgress")
    bench.run()
    job.gone = True
    vault.spoiled[Kind.JOBS] = (Outcome.NOT_REACHED, "HTTP 404 ResourceNotFound")
    bench.run(NEXT)
    assert [row["status"] for row in bench.rows(CALLS) if row["subject"] == job.job_id] == [200, 404]
    assert unfinished_jobs(sealed(bench), NEXT + timedelta(days=1)) == {vault.vault.vault_id: (job.job_id,)}


def test_a_job_is_remembered_over_nights_that_failed(bench: Bench) -> None:
    (vault,) = bench.azure.vaults
    job = backup(vault, NIGHT, "slow", status="InProgress")
    bench.run()
    last = NIGHT + timedelta(days=NIGHTS_SEARCHED)
    assert unfinished_jobs(sealed(bench), last) == {vault.vault.vault_id: (job.job_id,)}
    assert unfinished_jobs(sealed(bench), last + timedelta(days=1)) == {}


# --- items known from before


def test_jobs_of_items_that_are_deleted_by_now_are_linked_by_what_was_known(bench: Bench) -> None:
    (vault,) = bench.azure.vaults
    vault.items.append(FakeItem("orders", database=True))
    bench.run()
    key = vault.item_id(vault.items.pop()).lower()
    vault.jobs.append(FakeJob("job-2", "orders", at(NEXT)))
    vault.jobs[-1].properties = {
        "backupManagementType": "AzureWorkload",
        "entityFriendlyName": "orders [sql1]",
        "containerName": None,
    }
    bench.run(NEXT)
    (job,) = (row for row in bench.rows(JOBS, NEXT) if row["job_id"] == "job-2")
    assert (job["item_key"], job["item_link"]) == (key, "name")


def test_known_items_are_told_once_and_by_vault(bench: Bench) -> None:
    (vault,) = bench.azure.vaults
    bench.nights(3)
    bench.vault("v2").items.append(FakeItem("vm9"))
    bench.run(NIGHT + timedelta(days=3))
    found = known_items(sealed(bench), NIGHT + timedelta(days=4))
    assert {key.rpartition("/")[2]: len(rows) for key, rows in found.items()} == {"v1": 1, "v2": 1}
    vault.items[0].properties["friendlyName"] = "renamed"
    bench.run(NIGHT + timedelta(days=4))
    names = [
        row["friendly_name"] for row in known_items(sealed(bench), NIGHT + timedelta(days=5))[vault.vault.vault_id]
    ]
    assert sorted(map(str, names)) == ["renamed", "vm1"]
    assert known_items(sealed(bench), NIGHT) == {}


# --- links


def test_a_restore_first_read_after_its_point_was_last_seen_is_linked(bench: Bench) -> None:
    (vault,) = bench.azure.vaults
    bench.run()
    points = vault.items[0].points
    point = points.pop()
    bench.run(NEXT)
    restore(vault, NEXT, NIGHT, point_at=point.at)
    bench.run(NEXT + timedelta(days=1))
    (link,) = newest_links(bench)
    assert (link["link"], link["recovery_point_id"]) == ("exact", point.point_id)


def newest_links(bench: Bench) -> list[dict[str, object]]:
    """Links of the newest assessment."""
    entry = next(one for one in reversed(bench.parts.ledger.entries()) if one.kind is EntryKind.ASSESSMENT_SEALED)
    (path,) = (one.path for one in entry.objects if one.path.startswith("assessments/restore_links/"))
    found: list[dict[str, object]] = sealed(bench).file(RESTORE_LINKS, path).to_pylist()
    return found


# --- checks before the seal


def checked(bench: Bench) -> TableRun:
    manifest = newest_run(bench.parts, NIGHT)
    return read_summary(bench.store, NIGHT, manifest.run_id)


def test_a_good_run_passes_every_check(bench: Bench) -> None:
    bench.run()
    run = checked(bench)
    assert set(repeated_keys(bench.store, run).values()) == {0}
    assert set(elements_missing(bench.store, run).values()) == {0}
    assert unread_coverage(bench.store, run) == {}
    assert outside_window(bench.store, run, newest_run(bench.parts, NIGHT), bench.calendar) == 0


def test_what_was_sent_twice_is_counted_twice_and_the_night_is_sealed(bench: Bench) -> None:
    (vault,) = bench.azure.vaults
    vault.jobs.append(vault.jobs[0])
    vault.items.append(vault.items[0])
    vault.items[0].points.append(vault.items[0].points[0])
    vault.items.append(
        FakeItem("orders", database=True, ranges=[(at(NIGHT), at(NIGHT, 23)), (at(NIGHT, 25), at(NIGHT, 26))])
    )
    bench.run()
    run = checked(bench)
    assert set(repeated_keys(bench.store, run).values()) == {0}
    assert set(elements_missing(bench.store, run).values()) == {0}


@pytest.mark.parametrize(
    ("properties", "rows"),
    [({"startTime": None}, 1), ({"startTime": "whenever"}, 1), ({"status": None}, 1), ({"operation": None}, 1)],
)
def test_a_job_that_tells_little_is_a_row_all_the_same(bench: Bench, properties: dict[str, object], rows: int) -> None:
    (vault,) = bench.azure.vaults
    vault.jobs[0].properties = properties
    bench.run()
    found = bench.rows(JOBS)
    assert len(found) >= rows
    assert all(row["event_night"] is not None for row in found)


def test_an_answer_with_more_than_a_list_does_not_keep_a_night_from_being_sealed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.fakes.source.listing", lambda rows, _link=None: _with_count(rows))
    bench.run()
    run = checked(bench)
    assert run.problems["jobs.count"] == 1
    assert set(elements_missing(bench.store, run).values()) == {0}


def _with_count(rows: list[object]) -> bytes:
    return orjson.dumps({"value": rows, "count": len(rows)})


def test_an_element_that_is_none_is_unread_and_counted(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.fakes.source.listing", lambda rows, _link=None: orjson.dumps({"value": [*rows, 5]}))
    bench.run()
    run = checked(bench)
    assert run.unread["jobs: element is not a JSON object"] == 1
    assert set(elements_missing(bench.store, run).values()) == {0}


def test_rows_outside_the_window_are_counted(bench: Bench) -> None:
    (vault,) = bench.azure.vaults
    stray = backup(vault, NIGHT, "stray")
    stray.properties["startTime"] = "2026-01-01T00:00:00Z"
    bench.run()
    assert outside_window(bench.store, checked(bench), newest_run(bench.parts, NIGHT), bench.calendar) == 1


def test_a_lost_row_and_a_doubled_one_are_found(bench: Bench) -> None:
    bench.run()
    run = checked(bench)
    jobs = [file for file in run.files if "/jobs/" in file.path]
    without = replace(run, files=tuple(file for file in run.files if file not in jobs))
    assert elements_missing(bench.store, without)["jobs"] == 1
    assert repeated_keys(bench.store, replace(run, files=(*run.files, *jobs)))["jobs"] == 1


def test_what_was_not_read_whole_is_counted_by_outcome(bench: Bench) -> None:
    bench.azure.vaults[0].spoiled = {
        Kind.JOBS: (Outcome.PARTIAL, "x"),
        Kind.POLICIES: (Outcome.NOT_REACHED, "y"),
        Kind.VAULT: (Outcome.NOT_REACHED, "z"),
    }
    bench.run()
    assert unread_coverage(bench.store, checked(bench)) == {"partial": 1, "not_reached": 2}


# --- missing nights


def test_before_any_seal_no_night_is_missing(bench: Bench) -> None:
    assert missing_nights(bench.parts.ledger.entries(), Calendar(), at(NIGHT)) == ()


def test_a_planted_gap_is_found_and_nothing_else_is(bench: Bench) -> None:
    bench.run(NIGHT)
    bench.run(NIGHT + timedelta(days=3))
    entries = bench.parts.ledger.entries()
    days = [NIGHT + timedelta(days=number) for number in range(8)]
    assert missing_nights(entries, Calendar(), at(days[4])) == (days[1], days[2])
    assert missing_nights(entries, Calendar(), at(days[6])) == (days[1], days[2], days[4], days[5])
    assert missing_nights(entries, Calendar(), at(days[0])) == ()


def test_a_night_is_missing_only_when_its_own_run_had_time_to_end(bench: Bench) -> None:
    bench.run(NIGHT)
    entries, calendar = bench.parts.ledger.entries(), Calendar("Europe/Berlin", time(6, 0))
    ended = calendar.window(NEXT).end
    assert missing_nights(entries, calendar, ended + timedelta(minutes=89)) == ()
    assert missing_nights(entries, calendar, ended + timedelta(minutes=91)) == (NEXT,)


def test_gaps_are_told_in_a_ledger_of_many_years(bench: Bench) -> None:
    bench.run(NIGHT)
    now = datetime(2040, 1, 2, 12, tzinfo=UTC)
    missing = missing_nights(bench.parts.ledger.entries(), Calendar(), now)
    assert (missing[0], missing[-1]) == (NEXT, date(2040, 1, 1))


# --- sealed rows


def test_only_what_the_ledger_names_is_read(bench: Bench) -> None:
    bench.run()
    rows = sealed(bench)
    path = rows.paths(JOBS)[0]
    bench.memory.files[path.replace("-0000", "-0001")] = bench.memory.files[path]
    assert rows.rows(JOBS).num_rows == 1
    with pytest.raises(IntegrityError, match="No ledger entry names"):
        rows.content(path.replace("-0000", "-0001"))


def test_nights_and_columns_narrow_what_is_read(bench: Bench) -> None:
    bench.nights(3)
    rows = sealed(bench)
    assert len(rows.paths(RECOVERY_POINTS)) == 3
    assert len(rows.paths(RECOVERY_POINTS, NEXT)) == 2
    assert len(rows.paths(RECOVERY_POINTS, None, NIGHT)) == 1
    assert rows.rows(RECOVERY_POINTS, columns=["item_key"]).column_names == ["item_key"]
    assert rows.rows(JOBS, first=look_back(NIGHT, 9), last=look_back(NIGHT, 2), columns=["job_id"]).num_rows == 0


def test_a_point_seen_on_many_nights_is_a_row_for_each(bench: Bench) -> None:
    (vault,) = bench.azure.vaults
    vault.items[0].points = [FakePoint("p", at(NIGHT, 22.01))]
    bench.nights(2)
    assert [row["night"] for row in bench.rows(RECOVERY_POINTS)] == [NIGHT, NEXT]
