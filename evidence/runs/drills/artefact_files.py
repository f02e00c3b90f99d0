"""Files that persons attach: what is taken, read once through one open file, and what sort of file it is by its content.

Not here: keeping and telling them (`artefacts`). Invariants: no link, device or folder is opened; a file that changes while it is read is refused; nothing
that looks like a secret is taken, be it in the name or in a text, and no message repeats it.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import unquote

import orjson

from evidence.errors import ConfigurationError, RefusedError
from evidence.normalize.masking import masked

MOST_BYTES = 64 * 2**20
"""Largest file that is taken: a screen recording is linked in a remark, not attached."""
LONGEST_NAME = 200
OCTETS = "application/octet-stream"
_OPEN = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
"""Never through a link, and never waiting for the other end of a pipe."""
_SECRET_NAME = re.compile(
    r"(?:^|[^a-z0-9])(?:pass(?:word|wd)?|pwd|secret|token|sig|signature|(?:account|access|shared[-_]?access|api)[-_]?key)\s*[=:]\s*\S"
    r"|eyJ[a-z0-9_-]{8,}\.[a-z0-9_-]{8,}|[a-z0-9+/_-]{86}==",
    re.IGNORECASE,
)
"""A setting with its value, a token as RFC 7519 spells it, or a storage key: 64 bytes in base64."""
_SECRET_TEXT = re.compile(
    rb"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----|accountkey=[a-z0-9+/]{40,}|sharedaccesskey=[a-z0-9+/]{20,}"
    rb"|[?&;]sig=[a-z0-9%+/]{20,}|\beyJ[a-z0-9_-]{16,}\.eyJ[a-z0-9_-]{16,}\.[a-z0-9_-]{16,}",
    re.IGNORECASE,
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f-\x9f]")
"""What no text holds; colours of a terminal and page breaks are taken for text."""
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"PAR1", "application/vnd.apache.parquet"),
    (b"\x1f\x8b", "application/gzip"),
)
_OFFICE = ((b"word/document.xml", "wordprocessingml.document"), (b"xl/workbook.xml", "spreadsheetml.sheet"))
_MARKUP = ((b"<?xml", "application/xml"), (b"<!doctype html", "text/html"), (b"<html", "text/html"))


@dataclass(frozen=True, slots=True)
class Artefact:
    """One file as it was read."""

    name: str
    """Its own name, without folders."""
    data: bytes
    sha256: str
    media_type: str
    """By its content; its name says nothing."""


def read_artefact(file: Path, most: int = MOST_BYTES) -> Artefact:
    """The file's bytes, hash and sort; raises RefusedError for what is not taken, ConfigurationError where nothing can be read."""
    name = checked_file_name(file.name)
    data = _read(file, most)
    if _SECRET_TEXT.search(data):
        raise _refused("it holds a private key, a shared access signature or a token", "Take it out, and attach again.")
    return Artefact(name, data, hashlib.sha256(data).hexdigest(), media_type(data))


def checked_file_name(name: str) -> str:
    """The name as records show it; raises RefusedError for one that holds a secret or cannot be shown, which is not repeated."""
    told = unicodedata.normalize("NFC", name)
    plain = unquote(told)
    if _SECRET_NAME.search(plain) or masked(plain) != plain:
        raise _refused("its name holds what looks like a secret", "Rename it; a record is read by many.")
    if not told or len(told) > LONGEST_NAME or not told.isprintable() or {"/", "\\"} & set(plain):
        raise _refused(
            f"its name is not 1 to {LONGEST_NAME} printable characters on one line, or leads elsewhere", "Rename it."
        )
    return told


def media_type(data: bytes) -> str:
    """The sort of a file by its first bytes and its content, as RFC 2046 names it."""
    for begin, found in _MAGIC:
        if data.startswith(begin):
            return found
    if data.startswith(b"PK\x03\x04"):
        office = (end for mark, end in _OFFICE if b"[Content_Types].xml" in data and mark in data)
        found_end = next(office, None)
        return f"application/vnd.openxmlformats-officedocument.{found_end}" if found_end else "application/zip"
    return _text_type(data)


def _text_type(data: bytes) -> str:
    try:
        text = data.decode("utf-16" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig")
    except UnicodeDecodeError:
        return OCTETS
    if _CONTROLS.search(text):
        return OCTETS
    begin = text.lstrip()[:100].lower().encode()
    if begin[:1] in {b"{", b"["} and _is_json(text):
        return "application/json"
    return next((found for mark, found in _MARKUP if begin.startswith(mark)), "text/plain")


def _is_json(text: str) -> bool:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True


def _read(file: Path, most: int) -> bytes:
    try:
        descriptor = os.open(file, _OPEN)
        try:
            return _read_open(descriptor, most)
        finally:
            os.close(descriptor)
    except OSError as error:
        if file.is_symlink():
            raise _refused("it is a link, which may lead elsewhere tomorrow", "Name the file itself.") from error
        raise ConfigurationError(
            f"The file {file.name[:80]!a} cannot be read.",
            cause=error.strerror or type(error).__name__,
            next_step="Check the path and the right to read it.",
        ) from error


def _read_open(descriptor: int, most: int) -> bytes:
    before = os.fstat(descriptor)
    if not stat.S_ISREG(before.st_mode):
        raise _refused("it is no file but a folder, a pipe or a device", "Name a file.")
    if not 0 < before.st_size <= most:
        raise _refused(f"it holds {before.st_size:,} bytes; 1 to {most:,} are taken", "Attach a part, or a summary.")
    data = _whole(partial(os.read, descriptor), before.st_size)
    if len(data) != before.st_size or _version(before) != _version(os.fstat(descriptor)):
        raise _refused("it changed while it was read", "Attach it when nothing writes to it any more.")
    return data


def _whole(read: Callable[[int], bytes], size: int) -> bytes:
    """All that there is, and one byte more where the file has grown."""
    parts: list[bytes] = []
    left = size + 1
    while left and (chunk := read(left)):
        parts.append(chunk)
        left -= len(chunk)
    return b"".join(parts)


def _version(told: os.stat_result) -> tuple[int, int, int]:
    return told.st_size, told.st_mtime_ns, told.st_ctime_ns


def _refused(why: str, next_step: str) -> RefusedError:
    return RefusedError(f"The file is not attached: {why}.", next_step=next_step)
