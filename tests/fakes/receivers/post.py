"""A mail server of our own on loopback, without TLS: keeps what arrives, and answers as it is told."""

from __future__ import annotations

import asyncio
import email
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class PostOffice:
    port: int = 0
    arrived: list[EmailMessage] = field(default_factory=list)
    envelopes: list[Envelope] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    """Of the next messages instead of taking them, in order; `drop` takes one and answers nothing, `hang` waits."""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - the library's name
        order = self.answers.pop(0) if self.answers else ""
        if order in {"", "drop"}:
            message = email.message_from_bytes(envelope.original_content or b"", policy=default)
            assert isinstance(message, EmailMessage)
            self.arrived.append(message)
            self.envelopes.append(envelope)
        if order == "drop":
            assert server.transport is not None
            server.transport.close()
        if order == "hang":
            await asyncio.sleep(5)
        return order if order[:1].isdigit() else "250 queued"


class Anywhere(Controller):
    """A server on a port that the system chooses."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]  # of aiosmtpd


@contextmanager
def post_office(**options: Any) -> Iterator[PostOffice]:
    """Serve a post office."""
    office = PostOffice()
    server = Anywhere(office, hostname="127.0.0.1", port=0, **options)
    server.start()
    office.port = server.port
    try:
        yield office
    finally:
        server.stop()
