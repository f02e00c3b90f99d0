"""Unpacks a ZIP's members and proves, in the same pass over its bytes, that the ZIP is the one that our builder makes of them.

Not here: names, limits and numbers of members (`opening`). Invariant: every byte of the file is compared with what `archive` writes for the
unpacked members: headers in the end, packed bytes while they are unpacked, so that nothing is read or packed twice.
"""

from __future__ import annotations

import struct
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, BinaryIO

from evidence.errors import IntegrityError
from evidence.packs import archive, bag, deflating
from evidence.packs.verification.proven import Body

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
    lock: threading.Lock = field(default_factory=threading.Lock)
    """Members are unpacked side by side."""

    def unpack(
        self, source: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path, known: Body | None = None
    ) -> tuple[Path, bag.Digest]:
        """A member's content in a file of ours: that of the body that is known, where the ZIP holds its very bytes, else `target`.

        Raises IntegrityError, BadZipFile, zlib.error and what else a hostile ZIP makes it.
        """
        if known is not None and self._holds(info, known):
            self._found(info, known.crc, known.content)
            return known.file, known.content
        target.parent.mkdir(parents=True, exist_ok=True)
        sums = archive.Hashed()
        with self._opened(source, info) as member, target.open("xb") as unpacked, self.file.open("rb") as again:
            content = sums.over(deflating.cut(_read(member, info.file_size)))
            body = _Body(again, info)
            for piece in body.compared(kept(content, unpacked)):
                body.expect(piece)
        # Whoever reads a member to its end was refused where its CRC-32 is not this one.
        self._found(info, info.CRC, bag.Digest(sums.size, sums.sha256), body)
        return target, bag.Digest(sums.size, sums.sha256)

    @contextmanager
    def _opened(self, source: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[IO[bytes]]:
        """A member to read from; `zipfile` counts those that are open, and does not lock the count."""
        with self.lock:
            member = source.open(info)
        try:
            yield member
        finally:
            with self.lock:
                member.close()

    def _holds(self, info: zipfile.ZipInfo, known: Body) -> bool:
        """Whether a member's packed bytes are those of a body that is known; where they are, so is all that they unpack to."""
        method = archive.DEFLATED if known.flags else archive.STORED
        if (info.compress_type, info.flag_bits, info.compress_size) != (method, known.flags, known.packed.size):
            return False
        with self.file.open("rb") as again:
            return _Body(again, info).sha256() == known.packed.sha256

    def _found(self, info: zipfile.ZipInfo, crc: int, content: bag.Digest, body: _Body | None = None) -> None:
        flags, size = info.flag_bits, info.compress_size
        one = archive.Entry(info.filename, info.compress_type, crc, content.size, size, lambda: iter(()), flags)
        with self.lock:
            self.entries.append(one)
            if body is not None:
                self.as_packed += body.unproven
                self.differing += [body.wrong_at] if body.wrong_at is not None else []

    def rebuilt(self) -> tuple[str, None]:
        """Whether the ZIP equals its own rebuild, once all members are unpacked; raises IntegrityError."""
        if any(not one.name.endswith(".csv") for one in self.entries if one.method == archive.DEFLATED):
            raise IntegrityError("A member that is no CSV is deflated.")
        if self.differing:
            raise IntegrityError(
                f"It differs from its own rebuild in the packed bytes from byte {min(self.differing)} on."
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

    def sha256(self) -> str:
        """Of all of them."""
        found = archive.Hashed()
        while piece := self._file.read(min(archive.CHUNK, self._left - found.size)):
            found.add(piece)
        return found.sha256

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


def kept(content: Iterator[bytes], target: BinaryIO) -> Iterator[bytes]:
    """The same pieces, written to a file as they pass."""
    for piece in content:
        target.write(piece)
        yield piece
