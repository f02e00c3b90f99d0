"""Elements of second sources, and of the list of subscriptions, to rows of `inventory` and `activity`.

Not here: the rows themselves. Invariant: an element without what names it is unread, like any other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from evidence.normalize.activity import activity_row, event_id_of
from evidence.normalize.answers import Element
from evidence.normalize.fields import Fields
from evidence.normalize.frames import Frame
from evidence.normalize.inventory import INVENTORY_KINDS, inventory_row
from evidence.normalize.results import Row
from evidence.normalize.sent import NOTHING, UnreadableElementError, required_id, texts_as_sent
from evidence.records import Call, Kind

KINDS = INVENTORY_KINDS | {Kind.ACTIVITY_LOG}


@dataclass(slots=True)
class SecondReader:
    """Makes the rows of one call's elements."""

    call: Call
    frame: Frame
    common: Row = field(init=False)

    def __post_init__(self) -> None:
        self.common = self.frame.common(self.call)

    def rows(self, element: Element) -> Iterator[tuple[str, Row]]:
        """The table's name and the row of an element; raises UnreadableElementError where it gives none."""
        sent = texts_as_sent(element, NOTHING)
        nights = self.frame.nights
        if self.call.kind is Kind.ACTIVITY_LOG:
            event = self._fields(element.sent, element, "activity")
            event_id = event_id_of(event)
            if event_id is None:
                raise UnreadableElementError("an event without id")
            yield "activity", {**activity_row(event_id, event, self.common, nights, ordinal=element.ordinal), **sent}
            return
        top = self._fields(element.sent, element, "inventory")
        inner = self._fields(element.properties, element, "inventory")
        row = inventory_row(self.call.kind, required_id(element), element, top, inner, self.common, nights)
        yield "inventory", {**row, **sent}

    def _fields(self, values: object, element: Element, table: str) -> Fields:
        held = values if isinstance(values, dict) else {}
        return Fields(held, self.frame.place(self.call, table), element.ordinal)
