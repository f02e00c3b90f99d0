"""One call while it happens, and the recorder that turns each into a `Call` of its capture.

Not here: sending. Invariant: once bytes were sent, the call is recorded, whatever happens afterwards; credentials are
never part of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qs, urlsplit

from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.rest import HttpRequest, HttpResponse

from evidence.records import Attempt, Call, Identity
from evidence.sources.azure.answers import Judgement, judge
from evidence.sources.azure.questions import Answer, Question

Asked = PipelineRequest[HttpRequest]
Answered = PipelineResponse[HttpRequest, HttpResponse]

_KEY: Final = "evidence.exchange"
SECRET_HEADERS: Final = frozenset(
    {"authorization", "proxy-authorization", "cookie", "set-cookie", "x-ms-authorization-auxiliary"}
)


@dataclass(slots=True)
class Exchange:
    """A call under way."""

    question: Question
    url: str = ""
    request_headers: Mapping[str, str] = field(default_factory=dict)
    identity: Identity = field(default_factory=Identity)
    attempts: list[Attempt] = field(default_factory=list)
    waited_s: float = 0.0
    """Time waited since the last attempt."""
    gave_up: str | None = None
    """Why no further attempt was made although one might have helped."""
    throttled: bool = False


def bind(request: Asked, exchange: Exchange) -> None:
    """Let every policy that meets the request find its exchange."""
    request.context[_KEY] = exchange


def exchange_of(request: Asked) -> Exchange:
    """The exchange that a request belongs to."""
    exchange = request.context[_KEY]
    if not isinstance(exchange, Exchange):
        raise TypeError("the request belongs to no exchange")
    return exchange


class Recorder:
    """Keeps the calls of one capture in order; used by one thread."""

    def __init__(self, capture_id: str) -> None:
        self._capture_id = capture_id
        self._calls: list[Call] = []
        self.latest: Answer | None = None
        """The answer recorded last."""

    @property
    def calls(self) -> tuple[Call, ...]:
        """All calls so far."""
        return tuple(self._calls)

    def record(self, exchange: Exchange) -> Answer:
        """Record a call whose last attempt has been made."""
        judged = judge(exchange.question, exchange.attempts[-1])
        call = self._call(exchange, judged)
        self._calls.append(call)
        self.latest = Answer(call, judged.rows, judged.brief, exchange.throttled)
        return self.latest

    def _call(self, exchange: Exchange, judged: Judgement) -> Call:
        asked = {name.lower(): values[0] for name, values in parse_qs(urlsplit(exchange.url).query).items()}
        gave_up = exchange.gave_up if judged.outcome != "ok" else None
        return Call(
            call_id=f"{self._capture_id}-{len(self._calls) + 1:05d}",
            kind=exchange.question.kind,
            subject=exchange.question.subject,
            url=exchange.url,
            api_version=asked.get("api-version"),
            filter=asked.get("$filter"),
            request_headers=dict(exchange.request_headers),
            identity=exchange.identity,
            attempts=tuple(exchange.attempts),
            outcome=judged.outcome,
            reason=f"{gave_up}; {judged.reason}" if gave_up else judged.reason,
            rows=len(judged.rows) if judged.outcome == "ok" else None,
            next_link=judged.next_link,
            request_body=exchange.question.body,
        )


def without_secrets(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers with lower-cased names, credentials left out."""
    lowered = {name.lower(): value for name, value in headers.items()}
    return {name: value for name, value in lowered.items() if name not in SECRET_HEADERS}
