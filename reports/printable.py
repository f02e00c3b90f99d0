"""Turns values into what may be printed: every character visible, none missing from the fonts, numbers grouped.

Not here: escaping for HTML (Jinja does it), sentences of a report. Invariant: nothing is dropped. A character that cannot be
seen (controls, direction marks) or that no shipped font holds is spelled out as ⟨U+202E⟩, so that two names that differ
look different.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from reports import fonts

SPELLED_FROM, SPELLED_TO = "⟨⟩"
"""Around a spelled out character; the first is itself spelled out where a value holds it, so that no value can pretend."""
_KEPT = frozenset("\n\t")
_JOINERS = frozenset("\u200c\u200d")
"""Shape Persian and Indic words, and are no trick there: kept between letters of such scripts."""
_FIRST_OF_OTHER_SCRIPTS = 0x0590
"""Where Hebrew begins; Latin, Greek, Cyrillic and Armenian before it never join."""
_UUID = re.compile(r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b")
ZERO_WIDTH_SPACE, WORD_JOINER = "\u200b", "\u2060"
_BREAKS = re.compile(
    r"(?P<kept>[0-9]{4}-[0-9]{2}-[0-9]{2})"  # a date stays whole
    r"|(?P<after>[/;,=&?_](?=[^\s])"  # paths, lists, queries, snake_case
    r"|[a-z](?=[A-Z])"  # UserErrorVmNotFound
    r"|T(?=[0-9]{2}:))"  # between date and time
    r"|(?P<before>(?<=\w)-(?=\w))"
)
"""Where an id may be broken. Before a hyphen, never after: readers of PDF take a hyphen at the end of a line for hyphenation
and drop it from what is copied."""


def printable(text: str) -> str:
    """The text with each character that would be invisible or missing spelled out; line ends become LF."""
    lines = text.replace("\r\n", "\n")
    if lines.isascii() and lines.isprintable():
        return lines
    return "".join(
        character if _can_print(character) or _joins(lines, index) else _spelled(character)
        for index, character in enumerate(lines)
    )


def soft_breaks(text: str) -> str:
    """An id or a name with places where a line may end, should it not fit: after `/`, `;` and the like, before `-`.

    The characters that say so are set as nothing and leave no trace in what is copied from the PDF.
    """
    return _BREAKS.sub(_with_break, printable(text))


def prose(text: str) -> str:
    """A sentence in which UUIDs, should they be broken, are broken before a hyphen."""
    return _UUID.sub(lambda found: found.group().replace("-", f"{ZERO_WIDTH_SPACE}-{WORD_JOINER}"), printable(text))


def _with_break(found: re.Match[str]) -> str:
    if found.lastgroup == "before":
        return ZERO_WIDTH_SPACE + found.group() + WORD_JOINER
    return found.group() if found.lastgroup == "kept" else found.group() + ZERO_WIDTH_SPACE


def anchor(text: str) -> str:
    """A name fit for links within the document."""
    return re.sub(r"[^A-Za-z0-9_-]", "-", text)


def grouped(number: int) -> str:
    """A count with thousands separated: 1,234."""
    return f"{number:,}"


@lru_cache(maxsize=4096)
def _can_print(character: str) -> bool:
    if character in _KEPT:
        return True
    if character == SPELLED_FROM or unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}:
        return False
    return ord(character) in fonts.covered()


def _joins(text: str, index: int) -> bool:
    """Whether a joiner stands between two letters or marks of a script that joins."""
    if text[index] not in _JOINERS or not 0 < index < len(text) - 1:
        return False
    return all(
        ord(near) >= _FIRST_OF_OTHER_SCRIPTS and unicodedata.category(near)[0] in "LM"
        for near in (text[index - 1], text[index + 1])
    )


def _spelled(character: str) -> str:
    return f"{SPELLED_FROM}U+{ord(character):04X}{SPELLED_TO}"
