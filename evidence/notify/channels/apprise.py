"""Whatever the library Apprise reaches: one text to one address of its kind. An extra: `pip install backup-evidence[apprise]`.

Not here: tickets, which it cannot update. Invariants: the address is a secret; the library is imported when something is sent; it tells no reason for
a failure, so none is told.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from types import ModuleType

from evidence.notify.channels.exchange import NotTakenError, delivered
from evidence.notify.interface import Delivery, Message, Team

_SEVERITIES = {"critical": "failure", "error": "failure", "warning": "warning", "info": "info"}


@dataclass(frozen=True, slots=True)
class Apprise:
    """The library, where it is installed."""

    name: str
    secret: Callable[[str], str]
    now: Callable[[], datetime]
    kind: str = "apprise"

    def send(self, message: Message, team: Team) -> Delivery:
        """Send a text; see `interface.Channel`."""
        return delivered(message, self.name, self.now, lambda: self._act(message, team))

    def _act(self, message: Message, team: Team) -> tuple[str, str | None]:
        route = team.routes.get(self.kind)
        if route is None:
            raise NotTakenError(f"team {team.key} has no route `apprise`", retry=False)
        library = _library()
        sender = library.Apprise()
        if not sender.add(self.secret(route["secret"])):
            raise NotTakenError(f"Apprise does not know the address of team {team.key}", retry=False)
        severity = message.problem.severity if message.problem else "info"
        body = "\n".join([message.text, *([message.link] if message.link else []), message.reference])
        if not sender.notify(
            title=message.subject, body=body, notify_type=_SEVERITIES.get(severity, "info"), body_format="text"
        ):
            raise NotTakenError("Apprise could not send it", retry=True)
        return "sent", None


def _library() -> ModuleType:
    """The library; its own log lines hold addresses, so they are dropped."""
    try:
        library = importlib.import_module("apprise")
    except ImportError:
        raise NotTakenError("Apprise is not installed: pip install 'backup-evidence[apprise]'", retry=False) from None
    logging.getLogger("apprise").disabled = True
    return library
