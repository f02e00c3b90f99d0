"""Looks for schema drift at many elements of one shape together.

Not here: what is odd (`evidence.normalize.drift`), and noting it. Invariant: nothing is said to be odd here; where all is not surely
as known, the elements are looked at one by one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from evidence.normalize.drift import Node, Odd, Place, look, memory


def sort_of(management_type: object, object_type: object) -> object:
    """What tells the sort of an element: one field or the other of its `properties`."""
    return management_type or object_type


def nothing_odd(told: str, sort: object, keys: tuple[str, ...], columns: Sequence[Sequence[object]]) -> bool:
    """Whether elements of the keys `id, name, type, properties` show nothing never seen before, all looked at together.

    Their types and sorts are the same, and so are the keys of their properties; `columns` are the values, key by key. False may also
    mean that it cannot be told this way. What was never seen is not noted here.
    """
    place, odd = _inside(told, sort), list[tuple[str, Odd]]()
    if place is None:
        return False
    types = [set(map(type, column)) for column in columns]
    if any(len(one) > 1 for one in types):
        for row in zip(*columns, strict=True):
            look(dict(zip(keys, row, strict=True)), place, odd)
        return not odd
    shape = (*keys, *(one.pop() for one in types))
    node = place.nodes.get(shape)
    if node is None:
        node = place.learn({key: column[0] for key, column in zip(keys, columns, strict=True)}, shape)
    by_key = dict(zip(keys, columns, strict=True))
    if node.odd or _odd_words(place, node, by_key):
        return False
    for one, inner in _objects_within(node, by_key):
        look(one, inner, odd)
    return not odd


def _objects_within(node: Node, by_key: Mapping[str, Sequence[object]]) -> Iterator[tuple[Mapping[str, object], Place]]:
    for key, inner in node.inner:
        for value in by_key[key]:
            yield value, inner  # type: ignore[misc]  # the shape says that it is an object
    for key, inner in node.lists:
        for value in by_key[key]:
            for one in value:  # type: ignore[attr-defined]  # the shape says that it is a list
                if type(one) is dict:
                    yield one, inner


def _odd_words(place: Place, node: Node, by_key: Mapping[str, Sequence[object]]) -> bool:
    met = set(zip(*(by_key[word] for word in node.words), strict=True))
    for words in met:
        picked: object = words if len(words) > 1 else words[0]
        told = node.met.get(picked)
        if told is None:
            told = place.judge(dict(zip(node.words, words, strict=True)), node, picked)
        if told:
            return True
    return False


def _inside(told: str, sort: object) -> Place | None:
    """The place of the properties of elements of the usual keys; None where something beside them may be odd."""
    element: Mapping[str, object] = {"id": "", "name": "", "type": told, "properties": {}}
    root = memory().roots.get((told, sort))
    if root is None or root.odd is not None:
        return None
    shape = (*element, *map(type, element.values()))
    node = root.place.nodes.get(shape) or root.place.learn(element, shape)
    if node.odd or node.lists or node.pick is not None or [key for key, _ in node.inner] != ["properties"]:
        return None
    return node.inner[0][1]
