"""One element of a list: its recorded text, and the few fields that filters and order need.

No lists here. `raw` is always a slice of a recorded body.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Element:
    """One job, item, point, policy, container or vault as a recorded answer holds it."""

    raw: str
    name: str
    identity: str
    """Lower-cased ARM id."""
    properties: dict[str, object]
    from_list: bool
    """False for an element that an answer about this one resource gave."""

    def text(self, name: str) -> str | None:
        """A text property, None if it is absent or something else."""
        value = self.properties.get(name)
        return value if isinstance(value, str) else None

    def moment(self, *names: str) -> datetime | None:
        """The first of some properties that holds a time, as UTC."""
        found = next((value for name in names if (value := self.text(name))), None)
        return None if found is None else parse_time(found)


def element_of(raw: str, *, from_list: bool) -> Element:
    """Read an element's text; a missing part reads as empty."""
    fields = json.loads(raw)
    properties = fields.get("properties")
    return Element(
        raw=raw,
        name=str(fields.get("name", "")),
        identity=str(fields.get("id", "")).lower(),
        properties=properties if isinstance(properties, dict) else {},
        from_list=from_list,
    )


def parse_time(text: str) -> datetime:
    """An ARM time as UTC, cut to microseconds; without a zone it is UTC (Azure SQL points of 2016)."""
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
