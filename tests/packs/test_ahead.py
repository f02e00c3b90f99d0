"""What is found of tables before the pack is whole, and that it is believed of the very same bytes only."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from evidence.errors import IntegrityError
from evidence.packs import archive, bag
from evidence.packs.build import PackOrder, build_pack
from evidence.packs.members import Signed, Signing
from evidence.packs.period import span_period
from evidence.packs.scope import PackScope
from evidence.packs.verification.ahead import look_ahead
from evidence.packs.verification.checks import Checklist
from evidence.packs.verification.opening import open_zip
from evidence.packs.verification.proven import Proven
from evidence.packs.verification.tables import csv_of, parquet_of
from evidence.tables import JOBS, empty
from evidence.tables.parquet import to_parquet
from reports.csv import csv_pieces
from tests.fakes.bench import NIGHT, Bench
from tests.fakes.packing import sealing

CSV, PARQUET = csv_of("jobs"), parquet_of("jobs")
LEFT_OUT = frozenset({"properties", "envelope"})


@pytest.fixture
def members(tmp_path: Path) -> dict[str, bag.Source]:
    rows = empty(JOBS)
    return {
        CSV: archive.write(tmp_path / "jobs.csv", csv_pieces(JOBS, [rows], LEFT_OUT), deflate=True),
        PARQUET: archive.write(tmp_path / "jobs.parquet", [to_parquet(JOBS, rows)], deflate=False),
    }


def _looked(members: dict[str, bag.Source], tmp_path: Path, count: int = 0) -> Proven:
    folder = tmp_path / "ahead"
    folder.mkdir()
    return look_ahead(members, {"jobs": count}, folder)


def _zipped(members: dict[str, bag.Source], tmp_path: Path) -> Path:
    file = tmp_path / "made.zip"
    with file.open("wb") as target:
        bag.write_zip(target, "made", members)
    return file


def _opened(file: Path, tmp_path: Path, proven: Proven) -> tuple[dict[str, Path], list[str]]:
    checks = Checklist()
    opened = open_zip(file, tmp_path / "opened", checks, proven=proven)
    assert opened is not None
    return dict(opened.members), [one.detail for one in checks.result(None).checks if one.failed]


def test_what_was_looked_at_is_not_unpacked_again(members: dict[str, bag.Source], tmp_path: Path) -> None:
    proven = _looked(members, tmp_path)
    assert set(proven.bodies) == {CSV, PARQUET}
    assert [one.table for one in proven.rows] == ["jobs"]
    found, failed = _opened(_zipped(members, tmp_path), tmp_path, proven)
    assert (failed, found[CSV]) == ([], proven.bodies[CSV].file)


def test_other_bytes_in_the_zip_are_looked_at_like_a_strangers(members: dict[str, bag.Source], tmp_path: Path) -> None:
    proven = _looked(members, tmp_path)
    other = {**members, CSV: archive.write(tmp_path / "other.csv", [b"night\r\n"], deflate=True)}
    found, failed = _opened(_zipped(other, tmp_path), tmp_path, proven)
    assert failed == []
    assert found[CSV].read_bytes() == b"night\r\n"


def test_a_turned_bit_in_a_known_body_is_found(members: dict[str, bag.Source], tmp_path: Path) -> None:
    proven = _looked(members, tmp_path)
    file = _zipped(members, tmp_path)
    with zipfile.ZipFile(file) as source:
        at = source.getinfo(f"made/{PARQUET}").header_offset
    content = bytearray(file.read_bytes())
    content[at + 30 + len(f"made/{PARQUET}") + 40] ^= 1
    file.write_bytes(content)
    _, failed = _opened(file, tmp_path, proven)
    assert failed


@pytest.mark.parametrize("path", [CSV, PARQUET])
def test_a_file_that_is_not_what_was_written_is_not_remembered(
    members: dict[str, bag.Source], tmp_path: Path, path: str
) -> None:
    written = members[path]
    assert isinstance(written, archive.Written)
    members[path] = replace(written, sha256="0" * 64)
    proven = _looked(members, tmp_path)
    assert path not in proven.bodies
    assert not proven.rows


def test_a_count_that_rows_do_not_bear_out_is_not_remembered(members: dict[str, bag.Source], tmp_path: Path) -> None:
    assert not _looked(members, tmp_path, count=1).rows


def test_what_is_altered_after_it_was_looked_at_is_not_sealed(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Bench()
    made.run()
    honest = Signing.signed

    def altered(self: Signing, *given: object) -> Signed:
        found = honest(self, *given)  # type: ignore[arg-type]  # handed on as they came
        csv = found.members[CSV]
        assert isinstance(csv, archive.Written)
        content = bytearray(csv.file.read_bytes())
        content[len(content) // 2] ^= 1
        csv.file.write_bytes(content)
        return found

    monkeypatch.setattr(Signing, "signed", altered)
    with pytest.raises(IntegrityError, match="does not verify"):
        build_pack(made.parts, sealing(made), PackOrder("night", PackScope("all"), span_period(NIGHT, NIGHT)))
    assert not [path for path in made.memory.files if path.endswith(".zip")]
