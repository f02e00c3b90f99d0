"""A webhook as a target for checkpoints: one signed CloudEvent by POST, with all that the checkpoint's files hold.

Not here: the recording. Sources: CloudEvents 1.0, JSON format, structured mode; Standard Webhooks for the signature (HMAC-SHA-256
over id, time and body). Invariants: https but for loopback; no redirect is followed; what is answered is hashed, never kept.
"""

from __future__ import annotations

import base64
import hashlib
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import httpx

from evidence.addresses import checked_url
from evidence.errors import ConfigurationError, DeliveryError, TargetUnavailableError
from evidence.ledger.entries import LedgerEntry, canonical
from evidence.ledger.publications import subject_of
from evidence.packs.checkpoints.target import Outgoing, Receipt
from evidence.transport.http import AGAIN, LARGEST_ANSWER, asked_wait, client
from evidence.transport.signing import checked_secret, signed_headers

TYPE = "backup-evidence.checkpoint"
MOST_TRIES = 4
LONGEST_WAIT_S = 60.0
"""A longer `Retry-After` is left to the next night."""


@dataclass(frozen=True, slots=True)
class WebhookTarget:
    """One address that takes events."""

    name: str
    url: str
    secret: bytes = field(repr=False)
    now: Callable[[], datetime]
    sleep: Callable[[float], None] = time.sleep
    context: ssl.SSLContext | None = field(default=None, repr=False)
    """Whom to trust; None for the system's authorities."""

    def __post_init__(self) -> None:
        """Raise ConfigurationError for an address without TLS or a short secret."""
        try:
            checked_url(self.url, "the address of a webhook")
        except ValueError as error:
            raise ConfigurationError(f"The webhook {self.name} cannot be used.", cause=str(error)) from error
        checked_secret(self.secret, f"the webhook {self.name}")

    @property
    def place(self) -> str:
        """The address."""
        return f"POST {self.url}"

    def check(self, entries: Sequence[LedgerEntry]) -> None:  # noqa: ARG002 - nobody can look there
        """Nothing: who received it has to compare."""
        return

    def confirm(self, outgoing: Outgoing) -> None:
        """Nothing: who received it has to compare."""

    def deliver(self, outgoing: Outgoing) -> Receipt:
        """Post the event, again where it is asked for; see `target.Target`."""
        body = event(outgoing)
        with client(self.url, self.context) as session:
            for number in range(1, MOST_TRIES + 1):
                wait = 2.0 ** (number - 1)
                try:
                    status, answer, wait = self._post(session, outgoing.checkpoint_sha256, body, wait)
                except httpx.TransportError as error:
                    cause = f"{type(error).__name__}: {error}"
                else:
                    if 200 <= status < 300:  # noqa: PLR2004 - successful, RFC 9110
                        return self._receipt(outgoing, body, status, answer, number)
                    self._refuse_final(status)
                    cause = f"It answered HTTP {status}."
                if number == MOST_TRIES or wait > LONGEST_WAIT_S:
                    break
                self.sleep(wait)
        raise TargetUnavailableError(f"{self.url} did not take the event in {number} tries.", cause=cause)

    def _post(self, session: httpx.Client, event_id: str, body: bytes, wait: float) -> tuple[int, bytes, float]:
        """Status, SHA-256 of the answer, and how long to wait before the next try."""
        sent_at = int(self.now().timestamp())
        headers = {
            "Content-Type": "application/cloudevents+json; charset=utf-8",
            **signed_headers(self.secret, event_id, sent_at, body),
        }
        digest, size = hashlib.sha256(), 0
        with session.stream("POST", self.url, content=body, headers=headers) as response:
            for piece in response.iter_bytes():
                size += len(piece)
                if size > LARGEST_ANSWER:
                    raise DeliveryError(f"{self.url} answered with more than {LARGEST_ANSWER} bytes.")
                digest.update(piece)
            asked = asked_wait(response.headers.get("Retry-After"), self.now())
            return response.status_code, digest.digest(), wait if asked is None else asked

    def _refuse_final(self, status: int) -> None:
        if status not in AGAIN:
            redirected = " Redirects are not followed." if 300 <= status < 400 else ""  # noqa: PLR2004 - RFC 9110
            raise DeliveryError(f"{self.url} refused the event.", cause=f"It answered HTTP {status}.{redirected}")

    def _receipt(self, outgoing: Outgoing, body: bytes, status: int, answer: bytes, tries: int) -> Receipt:
        told = {
            "kind": "webhook",
            "event_id": outgoing.checkpoint_sha256,
            "event_sha256": hashlib.sha256(body).hexdigest(),
            "event_bytes": len(body),
            "status": status,
            "answer_sha256": answer.hex(),
            "tries": tries,
        }
        return Receipt(self.place, details={"receipt": told})


def event(outgoing: Outgoing) -> bytes:
    """The event as canonical JSON: equal bytes for an equal checkpoint."""
    return canonical(
        {
            "specversion": "1.0",
            "id": outgoing.checkpoint_sha256,
            "source": f"urn:backup-evidence:{outgoing.tenant}",
            "type": TYPE,
            "subject": subject_of(outgoing.size),
            "time": outgoing.made_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "datacontenttype": "application/json",
            "data": {
                "tenant": outgoing.tenant,
                "size": outgoing.size,
                "root_sha256": outgoing.root_sha256,
                "time_stamped": outgoing.stamped,
                "files": [
                    {
                        "name": name,
                        "bytes": len(data),
                        "sha256": hashlib.sha256(data).hexdigest(),
                        "base64": base64.b64encode(data).decode(),
                    }
                    for name, data in sorted(outgoing.by_name.items())
                ],
            },
        }
    )
