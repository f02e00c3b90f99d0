"""Slices of JSON text: elements and members as the sender wrote them.

Nothing is written anew: number text, escapes, order and white space of what is kept stay as they were. The text must be valid JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_DECODER = json.JSONDecoder()
_SPACE = re.compile(r"[ \t\r\n]*")


@dataclass(frozen=True, slots=True)
class Member:
    """One member of an object, as offsets into the text."""

    name: str
    start: int
    value: int
    end: int


def elements(text: str) -> Iterator[str]:
    """Raw text of each element of the array `value` at the top level; ValueError if there is none."""
    array = next((member.value for member in members(text, 0) if member.name == "value"), None)
    if array is None or text[array] != "[":
        raise ValueError("the body has no array `value`")
    position = _skip(text, array + 1)
    while text[position] != "]":
        _, end = _DECODER.raw_decode(text, position)
        yield text[position:end]
        position = _after_comma(text, end)


def members(text: str, start: int) -> Iterator[Member]:
    """Members of the object that opens at `start` (leading white space allowed)."""
    start = _skip(text, start)
    if text[start] != "{":
        return
    position = _skip(text, start + 1)
    while text[position] != "}":
        name, after = _DECODER.raw_decode(text, position)
        value = _skip(text, _skip(text, after) + 1)
        _, end = _DECODER.raw_decode(text, value)
        yield Member(name, position, value, end)
        position = _after_comma(text, end)


def without(text: str, path: Sequence[str]) -> str:
    """The object's text less the member at `path`; unchanged if it has none."""
    start = 0
    for name in path[:-1]:
        inner = next((member for member in members(text, start) if member.name == name), None)
        if inner is None:
            return text
        start = inner.value
    siblings = list(members(text, start))
    place = next((index for index, member in enumerate(siblings) if member.name == path[-1]), None)
    return text if place is None else _cut(text, siblings, place)


def _cut(text: str, siblings: Sequence[Member], place: int) -> str:
    """Take one member out together with the comma that goes with it."""
    start, end = siblings[place].start, siblings[place].end
    if place + 1 < len(siblings):
        end = siblings[place + 1].start
    elif place > 0:
        start = siblings[place - 1].end
    return text[:start] + text[end:]


def _after_comma(text: str, end: int) -> int:
    position = _skip(text, end)
    return _skip(text, position + 1) if text[position] == "," else position


def _skip(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return position if found is None else found.end()
