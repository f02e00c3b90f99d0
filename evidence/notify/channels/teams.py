"""Microsoft Teams: an Adaptive Card of our own, posted to a Workflow that answers webhooks.

Not here: when something is sent. Sources: Create incoming webhooks with Workflows; Adaptive Cards 1.4. Invariants: the address is a secret and appears
nowhere; texts stand in text runs, which no client takes for Markdown; a card is smaller than what Teams takes. What was posted cannot be asked
for: a post whose answer was lost is posted again, with the same reference on it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import orjson

from evidence.notify.channels.exchange import Exchange, NotTakenError, delivered
from evidence.notify.interface import Delivery, Message, Team

VERSION = "1.4"
LARGEST = 27 * 1024
"""Bytes; Teams takes 28 KB."""
_COLOURS = {"critical": "Attention", "error": "Attention", "warning": "Warning", "info": "Default"}
_IN_CARD = (0, 2, 5, 6)
"""Columns of a digest that a card shows: severity, item, since, days."""


@dataclass(frozen=True, slots=True)
class Teams:
    """Workflows of teams; each has an address of its own."""

    name: str
    secret: Callable[[str], str]
    exchange: Exchange
    kind: str = "teams"

    def send(self, message: Message, team: Team) -> Delivery:
        """Post a card; see `interface.Channel`."""
        return delivered(message, self.name, self.exchange.now, lambda: self._act(message, team))

    def _act(self, message: Message, team: Team) -> tuple[str, str | None]:
        route = team.routes.get(self.kind)
        if route is None:
            raise NotTakenError(f"team {team.key} has no route `teams`", retry=False)
        url = self.secret(route["secret"])
        self.exchange.ask("POST", url, json=envelope(message), secrets=(url,))
        return "posted", None


def envelope(message: Message) -> dict[str, object]:
    """The message that a Workflow takes, with as many rows of a digest as fit."""
    rows = message.table[1:]
    shown = len(rows)
    while True:
        told = _envelope(message, rows[:shown], len(rows) - shown)
        if shown == 0 or len(orjson.dumps(told)) <= LARGEST:
            return told
        shown //= 2


def _envelope(message: Message, rows: Sequence[Sequence[str]], more: int) -> dict[str, object]:
    return {
        "type": "message",
        "attachments": [
            {
                "contentType": "application/vnd.microsoft.card.adaptive",
                "contentUrl": None,
                "content": _card(message, rows, more),
            }
        ],
    }


def _card(message: Message, rows: Sequence[Sequence[str]], more: int) -> dict[str, object]:
    severity = message.problem.severity if message.problem else "info"
    body: list[dict[str, object]] = [
        _runs([_run(message.subject, weight="Bolder", size="Medium", color=_COLOURS.get(severity, "Default"))]),
        *(
            _runs([_run(f"{name}: ", weight="Bolder"), _run(value)])
            for name, value in (*message.facts, *message.details)
        ),
        *(_runs([_run(" | ".join(row[at] for at in _IN_CARD))]) for row in rows),
        *([_runs([_run(f"and {more} more, in the digest by mail and in the evidence")])] if more else []),
        _runs([_run(message.reference, size="Small", isSubtle=True)]),
    ]
    card: dict[str, object] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": VERSION,
        "fallbackText": message.subject,
        "msteams": {"width": "Full"},
        "body": body,
    }
    if message.link:
        card["actions"] = [{"type": "Action.OpenUrl", "title": "Evidence", "url": message.link}]
    return card


def _runs(inlines: Sequence[dict[str, object]]) -> dict[str, object]:
    return {"type": "RichTextBlock", "inlines": list(inlines)}


def _run(text: str, **looks: object) -> dict[str, object]:
    return {"type": "TextRun", "text": text, **looks}
