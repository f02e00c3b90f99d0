"""A webhook: one signed CloudEvent a message, by POST.

Not here: when something is sent. Sources: CloudEvents 1.0, JSON format, structured mode; Standard Webhooks for the signature. Invariant: source and id of
an event are unique together, so that a receiver knows an event that comes twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import orjson

from evidence.notify.channels.exchange import Exchange, delivered
from evidence.notify.interface import Delivery, Message, Problem, Team
from evidence.transport.signing import checked_secret, secret_of, signed_headers

_TIME = "%Y-%m-%dT%H:%M:%S.%fZ"


@dataclass(frozen=True, slots=True)
class Webhook:
    """One address that takes events."""

    name: str
    url: str
    secret: Callable[[], str]
    exchange: Exchange
    kind: str = "webhook"

    def send(self, message: Message, team: Team) -> Delivery:
        """Post the event; see `interface.Channel`."""
        return delivered(message, self.name, self.exchange.now, lambda: self._act(message, team))

    def _act(self, message: Message, team: Team) -> tuple[str, str | None]:
        body = orjson.dumps(event_of(message, team), option=orjson.OPT_SORT_KEYS)
        secret = checked_secret(secret_of(self.secret().encode()), f"channel {self.name}")
        sent_at = int(self.exchange.now().timestamp())
        headers = {
            "Content-Type": "application/cloudevents+json; charset=utf-8",
            **signed_headers(secret, message.message_id, sent_at, body),
        }
        self.exchange.ask("POST", self.url, headers=headers, content=body)
        return "posted", message.message_id


def event_of(message: Message, team: Team) -> dict[str, object]:
    """The event; equal for an equal message."""
    problem = message.problem
    subject = None if problem is None else problem.item_key or problem.vault_id
    about = "exception" if problem else "summary"
    return {
        "specversion": "1.0",
        "id": message.message_id,
        "source": f"/backup-evidence/{(problem.tenant_id if problem else None) or 'unknown'}",
        "type": f"backup-evidence.{about}.{message.occasion.value}.v1",
        **({"subject": subject} if subject else {}),
        "time": message.at.strftime(_TIME),
        "datacontenttype": "application/json",
        "data": {
            "team": team.key,
            "subject": message.subject,
            "text": message.text,
            "stage": message.stage,
            "link": message.link,
            "reference": message.reference,
            "exception": _exception(problem),
            "rows": [list(row) for row in message.table],
        },
    }


def _exception(problem: Problem | None) -> dict[str, object] | None:
    if problem is None:
        return None
    first, last = problem.first_seen, problem.last_seen
    return {
        "key": problem.key,
        "episode": problem.episode,
        "class": problem.class_,
        "severity": problem.severity,
        "state": problem.state,
        "subject": problem.subject,
        "item_key": problem.item_key,
        "vault_id": problem.vault_id,
        "region": problem.region,
        "workload": problem.workload,
        "tier": problem.tier,
        "error_family": problem.error_family,
        "error_codes": list(problem.error_codes),
        "job_ids": list(problem.job_ids),
        "recommendation": problem.recommendation,
        "first_seen": first.strftime(_TIME) if first else None,
        "last_seen": last.strftime(_TIME) if last else None,
        "nights": problem.nights,
        "bucket": problem.bucket,
        "evidence": list(problem.evidence),
    }
