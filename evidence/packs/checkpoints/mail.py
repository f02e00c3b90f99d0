"""A mail as a target for checkpoints: whoever receives it holds the root, however the store is changed later.

Not here: the recording, and the session with the server (`evidence.transport.smtp`). Invariant: the
message's bytes follow from the checkpoint alone, so that its hash in the ledger can be compared with what arrived.
"""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP as CRLF
from email.utils import format_datetime

from evidence.ledger.entries import LedgerEntry
from evidence.packs.checkpoints.target import Outgoing, Receipt
from evidence.transport.smtp import SmtpServer

_TEXT = """\
Checkpoint over {size} entries of the evidence ledger of tenant {tenant}.

Root (RFC 9162):             {root}
SHA-256 of checkpoint.json:  {sha256}

Keep this message. Whoever holds it can tell later whether the ledger was rewritten or cut off:

    backup-evidence checkpoint verify NEWER/checkpoint.json --older checkpoint.json --signer-fingerprint FINGERPRINT

The fingerprint of the signer reaches you another way than by this message.
"""


@dataclass(frozen=True, slots=True)
class MailTarget:
    """People, or an archive, reached over one SMTP server."""

    name: str
    host: str
    port: int
    sender: str
    recipients: tuple[str, ...]
    tls: str
    """`starttls`, `implicit`, or on loopback `none`."""
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    context: ssl.SSLContext | None = field(default=None, repr=False)
    """Whom to trust; None for the system's authorities."""

    @property
    def place(self) -> str:
        """To whom, by which server."""
        return f"mail to {', '.join(self.recipients)} by {self.host}:{self.port}"

    def check(self, entries: Sequence[LedgerEntry]) -> None:  # noqa: ARG002 - nobody can look into a mailbox
        """Nothing: who received it has to compare."""
        return

    def confirm(self, outgoing: Outgoing) -> None:
        """Nothing: who received it has to compare."""

    def deliver(self, outgoing: Outgoing) -> Receipt:
        """Send one message to all recipients; see `target.Target`."""
        message = compose(outgoing, self.sender, self.recipients)
        data = message.as_bytes(policy=CRLF)
        server = SmtpServer(self.host, self.port, self.tls, self.user, self.password, self.context)
        answer = server.deliver(self.sender, self.recipients, data)
        told = {
            "kind": "mail",
            "message_id": str(message["Message-ID"]),
            "message_sha256": hashlib.sha256(data).hexdigest(),
            "message_bytes": len(data),
            "recipients": list(self.recipients),
            "answer": answer,
        }
        return Receipt(self.place, details={"receipt": told})


def compose(outgoing: Outgoing, sender: str, recipients: Sequence[str]) -> EmailMessage:
    """The message: equal bytes for an equal checkpoint."""
    message = EmailMessage(policy=CRLF)
    message["From"] = sender
    message["To"] = ", ".join(recipients)
    message["Subject"] = f"Evidence checkpoint {outgoing.size}" + ("" if outgoing.stamped else " (NOT TIME-STAMPED)")
    message["Date"] = format_datetime(outgoing.made_at)
    message["Message-ID"] = f"<checkpoint-{outgoing.size}-{outgoing.checkpoint_sha256}@{sender.rpartition('@')[2]}>"
    message.set_content(
        _TEXT.format(
            size=outgoing.size,
            tenant=outgoing.tenant,
            root=outgoing.root_sha256,
            sha256=outgoing.checkpoint_sha256,
        )
    )
    for name, data in sorted(outgoing.by_name.items()):
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    message.set_boundary(f"=_{outgoing.checkpoint_sha256[:40]}")
    return message
