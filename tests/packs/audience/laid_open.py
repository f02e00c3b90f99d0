"""Every byte that a pack holds, decompressed: ZIP members, Parquet pages, PDF streams, and what a reader of the PDF sees.

Not here: what is looked for. Invariant: what cannot be laid open fails, so that nothing is passed over.
"""

from __future__ import annotations

import base64
import io
import re
import shutil
import subprocess
import zipfile
import zlib
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.parquet as pq

_FRAME = b"\x28\xb5\x2f\xfd"
"""A zstd frame begins so (RFC 8878, section 3.1.1)."""
_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
_HEX = re.compile(rb"<([0-9A-Fa-f\s]{8,})>")


def laid_open(pack: bytes) -> Iterator[tuple[str, bytes]]:
    """The bytes of each member by its path, raw and decompressed."""
    with zipfile.ZipFile(io.BytesIO(pack)) as source:
        yield "(names)", "\n".join(source.namelist()).encode()
        for name in source.namelist():
            data = source.read(name)
            yield name, _unarmoured(data) if name.endswith(".p7s") else data
            if name.endswith(".parquet"):
                yield from ((name, page) for page in _pages(data))
            if name.endswith(".pdf"):
                yield from ((name, part) for part in _parts(data))


def _unarmoured(data: bytes) -> bytes:
    """What a PEM file holds (RFC 7468): in its base64 a short name soon stands by chance."""
    body = re.fullmatch(rb"-----BEGIN CMS-----\n(.+)-----END CMS-----\n", data, re.DOTALL)
    assert body, "a signature that could not be laid open"
    return base64.b64decode(body[1])


def _pages(data: bytes) -> Iterator[bytes]:
    """All pages of a Parquet file, dictionaries too, whatever values use them."""
    file = pq.ParquetFile(io.BytesIO(data))
    found, at = 0, data.find(_FRAME)
    while at >= 0:
        page = _frame(data[at:])
        found += len(page) > 0
        yield page
        at = data.find(_FRAME, at + 1)
    columns = [
        file.metadata.row_group(n).column(m)
        for n in range(file.num_row_groups)
        for m in range(file.metadata.num_columns)
    ]
    compressed = [column for column in columns if column.compression != "UNCOMPRESSED" and column.total_compressed_size]
    assert found >= len(compressed), "pages that could not be laid open"


def _frame(data: bytes) -> bytes:
    """What the frame at the begin of some bytes holds; nothing where they only look like one (RFC 8878, section 3.1.1)."""
    flags = data[4]
    single, identified = flags >> 5 & 1, (0, 1, 2, 4)[flags & 3]
    width = (single, 2, 4, 8)[flags >> 6]
    place = 5 + (1 - single) + identified
    size = int.from_bytes(data[place : place + width], "little") + (256 if width == 2 else 0)
    at, last = place + width, 0
    while not last and at < len(data):
        block = int.from_bytes(data[at : at + 3], "little")
        last, kind, length = block & 1, block >> 1 & 3, block >> 3
        at += 3 + (1 if kind == 1 else length)
    if not width or not last:
        return b""
    try:
        return pa.decompress(data[: at + (flags >> 2 & 1) * 4], size, "zstd", asbytes=True)
    except OSError:
        return b""


def _parts(data: bytes) -> Iterator[bytes]:
    for found in _STREAM.finditer(data):
        try:
            yield zlib.decompressobj().decompress(found[1])
        except zlib.error:
            yield found[1]
    for digits in _HEX.finditer(data):
        text = (
            bytes.fromhex(re.sub(rb"\s", b"", digits[1])[: len(digits[1]) // 2 * 2].decode())
            if len(digits[1]) % 2 == 0
            else b""
        )
        yield text
        yield text.replace(b"\0", b"")  # UTF-16 of plain letters
    assert shutil.which("pdftotext"), "poppler-utils is needed to read what a report says"
    yield subprocess.run(["pdftotext", "-", "-"], input=data, capture_output=True, check=True).stdout


def holding(pack: bytes, names: set[str]) -> set[tuple[str, str]]:
    """Names that a pack holds, with the member that holds them, whatever their case."""
    wanted = {name.lower().encode() for name in names}
    return {(path, name.decode()) for path, data in laid_open(pack) for name in wanted if name in data.lower()}
