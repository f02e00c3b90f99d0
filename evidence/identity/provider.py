"""Talks to the issuer: its document, its keys, its token endpoint (OpenID Connect Discovery 1.0, RFC 6749).

Not here: what tokens say (`tokens`), which question is asked (`code_flow`, `device_flow`). Invariants: the document's issuer is exactly the one that is pinned;
every address is https or loopback; no redirect is followed; no answer's body is ever shown, logged or kept.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NoReturn

import httpx
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from evidence.addresses import checked_url, is_loopback
from evidence.errors import SignInError, UnavailableError
from evidence.identity.interface import Registration
from evidence.identity.keys import signing_keys
from evidence.transport import http

DOCUMENT = "/.well-known/openid-configuration"
_OK = 200
_ANSWERED = frozenset({200, 400, 401, 403})
"""Statuses in which a token endpoint answers in JSON (RFC 6749, sections 5.1 and 5.2)."""


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where the issuer is asked."""

    authorization: str
    token: str
    keys: str
    device: str | None


@dataclass(slots=True)
class Provider:
    """One issuer during one sign-in."""

    registration: Registration
    _endpoints: Endpoints | None = None
    _keys: Mapping[str, RSAPublicKey] = field(default_factory=dict)

    @property
    def endpoints(self) -> Endpoints:
        """By the issuer's own document; raises SignInError, UnavailableError."""
        if self._endpoints is None:
            told = _asked("GET", self.registration.issuer.rstrip("/") + DOCUMENT, None, frozenset({_OK}))
            self._endpoints = _endpoints(told, self.registration.issuer)
        return self._endpoints

    def keys(self, anew: bool) -> Mapping[str, RSAPublicKey]:
        """Keys by id, asked once, or `anew`; raises SignInError, UnavailableError."""
        if anew or not self._keys:
            self._keys = signing_keys(_asked("GET", self.endpoints.keys, None, frozenset({_OK})))
        return self._keys

    def post(self, url: str, fields: Mapping[str, str]) -> Mapping[str, object]:
        """What an endpoint answers to a form, errors in JSON included; raises SignInError, UnavailableError."""
        return _asked("POST", url, fields, _ANSWERED)


def told_error(answer: Mapping[str, object]) -> str | None:
    """The code of an error in an answer, such as `invalid_grant`; None where it holds none."""
    code = answer.get("error")
    return None if code is None else shown(code)


def refused(answer: Mapping[str, object]) -> NoReturn:
    """Raise SignInError with what the issuer says."""
    description = answer.get("error_description")
    raise SignInError(
        "The issuer did not let the person sign in.",
        cause=": ".join(shown(one) for one in (answer.get("error"), description) if one is not None),
        next_step="Ask who runs Entra ID, or sign in with another account.",
    )


def id_token(answer: Mapping[str, object]) -> str:
    """The ID token of an answer; raises SignInError where there is none."""
    if told_error(answer) is not None:
        refused(answer)
    token = answer.get("id_token")
    if not isinstance(token, str):
        raise SignInError("The issuer gave no ID token.", next_step="Allow the scope `openid` for the registration.")
    return token


def shown(value: object) -> str:
    """A stranger's text on one line, short."""
    return "".join(one if one.isprintable() else " " for one in str(value))[:300]


def _endpoints(told: Mapping[str, object], issuer: str) -> Endpoints:
    if told.get("issuer") != issuer:
        raise SignInError(
            "The issuer's document is of another issuer.",
            cause=f"Configured is {issuer}; it says {shown(told.get('issuer'))}.",
            next_step="Correct `sign_in.issuer`; it must name one tenant, never `common`.",
        )
    device = told.get("device_authorization_endpoint")
    return Endpoints(
        _address(told, "authorization_endpoint", issuer),
        _address(told, "token_endpoint", issuer),
        _address(told, "jwks_uri", issuer),
        None if device is None else _address(told, "device_authorization_endpoint", issuer),
    )


def _address(told: Mapping[str, object], name: str, issuer: str) -> str:
    url = told.get(name)
    try:
        found = checked_url(str(url), name)
    except ValueError as error:
        raise SignInError("The issuer's document cannot be used.", cause=str(error)) from error
    if is_loopback(found) != is_loopback(issuer):
        raise SignInError("The issuer's document cannot be used.", cause=f"{name} leads to another place.")
    return str(url)


def _asked(method: str, url: str, form: Mapping[str, str] | None, statuses: frozenset[int]) -> Mapping[str, object]:
    try:
        with (
            http.client(url) as client,
            client.stream(method, url, data=form, headers={"accept": "application/json"}) as answer,
        ):
            status, body = answer.status_code, _body(answer)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise UnavailableError(
            f"The issuer is not there: {url}.", cause=type(error).__name__, next_step="Try again later."
        ) from error
    if status in http.AGAIN:
        raise UnavailableError(f"The issuer has no time now: {url}.", cause=f"It answered {status}.")
    if status not in statuses:
        raise SignInError(f"The issuer refused a question: {url}.", cause=f"It answered {status}.")
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        # Nothing of it is shown: it may hold a token.
        raise SignInError(f"The issuer did not answer in JSON: {url}.", cause=f"It answered {status}.")
    return told


def _body(answer: httpx.Response) -> bytes:
    found = bytearray()
    for part in answer.iter_bytes():
        found += part
        if len(found) > http.LARGEST_ANSWER:
            raise SignInError("The issuer answered with more than any such answer holds.")
    return bytes(found)
