"""ServiceNow: an incident or task by the Table API, found by its correlation id before anything is created or noted.

Not here: when something is sent. Sources: Table API and Attachment API of the Now platform. Invariants: one active ticket a problem; a note or file
that stands there already is not written again; `[code]`, which would render as HTML, is broken up.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from evidence.notify.channels.exchange import Exchange, NotTakenError, delivered, object_in, objects_in, text_in
from evidence.notify.interface import ENDED, Delivery, Message, Occasion, Team
from evidence.notify.wording import text_of
from evidence.settings.notify import ServiceNowChannel

SOURCE = "backup-evidence"
_CODE = re.compile(r"\[(/?)code\]", re.IGNORECASE)
_WEIGHT = {"critical": ("1", "1"), "error": ("2", "2"), "warning": ("3", "2"), "info": ("3", "3")}
"""Impact and urgency; ServiceNow makes the priority of them."""
_RESOLVED = {"state": "6", "close_code": "Solution provided"}
_COMPLETE = {"state": "3"}
_IN_PROGRESS = {"state": "2"}
"""Of a resolved incident whose problem came back."""
_LONGEST_TITLE = 160
"""Characters of `short_description`."""


@dataclass(frozen=True, slots=True)
class ServiceNow:
    """One table of one instance."""

    name: str
    settings: ServiceNowChannel
    password: Callable[[], str]
    exchange: Exchange
    kind: str = "servicenow"

    def send(self, message: Message, team: Team) -> Delivery:
        """Create, note or resolve; see `interface.Channel`."""
        return delivered(message, self.name, self.exchange.now, lambda: self._act(message, team))

    def _act(self, message: Message, team: Team) -> tuple[str, str | None]:
        found = self._find(message)
        if message.occasion is Occasion.TEST:
            return "signed in, and the table can be read; nothing was created", None
        if found is None:
            if message.occasion in {Occasion.CLOSED, Occasion.WITHDRAWN, Occasion.ACKNOWLEDGED}:
                return "no ticket is open there", message.external_id
            sys_id = self._create(message, team)
            self._attach(message, sys_id)
            return "created", sys_id
        sys_id = text_in(found, "sys_id")
        if message.reference not in text_in(found, "description") + text_in(found, "work_notes"):
            self._note(message, team, sys_id)
        self._attach(message, sys_id)
        return "updated", sys_id

    def _find(self, message: Message) -> Mapping[str, object] | None:
        query = f"correlation_id={_correlation(message)}^active=true^ORDERBYDESCsys_created_on"
        answer = self._ask(
            "GET",
            self._table,
            params={
                "sysparm_query": query,
                # Journals are told as one text, and only where values for display are asked for.
                "sysparm_display_value": "true",
                "sysparm_fields": "sys_id,number,description,work_notes",
                "sysparm_limit": "1",
            },
        )
        found = objects_in(answer, "result")
        return found[0] if found else None

    def _create(self, message: Message, team: Team) -> str:
        problem = message.problem
        impact, urgency = _WEIGHT.get(problem.severity if problem else "info", ("3", "3"))
        fields = {
            **self.settings.fields,
            "short_description": _plain(message.subject)[:_LONGEST_TITLE],
            "description": _plain(f"{message.text}\n\n{text_of(message.details)}\n\n[{message.reference}]"),
            "correlation_id": _correlation(message),
            "correlation_display": SOURCE,
            "impact": impact,
            "urgency": urgency,
            **self._group(team),
        }
        sys_id = text_in(object_in(self._ask("POST", self._table, json=fields), "result"), "sys_id")
        if not sys_id:
            raise NotTakenError("the answer to a new ticket tells no sys_id", retry=True)
        return sys_id

    def _note(self, message: Message, team: Team, sys_id: str) -> None:
        fields = {"work_notes": _plain(f"{message.text}\n[{message.reference}]")}
        if message.assign:
            fields |= self._group(team)
        if message.occasion.value in ENDED:
            fields |= self._resolution(message)
        elif message.problem and message.problem.reopened and self.settings.resolve is None:
            fields |= _IN_PROGRESS if self.settings.table == "incident" else {}
        self._ask("PATCH", f"{self._table}/{quote(sys_id, safe='')}", json=fields)

    def _resolution(self, message: Message) -> Mapping[str, str]:
        default = _RESOLVED if self.settings.table == "incident" else _COMPLETE
        fields = dict(default if self.settings.resolve is None else self.settings.resolve)
        return {**fields, "close_notes": _plain(message.text)} if fields else {}

    def _attach(self, message: Message, sys_id: str) -> None:
        for name, content in message.attachments:
            query = f"table_name={self.settings.table}^table_sys_id={sys_id}^file_name={name}"
            there = self._ask("GET", "/attachment", params={"sysparm_query": query, "sysparm_limit": "1"})
            if not objects_in(there, "result"):
                self._ask(
                    "POST",
                    "/attachment/file",
                    params={"table_name": self.settings.table, "table_sys_id": sys_id, "file_name": name},
                    headers={"Content-Type": "text/csv"},
                    content=content,
                )

    def _group(self, team: Team) -> dict[str, str]:
        group = team.routes.get(self.kind, {}).get("assignment_group")
        return {"assignment_group": group} if group else {}

    @property
    def _table(self) -> str:
        return f"/table/{self.settings.table}"

    def _ask(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        json: object = None,
        content: bytes | None = None,
    ) -> dict[str, object]:
        return self.exchange.ask(
            method,
            f"{self.settings.url}/api/now{path}",
            params=params,
            headers={"Accept": "application/json", **(headers or {})},
            json=json,
            content=content,
            auth=(self.settings.user, self.password()),
        ).json()


def _correlation(message: Message) -> str:
    return f"{SOURCE}:{message.ticket}"


def _plain(text: str) -> str:
    return _CODE.sub(r"(\1code)", text)
