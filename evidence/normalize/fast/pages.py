"""One answer's list read as parallel lists, with the verbatim texts of its elements.

Not here: what elements mean. Invariant: a page is given only where writing its elements again gives the very bytes of the body,
so every text is as sent; all other bodies are left to `evidence.normalize.answers`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias, cast

import orjson

from evidence.normalize.answers import Element

USUAL = ("id", "name", "type", "properties")
"""Keys of the elements of nearly every list of Azure Backup, in their order."""
_USUAL_TYPES = (str, str, str, dict)
_Parts: TypeAlias = tuple[Sequence[str], Sequence[str], Sequence[str], Sequence[dict[str, object]]]

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
    properties: Sequence[dict[str, object]]
    texts: Sequence[bytes]
    """`properties` as sent."""
    envelopes: Sequence[str]
    """The other fields as sent, but the one that a column takes."""
    others: Sequence[Element] = ()
    """Elements that have other keys, or something else than texts in them."""

    def element(self, place: int) -> Element:
        """One element as the reference takes it."""
        sent = dict(zip(USUAL, (part[place] for part in self._sent()), strict=True))
        return Element(self.ordinals[place], sent, self.properties[place], None)

    def _sent(self) -> tuple[Sequence[object], ...]:
        return self.ids, self.names, self.types, self.properties


def read_page(body: bytes, taken: str) -> Page | None:
    """The page in a list's body, `taken` (`id` or `name`) left out of its envelopes; None where the body is no list as usual."""
    value, frame = _list_in(body)
    if not value or set(map(type, value)) != {dict}:
        return None
    try:
        written = list(map(orjson.dumps, value))
    except orjson.JSONEncodeError:  # nested deeper than orjson writes
        return None
    before, _, after = frame.partition(_EMPTY)
    if b"".join((before, b'"value":[', b",".join(written), b"]", after)) != body:
        return None
    parts = _usual_parts(value)
    if parts is not None:
        return _page(range(len(value)), parts, written, taken)
    usual = [at for at, one in enumerate(value) if _is_usual(one)]
    parts = _usual_parts([value[at] for at in usual]) or ((), (), (), ())
    others = [_element(at, one) for at, one in enumerate(value) if not _is_usual(one)]
    return replace(_page(usual, parts, [written[at] for at in usual], taken), others=others)


def _usual_parts(value: Sequence[dict[str, object]]) -> _Parts | None:
    """Ids, names, types and properties, where all elements have the usual keys and types."""
    if set(map(tuple, value)) != {USUAL}:
        return None
    parts = tuple(zip(*map(dict.values, value), strict=True))
    if any(set(map(type, part)) != {kind} for part, kind in zip(parts, _USUAL_TYPES, strict=True)):
        return None
    return cast("_Parts", parts)


def _is_usual(element: Mapping[str, object]) -> bool:
    return tuple(element) == USUAL and tuple(map(type, element.values())) == _USUAL_TYPES


def _element(ordinal: int, sent: Mapping[str, object]) -> Element:
    properties = sent.get("properties")
    return Element(ordinal, sent, properties if isinstance(properties, dict) else {}, None)


def _page(ordinals: Sequence[int], parts: _Parts, written: Sequence[bytes], taken: str) -> Page:
    ids, names, types, properties = parts
    kept, key = (ids, "id") if taken == "name" else (names, "name")
    if _stands_as_it_is("".join(map("".join, (ids, names, types)))):
        texts = _texts(parts, written)
        envelopes = [f'{{"{key}":"{one}","type":"{kind}"}}' for one, kind in zip(kept, types, strict=True)]
    else:
        texts = list(map(orjson.dumps, properties))
        envelopes = [orjson.dumps({key: one, "type": kind}).decode() for one, kind in zip(kept, types, strict=True)]
    return Page(ordinals, ids, names, types, properties, texts, envelopes)


def _texts(parts: _Parts, written: Sequence[bytes]) -> list[bytes]:
    """What stands after the head of each element, but its last brace."""
    lengths = [set(map(len, part)) for part in parts[:3]]
    if all(len(one) == 1 for one in lengths):  # ids of one length, as most are
        head = _AROUND + sum(one.pop() for one in lengths)
        return [one[head:-1] for one in written]
    ids, names, types, _ = parts
    heads = [_AROUND + len(one) + len(name) + len(kind) for one, name, kind in zip(ids, names, types, strict=True)]
    return [one[head:-1] for one, head in zip(written, heads, strict=True)]


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
