"""What every kind of element is asked first: its type, its id, and its texts as sent.

Not here: rows. Invariant: an element that tells neither type nor id, or none of what its rows need, is unread with the reason.
"""

from __future__ import annotations

from collections.abc import Collection

from evidence.normalize.answers import Element
from evidence.normalize.resource_ids import resource_type
from evidence.normalize.results import Row

NOTHING: Collection[str] = frozenset()
NAME: Collection[str] = frozenset({"name"})
ID: Collection[str] = frozenset({"id"})


class UnreadableElementError(ValueError):
    """An element that can give no row; says why."""


def told_type(element: Element) -> str:
    """Lower-cased resource type as sent, else told by the id; raises UnreadableElementError where there is neither."""
    sent, sent_id = element.sent.get("type"), element.sent.get("id")
    if isinstance(sent, str) and sent:
        return sent.lower()
    told = resource_type(sent_id) if isinstance(sent_id, str) else None
    if told is None:
        raise UnreadableElementError("an element without resource type and id")
    return told


def not_yet(told: str) -> UnreadableElementError:
    """What is said of a type that gives no rows."""
    return UnreadableElementError(f"resource type {told} is not yet normalized here")


def required_id(element: Element) -> str:
    """The id as sent; raises UnreadableElementError where there is none."""
    sent = element.sent.get("id")
    if not isinstance(sent, str) or not sent:
        raise UnreadableElementError("an element without id")
    return sent


def texts_as_sent(element: Element, taken: Collection[str]) -> Row:
    """The columns `properties` and `envelope`; what a column holds unchanged is taken out of the second."""
    return {"properties": element.properties_text(), "envelope": element.others_text(taken)}
