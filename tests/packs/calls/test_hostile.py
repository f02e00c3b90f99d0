"""What a stranger may do to calls.zip: nothing outside a folder of ours is touched, and nothing swells."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evidence.packs.build import PackOrder, build_pack
from evidence.packs.period import span_period
from evidence.packs.scope import PackScope
from evidence.packs.verification import Verification
from evidence.packs.verification.reperformance_files import is_safe
from tests.fakes.bench import NIGHT, Bench, backup
from tests.fakes.packing import sealing
from tests.packs.calls.forging import forged_calls, signed_for
from tests.packs.calls.tampering import failed_words
from tests.packs.calls.world import Packed, fetched, made_again


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Packed:
    """One night of one vault."""
    made = Bench()
    backup(made.vault())
    made.run()
    order = PackOrder("night", PackScope("all"), span_period(NIGHT, NIGHT), with_calls=True)
    return fetched(made, build_pack(made.parts, sealing(made), order).pack, tmp_path_factory.mktemp("night"))


def _renamed(name: str) -> Callable[[bytes], bytes]:
    def change(data: bytes) -> bytes:
        return data.replace(b"/replay.json", name.encode())

    return change


def _linked(data: bytes) -> bytes:
    mode, link = ((one << 16).to_bytes(4, "little") for one in (stat.S_IFREG | 0o644, stat.S_IFLNK | 0o777))
    return data.replace(mode, link, 1)


def _deflated(data: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed_anew:
        for info in source.infolist():
            info.compress_type = zipfile.ZIP_DEFLATED
            packed_anew.writestr(info, b"\0" * (256 << 20) if info.filename.endswith("replay.json") else b"")
    return target.getvalue()


HOSTILE: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "a path that leads out": (_renamed("/../repla.js"), "does not stay inside"),
    "an absolute path": (_renamed("//repla.json"), "does not stay inside"),
    "a hidden file": (_renamed("/.eplay.json"), "does not stay inside"),
    "a link": (_linked, "is not a plain file"),
    "a bomb": (_deflated, "out of proportion"),
    "something behind its end": (lambda data: data + b"x", "something follows its end"),
    "something before its begin": (lambda data: b"x" + data, ""),
    "half of it": (lambda data: data[: len(data) // 2], "It is no ZIP"),
    "nothing": (lambda data: data[:0], "It is no ZIP"),
}


@pytest.mark.slow
@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_zip_is_refused_even_where_the_pack_names_it(night: Packed, tmp_path: Path, what: str) -> None:
    change, told = HOSTILE[what]
    calls = tmp_path / "hostile.calls.zip"
    calls.write_bytes(change(night.calls.read_bytes()))
    found = _named(night, calls, tmp_path)
    assert any(words.startswith("calls archive") and told in words for words in failed_words(found)), failed_words(
        found
    )
    assert set(tmp_path.iterdir()) == {calls, tmp_path / "forged"}


def _named(night: Packed, calls: Path, folder: Path) -> Verification:
    return made_again(signed_for(night, calls, folder / "forged"))


@pytest.mark.slow
def test_a_file_of_calls_that_would_swell_is_not_unpacked(night: Packed, tmp_path: Path) -> None:
    def swell(members: dict[str, bytes]) -> None:
        path = next(path for path in sorted(members) if path.endswith(".parquet"))
        target = io.BytesIO()
        pq.write_table(
            pa.table({"body": pa.array([b"\0" * (80 << 20)], pa.large_binary())}),
            target,
            compression="zstd",
            use_dictionary=False,
        )
        members[path] = target.getvalue()
        members["replay.json"] = members["replay.json"].replace(
            b'"redacted_files": []', f'"redacted_files": [\n    "{path}"\n  ]'.encode()
        )

    found = _named(night, forged_calls(night, tmp_path / "calls", swell), tmp_path)
    assert any("out of proportion" in words for words in failed_words(found)), failed_words(found)


@pytest.mark.parametrize(
    "path", ["../a", "/a", "a//b", "a/../b", "a\\b", "a b", ".a", "a/.b", "é", "a\0b", "", "a/" * 300 + "a"]
)
def test_paths_that_leave_their_folder_are_not_safe(path: str) -> None:
    assert not is_safe(path)
    assert is_safe("x.calls/calls/night=2026-11-20/20261121T060000Z-1/_subscription-5a1c.parquet")
