"""Lists put together from recorded elements.

A list holds every element that any recorded answer gave for it, the last answer winning (see `kinds.ListKind.last_wins`).
It is static: no next link, and an element that Azure dropped later stays. Elements are slices of recorded bodies.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from simulator.recorded.elements import Element, element_of
from simulator.recorded.groups import Group
from simulator.recorded.kinds import ListKind
from simulator.recorded.raw_json import elements


def compose(group: Group, kind: ListKind, path: str) -> Sequence[Element]:
    """All recorded elements of the list at `path`; empty if every recorded list was, or if nothing was recorded."""
    chosen: dict[str, Element] = {}
    for element in _observed(group, kind, path):
        if _prevails(element, chosen.get(element.identity), kind):
            chosen[element.identity] = element
    order = kind.order
    return list(chosen.values()) if order is None else sorted(chosen.values(), key=order, reverse=True)


def list_body(chosen: Iterable[Element]) -> bytes:
    """A list answer around the elements' own text."""
    return ('{"value":[' + ",".join(element.raw for element in chosen) + "]}").encode()


def _prevails(element: Element, held: Element | None, kind: ListKind) -> bool:
    return held is None or kind.last_wins or element.from_list or not held.from_list


def _observed(group: Group, kind: ListKind, path: str) -> Iterator[Element]:
    """Each element, oldest answer first."""
    members = kind.members(path)
    for answered, record in group.answers:
        if answered == path:
            for raw in elements(group.body(record).decode()):
                yield element_of(raw, from_list=True)
        elif members.fullmatch(answered):
            yield kind.listed_form(element_of(group.body(record).decode(), from_list=False))
