"""Unpacks a ZIP's members and proves, in the same pass over its bytes, that the ZIP is the one that our builder makes of them.

Not here: names, limits and numbers of members (`opening`). Invariant: every byte of the file is compared with what `archive` writes for the
unpacked members: headers in the end, packed bytes while they are unpacked, so that nothing is read or packed twice.
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, BinaryIO

from evidence.errors import IntegrityError
from evidence.packs import archive, bag, deflating

_LOCAL_HEADER = struct.Struct("<26xHH")
"""A local header's lengths of name and extra field, which stand before the data (APPNOTE 4.3.7)."""


@dataclass(slots=True)
class Frame:
    """One ZIP, and what its members turned out to be."""

    file: Path
    entries: list[archive.Entry] = field(default_factory=list)
    """Of the members unpacked, as our builder would write them; their bodies are compared already."""
    differing: list[int] = field(default_factory=list)
    """Where packed bytes are not those that the content packs into."""
    as_packed: int = 0
    """Deflated members that this machine's zlib would pack otherwise, and that were therefore not packed again."""

    def unpack(self, source: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path) -> bag.Digest:
        """Write a member to a file of ours; raises IntegrityError, BadZipFile, zlib.error and what else a hostile ZIP makes it."""
        target.parent.mkdir(parents=True, exist_ok=True)
        sums = archive.Sums()
        with source.open(info) as member, target.open("xb") as unpacked, self.file.open("rb") as again:
            content = sums.over(deflating.cut(_read(member, info.file_size)))
            body = _Body(again, info)
            for piece in body.compared(_kept(content, unpacked)):
                body.expect(piece)
        self.as_packed += body.unproven
        self.differing += [body.wrong_at] if body.wrong_at is not None else []
        flags, size = info.flag_bits, info.compress_size
        self.entries.append(
            archive.Entry(info.filename, info.compress_type, sums.crc, sums.size, size, lambda: iter(()), flags)
        )
        return bag.Digest(sums.size, sums.sha256)

    def rebuilt(self) -> tuple[str, None]:
        """Whether the ZIP equals its own rebuild, once all members are unpacked; raises IntegrityError."""
        if any(not one.name.endswith(".csv") for one in self.entries if one.method == archive.DEFLATED):
            raise IntegrityError("A member that is no CSV is deflated.")
        if self.differing:
            raise IntegrityError(
                f"It differs from its own rebuild in the packed bytes from byte {self.differing[0]} on."
            )
        self._compare_headers()
        if self.as_packed:
            return "it equals its own rebuild; CSV members as packed, for this machine's zlib packs otherwise", None
        return "it equals its own rebuild, byte for byte", None

    def _compare_headers(self) -> None:
        """Compare all that is no body; each body lies where the rebuild has it, for the header before it and the one after it do."""
        at = 0
        with self.file.open("rb") as source:
            for piece in archive.frame(sorted(self.entries, key=lambda one: one.name)):
                if isinstance(piece, int):
                    at = source.seek(piece, 1)
                    continue
                if source.read(len(piece)) != piece:
                    raise IntegrityError(
                        f"It differs from its own rebuild in the {len(piece)} bytes from byte {at} on."
                    )
                at += len(piece)
            if source.read(1):
                raise IntegrityError(f"Something follows its end at byte {at}.")


class _Body:
    """The packed bytes of one member as they stand in the file."""

    def __init__(self, file: BinaryIO, info: zipfile.ZipInfo) -> None:
        self._file = file
        self._left = info.compress_size
        self._deflated = info.compress_type == archive.DEFLATED
        self._way = info.flag_bits
        file.seek(info.header_offset)
        name, extra = _LOCAL_HEADER.unpack(file.read(_LOCAL_HEADER.size))
        self._at = file.seek(name + extra, 1)
        self.unproven = self._deflated and not deflating.deflates_as_reference(self._way)
        self.wrong_at: int | None = None

    def compared(self, content: Iterator[bytes]) -> Iterator[bytes]:
        """What the content packs into; nothing where it cannot be told."""
        if not self._deflated:
            yield from content
        elif self.unproven:
            for _ in content:
                pass
        else:
            yield from deflating.packed(content, self._way)
        if self._left and not self.unproven and self.wrong_at is None:
            self.wrong_at = self._at

    def expect(self, piece: bytes) -> None:
        """Compare the next packed bytes."""
        found = self._file.read(len(piece))
        if self.wrong_at is None and found != piece:
            self.wrong_at = self._at
        self._at += len(piece)
        self._left -= len(piece)


def _read(member: IO[bytes], size: int) -> Iterator[bytes]:
    left = size
    while piece := member.read(archive.CHUNK):
        left -= len(piece)
        if left < 0:
            raise IntegrityError("It is longer than the archive says.")
        yield piece
    if left:
        raise IntegrityError("It is shorter than the archive says.")


def _kept(content: Iterator[bytes], target: BinaryIO) -> Iterator[bytes]:
    for piece in content:
        target.write(piece)
        yield piece
