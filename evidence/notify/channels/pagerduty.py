"""PagerDuty: alerts by the Events API v2; equal deduplication keys are one alert, so that an event sent twice is one.

Not here: when something is sent. Source: Events API v2, Send an alert event. Invariant: key and episode are the deduplication key; a field is cut to
the documented length where it is only for people, and what is cut stands in `custom_details`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from evidence.notify.channels.exchange import Exchange, NotTakenError, delivered
from evidence.notify.interface import Delivery, Message, Occasion, Team

LONGEST_KEY = 255
LONGEST_SUMMARY = 1024
ROUTING_KEY = 32
_ACTIONS = {Occasion.ACKNOWLEDGED: "acknowledge", Occasion.CLOSED: "resolve", Occasion.WITHDRAWN: "resolve"}


@dataclass(frozen=True, slots=True)
class PagerDuty:
    """The events endpoint; each team has a routing key."""

    name: str
    url: str
    secret: Callable[[str], str]
    """The secret by its name."""
    exchange: Exchange
    kind: str = "pagerduty"

    def send(self, message: Message, team: Team) -> Delivery:
        """Trigger, acknowledge or resolve; see `interface.Channel`."""
        return delivered(message, self.name, self.exchange.now, lambda: self._act(message, team))

    def _act(self, message: Message, team: Team) -> tuple[str, str | None]:
        route = team.routes.get(self.kind)
        if route is None:
            raise NotTakenError(f"team {team.key} has no route `pagerduty`", retry=False)
        key = self.secret(route["secret"])
        if len(key) != ROUTING_KEY:
            raise NotTakenError(f"the routing key of team {team.key} has not {ROUTING_KEY} characters", retry=False)
        actions = ("trigger", "resolve") if message.occasion is Occasion.TEST else (_action(message),)
        for action in actions:
            event = event_of(message, action)
            self.exchange.ask("POST", f"{self.url}/v2/enqueue", json={"routing_key": key, **event}, secrets=(key,))
        return "sent" if actions[0] == "trigger" else f"{actions[0]}d", dedup_key(message)


def _action(message: Message) -> str:
    return _ACTIONS.get(message.occasion, "trigger")


def dedup_key(message: Message) -> str:
    """Key and episode, hashed where that is longer than 255 characters."""
    ticket = f"backup-evidence:{message.ticket}"
    return ticket if len(ticket) <= LONGEST_KEY else hashlib.sha256(ticket.encode()).hexdigest()


def event_of(message: Message, action: str) -> dict[str, object]:
    """The event without its routing key."""
    event: dict[str, object] = {"event_action": action, "dedup_key": dedup_key(message)}
    if action != "trigger":
        return event
    problem = message.problem
    payload: dict[str, object] = {
        "summary": message.subject[:LONGEST_SUMMARY],
        "source": problem.vault_name if problem else "backup-evidence",
        "severity": problem.severity if problem else "info",
        "timestamp": message.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "custom_details": {**dict(message.facts), **dict(message.details), "Reference": message.reference},
    }
    if problem is not None:
        payload |= {
            "component": problem.subject,
            "group": problem.region or problem.vault_name,
            "class": problem.class_,
        }
    links = [{"href": message.link, "text": "Evidence"}] if message.link else []
    return {**event, "client": "Backup Evidence", "payload": payload, "links": links}
