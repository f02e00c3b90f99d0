"""calls.zip in the store, in the ledger and in the reader's hand; and what a stranger may do to it."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from evidence.errors import ConfigurationError, IntegrityError, RefusedError
from evidence.ledger.entries import LedgerEntry
from evidence.ledger.folds import Series
from evidence.packs import bag
from evidence.packs.build import PackOrder, build_pack
from evidence.packs.calls.archive import calls_of
from evidence.packs.fetch import fetch_calls
from evidence.packs.how_to_verify import commands
from evidence.packs.period import Period, span_period
from evidence.packs.scope import PackScope
from evidence.packs.select import Keep, Selection, select
from evidence.packs.series import place_of
from evidence.packs.verification import CallsGiven, Finding, Trust, verify_pack
from evidence.packs.verification import reperformance_tables as tables
from evidence.runs.parts import silent
from evidence.stores.interface import EvidenceStore
from evidence.tables import CALLS, JOBS, Table
from tests.fakes.bench import NIGHT, Bench, backup, restore
from tests.fakes.certificates import trade
from tests.fakes.packing import sealing
from tests.fakes.saved import az, item, job
from tests.packs.calls.forging import folder_of, members_of, signed_for, with_rows
from tests.packs.calls.tampering import failed_words
from tests.packs.calls.world import Packed, failures, fetched, lines, made_again, packed, verified, world
from tests.runs.importing import bring, only_vault, opened, save

DAY = timedelta(days=1)
EU = PackScope("eu", regions=("westeurope",))
"""Its packs sort behind `calls.zip`."""


def ordered(first: int, last: int, kind: str = "night", *, with_calls: bool = True) -> PackOrder:
    return PackOrder(kind, EU, span_period(NIGHT + first * DAY, NIGHT + last * DAY), with_calls=with_calls)


@pytest.fixture(scope="module")
def bench() -> Bench:
    """Three nights of one vault; a job that ran on, and a restore in the last."""
    made = Bench()
    vault = made.vault()
    running = backup(vault, NIGHT, status="InProgress")
    made.run(NIGHT)
    build_pack(made.parts, sealing(made), ordered(0, 0, with_calls=False))
    running.status = "Completed"
    backup(vault, NIGHT + DAY)
    made.run(NIGHT + DAY)
    restore(vault, NIGHT + 2 * DAY, NIGHT + DAY)
    made.run(NIGHT + 2 * DAY)
    return made


@pytest.fixture(scope="module")
def night(bench: Bench, tmp_path_factory: pytest.TempPathFactory) -> Packed:
    """The pack of the second night, which restates the job of the first."""
    pack = build_pack(bench.parts, sealing(bench), ordered(1, 1)).pack
    return fetched(bench, pack, tmp_path_factory.mktemp("night"))


@pytest.mark.slow
def test_a_night_of_some_vaults_is_made_again_and_what_needs_all_vaults_is_said(night: Packed) -> None:
    found = verified(night)
    assert failures(found) == []
    skipped = lines(found, "made again", Finding.NOT_CHECKED)
    assert "the scope" in skipped["data/parquet/reconciliation.parquet"]
    assert lines(found, "made again")["data/parquet/restated.parquet"].startswith("1 rows, each the same")
    assert lines(found, "redaction") == {None: "no answer was redacted: all are as received"}


def test_an_altered_row_under_the_real_key_is_told_by_nothing_else(night: Packed, bench: Bench, tmp_path: Path) -> None:
    def longer(rows: list[dict[str, object]]) -> list[dict[str, object]]:
        rows[0]["duration_s"] = 1.0
        return rows

    ((name, file, detail),) = failures(verified(with_rows(night, "jobs", longer, tmp_path)))
    assert (name, file) == ("made again", "data/parquet/jobs.parquet")
    assert "1 rows differ, 0 are the same" in detail
    assert "duration_s is '1.0', made again '540.0'" in detail
    (call,) = re.findall(r"\(call (\S+)\)", detail)
    assert call in {row["call_id"] for row in bench.rows(CALLS)}


def test_one_entry_names_pack_report_and_calls_whatever_they_sort_like(bench: Bench, night: Packed) -> None:
    pack = night.pack
    assert pack.calls is not None
    assert pack.calls.path < pack.archive.path
    assert pack.archive.path.endswith(f"/{pack.pack_id}.zip")
    assert bag.digest(night.calls) == bag.Digest(pack.calls.bytes, pack.calls.sha256)
    assert bench.memory.files[pack.calls.path] == night.calls.read_bytes()


def test_the_printed_command_holds_the_calls_against_the_pack(night: Packed, tmp_path: Path) -> None:
    members = members_of(night.file)
    (command,) = [one for one in commands(members[bag.HOW_TO_VERIFY].decode()) if "calls.zip" in one]
    (tmp_path / "pack").mkdir()
    shutil.copy(night.calls, tmp_path)
    good = subprocess.run(["sh", "-c", command], cwd=tmp_path / "pack", capture_output=True, text=True, check=True)
    assert good.stdout == f"../{night.calls.name}: OK\n"
    with (tmp_path / night.calls.name).open("r+b") as file:
        file.seek(300)
        file.write(b"!")
    assert subprocess.run(["sh", "-c", command], cwd=tmp_path / "pack", capture_output=True, check=False).returncode


def test_calls_that_were_not_brought_along_are_said_not_to_be_checked(night: Packed) -> None:
    found = verify_pack(night.file, Trust(trade().signer.fingerprint))
    assert found.ok
    (said,) = lines(found, "calls", Finding.NOT_CHECKED).values()
    assert bag.digest(night.calls).sha256 in said


@pytest.mark.slow
def test_a_pack_without_calls_takes_none_and_says_so(bench: Bench, night: Packed, tmp_path: Path) -> None:
    plain = build_pack(bench.parts, sealing(bench), ordered(2, 2, with_calls=False)).pack
    assert plain.calls is None
    file = tmp_path / "plain.zip"
    bench.store.fetch(plain.archive.path, file)
    trust = Trust(trade().signer.fingerprint)
    assert lines(verify_pack(file, trust), "calls", Finding.NOT_CHECKED) == {}
    found = verify_pack(file, trust, calls=CallsGiven(night.calls, silent))
    assert failed_words(found) == ["calls: This pack was sealed without calls, so no calls.zip belongs to it."]
    with pytest.raises(RefusedError, match="sealed without calls"):
        fetch_calls(bench.store, plain, tmp_path)


def test_a_report_alone_and_a_file_that_is_not_there(night: Packed, tmp_path: Path) -> None:
    report = tmp_path / "report.pdf"
    report.write_bytes(members_of(night.file)[bag.REPORT])
    found = verify_pack(report, Trust(trade().signer.fingerprint), calls=CallsGiven(night.calls, silent))
    assert any(words.startswith("calls: Calls belong to a pack") for words in failed_words(found))
    with pytest.raises(ConfigurationError, match="cannot be read"):
        verify_pack(night.file, Trust(), calls=CallsGiven(tmp_path / "none.zip", silent))


@pytest.mark.slow
def test_the_calls_of_another_pack_are_not_looked_into(bench: Bench, night: Packed, tmp_path: Path) -> None:
    other = fetched(bench, build_pack(bench.parts, sealing(bench), ordered(0, 2, "audit")).pack, tmp_path)
    found = verified(night, other.calls)
    assert failed_words(found) == ["calls: It is not the calls.zip that this pack was sealed with."]
    forged = made_again(signed_for(night, other.calls, tmp_path / "forged"))
    assert any("It tells another pack than" in words for words in failed_words(forged))


def test_the_same_store_and_pack_give_the_same_bytes(bench: Bench, night: Packed, tmp_path: Path) -> None:
    entries = [one for one in bench.parts.ledger.entries() if one.sequence < night.pack.entry.sequence]
    order = ordered(1, 1)
    place = place_of(entries, order.series, order.period, None)
    selection = select(bench.store, entries, order.period, order.scope)
    made = calls_of(bench.parts, entries, place, order, selection, tmp_path, silent)
    assert made.file.read_bytes() == night.calls.read_bytes()


def test_names_that_are_masked_for_readers_are_not_handed_to_them_as_calls(bench: Bench, tmp_path: Path) -> None:
    entries, order = bench.parts.ledger.entries(), ordered(0, 2)
    place = replace(place_of(entries, order.series, order.period, None), series=Series("eu", "night", "external"))
    selection = select(bench.store, entries, order.period, order.scope)
    with pytest.raises(RefusedError, match="audience external has no calls"):
        calls_of(bench.parts, entries, place, order, selection, tmp_path, silent)


def test_calls_are_fetched_as_the_ledger_names_them_and_nothing_is_overwritten(
    bench: Bench, night: Packed, tmp_path: Path
) -> None:
    file = fetch_calls(bench.store, night.pack, tmp_path)
    assert file.path == tmp_path / f"{night.pack.pack_id}.calls.zip"
    assert fetch_calls(bench.store, night.pack, tmp_path) == file
    file.path.write_bytes(b"another")
    with pytest.raises(ConfigurationError, match="there already"):
        fetch_calls(bench.store, night.pack, tmp_path)
    assert night.pack.calls is not None
    kept = bench.memory.files[night.pack.calls.path]
    bench.memory.files[night.pack.calls.path] = kept[:-1] + b"!"
    try:
        with pytest.raises(IntegrityError, match="not handed out"):
            fetch_calls(bench.store, night.pack, tmp_path / "other")
    finally:
        bench.memory.files[night.pack.calls.path] = kept


@pytest.mark.slow
def test_a_pack_whose_rows_do_not_come_out_again_is_not_sealed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As when the program learned to read an answer otherwise since the night was sealed."""
    made = Bench()
    backup(made.vault())
    made.run()

    def otherwise(
        store: EvidenceStore, entries: Sequence[LedgerEntry], period: Period, scope: PackScope, *, keep: Keep
    ) -> Selection:
        def fewer(table: Table, batches: Iterator[pa.Table]) -> None:
            keep(table, (rows.slice(1) if table == JOBS else rows for rows in batches))

        return select(store, entries, period, scope, keep=fewer)

    monkeypatch.setattr(tables, "select", otherwise)
    before = len(made.parts.ledger.entries())
    with pytest.raises(IntegrityError, match="does not verify") as refused:
        build_pack(made.parts, sealing(made), ordered(0, 0))
    assert "in the pack, and the calls do not give it" in refused.value.cause
    assert len(made.parts.ledger.entries()) == before
    assert not [path for path in made.memory.files if path.endswith(".zip")]


@pytest.mark.slow
def test_rows_of_uploaded_files_are_counted_and_the_others_made_again(tmp_path: Path) -> None:
    made = opened()
    vault = only_vault(made)
    bring(made, "az-jobs", save(tmp_path, az([job(vault, 1), job(vault, 2)])))
    bring(made, "az-items", save(tmp_path, az([item(vault, "seen")]), "items.json"))
    found = made_again(fetched(made, build_pack(made.parts, sealing(made), ordered(0, 0)).pack, tmp_path / "pack"))
    assert failures(found) == []
    skipped = lines(found, "made again", Finding.NOT_CHECKED)
    assert skipped["data/parquet/jobs.parquet"].startswith("2 rows rest on files that people uploaded")
    assert "uploaded files alone" in skipped["data/parquet/presence.parquet"]
    assert lines(found, "made again")["data/parquet/jobs.parquet"].startswith("1 rows, each the same")


@pytest.mark.slow
def test_a_folder_with_the_pack_unpacked_is_held_against_the_calls_too(tmp_path: Path) -> None:
    found = packed(world(), tmp_path)
    with zipfile.ZipFile(found.file) as source:
        source.extractall(tmp_path / "unpacked")
    folder = tmp_path / "unpacked" / folder_of(found.file)
    assert failures(verify_pack(folder, Trust(trade().signer.fingerprint), calls=CallsGiven(found.calls, silent))) == []
