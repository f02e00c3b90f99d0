"""ZIP files whose bytes follow from their members alone: no clock, no host, no library version in them.

Not here: which members a pack has (`bag`), reading (`verification`). Written here and not with `zipfile`, because a ZIP
must equal its own rebuild on any machine, and `zipfile` may change what it writes from one Python to the next.
Invariant: sizes and sum stand before the data, entries follow each other without gap, and nothing else is in the file.
Source of the layout: PKWARE APPNOTE 6.3.10, sections 4.3 to 4.5.
"""

from __future__ import annotations

import functools
import hashlib
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import BinaryIO

STORED = 0
DEFLATED = 8
LEVEL = 9
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

_REFERENCE_SHA256 = "7dae1c3ba61851465737d655704958f7eb1f33627897ada467864ae9b43fa546"


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


def chunks(source: bytes | Path) -> Iterator[bytes]:
    """The bytes of a member in pieces of one length, so that they are packed alike from memory and from a file."""
    if isinstance(source, bytes):
        yield from (source[start : start + CHUNK] for start in range(0, len(source), CHUNK))
        return
    with source.open("rb") as file:
        yield from _pieces(file)


def entry(name: str, source: bytes | Path, *, deflate: bool) -> Entry:
    """A member with its sum and sizes."""
    return _deflated(name, source) if deflate else _stored(name, source)


def _stored(name: str, source: bytes | Path) -> Entry:
    crc = size = 0
    for chunk in chunks(source):
        crc, size = zlib.crc32(chunk, crc), size + len(chunk)
    return Entry(name, STORED, crc, size, size, lambda: chunks(source))


def _deflated(name: str, source: bytes | Path) -> Entry:
    crc = size = 0
    packer = _packer()
    # The file lives as long as the entry's body; it is unnamed and goes with it.
    spool = SpooledTemporaryFile(max_size=SPOOL)  # noqa: SIM115
    for chunk in chunks(source):
        crc, size = zlib.crc32(chunk, crc), size + len(chunk)
        spool.write(packer.compress(chunk))
    spool.write(packer.flush())
    packed_size = spool.tell()

    def body() -> Iterator[bytes]:
        spool.seek(0)
        yield from _pieces(spool)
        spool.close()

    return Entry(name, DEFLATED, crc, size, packed_size, body)


def _packer() -> zlib._Compress:
    return zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL, zlib.Z_DEFAULT_STRATEGY)


def _pieces(file: BinaryIO | SpooledTemporaryFile[bytes]) -> Iterator[bytes]:
    while chunk := file.read(CHUNK):
        yield chunk


@functools.cache
def deflates_as_reference() -> bool:
    """Whether this machine's zlib packs into the very bytes of zlib 1.2.13, the reference.

    Others (zlib-ng, hardware) may write other bytes that mean the same: where they do, CSV is stored, so that a
    deflated member is always one that the reference packs alike.
    """
    sample = b"".join(b"%d,2026-11-%02d,vm-%d,Failed,%x\r\n" % (n, n % 30, n * n % 97, n * 7919) for n in range(20_000))
    packer = _packer()
    return hashlib.sha256(packer.compress(sample) + packer.flush()).hexdigest() == _REFERENCE_SHA256


def archive(entries: Iterable[Entry]) -> Iterator[bytes]:
    """The ZIP of entries in the order given, piece by piece."""
    offset, directory = 0, []
    for one in entries:
        header = _local_header(one)
        directory.append(_directory_header(one, offset))
        yield header
        yield from one.body()
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
    fields = (version, 0, one.method, 0, _DATE, one.crc, *sizes, len(name), len(extra))
    return b"PK\3\4" + struct.pack("<HHHHHLLLHH", *fields) + name + extra


def _directory_header(one: Entry, offset: int) -> bytes:
    large = max(one.size, one.packed_size) >= ZIP64_FROM
    far = offset >= ZIP64_FROM
    values = [one.size, one.packed_size] * large + [offset] * far
    extra = struct.pack(f"<HH{len(values)}Q", 1, 8 * len(values), *values) if values else b""
    sizes = (ELSEWHERE, ELSEWHERE) if large else (one.packed_size, one.size)
    name = one.name.encode("ascii")
    version = _VERSION_ZIP64 if values else _VERSION
    head = (_MADE_BY, version, 0, one.method, 0, _DATE, one.crc, *sizes, len(name), len(extra))
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
