"""Trap 28 and all that a ZIP or a folder can hide: paths that leave it, bombs, links, bytes between the members."""

from __future__ import annotations

import dataclasses
import io
import os
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evidence.errors import ConfigurationError, IntegrityError
from evidence.packs import archive, bag, deflating
from evidence.packs.verification import Finding, Trust, opening, verify_pack
from tests.attacks.verdicts import assert_caught, assert_genuine, failures
from tests.fakes.packs import PACK_ID, write_folder, write_pack

ZIP = f"{PACK_ID}.zip"
EVIL_NAMES = (
    "../evil.csv",
    "/etc/evil.csv",
    f"{PACK_ID}/../../evil.csv",
    f"{PACK_ID}/data/..\\evil.csv",
    f"{PACK_ID}/data//evil.csv",
    f"{PACK_ID}/C:evil.csv",
    f"{PACK_ID}/./evil.csv",
    f"{PACK_ID}/.evil",
    f"{PACK_ID}/data/evil\u202ecsv",
    f"{PACK_ID}/data/evil .csv",
    f"{PACK_ID}/data/dir/",
    "other/evil.csv",
    f"{PACK_ID}",
)


def rezipped(pack: Path, change: Callable[[zipfile.ZipFile], None]) -> Path:
    """The pack with more in its ZIP, added as any ZIP tool adds."""
    with zipfile.ZipFile(pack, "a") as target:
        change(target)
    return pack


@pytest.mark.parametrize("name", EVIL_NAMES)
def test_a_name_that_leaves_the_folder(good: Mapping[str, bytes], trust: Trust, tmp_path: Path, name: str) -> None:
    pack = rezipped(write_pack(tmp_path, good), lambda target: target.writestr(_plain(name), b"a"))
    found = verify_pack(pack, trust)
    assert_caught(found, ZIP)
    assert not [one for one in tmp_path.parent.rglob("evil*") if one.is_file()]


def test_a_name_with_a_nul_is_not_cut_short(good: Mapping[str, bytes], trust: Trust, tmp_path: Path) -> None:
    pack = write_pack(tmp_path, good)
    data = pack.read_bytes()
    name = f"{PACK_ID}/data/jobs.csv".encode()
    pack.write_bytes(data.replace(name, name[:-4] + b"\0csv"))
    assert_caught(verify_pack(pack, trust), ZIP, "does not stay inside")


def test_the_same_member_twice(good: Mapping[str, bytes], trust: Trust, tmp_path: Path) -> None:
    def twice(target: zipfile.ZipFile) -> None:
        with pytest.warns(UserWarning, match="Duplicate name"):
            target.writestr(_plain(f"{PACK_ID}/data/jobs.csv"), b"other")

    assert_caught(verify_pack(rezipped(write_pack(tmp_path, good), twice), trust), ZIP, "twice")


def test_names_that_differ_in_case_only(good: Mapping[str, bytes], trust: Trust, tmp_path: Path) -> None:
    pack = write_pack(tmp_path, {**good, "data/JOBS.csv": b"a"})
    assert_caught(verify_pack(pack, trust), ZIP, "twice")


@pytest.mark.parametrize(
    ("method", "said"), [(zipfile.ZIP_BZIP2, "unknown way"), (zipfile.ZIP_LZMA, "not a plain file")]
)
def test_another_compression(good: Mapping[str, bytes], trust: Trust, tmp_path: Path, method: int, said: str) -> None:
    info = _plain(f"{PACK_ID}/data/more.csv")
    info.compress_type = method
    pack = rezipped(write_pack(tmp_path, good), lambda target: target.writestr(info, b"a" * 100))
    assert_caught(verify_pack(pack, trust), ZIP, said)


@pytest.mark.parametrize("mode", [0o120777, 0o040755, 0o100755, 0o020644, 0])
def test_a_member_that_is_no_plain_file(good: Mapping[str, bytes], trust: Trust, tmp_path: Path, mode: int) -> None:
    info = _plain(f"{PACK_ID}/data/link.csv")
    info.external_attr = mode << 16
    pack = rezipped(write_pack(tmp_path, good), lambda target: target.writestr(info, b"/etc/passwd"))
    assert_caught(verify_pack(pack, trust), ZIP, "not a plain file")


def test_an_encrypted_member(good: Mapping[str, bytes], trust: Trust, tmp_path: Path) -> None:
    pack = write_pack(tmp_path, good)
    data = bytearray(pack.read_bytes())
    data[data.index(b"PK\1\2") + 8] |= 1
    pack.write_bytes(bytes(data))
    assert_caught(verify_pack(pack, trust), ZIP, "not a plain file")


@pytest.mark.parametrize("where", ["front", "end", "comment"])
def test_bytes_beside_the_members(good: Mapping[str, bytes], trust: Trust, tmp_path: Path, where: str) -> None:
    pack = write_pack(tmp_path, good)
    data = pack.read_bytes()
    spoiled = {
        "front": b"MZ" + data,
        "end": data + b"\n",
        "comment": data[:-2] + b"\x05\x00hello",
    }
    pack.write_bytes(spoiled[where])
    assert_caught(verify_pack(pack, trust), ZIP)


def test_bytes_between_two_members(good: Mapping[str, bytes], trust: Trust, tmp_path: Path) -> None:
    """A ZIP that every tool unpacks without complaint, with a program hidden between two members."""
    pack = write_pack(tmp_path, good)
    data, hidden = pack.read_bytes(), b"hidden program"
    end = struct.unpack("<4sHHHHLLH", data[-22:])
    directory = bytearray(data[end[6] : -22])
    first_length = struct.unpack("<H", data[26:28])[0]
    cut = 30 + first_length + len(good["HOW-TO-VERIFY.txt"])
    at = directory.find(b"PK\1\2", 4)
    while at >= 0:
        offset = struct.unpack("<L", directory[at + 42 : at + 46])[0]
        directory[at + 42 : at + 46] = struct.pack("<L", offset + len(hidden))
        at = directory.find(b"PK\1\2", at + 4)
    moved = struct.pack("<4sHHHHLLH", *end[:6], end[6] + len(hidden), 0)
    pack.write_bytes(data[:cut] + hidden + data[cut : end[6]] + bytes(directory) + moved)
    with zipfile.ZipFile(pack) as source:
        assert source.testzip() is None
    assert_caught(verify_pack(pack, trust), ZIP, "differs from its own rebuild")


def test_a_pack_zipped_anew_with_another_tool(good: Mapping[str, bytes], trust: Trust, tmp_path: Path) -> None:
    pack = tmp_path / ZIP
    with zipfile.ZipFile(pack, "w", zipfile.ZIP_DEFLATED) as target:
        for path, data in sorted(good.items()):
            target.writestr(f"{PACK_ID}/{path}", data)
    assert_caught(verify_pack(pack, trust), ZIP)
    assert_genuine(verify_pack(write_folder(tmp_path, dict(good)), trust))


def test_other_deflated_bytes_of_the_same_member(good: Mapping[str, bytes], trust: Trust, tmp_path: Path) -> None:
    def entry(path: str, data: bytes) -> archive.Entry:
        name = f"{PACK_ID}/{path}"
        if not path.endswith("coverage.csv"):
            return archive.entry(name, data, deflate=path.endswith(".csv"))
        packed = zlib.compress(data, 1, -15)
        return archive.Entry(name, archive.DEFLATED, zlib.crc32(data), len(data), len(packed), lambda: iter([packed]))

    pack = tmp_path / ZIP
    pack.write_bytes(b"".join(archive.archive(entry(path, data) for path, data in sorted(good.items()))))
    with zipfile.ZipFile(pack) as source:
        assert source.testzip() is None
    assert_caught(verify_pack(pack, trust), ZIP, "differs from its own rebuild")


def test_a_machine_whose_zlib_packs_otherwise_still_proves_the_frame(
    good: Mapping[str, bytes], trust: Trust, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = write_pack(tmp_path, good)
    monkeypatch.setattr(deflating, "deflates_as_reference", lambda _way=0: False)
    assert_genuine(verify_pack(pack, trust))
    stored = write_pack(tmp_path / "stored", good)
    with zipfile.ZipFile(stored) as source:
        assert {info.compress_type for info in source.infolist()} == {zipfile.ZIP_STORED}
    assert_genuine(verify_pack(stored, trust))
    stored.write_bytes(stored.read_bytes()[:-1] + b"\1")
    assert verify_pack(stored, trust).exit_code == 7


def test_a_bomb_is_not_unpacked(trust: Trust, tmp_path: Path) -> None:
    zeros = archive.entry(f"{PACK_ID}/data/zeros.csv", b"\0" * (100 << 20), deflate=True, way=deflating.WHOLE)
    pack = tmp_path / ZIP
    pack.write_bytes(b"".join(archive.archive([zeros])))
    assert pack.stat().st_size < 1 << 20
    assert_caught(verify_pack(pack, trust), ZIP, "out of proportion")


def test_a_member_longer_than_the_archive_says(good: Mapping[str, bytes], trust: Trust, tmp_path: Path) -> None:
    """The directory promises 10 bytes; the packed bytes go on for a long time."""
    packed = zlib.compress(b"\0" * (64 << 20), 9, -15)
    short = archive.Entry(f"{PACK_ID}/data/a.csv", archive.DEFLATED, 0, 10, len(packed), lambda: iter([packed]))
    pack = tmp_path / ZIP
    pack.write_bytes(b"".join(archive.archive([short])))
    assert_caught(verify_pack(pack, trust), "data/a.csv", "cannot be unpacked")


def test_too_many_members(trust: Trust, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "MOST_MEMBERS", 5)
    pack = write_pack(tmp_path, {f"data/{n}.csv": b"" for n in range(6)})
    assert_caught(verify_pack(pack, trust), ZIP, "holds 6 members")
    folder = write_folder(tmp_path, {f"data/{n}.csv": b"" for n in range(6)})
    assert_caught(verify_pack(folder, trust), PACK_ID, "more than 5 files")


@pytest.mark.parametrize("target", ["/etc/passwd", "jobs.csv", "missing"])
def test_a_link_in_a_folder(good: Mapping[str, bytes], trust: Trust, tmp_path: Path, target: str) -> None:
    folder = write_folder(tmp_path, dict(good))
    (folder / "data" / "calls.csv").unlink()
    (folder / "data" / "calls.csv").symlink_to(target)
    assert_caught(verify_pack(folder, trust), "data/calls.csv", "is a link")


def test_a_linked_folder_in_a_folder(good: Mapping[str, bytes], trust: Trust, tmp_path: Path) -> None:
    folder = write_folder(tmp_path, dict(good))
    (folder / "data" / "parquet").rename(tmp_path / "elsewhere")
    (folder / "data" / "parquet").symlink_to(tmp_path / "elsewhere")
    assert_caught(verify_pack(folder, trust), "data/parquet", "is a link")


def test_a_pipe_in_a_folder_does_not_block(good: Mapping[str, bytes], trust: Trust, tmp_path: Path) -> None:
    folder = write_folder(tmp_path, dict(good))
    os.mkfifo(folder / "data" / "pipe.csv")
    assert_caught(verify_pack(folder, trust), "data/pipe.csv", "special file")


@pytest.mark.parametrize("data", [b"", b"PK", b"PK\5\6" + b"\0" * 18, b"%PDF-1.7\n", b"\0" * 5000])
def test_files_that_are_no_pack(trust: Trust, tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "pack.zip"
    file.write_bytes(data)
    found = verify_pack(file, trust)
    assert found.exit_code == 7
    assert failures(found)


def test_a_path_where_nothing_is(trust: Trust, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        verify_pack(tmp_path / "none.zip", trust)
    with pytest.raises(ConfigurationError, match="cannot be read"):
        verify_pack(tmp_path, trust, tmp_path / "none.tsr")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=400), cut=st.integers(0, 2000))
def test_bytes_of_chance_never_end_in_a_traceback(
    good: Mapping[str, bytes], trust: Trust, tmp_path: Path, data: bytes, cut: int
) -> None:
    buffer = io.BytesIO()
    bag.write_zip(buffer, PACK_ID, {path: good[path] for path in ("bagit.txt", "bag-info.txt")})
    file = tmp_path / "pack.zip"
    whole = buffer.getvalue()
    file.write_bytes(whole[:cut] + data + whole[cut:])
    assert verify_pack(file, trust).exit_code == 7


@pytest.mark.parametrize(
    "line",
    [
        "{h}  ../evil",
        "{h}  /etc/passwd",
        "{h} data/a",
        "{h}  data/a\n{h}  data/a",
        "{h}  data/b\n{h}  data/a",
        "{h}  data\\a",
    ],
)
def test_a_manifest_that_is_not_plain(line: str) -> None:
    with pytest.raises(IntegrityError):
        bag.read_manifest((line.format(h="0" * 64) + "\n").encode())


@pytest.mark.parametrize("tail", [b"", b"\n\n", b"\r\n", b"\n0"])
def test_a_manifest_with_another_end(tail: bytes) -> None:
    with pytest.raises(IntegrityError):
        bag.read_manifest(b"0" * 64 + b"  data/a" + tail)


@given(st.dictionaries(st.from_regex(r"data/[a-z]{1,8}\.csv", fullmatch=True), st.binary(), max_size=8))
def test_a_manifest_reads_back(payload: dict[str, bytes]) -> None:
    hashes = {path: bag.digest(data).sha256 for path, data in payload.items()}
    assert bag.read_manifest(bag.manifest(hashes)) == hashes


@settings(max_examples=25, deadline=None)
@given(
    st.dictionaries(
        st.from_regex(r"data/[a-z]{1,8}\.(csv|json)", fullmatch=True), st.binary(max_size=3000), min_size=1, max_size=6
    )
)
def test_every_tool_reads_what_we_pack(payload: dict[str, bytes]) -> None:
    buffer = io.BytesIO()
    digest = bag.write_zip(buffer, "all-night-internal-2026-11-21-r0001", payload)
    assert digest == bag.digest(buffer.getvalue())
    with zipfile.ZipFile(buffer) as source:
        assert source.testzip() is None
        assert {info.filename.split("/", 1)[1]: source.read(info) for info in source.infolist()} == payload


def test_a_pack_made_the_first_way_is_still_its_own_rebuild(
    good: Mapping[str, bytes], trust: Trust, tmp_path: Path
) -> None:
    entries = [
        archive.entry(f"{PACK_ID}/{path}", data, deflate=path.endswith(".csv"), way=deflating.WHOLE)
        for path, data in sorted(good.items())
    ]
    pack = tmp_path / ZIP
    pack.write_bytes(b"".join(archive.archive(entries)))
    assert {one.flags for one in entries} == {0}
    assert_genuine(verify_pack(pack, trust))


def test_a_member_that_says_another_way_than_it_was_packed(
    good: Mapping[str, bytes], trust: Trust, tmp_path: Path
) -> None:
    def said(path: str, data: bytes) -> archive.Entry:
        one = archive.entry(f"{PACK_ID}/{path}", data, deflate=path.endswith(".csv"))
        return dataclasses.replace(one, flags=deflating.WHOLE) if path.endswith("jobs.csv") else one

    pack = tmp_path / ZIP
    pack.write_bytes(b"".join(archive.archive([said(path, data) for path, data in sorted(good.items())])))
    assert_caught(verify_pack(pack, trust), ZIP, "differs from its own rebuild")


@given(st.binary(max_size=300), st.integers(0, 3), st.binary(max_size=300))
@settings(max_examples=20, deadline=None)
def test_deflating_side_by_side_gives_the_content_back(begin: bytes, millions: int, end: bytes) -> None:
    content = begin + b"2026-11-20,vm,Completed\r\n" * (millions * 40_000) + end
    pieces = [content[:7], content[7:100], content[100:]]
    packed = b"".join(deflating.packed(deflating.cut(pieces), deflating.PIECES))
    assert zlib.decompress(packed, -15) == content
    assert packed == b"".join(deflating.packed(deflating.cut([content]), deflating.PIECES))


def test_a_member_written_once_is_the_member_packed_later(tmp_path: Path) -> None:
    content = [b"2026-11-20,vm,%d,Completed\r\n" % number for number in range(90_000)]
    written = archive.write(tmp_path / "jobs", content, deflate=True)
    later = archive.entry("a.csv", b"".join(content), deflate=True)
    ready = archive.entry("a.csv", written, deflate=True)
    assert b"".join(archive.archive([ready])) == b"".join(archive.archive([later]))
    assert bag.digest(written) == bag.digest(b"".join(content))


def test_members_from_memory_and_from_files_are_packed_alike(tmp_path: Path) -> None:
    data = b"".join(b"%d,vm-%d,Failed\r\n" % (n, n * n % 97) for n in range(100_000))
    (tmp_path / "a.csv").write_bytes(data)
    one, other = io.BytesIO(), io.BytesIO()
    bag.write_zip(one, PACK_ID, {"data/a.csv": data})
    bag.write_zip(other, PACK_ID, {"data/a.csv": tmp_path / "a.csv"})
    assert one.getvalue() == other.getvalue()


def test_large_members_use_zip64(monkeypatch: pytest.MonkeyPatch, trust: Trust, tmp_path: Path) -> None:
    """With the limit lowered, so that no 4 GiB are needed: `zipfile` reads the fields that large members need."""
    monkeypatch.setattr(archive, "ZIP64_FROM", 100)
    monkeypatch.setattr(archive, "ZIP64_ENTRIES", 3)
    payload = {"data/a.csv": b"a" * 5000, "data/b.json": b"b" * 5000, "data/c.json": b"c", "data/d.json": b""}
    buffer = io.BytesIO()
    bag.write_zip(buffer, PACK_ID, payload)
    with zipfile.ZipFile(buffer) as source:
        assert source.testzip() is None
        assert {info.filename.split("/", 1)[1]: source.read(info) for info in source.infolist()} == payload
    file = tmp_path / ZIP
    file.write_bytes(buffer.getvalue())
    found = verify_pack(file, trust)
    assert [one.finding for one in found.checks if one.name.startswith("archive")] == [Finding.OK, Finding.OK]


@pytest.mark.parametrize("path", ["../a", "/a", "data/../a", "a.csv", "data/ü.csv", "data/a b", "data/.a", "data/"])
def test_the_builder_refuses_names_that_are_not_plain(path: str) -> None:
    from datetime import date

    with pytest.raises(ConfigurationError):
        bag.tag_files(
            PACK_ID,
            {path: b"a"},
            statement=b"{}",
            how_to_verify="",
            organisation="Contoso",
            bagging_date=date(2026, 11, 22),
        )


def _plain(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    info.create_system = 3
    info.external_attr = 0o100644 << 16
    return info
