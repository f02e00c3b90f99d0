"""The text of a saved file to the places of its records: a list, one object, JSON lines, or several of them one behind the other.

Not here: what a record means. Invariant: every byte of the file is white space, structure or part of a record; memory holds places
and one record, never the parsed file. The grammar inside a record is left to the parser (RFC 8259).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from mmap import mmap

import orjson

MOST_DEPTH = 100
"""Levels within one record; `az` prints ten at most, PowerShell a hundred."""
LONGEST_RECORD = 16 * 2**20
"""Bytes of one record; the largest recorded one has 60,000."""
MOST_RECORDS = 2_000_000

_SPACE = re.compile(rb"[ \t\r\n]*+")
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{}"]', re.DOTALL)
"""Strings whole, brackets, and a quotation mark that begins a string without end."""
_SCALAR = re.compile(rb'[^\s,:\[\]{}"]+')
_OPENING = frozenset(b"[{")
_LISTS = frozenset({"value"})
"""Member that holds the records where the whole answer was saved, as `az rest` and PowerShell 5 do."""

Text = bytes | mmap
"""What is scanned: bytes, or a file mapped into memory, which reads the same."""


class BrokenTextError(ValueError):
    """A text that is no JSON; says what is wrong, at which byte and line."""

    def __init__(self, what: str, offset: int, line: int) -> None:
        super().__init__(f"line {line:,}: {what}")
        self.what = what
        self.offset = offset
        self.line = line


@dataclass(frozen=True, slots=True)
class Span:
    """Where one record stands."""

    start: int
    end: int
    line: int
    """On which it begins, from 1."""


@dataclass(frozen=True, slots=True)
class Scanned:
    """One piece of a text."""

    spans: Iterator[Span]
    """Its records."""
    beside: Mapping[str, bytes]
    """Where the list stood inside an object: the texts of the other members."""
    form: str
    """`list`, `object` or `answer`."""


class Scanner:
    """Walks over one text."""

    def __init__(self, text: Text, begin: int = 0) -> None:
        """Scan a text from a place on."""
        self._text = text
        self._begin = begin
        self._counted, self._line = 0, 1
        self._end = 0
        """Where the list ended whose elements were taken last."""

    def pieces(self) -> Iterator[Scanned]:
        """The values of the text one after the other, each scanned as its spans are taken; raises BrokenTextError."""
        position = self._skip(self._begin)
        while position < len(self._text):
            if self._text[position] not in _OPENING:
                raise self._broken(f"neither a list nor an object begins with {self._sample(position)}", position)
            if self._text[position] == ord("["):
                spans = self._elements(position)
                yield Scanned(spans, {}, "list")
                for _ in spans:
                    continue
                position = self._skip(self._end)
            else:
                end = self._end_of(position, limited=False)
                yield self._object(position, end)
                position = self._skip(end)

    def _object(self, start: int, end: int) -> Scanned:
        members = {key: (begin, stop) for key, begin, stop in self._members(start)}
        lists = [key for key in members if key.casefold() in _LISTS and self._text[members[key][0]] == ord("[")]
        names = {key.casefold() for key in members}
        if not lists or names & {"properties", "id"}:
            self._limit(start, end)
            return Scanned(iter([Span(start, end, self._line_of(start))]), {}, "object")
        beside = {key: self._text[begin:stop] for key, (begin, stop) in members.items() if key not in lists}
        return Scanned(self._elements(members[lists[0]][0]), beside, "answer")

    def _elements(self, start: int) -> Iterator[Span]:
        position = self._skip(start + 1)
        if self._at(position) == b"]":
            self._end = position + 1
            return
        while True:
            end = self._end_of(position, limited=True)
            yield Span(position, end, self._line_of(position))
            position = self._skip(end)
            if self._at(position) == b"]":
                self._end = position + 1
                return
            if self._at(position) != b",":
                raise self._broken(
                    f"a comma or the end of the list is missing before {self._sample(position)}", position
                )
            position = self._skip(position + 1)

    def _members(self, start: int) -> Iterator[tuple[str, int, int]]:
        position = self._skip(start + 1)
        while self._at(position) != b"}":
            token = _TOKEN.match(self._text, position)
            if token is None or len(token[0]) < 2:  # noqa: PLR2004 - two quotation marks
                raise self._broken(f"a name is missing before {self._sample(position)}", position)
            colon = self._skip(token.end())
            if self._at(colon) != b":":
                raise self._broken("a colon is missing after a name", colon)
            begin = self._skip(colon + 1)
            end = self._end_of(begin, limited=False)
            yield self._name(token[0], position), begin, end
            position = self._skip(end)
            if self._at(position) == b",":
                position = self._skip(position + 1)
            elif self._at(position) != b"}":
                raise self._broken(
                    f"a comma or the end of the object is missing before {self._sample(position)}", position
                )

    def _name(self, text: bytes, position: int) -> str:
        try:
            return str(orjson.loads(text))
        except orjson.JSONDecodeError as error:
            raise self._broken("a name is no JSON text", position) from error

    def _end_of(self, start: int, *, limited: bool) -> int:
        """Where the value that begins here ends."""
        if start >= len(self._text):
            raise self._cut_short(start)
        if self._text[start] in _OPENING:
            return self._end_of_nested(start, limited=limited)
        found = _TOKEN.match(self._text, start) or _SCALAR.match(self._text, start)
        if found is None or found[0] in {b"]", b"}"}:
            raise self._broken(f"a value is missing before {self._sample(start)}", start)
        if found[0] == b'"':
            raise self._cut_short(start)
        return found.end()

    def _end_of_nested(self, start: int, *, limited: bool) -> int:
        depth, deepest = 0, MOST_DEPTH if limited else MOST_DEPTH + 2
        for token in _TOKEN.finditer(self._text, start):
            if limited and token.end() - start > LONGEST_RECORD:
                self._limit(start, token.end())
            first = token[0]
            if first in {b"{", b"["}:
                depth += 1
                if depth > deepest:
                    raise self._broken(f"more than {MOST_DEPTH} levels are nested", token.start())
            elif first in {b"}", b"]"}:
                depth -= 1
                if depth == 0:
                    return token.end()
            elif first == b'"':
                raise self._cut_short(token.start())
        raise self._cut_short(start)

    def _limit(self, start: int, end: int) -> None:
        if end - start > LONGEST_RECORD:
            raise self._broken(f"one record is longer than {LONGEST_RECORD // 2**20} MiB", start)

    def _skip(self, position: int) -> int:
        found = _SPACE.match(self._text, position)
        return found.end() if found else position

    def _at(self, position: int) -> bytes:
        return self._text[position : position + 1]

    def _sample(self, position: int) -> str:
        if position >= len(self._text):
            return "the end of the file"
        return repr(self._text[position : position + 20].decode(errors="replace"))

    def _line_of(self, position: int) -> int:
        """Lines are counted onwards from the last place asked for: places are asked for in order, nearly always."""
        if position < self._counted:
            self._counted, self._line = 0, 1
        while self._counted < position:
            stop = min(position, self._counted + 2**20)
            self._line += self._text[self._counted : stop].count(b"\n")
            self._counted = stop
        return self._line

    def _broken(self, what: str, position: int) -> BrokenTextError:
        return BrokenTextError(what, position, self._line_of(min(position, len(self._text))))

    def _cut_short(self, start: int) -> BrokenTextError:
        return self._broken("the file ends in the middle of what begins here", start)
