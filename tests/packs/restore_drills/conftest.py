"""One quarter's pack for all tests of this folder: it is built once, and only read."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from evidence.packs.build import BuiltPack
from evidence.packs.interface import Report
from tests.fakes.packing import FakeRenderer
from tests.packs.restore_drills.quarters import packed, quarter
from tests.packs.restore_drills.world import Quarterly


@dataclass(frozen=True)
class Sealed:
    """The quarter, its pack, and what the renderer was given."""

    made: Quarterly
    built: BuiltPack
    report: Report
    zip: Path

    def member(self, path: str) -> bytes:
        """The bytes of a file of the pack."""
        with zipfile.ZipFile(self.zip) as source:
            return source.read(f"{self.built.pack.pack_id}/{path}")

    def names(self) -> set[str]:
        """All members."""
        with zipfile.ZipFile(self.zip) as source:
            return {name.partition("/")[2] for name in source.namelist()}

    def rows(self, table: str) -> Sequence[Mapping[str, Any]]:
        """Rows of a table."""
        found: Sequence[Mapping[str, Any]] = pq.read_table(
            io.BytesIO(self.member(f"data/parquet/{table}.parquet"))
        ).to_pylist()
        return found

    def figures(self) -> dict[str, tuple[Any, Any]]:
        """Numerator and denominator by anchor."""
        return {row["anchor"]: (row["numerator"], row["denominator"]) for row in self.rows("figures")}


def sealed_of(made: Quarterly, folder: Path, audience: str = "internal") -> Sealed:
    """The pack of a quarter in a folder."""
    renderer = FakeRenderer()
    built = packed(made, renderer, audience)
    file = folder / f"{built.pack.pack_id}.zip"
    file.write_bytes(made.bench.memory.files[built.path])
    return Sealed(made, built, renderer.reports[-1], file)


@pytest.fixture(scope="session")
def drills_pack(tmp_path_factory: pytest.TempPathFactory) -> Sealed:
    """The internal pack of a quarter with a drill of each sort."""
    folder = tmp_path_factory.mktemp("drills")
    return sealed_of(quarter(folder), folder)
