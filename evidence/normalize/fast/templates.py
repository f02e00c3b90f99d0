"""Templates of elements: what they are as JSON, whatever texts are put into their holes.

Not here: which bytes are holes (`cutting`), and columns. Invariant: a template is told only where writing what was parsed gives its very
bytes, so texts, keys and numbers are as sent, each key once, and every hole is the text at one known path.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import orjson

from evidence.normalize.drift import odd_in

Path: TypeAlias = tuple[str | int, ...]
"""Keys, and numbers within lists, that lead to a text."""
Json: TypeAlias = dict[str, object]

USUAL = ("id", "name", "type", "properties")
"""Keys of the elements of nearly every list of Azure Backup, in their order."""
_USUAL_TYPES = (str, str, str, dict)
_MARK = "\x7f"
"""Stands around the number of a hole while it is looked for."""
REMEMBERED = 4_096


@dataclass(slots=True, eq=False)
class Template:
    """One template; two are the same where they are the same object."""

    text: bytes
    places: Sequence[int]
    holes: Mapping[Path, int]
    """The hole at each path, from 0."""
    sent: Json
    """The element parsed, its holes empty."""
    fixed: Mapping[Path, str]
    """The texts at all other paths."""
    odd: bool
    """Whether it shows anything never seen before, whatever is in its holes."""
    kind: str | None
    """JSON text of its resource type, where it has the usual keys, with holes as id and name and an object as `properties`."""
    met: int = 0
    """Elements that had it."""

    @property
    def usual(self) -> bool:
        """Whether it can become a row of columns."""
        return self.kind is not None

    def at(self, path: Path) -> object:
        """The value at a path of keys, an empty text for a hole; None where there is none."""
        value: object = self.sent
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        return value

    def filled(self, told: Callable[[Path], str]) -> Json:
        """The element parsed with these texts in its holes."""
        found: Json = orjson.loads(_filled(self.text, self.places, list(map(told, self.holes))))
        return found


@lru_cache(maxsize=REMEMBERED)
def read_template(text: bytes, places: tuple[int, ...]) -> Template | None:
    """A template of the text and holes that `cut` tells; None where it is no JSON object that is as sent when it is written again."""
    marks = {f"{_MARK}{number}{_MARK}": number for number in range(len(places))}
    marked = _filled(text, places, list(marks))
    try:
        parsed: object = orjson.loads(marked)
        if not isinstance(parsed, dict) or orjson.dumps(parsed) != marked:
            return None
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return None
    texts = list(_texts(parsed, ()))
    holes = {path: marks[value] for path, value in texts if value in marks}
    if [value for _, value in texts if value in marks] != list(marks):  # each once, and none among the texts that stay
        return None
    fixed = {path: value for path, value in texts if value not in marks}
    sent: Json = orjson.loads(text)
    return Template(text, places, holes, sent, fixed, bool(odd_in(sent)), _usual_kind(sent, holes))


def _usual_kind(sent: Json, holes: Mapping[Path, int]) -> str | None:
    kinds = tuple(map(type, sent.values()))
    if tuple(sent) != USUAL or kinds != _USUAL_TYPES or ("id",) not in holes or ("name",) not in holes:
        return None
    return orjson.dumps(sent["type"]).decode()


def _filled(text: bytes, places: Sequence[int], texts: Sequence[str]) -> bytes:
    """The text with others put into it at some places."""
    parts, begin = list[bytes](), 0
    for place, told in zip(places, texts, strict=True):
        parts += text[begin:place], told.encode()
        begin = place
    return b"".join((*parts, text[begin:]))


def _texts(value: object, path: Path) -> Iterator[tuple[Path, str]]:
    """All texts within a value, with their paths."""
    if isinstance(value, str):
        yield path, value
        return
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inside:
        yield from _texts(one, (*path, key))
