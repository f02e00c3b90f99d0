"""Judging bodies of any kind: never an exception, and rows only where a list of objects came whole."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.records import Attempt, Kind
from evidence.sources.azure.answers import error_text, judge
from evidence.sources.azure.questions import Question, Shape

NOW = datetime(2026, 11, 15, tzinfo=UTC)
LIST = Question(Kind.JOBS, Shape.LIST)
OBJECT = Question(Kind.VAULT, Shape.OBJECT)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["value", "nextLink", "error", "code", "message", "ErrorCode", "Message", "properties", "id"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


def attempt(body: bytes, status: int | None = 200, **headers: str) -> Attempt:
    return Attempt(NOW, NOW, status, response_headers=headers, body=body)


@given(JSON, st.sampled_from([200, 201, 202, 204, 301, 400, 404, 429, 500]), st.sampled_from([LIST, OBJECT]))
def test_rows_come_only_from_a_whole_200_of_the_right_shape(document: object, status: int, question: Question) -> None:
    judged = judge(question, attempt(orjson.dumps(document), status))
    assert (judged.reason is None) == (judged.outcome == "ok")
    if judged.outcome != "ok":
        assert judged.rows == ()
        return
    assert status == 200
    assert isinstance(document, dict)
    assert not document.get("error")
    assert list(judged.rows) == (document["value"] if question is LIST else [document])


@given(st.binary(), st.sampled_from([200, 404]), st.sampled_from(["", "gzip", "deflate", "br", "gzip, deflate"]))
def test_bytes_of_any_kind_are_judged_without_fail(body: bytes, status: int, coding: str) -> None:
    judged = judge(LIST, Attempt(NOW, NOW, status, response_headers={"content-encoding": coding}, body=body))
    assert judged.outcome in {"ok", "error", "unreadable"}


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({"error": {"code": "A", "message": "b"}}, ("A", "b")),
        ({"error": {}}, ("", "")),
        ({"error": "text"}, ("", "text")),
        ({"error": None}, None),
        ({"error": False}, None),
        ({"ErrorCode": "A", "Message": {"Language": "en-US", "Value": "b"}}, ("A", "b")),
        ({"ErrorCode": "A", "Message": "b"}, ("A", "b")),
        ({"ErrorCode": "A"}, ("A", "")),
        ({"value": []}, None),
        ([], None),
    ],
)
def test_both_error_envelopes_are_understood(document: object, told: tuple[str, str] | None) -> None:
    assert error_text(document) == told


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (
            403,
            b'{"error":{"code":"AuthorizationFailed","message":"no\\r\\n  right"}}',
            "HTTP 403 AuthorizationFailed: no right",
        ),
        (404, b"{}", "HTTP 404"),
        (404, b"", "HTTP 404"),
        (502, b"<html>", "HTTP 502: the body is not JSON"),
    ],
)
def test_a_reason_says_what_azure_said(status: int, body: bytes, reason: str) -> None:
    assert str(judge(LIST, attempt(body, status)).reason).split(" (")[0] == reason
