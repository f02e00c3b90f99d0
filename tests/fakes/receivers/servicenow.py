"""A ServiceNow of our own: Table API and Attachment API, as far as their documentation says how they answer."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.receivers.server import Receiver, Reply, Request

USER, PASSWORD = "evidence", "the password of servicenow"
_TEXT = {"type": "string"}
CREATE: dict[str, Any] = {
    "type": "object",
    "required": ["short_description", "description", "correlation_id", "correlation_display", "impact", "urgency"],
    "additionalProperties": False,
    "properties": {
        "short_description": {"type": "string", "minLength": 1, "maxLength": 160},
        "description": {"type": "string", "maxLength": 4000},
        "correlation_id": {"type": "string", "maxLength": 100},
        "correlation_display": {"type": "string", "maxLength": 100},
        "impact": {"enum": ["1", "2", "3"]},
        "urgency": {"enum": ["1", "2", "3"]},
        "assignment_group": _TEXT,
        "category": _TEXT,
    },
}
UPDATE: dict[str, Any] = {
    "type": "object",
    "required": ["work_notes"],
    "additionalProperties": False,
    "properties": {
        "work_notes": _TEXT,
        "assignment_group": _TEXT,
        "state": {"enum": ["1", "2", "3", "6", "7", "8"]},
        "close_code": _TEXT,
        "close_notes": _TEXT,
    },
}
_RECORD = re.compile(r"/api/now/table/(\w+)/([0-9a-f]{32})")


@dataclass
class ServiceNowReceiver(Receiver):
    records: dict[str, dict[str, str]] = field(default_factory=dict)
    files: list[dict[str, str]] = field(default_factory=list)
    table: str = "incident"

    def answer(self, request: Request) -> Reply:
        wanted = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if request.headers.get("authorization") != wanted:
            return _failure(401, "User Not Authenticated", "Required to provide Auth information")
        if request.path.startswith("/api/now/attachment"):
            return self._attachment(request)
        found = _RECORD.fullmatch(request.path)
        if found:
            return self._update(request, found[2]) if request.method == "PATCH" else _failure(405, "method", "")
        if request.path != f"/api/now/table/{self.table}":
            return _failure(400, "Invalid table", request.path)
        return self._create(request) if request.method == "POST" else self._search(request)

    def _search(self, request: Request) -> Reply:
        terms = request.query["sysparm_query"].split("^")
        wanted = dict(one.split("=", 1) for one in terms if not one.startswith("ORDERBY"))
        found = [one for one in self.records.values() if all(one.get(name) == value for name, value in wanted.items())]
        names = request.query["sysparm_fields"].split(",")
        shown = [{name: one.get(name, "") for name in names} for one in reversed(found)]
        if request.query.get("sysparm_display_value") != "true":
            shown = [{**one, "work_notes": ""} for one in shown]  # journals are told for display alone
        return Reply(200, {"result": shown[: int(request.query.get("sysparm_limit", "10000"))]})

    def _create(self, request: Request) -> Reply:
        if not self.fits(CREATE, request.json):
            return _failure(400, "Bad Request", self.mistakes[-1])
        sys_id = f"{len(self.records) + 1:032x}"
        self.records[sys_id] = {
            "sys_id": sys_id,
            "number": f"INC{len(self.records) + 1:07}",
            "active": "true",
            **request.json,
        }
        return Reply(201, {"result": self.records[sys_id]})

    def _update(self, request: Request, sys_id: str) -> Reply:
        if sys_id not in self.records:
            return _failure(404, "No Record found", "Record doesn't exist or ACL restricts the record retrieval")
        if not self.fits(UPDATE, request.json):
            return _failure(400, "Bad Request", self.mistakes[-1])
        told, record = dict(request.json), self.records[sys_id]
        note = told.pop("work_notes")
        record["work_notes"] = f"{note}\n\n{record.get('work_notes', '')}"
        record.update(told)
        if told.get("state") in {"3", "7", "8"}:
            record["active"] = "false"
        return Reply(200, {"result": record})

    def _attachment(self, request: Request) -> Reply:
        if request.method == "GET":
            wanted = dict(one.split("=", 1) for one in request.query["sysparm_query"].split("^"))
            found = [one for one in self.files if all(one[name] == value for name, value in wanted.items())]
            return Reply(200, {"result": found})
        names = ("table_name", "table_sys_id", "file_name")
        if request.path != "/api/now/attachment/file" or not request.headers.get("content-type") or not request.body:
            return _failure(400, "Bad Request", "no content type or no content")
        if request.query["table_sys_id"] not in self.records:
            return _failure(404, "No Record found", "")
        self.files.append({**{name: request.query[name] for name in names}, "content": request.body.decode()})
        return Reply(201, {"result": {"sys_id": f"{len(self.files):032x}", **self.files[-1]}})


def _failure(status: int, message: str, detail: str) -> Reply:
    return Reply(status, {"error": {"message": message, "detail": detail}, "status": "failure"})
