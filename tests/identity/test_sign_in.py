"""A person signs in at an issuer on loopback; every way in which issuer, browser or token may misbehave is refused."""

from __future__ import annotations

import itertools
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from evidence.errors import EvidenceError, RefusedError, SignInError, UnavailableError
from evidence.identity.code_flow import challenge, sign_in_by_code
from evidence.identity.device_flow import sign_in_by_device
from evidence.identity.interface import Identity, Registration, Surroundings
from tests.fakes import issuer as issuers
from tests.fakes.issuer import CLIENT, OTHER_TENANT, TENANT, Issuer, browse, running

NOW = datetime(2026, 10, 5, 12, tzinfo=UTC)
OBJECT = "22222222-0000-4000-8000-000000000005"


@dataclass
class Desk:
    """A person at a machine, and their browser."""

    issuer: Issuer
    browser: Callable[[str], Any] | None = None
    told: list[str] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    threads: list[threading.Thread] = field(default_factory=list)
    seconds: float = 5.0
    slept: list[float] = field(default_factory=list)

    @property
    def registration(self) -> Registration:
        return Registration(self.issuer.url, CLIENT, TENANT, timedelta(minutes=10))

    def around(self) -> Surroundings:
        numbers = itertools.count(1)
        moments = itertools.count()
        return Surroundings(
            now=lambda: NOW,
            entropy=lambda size: next(numbers).to_bytes(size, "big"),
            monotonic=lambda: float(next(moments)),
            sleep=self.slept.append,
            show=self.told.append,
            open_browser=self._open,
            seconds=self.seconds,
        )

    def _open(self, url: str) -> None:
        browser = self.browser or browse
        thread = threading.Thread(target=lambda: self.answers.append(browser(url)), daemon=True)
        thread.start()
        self.threads.append(thread)

    def sign_in(self) -> Identity:
        try:
            return sign_in_by_code(self.registration, self.around())
        finally:
            for one in self.threads:
                one.join(10)


@pytest.fixture
def desk() -> Iterator[Desk]:
    with running(Issuer(lambda: NOW, OBJECT)) as found:
        yield Desk(found)


def test_a_person_signs_in(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    found = desk.sign_in()
    assert found.claims() == {
        "iss": desk.issuer.url,
        "tid": TENANT,
        "oid": OBJECT,
        "auth_time": int(NOW.timestamp()) - 20,
        "amr": ["pwd", "mfa"],
        "name": "Person 5",
        "preferred_username": "person@contoso.example",
    }
    assert desk.answers == [200]
    secrets = [*desk.issuer.tokens, *(fields["code"] for _, path, fields in desk.issuer.asked if path == "/token")]
    assert len(secrets) == 3
    kept = caplog.text + repr(found) + "".join(desk.told)
    assert not any(secret in kept for secret in secrets)


def test_what_is_asked_is_bound_to_this_sign_in(desk: Desk) -> None:
    desk.sign_in()
    asked = {path: fields for _, path, fields in desk.issuer.asked}
    question, exchange = asked["/authorize"], asked["/token"]
    assert question["code_challenge"] == challenge(exchange["code_verifier"]) != exchange["code_verifier"]
    assert (question["max_age"], question["scope"]) == ("600", "openid profile")
    assert question["redirect_uri"].startswith("http://127.0.0.1:")
    assert len({question["state"], question["nonce"], exchange["code_verifier"]}) == 3
    assert exchange["code_verifier"] not in "".join(desk.told)


def test_the_challenge_is_that_of_the_standard() -> None:
    assert challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def set_to(name: str, value: object) -> Callable[[dict[str, Any]], None]:
    return lambda claims: claims.update({name: value})


def without(*names: str) -> Callable[[dict[str, Any]], None]:
    def change(claims: dict[str, Any]) -> None:
        for name in names:
            del claims[name]

    return change


AT = int(NOW.timestamp())
BAD_CLAIMS: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "another nonce": (set_to("nonce", "another"), "nonce"),
    "no nonce": (without("nonce"), "nonce"),
    "another audience": (set_to("aud", OTHER_TENANT), "another application"),
    "a list of audiences": (set_to("aud", [CLIENT, OTHER_TENANT]), "aud"),
    "another authorized party": (set_to("azp", OTHER_TENANT), "another application"),
    "another issuer": (set_to("iss", "https://login.example/x/v2.0"), "another issuer"),
    "another tenant": (set_to("tid", OTHER_TENANT), "another tenant"),
    "no tenant": (without("tid"), "tid"),
    "expired": (set_to("exp", AT - 61), "expired"),
    "no end": (without("exp"), "exp"),
    "end as text": (set_to("exp", str(AT + 60)), "exp"),
    "end as true": (set_to("exp", True), "exp"),
    "not yet begun": (set_to("nbf", AT + 61), "not come"),
    "issued later": (set_to("iat", AT + 61), "not come"),
    "not issued": (without("iat"), "iat"),
    "signed in long ago": (set_to("auth_time", AT - 661), "more than 10 minutes ago"),
    "signed in later": (set_to("auth_time", AT + 61), "not come"),
    "signing in untold": (without("auth_time"), "auth_time"),
    "no object id": (without("oid"), "oid"),
    "no object id but a text": (set_to("oid", "anna"), "object id"),
    "methods as text": (set_to("amr", "pwd"), "amr"),
}


@pytest.mark.parametrize("case", BAD_CLAIMS)
def test_a_token_that_is_not_about_this_sign_in_is_refused(desk: Desk, case: str) -> None:
    desk.issuer.change, told = BAD_CLAIMS[case]
    with pytest.raises(SignInError) as refused:
        desk.sign_in()
    assert told in " ".join(refused.value.diagnostics())
    assert refused.value.exit_code == 5


def test_missing_auth_time_says_what_to_configure(desk: Desk) -> None:
    desk.issuer.change = without("auth_time")
    with pytest.raises(SignInError) as refused:
        desk.sign_in()
    assert "optional claim `auth_time`" in refused.value.next_step


SERVICES: dict[str, Callable[[dict[str, Any]], None]] = {
    "by its kind": set_to("idtyp", "app"),
    "by naming no user": without("name", "preferred_username"),
}


@pytest.mark.parametrize("case", SERVICES)
def test_a_service_principal_is_refused_by_policy(desk: Desk, case: str) -> None:
    desk.issuer.change = SERVICES[case]
    with pytest.raises(RefusedError, match="service principal"):
        desk.sign_in()


def _other_key(claims: dict[str, Any]) -> str:
    token = issuers.signed(claims, "unknown")
    head, body, _ = issuers.signed(claims, "first").split(".")
    return f"{head}.{body}.{token.rpartition('.')[2]}"


def _changed(claims: dict[str, Any]) -> str:
    head, _, signature = issuers.signed(claims).split(".")
    return f"{head}.{issuers.signed({**claims, 'oid': OTHER_TENANT}).split('.')[1]}.{signature}"


BAD_SIGNATURES: dict[str, tuple[Callable[[dict[str, Any]], str], str]] = {
    "none": (issuers.unsigned, "'none'"),
    "the public key as a secret": (issuers.signed_with_public_key, "'HS256'"),
    "another key under a known id": (_other_key, "signature"),
    "changed claims": (_changed, "signature"),
    "a key that is not published": (lambda claims: issuers.signed(claims, "unknown"), "does not publish"),
    "no token": (lambda _: "abc", "no JSON Web Token"),
    "a token too large": (lambda _: "a" * 70_000, "larger"),
}


@pytest.mark.parametrize("case", BAD_SIGNATURES)
def test_a_signature_that_is_not_the_issuers_is_refused(desk: Desk, case: str) -> None:
    desk.issuer.sign, told = BAD_SIGNATURES[case]
    with pytest.raises(SignInError) as refused:
        desk.sign_in()
    assert told in " ".join(refused.value.diagnostics())
    assert desk.issuer.times("/keys") <= 2


def test_a_probabilistic_signature_is_taken(desk: Desk) -> None:
    desk.issuer.sign = lambda claims: issuers.signed(claims, algorithm="PS256")
    assert desk.sign_in().object_id == OBJECT


def test_a_key_that_was_exchanged_meanwhile_is_looked_up_once(desk: Desk) -> None:
    desk.issuer.signs_with = "second"
    desk.issuer.publishes_later = ["first", "second"]
    assert desk.sign_in().object_id == OBJECT
    assert desk.issuer.times("/keys") == 2


def test_a_callback_of_another_sign_in_ends_it(desk: Desk) -> None:
    desk.issuer.state = "another"
    with pytest.raises(SignInError, match="not of this sign-in"):
        desk.sign_in()
    assert desk.issuer.times("/token") == 0


def test_a_callback_of_another_issuer_ends_it(desk: Desk) -> None:
    desk.issuer.callback_iss = "https://login.example"
    with pytest.raises(SignInError, match="another issuer"):
        desk.sign_in()


def test_a_person_who_says_no_is_heard(desk: Desk) -> None:
    desk.issuer.denies = "access_denied"
    with pytest.raises(SignInError) as refused:
        desk.sign_in()
    assert "access_denied: The person said no." in refused.value.cause


def test_only_the_first_callback_counts(desk: Desk) -> None:
    def twice(url: str) -> int:
        fields = parse_qs(urlsplit(url).query)
        first = browse(url)
        assert first == 200
        return browse(f"{fields['redirect_uri'][0]}?code=stolen&state={fields['state'][0]}")

    desk.browser = twice
    assert desk.sign_in().object_id == OBJECT
    assert desk.answers in ([410], [-1])
    assert desk.issuer.times("/token") == 1


def test_other_requests_are_no_callback(desk: Desk) -> None:
    found: list[int] = []

    def wandering(url: str) -> int:
        back = parse_qs(urlsplit(url).query)["redirect_uri"][0]
        base = back.removesuffix("/signed-in")
        found.extend(browse(base + path) for path in ("/favicon.ico", "/signed-in", "/signed-in?a=1&a=2&state=x"))
        found.append(_as_another_host(base))
        return browse(url)

    desk.browser = wandering
    assert desk.sign_in().object_id == OBJECT
    assert found == [404, 404, 404, 400]


def _as_another_host(base: str) -> int:
    with socket.create_connection(("127.0.0.1", urlsplit(base).port or 0), 5) as connection:
        connection.sendall(b"GET /signed-in?state=x&code=y HTTP/1.1\r\nHost: evil.example\r\n\r\n")
        return int(connection.recv(200).split()[1])


def test_a_callback_that_never_comes_ends_it(desk: Desk) -> None:
    desk.browser, desk.seconds = lambda _: 0, 0.2
    begun = threading.active_count()
    with pytest.raises(SignInError, match="Nobody signed in within"):
        desk.sign_in()
    for _ in range(50):
        if threading.active_count() <= begun:
            break
        time.sleep(0.02)
    assert threading.active_count() <= begun


BAD_DOCUMENTS: dict[str, tuple[dict[str, Any], str]] = {
    "of another issuer": ({"issuer": "https://login.example"}, "another issuer"),
    "leading away": ({"token_endpoint": "https://login.example/token"}, "another place"),
    "over plain http": ({"jwks_uri": "http://login.example/keys"}, "https"),
    "without keys": ({"jwks_uri": None}, "jwks_uri"),
}


@pytest.mark.parametrize("case", BAD_DOCUMENTS)
def test_a_document_that_is_not_the_pinned_issuers_is_refused(desk: Desk, case: str) -> None:
    desk.issuer.document, told = BAD_DOCUMENTS[case]
    with pytest.raises(SignInError) as refused:
        desk.sign_in()
    assert told in " ".join(refused.value.diagnostics())


def test_an_issuer_that_is_not_there_is_unavailable(desk: Desk) -> None:
    desk.issuer.address = "http://127.0.0.1:1"
    with pytest.raises(UnavailableError):
        desk.sign_in()


def by_device(desk: Desk, *, allowed: bool = True) -> Identity:
    return sign_in_by_device(replace(desk.registration, device_code=allowed), replace(desk.around(), seconds=60.0))


def test_a_device_code_is_awaited_at_the_issuers_pace(desk: Desk) -> None:
    desk.issuer.pending = 3
    assert by_device(desk).object_id == OBJECT
    assert desk.slept == [1.0] * 4
    assert any("BDWP-HQPK" in line for line in desk.told)


def test_a_device_code_must_be_configured(desk: Desk) -> None:
    with pytest.raises(RefusedError, match="not configured"):
        by_device(desk, allowed=False)
    assert desk.issuer.asked == []


@pytest.mark.parametrize("error", ["access_denied", "expired_token", "slow_down"])
def test_a_device_code_that_is_not_granted_ends_it(desk: Desk, error: str) -> None:
    desk.issuer.device_error = error
    with pytest.raises(EvidenceError) as refused:
        by_device(desk)
    assert refused.value.exit_code == 5


def test_an_old_sign_in_is_refused_with_a_device_code_too(desk: Desk) -> None:
    desk.issuer.change = set_to("auth_time", AT - 3600)
    with pytest.raises(SignInError, match="refused"):
        by_device(desk)
