from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.sources.saved import opening
from evidence.sources.saved.opening import open_saved
from evidence.sources.saved.refusals import UnusableFileError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "private"
    made.mkdir()
    return made


def test_what_is_hashed_is_what_is_kept_and_read(tmp_path: Path, folder: Path) -> None:
    data = "\ufeff[\r\n]".encode("utf-16-le")
    path = tmp_path / "private notes" / "a b.json"
    path.parent.mkdir()
    path.write_bytes(data)
    found = open_saved(path, folder)
    path.write_bytes(b"changed meanwhile")
    assert found.name == "a b.json"
    assert (found.bytes, found.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert found.kept.read_bytes() == data
    assert found.text.read_bytes() == b"[\r\n]"
    assert found.encoding == "utf-16-le"


@pytest.mark.parametrize("name", ["", ".", "missing.json"])
def test_what_is_no_file_is_refused(tmp_path: Path, folder: Path, name: str) -> None:
    with pytest.raises(UnusableFileError):
        open_saved(tmp_path / name, folder)


def test_a_pipe_is_refused_instead_of_waited_for(tmp_path: Path, folder: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UnusableFileError, match="cannot be imported"):
        open_saved(tmp_path / "pipe", folder)


def test_a_file_too_large_is_refused_with_the_limit(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "MOST_BYTES", 2**20)
    path = tmp_path / "large.json"
    path.write_bytes(b" " * 2**20)
    assert open_saved(path, folder).bytes == 2**20
    path.write_bytes(b" " * (2**20 + 1))
    with pytest.raises(UnusableFileError) as refused:
        open_saved(path, folder)
    assert "1 MiB" in refused.value.cause


@given(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x1b\ufeff"), min_size=1, max_size=80),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]),
    st.integers(1, 9),
)
def test_any_text_survives_its_encoding_in_chunks_of_any_size(
    tmp_path_factory: pytest.TempPathFactory, text: str, encoding: str, chunk: int
) -> None:
    made = tmp_path_factory.mktemp("c")
    path = made / "file"
    if "\x00" in text and (encoding == "utf-8" or text.startswith("\x00")):
        return  # zero bytes tell UTF-16 there, and behind the mark of UTF-16 they make that of UTF-32
    path.write_bytes(text.encode(encoding))
    (made / "p").mkdir()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(opening, "_CHUNK", chunk)
        found = open_saved(path, made / "p")
    assert found.text.read_bytes().decode() == text


@pytest.mark.parametrize("chunk", range(1, 12))
def test_colours_go_wherever_a_chunk_ends(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(opening, "_CHUNK", chunk)
    path = tmp_path / "jsonc"
    path.write_bytes(b'[\x1b[34;1m"a"\x1b[39;49;00m, \x1b[0m1]')
    assert open_saved(path, folder).text.read_bytes() == b'["a", 1]'
