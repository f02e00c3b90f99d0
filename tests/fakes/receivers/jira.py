"""A Jira of our own: the REST API version 2 of the cloud or of data center, as far as its documentation says how it answers."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

from tests.fakes.receivers.server import Receiver, Reply, Request

USER, TOKEN = "evidence@example.com", "the-token-of-jira"
CREATE: dict[str, Any] = {
    "type": "object",
    "required": ["fields"],
    "additionalProperties": False,
    "properties": {
        "fields": {
            "type": "object",
            "required": ["project", "issuetype", "summary"],
            "additionalProperties": False,
            "properties": {
                "project": {"type": "object", "required": ["key"], "properties": {"key": {"type": "string"}}},
                "issuetype": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}},
                "summary": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"^[^\r\n]*$"},
                "description": {"type": "string", "maxLength": 32767},
                "labels": {"type": "array", "items": {"type": "string", "maxLength": 255, "pattern": r"^\S+$"}},
                "components": {"type": "array", "items": {"type": "object", "required": ["name"]}},
            },
        }
    },
}
SEARCH: dict[str, Any] = {
    "type": "object",
    "required": ["jql"],
    "additionalProperties": False,
    "properties": {
        "jql": {"type": "string"},
        "maxResults": {"type": "integer", "minimum": 1},
        "fields": {"type": "array", "items": {"type": "string"}},
    },
}
_JQL = re.compile(
    r'project = "([A-Z][A-Z0-9_]*)" AND labels = "([^"\s]+)" AND statusCategory != Done ORDER BY created DESC'
)
_ISSUE = re.compile(r"/rest/api/2/issue/([A-Z0-9_]+-\d+)/(comment|attachments|transitions)")


@dataclass
class JiraReceiver(Receiver):
    hosting: str = "cloud"
    issues: dict[str, dict[str, Any]] = field(default_factory=dict)

    def answer(self, request: Request) -> Reply:
        cloud = "Basic " + base64.b64encode(f"{USER}:{TOKEN}".encode()).decode()
        if request.headers.get("authorization") != (cloud if self.hosting == "cloud" else f"Bearer {TOKEN}"):
            return Reply(401, {"errorMessages": ["Client must be authenticated to access this resource."]})
        search = "/rest/api/2/search/jql" if self.hosting == "cloud" else "/rest/api/2/search"
        if (request.method, request.path) == ("POST", search):
            return self._search(request)
        if (request.method, request.path) == ("POST", "/rest/api/2/issue"):
            return self._create(request)
        if (request.method, request.path) == ("GET", "/rest/api/2/myself"):
            return Reply(200, {"accountId": "1"})
        found = _ISSUE.fullmatch(request.path)
        if found is None or found[1] not in self.issues:
            return Reply(404, {"errorMessages": ["Issue does not exist or you do not have permission to see it."]})
        parts = {"comment": self._comment, "attachments": self._attach, "transitions": self._transition}
        return parts[found[2]](request, self.issues[found[1]])

    def _search(self, request: Request) -> Reply:
        found = _JQL.fullmatch(request.json["jql"]) if self.fits(SEARCH, request.json) else None
        if found is None:
            self.mistakes.append(f"JQL: {request.json}")
            return Reply(400, {"errorMessages": ["Error in the JQL Query"]})
        project, label = found.groups()
        shown = [
            {"key": key, "fields": {"description": one["description"], "attachment": one["attachment"]}}
            for key, one in reversed(self.issues.items())
            if one["project"]["key"] == project and label in one["labels"] and one["status"] != "done"
        ]
        return Reply(200, {"issues": shown[: request.json["maxResults"]]})

    def _create(self, request: Request) -> Reply:
        if not self.fits(CREATE, request.json):
            return Reply(400, {"errorMessages": [], "errors": {"fields": self.mistakes[-1]}})
        key = f"{request.json['fields']['project']['key']}-{len(self.issues) + 1}"
        self.issues[key] = {**request.json["fields"], "status": "new", "comments": [], "attachment": []}
        return Reply(
            201, {"id": str(10_000 + len(self.issues)), "key": key, "self": f"{self.url}/rest/api/2/issue/{key}"}
        )

    def _comment(self, request: Request, issue: dict[str, Any]) -> Reply:
        if request.method == "GET":
            return Reply(200, {"comments": list(reversed(issue["comments"]))})
        body = {
            "type": "object",
            "required": ["body"],
            "additionalProperties": False,
            "properties": {"body": {"type": "string"}},
        }
        if not self.fits(body, request.json):
            return Reply(400, {"errorMessages": ["Comment body can not be empty!"]})
        issue["comments"].append({"id": str(len(issue["comments"])), "body": request.json["body"]})
        return Reply(201, issue["comments"][-1])

    def _attach(self, request: Request, issue: dict[str, Any]) -> Reply:
        if request.headers.get("x-atlassian-token") != "no-check":
            return Reply(403, {"errorMessages": ["XSRF check failed"]})
        head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
        parts = BytesParser(policy=HTTP).parsebytes(head + request.body).iter_parts()
        files = [
            {"filename": one.get_filename(), "content": one.get_content()}
            for one in parts
            if one.get_param("name", header="content-disposition") == "file"
        ]
        issue["attachment"] += files
        return Reply(200 if files else 400, files)

    def _transition(self, request: Request, issue: dict[str, Any]) -> Reply:
        offered = [
            {"id": "11", "name": "In Progress", "to": {"statusCategory": {"key": "indeterminate"}}},
            {"id": "31", "name": "Resolve", "to": {"statusCategory": {"key": "done"}}},
        ]
        if request.method == "GET":
            return Reply(200, {"expand": "transitions", "transitions": offered})
        if request.json not in [{"transition": {"id": one["id"]}} for one in offered]:
            self.mistakes.append(f"transition: {request.json}")
            return Reply(
                400, {"errorMessages": ["It seems that you have tried to perform an illegal workflow operation."]}
            )
        issue["status"] = "done" if request.json["transition"]["id"] == "31" else "indeterminate"
        return Reply(204)
