"""Checkpoints by mail, through a real SMTP server on loopback: to all or to none, over TLS or not at all."""

from __future__ import annotations

import email
import hashlib
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from evidence.errors import DeliveryError, TargetUnavailableError
from evidence.ledger.publications import publications, standing_of
from evidence.packs.checkpoints.mail import MailTarget, compose
from evidence.packs.checkpoints.publish import publish, publish_due
from evidence.packs.checkpoints.target import Outgoing
from evidence.packs.verification.checkpoint import verify_checkpoint
from tests.fakes.key_vault import write_server_certificate
from tests.fakes.receivers.post import Anywhere
from tests.packs.checkpoints.desk import TRUST, desk, make

AT = datetime(2026, 11, 22, 5, 9, tzinfo=UTC)
AUDITOR, ARCHIVE = "auditor@example.com", "archive@example.com"


@dataclass
class PostOffice:
    """What arrived, and how the server answers."""

    arrived: list[Envelope] = field(default_factory=list)
    refuse: dict[str, str] = field(default_factory=dict)
    answer: str = "250 queued as 4711"
    signed_in: list[str] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, _: Any
    ) -> str:
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - the library's name
        self.arrived.append(envelope)
        return self.answer

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, how: str, given: Any) -> AuthResult:
        self.signed_in.append(given.login.decode())
        return AuthResult(success=given.password == b"the password", handled=False)


@dataclass
class Served:
    office: PostOffice
    target: MailTarget


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    write_server_certificate(tmp_path / "server.pem")
    return tmp_path / "server.pem"


def serve(certificate: Path | None, **options: Any) -> Iterator[Served]:
    office = PostOffice()
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        options = {"tls_context": context, "require_starttls": True, "authenticator": office.authenticate, **options}
    server = Anywhere(office, hostname="127.0.0.1", port=0, **options)
    server.start()
    trusted = None if certificate is None else ssl.create_default_context(cafile=str(certificate))
    try:
        yield Served(
            office,
            MailTarget(
                "post",
                "127.0.0.1",
                server.port,
                "evidence@example.com",
                (AUDITOR, ARCHIVE),
                "starttls",
                context=trusted,
            ),
        )
    finally:
        server.stop()


@pytest.fixture
def served(certificate: Path) -> Iterator[Served]:
    yield from serve(certificate)


@pytest.fixture
def plain() -> Iterator[Served]:
    yield from serve(None)


def outgoing(size: int = 7) -> Outgoing:
    files = {"checkpoints/x/checkpoint.json": b"{}", "checkpoints/x/checkpoint.json.p7s": b"."}
    return Outgoing("tenant", size, "a" * 64, "b" * 64, AT, True, files)


def test_what_arrives_is_the_checkpoint_and_its_hash_is_on_record(served: Served, tmp_path: Path) -> None:
    bench = desk()
    made = make(bench).checkpoint
    (sent,) = publish_due(bench.parts, served.target)
    assert (sent.new, sent.publication.delivered) == (True, True)
    (envelope,) = served.office.arrived
    assert envelope.rcpt_tos == [AUDITOR, ARCHIVE]
    receipt = sent.publication.entry.payload["receipt"]
    assert isinstance(receipt, dict)
    assert isinstance(envelope.content, bytes)
    assert receipt["message_sha256"] == hashlib.sha256(envelope.content).hexdigest()
    assert receipt["answer"] == "250 queued as 4711"
    message = email.message_from_bytes(envelope.content, policy=default)
    assert isinstance(message, EmailMessage)
    assert receipt["message_id"] == message["Message-ID"]
    for part in message.iter_attachments():
        (tmp_path / str(part.get_filename())).write_bytes(part.get_content())
    assert verify_checkpoint(tmp_path / "checkpoint.json", TRUST).ok
    text = message.get_body()
    assert text is not None
    assert made.root_sha256 in text.get_content()
    assert list(publish_due(bench.parts, served.target)) == []
    assert not publish(bench.parts, made, served.target).new, "a second order of the same sends nothing"
    assert len(served.office.arrived) == 1


def test_equal_checkpoints_make_equal_messages() -> None:
    first, second = (compose(outgoing(), "a@example.com", [AUDITOR]).as_bytes() for _ in range(2))
    assert first == second
    unstamped = compose(replace(outgoing(), stamped=False), "a@example.com", [AUDITOR])
    assert "NOT TIME-STAMPED" in unstamped["Subject"]


def test_a_server_without_tls_gets_nothing(plain: Served) -> None:
    with pytest.raises(DeliveryError, match="lacks what is configured"):
        plain.target.deliver(outgoing())
    elsewhere = replace(plain.target, host="mail.example.com", tls="none")
    with pytest.raises(DeliveryError, match="without TLS"):
        elsewhere.deliver(outgoing())
    assert plain.office.arrived == []
    replace(plain.target, tls="none").deliver(outgoing())  # over loopback, where it was asked for
    assert len(plain.office.arrived) == 1


def test_a_server_that_nobody_vouches_for_gets_nothing(served: Served) -> None:
    with pytest.raises(DeliveryError, match="not who it should be"):
        replace(served.target, context=None).deliver(outgoing())
    assert served.office.arrived == []


def test_tls_from_the_first_byte_on(certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    office = PostOffice()
    server = Anywhere(office, hostname="127.0.0.1", port=0, ssl_context=context)
    server.start()
    try:
        trusted = ssl.create_default_context(cafile=str(certificate))
        target = MailTarget("post", "127.0.0.1", server.port, "a@example.com", (AUDITOR,), "implicit", context=trusted)
        target.deliver(outgoing())
    finally:
        server.stop()
    assert len(office.arrived) == 1


def test_who_must_sign_in_does_and_a_wrong_password_is_told_without_it(certificate: Path) -> None:
    for served in serve(certificate, auth_required=True):
        with pytest.raises(DeliveryError):
            served.target.deliver(outgoing())
        right = replace(served.target, user="evidence", password="the password")
        right.deliver(outgoing())
        with pytest.raises(DeliveryError, match="refused to sign us in") as error:
            replace(right, password="another password").deliver(outgoing())
        assert "another password" not in " ".join(error.value.diagnostics())
        assert "the password" not in repr(right)
        assert len(served.office.arrived) == 1


def test_where_one_recipient_is_refused_nobody_gets_it_and_that_is_recorded(served: Served) -> None:
    bench = desk()
    made = make(bench).checkpoint
    served.office.refuse = {ARCHIVE: "550 no such user"}
    (sent,) = publish_due(bench.parts, served.target)
    assert served.office.arrived == []
    assert not sent.publication.delivered
    assert sent.publication.reason is not None
    assert "550 no such user" in sent.publication.reason
    assert publications(bench.parts.ledger.entries()) == {}
    standing = standing_of(bench.parts.ledger.entries(), "post")
    assert ([one.size for one in standing.due], standing.failure) == ([made.size], sent.publication)
    served.office.refuse = {}
    (again,) = publish_due(bench.parts, served.target)
    assert again.publication.delivered
    assert standing_of(bench.parts.ledger.entries(), "post").due == ()


def test_come_back_later_is_told_from_never(served: Served) -> None:
    served.office.refuse = {ARCHIVE: "451 greylisted"}
    with pytest.raises(TargetUnavailableError, match="did not take the recipient"):
        served.target.deliver(outgoing())
    served.office.refuse, served.office.answer = {}, "554 too large"
    with pytest.raises(DeliveryError, match="did not take the message") as error:
        served.target.deliver(outgoing())
    assert not isinstance(error.value, TargetUnavailableError)


def test_a_server_that_is_gone_is_unavailable(certificate: Path) -> None:
    for served in serve(certificate):
        gone = served.target
    with pytest.raises(TargetUnavailableError, match="could not be reached") as error:
        gone.deliver(outgoing())
    assert error.value.exit_code == 6
