"""Jira: an issue found by its label before anything is created or commented, and moved to an end by a transition.

Not here: when something is sent. Sources: Jira REST API version 2, of the cloud and of data center, which takes texts in wiki markup. Invariants: one
open issue a problem; a comment or file that stands there already is not written again; text is escaped, so that it shows as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from evidence.notify.channels.exchange import Exchange, NotTakenError, delivered, object_in, objects_in, text_in
from evidence.notify.interface import ENDED, Delivery, Message, Occasion, Team
from evidence.notify.wording import text_of
from evidence.settings.notify import JiraChannel

_MARKUP = re.compile(r"[\\&{}\[\]*_^~+\-|#!?@()<>]")
_ENTITIES = {"\\": "&#92;", "&": "&amp;"}
"""A backslash before a backslash would be a line break."""
_LONGEST_TITLE = 255
_NEWEST = "100"
"""Comments that are looked through, newest first."""


@dataclass(frozen=True, slots=True)
class Jira:
    """One site."""

    name: str
    settings: JiraChannel
    token: Callable[[], str]
    exchange: Exchange
    kind: str = "jira"

    def send(self, message: Message, team: Team) -> Delivery:
        """Create, comment or end; see `interface.Channel`."""
        return delivered(message, self.name, self.exchange.now, lambda: self._act(message, team))

    def _act(self, message: Message, team: Team) -> tuple[str, str | None]:
        if message.occasion is Occasion.TEST:
            self._ask("GET", "/myself")
            return "signed in; nothing was created", None
        found = self._find(message, team)
        if found is None:
            if message.occasion in {Occasion.CLOSED, Occasion.WITHDRAWN, Occasion.ACKNOWLEDGED}:
                return "no issue is open there", message.external_id
            key = self._create(message, team)
            self._attach(message, key, ())
            return "created", key
        key, fields = text_in(found, "key"), object_in(found, "fields")
        if message.reference not in text_in(fields, "description") and not self._commented(message, key):
            self._ask("POST", f"{_issue(key)}/comment", json={"body": _marked(message)})
        self._attach(message, key, [text_in(one, "filename") for one in objects_in(fields, "attachment")])
        if message.occasion.value in ENDED:
            self._end(key)
        return "updated", key

    def _find(self, message: Message, team: Team) -> Mapping[str, object] | None:
        jql = (
            f'project = "{self._project(team)}" AND labels = "{label_of(message)}" AND statusCategory != Done '
            "ORDER BY created DESC"
        )
        path = "/search/jql" if self.settings.hosting == "cloud" else "/search"
        told = self._ask(
            "POST", path, json={"jql": jql, "maxResults": 1, "fields": ["description", "attachment", "status"]}
        )
        found = objects_in(told, "issues")
        return found[0] if found else None

    def _create(self, message: Message, team: Team) -> str:
        component = team.routes.get(self.kind, {}).get("component")
        fields: dict[str, object] = {
            "project": {"key": self._project(team)},
            "issuetype": {"name": self.settings.issue_type},
            "summary": message.subject[:_LONGEST_TITLE],
            "description": f"{wiki(message.text)}\n\n{wiki(text_of(message.details))}\n\n{_tail(message)}",
            "labels": ["backup-evidence", label_of(message)],
        }
        if component:
            fields["components"] = [{"name": component}]
        key = text_in(self._ask("POST", "/issue", json={"fields": fields}), "key")
        if not key:
            raise NotTakenError("the answer to a new issue tells no key", retry=True)
        return key

    def _commented(self, message: Message, key: str) -> bool:
        told = self._ask("GET", f"{_issue(key)}/comment", params={"orderBy": "-created", "maxResults": _NEWEST})
        return any(message.reference in text_in(one, "body") for one in objects_in(told, "comments"))

    def _attach(self, message: Message, key: str, there: list[str] | tuple[str, ...]) -> None:
        for name, content in message.attachments:
            if name not in there:
                self._send(
                    "POST",
                    f"{_issue(key)}/attachments",
                    headers={"X-Atlassian-Token": "no-check"},
                    files={"file": (name, content, "text/csv")},
                )

    def _end(self, key: str) -> None:
        offered = objects_in(self._ask("GET", f"{_issue(key)}/transitions"), "transitions")
        chosen = next((one for one in offered if self._ends(one)), None)
        if chosen is None:
            raise NotTakenError(
                f"issue {key} has no transition {self.settings.done or 'to a status of the category Done'}", retry=False
            )
        self._send("POST", f"{_issue(key)}/transitions", json={"transition": {"id": text_in(chosen, "id")}})

    def _ends(self, transition: Mapping[str, object]) -> bool:
        if self.settings.done is not None:
            return text_in(transition, "name").lower() == self.settings.done.lower()
        return text_in(object_in(object_in(transition, "to"), "statusCategory"), "key") == "done"

    def _project(self, team: Team) -> str:
        return team.routes.get(self.kind, {}).get("project", self.settings.project)

    def _ask(
        self, method: str, path: str, *, params: Mapping[str, str] | None = None, json: object = None
    ) -> dict[str, object]:
        return self._send(method, path, params=params, json=json)

    def _send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        json: object = None,
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
    ) -> dict[str, object]:
        token = self.token()
        cloud = self.settings.user is not None
        answer = self.exchange.ask(
            method,
            f"{self.settings.url}/rest/api/2{path}",
            params=params,
            headers={
                "Accept": "application/json",
                **({} if cloud else {"Authorization": f"Bearer {token}"}),
                **(headers or {}),
            },
            json=json,
            files=files,
            auth=(str(self.settings.user), token) if cloud else None,
            secrets=(token,),
        )
        return answer.json() if answer.body.lstrip().startswith(b"{") else {}


def label_of(message: Message) -> str:
    """The label that an issue of a problem's episode is found by."""
    key, _, episode = message.ticket.partition(":")
    return f"backup-evidence-{key[:32]}-{episode}"


def wiki(text: str) -> str:
    """Text in wiki markup that shows as it is."""
    return _MARKUP.sub(lambda found: _ENTITIES.get(found[0], f"\\{found[0]}"), text)


def _marked(message: Message) -> str:
    return f"{wiki(message.text)}\n\n{_tail(message)}"


def _tail(message: Message) -> str:
    return "\n".join([*([message.link] if message.link else []), message.reference])


def _issue(key: str) -> str:
    return f"/issue/{quote(key, safe='')}"
