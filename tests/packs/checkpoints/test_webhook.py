"""Checkpoints by webhook, to a real server on loopback: signed, asked again where that helps, never redirected."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from evidence.errors import ConfigurationError, DeliveryError, TargetUnavailableError
from evidence.ledger.publications import standing_of
from evidence.packs.checkpoints.publish import publish_due
from evidence.packs.checkpoints.target import Outgoing
from evidence.packs.checkpoints.webhook import MOST_TRIES, WebhookTarget, event
from evidence.packs.verification.checkpoint import verify_checkpoint
from evidence.transport.http import LARGEST_ANSWER
from evidence.transport.signing import secret_of
from tests.packs.checkpoints.desk import TRUST, desk, make

NOW = datetime(2026, 11, 22, 5, 9, tzinfo=UTC)
SECRET = b"thirty-two bytes of our own choice"
Answer = tuple[int, dict[str, str], bytes]


@dataclass
class Receiver:
    """What came in, and what is answered, in order; the last answer stays."""

    answers: list[Answer] = field(default_factory=lambda: [(204, {}, b"")])
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    url: str = ""

    @property
    def target(self) -> WebhookTarget:
        return WebhookTarget("hook", self.url, SECRET, lambda: NOW, self.slept.append)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()

    class Desk(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            found.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            found.headers.append({name.lower(): value for name, value in self.headers.items()})
            status, headers, body = found.answers.pop(0) if len(found.answers) > 1 else found.answers[0]
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
    found.url = f"http://127.0.0.1:{server.server_port}/evidence"
    thread = threading.Thread(target=lambda: server.serve_forever(0.02), daemon=True)
    thread.start()
    yield found
    server.shutdown()
    server.server_close()
    thread.join()


def outgoing() -> Outgoing:
    return Outgoing("tenant", 7, "a" * 64, "b" * 64, NOW, True, {"checkpoints/x/checkpoint.json": b"{}"})


def test_what_arrives_is_the_checkpoint_signed_and_on_record(receiver: Receiver, tmp_path: Path) -> None:
    bench = desk()
    made = make(bench).checkpoint
    receiver.answers = [(200, {}, b"thank you")]
    (sent,) = publish_due(bench.parts, receiver.target)
    assert sent.publication.delivered
    ((body,), (headers,)) = receiver.bodies, receiver.headers
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    assert headers["webhook-signature"] == "v1," + base64.b64encode(hmac.digest(SECRET, signed, "sha256")).decode()
    assert headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    assert headers["content-type"].startswith("application/cloudevents+json")
    told = json.loads(body)
    assert (told["specversion"], told["type"], told["id"]) == (
        "1.0",
        "backup-evidence.checkpoint",
        made.document.sha256,
    )
    for file in told["data"]["files"]:
        (tmp_path / file["name"]).write_bytes(base64.b64decode(file["base64"]))
    assert verify_checkpoint(tmp_path, TRUST).ok
    assert sent.publication.entry.payload["receipt"] == {
        "kind": "webhook",
        "event_id": made.document.sha256,
        "event_sha256": hashlib.sha256(body).hexdigest(),
        "event_bytes": len(body),
        "status": 200,
        "answer_sha256": hashlib.sha256(b"thank you").hexdigest(),
        "tries": 1,
    }
    assert list(publish_due(bench.parts, receiver.target)) == []
    assert receiver.slept == []


def test_equal_checkpoints_make_equal_events() -> None:
    assert event(outgoing()) == event(outgoing())


@pytest.mark.parametrize(
    ("asked", "waited"),
    [("2", 2.0), (format_datetime(NOW + timedelta(seconds=9), usegmt=True), 9.0), ("soon", 1.0), (None, 1.0)],
)
def test_it_is_asked_again_when_the_other_side_says(receiver: Receiver, asked: str | None, waited: float) -> None:
    header = {} if asked is None else {"Retry-After": asked}
    receiver.answers = [(503, header, b""), (200, {}, b"")]
    told = receiver.target.deliver(outgoing()).details["receipt"]
    assert isinstance(told, dict)
    assert told["tries"] == 2
    assert receiver.slept == [waited]
    assert receiver.bodies[0] == receiver.bodies[1]
    assert receiver.headers[0]["webhook-id"] == receiver.headers[1]["webhook-id"], "so that it can tell it is the same"


def test_a_long_wait_is_left_to_the_next_night(receiver: Receiver) -> None:
    receiver.answers = [(429, {"Retry-After": "3600"}, b"")]
    with pytest.raises(TargetUnavailableError, match="in 1 tries"):
        receiver.target.deliver(outgoing())
    assert receiver.slept == []


def test_it_gives_up_in_the_end(receiver: Receiver) -> None:
    receiver.answers = [(502, {}, b"")]
    with pytest.raises(TargetUnavailableError) as error:
        receiver.target.deliver(outgoing())
    assert "HTTP 502" in error.value.cause
    assert receiver.slept == [1.0, 2.0, 4.0]
    assert len(receiver.bodies) == MOST_TRIES


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    receiver.answers = [(307, {"Location": receiver.url + "/elsewhere"}, b"")]
    with pytest.raises(DeliveryError) as error:
        receiver.target.deliver(outgoing())
    assert "Redirects are not followed" in error.value.cause
    assert len(receiver.bodies) == 1


@pytest.mark.parametrize("status", [400, 401, 404, 410, 413])
def test_a_refusal_is_final_and_recorded(receiver: Receiver, status: int) -> None:
    bench = desk()
    make(bench)
    receiver.answers = [(status, {}, b"no")]
    (sent,) = publish_due(bench.parts, receiver.target)
    assert not sent.publication.delivered
    assert f"HTTP {status}" in str(sent.publication.reason)
    assert sent.publication.entry.payload["unavailable"] is False
    assert len(receiver.bodies) == 1
    assert len(standing_of(bench.parts.ledger.entries(), "hook").due) == 1


def test_nobody_there(receiver: Receiver) -> None:
    gone = replace(receiver.target, url="http://127.0.0.1:9/evidence")
    with pytest.raises(TargetUnavailableError) as error:
        gone.deliver(outgoing())
    assert error.value.exit_code == 6
    assert len(receiver.slept) == MOST_TRIES - 1


def test_an_endless_answer_is_cut_short(receiver: Receiver) -> None:
    receiver.answers = [(200, {}, bytes(LARGEST_ANSWER + 1))]
    with pytest.raises(DeliveryError, match="more than"):
        receiver.target.deliver(outgoing())


@pytest.mark.parametrize(
    "url", ["http://example.com/x", "https://user:secret@example.com/x", "https://example.com/x?key=1", "ftp://x", ""]
)
def test_an_address_that_would_leak_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="cannot be used"):
        WebhookTarget("hook", url, SECRET, lambda: NOW)


def test_a_short_secret_is_refused_and_no_secret_is_shown() -> None:
    with pytest.raises(ConfigurationError, match="shorter than"):
        WebhookTarget("hook", "https://example.com/x", b"short", lambda: NOW)
    assert "thirty-two" not in repr(WebhookTarget("hook", "https://example.com/x", SECRET, lambda: NOW))


def test_secrets_in_either_form() -> None:
    assert secret_of(b"  plain words \n") == b"plain words"
    assert secret_of(b"whsec_" + base64.b64encode(SECRET)) == SECRET
    with pytest.raises(ConfigurationError, match="not base64"):
        secret_of(b"whsec_???")
