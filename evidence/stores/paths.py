"""Which paths a store takes: one rule for every store, so that what one holds another can hold.

Not here: where a path leads on a disk or in a container. Invariant: a path that passes cannot leave the store and is
the same text in every store and listing.
"""

from __future__ import annotations

import unicodedata

from evidence.errors import ConfigurationError

LONGEST_PATH = 1024
"""Characters; Azure Blob takes no longer name."""
LONGEST_SEGMENT = 240
"""Bytes in UTF-8; common file systems take 255."""
RESERVED = ".tmp"
"""First segment that a store keeps for files it is still writing."""

_LAST_TWO_OF_A_PLANE = 0xFFFE


def checked_path(path: str) -> str:
    """The path itself, where it names an object inside the store; raises ConfigurationError."""
    if not path:
        raise _refusal(path, "it is empty")
    if len(path) > LONGEST_PATH:
        raise _refusal(path, f"it is longer than {LONGEST_PATH} characters")
    for segment in path.split("/"):
        _check_segment(path, segment)
    if path.split("/", 1)[0] == RESERVED:
        raise _refusal(path, f"{RESERVED} is kept for files that are still being written")
    return path


def checked_prefix(prefix: str) -> str:
    """The prefix itself, where it stays inside the store; empty means everything. Raises ConfigurationError."""
    folder, _, beginning = prefix.rpartition("/")
    if folder:
        checked_path(folder)
    elif prefix.startswith("/"):
        raise _refusal(prefix, "it is absolute")
    _check_characters(prefix, beginning)
    if beginning == "..":
        raise _refusal(prefix, "it leads upwards")
    return prefix


def _check_segment(path: str, segment: str) -> None:
    if not segment:
        raise _refusal(path, "it is absolute or has an empty segment")
    if segment in {".", ".."}:
        raise _refusal(path, "it leads upwards or stands still")
    if segment.endswith((".", " ")):
        raise _refusal(path, "a segment ends with a full stop or a space, which some stores drop")
    _check_characters(path, segment)
    if len(segment.encode()) > LONGEST_SEGMENT:
        raise _refusal(path, f"a segment is longer than {LONGEST_SEGMENT} bytes")


def _check_characters(path: str, segment: str) -> None:
    for character in segment:
        if character == "\\" or unicodedata.category(character) in {"Cc", "Cs"} or _is_noncharacter(character):
            raise _refusal(path, f"it holds the character U+{ord(character):04X}")


def _is_noncharacter(character: str) -> bool:
    """Code points that Unicode never assigns (section 23.7): XML listings cannot carry them."""
    return ord(character) & 0xFFFE == _LAST_TWO_OF_A_PLANE or "\ufdd0" <= character <= "\ufdef"


def _refusal(path: str, why: str) -> ConfigurationError:
    return ConfigurationError(
        f"The store takes no object at {path[:200]!a}.",
        cause=f"As a path inside the store {why}.",
        next_step="Use a relative path of plain names with '/' between them.",
    )
