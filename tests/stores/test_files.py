"""Local files of the stores: none stays half-written, none is overwritten."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.errors import StoreError
from evidence.stores.files import new_file, translated


def test_a_file_that_could_not_be_filled_is_removed(tmp_path: Path) -> None:
    def fill() -> None:
        with new_file(tmp_path / "a") as file:
            file.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fill()
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_stays(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"mine")
    with (
        pytest.raises(StoreError, match="Could not fetch 'x' in the store") as told,
        translated("fetch", "x", "the store"),
        new_file(tmp_path / "a"),
    ):
        pytest.fail("it was opened")
    assert "overwritten" in told.value.next_step
    assert (tmp_path / "a").read_bytes() == b"mine"
