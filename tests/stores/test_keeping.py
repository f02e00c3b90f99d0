"""What every store tells of what it keeps: on a folder and on a real Azurite alike, and on a folder what somebody spoiled."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from evidence.errors import ObjectMissingError, StoreError
from evidence.stores.directory_keeping import KeepingDirectoryStore
from evidence.stores.keeping import KeepingStore, Mode
from tests.stores.places import Place

UNTIL = datetime(2099, 1, 2, tzinfo=UTC)


@pytest.fixture
def keeping(place: Place) -> KeepingStore:
    return place.open()


def test_one_pass_tells_every_object_once(keeping: KeepingStore) -> None:
    paths = ["a/x", "a/y/z", "b", "ünïcode/ß", "a-b"]
    for path in paths:
        keeping.create(path, path.encode())
    seen = {one.path: one for one in keeping.survey("")}
    assert sorted(seen) == sorted(paths)
    for path, one in seen.items():
        assert (one.bytes, one.earlier_versions, one.writable, one.trouble) == (len(path.encode()), 0, False, "")
        assert one.is_there
        assert one.enforcement.state == "none"
        assert one.enforcement.detail.startswith("not enforced: ")
    assert sorted(one.path for one in keeping.survey("a/")) == ["a/x", "a/y/z"]
    assert sorted(one.path for one in keeping.survey("a")) == ["a-b", "a/x", "a/y/z"]
    assert list(keeping.survey("nothing/")) == []
    keeping.create("odd/a b&c=d+e%2F#ü?/x", b"")
    assert [one.path for one in keeping.survey("odd/a b&c=d+e%2F#ü?/")] == ["odd/a b&c=d+e%2F#ü?/x"]
    assert [one.path for one in keeping.survey("odd/a b&c")] == ["odd/a b&c=d+e%2F#ü?/x"]


def test_protection_that_the_place_cannot_give_is_told_as_none(keeping: KeepingStore) -> None:
    """Azurite answers 501 to policies, a folder knows none: nothing is called enforced that was not read back."""
    keeping.create("a", b"")
    try:
        told = keeping.protect("a", UNTIL, Mode.LOCKED).enforcement
    except StoreError as error:
        assert error.cause.startswith("501")  # noqa: PT017 - either way is right, and nothing else
        told = keeping.enforcement("a")
    assert told.state == "none"
    with pytest.raises(ObjectMissingError):
        keeping.protect("b", UNTIL, Mode.LOCKED)


def test_a_folder_tells_what_is_writable_and_makes_it_read_only_again(tmp_path: Path) -> None:
    store = KeepingDirectoryStore(tmp_path)
    store.create("a", b"evidence")
    (tmp_path / "a").chmod(0o644)
    assert [one.writable for one in store.survey("")] == [True]
    store.protect("a", UNTIL, Mode.LOCKED)
    assert [one.writable for one in store.survey("")] == [False]
    assert store.hold("a", True).enforcement.state == "none"


def test_a_link_or_a_closed_folder_hides_nothing_beside_it(tmp_path: Path) -> None:
    root = tmp_path / "store"
    store = KeepingDirectoryStore(root)
    for path in ("a/x", "b/y", "c/z"):
        store.create(path, b"evidence")
    (root / "a" / "link").symlink_to(tmp_path / "outside")
    (root / "b").rename(tmp_path / "b")
    (root / "b").symlink_to(tmp_path / "b")
    os.mkfifo(root / "c" / "pipe")
    seen = {one.path: one for one in store.survey("")}
    assert sorted(seen) == ["a/link", "a/x", "b", "c/pipe", "c/z"]
    assert {path for path, one in seen.items() if one.is_there} == {"a/x", "c/z"}
    assert "no plain file" in seen["b"].trouble


@pytest.mark.skipif(os.geteuid() == 0, reason="root may list everything")
def test_a_folder_that_may_not_be_listed_says_so(tmp_path: Path) -> None:
    store = KeepingDirectoryStore(tmp_path)
    store.create("a/x", b"")
    (tmp_path / "a").chmod(0o000)
    try:
        (seen,) = store.survey("")
        assert (seen.path, seen.is_there) == ("a/", False)
        assert "cannot be listed" in seen.trouble
    finally:
        (tmp_path / "a").chmod(0o755)
