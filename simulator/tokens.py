"""Sign-in: the managed identity that azure-identity meets, and the tokens it gave out.

App Service shape (IDENTITY_ENDPOINT and IDENTITY_HEADER). Tokens look like Entra's, but are signed by nobody. Their
times are real times, because azure-identity compares them with the machine's clock.
"""

from __future__ import annotations

import base64
import secrets
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from simulator.errors import arm_error, json_response
from simulator.interface import ArmResponse

LIFETIME_S = 24 * 3600


@dataclass(frozen=True, slots=True)
class Principal:
    """The identity that every token names."""

    tenant_id: str = "7c1f3b52-6f0e-4c55-9d1a-2b6a5f0c9e11"
    object_id: str = "c0de5a3e-2a7b-4d8e-8f57-6a1b9e0d4f22"
    application_id: str = "5e2d9a64-91c3-4b0f-a7d8-3c4e6f1b8a33"


PRINCIPAL = Principal()


class TokenDesk:
    """Gives out tokens and recognizes its own."""

    def __init__(self, principal: Principal = PRINCIPAL) -> None:
        self._principal = principal
        self._issued: set[str] = set()
        self._ended: set[str] = set()

    def answer(self, query: Mapping[str, str], headers: Mapping[str, str]) -> ArmResponse:
        """Answer one request to the managed-identity endpoint."""
        if not headers.get("x-identity-header"):
            return json_response({"statusCode": 401, "message": "The X-IDENTITY-HEADER header is missing."}, 401)
        resource = query.get("resource", "")
        if not resource:
            return json_response({"statusCode": 400, "message": "The parameter 'resource' is missing."}, 400)
        expires_on = int(time.time()) + LIFETIME_S
        return json_response(
            {
                "access_token": self.issue(resource, expires_on),
                "expires_on": str(expires_on),
                "resource": resource,
                "token_type": "Bearer",
                "client_id": self._principal.application_id,
            }
        )

    def issue(self, resource: str, expires_on: int) -> str:
        """A new token for a resource; `expires_on` in Unix seconds."""
        header = {"typ": "JWT", "alg": "RS256", "kid": "simulator"}
        token = f"{_part(header)}.{_part(self._claims(resource, expires_on))}.{_base64url(secrets.token_bytes(256))}"
        self._issued.add(token)
        return token

    def end(self) -> None:
        """Let every token given out so far expire."""
        self._ended |= self._issued

    def refusal(self, authorization: str | None) -> ArmResponse | None:
        """The 401 for a request without a token of ours, or None."""
        if not authorization:
            return _unauthorized(
                "AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing."
            )
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or token not in self._issued:
            return _unauthorized("InvalidAuthenticationToken", "The access token is invalid.")
        if token in self._ended:
            return _unauthorized(
                "ExpiredAuthenticationToken", "The access token expiry UTC time is earlier than current UTC time."
            )
        return None

    def _claims(self, resource: str, expires_on: int) -> dict[str, object]:
        issued = expires_on - LIFETIME_S
        who = self._principal
        return {
            "aud": resource,
            "iss": f"https://sts.windows.net/{who.tenant_id}/",
            "iat": issued,
            "nbf": issued,
            "exp": expires_on,
            "appid": who.application_id,
            "appidacr": "2",
            "idtyp": "app",
            "oid": who.object_id,
            "sub": who.object_id,
            "tid": who.tenant_id,
            "uti": secrets.token_urlsafe(16),
            "ver": "1.0",
        }


def _unauthorized(code: str, message: str) -> ArmResponse:
    challenge = f'Bearer authorization_uri="https://login.windows.net/{PRINCIPAL.tenant_id}", error="invalid_token"'
    return arm_error(401, code, message, {"www-authenticate": challenge})


def _part(value: Mapping[str, object]) -> str:
    return _base64url(orjson.dumps(value))


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def request_id() -> str:
    """A fresh id for one answer."""
    return str(uuid.uuid4())
