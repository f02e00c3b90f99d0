"""Changes to a true JSON answer that leave it well formed: other links, rows told twice, values nobody has seen.

Not here: when they are made (`faults`). What is not JSON, or not an object, is left as it is.
"""

from __future__ import annotations

from collections.abc import Mapping

import orjson


def edited(body: bytes, next_link: str | None, repeat_rows: int, set_fields: Mapping[str, object]) -> bytes:
    """The body with a link, the first rows repeated at the end, and fields set by dotted path."""
    if next_link is None and not repeat_rows and not set_fields:
        return body
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return body
    if not isinstance(document, dict):
        return body
    rows = document.get("value")
    for element in rows if isinstance(rows, list) else [document]:
        for path, value in set_fields.items():
            _set(element, path.split("."), value)
    if isinstance(rows, list):
        document["value"] = [*rows, *rows[:repeat_rows]]
    if next_link is not None:
        document["nextLink"] = next_link
    return orjson.dumps(document)


def _set(element: object, path: list[str], value: object) -> None:
    for name in path[:-1]:
        if not isinstance(element, dict):
            return
        element = element.setdefault(name, {})
    if isinstance(element, dict):
        element[path[-1]] = value
