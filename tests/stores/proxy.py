"""A loopback proxy before Azurite that loses answers, refuses, or answers with other headers, as a test tells it.

Invariant: what it forwards it forwards unchanged; a lost answer is lost after Azurite has acted.
"""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, slots=True)
class Treatment:
    """What happens to one request."""

    lose_answer: bool = False
    refuse: tuple[int, str] | None = None
    """Status and Azure's error code, without asking Azurite."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Added to Azurite's answer."""


_FRAMING = frozenset({"transfer-encoding", "connection", "keep-alive", "content-length"})
PASS = Treatment()
Rule = Callable[[str, str], Treatment]
"""From method and path with query to what happens."""


def _pass(_method: str, _path: str) -> Treatment:
    return PASS


class Proxy(ThreadingHTTPServer):
    """Forwards to the service at a port of this machine, as its rule says."""

    daemon_threads = True

    def __init__(self, service_port: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.service_port = service_port
        self.rule: Rule = _pass
        self.lost: list[str] = []
        """Requests whose answers were lost."""

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    def lose(self, method: str, mark: str, times: int = 1) -> None:
        """Lose the next answers to requests of a method whose path holds a mark."""

        def rule(asked: str, path: str) -> Treatment:
            return Treatment(lose_answer=asked == method and mark in path and len(self.lost) < times)

        self.rule = rule


@contextmanager
def proxy_before(port: int) -> Iterator[Proxy]:
    """A proxy before the service at a port of this machine."""
    with Proxy(port) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield proxy
        finally:
            proxy.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: Proxy
    wbufsize = -1

    def handle_one_request(self) -> None:
        self.close_connection = True
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            return
        treatment = self.server.rule(self.command, self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if treatment.refuse:
            self._answer(treatment.refuse[0], {"x-ms-error-code": treatment.refuse[1]}, b"")
            return
        status, headers, content = self._forward(body)
        if treatment.lose_answer:
            self.server.lost.append(f"{self.command} {self.path}")
            return
        self._answer(status, {**headers, **treatment.headers}, content)

    def _forward(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.service_port)
        connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() != "expect":
                connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, content

    def _answer(self, status: int, headers: Mapping[str, str], content: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            if name not in _FRAMING:
                self.send_header(name, value)
        length = headers.get("content-length", "0") if self.command == "HEAD" else str(len(content))
        self.send_header("Content-Length", length)
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()
