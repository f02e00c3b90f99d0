"""A saved file to a private copy, its hash and its text as UTF-8.

Not here: what the text means. Invariant: what is hashed, kept and read are the same bytes, whatever happens to the file meanwhile;
nothing but the file that was named is opened.
"""

from __future__ import annotations

import codecs
import hashlib
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from evidence.sources.saved.refusals import unusable

MOST_BYTES = 256 * 2**20
"""Largest file that is read: a job list of about 200,000 jobs."""
_CHUNK = 2**20
_HEAD = 512
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""Byte order marks; that of UTF-32 begins like that of UTF-16, so it is looked for first."""
_SAVE_AS_UTF8 = "Save it as UTF-8, in PowerShell with `| Out-File -Encoding utf8 FILE`."
_COLOUR = re.compile("\x1b\\[[0-9;]{0,20}m")
"""Colours of `az … -o jsonc`; JSON itself never holds the character that begins them."""
_UNFINISHED_COLOUR = re.compile("\x1b(?:\\[[0-9;]{0,20})?$")


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """One saved file, copied where nobody else writes."""

    name: str
    """Its own name, without the folders of the person who saved it."""
    bytes: int
    sha256: str
    """Of the bytes as saved, lower-case hex."""
    kept: Path
    """The private copy, byte for byte."""
    text: Path
    """The same as UTF-8, without byte order mark and colours."""
    encoding: str


def open_saved(path: Path, folder: Path) -> OpenedFile:
    """Copy, hash and decode one file into a private folder; raises UnusableFileError."""
    kept = folder / f"{len(list(folder.iterdir())):06d}.saved"
    try:
        size, sha256 = _copied(path, kept)
    except OSError as error:
        raise unusable(
            path.name or str(path),
            f"It cannot be opened: {error.strerror or error}.",
            "Check the path and the right to read it.",
        ) from error
    with kept.open("rb") as file:
        encoding, mark = _encoding(file.read(_HEAD))
    text = kept.with_suffix(".text")
    _decode(kept, text, encoding, mark, path.name)
    return OpenedFile(path.name, size, sha256, kept, text, encoding)


def _copied(path: Path, target: Path) -> tuple[int, str]:
    if not stat.S_ISREG(path.stat().st_mode):
        raise unusable(path.name or str(path), "It is no file but a folder or a device.", "Name a file.")
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as source, target.open("xb") as copy:
        while chunk := source.read(_CHUNK):
            size += len(chunk)
            if size > MOST_BYTES:
                raise unusable(
                    path.name,
                    f"It is larger than {MOST_BYTES // 2**20} MiB, the most that is read of one file.",
                    "Save less at a time: one vault a file, or with --start-date and --end-date a month a file.",
                )
            digest.update(chunk)
            copy.write(chunk)
    return size, digest.hexdigest()


def _encoding(head: bytes) -> tuple[str, int]:
    """The encoding, and the length of its mark; UTF-16 without a mark shows by its zero bytes."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding, len(mark)
    even, odd = head[0::2], head[1::2]
    if odd and not any(odd[:_HEAD]) and any(even):
        return "utf-16-le", 0
    if odd and not any(even) and any(odd):
        return "utf-16-be", 0
    return "utf-8", 0


def _decode(kept: Path, target: Path, encoding: str, mark: int, name: str) -> None:
    decoder = codecs.getincrementaldecoder(encoding)()
    held, read = "", mark
    try:
        with kept.open("rb") as source, target.open("xb") as copy:
            source.seek(mark)
            while chunk := source.read(_CHUNK):
                held = _written(held + decoder.decode(chunk), copy)
                read += len(chunk)
            copy.write((held + decoder.decode(b"", final=True)).encode())
    except UnicodeError as error:
        at = f"the byte {error.start + read:,} or before" if isinstance(error, UnicodeDecodeError) else "some character"
        told = encoding.upper() if mark else f"{encoding.upper()}, as which a file without byte order mark is read"
        raise unusable(name, f"It is not {told}: {at} cannot be decoded.", _SAVE_AS_UTF8) from error


def _written(text: str, copy: BinaryIO) -> str:
    """Write text without colours; what may be the beginning of one is given back."""
    if "\x1b" in text:
        text = _COLOUR.sub("", text)
        unfinished = _UNFINISHED_COLOUR.search(text)
        if unfinished is not None:
            copy.write(text[: unfinished.start()].encode())
            return unfinished[0]
    copy.write(text.encode())
    return ""
