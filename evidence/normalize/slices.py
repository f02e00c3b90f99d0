"""Where values begin and end inside a JSON text, so that parts of it can be kept exactly as sent.

Not here: what values mean. Invariant: the text has been parsed before, so its grammar is known to be right (RFC 8259);
slices keep what a parser loses: digits of numbers, repeated keys, escapes, white space.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import orjson

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+', re.DOTALL)


def members(text: str) -> list[tuple[str, str]]:
    """Keys and value texts of an object's text, in order, repeated keys included."""
    found: list[tuple[str, str]] = []
    position = _after(text, "{")
    while (token := _TOKEN.match(text, _skip(text, position))) and token[0] != "}":
        if token[0] == ",":
            position = token.end()
            continue
        start = _skip(text, _after(text, ":", token.end()))
        position = _end_of_value(text, start)
        found.append((str(orjson.loads(token[0])), text[start:position]))
    return found


def elements(text: str) -> Iterator[str]:
    """Texts of an array's elements, in order."""
    position = _after(text, "[")
    while (token := _TOKEN.match(text, _skip(text, position))) and token[0] != "]":
        if token[0] == ",":
            position = token.end()
            continue
        position = _end_of_value(text, token.start())
        yield text[token.start() : position]


_SPACE = re.compile(r"[ \t\r\n]*")


def _skip(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position


def _after(text: str, mark: str, position: int = 0) -> int:
    found = _skip(text, position)
    if text[found : found + 1] != mark:
        raise ValueError(f"expected {mark!r} at position {found}")
    return found + 1


def _end_of_value(text: str, start: int) -> int:
    depth = 0
    for token in _TOKEN.finditer(text, start):
        first = token[0]
        if first in {"{", "["}:
            depth += 1
        elif first in {"}", "]"}:
            depth -= 1
        if depth == 0:
            return token.end()
    raise ValueError(f"a value that begins at position {start} has no end")
