from __future__ import annotations

import copy
import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pyarrow.parquet as pq
import pytest

from evidence.errors import IntegrityError, RefusedError, StoreError
from evidence.ledger.entries import EntryKind
from evidence.ledger.folds import named_paths, orphans, packs
from evidence.nights import Calendar
from evidence.packs import build
from evidence.packs.build import BuiltPack, PackOrder, build_pack
from evidence.packs.night import ensure_night_pack, standing_night_packs
from evidence.packs.period import Period, span_period
from evidence.packs.scope import PackScope
from evidence.packs.select import PACKED
from evidence.packs.series import SeriesMovedError
from evidence.packs.verification import Trust, verify_pack
from evidence.records import Completeness, Kind, Outcome
from evidence.tables import FIGURES, ODDITIES, PRESENCE, RESTATED
from tests.fakes.bench import NIGHT, Bench, at, backup, restore
from tests.fakes.bodies import FakeJob
from tests.fakes.certificates import NOT_AFTER
from tests.fakes.memory_store import Stopped
from tests.fakes.packing import FailingAuthority, FakeRenderer, sealing
from tests.fakes.packs import the_signer
from tests.paths import ROOT

ALL = PackScope("all")
NEXT = NIGHT + timedelta(days=1)
PERIOD = span_period(NIGHT, NIGHT)
MADE_OF_A_NIGHT = (FIGURES, PRESENCE, RESTATED, ODDITIES)


def made() -> Bench:
    bench = Bench()
    vault = bench.vault()
    backup(vault)
    vault.jobs += [
        FakeJob("bad-1", "=cmd|' /C calc'!A0", at(NIGHT), status="Failed"),
        FakeJob("odd-1", 'Größe, "データ"\n', at(NIGHT)),
    ]
    restore(vault, NIGHT, NIGHT)
    bench.run()
    bench.memory.run_on()
    return bench


MADE = made()


@pytest.fixture
def bench() -> Bench:
    return copy.deepcopy(MADE)


def built(bench: Bench, period: Period = PERIOD, kind: str = "night", reason: str | None = None) -> BuiltPack:
    return build_pack(bench.parts, sealing(bench), PackOrder(kind, ALL, period, reason))


def members(bench: Bench, pack: BuiltPack) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(bench.memory.files[pack.path])) as archive:
        return {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}


def statement(bench: Bench, pack: BuiltPack) -> Mapping[str, Any]:
    found: Mapping[str, Any] = orjson.loads(members(bench, pack)["statement.json"])
    return found


@pytest.fixture(scope="module")
def good() -> tuple[Bench, BuiltPack]:
    bench = copy.deepcopy(MADE)
    return bench, built(bench)


def test_a_pack_is_kept_named_and_verifies_without_the_store(good: tuple[Bench, BuiltPack], tmp_path: Path) -> None:
    bench, pack = good
    entry = bench.parts.ledger.entries()[-1]
    assert (entry.kind, entry.subject) == (EntryKind.PACK_SEALED, f"pack/{pack.pack.pack_id}")
    named = named_paths(bench.parts.ledger.entries())
    assert orphans(bench.store.list("packs/"), named) == ()
    file = tmp_path / f"{pack.pack.pack_id}.zip"
    file.write_bytes(bench.memory.files[pack.path])
    assert verify_pack(file, Trust(signer_fingerprint=the_signer().identity.fingerprint_sha256)).ok
    assert bench.memory.files[pack.path.replace(f"{pack.pack.pack_id}.zip", "report.pdf")].startswith(b"%PDF")


def test_the_statement_tells_the_documented_things(good: tuple[Bench, BuiltPack]) -> None:
    bench, pack = good
    told = statement(bench, pack)
    documented = (ROOT / "docs" / "pack-format.md").read_text()
    assert all(re.search(rf"[`, ]{key}[`,]", documented) for key in told)
    assert told["pack_id"] == pack.pack.pack_id == "all-night-internal-2026-11-20-r0001"
    assert told["counts"] == {
        table.name: len(list(_rows(bench, pack, table.name))) for table in (*PACKED, *MADE_OF_A_NIGHT)
    }
    assert told["completeness"]["state"] == "COMPLETE"
    assert (told["revision"], told["series_sequence"], told["supersedes"], told["previous_in_series"]) == (
        1,
        1,
        None,
        None,
    )
    assert told["population_confirmed"] is False
    assert told["time_stamp"] == {"state": "inside", "authority": "memory:stamp", "reason": None}
    ended, captured = (datetime.fromisoformat(told[key]) for key in ("night_ended_at", "captured_at"))
    assert ended == datetime(2026, 11, 21, 6, tzinfo=UTC)
    assert told["lag_s"] == int((captured - ended).total_seconds()) >= 0
    assert told["ledger"]["size"] == len(bench.parts.ledger.entries()) - 1
    assert [run["night"] for run in told["runs"]] == ["2026-11-20"]


def test_completeness_stands_twice_in_the_same_words(good: tuple[Bench, BuiltPack]) -> None:
    bench, pack = good
    files = members(bench, pack)
    assert orjson.loads(files["data/completeness.json"]) == orjson.loads(files["statement.json"])["completeness"]
    for name in ("statement.json", "data/completeness.json"):
        text = files[name].decode()
        assert text == json.dumps(json.loads(text), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _rows(bench: Bench, pack: BuiltPack, table: str) -> list[dict[str, str]]:
    data = members(bench, pack)[f"data/{table}.csv"].decode()
    return list(csv.DictReader(io.StringIO(data, newline="")))


def test_csv_and_parquet_hold_the_same_rows_and_no_formula(good: tuple[Bench, BuiltPack]) -> None:
    bench, pack = good
    names = [row["entity_friendly_name"] for row in _rows(bench, pack, "jobs")]
    assert "'=cmd|' /C calc'!A0" in names
    assert 'Größe, "データ"\n' in names
    parquet = pq.read_table(io.BytesIO(members(bench, pack)["data/parquet/jobs.parquet"]))
    assert "=cmd|' /C calc'!A0" in parquet["entity_friendly_name"].to_pylist()
    assert "properties" in parquet.column_names
    assert "properties" not in _rows(bench, pack, "jobs")[0]


def test_equal_input_gives_equal_bytes_of_all_that_is_not_a_seal(bench: Bench) -> None:
    other = copy.deepcopy(bench)
    one, two = members(bench, built(bench)), members(other, built(other))
    seals = {"data/report.pdf", "tagmanifest-sha256.txt.p7s", "tagmanifest-sha256.txt.tsr"}
    sealed = seals | {"manifest-sha256.txt", "tagmanifest-sha256.txt", "bag-info.txt"}
    assert one.keys() == two.keys()
    assert {name for name in one if one[name] != two[name]} <= sealed


# --- revisions and series


def test_a_sealed_pack_is_not_built_again_without_a_reason(bench: Bench) -> None:
    built(bench)
    with pytest.raises(RefusedError, match="sealed already"):
        built(bench)


def test_a_revision_names_what_it_supersedes_and_follows_in_the_series(bench: Bench) -> None:
    first, second = built(bench), built(bench, reason="rights were granted")
    told = statement(bench, second)
    assert told["pack_id"].endswith("-r0002")
    assert told["supersedes"] == {
        "pack_id": first.pack.pack_id,
        "tagmanifest_sha256": first.pack.tagmanifest_sha256,
        "reason": "rights were granted",
    }
    assert told["previous_in_series"] == {
        "pack_id": first.pack.pack_id,
        "tagmanifest_sha256": first.pack.tagmanifest_sha256,
    }
    assert told["series_sequence"] == 2


@pytest.mark.slow
def test_a_series_is_numbered_without_gap_over_periods(bench: Bench) -> None:
    bench.run(NEXT)
    for period in (PERIOD, span_period(NEXT, NEXT)):
        built(bench, period)
    built(bench, span_period(NIGHT, NEXT), "audit")
    found = packs(bench.parts.ledger.entries())
    assert [[one.series_sequence for one in series] for series in found.values()] == [[1], [1, 2]]


def test_a_name_that_stands_for_other_nights_is_refused(bench: Bench) -> None:
    built(bench)
    with pytest.raises(RefusedError, match="stands for"):
        built(bench, Period(PERIOD.name, NIGHT, NEXT), reason="x")


def test_a_pack_whose_place_was_taken_meanwhile_is_built_again(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.run(NEXT)
    taken: list[BuiltPack] = []

    class Meddling(FakeRenderer):
        def pdf(self, report: Any) -> bytes:
            if not taken:
                taken.append(built(bench, span_period(NEXT, NEXT)))
            return super().pdf(report)

    order = PackOrder("night", ALL, PERIOD)
    pack = build_pack(bench.parts, sealing(bench, renderer=Meddling()), order)
    told = statement(bench, pack)
    assert told["previous_in_series"]["pack_id"] == taken[0].pack.pack_id
    assert told["series_sequence"] == 2


def test_of_two_builders_of_one_pack_the_slower_says_that_the_other_sealed_it(bench: Bench) -> None:
    taken: list[BuiltPack] = []

    class Meddling(FakeRenderer):
        def pdf(self, report: Any) -> bytes:
            if not taken:
                taken.append(built(bench))
            return super().pdf(report)

    with pytest.raises(RefusedError, match="sealed by another run while this one built it"):
        build_pack(bench.parts, sealing(bench, renderer=Meddling()), PackOrder("night", ALL, PERIOD))
    assert bench.parts.ledger.entries()[-1] == taken[0].pack.entry


def test_a_series_that_never_stands_still_ends_in_an_error(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def moved(*_: object) -> None:
        raise SeriesMovedError("moved")

    monkeypatch.setattr(build, "_build", moved)
    with pytest.raises(StoreError, match="moved 5 times"):
        built(bench)


def test_a_pack_from_an_empty_store_is_refused_and_not_a_crash() -> None:
    with pytest.raises(RefusedError, match="empty"):
        built(Bench())


def test_a_pack_under_another_calendar_than_that_of_its_nights_is_refused(bench: Bench) -> None:
    bench.calendar = Calendar("Europe/Berlin")
    with pytest.raises(RefusedError, match="another calendar"):
        built(bench)


def test_a_period_of_which_nothing_is_known_makes_a_pack_that_says_so(bench: Bench) -> None:
    pack = built(bench, span_period(date(2020, 2, 1), date(2020, 2, 29)), "audit")
    assert pack.completeness is Completeness.INCOMPLETE
    told = statement(bench, pack)
    assert len(told["completeness"]["gaps"]) == 29
    assert (told["captured_at"], told["lag_s"]) == (None, None)


def test_a_pack_of_a_store_with_gaps_says_so_and_verifies(bench: Bench) -> None:
    vault = bench.azure.vaults[0]
    vault.spoiled = {Kind.POLICIES: (Outcome.NOT_REACHED, "HTTP 403"), Kind.JOBS: None}
    backup(bench.vault("v2", region=None))
    bench.azure.subscriptions[0].outcome = Outcome.PARTIAL
    bench.azure.subscriptions[0].hidden = {"v2"}
    bench.run(NEXT)
    bench.run(NEXT + timedelta(days=2))
    bench.azure.subscriptions[0].hidden.clear()
    bench.run(NEXT + timedelta(days=3))
    pack = built(bench, span_period(NIGHT, NEXT + timedelta(days=3)), "audit")
    assert pack.completeness is Completeness.INCOMPLETE


# --- the night's own pack


def test_a_night_pack_is_built_once_and_once_more_after_a_second_capture(bench: Bench) -> None:
    tools = sealing(bench)
    first = ensure_night_pack(bench.parts, tools, ALL, NIGHT)
    assert ensure_night_pack(bench.parts, tools, ALL, NIGHT) == first
    assert standing_night_packs(bench.parts.ledger.entries(), [ALL], NIGHT) == {"all": first}
    bench.run(again=True, reason="look again")
    assert standing_night_packs(bench.parts.ledger.entries(), [ALL], NIGHT) is None
    second = ensure_night_pack(bench.parts, tools, ALL, NIGHT)
    assert (second.revision, second.supersedes) == (2, first.tagmanifest_sha256)
    assert second.entry.payload["reason"] == "look again"
    assert ensure_night_pack(bench.parts, tools, ALL, NIGHT) == second


def test_a_night_that_is_not_sealed_has_no_pack(bench: Bench) -> None:
    with pytest.raises(RefusedError, match="not sealed"):
        ensure_night_pack(bench.parts, sealing(bench), ALL, NEXT)


def test_packs_of_all_scopes_must_stand(bench: Bench) -> None:
    ensure_night_pack(bench.parts, sealing(bench), ALL, NIGHT)
    scopes = [ALL, PackScope("eu", regions=("westeurope",))]
    assert standing_night_packs(bench.parts.ledger.entries(), scopes, NIGHT) is None


# --- seals


def test_without_an_authority_a_pack_says_so(bench: Bench) -> None:
    pack = build_pack(bench.parts, sealing(bench, stamped=False), PackOrder("night", ALL, PERIOD))
    told = statement(bench, pack)["time_stamp"]
    assert told == {"state": "none", "authority": None, "reason": "no time-stamp authority is configured"}
    assert "tagmanifest-sha256.txt.tsr" not in members(bench, pack)


def test_an_authority_that_is_down_leaves_a_pack_that_says_so(bench: Bench) -> None:
    tools = replace(sealing(bench), authority=FailingAuthority())
    pack = build_pack(bench.parts, tools, PackOrder("night", ALL, PERIOD))
    told = statement(bench, pack)["time_stamp"]
    assert told["state"] == "none"
    assert told["reason"] == "The authority does not answer: connection refused by nobody"
    assert "tagmanifest-sha256.txt.tsr" not in members(bench, pack)


def test_a_certificate_that_ends_before_the_pack_may_go_is_refused(bench: Bench) -> None:
    tools = replace(sealing(bench), keep_years=NOT_AFTER.year - 2026)
    with pytest.raises(RefusedError):
        build_pack(bench.parts, tools, PackOrder("night", ALL, PERIOD))
    assert [path for path in bench.memory.files if path.startswith("packs/")] == []


def test_what_does_not_verify_is_not_kept(bench: Bench) -> None:
    class Lying(FakeRenderer):
        def csv(self, table: Any, batches: Any, left_out: frozenset[str]) -> Iterator[bytes]:
            for piece in super().csv(table, batches, left_out):
                yield piece.replace(b"Failed", b"Passed") if table.name == "jobs" else piece

    with pytest.raises(IntegrityError, match="does not verify"):
        build_pack(bench.parts, sealing(bench, renderer=Lying()), PackOrder("night", ALL, PERIOD))
    assert [path for path in bench.memory.files if path.startswith("packs/")] == []


def test_a_pack_sealed_after_midnight_is_kept_a_whole_year_from_then(bench: Bench) -> None:
    bench.clock.reach(datetime(2028, 5, 31, 23, 59, 59, tzinfo=UTC))

    class Slow(FakeRenderer):
        def csv(self, table: Any, batches: Any, left_out: frozenset[str]) -> Iterator[bytes]:
            bench.clock.reach(datetime(2028, 6, 1, 0, 0, 1, tzinfo=UTC))
            return super().csv(table, batches, left_out)

    pack = build_pack(bench.parts, sealing(bench, renderer=Slow()), PackOrder("night", ALL, PERIOD))
    told = statement(bench, pack)
    assert told["sealed_at"].startswith("2028-06-01")
    assert told["keep_until"] == pack.pack.entry.payload["keep_until"] == "2029-06-01"


# --- crashes


@pytest.mark.slow
@pytest.mark.parametrize(("place", "archives"), [(0, 2), (1, 2), (2, 2), (3, 1)])
def test_a_build_that_stopped_after_a_write_leaves_orphans_and_is_built_again(
    bench: Bench, place: int, archives: int
) -> None:
    # Writes of a build: the ZIP, the report, the figures, the entry; where the entry was written, the pack stands.
    bench.memory.stop_after = place
    with pytest.raises(Stopped):
        ensure_night_pack(bench.parts, sealing(bench), ALL, NIGHT)
    bench.memory.run_on()
    pack = ensure_night_pack(bench.parts, sealing(bench), ALL, NIGHT)
    assert (pack.revision, pack.series_sequence) == (1, 1)
    assert len(packs(bench.parts.ledger.entries())) == 1
    assert len([path for path in bench.memory.files if path.endswith(".zip")]) == archives


def test_a_store_that_gives_back_other_bytes_is_found_before_anything_names_them(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch = bench.memory.fetch

    def spoilt(path: str, target: Path) -> None:
        fetch(path, target)
        target.write_bytes(target.read_bytes()[:-1])

    monkeypatch.setattr(bench.store, "fetch", spoilt)
    with pytest.raises(IntegrityError, match="reads back otherwise"):
        built(bench)
    assert bench.parts.ledger.entries()[-1].kind is not EntryKind.PACK_SEALED
