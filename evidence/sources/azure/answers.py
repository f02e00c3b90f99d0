"""Judges one answer: what was asked for, an error, or a body that cannot be read.

Not here: rows of tables (`normalize`). Invariant: nothing but a whole 200 with a body of the right shape is `ok`, so an
unreadable answer can never pass for an empty one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from evidence.errors import SourceError
from evidence.records import Attempt
from evidence.sources.azure.options import origin_of
from evidence.sources.azure.questions import Question, Row, Shape
from evidence.sources.bodies import decode_body

NOT_SENT = "not sent"
"""Begin of an attempt's error where nothing left this process, for want of a token."""
_OK = 200
_LISTS = frozenset({Shape.LIST, Shape.GRAPH})


@dataclass(frozen=True, slots=True)
class Judgement:
    """What an answer is; `rows` is empty unless `outcome` is `ok`."""

    outcome: str
    reason: str | None = None
    brief: str | None = None
    rows: tuple[Row, ...] = ()
    next_link: str | None = None


def judge(question: Question, attempt: Attempt) -> Judgement:
    """Judge the attempt that counts."""
    if attempt.error is not None or attempt.status is None:
        brief = NOT_SENT if (attempt.error or "").startswith(NOT_SENT) else "no whole answer came"
        reason = attempt.error if brief == NOT_SENT else f"{brief}: {attempt.error}"
        return Judgement("error", reason, brief)
    document, unread = _parsed(attempt)
    if attempt.status != _OK:
        return _error(attempt, document, unread)
    if unread is not None:
        return _unreadable(unread)
    if not isinstance(document, dict):
        return _unreadable("the body is not a JSON object")
    if error_text(document) is not None:
        return _error(attempt, document)
    is_list = question.shape in _LISTS
    return _listed(document, question.shape) if is_list else _object(question, document)


def _parsed(attempt: Attempt) -> tuple[object, str | None]:
    try:
        return orjson.loads(decode_body(attempt.body, attempt.response_headers)), None
    except SourceError as error:
        return None, str(error)
    except orjson.JSONDecodeError as error:
        return None, f"the body is not JSON ({error})"


def error_text(document: object) -> tuple[str, str] | None:
    """Code and message of either of Azure's two error envelopes; None where the document is none."""
    if not isinstance(document, Mapping):
        return None
    error = document.get("error")
    if isinstance(error, Mapping):
        return str(error.get("code") or ""), str(error.get("message") or "")
    if error:
        return "", str(error)
    if "ErrorCode" in document:
        message = document.get("Message")
        text = message.get("Value") if isinstance(message, Mapping) else message
        return str(document["ErrorCode"] or ""), str(text or "")
    return None


def _listed(document: Mapping[str, object], shape: Shape) -> Judgement:
    name, following = ("data", "$skipToken") if shape is Shape.GRAPH else ("value", "nextLink")
    rows, next_link = document.get(name), document.get(following)
    if not isinstance(rows, list):
        return _unreadable(f"the body has no list `{name}`")
    for position, row in enumerate(rows):
        if not isinstance(row, dict):
            return _unreadable(f"element {position} of `{name}` is not an object")
    if next_link is not None and not isinstance(next_link, str):
        return _unreadable(f"`{following}` is not a text, so what follows cannot be asked for")
    return Judgement("ok", rows=tuple(rows), next_link=next_link or None)


def _object(question: Question, document: dict[str, object]) -> Judgement:
    if question.shape is Shape.DOCUMENT:
        return Judgement("ok", rows=(document,))
    if not isinstance(document.get("properties"), dict):
        return _unreadable("the body has no object `properties`")
    name = document.get("name")
    if question.name is not None and not (isinstance(name, str) and name.lower() == question.name.lower()):
        return _unreadable(f"the body is about {name!r} and not about {question.name!r}")
    return Judgement("ok", rows=(document,))


def _unreadable(why: str) -> Judgement:
    return Judgement("unreadable", f"unreadable: {why}", f"unreadable: {why}")


def _error(attempt: Attempt, document: object, unread: str | None = None) -> Judgement:
    code, message = error_text(document) or ("", "")
    brief = f"HTTP {attempt.status} {code}".rstrip()
    told = " ".join(message.split()) or (unread if attempt.body else None)
    location = attempt.response_headers.get("location")
    if location is not None and 300 <= (attempt.status or 0) < 400:  # noqa: PLR2004
        told = f"the redirect to {origin_of(location)[1] or 'another path'} was not followed"
    return Judgement("error", f"{brief}: {told}" if told else brief, brief)
