from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from evidence.clocks import SimulatorClock, SystemClock
from evidence.errors import RefusedError, UnavailableError

NOW = datetime(2026, 11, 21, 6, 30, tzinfo=UTC)


class Control:
    """A simulator's clock over HTTP; `body` replaces what it says."""

    def __init__(self) -> None:
        self.now = NOW
        self.body: bytes | None = None
        self.moved: list[str] = []


@pytest.fixture
def control() -> Iterator[tuple[Control, str]]:
    told = Control()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer()

        def do_PUT(self) -> None:
            sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["now"]
            told.moved.append(sent)
            told.now = datetime.fromisoformat(sent)
            self.answer()

        def answer(self) -> None:
            data = told.body if told.body is not None else json.dumps({"now": told.now.isoformat()}).encode()
            self.send_response(200 if told.body != b"" else 500)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield told, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_systems_clock_tells_aware_utc() -> None:
    assert SystemClock().now().tzinfo is UTC


def test_the_systems_clock_refuses_what_has_not_come() -> None:
    clock = SystemClock()
    clock.reach(clock.now())
    with pytest.raises(RefusedError, match="can be done from"):
        clock.reach(clock.now() + timedelta(minutes=1))


def test_the_simulators_clock_moves_forward_and_never_back(control: tuple[Control, str]) -> None:
    told, url = control
    clock = SimulatorClock(f"{url}/")
    clock.reach(NOW + timedelta(days=1))
    assert clock.now() == NOW + timedelta(days=1)
    clock.reach(NOW)
    assert len(told.moved) == 1


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b"not json", b'{"now": 5}', b'{"now": "yesterday"}', b'{"now": "2026-11-21T06:30:00"}']
)
def test_a_simulator_that_talks_nonsense_is_unavailable(control: tuple[Control, str], body: bytes) -> None:
    told, url = control
    told.body = body
    with pytest.raises(UnavailableError):
        SimulatorClock(url).now()


def test_a_simulator_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(UnavailableError):
        SimulatorClock("http://127.0.0.1:1").now()
