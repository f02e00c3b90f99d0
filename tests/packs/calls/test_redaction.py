"""Secrets leave no store with the calls, and nothing but secrets stays behind."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.packs.calls.redaction import redact_body, redact_capture
from evidence.packs.masking import MASKED, SECRET_FIELDS, mask_text
from evidence.records import Call
from evidence.tables.captures import capture_from_parquet
from tests.packs.calls.world import SECRET, world

SAFE = st.text(st.characters(codec="utf-8", exclude_characters='?&;=:@"\\'), max_size=12)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | SAFE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(SAFE, inner, max_size=3),
    max_leaves=12,
).filter(lambda value: not any(name in json.dumps(value, ensure_ascii=False).lower() for name in SECRET_FIELDS))
HIDDEN = st.text(st.sampled_from("abcXYZ019"), min_size=8, max_size=12).map(lambda text: f"s3cr3t-{text}")


@settings(max_examples=60, deadline=None)
@given(PLAIN, st.booleans())
def test_an_answer_without_secrets_stays_byte_for_byte(value: object, ascii_only: bool) -> None:
    body = json.dumps(value, ensure_ascii=ascii_only).encode()
    assert redact_body(body) == (body, 0)


@settings(max_examples=60, deadline=None)
@given(PLAIN, PLAIN, HIDDEN, st.sampled_from(["keyAndSecret", "Config Blob Uri", " TEMPLATE BLOB URI "]))
def test_only_the_secret_goes_and_the_rest_stays_as_written(
    before: object, after: object, secret: str, name: str
) -> None:
    spaced = json.dumps({"a": before, name: {"kek": [secret, 5, None, True]}, "z": after}, indent=1).encode()
    clean, values = redact_body(spaced)
    assert values == 1
    assert secret.encode() not in clean
    told: dict[str, Any] = json.loads(clean)
    assert (told["a"], told["z"]) == (before, after)
    assert told[name] == {"kek": [MASKED, 1, None, True]}
    start = spaced.index(json.dumps(name).encode())
    assert clean[:start] == spaced[:start]
    assert redact_body(clean) == (clean, 0)


def test_a_redacted_row_is_masked_into_the_row_of_the_pack() -> None:
    text = json.dumps({"b": 1.50, "keyAndSecret": {"kek": {"url": "https://kv/keys/1"}}, "n": 0})
    clean, _ = redact_body(text.encode())
    assert mask_text(clean.decode()) == mask_text(text)


@pytest.mark.parametrize(
    ("sent", "left"),
    [
        (r'{"u":"https://a/b?sv=1\u0026sig=AbC%3D"}', '{"u":"https://a/b?sv=***&sig=***"}'),
        ('{"u":["x","https://me:pass@host/"]}', '{"u":["x","https://***@host/"]}'),
        ('{"h":"Bearer abc.def"}', '{"h":"Bearer ***"}'),
        ('{"keyAndSecret":null,"config blob uri":""}', None),
        ('{"nextLink":"https://m/?api-version=1&$skiptoken=AAA"}', None),
        ('{"note":"keyAndSecretary = none"}', None),
    ],
)
def test_addresses_and_odd_spellings(sent: str, left: str | None) -> None:
    clean, values = redact_body(sent.encode())
    assert clean.decode() == (sent if left is None else left)
    assert values == (left is not None)


def test_what_names_a_secret_and_cannot_be_looked_through_is_replaced_whole() -> None:
    for body in (b'{"keyAndSecret": {"kek": "c2VjcmV0"', b'\xff{"keyAndSecret":"c2VjcmV0"}'):
        assert redact_body(body) == (json.dumps(MASKED).encode(), 1)
    deep = b'{"keyAndSecret":' + b"[" * 100_000 + b'"c2VjcmV0"' + b"]" * 100_000 + b"}"
    assert b"c2VjcmV0" not in redact_body(deep)[0]


def test_a_capture_tells_which_answers_are_not_as_received() -> None:
    captures = [
        capture_from_parquet(data)
        for path, data in world().memory.files.items()
        if path.startswith("calls/") and path.endswith(".parquet")
    ]
    holding = next(one for one in captures if any(SECRET.encode() in call.last.body for call in one.calls))
    clean, found = redact_capture(holding)
    calls = {call.call_id: call for call in holding.calls}
    assert {one.call_id for one in found} == {name for name, one in calls.items() if SECRET.encode() in one.last.body}
    for one in found:
        body = calls[one.call_id].last.body
        assert (one.bytes, one.sha256, one.attempt) == (len(body), hashlib.sha256(body).hexdigest(), 1)
    kept = [call for call in clean.calls if call.call_id not in {one.call_id for one in found}]
    assert kept == [calls[call.call_id] for call in kept]
    assert redact_capture(clean) == (clean, ())


def test_credentials_in_addresses_and_headers_of_a_call_go_too() -> None:
    capture = next(
        capture_from_parquet(data)
        for path, data in world().memory.files.items()
        if path.startswith("calls/") and path.endswith(".parquet")
    )
    first = capture.calls[0]
    header = {**first.last.response_headers, "location": "https://s/x?sig=c2VjcmV0"}
    call: Call = replace(
        first,
        next_link="https://s/x?sig=c2VjcmV0",
        attempts=(*first.attempts[:-1], replace(first.last, response_headers=header)),
    )
    clean, found = redact_capture(replace(capture, calls=(call, *capture.calls[1:])))
    assert "c2VjcmV0" not in str(clean.calls[0])
    assert found == ()
    assert clean.calls[0].last.sha256 == first.last.sha256
