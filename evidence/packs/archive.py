"""ZIP files whose bytes follow from their members alone: no clock, no host, no library version in them.

Not here: which members a pack has (`bag`), how bytes are deflated (`deflating`), reading (`verification`). Written here and not with `zipfile`, because a ZIP
must equal its own rebuild on any machine, and `zipfile` may change what it writes from one Python to the next.
Invariant: sizes and sum stand before the data, entries follow each other without gap, and nothing else is in the file.
Source of the layout: PKWARE APPNOTE 6.3.10, sections 4.3 to 4.5.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import BinaryIO

from evidence.packs import deflating
from evidence.packs.deflating import PIECES, cut, packed

STORED = 0
DEFLATED = 8
CHUNK = 1 << 20
SPOOL = 16 << 20
"""Compressed bytes of one member that are held in memory before they go to a temporary file."""

ZIP64_FROM = 0xFFFFFFFF
"""Sizes and offsets from here on stand in ZIP64 fields (4.5.3)."""
ZIP64_ENTRIES = 0xFFFF
ELSEWHERE, _ELSEWHERE_COUNT = 0xFFFFFFFF, 0xFFFF
"""What stands in a field whose value is in a ZIP64 field."""

_DATE = (1 << 5) | 1
"""1980-01-01 in MS-DOS form, the earliest there is; the time is 00:00."""
_MADE_BY = (3 << 8) | 20
"""Unix, so that the mode below is understood; version 2.0 of the format."""
_MODE = 0o100644 << 16
_VERSION, _VERSION_ZIP64 = 20, 45


@dataclass(frozen=True, slots=True)
class Entry:
    """One member, ready to be written."""

    name: str
    method: int
    crc: int
    size: int
    packed_size: int
    body: Callable[[], Iterator[bytes]]
    """Gives the packed bytes."""
    flags: int = 0
    """How it was deflated (4.4.4, bits 1 and 2): one of `deflating.WAYS`; 0 where it is stored."""


@dataclass(frozen=True, slots=True)
class Written:
    """A member that was summed, and deflated where it is, while it was written; its file holds the packed bytes."""

    file: Path
    size: int
    sha256: str
    crc: int
    deflated: bool
    packed_size: int


def chunks(source: bytes | Path) -> Iterator[bytes]:
    """The bytes of a member in pieces of one length, so that they are packed alike from memory and from a file."""
    if isinstance(source, bytes):
        yield from (source[start : start + CHUNK] for start in range(0, len(source), CHUNK))
        return
    with source.open("rb") as file:
        yield from _pieces(file)


def write(target: Path, content: Iterable[bytes | memoryview], *, deflate: bool) -> Written:
    """Write a member's bytes to a file of ours once, deflated or not, with its sums taken on the way."""
    sums = Sums()
    told = sums.over(cut(content))
    deflate = deflate and deflating.deflates_as_reference()
    with target.open("wb") as file:
        file.writelines(packed(told, PIECES) if deflate else told)
        packed_size = file.tell()
    return Written(target, sums.size, sums.sha256, sums.crc, deflate, packed_size)


def content(written: Written) -> bytes:
    """The bytes of a member that was written."""
    held = written.file.read_bytes()
    return zlib.decompress(held, -zlib.MAX_WBITS) if written.deflated else held


class Hashed:
    """Length and SHA-256 of what passes."""

    def __init__(self) -> None:
        self.size = 0
        self._hash = hashlib.sha256()

    @property
    def sha256(self) -> str:
        """In hex, of what has passed."""
        return self._hash.hexdigest()

    def add(self, piece: bytes | memoryview) -> None:
        """Count one piece."""
        self.size += len(piece)
        self._hash.update(piece)

    def over(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """The same pieces, counted as they pass."""
        for piece in pieces:
            self.add(piece)
            yield piece


class Sums(Hashed):
    """With CRC-32."""

    def __init__(self) -> None:
        super().__init__()
        self.crc = 0

    def add(self, piece: bytes | memoryview) -> None:
        """Count one piece."""
        super().add(piece)
        self.crc = zlib.crc32(piece, self.crc)


def entry(name: str, source: bytes | Path | Written, *, deflate: bool, way: int = PIECES) -> Entry:
    """A member with its sum and sizes; what was written ready is taken as it is."""
    if isinstance(source, Written):
        method, flags = (DEFLATED, PIECES) if source.deflated else (STORED, 0)
        return Entry(name, method, source.crc, source.size, source.packed_size, lambda: chunks(source.file), flags)
    return _deflated(name, source, way) if deflate else _stored(name, source)


def _stored(name: str, source: bytes | Path) -> Entry:
    crc = size = 0
    for chunk in chunks(source):
        crc, size = zlib.crc32(chunk, crc), size + len(chunk)
    return Entry(name, STORED, crc, size, size, lambda: chunks(source))


def _deflated(name: str, source: bytes | Path, way: int) -> Entry:
    sums = Sums()
    # The file lives as long as the entry's body; it is unnamed and goes with it.
    spool = SpooledTemporaryFile(max_size=SPOOL)  # noqa: SIM115
    spool.writelines(packed(sums.over(chunks(source)), way))
    packed_size = spool.tell()

    def body() -> Iterator[bytes]:
        spool.seek(0)
        yield from _pieces(spool)
        spool.close()

    return Entry(name, DEFLATED, sums.crc, sums.size, packed_size, body, way)


def _pieces(file: BinaryIO | SpooledTemporaryFile[bytes]) -> Iterator[bytes]:
    while chunk := file.read(CHUNK):
        yield chunk


def archive(entries: Iterable[Entry]) -> Iterator[bytes]:
    """The ZIP of entries in the order given, piece by piece."""
    for part in _parts(entries):
        if isinstance(part, Entry):
            yield from part.body()
        else:
            yield part


def frame(entries: Iterable[Entry]) -> Iterator[bytes | int]:
    """The same ZIP with the length of each body in place of the body."""
    return (part.packed_size if isinstance(part, Entry) else part for part in _parts(entries))


def _parts(entries: Iterable[Entry]) -> Iterator[bytes | Entry]:
    offset, directory = 0, []
    for one in entries:
        header = _local_header(one)
        directory.append(_directory_header(one, offset))
        yield header
        yield one
        offset += len(header) + one.packed_size
    listing = b"".join(directory)
    yield listing
    yield _end(len(directory), len(listing), offset)


def _local_header(one: Entry) -> bytes:
    large = max(one.size, one.packed_size) >= ZIP64_FROM
    extra = struct.pack("<HHQQ", 1, 16, one.size, one.packed_size) if large else b""
    sizes = (ELSEWHERE, ELSEWHERE) if large else (one.packed_size, one.size)
    name = one.name.encode("ascii")
    version = _VERSION_ZIP64 if large else _VERSION
    fields = (version, one.flags, one.method, 0, _DATE, one.crc, *sizes, len(name), len(extra))
    return b"PK\3\4" + struct.pack("<HHHHHLLLHH", *fields) + name + extra


def _directory_header(one: Entry, offset: int) -> bytes:
    large = max(one.size, one.packed_size) >= ZIP64_FROM
    far = offset >= ZIP64_FROM
    values = [one.size, one.packed_size] * large + [offset] * far
    extra = struct.pack(f"<HH{len(values)}Q", 1, 8 * len(values), *values) if values else b""
    sizes = (ELSEWHERE, ELSEWHERE) if large else (one.packed_size, one.size)
    name = one.name.encode("ascii")
    version = _VERSION_ZIP64 if values else _VERSION
    head = (_MADE_BY, version, one.flags, one.method, 0, _DATE, one.crc, *sizes, len(name), len(extra))
    tail = (0, 0, 0, _MODE, ELSEWHERE if far else offset)
    return b"PK\1\2" + struct.pack("<HHHHHHLLLHH", *head) + struct.pack("<HHHLL", *tail) + name + extra


def _end(count: int, length: int, offset: int) -> bytes:
    if max(length, offset) < ZIP64_FROM and count < ZIP64_ENTRIES:
        return b"PK\5\6" + struct.pack("<HHHHLLH", 0, 0, count, count, length, offset, 0)
    record = struct.pack("<QHHLLQQQQ", 44, _MADE_BY, _VERSION_ZIP64, 0, 0, count, count, length, offset)
    locator = struct.pack("<LQL", 0, offset + length, 1)
    counts, places = (_ELSEWHERE_COUNT, _ELSEWHERE_COUNT), (ELSEWHERE, ELSEWHERE)
    end = struct.pack("<HHHHLLH", 0, 0, *counts, *places, 0)
    return b"PK\6\6" + record + b"PK\6\7" + locator + b"PK\5\6" + end
