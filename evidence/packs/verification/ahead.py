"""Looks at the tables of a pack while its pages are set: what is found of their bytes need not be looked for again when the pack is whole.

Not here: the verification, which is made of the whole pack in any case. Invariants: every byte is read back from the files that were written;
what does not hold is not remembered, so that the verification finds and names it.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from evidence.errors import EvidenceError
from evidence.packs import archive, bag, deflating
from evidence.packs.verification.proven import Body, Compared, Proven
from evidence.packs.verification.tables import csv_of, parquet_of, same_rows
from evidence.packs.verification.unpacking import kept
from evidence.tables import ALL

_AT_ONCE = 2
"""Tables looked at together."""
Files = Mapping[str, archive.Written]


def look_ahead(members: Mapping[str, bag.Source], counts: Mapping[str, int], folder: Path) -> Proven:
    """Unpack the tables among members that were written, pack them again and compare their CSV and Parquet; their content stays in `folder`."""
    written = {path: source for path, source in members.items() if isinstance(source, archive.Written)}
    here = [name for name in counts if name in ALL and {csv_of(name), parquet_of(name)} <= set(written)]
    longest_first = sorted(here, key=lambda name: -written[csv_of(name)].size)
    bodies: dict[str, Body] = {}
    rows: dict[Compared, str] = {}
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="ahead") as pool:
        for found, told in pool.map(lambda name: _look(name, counts[name], written, folder), longest_first):
            bodies |= found
            rows |= told
    return Proven(bodies, rows)


def _look(name: str, count: int, written: Files, folder: Path) -> tuple[dict[str, Body], dict[Compared, str]]:
    """What is found of one table."""
    paths = csv_of(name), parquet_of(name)
    found = {path: _body(written[path], folder / f"{name}.unpacked") for path in paths}
    bodies = {path: body for path, body in found.items() if body is not None}
    if len(bodies) < len(paths):
        return bodies, {}
    csv, parquet = (bodies[path] for path in paths)
    try:
        told, _ = same_rows(ALL[name], csv.file, parquet.file, count)
    except (EvidenceError, OSError, ValueError):
        return bodies, {}
    return bodies, {Compared(name, csv.content.sha256, parquet.content.sha256, count): told}


def _body(written: archive.Written, target: Path) -> Body | None:
    """A member's file read back; None where it is not what was said when it was written."""
    sums, packed = archive.Sums(), archive.Sums()
    if not written.deflated:
        for piece in archive.chunks(written.file):
            sums.add(piece)
        return _as_told(written, written.file, sums, sums)
    with target.open("xb") as unpacked, written.file.open("rb") as again:
        content = sums.over(deflating.cut(_inflated(written.file)))
        for piece in deflating.packed(kept(content, unpacked), deflating.PIECES):
            packed.add(piece)
            if again.read(len(piece)) != piece:
                return None
        if again.read(1):
            return None
    return _as_told(written, target, sums, packed)


def _as_told(written: archive.Written, file: Path, sums: archive.Sums, packed: archive.Sums) -> Body | None:
    told = (written.size, written.sha256, written.crc, written.packed_size)
    if (sums.size, sums.sha256, sums.crc, packed.size) != told:
        return None
    flags = deflating.PIECES if written.deflated else 0
    return Body(file, bag.Digest(sums.size, sums.sha256), sums.crc, bag.Digest(packed.size, packed.sha256), flags)


def _inflated(file: Path) -> Iterator[bytes]:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    for piece in archive.chunks(file):
        left = piece
        while left and not inflater.eof:
            yield inflater.decompress(left, archive.CHUNK)
            left = inflater.unconsumed_tail
    yield inflater.flush()
