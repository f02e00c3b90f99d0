"""A receiver of CloudEvents of our own: checks the signature and the envelope, and knows an event that comes twice."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.receivers.server import Receiver, Reply, Request

SECRET = "thirty-two bytes of our own choice"
EVENT: dict[str, Any] = {
    "type": "object",
    "required": ["specversion", "id", "source", "type"],
    "additionalProperties": False,
    "properties": {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "minLength": 1},
        "source": {"type": "string", "minLength": 1, "pattern": "^/backup-evidence/"},
        "type": {"type": "string", "pattern": r"^backup-evidence\.(exception|summary)\.[a-z]+\.v1$"},
        "subject": {"type": "string", "minLength": 1},
        "time": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$"},
        "datacontenttype": {"const": "application/json"},
        "data": {"type": "object", "required": ["team", "text", "exception", "rows"]},
    },
}


@dataclass
class EventReceiver(Receiver):
    events: dict[tuple[str, str], Any] = field(default_factory=dict)

    def answer(self, request: Request) -> Reply:
        sent_id, sent_at = request.headers["webhook-id"], request.headers["webhook-timestamp"]
        signed = f"{sent_id}.{sent_at}.".encode() + request.body
        expected = base64.b64encode(hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()).decode()
        if request.headers["webhook-signature"] != f"v1,{expected}" or not sent_at.isdigit():
            return Reply(401)
        if request.headers["content-type"] != "application/cloudevents+json; charset=utf-8":
            return Reply(415)
        event = request.json
        if not self.fits(EVENT, event) or event["id"] != sent_id:
            return Reply(400)
        self.events.setdefault((event["source"], event["id"]), event)
        return Reply(204)
