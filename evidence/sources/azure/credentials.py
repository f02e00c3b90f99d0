"""Who we are for Azure: the credential, its tokens, and what a token says of its holder.

Not here: where a token may be sent (`policies`). Invariant: a token is held in memory only, never logged nor stored.
"""

from __future__ import annotations

import base64
import binascii
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import orjson
from azure.core.credentials import AccessToken, TokenCredential
from azure.core.exceptions import AzureError
from azure.core.pipeline.transport import RequestsTransport
from azure.identity import (
    AzureCliCredential,
    DefaultAzureCredential,
    ManagedIdentityCredential,
    WorkloadIdentityCredential,
)

from evidence.errors import SignInError
from evidence.records import Identity
from evidence.sources.azure.options import AzureOptions, Endpoint

_RENEW_BEFORE_S: Final = 300
_NEVER: Final = 2**62


def credential_for(options: AzureOptions, endpoint: Endpoint) -> TokenCredential:
    """The credential that the options name; reads the environment as azure-identity documents it."""
    kind, client_id = options.credential, options.identity_client_id
    authority = {"authority": endpoint.authority} if endpoint.authority else {}
    if kind == "static":
        return _StaticCredential(options.static_token or "")
    if kind == "managed_identity":
        # The identity endpoint is this machine's own: a proxy must never stand between.
        return ManagedIdentityCredential(client_id=client_id, transport=RequestsTransport(use_env_settings=False))
    if kind == "workload":
        return WorkloadIdentityCredential(**authority, **({"client_id": client_id} if client_id else {}))
    if kind == "cli":
        return AzureCliCredential()
    chosen = {"managed_identity_client_id": client_id} if client_id else {}
    return DefaultAzureCredential(**authority, **chosen)


@dataclass(slots=True)
class Tokens:
    """Tokens for one scope, shared by all threads; lifetimes are in the machine's time, whatever clock evidence uses."""

    make_credential: Callable[[], TokenCredential]
    scope: str
    machine_time: Callable[[], float]
    _credential: TokenCredential | None = field(default=None, init=False, repr=False)
    _token: AccessToken | None = field(default=None, init=False, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def current(self) -> str:
        """A token that is still good for some minutes; raises SignInError."""
        with self._lock:
            if self._token is None or self._token.expires_on - self.machine_time() < _RENEW_BEFORE_S:
                self._token = self._ask()
            return self._token.token

    def renewed(self, refused: str) -> str:
        """A token asked anew because `refused` was refused; the same one where there is no other. Raises SignInError."""
        with self._lock:
            if self._token is None or self._token.token == refused:
                self._credential = None  # azure-identity keeps tokens too; a new credential starts empty
                self._token = self._ask()
            return self._token.token

    def _ask(self) -> AccessToken:
        try:
            if self._credential is None:
                self._credential = self.make_credential()
            return self._credential.get_token(self.scope)
        except (AzureError, ValueError) as error:
            raise SignInError(
                f"Signing in to Azure failed: {type(error).__name__}.",
                cause=" ".join(str(error).split()),
                next_step="Check azure.credential and the identity it names.",
            ) from error


def identity_of(token: str) -> Identity:
    """Who a token says it is for. Its signature is not checked: that is Azure's business, ours is to write it down."""
    _, _, rest = token.partition(".")
    payload, _, _ = rest.partition(".")
    try:
        claims = orjson.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (binascii.Error, ValueError):
        return Identity()
    if not isinstance(claims, dict):
        return Identity()
    return Identity(_claim(claims, "tid"), _claim(claims, "oid"), _claim(claims, "appid") or _claim(claims, "azp"))


def _claim(claims: Mapping[str, object], name: str) -> str | None:
    value = claims.get(name)
    return value if isinstance(value, str) else None


class _StaticCredential:
    """A fixed token, for a simulator on loopback."""

    def __init__(self, token: str) -> None:
        self._token = token

    def get_token(self, *_scopes: str, **_options: object) -> AccessToken:
        return AccessToken(self._token, _NEVER)
