from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from evidence.stores.owners import EVERYBODY, Finding, readers, writers

CAN, CANNOT = Finding.CAN, Finding.CANNOT
MODES = [
    # mode, owner, group, others may write
    (0o700, CAN, CANNOT, CANNOT),
    (0o750, CAN, CANNOT, CANNOT),
    (0o770, CAN, CAN, CANNOT),
    (0o777, CAN, CAN, CAN),
    (0o755, CAN, CANNOT, CANNOT),
    (0o702, CAN, CANNOT, CAN),
    (0o500, CANNOT, CANNOT, CANNOT),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "store"
    made.mkdir(0o700)
    return made


@pytest.mark.parametrize(("mode", "owner", "group", "others"), MODES)
def test_who_may_write_is_told_class_by_class(
    folder: Path, mode: int, owner: Finding, group: Finding, others: Finding
) -> None:
    folder.chmod(mode)
    try:
        found = {one.means: one for one in writers(folder)}
    finally:
        folder.chmod(0o700)
    assert [found[name].finding for name in ("owner", "group", "others")] == [owner, group, others]
    assert found["owner"].detail == f"mode {mode:04o}"
    assert f"(uid {os.getuid()})" in found["owner"].name
    assert found["others"].name == EVERYBODY
    assert found["administrator"].finding is CAN


def test_a_folder_below_that_is_open_to_all_counts(folder: Path) -> None:
    (folder / "packs").mkdir()
    (folder / "packs").chmod(0o777)
    (folder / "link").symlink_to("/tmp")
    found = {one.means: one for one in writers(folder)}
    assert found["others"].finding is CAN
    assert found["others"].detail == "mode 0700, 0777"


@pytest.mark.parametrize(
    ("mode", "group", "others"), [(0o600, CANNOT, CANNOT), (0o640, CAN, CANNOT), (0o644, CAN, CAN)]
)
def test_who_may_read_a_key_is_told(tmp_path: Path, mode: int, group: Finding, others: Finding) -> None:
    key = tmp_path / "signer.key"
    key.write_bytes(b"")
    key.chmod(mode)
    found = {one.means: one.finding for one in readers(key)}
    assert (found["group"], found["others"]) == (group, others)


def test_what_cannot_be_looked_at_is_not_read_and_never_nobody(tmp_path: Path) -> None:
    for found in (writers(tmp_path / "absent"), readers(tmp_path / "absent")):
        assert [(one.name, one.finding) for one in found] == [("not read", Finding.NOT_READ)]
        assert "No such file" in found[0].detail


def test_an_access_list_is_told_as_not_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getxattr", lambda *_: b"\x02\x00\x00\x00", raising=False)
    found = writers(folder)
    assert found[-1].finding is Finding.NOT_READ
    assert "access list" in found[-1].means


def test_where_access_lists_cannot_be_asked_for_nothing_is_known(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> bytes:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "getxattr", refuse, raising=False)
    assert [one.finding for one in writers(folder)] == [Finding.NOT_READ]


def test_accounts_and_groups_without_a_name_have_their_number(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(_: int) -> None:
        raise KeyError

    monkeypatch.setattr("pwd.getpwuid", unknown)
    monkeypatch.setattr("grp.getgrgid", unknown)
    monkeypatch.setattr("pwd.getpwall", list)
    found = {one.means: one.name for one in writers(folder)}
    assert found["owner"] == f"uid {os.getuid()}"
    assert found["group"] == f"gid {folder.stat().st_gid}: no member that this machine knows"
