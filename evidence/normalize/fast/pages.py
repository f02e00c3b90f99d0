"""One answer's list read as parallel lists, with the verbatim texts of its elements.

Not here: what elements mean. Invariant: a page is given only where writing its elements again gives the very bytes of the body,
so every text is as sent; all other bodies are left to `evidence.normalize.answers`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat

import orjson

from evidence.normalize.answers import Element

USUAL = ("id", "name", "type", "properties")
"""Keys of the elements of nearly every list of Azure Backup, in their order."""

_BESIDE = frozenset({"value", "nextLink"})
_EMPTY = b'"value":[]'
_AROUND = len('{"id":"","name":"","type":"","properties":')
"""Characters before the `properties` of an element beside those of its id, name and type."""


@dataclass(frozen=True, slots=True)
class Page:
    """Elements that have the usual keys and an object as `properties`, part by part."""

    ordinals: Sequence[int]
    ids: Sequence[str]
    names: Sequence[str]
    types: Sequence[str]
    properties: Sequence[Mapping[str, object]]
    texts: Sequence[bytes]
    """`properties` as sent."""
    envelopes: Sequence[str | None]
    """The other fields as sent, but the one that a column takes."""

    def keys(self) -> set[str]:
        """All keys that any of the `properties` has."""
        return set[str]().union(*self.properties)

    def element(self, place: int) -> Element:
        """One element as the reference takes it."""
        sent = dict(zip(USUAL, (part[place] for part in self._sent()), strict=True))
        return Element(self.ordinals[place], sent, self.properties[place], None)

    def without(self, places: Collection[int]) -> Page:
        """The other elements."""
        rest = [at for at in range(len(self.ids)) if at not in places]
        return Page(*([part[at] for at in rest] for part in (getattr(self, name) for name in self.__slots__)))

    def _sent(self) -> tuple[Sequence[object], ...]:
        return self.ids, self.names, self.types, self.properties


def read_page(body: bytes, taken: str) -> Page | None:
    """The page in a list's body, `taken` (`id` or `name`) left out of its envelopes; None where the list is not all as usual."""
    value, frame = _list_in(body)
    if not value or set(map(type, value)) != {dict} or set(map(tuple, value)) != {USUAL}:
        return None
    ids, names, types, properties = zip(*map(dict.values, value), strict=True)
    if set(map(type, properties)) != {dict}:
        return None
    try:
        written = list(map(orjson.dumps, value))
    except orjson.JSONEncodeError:  # nested deeper than orjson writes
        return None
    before, _, after = frame.partition(_EMPTY)
    if b"".join((before, b'"value":[', b",".join(written), b"]", after)) != body:
        return None
    try:
        beside = "".join(map("".join, (ids, names, types)))
    except TypeError:  # what is no text
        return None
    kept, key = (ids, "id") if taken == "name" else (names, "name")
    if _stands_as_it_is(beside):
        heads = map(sum, zip(map(len, ids), map(len, names), map(len, types), repeat(_AROUND), strict=False))
        texts = [one[head:-1] for one, head in zip(written, heads, strict=True)]
        envelopes = [f'{{"{key}":"{one}","type":"{kind}"}}' for one, kind in zip(kept, types, strict=True)]
    else:
        texts = list(map(orjson.dumps, properties))
        envelopes = [orjson.dumps({key: one, "type": kind}).decode() for one, kind in zip(kept, types, strict=True)]
    return Page(range(len(value)), ids, names, types, properties, texts, envelopes)


def _list_in(body: bytes) -> tuple[list[dict[str, object]], bytes]:
    """The list in a body, and the body without its elements; nothing where something but the next link stands beside it.

    The list's place in the second is plain: within a text, a next link say, every quote is escaped.
    """
    try:
        parsed: object = orjson.loads(body)
    except orjson.JSONDecodeError:
        return [], b""
    if not isinstance(parsed, dict) or not parsed.keys() <= _BESIDE or not isinstance(parsed.get("value"), list):
        return [], b""
    if not isinstance(parsed.get("nextLink"), str | None):
        return [], b""
    return parsed["value"], orjson.dumps({**parsed, "value": []})


def _stands_as_it_is(text: str) -> bool:
    """Whether a text is written in JSON without escapes, a byte a character."""
    return text.isascii() and len(orjson.dumps(text)) == len(text) + 2
