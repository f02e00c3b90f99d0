"""What every store must do, tried on a folder and on a real Azurite alike."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from evidence.errors import ConfigurationError, ObjectExistsError, ObjectMissingError, StoreError
from evidence.stores.interface import EvidenceStore, StoredObject
from tests.stores.places import Place, start, together

NAMES_IN_EVERY_SCRIPT = [
    "Резервная копия/сервер №7.json",
    "備份/東京-データベース.parquet",
    "नमस्ते/सर्वर",
    "שרת/גיבוי",
    "نسخة احتياطية/خادم",
    "right-to-left mark/a\u200fb\u202eפc",
    "한국어/サーバー/ไทย/ქართული/አማርኛ",
    "emoji/😀👩‍👩‍👧.csv",
    "composed/\u00e9",
    "composed/e\u0301",
    "sql;mssqlserver;master/VM;iaasvmcontainerv2;rg;vm 01",
    "reserved/100% a%2Fb?x=1&y=2#z+~!$'()*,:@=[]",
    "case/A",
    "case/a",
    "...three dots before",
    "long/" + "ß" * 120,
]
ATTACKS = [
    "",
    "/",
    "/etc/passwd",
    "../outside",
    "a/../../outside",
    "a/..",
    "./a",
    "a/./b",
    "a//b",
    "a/",
    "a\\b",
    "..\\outside",
    "C:\\outside",
    "a\0b",
    "a\nb",
    "a\x7fb",
    "a\x85b",
    "a\ud800b",
    "a\ufffeb",
    "a/b.",
    "a /b",
    ".tmp/a",
    "a" * 1025,
    "ß" * 121,
]


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("data", [b"", b"\x00\xff", b"evidence" * 1000], ids=["empty", "binary", "more"])
def test_what_was_created_is_there(store: EvidenceStore, data: bytes) -> None:
    made = store.create("calls/night=2026-11-21/run/vault.parquet", data)
    assert made == StoredObject("calls/night=2026-11-21/run/vault.parquet", len(data), sha256(data))
    assert store.read(made.path) == data
    found = store.stat(made.path)
    assert found is not None
    assert (found.path, found.bytes) == (made.path, made.bytes)
    assert found.sha256 in {None, made.sha256}
    assert list(store.list("")) == [found]


def test_a_file_is_kept_as_bytes_are(store: EvidenceStore, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"content")
    assert store.create_from("copied", source) == StoredObject("copied", 7, sha256(b"content"))
    store.fetch("copied", tmp_path / "fetched")
    assert (tmp_path / "fetched").read_bytes() == b"content"


def test_a_big_file_comes_back_whole(store: EvidenceStore, tmp_path: Path) -> None:
    data = bytes(range(256)) * 80_000 + b"the last, odd piece"
    (tmp_path / "source").write_bytes(data)
    made = store.create_from("big", tmp_path / "source")
    assert made == StoredObject("big", len(data), sha256(data))
    assert store.create("big too", data).sha256 == sha256(data)
    store.fetch("big", tmp_path / "fetched")
    assert (tmp_path / "fetched").read_bytes() == store.read("big too") == data
    with pytest.raises(ObjectExistsError):
        store.create_from("big", tmp_path / "source")


def test_nothing_is_overwritten(store: EvidenceStore, tmp_path: Path) -> None:
    store.create("a/b", b"first")
    (tmp_path / "source").write_bytes(b"second")
    attempts: list[Callable[[], object]] = [
        lambda: store.create("a/b", b"second"),
        lambda: store.create("a/b", b"first"),
        lambda: store.create_from("a/b", tmp_path / "source"),
    ]
    for attempt in attempts:
        with pytest.raises(ObjectExistsError, match="a/b already exists") as told:
            attempt()
        assert len(told.value.diagnostics()) == 3
    assert store.read("a/b") == b"first"
    assert len(list(store.list(""))) == 1


def test_what_is_not_there_is_said_to_be_missing(store: EvidenceStore, tmp_path: Path) -> None:
    store.create("a/b/c", b"")
    for path in ("nothing", "a", "a/b"):
        assert store.stat(path) is None
        for attempt in (store.read, store.enforcement):
            with pytest.raises(ObjectMissingError) as told:
                attempt(path)
            assert len(told.value.diagnostics()) == 3
        with pytest.raises(ObjectMissingError):
            store.fetch(path, tmp_path / "fetched")
    assert not (tmp_path / "fetched").exists()


def test_fetching_overwrites_no_local_file(store: EvidenceStore, tmp_path: Path) -> None:
    store.create("a", b"from the store")
    (tmp_path / "mine").write_bytes(b"mine")
    with pytest.raises(StoreError):
        store.fetch("a", tmp_path / "mine")
    assert (tmp_path / "mine").read_bytes() == b"mine"


def test_a_source_that_cannot_be_read_leaves_nothing(store: EvidenceStore, tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        store.create_from("a", tmp_path / "absent")
    assert list(store.list("")) == []


def test_listings_are_sorted_by_path_whatever_the_folders(store: EvidenceStore) -> None:
    paths = ["a-b/x", "a.b", "a/x", "a/x-y/z", "a/x.y", "ab/c", "b", "é", "\uff5e", "😀"]
    for path in reversed(paths):
        store.create(path, b"")
    assert [found.path for found in store.list("")] == sorted(paths)
    expected = {
        "a": ["a-b/x", "a.b", "a/x", "a/x-y/z", "a/x.y", "ab/c"],
        "a/": ["a/x", "a/x-y/z", "a/x.y"],
        "a/x": ["a/x", "a/x-y/z", "a/x.y"],
        "a/x-y/": ["a/x-y/z"],
        "b/": [],
        "nothing/at/all": [],
        "😀": ["😀"],
    }
    assert {prefix: [found.path for found in store.list(prefix)] for prefix in expected} == expected


def test_names_in_every_script_stay_what_they_are(store: EvidenceStore) -> None:
    for path in NAMES_IN_EVERY_SCRIPT:
        store.create(path, path.encode())
    assert [found.path for found in store.list("")] == sorted(NAMES_IN_EVERY_SCRIPT)
    for path in NAMES_IN_EVERY_SCRIPT:
        assert store.read(path) == path.encode()
        found = store.stat(path)
        assert found is not None
        assert found.path == path
        assert [listed.path for listed in store.list(path)] == [path]


@pytest.mark.parametrize("path", ATTACKS, ids=ascii)
def test_no_path_leaves_the_store(store: EvidenceStore, path: str, tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(b"")
    attempts: list[Callable[[], object]] = [
        lambda: store.create(path, b""),
        lambda: store.create_from(path, tmp_path / "source"),
        lambda: store.read(path),
        lambda: store.stat(path),
        lambda: store.enforcement(path),
        lambda: store.fetch(path, tmp_path / "fetched"),
    ]
    for attempt in attempts:
        with pytest.raises(ConfigurationError) as told:
            attempt()
        assert len(told.value.diagnostics()) == 3
        assert told.value.diagnostics()[0].isprintable()


@pytest.mark.parametrize("prefix", ["/", "../", "..", "a/..", "a/../b", "a//", "a\\", "a\0", ".tmp/", "./"], ids=ascii)
def test_no_listing_leaves_the_store(store: EvidenceStore, prefix: str) -> None:
    with pytest.raises(ConfigurationError):
        list(store.list(prefix))


def test_two_processes_never_get_the_same_name(place: Place) -> None:
    processes = [start("tests.stores.writer", place, name, "40") for name in ("one", "two")]
    won = [json.loads(output) for output in together(processes)]
    assert sorted(won[0] + won[1]) == list(range(40))
    store = place.open()
    for name, numbers in zip(("one", "two"), won, strict=True):
        for number in numbers:
            assert store.read(f"raced/{number}") == f"{number} by {name}".encode()
    assert len(list(store.list(""))) == 40


def test_what_enforces_nothing_says_so(store: EvidenceStore) -> None:
    store.create("a", b"")
    told = store.enforcement("a")
    assert (told.state, told.until) == ("none", None)
    assert "enforce" in told.detail


def test_the_description_names_the_place_and_no_secret(place: Place, store: EvidenceStore) -> None:
    assert (place.container or place.address) in store.description
    assert not place.key or place.key not in store.description
