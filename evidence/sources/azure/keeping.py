"""What is kept of an answer: two policies, innermost and outermost of our pipeline around the SDK's requests.

`Keep` stands next to the wire and sees each attempt; `Thin` stands outside and records the call. Invariants: a body is
hashed before anything reads it, and no SDK model is ever built from it (models of 11.x lose subclasses and are slow).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from typing import cast

import requests
import urllib3
from azure.core.exceptions import AzureError, ServiceRequestError, ServiceResponseError
from azure.core.pipeline.policies import HTTPPolicy
from azure.core.rest import HttpRequest, HttpResponse

from evidence.clocks import Clock
from evidence.errors import RefusedError, SignInError, SourceError
from evidence.records import Attempt
from evidence.sources.azure.exchange import Answered, Asked, Exchange, Recorder, bind, exchange_of, without_secrets
from evidence.sources.azure.questions import Answer, Question

_OBJECT_ADDRESS = re.compile(r"<[\w.]+(\([^)]*\))? (object )?at 0x[0-9a-f]+>:? ?")


_CHUNK = 1 << 16
_BROKEN = (urllib3.exceptions.HTTPError, OSError)
"""What may come through azure-core untranslated where a connection breaks."""


class NotReadError(SourceError):
    """A call that was recorded but is not `ok`."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.call.reason or answer.call.outcome)
        self.answer = answer


class Thin(HTTPPolicy[HttpRequest, HttpResponse]):
    """Records the call, and hands the SDK an empty list with the next link instead of the body."""

    def __init__(self, recorder: Recorder) -> None:
        super().__init__()
        self._recorder = recorder

    def send(self, request: Asked) -> Answered:
        """Send; raises NotReadError for an answer that is not `ok`."""
        question = request.context.options.pop("question", None)
        if not isinstance(question, Question):
            raise RefusedError("A request without a question would leave no record, so it is not sent.")
        exchange = Exchange(question)
        bind(request, exchange)
        try:
            response = self.next.send(request)
        except (AzureError, SignInError) as error:
            if not exchange.attempts:
                raise
            raise NotReadError(self._recorder.record(exchange)) from error
        answer = self._recorder.record(exchange)
        if answer.call.outcome != "ok":
            raise NotReadError(answer)
        response.http_response = cast("HttpResponse", _ThinResponse(answer.call.next_link))
        return response


class _ThinResponse:
    """All that the SDK's operations ask of a good response."""

    status_code = 200

    def __init__(self, next_link: str | None) -> None:
        self.headers: dict[str, str] = {}
        self._next_link = next_link

    def json(self) -> dict[str, object]:
        return {"value": [], "nextLink": self._next_link}


class Keep(HTTPPolicy[HttpRequest, HttpResponse]):
    """Reads the body as it came over the wire, hashes it, and records the attempt, also one that broke off."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock

    def send(self, request: Asked) -> Answered:
        """Send one attempt; raises AzureError where no whole answer came."""
        exchange = exchange_of(request)
        exchange.url = request.http_request.url
        exchange.request_headers = without_secrets(request.http_request.headers)
        request.context.options["stream"] = True  # else the transport would undo the body's encoding
        now = self._clock.now()
        attempt = Attempt(now, now, None, waited_s=exchange.waited_s)
        exchange.waited_s = 0.0
        try:
            response = self._sent(request)
            received = response.http_response
            attempt = replace(attempt, status=received.status_code, response_headers=without_secrets(received.headers))
            body = _body(received)
            attempt = replace(attempt, body=body, sha256=hashlib.sha256(body).hexdigest())
        except AzureError as error:
            attempt = replace(attempt, error=_told(error))
            raise
        finally:
            exchange.attempts.append(replace(attempt, finished_at=self._clock.now()))
        return response

    def _sent(self, request: Asked) -> Answered:
        try:
            return self.next.send(request)
        except _BROKEN as error:
            raise ServiceRequestError(str(error), error=error) from error


def _body(response: HttpResponse) -> bytes:
    received: requests.Response = response.internal_response  # type: ignore[attr-defined]  # as all azure-core transports name it
    try:
        return b"".join(received.raw.stream(_CHUNK, decode_content=False))
    except _BROKEN as error:
        raise ServiceResponseError(str(error), error=error) from error
    finally:
        response.close()


def _told(error: AzureError) -> str:
    text = _OBJECT_ADDRESS.sub("", " ".join(str(error).split()))
    return f"{type(error).__name__}: {text}"
