"""A PagerDuty of our own: the Events API v2, as far as its documentation says how it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.fakes.receivers.server import Receiver, Reply, Request

ROUTING_KEY = "0123456789abcdef0123456789abcdef"
EVENT: dict[str, Any] = {
    "type": "object",
    "required": ["routing_key", "event_action"],
    "additionalProperties": False,
    "properties": {
        "routing_key": {"type": "string", "minLength": 32, "maxLength": 32},
        "event_action": {"enum": ["trigger", "acknowledge", "resolve"]},
        "dedup_key": {"type": "string", "maxLength": 255},
        "client": {"type": "string"},
        "client_url": {"type": "string", "format": "uri"},
        "payload": {
            "type": "object",
            "required": ["summary", "source", "severity"],
            "additionalProperties": False,
            "properties": {
                "summary": {"type": "string", "minLength": 1, "maxLength": 1024},
                "source": {"type": "string", "minLength": 1},
                "severity": {"enum": ["critical", "error", "warning", "info"]},
                "timestamp": {
                    "type": "string",
                    "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)$",
                },
                "component": {"type": "string"},
                "group": {"type": "string"},
                "class": {"type": "string"},
                "custom_details": {"type": "object"},
            },
        },
        "images": {"type": "array"},
        "links": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["href"],
                "properties": {"href": {"type": "string", "pattern": "^https?://"}},
            },
        },
    },
    "allOf": [
        {
            "if": {"properties": {"event_action": {"const": "trigger"}}},
            "then": {"required": ["payload"]},
            "else": {"required": ["dedup_key"]},
        }
    ],
}


@dataclass
class PagerDutyReceiver(Receiver):
    alerts: dict[str, str] = field(default_factory=dict)
    """State by deduplication key."""
    triggered: dict[str, Any] = field(default_factory=dict)
    """The first event of each."""

    def answer(self, request: Request) -> Reply:
        if (request.method, request.path) != ("POST", "/v2/enqueue"):
            return Reply(404)
        event = request.json
        if not self.fits(EVENT, event) or event["routing_key"] != ROUTING_KEY:
            return Reply(
                400, {"status": "invalid event", "message": "Event object is invalid", "errors": self.mistakes[-3:]}
            )
        key = event["dedup_key"]
        if event["event_action"] == "trigger":
            if self.alerts.get(key) in {None, "resolve"}:
                self.alerts[key] = "trigger"
                self.triggered[key] = event
        elif key in self.alerts and self.alerts[key] != "resolve":
            self.alerts[key] = event["event_action"]
        return Reply(202, {"status": "success", "message": "Event processed", "dedup_key": key})
