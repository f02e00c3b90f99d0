"""Sends what is due over the channels: some tries at once, the rest in a later run, and a record of each attempt.

Not here: what is due (`outbox`), where attempts are recorded (`evidence.runs.outbox`). Invariants: messages of one ticket leave in their order, and
none after one that failed; a channel that stands still is not asked for each message again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from evidence.notify.history import Attempt, History, attempted
from evidence.notify.interface import Channel, Delivery, Message, Team

TRIES = 3
"""At once, in one run."""
LONGEST_WAIT_S = 30.0
"""A longer wait, ours or asked for, is left to a later run."""
MOST_FAILURES = 3
"""Messages in a row that a channel did not take before the rest waits for a later run."""


@dataclass
class Sender:
    """Sends messages; `stop` tells when this run must end, whatever is left."""

    channels: Mapping[str, Channel]
    now: Callable[[], datetime]
    sleep: Callable[[float], None]
    stop: Callable[[], bool] = lambda: False
    _failed: Counter[str] = field(default_factory=Counter)
    _held: set[tuple[str, str, str]] = field(default_factory=set)

    def send(
        self, messages: Sequence[Message], teams: Mapping[str, Team], history: History, *, again: bool = False
    ) -> Iterator[Attempt]:
        """Each attempt as it was made; `again` does not wait for the time of the next attempt."""
        ids: dict[tuple[str, str, str], str] = {}
        for message in messages:
            place = (message.ticket, message.team, message.channel)
            if self.stop():
                return
            if place in self._held or self._failed[message.channel] >= MOST_FAILURES:
                continue
            if not again and history.waits(message.message_id, self.now()):
                self._held.add(place)
                continue
            found = replace(message, external_id=message.external_id or ids.get(place))
            for attempt in self._tries(found, teams[message.team], history.number(message.message_id)):
                yield attempt
                if attempt.external_id:
                    ids[place] = attempt.external_id
            self._failed[message.channel] = 0 if attempt.ok else self._failed[message.channel] + attempt.retry
            if not attempt.ok:
                self._held.add(place)

    def _tries(self, message: Message, team: Team, number: int) -> Iterator[Attempt]:
        for tried in range(TRIES):
            delivery = self._once(message, team)
            yield _recorded(message, number + tried, delivery)
            wait = delivery.retry_after_s if delivery.retry_after_s is not None else 2.0**tried
            if delivery.ok or not delivery.retry or tried == TRIES - 1 or wait > LONGEST_WAIT_S or self.stop():
                return
            self.sleep(wait)

    def _once(self, message: Message, team: Team) -> Delivery:
        channel = self.channels.get(message.channel)
        if channel is None:
            return self._refused(message, "the configuration has no such channel")
        return channel.send(message, team)

    def _refused(self, message: Message, why: str) -> Delivery:
        return Delivery(message.message_id, message.channel, ok=False, at=self.now(), status=why)


def _recorded(message: Message, number: int, delivery: Delivery) -> Attempt:
    wait = delivery.retry_after_s
    return replace(
        attempted(message, number),
        at=delivery.at,
        ok=delivery.ok,
        status=delivery.status,
        external_id=delivery.external_id or message.external_id,
        retry=delivery.retry and not delivery.ok,
        retry_after_s=None if wait is None or delivery.ok else min(round(wait), 7 * 86_400),
    )
