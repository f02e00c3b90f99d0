"""When a call is tried again, and how long it waits: Azure's own word first, else longer each time.

Not here: sleeping itself, which is given. Invariant: attempts are bounded, and so is all waiting, that of one call and that of a
whole run; a longer wait than allowed ends the call with a reason that begins with `quota:`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from azure.core.exceptions import AzureError
from azure.core.pipeline.policies import HTTPPolicy
from azure.core.rest import HttpRequest, HttpResponse

from evidence.sources.azure.exchange import Answered, Asked, Exchange, exchange_of
from evidence.sources.azure.quota import Governor, action_of
from evidence.sources.azure.quota_words import THROTTLED, named_wait, told_by

_WORTH_ANOTHER: Final = frozenset({408, THROTTLED, 500, 502, 503, 504})
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


class RunWaits:
    """All the waiting that one run may do, over all its vaults; safe for several threads."""

    def __init__(self, most_s: float) -> None:
        self.most_s = most_s
        self._spent_s = 0.0
        self._lock = threading.Lock()

    def take(self, seconds: float) -> bool:
        """Take so much of what is left; False where less is left, and then nothing is taken."""
        with self._lock:
            if self._spent_s + seconds > self.most_s:
                return False
            self._spent_s += seconds
            return True


class Retry(HTTPPolicy[HttpRequest, HttpResponse]):
    """Tries a call again after throttling, server errors and broken connections; every answer teaches the governor."""

    def __init__(self, patience: Patience, waits: RunWaits, governor: Governor) -> None:
        super().__init__()
        self._patience, self._waits, self._governor = patience, waits, governor

    def send(self, request: Asked) -> Answered:
        """Send until an answer counts, or patience ends; raises the last AzureError where none came."""
        exchange = exchange_of(request)
        # What was waited before the first attempt counts as well.
        waited, attempt = exchange.waited_s, 0
        while True:
            attempt += 1
            try:
                response = self._sent(request, exchange)
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

    def _sent(self, request: Asked, exchange: Exchange) -> Answered:
        try:
            return self.next.send(request)
        finally:
            told = told_by(exchange.attempts[-1]) if exchange.attempts else None
            if told is not None:
                self._governor.learn(action_of(exchange.url), told)

    def _wait(self, exchange: Exchange, attempt: int, waited: float) -> float | None:
        """Seconds to wait before another attempt; None where there is to be none, and the exchange says why."""
        last = exchange.attempts[-1]
        named = named_wait(last)
        wait = self._patience.step(attempt) if named is None else named
        quota = "quota: " if last.status == THROTTLED else ""
        if waited + wait > self._patience.max_wait_s:
            asked = f"Azure asks to wait {wait:g} s" if named is not None else f"the next wait would be {wait:.1f} s"
            so_far = f", {waited:g} s of which are spent" if waited else ""
            exchange.gave_up = f"{quota}{asked}, a call may wait {self._patience.max_wait_s:g} s{so_far}"
            exchange.throttled = bool(quota) and named is not None
            return None
        if attempt >= self._patience.max_attempts:
            exchange.gave_up = f"{quota}given up after {attempt} attempts"
            return None
        if not self._waits.take(wait):
            exchange.gave_up = f"{quota}the run has waited nearly {self._waits.most_s:g} s in all, which is all it may"
            exchange.throttled = bool(quota)
            return None
        return wait
