"""Whatever an issuer, or whoever poses as one, sends: it is refused with a sentence, never with a trace."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.errors import RefusedError, SignInError
from evidence.identity.interface import Registration
from evidence.identity.keys import signing_keys
from evidence.identity.listener import PATH, Listener
from evidence.identity.tokens import person_of
from tests.fakes.issuer import CLIENT, TENANT, Issuer, browse, key, signed, told_key

NOW = datetime(2026, 10, 5, 12, tzinfo=UTC)
OBJECT = "22222222-0000-4000-8000-000000000005"
ISSUER = Issuer(lambda: NOW, OBJECT, address="https://issuer.example")
REGISTRATION = Registration(ISSUER.url, CLIENT, TENANT, timedelta(minutes=10))
GOOD = ISSUER.claims("nonce")
TEXT = st.text(max_size=20) | st.sampled_from(["\ud800", TENANT, CLIENT, "first"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)


def read(token: str) -> object:
    return person_of(token, REGISTRATION, "nonce", lambda _: {"first": key("first").public_key()}, NOW)


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(sorted(GOOD)), JSON)
def test_a_claim_of_any_value_is_taken_or_refused(name: str, value: Any) -> None:
    with suppress(SignInError, RefusedError):
        read(signed({**GOOD, name: value} if name != "iss" else {**GOOD, "iss": str(value)}))


@settings(max_examples=80, deadline=None)
@given(st.text() | st.text(alphabet="eyJhbGciOiJ.-_09\ud800", max_size=60))
def test_any_text_is_no_token(token: str) -> None:
    with pytest.raises(SignInError):
        read(token)


def test_a_header_that_is_nested_without_end_is_no_token() -> None:
    import base64

    deep = base64.urlsafe_b64encode(b'{"alg":' + b"[" * 30_000).decode().rstrip("=")
    with pytest.raises(SignInError):
        read(f"{deep}.e30.AA")


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(sorted(told_key("first"))), JSON)
def test_a_key_set_of_any_form_is_taken_or_refused(name: str, value: Any) -> None:
    with suppress(SignInError):
        signing_keys({"keys": [{**told_key("first"), name: value}]})


@pytest.mark.parametrize(
    "keys",
    [
        None,
        [],
        [1],
        [{**told_key("first"), "kty": "oct"}],
        [{**told_key("first"), "use": "enc"}],
        [told_key("first")] * 2,
    ],
    ids=["none", "empty", "no object", "symmetric", "for encryption", "twice"],
)
def test_a_key_set_without_a_key_of_its_own_is_refused(keys: object) -> None:
    with pytest.raises(SignInError):
        signing_keys({"keys": keys})


def test_a_short_key_is_refused() -> None:
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

    from tests.fakes.issuer import number

    numbers = generate_private_key(65537, 1024).public_key().public_numbers()  # noqa: S505 - to be refused
    with pytest.raises(SignInError) as refused:
        signing_keys({"keys": [{**told_key("first"), "n": number(numbers.n), "e": number(numbers.e)}]})
    assert "2048 bits" in refused.value.cause


def test_the_private_part_of_a_key_is_not_looked_at() -> None:
    found = signing_keys({"keys": [{**told_key("first"), "d": "AQAB"}]})
    assert found["first"].public_numbers() == key("first").public_key().public_numbers()


@settings(max_examples=15, deadline=None)
@given(st.text(alphabet="abc=&%?#/+ \u00e9", max_size=30))
def test_any_query_is_answered_and_only_one_with_a_state_is_a_callback(query: str) -> None:
    from urllib.parse import quote

    with Listener() as listener:
        base = listener.redirect_uri.removesuffix(PATH)
        assert browse(f"{base}{PATH}?{quote(query, safe='=&%?/+')}") == 404
        assert browse(f"{base}{PATH}?state=a&code=b") == 200
        assert listener.wait(5) == {"state": "a", "code": "b"}


def test_claims_are_json_without_fractions() -> None:
    found = person_of(signed(GOOD), REGISTRATION, "nonce", lambda _: {"first": key("first").public_key()}, NOW)
    assert json.loads(json.dumps(found.claims())) == found.claims()
