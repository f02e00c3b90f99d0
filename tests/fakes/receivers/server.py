"""Receivers on loopback: what came in is kept, and each fault of the other side can be ordered, one a request.

Not here: what a vendor checks and answers. Invariant: a request that does not fit the vendor's documented schema is answered as the vendor would,
and remembered as a mistake of ours.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jsonschema  # type: ignore[import-untyped]  # ships no types


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def data(self) -> bytes:
        return b"" if self.body is None else json.dumps(self.body).encode()


@dataclass(frozen=True)
class Fault:
    """What happens to one request instead of, or besides, its answer."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    done_first: bool = False
    """The request is carried out, and only its answer is lost."""
    hangs: bool = False
    """No answer comes; else the connection ends."""


@dataclass
class Receiver:
    """One vendor's side; subclasses answer."""

    url: str = ""
    requests: list[Request] = field(default_factory=list)
    faults: list[Fault | None] = field(default_factory=list)
    """Of the next requests, in order; None for none."""
    mistakes: list[str] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    def answer(self, request: Request) -> Reply:
        raise NotImplementedError

    def fits(self, schema: dict[str, Any], value: Any) -> bool:
        """Whether a value fits a schema; where not, it is remembered."""
        found = [
            f"{error.json_path}: {error.message}"
            for error in jsonschema.Draft202012Validator(schema).iter_errors(value)
        ]
        self.mistakes += found
        return not found


@contextmanager
def served(receiver: Receiver) -> Iterator[Receiver]:
    """Serve a receiver on a port that the system chooses."""
    lock = threading.Lock()

    class Desk(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _take(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            parts = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Request(self.command, parts.path, dict(parse_qsl(parts.query)), headers, self.rfile.read(length))
            with lock:
                receiver.requests.append(request)
                fault = receiver.faults.pop(0) if receiver.faults else None
                reply = receiver.answer(request) if fault is None or fault.done_first else None
            if fault is not None and fault.status:
                reply = Reply(fault.status, {"error": "as ordered"}, fault.headers)
            elif fault is not None:
                if fault.hangs:
                    receiver.stopped.wait(10)
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            assert reply is not None
            self.send_response(reply.status)
            for name, value in {**reply.headers, "Content-Length": str(len(reply.data))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.data)

        do_GET = do_POST = do_PATCH = do_PUT = _take  # noqa: N815 - the library's names

        def log_message(self, *_: object) -> None:
            return

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            return  # a client that gave up waiting is what some tests are about

    server = Server(("127.0.0.1", 0), Desk)
    receiver.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=lambda: server.serve_forever(0.02), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.stopped.set()
        server.shutdown()
        server.server_close()
        thread.join()
