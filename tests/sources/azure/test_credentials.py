"""Signing in: who we are, tokens that grow old or are refused, and credentials that have none."""

from __future__ import annotations

import base64

import orjson
import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import CredentialUnavailableError
from hypothesis import given
from hypothesis import strategies as st

from evidence.errors import SignInError
from evidence.records import Identity, Kind, Outcome
from evidence.sources.azure import AzureOptions, azure_source
from evidence.sources.azure.credentials import Tokens, identity_of
from tests.sources.conftest import Bench
from tests.sources.loopback import Asked, Reply, body, refusal
from tests.sources.world import (
    APPLICATION,
    PRINCIPAL,
    SUBSCRIPTION,
    TENANT,
    VAULT,
    TickingClock,
    coverage,
    listed,
    request,
    token,
    vault_row,
)


class Credential:
    """Gives out numbered tokens, or an error."""

    def __init__(self, *, lifetime: float = 3600, now: float = 1000, error: Exception | None = None) -> None:
        self.scopes: list[str] = []
        self._expires, self._error = int(now + lifetime), error

    def get_token(self, *scopes: str, **_options: object) -> AccessToken:
        self.scopes += scopes
        if self._error is not None:
            raise self._error
        return AccessToken(f"token-{len(self.scopes)}", self._expires)


def test_identity_is_read_from_the_claims() -> None:
    assert identity_of(token()) == Identity(TENANT, PRINCIPAL, APPLICATION)
    v2 = token(appid="", azp="by-azp")
    assert identity_of(v2) == Identity(TENANT, PRINCIPAL, "by-azp")


@given(st.text() | st.builds("{}.{}.{}".format, st.text(), st.text(alphabet="eyJ0-_=9aZ"), st.text()))
def test_any_other_text_has_no_identity(text: str) -> None:
    assert identity_of(text) == Identity()


@given(st.recursive(st.none() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=2), max_leaves=3))
def test_claims_of_any_shape_are_read_without_fail(claims: object) -> None:
    try:
        payload = base64.urlsafe_b64encode(orjson.dumps({"tid": claims, "oid": claims}))
    except (orjson.JSONEncodeError, UnicodeEncodeError):  # lone surrogates and huge numbers: no JSON at all
        return
    found = identity_of(f"e30.{payload.decode()}.x")
    assert found.tenant_id == (claims if isinstance(claims, str) else None)


def test_a_token_is_asked_for_once_and_again_before_it_ends() -> None:
    now = [1000.0]
    credential = Credential(lifetime=900)
    tokens = Tokens(lambda: credential, "scope", lambda: now[0])
    assert [tokens.current(), tokens.current()] == ["token-1", "token-1"]
    now[0] = 1601.0
    assert tokens.current() == "token-2"
    assert credential.scopes == ["scope", "scope"]


def test_a_refused_token_is_renewed_once_for_all_who_held_it() -> None:
    made: list[Credential] = []

    def make() -> Credential:
        made.append(credential)
        return credential

    credential = Credential()
    tokens = Tokens(make, "scope", lambda: 1000.0)
    assert tokens.current() == "token-1"
    assert [tokens.renewed("token-1"), tokens.renewed("token-1")] == ["token-2", "token-2"]
    assert len(made) == 2


def test_an_expired_token_is_replaced_within_the_call(bench: Bench) -> None:
    def judged(asked: Asked) -> Reply:
        if asked.headers["authorization"] != "Bearer token-2":
            return refusal(401, "ExpiredAuthenticationToken")
        return listed(vault_row())

    bench.server.tell("/vaults", judged)
    credential = Credential()
    source = azure_source(
        AzureOptions((SUBSCRIPTION,), endpoint=bench.server.base_url),
        TickingClock(),
        entropy=bytes,
        sleep=bench.slept.append,
        machine_time=lambda: 1000.0,
        make_credential=lambda: credential,
    )
    discovery = source.discover(request())
    assert discovery.vaults == (VAULT,)
    call, *_ = discovery.captures[0].calls
    assert [attempt.status for attempt in call.attempts] == [401, 200]
    assert credential.scopes == [f"{bench.server.base_url}/.default"] * 2
    assert "token-" not in repr(discovery)


@pytest.mark.parametrize(
    "error", [ClientAuthenticationError("AADSTS700016: no such application"), CredentialUnavailableError("no identity")]
)
def test_a_credential_that_gives_no_token_is_a_failure_to_sign_in(bench: Bench, error: Exception) -> None:
    source = azure_source(
        AzureOptions((SUBSCRIPTION,), endpoint=bench.server.base_url),
        TickingClock(),
        entropy=bytes,
        sleep=bench.slept.append,
        make_credential=lambda: Credential(error=error),
    )
    with pytest.raises(SignInError) as caught:
        source.discover(request())
    assert str(error.args[0]) in caught.value.cause
    capture = source.capture(VAULT, request())
    assert {row.outcome for row in capture.coverage} == {Outcome.NOT_REACHED}
    assert all(call.last.status is None and call.outcome == "error" for call in capture.calls)
    assert str(coverage(capture, Kind.VAULT).reason).startswith("not sent: Signing in to Azure failed")
    assert (bench.server.asked, bench.slept) == ([], [])


def test_a_managed_identity_signs_in_over_loopback(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.server.tell(
        "/msi/token",
        body(
            {"access_token": token(oid="managed"), "expires_on": "4102444800", "resource": "x", "token_type": "Bearer"}
        ),
    )
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{bench.server.base_url}/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", "secret-of-the-host")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    source = bench.source(credential="managed_identity", static_token=None)
    discovery = source.discover(request())
    assert discovery.captures[0].calls[0].identity.principal_id == "managed"
    assert source.capture(VAULT, request()).calls[0].identity.principal_id == "managed"
    assert len(bench.server.asked_for("/msi/token")) == 1
    assert bench.server.asked_for("/msi/token")[0].query["resource"] == bench.server.base_url
