"""What may be sent to Azure, and as whom: three policies of our own pipeline around the SDK's requests.

Not here: waiting (`retrying`), what is kept (`keeping`). Invariants: only reading leaves this process, which is GET and the few
queries that Azure takes by POST alone, and a token goes to the endpoint's own origin only. The SDK's default pipeline would register providers (a POST) and follow links to other
hosts with the token.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from azure.core.pipeline.policies import HTTPPolicy, SansIOHTTPPolicy
from azure.core.rest import HttpRequest, HttpResponse

from evidence.clocks import Clock
from evidence.errors import RefusedError, SignInError
from evidence.records import Attempt
from evidence.sources.azure.answers import NOT_SENT
from evidence.sources.azure.credentials import Tokens, identity_of
from evidence.sources.azure.exchange import Answered, Asked, exchange_of
from evidence.sources.azure.options import origin_of

_UNAUTHORIZED = 401
_READS_BY_POST: Final = tuple(
    re.compile(path, re.IGNORECASE)
    for path in (
        r"/providers/Microsoft\.ResourceGraph/resources",
        r"/subscriptions/[^/]+/providers/Microsoft\.RecoveryServices/locations/[^/]+/backupCrrJobs?",
    )
)
"""Whole paths that ask and change nothing, although Azure takes them by POST only (docs/adr/0006)."""


class RequestId(SansIOHTTPPolicy[HttpRequest, HttpResponse]):
    """Gives each call an id of ours, by which Azure's logs can be searched."""

    def __init__(self, entropy: Callable[[int], bytes]) -> None:
        self._entropy = entropy

    def on_request(self, request: Asked) -> None:
        """Set `x-ms-client-request-id`."""
        request.http_request.headers["x-ms-client-request-id"] = str(uuid.UUID(bytes=self._entropy(16), version=4))


class Guard(SansIOHTTPPolicy[HttpRequest, HttpResponse]):
    """Lets nothing pass but reading, to the endpoint's own origin."""

    def __init__(self, base_url: str) -> None:
        self._origin = origin_of(base_url)

    def on_request(self, request: Asked) -> None:
        """Raise RefusedError for anything else, before it is sent."""
        asked = request.http_request
        if asked.method != "GET" and not (asked.method == "POST" and _reads(asked.url)):
            raise RefusedError(f"{asked.method} is never sent to Azure: evidence is gathered by reading only.")
        if origin_of(asked.url) != self._origin:
            raise RefusedError("A request to another origin than the endpoint's is not sent.", cause=asked.url)


def _reads(url: str) -> bool:
    # The path as it is sent: one that hides a segment behind escapes or dots fits no pattern.
    path = urlsplit(url).path
    return any(pattern.fullmatch(path) for pattern in _READS_BY_POST) and "%" not in path and ".." not in path


class Auth(HTTPPolicy[HttpRequest, HttpResponse]):
    """Signs each attempt; after a 401 once more with a new token, where there is one."""

    def __init__(self, tokens: Tokens, base_url: str, clock: Clock) -> None:
        super().__init__()
        self._tokens = tokens
        self._origin = origin_of(base_url)
        self._clock = clock

    def send(self, request: Asked) -> Answered:
        """Send signed; raises SignInError where no token is to be had."""
        token = self._token(request, self._tokens.current)
        response = self._signed(request, token)
        if response.http_response.status_code != _UNAUTHORIZED:
            return response
        renewed = self._token(request, lambda: self._tokens.renewed(token))
        return response if renewed == token else self._signed(request, renewed)

    def _token(self, request: Asked, ask: Callable[[], str]) -> str:
        started_at = self._clock.now()
        try:
            return ask()
        except SignInError as error:
            exchange = exchange_of(request)
            exchange.url = exchange.url or request.http_request.url
            exchange.attempts.append(
                Attempt(started_at, self._clock.now(), None, f"{NOT_SENT}: {error.message} {error.cause}".rstrip())
            )
            raise

    def _signed(self, request: Asked, token: str) -> Answered:
        if origin_of(request.http_request.url) != self._origin:
            raise RefusedError("The token is for the endpoint's own origin only.", cause=request.http_request.url)
        exchange_of(request).identity = identity_of(token)
        request.http_request.headers["Authorization"] = f"Bearer {token}"
        try:
            return self.next.send(request)
        finally:
            del request.http_request.headers["Authorization"]
