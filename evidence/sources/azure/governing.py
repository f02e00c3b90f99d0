"""The governor's place in the pipeline: a question waits, or is not asked, before anything of it is sent.

Not here: what budgets allow (`quota`), waiting between attempts (`retrying`). Invariant: a question that is not asked leaves no call,
and its refusal begins with `quota:`.
"""

from __future__ import annotations

from azure.core.pipeline.policies import HTTPPolicy
from azure.core.rest import HttpRequest, HttpResponse

from evidence.clocks import Clock
from evidence.errors import SourceError
from evidence.sources.azure.exchange import Answered, Asked, exchange_of
from evidence.sources.azure.quota import Governor, action_of
from evidence.sources.azure.retrying import Patience, RunWaits


class NotAskedError(SourceError):
    """A question that the budget does not allow."""


class Govern(HTTPPolicy[HttpRequest, HttpResponse]):
    """Asks the governor before each question."""

    def __init__(self, governor: Governor, waits: RunWaits, patience: Patience, clock: Clock) -> None:
        super().__init__()
        self._governor, self._waits, self._patience, self._clock = governor, waits, patience, clock

    def send(self, request: Asked) -> Answered:
        """Send, after a wait where one is asked for; raises NotAskedError."""
        exchange = exchange_of(request)
        action = action_of(request.http_request.url)
        verdict = self._governor.may_ask(action, self._clock.now, essential=exchange.question.is_essential)
        if verdict.refusal is not None:
            raise NotAskedError(verdict.refusal)
        if verdict.wait_s:
            if not self._waits.take(verdict.wait_s):
                raise NotAskedError(
                    f"quota: questions of {action.short} would have to wait {verdict.wait_s:g} s, and the run has waited "
                    f"nearly {self._waits.most_s:g} s in all, which is all it may"
                )
            self._patience.sleep(verdict.wait_s)
            exchange.waited_s += verdict.wait_s
        return self.next.send(request)
