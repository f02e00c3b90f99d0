"""JSON read so that nothing is lost: digits as text, and objects as pairs, so that repeated keys stay."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from evidence.normalize import Unread
from evidence.normalize.results import Row


@dataclass(frozen=True)
class Digits:
    """A number as it was written."""

    text: str


@dataclass(frozen=True)
class Pairs:
    """An object's members in order."""

    members: tuple[tuple[str, object], ...]

    def last(self, key: str) -> object:
        return [value for name, value in self.members if name == key][-1]


def strict(text: str | bytes) -> object:
    return json.loads(text, parse_int=Digits, parse_float=Digits, object_pairs_hook=lambda pairs: Pairs(tuple(pairs)))


def elements_of(body: bytes) -> list[object]:
    """Elements of an answer, a list or a single one, as sent."""
    read = strict(body.removeprefix(b"\xef\xbb\xbf"))
    if isinstance(read, Pairs) and "value" in dict(read.members) and "properties" not in dict(read.members):
        value = read.last("value")
        return value if isinstance(value, list) else [read]
    return [read]


def lost(element: object, row: Row, columns: Sequence[str]) -> list[tuple[str, object]]:
    """Members of an element that neither `properties` nor `envelope` nor one of the columns holds."""
    assert isinstance(element, Pairs)
    kept: list[tuple[str, object]] = []
    if row["properties"] is not None:
        kept.append(("properties", strict(str(row["properties"]))))
    envelope = strict(str(row["envelope"])) if row["envelope"] is not None else Pairs(())
    assert isinstance(envelope, Pairs)
    kept += envelope.members
    sent = [(key, value) for key, value in element.members if value not in [row.get(name) for name in columns]]
    for member in kept:
        if member in sent:
            sent.remove(member)
    return sent


def same_text(unread: Unread, element: object) -> bool:
    return unread.text is not None and strict(unread.text) == element
