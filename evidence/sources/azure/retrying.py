"""When a call is tried again, and how long it waits: Azure's own word first, else longer each time.

Not here: sleeping itself, which is given. Invariant: attempts and total waiting of one call are bounded; a longer wait
than allowed ends the call with a reason that begins with `quota:`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from azure.core.exceptions import AzureError
from azure.core.pipeline.policies import HTTPPolicy
from azure.core.rest import HttpRequest, HttpResponse

from evidence.errors import SourceError
from evidence.records import Attempt
from evidence.sources.azure.exchange import Answered, Asked, Exchange, exchange_of
from evidence.sources.bodies import decode_body

_THROTTLED: Final = 429
_WORTH_ANOTHER: Final = frozenset({408, _THROTTLED, 500, 502, 503, 504})
_TEXT: Final = re.compile(rb"try again after '(\d{1,9})' seconds", re.IGNORECASE)
_FIRST_WAIT_S: Final = 1.0
_LONGEST_STEP_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and how long one call may be tried."""

    max_attempts: int
    max_wait_s: float
    sleep: Callable[[float], None]
    entropy: Callable[[int], bytes]

    def step(self, attempt: int) -> float:
        """Seconds before the attempt after number `attempt` (from 1), where Azure names none: doubled, at random 50 to 100 %."""
        share = 0.5 + int.from_bytes(self.entropy(2)) / 2**17
        return min(_FIRST_WAIT_S * 2.0**attempt, _LONGEST_STEP_S) * share


class Retry(HTTPPolicy[HttpRequest, HttpResponse]):
    """Tries a call again after throttling, server errors and broken connections."""

    def __init__(self, patience: Patience) -> None:
        super().__init__()
        self._patience = patience

    def send(self, request: Asked) -> Answered:
        """Send until an answer counts, or patience ends; raises the last AzureError where none came."""
        exchange = exchange_of(request)
        waited, attempt = 0.0, 0
        while True:
            attempt += 1
            try:
                response = self.next.send(request)
            except AzureError:
                wait = self._wait(exchange, attempt, waited)
                if wait is None:
                    raise
            else:
                if response.http_response.status_code not in _WORTH_ANOTHER:
                    return response
                wait = self._wait(exchange, attempt, waited)
                if wait is None:
                    return response
            self._patience.sleep(wait)
            exchange.waited_s += wait
            waited += wait

    def _wait(self, exchange: Exchange, attempt: int, waited: float) -> float | None:
        """Seconds to wait before another attempt; None where there is to be none, and the exchange says why."""
        last = exchange.attempts[-1]
        named = named_wait(last)
        wait = self._patience.step(attempt) if named is None else named
        quota = "quota: " if last.status == _THROTTLED else ""
        if waited + wait > self._patience.max_wait_s:
            asked = f"Azure asks to wait {wait:g} s" if named is not None else f"the next wait would be {wait:.1f} s"
            so_far = f", {waited:g} s of which are spent" if waited else ""
            exchange.gave_up = f"{quota}{asked}, a call may wait {self._patience.max_wait_s:g} s{so_far}"
            exchange.throttled = bool(quota) and named is not None
            return None
        if attempt >= self._patience.max_attempts:
            exchange.gave_up = f"{quota}given up after {attempt} attempts"
            return None
        return wait


def named_wait(attempt: Attempt) -> float | None:
    """Seconds that an answer asks us to wait: `Retry-After` (RFC 9110, seconds or a date), its millisecond forms, or the text."""
    headers = attempt.response_headers
    for name in ("retry-after-ms", "x-ms-retry-after-ms"):
        if (text := headers.get(name, "").strip()).isdecimal():
            return int(text) / 1000
    told = headers.get("retry-after", "").strip()
    if told.isdecimal():
        return float(told)
    if told and (moment := _date(told)) is not None:
        now = _date(headers.get("date", "")) or attempt.finished_at
        return max(0.0, (moment - now).total_seconds())
    found = _TEXT.search(_readable(attempt))
    return float(found[1]) if found else None


def _readable(attempt: Attempt) -> bytes:
    try:
        return decode_body(attempt.body, attempt.response_headers)
    except SourceError:
        return b""  # the call's own judgement will say that it cannot be read


def _date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
