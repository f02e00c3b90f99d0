"""A call's body to the elements in it, each with its texts exactly as sent.

Not here: what an element means. Invariant: the texts of an element hold every character that Azure sent for it, also
where parsing loses some (digits of numbers, repeated keys, escapes).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import orjson

from evidence.errors import SourceError
from evidence.normalize import slices
from evidence.normalize.results import Findings, Problem, Unread
from evidence.records import Call, Kind
from evidence.sources.bodies import decode_body

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
SPACE = b" \t\r\n"
_LIST_FIELDS = frozenset({"value", "nextLink"})
_GRAPH_FIELDS = frozenset({"data", "$skipToken", "totalRecords", "count", "facets", "resultTruncated"})
_OF_GRAPH = frozenset({Kind.GRAPH_VAULTS, Kind.GRAPH_ITEMS, Kind.GRAPH_JOBS, Kind.GRAPH_RESOURCES})


class Element(NamedTuple):
    """One element of an answer."""

    ordinal: int
    sent: Mapping[str, object]
    properties: Mapping[str, object]
    """Parsed `properties`; empty where it is no object."""
    text: str | None
    """The element as sent, where writing the parsed one again would not give the same."""

    def properties_text(self) -> str | None:
        """`properties` exactly as sent; None where there are none."""
        if "properties" not in self.sent:
            return None
        if self.text is None:
            return orjson.dumps(self.sent["properties"]).decode()
        return [text for key, text in slices.members(self.text) if key == "properties"][-1]

    def others_text(self, taken: Collection[str]) -> str | None:
        """JSON object of all fields as sent but the last `properties` and those taken; None where none is left.

        Of a key sent more than once only the last can be taken; the others are kept.
        """
        if self.text is None:
            rest = {key: value for key, value in self.sent.items() if key != "properties" and key not in taken}
            return orjson.dumps(rest).decode() if rest else None
        return _joined(_others(slices.members(self.text), taken))

    def whole_text(self) -> str:
        """The element exactly as sent."""
        return orjson.dumps(self.sent).decode() if self.text is None else self.text


def read_answer(call: Call, findings: Findings) -> list[Element]:
    """Elements of the last body of a call, a list or a single one; what is neither is noted as unread."""
    try:
        body = decode_body(call.last.body, call.last.response_headers).removeprefix(BYTE_ORDER_MARK).strip(SPACE)
        parsed: object = orjson.loads(body)
    except SourceError as error:
        findings.unread.append(Unread(call.call_id, call.kind, None, error.message, None))
        return []
    except orjson.JSONDecodeError as error:
        findings.unread.append(Unread(call.call_id, call.kind, None, f"body is not JSON: {error}", None))
        return []
    if not isinstance(parsed, dict):
        findings.unread.append(Unread(call.call_id, call.kind, None, "body is not a JSON object", None))
        return []
    rows = "data" if call.kind in _OF_GRAPH else "value"
    texts = None if _survives(parsed, body) else _element_texts(body.decode(), rows if _is_list(parsed, rows) else None)
    found = parsed[rows] if _is_list(parsed, rows) else [parsed]
    _note_other_fields(call, parsed, findings)
    return _elements(call, found, texts, findings)


def _is_list(body: Mapping[str, object], rows: str) -> bool:
    return isinstance(body.get(rows), list) and "properties" not in body


def _survives(parsed: object, body: bytes) -> bool:
    """Whether writing the parsed body gives the very bytes, so that parsing lost nothing."""
    try:
        return orjson.dumps(parsed) == body
    except orjson.JSONEncodeError:  # nested deeper than orjson writes
        return False


def _element_texts(text: str, rows: str | None) -> Sequence[str]:
    if rows is None:
        return [text]
    value = [part for key, part in slices.members(text) if key == rows][-1]
    return list(slices.elements(value))


def _note_other_fields(call: Call, body: Mapping[str, object], findings: Findings) -> None:
    rows, known = ("data", _GRAPH_FIELDS) if call.kind in _OF_GRAPH else ("value", _LIST_FIELDS)
    if _is_list(body, rows):
        for name in sorted(body.keys() - known):
            problem = Problem(call.call_id, call.kind.value, None, name, "stands beside the list; no column takes it")
            findings.problems.append(problem)


def _elements(call: Call, found: Sequence[object], texts: Sequence[str] | None, findings: Findings) -> list[Element]:
    elements: list[Element] = []
    for ordinal, sent in enumerate(found):
        text = None if texts is None else texts[ordinal]
        if not isinstance(sent, dict):
            kept = orjson.dumps(sent).decode() if text is None else text
            findings.unread.append(Unread(call.call_id, call.kind, ordinal, "element is not a JSON object", kept))
            continue
        properties = sent.get("properties")
        elements.append(Element(ordinal, sent, properties if isinstance(properties, dict) else {}, text))
    return elements


def _others(members: Sequence[tuple[str, str]], taken: Collection[str]) -> list[tuple[str, str]]:
    """Members but the last one of each taken key: of repeated keys the last is the one that was parsed."""
    last = {key: place for place, (key, _) in enumerate(members) if key == "properties" or key in taken}
    return [(key, text) for place, (key, text) in enumerate(members) if last.get(key) != place]


def _joined(members: Sequence[tuple[str, str]]) -> str | None:
    if not members:
        return None
    return "{" + ",".join(f"{orjson.dumps(key).decode()}:{text}" for key, text in members) + "}"
