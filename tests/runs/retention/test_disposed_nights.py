"""What reads nights and packs after some of them were disposed of: it says so; nothing is missing, nothing is fewer."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from evidence.errors import DisposedError, ObjectMissingError
from evidence.ledger.disposals import told_payload
from evidence.ledger.entries import Draft, EntryKind, LedgerObject
from evidence.ledger.folds import named_paths, sealed_nights
from evidence.packs.fetch import fetch_pack
from evidence.packs.figures.earlier import earlier_figures
from evidence.packs.night_gaps import night_gaps
from evidence.runs.assess import assess_night, standing_assessment
from evidence.runs.sealed import SealedRows
from evidence.tables import COVERAGE, JOBS, RESTORE_LINKS
from tests.fakes.bench import NIGHT, Bench, backup, restore
from tests.fakes.disposals import bury
from tests.packs.checkpoints.desk import desk, night_packs

NEXT = NIGHT + timedelta(days=1)


def two_nights() -> Bench:
    bench = Bench()
    vault = bench.vault()
    for night in (NIGHT, NEXT):
        backup(vault, night)
        bench.run(night)
    return bench


def dispose(bench: Bench, *wanted: LedgerObject) -> int:
    for one in wanted:
        del bench.memory.files[one.path]
    return bury(bench.parts, wanted).sequence


def of_night(bench: Bench, prefix: str = "") -> list[LedgerObject]:
    run = sealed_nights(bench.parts.ledger.entries())[NIGHT][-1]
    return [one for one in run.entry.objects if one.path.startswith(prefix)]


def sealed(bench: Bench) -> SealedRows:
    return SealedRows(bench.store, named_paths(bench.parts.ledger.entries()))


def test_a_disposed_night_is_refused_and_others_are_read() -> None:
    bench = two_nights()
    stone = dispose(bench, *of_night(bench))
    entries = bench.parts.ledger.entries()
    with pytest.raises(DisposedError, match=f"disposed of by ledger entry {stone}"):
        assess_night(bench.parts, NIGHT)
    with pytest.raises(DisposedError):
        night_gaps(sealed(bench), entries, NIGHT)
    assert {row["night"] for row in bench.rows(COVERAGE)} == {NEXT}
    assert night_gaps(sealed(bench), entries, NEXT) == ()
    assess_night(bench.parts, NEXT)
    bench.run(NEXT + timedelta(days=1))


def test_with_one_table_gone_the_run_is_not_read_in_part() -> None:
    """Coverage that still stood would claim that the jobs which are gone were none."""
    bench = two_nights()
    jobs = of_night(bench, "tables/jobs/")
    dispose(bench, *jobs)
    assert {row["night"] for row in bench.rows(COVERAGE)} == {NEXT}
    assert {row["night"] for row in bench.rows(JOBS)} == {NEXT}
    with pytest.raises(DisposedError):
        night_gaps(sealed(bench), bench.parts.ledger.entries(), NIGHT)


def test_calls_alone_may_go() -> None:
    bench = two_nights()
    dispose(bench, *(one for one in of_night(bench, "calls/") if one.path.endswith(".parquet")))
    assert {row["night"] for row in bench.rows(COVERAGE)} == {NIGHT, NEXT}


def test_a_tombstone_that_nobody_approved_hides_nothing() -> None:
    bench = two_nights()
    lost = of_night(bench, "tables/jobs/")[0]
    del bench.memory.files[lost.path]
    stone = {"path": lost.path, "sequence": 1, "until": "2026-01-01", "rule": "none", "pack": None}
    payload = told_payload(
        attempt="1",
        proposal="forged",
        sha256="0" * 64,
        begun=1,
        approvals=[1, 2],
        approvers=[{"tenant_id": "t", "object_id": name, "name": name} for name in ("a", "b")],
        stones=[stone],
    )
    now = bench.clock.now()
    bench.parts.ledger.append(Draft(EntryKind.DISPOSED, now, "x", "disposal/forged", payload, (lost,)))
    with pytest.raises(ObjectMissingError):
        bench.rows(JOBS)


def test_who_looks_at_an_earlier_moment_hears_of_the_disposal() -> None:
    bench = two_nights()
    before = SealedRows(bench.store, named_paths(bench.parts.ledger.entries()))
    dispose(bench, *of_night(bench))
    with pytest.raises(DisposedError):
        before.rows(JOBS)


def test_a_link_that_was_not_found_says_what_was_disposed_of() -> None:
    """Once the point was seen on a night whose rows are gone, nobody can tell that it was never there."""
    bench = Bench()
    vault = bench.vault()
    backup(vault)
    bench.run()
    vault.items[0].points.clear()
    backup(vault, NEXT)
    restore(vault, NEXT, NIGHT)
    dispose(bench, *of_night(bench))
    bench.run(NEXT)
    (row,) = bench_links(bench)
    assert row["link"] == "unlinked"
    assert str(row["reason"]).endswith(f"Points seen on night {NIGHT} were disposed of.")


def bench_links(bench: Bench) -> list[dict[str, object]]:
    newest = standing_assessment(bench.parts.ledger.entries(), NEXT)
    assert newest is not None
    path = next(one.path for one in newest.objects if one.path.startswith("assessments/restore_links/"))
    rows: list[dict[str, object]] = sealed(bench).file(RESTORE_LINKS, path).to_pylist()
    return rows


def test_a_pack_that_is_gone_is_told_so(tmp_path: Path) -> None:
    bench = desk()
    first, second = night_packs(bench)
    dispose(bench, *first.entry.objects)
    with pytest.raises(DisposedError, match="was disposed of by"):
        fetch_pack(bench.store, first, tmp_path)
    assert fetch_pack(bench.store, second, tmp_path).sha256 == second.archive.sha256
    found = earlier_figures(bench.store, first)
    assert found is not None
    assert found.values is None
    del bench.memory.files[second.archive.path]
    with pytest.raises(ObjectMissingError):
        fetch_pack(bench.store, second, tmp_path / "again")
