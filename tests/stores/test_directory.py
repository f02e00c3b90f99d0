"""The folder store: crashes, full disks, links that lead elsewhere, and what is on the disk when a name appears."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evidence.errors import ConfigurationError, ObjectExistsError, ObjectMissingError, StoreError
from evidence.stores.directory import DirectoryStore
from evidence.stores.paths import checked_path
from tests.stores.places import Place, start


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def store(root: Path) -> DirectoryStore:
    return DirectoryStore(root)


def test_objects_are_plain_read_only_files_at_their_paths(store: DirectoryStore, root: Path) -> None:
    store.create("a/b.json", b"{}")
    assert (root / "a" / "b.json").read_bytes() == b"{}"
    assert stat.S_IMODE((root / "a" / "b.json").stat().st_mode) == 0o444
    assert (root / "a" / "b.json").stat().st_nlink == 1


def test_reading_an_absent_folder_makes_nothing(store: DirectoryStore, root: Path) -> None:
    assert list(store.list("")) == []
    assert store.stat("a") is None
    with pytest.raises(ObjectMissingError):
        store.read("a")
    assert not root.exists()


def test_content_is_on_the_disk_before_its_name_and_the_name_before_the_answer(
    store: DirectoryStore, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []

    def fsync(descriptor: int) -> None:
        place = Path(f"/proc/self/fd/{descriptor}").readlink()
        steps.append("content" if place.parent == root / ".tmp" else f"folder {place.relative_to(root.parent)}")

    def link(source: Path, target: Path) -> None:
        steps.append(f"name {target.relative_to(root.parent)}")
        os.rename(source, target)  # noqa: PTH104
        source.touch()

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "link", link)
    store.create("a/b/c", b"")
    assert [step for step in steps if step != "folder store"] == [
        "folder .",
        "content",
        "folder store/a",
        "name store/a/b/c",
        "folder store/a/b",
    ]
    assert steps.count("folder store") == 2, "one for .tmp, one for a"


@pytest.mark.parametrize("operation", ["fsync", "fchmod", "link", "mkdir", "open"])
@pytest.mark.parametrize(
    ("code", "hint"),
    [(errno.ENOSPC, "Free space"), (errno.EACCES, "right to"), (errno.EROFS, "Mount"), (errno.EIO, "Check")],
)
def test_a_disk_that_fails_leaves_nothing_half_written(
    store: DirectoryStore, root: Path, monkeypatch: pytest.MonkeyPatch, operation: str, code: int, hint: str
) -> None:
    store.create("before", b"")

    def fail(*_arguments: object, **_options: object) -> None:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patched:
        patched.setattr(os, operation, fail)
        with pytest.raises(StoreError, match="Could not write 'a/b'") as told:
            store.create("a/b", b"content")
    assert told.value.cause == os.strerror(code)
    assert hint in told.value.next_step
    assert [found.path for found in store.list("")] == ["before"]
    assert list((root / ".tmp").iterdir()) == []
    store.create("a/b", b"content")


def test_a_disk_that_is_really_full(store: DirectoryStore, root: Path) -> None:
    """A limit on file size is the nearest to a full disk that needs no rights."""
    process = start("tests.stores.full_disk", Place("directory", str(root)))
    output, _ = process.communicate()
    assert process.returncode == 0
    assert output.splitlines()[0] == "Could not write 'a' in folder " + str(root) + "."
    assert "File too large" in output
    assert list(store.list("")) == []
    assert list((root / ".tmp").iterdir()) == []


def test_a_killed_writer_leaves_whole_objects_only(store: DirectoryStore, root: Path) -> None:
    process = start("tests.stores.endless", Place("directory", str(root)))
    assert process.stdout is not None
    for _ in range(20):
        process.stdout.readline()
    process.kill()
    process.communicate()
    found = list(store.list(""))
    assert len(found) >= 20
    for stored in found:
        assert stored.path == f"by-hash/{hashlib.sha256(store.read(stored.path)).hexdigest()}"


def test_what_is_being_written_is_in_no_listing(store: DirectoryStore, root: Path) -> None:
    store.create("a", b"")
    (root / ".tmp" / "left-behind").write_bytes(b"half")
    assert [found.path for found in store.list("")] == ["a"]
    assert list(store.list(".t")) == []
    for attempt in (store.read, store.stat):
        with pytest.raises(ConfigurationError):
            attempt(".tmp/left-behind")


def test_a_link_whose_answer_was_lost_counts_as_done(store: DirectoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A network file system that links, loses the answer and asks again is told that the name exists."""
    real = os.link

    def link(source: Path, target: Path) -> None:
        real(source, target)
        real(source, target)

    monkeypatch.setattr(os, "link", link)
    assert store.create("a", b"1").bytes == 1
    with pytest.raises(ObjectExistsError):
        store.create("a", b"1")


def outside(tmp_path: Path) -> Path:
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "secret").write_bytes(b"secret")
    return folder


def test_no_link_leads_out_of_the_store(store: DirectoryStore, root: Path, tmp_path: Path) -> None:
    folder = outside(tmp_path)
    store.create("real/a", b"")
    (root / "folder").symlink_to(folder)
    (root / "real" / "file").symlink_to(folder / "secret")
    attempts: list[Callable[[], object]] = [
        lambda: store.read("folder/secret"),
        lambda: store.read("real/file"),
        lambda: store.stat("folder/secret"),
        lambda: store.stat("real/file"),
        lambda: store.create("folder/new", b""),
        lambda: store.fetch("real/file", tmp_path / "fetched"),
        lambda: list(store.list("folder/")),
        lambda: list(store.list("real/")),
        lambda: list(store.list("")),
    ]
    for attempt in attempts:
        with pytest.raises(StoreError, match="not a plain file"):
            attempt()
    assert [found.name for found in folder.iterdir()] == ["secret"]
    with pytest.raises(ObjectExistsError):
        store.create("real/file", b"")


def test_the_store_itself_may_stand_behind_a_link(tmp_path: Path) -> None:
    (tmp_path / "volume").mkdir()
    (tmp_path / "store").symlink_to(tmp_path / "volume")
    store = DirectoryStore(tmp_path / "store")
    store.create("a/b", b"1")
    assert (tmp_path / "volume" / "a" / "b").read_bytes() == b"1"
    assert [found.path for found in store.list("")] == ["a/b"]


def test_special_files_are_named_not_read(store: DirectoryStore, root: Path) -> None:
    root.mkdir()
    os.mkfifo(root / "pipe")
    for attempt in (store.read, store.stat, lambda prefix: list(store.list(prefix))):
        with pytest.raises(StoreError, match="not a plain file"):
            attempt("pipe")


def test_a_file_where_a_folder_should_be(store: DirectoryStore, root: Path) -> None:
    store.create("a", b"")
    with pytest.raises(StoreError, match="Could not write 'a/b'") as told:
        store.create("a/b", b"")
    assert "choose another path" in told.value.next_step
    with pytest.raises(ObjectMissingError):
        store.read("a/b")
    assert store.stat("a/b") is None
    assert list(store.list("a/")) == []
    with pytest.raises(StoreError):
        DirectoryStore(root / "a").create("x", b"")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(st.characters() | st.sampled_from("/.\\\0"), max_size=30))
def test_every_path_is_refused_or_stays_inside(tmp_path: Path, path: str) -> None:
    try:
        checked_path(path)
    except ConfigurationError:
        return
    assert os.path.normpath(path) == path
    assert (tmp_path / path).resolve().is_relative_to(tmp_path.resolve())
