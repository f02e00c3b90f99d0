"""Pages of a list: a next link in the caller's own base URL, and where the next page begins.

A page begins after a row, not at a number, so that rows added meanwhile shift nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar
from urllib.parse import quote
from xml.sax.saxutils import escape, unescape

from simulator.errors import arm_error, json_response
from simulator.interface import ArmRequest, ArmResponse

T = TypeVar("T")
_TOKEN = re.compile(r"<NextRowKey>(?P<key>[^<]*)</NextRowKey>")


def page(
    request: ArmRequest,
    rows: Sequence[T],
    size: int,
    key: Callable[[T], str],
    body: Callable[[T], Mapping[str, object]],
) -> ArmResponse:
    """One page of rows that are sorted by `key`, rising, as `{"value", "nextLink"}`."""
    token = request.query.get("$skiptoken")
    after = None if token is None else _TOKEN.search(token)
    if token is not None and after is None:
        return arm_error(400, "InvalidSkipToken", "The skip token cannot be read. Ask for the first page again.")
    left = rows if after is None else [row for row in rows if key(row) > unescape(after["key"])]
    answer: dict[str, object] = {"value": [body(row) for row in left[:size]]}
    if len(left) > size:
        answer["nextLink"] = _next_link(request, key(left[size - 1]))
    return json_response(answer)


def _next_link(request: ArmRequest, last: str) -> str:
    token = f'<?xml version="1.0"?><ContinuationToken><NextRowKey>{escape(last)}</NextRowKey></ContinuationToken>'
    kept = [
        f"{name}={quote(request.query[name], safe='')}" for name in ("api-version", "$filter") if name in request.query
    ]
    query = "&".join([*kept, f"$skipToken={quote(token, safe='')}"])
    return f"{request.base_url}{quote(request.path, safe='/')}?{query}"
