"""What stands between the brackets of a list's answer.

Not here: the elements themselves. Invariant: a body is told only where nothing but the next link stands beside its list, written as
orjson writes it, so that what is told and the rest put together are the body; other bodies are left to `evidence.normalize.answers`.
"""

from __future__ import annotations

import orjson

from evidence.errors import SourceError
from evidence.normalize.answers import BYTE_ORDER_MARK, SPACE
from evidence.normalize.fast.cutting import OPENING
from evidence.records import Call
from evidence.sources.bodies import decode_body

_BESIDE = frozenset({"value", "nextLink"})
_LIST, _END = b'"value":[', b"}]"


def elements_in(call: Call) -> memoryview | None:
    """The elements of a call's list as sent, with the commas between them; None where its answer is no list as usual."""
    try:
        sent = decode_body(call.last.body, call.last.response_headers)
    except SourceError:
        return None
    return between_brackets(sent.removeprefix(BYTE_ORDER_MARK).strip(SPACE))


def between_brackets(body: bytes) -> memoryview | None:
    """The elements in a list's body.

    The place of the list is plain: within a text, a next link say, every quote is escaped. Whether its end is the right one is
    known once the elements are.
    """
    begin, end = body.find(_LIST) + len(_LIST), body.rfind(_END) + 1
    if begin < len(_LIST) or end <= begin or not body.startswith(OPENING, begin):
        return None
    around = body[:begin] + body[end:]
    try:
        told: object = orjson.loads(around)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(told, dict) or not told.keys() <= _BESIDE or told.get("value") != []:
        return None
    if not isinstance(told.get("nextLink"), str | None) or orjson.dumps(told) != around:
        return None
    return memoryview(body)[begin:end]
