"""One message over one SMTP server, to all recipients or to none.

Not here: what is in it. Invariants: without TLS nothing is sent but over loopback; what a server says is told in printable words.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field

from evidence.addresses import LOOPBACK
from evidence.errors import DeliveryError, TargetUnavailableError

TIMEOUT_S = 30.0
MOST_TOLD = 300
"""Characters kept of a server's answer."""
_LATER = range(400, 500)
"""Answers that ask to try again (RFC 5321, section 4.2.1)."""


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """A server, and how one signs in there."""

    host: str
    port: int
    tls: str
    """`starttls`, `implicit`, or on loopback `none`."""
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    context: ssl.SSLContext | None = field(default=None, repr=False)
    """Whom to trust; None for the system's authorities."""
    timeout_s: float = TIMEOUT_S

    def deliver(self, sender: str, recipients: Sequence[str], data: bytes) -> str:
        """Send the bytes of one message; gives what the server answered.

        Raises DeliveryError for a refusal, TargetUnavailableError where a later try may succeed.
        """
        with self._session() as session:
            session.ehlo_or_helo_if_needed()
            self._expect(session.mail(sender), f"the sender {sender}")
            for one in recipients:
                self._expect(session.rcpt(one), f"the recipient {one}")
            answer = session.data(data)
            self._expect(answer, "the message")
            with suppress(smtplib.SMTPException, OSError):
                session.quit()  # it has the message: how it says goodbye changes nothing
        return _told(answer)

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
            raise TargetUnavailableError(
                f"The mail server {self.host}:{self.port} could not be reached.", cause=_one_line(error)
            ) from error

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


def _bytes(text: bytes | str) -> bytes:
    return text if isinstance(text, bytes) else text.encode("ascii", "replace")


def _told(answer: tuple[int, bytes]) -> str:
    code, text = answer
    words = "".join(one if one.isprintable() else " " for one in text.decode("ascii", "replace"))
    return f"{code} {' '.join(words.split())}"[:MOST_TOLD]


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:MOST_TOLD] or type(error).__name__
