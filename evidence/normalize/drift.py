"""Schema drift: keys, value types and values of enumerations that no body ever showed before, counted as they come.

Not here: what to think of them (`doubts`), how the known shapes were gathered (tools/known_shapes.py). Invariants: looking never
raises and changes nothing; a shape that was met before costs one look-up for each object, whatever its number of fields.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from operator import itemgetter
from typing import NamedTuple

from evidence.normalize.known_shapes import OPAQUE, KnownGroup, known_groups
from evidence.normalize.resource_ids import resource_type
from evidence.records import Call

NEW_KEY = "new key"
NEW_TYPE = "new type"
NEW_VALUE = "new value"
NEW_GROUP = "never seen"
ONLY_MODELLED = "never seen for real"
"""Known from the SDK's models only: no recorded body of it exists."""
EXAMPLES = 3
"""Calls named for each finding."""
_MOST_SHAPES = 100_000
"""Shapes remembered before all are forgotten, so that bodies made to differ cannot fill the memory."""
_LONGEST_VALUE = 80
_LONGEST_TYPE = 200
_TYPES: Mapping[type, str] = {
    str: "text",
    int: "number",
    float: "number",
    bool: "flag",
    dict: "object",
    list: "list",
    type(None): "null",
}


class Odd(NamedTuple):
    """One thing never seen before, within an element of some group."""

    what: str
    path: str
    detail: str = ""


class Drift(NamedTuple):
    """One thing never seen before, and where it came."""

    kind: str
    api_version: str
    group: str
    odd: Odd

    @property
    def sentence(self) -> str:
        """For people: `jobs 2023-04-01, recoveryservices/vaults/backupjobs AzureIaasVM: new key properties.x`."""
        told = " ".join(part for part in self.odd if part)
        return f"{self.kind} {self.api_version}, {self.group}: {told}"


@dataclass(slots=True)
class Met:
    """How often a thing was met, and the calls where it was met first."""

    count: int = 0
    calls: list[str] = field(default_factory=list)

    def add(self, call_id: str, times: int = 1) -> None:
        """Count it once more."""
        self.count += times
        if len(self.calls) < EXAMPLES and call_id not in self.calls:
            self.calls.append(call_id)


@dataclass(slots=True)
class Watch:
    """Looks at the elements of one capture; what is remembered of shapes outlives it."""

    found: dict[Drift, Met] = field(default_factory=dict)

    def see(self, call: Call, elements: Iterable[Mapping[str, object]]) -> None:
        """Look at the parsed elements of a call's answer."""
        odd: list[tuple[str, Odd]] = []
        for element in elements:
            odd += odd_in(element)
        for group, one in odd:
            key = Drift(call.kind.value, call.api_version or "no api-version", group, one)
            self.found.setdefault(key, Met()).add(call.call_id)


def odd_in(element: Mapping[str, object]) -> list[tuple[str, Odd]]:
    """What a parsed element shows that was never seen before, each with the element's group."""
    odd: list[tuple[str, Odd]] = []
    told, properties = element.get("type"), element.get("properties")
    sort = None
    if type(properties) is dict:
        sort = properties.get("backupManagementType") or properties.get("objectType")
    try:
        root = memory().roots[told, sort]
    except (KeyError, TypeError):  # not met before, or no text at all
        root = memory().root(element, told, sort)
    look(element, root.place, odd)
    if root.odd is not None:
        odd.append((root.place.group, root.odd))
    return odd


class Node:
    """What is known of one shape of an object at one place."""

    __slots__ = ("inner", "lists", "met", "odd", "pick", "words")

    def __init__(self) -> None:
        self.odd: tuple[Odd, ...] = ()
        self.inner: tuple[tuple[str, Place], ...] = ()
        self.lists: tuple[tuple[str, Place], ...] = ()
        self.words: tuple[str, ...] = ()
        self.pick: Callable[[Mapping[str, object]], object] | None = None
        self.met: dict[object, tuple[Odd, ...]] = {}


class Place:
    """One path within the elements of one group; remembers the shapes met there."""

    __slots__ = ("group", "known", "nodes", "path", "places")

    def __init__(self, group: str, known: KnownGroup, path: str) -> None:
        self.group, self.known, self.path = group, known, path
        self.nodes: dict[object, Node] = {}
        self.places: dict[str, Place] = {}

    def below(self, step: str) -> Place:
        """The place of a key, or of a list's elements."""
        if step not in self.places:
            self.places[step] = Place(self.group, self.known, f"{self.path}{step}")
        return self.places[step]

    def learn(self, value: Mapping[str, object], shape: object) -> Node:
        """Judge a shape that was not met here before."""
        remembered = memory()
        remembered.shapes += 1
        if remembered.shapes > _MOST_SHAPES:
            memory.cache_clear()
        node = self.nodes[shape] = Node()
        node.odd = tuple(odd for key, one in value.items() if (odd := self._odd(key, one)) is not None)
        known = {key: one for key, one in value.items() if f"{self.path}{key}" in self.known.types}
        open_keys = [key for key in known if key not in OPAQUE]
        node.inner = tuple((key, self.below(f"{key}.")) for key in open_keys if type(value[key]) is dict)
        node.lists = tuple((key, self.below(f"{key}[].")) for key in open_keys if type(value[key]) is list)
        words = tuple(
            key for key in known if f"{self.path}{key}" in self.known.values and type(value[key]) in (str, int)
        )
        node.words, node.pick = words, itemgetter(*words) if words else None
        return node

    def _odd(self, key: str, value: object) -> Odd | None:
        path = f"{self.path}{key}"
        types = self.known.types.get(path)
        if types is None:
            return Odd(NEW_KEY, path)
        told = _TYPES.get(type(value), "number")
        return None if told == "null" or told in types else Odd(NEW_TYPE, path, told)

    def judge(self, value: Mapping[str, object], node: Node, picked: object) -> tuple[Odd, ...]:
        """Judge a combination of enumerated values that was not met with this shape before."""
        odd = tuple(
            Odd(NEW_VALUE, path, _brief(str(one)))
            for key, one in value.items()
            if (known := self.known.values.get(path := f"{self.path}{key}")) is not None
            and type(one) in (str, int)
            and str(one) not in known
        )
        if len(node.met) < _MOST_SHAPES:
            node.met[picked] = odd
        return odd


class _Root(NamedTuple):
    place: Place
    odd: Odd | None


class _Memory:
    """All places, by resource type and by what the properties say they are."""

    def __init__(self) -> None:
        self.roots: dict[tuple[object, object], _Root] = {}
        self.shapes = 0

    def root(self, element: Mapping[str, object], told: object, sort: object) -> _Root:
        """The place of elements like this one."""
        group = group_of(element)
        known = known_groups().get(group)
        if known is not None:
            odd = Odd(ONLY_MODELLED, "") if known.modelled else None
            root = _Root(Place(group, known, ""), odd)
        else:
            # Nothing is known of its fields: it is told once, not field by field.
            root = _Root(Place(group, KnownGroup({}, {}, modelled=False), ""), Odd(NEW_GROUP, ""))
            root.place.nodes = _NothingOdd()
        if isinstance(told, str | None) and isinstance(sort, str | None) and len(self.roots) < _MOST_SHAPES:
            self.roots[told, sort] = root
        return root


class _NothingOdd(dict[object, Node]):
    """Every shape is taken as it is."""

    def get(self, _key: object, _default: object = None) -> Node:
        return _ACCEPTED


_ACCEPTED = Node()


@cache
def memory() -> _Memory:
    """What this process remembers of the shapes it met."""
    return _Memory()


def group_of(element: Mapping[str, object]) -> str:
    """Resource type without its first word, and management or object type, of an element as sent."""
    told, sent_id, properties = element.get("type"), element.get("id"), element.get("properties")
    named = told.lower() if isinstance(told, str) and told else None
    if named is None and isinstance(sent_id, str):
        named = resource_type(sent_id)
    sort = None
    if isinstance(properties, dict):
        sort = properties.get("backupManagementType") or properties.get("objectType")
    resource = _brief((named or "no type").removeprefix("microsoft."), _LONGEST_TYPE)
    return f"{resource} {_brief(sort) if isinstance(sort, str) else ''}".rstrip()


def look(value: Mapping[str, object], place: Place, odd: list[tuple[str, Odd]]) -> None:
    """Look at an object and at those within it; what was never seen before is put into `odd` with its group."""
    shape = (*value, *map(type, value.values()))
    node = place.nodes.get(shape)
    if node is None:
        node = place.learn(value, shape)
    if node.odd:
        odd.extend((place.group, one) for one in node.odd)
    if node.pick is not None:
        picked = node.pick(value)
        told = node.met.get(picked)
        if told is None:
            told = place.judge(value, node, picked)
        if told:
            odd.extend((place.group, one) for one in told)
    for key, inner in node.inner:
        look(value[key], inner, odd)  # type: ignore[arg-type]  # the shape says that it is an object
    for key, inner in node.lists:
        for one in value[key]:  # type: ignore[attr-defined]  # the shape says that it is a list
            if type(one) is dict:
                look(one, inner, odd)


def _brief(text: str, longest: int = _LONGEST_VALUE) -> str:
    return text if len(text) <= longest else f"{text[:longest]}… ({len(text)} characters)"
