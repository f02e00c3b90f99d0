"""A Workflow of Teams of our own: takes Adaptive Cards of version 1.4 in a message, up to 28 KB, behind an address that is a secret."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.fakes.receivers.server import Receiver, Reply, Request

PATH, SIGNATURE = "/workflows/0a1b/triggers/manual/paths/invoke", "a-signature-that-nobody-may-see"
LARGEST = 28 * 1024
_COLOURS = ["Default", "Dark", "Light", "Accent", "Good", "Warning", "Attention"]
_RUN: dict[str, Any] = {
    "type": "object",
    "required": ["type", "text"],
    "additionalProperties": False,
    "properties": {
        "type": {"const": "TextRun"},
        "text": {"type": "string"},
        "weight": {"enum": ["Default", "Lighter", "Bolder"]},
        "size": {"enum": ["Default", "Small", "Medium", "Large", "ExtraLarge"]},
        "color": {"enum": _COLOURS},
        "isSubtle": {"type": "boolean"},
    },
}
_BLOCK: dict[str, Any] = {
    "type": "object",
    "required": ["type", "inlines"],
    "additionalProperties": False,
    "properties": {"type": {"const": "RichTextBlock"}, "inlines": {"type": "array", "minItems": 1, "items": _RUN}},
}
_CARD: dict[str, Any] = {
    "type": "object",
    "required": ["type", "version", "body"],
    "additionalProperties": False,
    "properties": {
        "$schema": {"const": "http://adaptivecards.io/schemas/adaptive-card.json"},
        "type": {"const": "AdaptiveCard"},
        "version": {"const": "1.4"},
        "fallbackText": {"type": "string"},
        "msteams": {"type": "object", "properties": {"width": {"const": "Full"}}},
        "body": {"type": "array", "minItems": 1, "items": _BLOCK},
        "actions": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["type", "url"],
                "additionalProperties": False,
                "properties": {
                    "type": {"const": "Action.OpenUrl"},
                    "title": {"type": "string"},
                    "url": {"type": "string", "pattern": "^https?://"},
                },
            },
        },
    },
}
MESSAGE: dict[str, Any] = {
    "type": "object",
    "required": ["type", "attachments"],
    "additionalProperties": False,
    "properties": {
        "type": {"const": "message"},
        "attachments": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["contentType", "content"],
                "additionalProperties": False,
                "properties": {
                    "contentType": {"const": "application/vnd.microsoft.card.adaptive"},
                    "contentUrl": {"type": "null"},
                    "content": _CARD,
                },
            },
        },
    },
}


@dataclass
class TeamsReceiver(Receiver):
    cards: list[Any] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"{self.url}{PATH}?api-version=1&sig={SIGNATURE}"

    def answer(self, request: Request) -> Reply:
        if (request.method, request.path) != ("POST", PATH) or request.query.get("sig") != SIGNATURE:
            return Reply(401, {"error": {"code": "DirectApiAuthorizationRequired"}})
        if len(request.body) > LARGEST:
            self.mistakes.append(f"{len(request.body)} bytes")
            return Reply(413)
        if not self.fits(MESSAGE, request.json):
            return Reply(400, {"error": {"code": "InvalidRequestContent"}})
        self.cards.append(request.json["attachments"][0]["content"])
        return Reply(202)


def said(card: Any) -> str:
    """All texts of a card."""
    return "\n".join("".join(run["text"] for run in block["inlines"]) for block in card["body"])


def references(card: Any) -> str:
    """The reference of a card: its last line."""
    return said(card).splitlines()[-1]
