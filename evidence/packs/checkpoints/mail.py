"""A mail as a target for checkpoints: whoever receives it holds the root, however the store is changed later.

Not here: the recording. Invariants: without TLS nothing is sent but over loopback; it goes to all recipients or to none; the
message's bytes follow from the checkpoint alone, so that its hash in the ledger can be compared with what arrived.
"""

from __future__ import annotations

import hashlib
import smtplib
import ssl
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP as CRLF
from email.utils import format_datetime

from evidence.addresses import LOOPBACK
from evidence.errors import DeliveryError, TargetUnavailableError
from evidence.ledger.entries import LedgerEntry
from evidence.packs.checkpoints.target import Outgoing, Receipt

TIMEOUT_S = 30.0
MOST_TOLD = 300
"""Characters kept of a server's answer."""
_LATER = range(400, 500)
"""Answers that ask to try again (RFC 5321, section 4.2.1)."""

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
    timeout_s: float = TIMEOUT_S

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
        with self._session() as session:
            session.ehlo_or_helo_if_needed()
            self._expect(session.mail(self.sender), f"the sender {self.sender}")
            for one in self.recipients:
                self._expect(session.rcpt(one), f"the recipient {one}")
            answer = session.data(data)
            self._expect(answer, "the message")
            with suppress(smtplib.SMTPException, OSError):
                session.quit()  # it has the message: how it says goodbye changes nothing
        told = {
            "kind": "mail",
            "message_id": str(message["Message-ID"]),
            "message_sha256": hashlib.sha256(data).hexdigest(),
            "message_bytes": len(data),
            "recipients": list(self.recipients),
            "answer": _told(answer),
        }
        return Receipt(self.place, details={"receipt": told})

    @contextmanager
    def _session(self) -> Iterator[smtplib.SMTP]:
        """A session that is signed in, and closed after; whatever the network does becomes a delivery error."""
        try:
            with self._connected() as session:
                if self.user is not None:
                    session.login(self.user, self.password or "")
                yield session
        except smtplib.SMTPAuthenticationError as error:
            raise DeliveryError(f"{self.host} refused to sign us in.", cause=f"SMTP {error.smtp_code}") from error
        except smtplib.SMTPResponseException as error:
            self._expect((error.smtp_code, _bytes(error.smtp_error)), "what was sent")
            raise
        except smtplib.SMTPNotSupportedError as error:
            raise DeliveryError(f"{self.host} lacks what is configured.", cause=str(error)) from error
        except ssl.SSLError as error:
            raise DeliveryError(f"{self.host} is not who it should be, or speaks no TLS.", cause=str(error)) from error
        except (smtplib.SMTPException, OSError) as error:
            raise TargetUnavailableError(f"{self.place} could not be reached.", cause=_one_line(error)) from error

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        if self.tls == "none" and self.host not in LOOPBACK:
            raise DeliveryError(f"Nothing is sent to {self.host} without TLS.")
        context = self.context or ssl.create_default_context()
        if self.tls == "implicit":
            with closing(smtplib.SMTP_SSL(self.host, self.port, timeout=self.timeout_s, context=context)) as session:
                yield session
            return
        with closing(smtplib.SMTP(self.host, self.port, timeout=self.timeout_s)) as session:
            if self.tls != "none":
                session.starttls(context=context)
            yield session

    def _expect(self, answer: tuple[int, bytes], what: str) -> None:
        code, _ = answer
        if 200 <= code < 300:  # noqa: PLR2004 - positive completion, RFC 5321
            return
        failure = TargetUnavailableError if code in _LATER else DeliveryError
        raise failure(f"{self.host} did not take {what}.", cause=_told(answer))


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


def _bytes(text: bytes | str) -> bytes:
    return text if isinstance(text, bytes) else text.encode("ascii", "replace")


def _told(answer: tuple[int, bytes]) -> str:
    code, text = answer
    words = "".join(one if one.isprintable() else " " for one in text.decode("ascii", "replace"))
    return f"{code} {' '.join(words.split())}"[:MOST_TOLD]


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:MOST_TOLD] or type(error).__name__
