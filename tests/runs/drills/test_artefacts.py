"""Files attached to drills: what is kept of them, and every way in which a file tries to be something else."""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from evidence.drills.values import Grade
from evidence.errors import ConfigurationError, IntegrityError, RefusedError
from evidence.ledger.ledger import Ledger
from evidence.runs.drills import artefact_files
from evidence.runs.drills.artefact_files import checked_file_name, media_type, read_artefact
from evidence.runs.drills.artefacts import attach
from tests.drills.making import TESTER, facts, submitted
from tests.fakes.memory_store import Stopped
from tests.runs.drills.drills_desk import BY, NAME, Desk

ROWS = b"table,rows\norders,1204311\n"
SHA = hashlib.sha256(ROWS).hexdigest()


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    made.plan()
    return made


@pytest.fixture
def file(tmp_path: Path) -> Path:
    found = tmp_path / "row counts.csv"
    found.write_bytes(ROWS)
    return found


def test_a_file_is_kept_under_its_hash_and_named_by_the_entry(desk: Desk, file: Path) -> None:
    entry = desk.attach(file).entry
    (one,) = desk.drill().evidence
    assert (one.sha256, one.bytes, one.name, one.media_type) == (SHA, len(ROWS), "row counts.csv", "text/plain")
    assert (one.path, one.grade, one.by) == (f"drills/{NAME}/{SHA}", Grade.B, TESTER)
    assert desk.bench.memory.files[one.path] == ROWS
    (named,) = entry.objects
    assert (named.path, named.bytes, named.sha256) == (one.path, one.bytes, SHA)
    assert hashlib.sha256(desk.bench.store.read(named.path)).hexdigest() == named.sha256


def test_the_same_file_again_is_the_entry_that_is_there(desk: Desk, file: Path) -> None:
    first, again = desk.attach(file), desk.attach(file)
    assert (again.before, again.entry) == (True, first.entry)
    assert len(desk.drill().evidence) == 1


def test_the_same_bytes_under_another_name_change_the_name_and_nothing_in_the_store(desk: Desk, file: Path) -> None:
    desk.attach(file)
    files = {path for path in desk.bench.memory.files if path.startswith("drills/")}
    assert not desk.attach(file.rename(file.with_name("counts.csv"))).before
    assert [one.name for one in desk.drill().evidence] == ["counts.csv"]
    assert {path for path in desk.bench.memory.files if path.startswith("drills/")} == files


def test_a_file_left_by_a_crash_is_taken_over(desk: Desk, file: Path) -> None:
    memory = desk.bench.memory
    memory.run_on()
    memory.stop_after = 0
    with pytest.raises(Stopped):
        desk.attach(file)
    memory.run_on()
    assert f"drills/{NAME}/{SHA}" in memory.files
    assert desk.drill().evidence == ()
    assert not desk.attach(file).before
    assert len(desk.drill().evidence) == 1


def test_a_file_of_that_hash_that_holds_something_else_is_told(desk: Desk, file: Path) -> None:
    desk.bench.memory.files[f"drills/{NAME}/{SHA}"] = b"other"
    with pytest.raises(IntegrityError, match="holds another file"):
        desk.attach(file)
    assert desk.drill().evidence == ()


@pytest.mark.parametrize("drill_id", ["DR-9", "../../ledger", "", f"{NAME}/..", "/etc"])
def test_for_a_drill_that_is_not_there_nothing_is_written(desk: Desk, file: Path, drill_id: str) -> None:
    files = dict(desk.bench.memory.files)
    with pytest.raises(RefusedError, match="No drill"):
        desk.attach(file, drill_id)
    assert desk.bench.memory.files == files


def test_after_it_was_handed_in_nothing_is_attached_and_nothing_written(desk: Desk, file: Path) -> None:
    for event in facts():
        desk.tell(event)
    desk.tell(submitted(desk.drill()))
    files = dict(desk.bench.memory.files)
    with pytest.raises(RefusedError, match="cannot be added while it is in_review"):
        desk.attach(file)
    assert desk.bench.memory.files == files


# What a file may not be.


def link(folder: Path, file: Path) -> Path:
    made = folder / "innocent.csv"
    made.symlink_to(file)
    return made


def dangling(folder: Path, file: Path) -> Path:
    made = folder / "innocent.csv"
    made.symlink_to(folder / "nowhere")
    return made


def pipe(folder: Path, file: Path) -> Path:
    os.mkfifo(folder / "pipe.csv")
    return folder / "pipe.csv"


def empty(folder: Path, file: Path) -> Path:
    (folder / "empty.csv").touch()
    return folder / "empty.csv"


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (link, "it is a link"),
        (dangling, "it is a link"),
        (lambda folder, _: folder, "no file but a folder"),
        (pipe, "no file but a folder, a pipe"),
        (lambda *_: Path("/dev/zero"), "a device"),
        (empty, "it holds 0 bytes"),
    ],
    ids=["link", "dangling", "folder", "pipe", "device", "empty"],
)
def test_what_is_no_plain_file_is_refused(
    desk: Desk, file: Path, tmp_path: Path, made: Callable[[Path, Path], Path], why: str
) -> None:
    with pytest.raises(RefusedError, match=why) as refused:
        desk.attach(made(tmp_path, file))
    assert refused.value.exit_code == 8


def test_a_file_that_is_not_there_is_a_mistake_of_the_call(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        desk.attach(tmp_path / "nothing.csv")


def test_what_is_too_large_is_refused_before_it_is_read(
    desk: Desk, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(artefact_files, "_whole", lambda *_: pytest.fail("it was read"))
    with pytest.raises(RefusedError, match=f"1 to {len(ROWS) - 1:,} are taken"):
        attach(desk.bench.parts, NAME, file, TESTER, account=BY, most=len(ROWS) - 1)
    assert not [path for path in desk.bench.memory.files if path.startswith("drills/")]


@pytest.mark.parametrize(
    "change",
    [
        lambda file: file.write_bytes(ROWS + b"more"),
        lambda file: file.write_bytes(ROWS[:5]),
        lambda file: file.write_bytes(ROWS.replace(b"1204311", b"9999999")),
    ],
    ids=["grown", "cut", "same-size"],
)
def test_a_file_that_changes_while_it_is_read_is_refused(
    desk: Desk, file: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path], object]
) -> None:
    true = artefact_files._whole

    def meddled(read: Callable[[int], bytes], size: int) -> bytes:
        begin = read(3)
        os.utime(file, ns=(1, 1))
        change(file)
        return begin + true(read, size - len(begin))

    monkeypatch.setattr(artefact_files, "_whole", meddled)
    with pytest.raises(RefusedError, match="changed while it was read"):
        desk.attach(file)
    assert not [path for path in desk.bench.memory.files if path.startswith("drills/")]


def test_a_file_that_is_replaced_after_it_was_read_changes_nothing(desk: Desk, file: Path) -> None:
    artefact = read_artefact(file)
    file.write_bytes(b"other")
    assert (artefact.data, artefact.sha256) == (ROWS, SHA)


SECRET_NAMES = [
    "x?sv=2024-01-01&sig=AbC%2BdEf012345678901234567890.csv",
    "export sig=AbCdEf0123456789.csv",
    "Password=hunter2.txt",
    "a;AccountKey=" + "A" * 86 + "==.txt",
    "sig%3DAbCdEf0123456789.csv",
    "eyJhbGciOiJSUzI1NiJ9.eyJvaWQiOiIxMjM0NTY3OCJ9.sig.txt",
    "B" * 86 + "==.txt",
    "client_secret: abcdef.txt",
    "api-key=abc.txt",
]


@pytest.mark.parametrize("name", SECRET_NAMES, ids=range(len(SECRET_NAMES)))
def test_a_name_that_holds_a_secret_is_refused_and_not_repeated(name: str) -> None:
    with pytest.raises(RefusedError, match="looks like a secret") as refused:
        checked_file_name(name)
    assert not [line for line in refused.value.diagnostics() if name[5:20] in line]


@pytest.mark.parametrize(
    "name",
    ["", "a\nb.csv", "\u202efdp.exe", "a\x1b[2J.csv", "x" * 201, "\udcff.csv", "..%2F..%2Fledger", "a\\b.csv"],
    ids=["empty", "line", "direction", "terminal", "long", "bytes", "encoded-path", "backslash"],
)
def test_a_name_that_cannot_be_shown_is_refused(name: str) -> None:
    with pytest.raises(RefusedError, match="printable characters"):
        checked_file_name(name)


@pytest.mark.parametrize("name", ["row counts 2026Q3.csv", "Prüfung.pdf", "token-ring.txt", "keys.csv", "日本語.png"])
def test_other_names_are_taken_as_they_are(name: str) -> None:
    assert checked_file_name(name) == name


@pytest.mark.parametrize(
    "held",
    [
        b"-----BEGIN RSA PRIVATE KEY-----\nMII",
        b"url: https://x.blob.core.windows.net/c?sv=2024&sig=AbCdEf%2B0123456789012345",
        b"DefaultEndpointsProtocol=https;AccountKey=" + b"A" * 86 + b"==",
        b"Authorization: Bearer eyJhbGciOiJSUzI1NiIsInR5cCI6.eyJvaWQiOiIxMjM0NTY3OCJ9abc.c2lnbmF0dXJlc2lnbmF0dXJl",
    ],
    ids=["key", "sas", "account", "token"],
)
def test_a_file_that_holds_a_secret_is_refused(desk: Desk, tmp_path: Path, held: bytes) -> None:
    (tmp_path / "log.txt").write_bytes(b"restore done\n" + held)
    with pytest.raises(RefusedError, match="private key, a shared access signature or a token"):
        desk.attach(tmp_path / "log.txt")


def office(member: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(member, "<x/>")
    return made.getvalue()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"%PDF-1.7\n...", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n....", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"\x1f\x8b\x08", "application/gzip"),
        (b"PAR1....", "application/vnd.apache.parquet"),
        (office("word/document.xml"), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (office("xl/workbook.xml"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (office("other.xml"), "application/zip"),
        (b'{"rows": 3}', "application/json"),
        (b'{"rows": 3', "text/plain"),
        (b"\n  <!DOCTYPE html><p>", "text/html"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>", "application/xml"),
        ("\ufeffrows,3\n".encode("utf-16-le"), "text/plain"),
        (ROWS, "text/plain"),
        (b"\x7fELF\x02\x01\x01\x00", "application/octet-stream"),
        (b"MZ\x90\x00\x03", "application/octet-stream"),
        (b"rows\x00,3", "application/octet-stream"),
        (b"\xc3\x28", "application/octet-stream"),
    ],
)
def test_the_sort_of_a_file_is_told_by_its_content(data: bytes, expected: str) -> None:
    assert media_type(data) == expected


def test_a_program_that_calls_itself_a_picture_is_not_told_as_one(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "screen.png").write_bytes(b"MZ\x90\x00\x03")
    desk.attach(tmp_path / "screen.png")
    assert [one.media_type for one in desk.drill().evidence] == ["application/octet-stream"]


def test_nothing_but_entries_and_the_file_is_in_the_store(desk: Desk, file: Path) -> None:
    desk.attach(file)
    entries = Ledger(desk.bench.store).entries()
    assert set(desk.bench.memory.files) == {
        *(f"ledger/{one.sequence:012d}.json" for one in entries),
        f"drills/{NAME}/{SHA}",
    }
