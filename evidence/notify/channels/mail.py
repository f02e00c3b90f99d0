"""Mail: text and HTML beside each other, in one thread a problem, with the rows as CSV.

Not here: the session with the server (`evidence.transport.smtp`). Sources: RFC 5322 (Message-ID, References), RFC 2919 (List-Id), RFC 3834
(Auto-Submitted). Invariants: no text of Azure's becomes a header line or markup; a message that is sent twice has one Message-ID.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP as CRLF
from email.utils import format_datetime
from html import escape
from ssl import SSLContext

from evidence.notify.channels.exchange import NotTakenError, delivered
from evidence.notify.interface import Delivery, Message, Team
from evidence.notify.wording import one_line, text_of
from evidence.settings.notify import MailChannel
from evidence.transport.smtp import SmtpServer

_CELL = ' style="padding:2px 10px 2px 0;text-align:left;vertical-align:top"'


@dataclass(frozen=True, slots=True)
class Mail:
    """One server, and who sends."""

    name: str
    settings: MailChannel
    password: Callable[[], str] | None
    now: Callable[[], datetime]
    context: SSLContext | None = field(default=None, repr=False)
    timeout_s: float = 30.0
    kind: str = "mail"

    def send(self, message: Message, team: Team) -> Delivery:
        """Send one mail to all addresses of the team; see `interface.Channel`."""
        return delivered(message, self.name, self.now, lambda: self._act(message, team))

    def _act(self, message: Message, team: Team) -> tuple[str, str | None]:
        recipients = tuple(one for one in team.routes.get(self.kind, {}).get("to", "").split(",") if one)
        if not recipients:
            raise NotTakenError(f"team {team.key} has no address", retry=False)
        composed = compose(message, team, self.settings.sender, recipients)
        server = SmtpServer(
            self.settings.host,
            self.settings.port,
            self.settings.tls,
            self.settings.user,
            None if self.password is None else self.password(),
            self.context,
            self.timeout_s,
        )
        answer = server.deliver(self.settings.sender, recipients, composed.as_bytes(policy=CRLF))
        return f"sent: {answer}", str(composed["Message-ID"])


def compose(message: Message, team: Team, sender: str, recipients: tuple[str, ...]) -> EmailMessage:
    """The mail; equal bytes for an equal message."""
    domain = sender.rpartition("@")[2]
    mail = EmailMessage(policy=CRLF)
    mail["From"] = sender
    mail["To"] = ", ".join(recipients)
    mail["Subject"] = one_line(message.subject)
    mail["Date"] = format_datetime(message.at)
    mail["Message-ID"] = _id(message.message_id, domain)
    root = _id(message.ticket, domain)
    mail["In-Reply-To"] = root
    mail["References"] = root
    mail["List-Id"] = f"Backup Evidence <{_label(team.key)}.backup-evidence.{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(_text(message))
    mail.add_alternative(_html(message), subtype="html")
    mark = hashlib.sha256(message.message_id.encode()).hexdigest()[:32]
    mail.set_boundary(f"=_a{mark}")
    for name, content in message.attachments:
        mail.add_attachment(content, maintype="text", subtype="csv", filename=name)
    if message.attachments:
        mail.set_boundary(f"=_m{mark}")
    return mail


def _id(text: str, domain: str) -> str:
    return f"<{hashlib.sha256(text.encode()).hexdigest()[:40]}@{domain}>"


def _label(key: str) -> str:
    """A team's key as one label of a domain; of a single address its hash."""
    return key if key.replace("-", "").isalnum() else hashlib.sha256(key.encode()).hexdigest()[:16]


def _text(message: Message) -> str:
    rows = "\n".join("  ".join(row) for row in message.table)
    parts = (message.text, rows, text_of(message.details), message.link or "", message.reference)
    return "\n\n".join(one for one in parts if one) + "\n"


def _html(message: Message) -> str:
    rows = [_row((f"{name}:", value), "td") for name, value in (*message.facts, *message.details)]
    table = [_row(row, "th" if place == 0 else "td") for place, row in enumerate(message.table)]
    listed = f"<table>{''.join(table)}</table>" if table else ""
    link = f'<p><a href="{escape(message.link)}">Evidence</a></p>' if message.link else ""
    return (
        f"<!DOCTYPE html>\n<html><body><h3>{escape(message.subject)}</h3>\n"
        f"<table>{''.join(rows)}</table>\n{listed}\n"
        f"{link}<p><small>{escape(message.reference)}</small></p></body></html>\n"
    )


def _row(cells: tuple[str, ...], tag: str) -> str:
    return f"<tr>{''.join(f'<{tag}{_CELL}>{escape(one)}</{tag}>' for one in cells)}</tr>\n"
