"""A small scripted HTTP server on loopback that answers as told, right or wrong, and remembers what it was asked.

Not here: what Azure's bodies look like (`world`). It is written apart from the simulator, so that a mistake in one shows.
"""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

import orjson


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def path(self) -> str:
        return unquote(urlsplit(self.target).path)

    @property
    def query(self) -> dict[str, str]:
        return {name.lower(): values[0] for name, values in parse_qs(urlsplit(self.target).query).items()}

    @property
    def filter(self) -> str:
        return self.query.get("$filter", "")


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer; `fault` breaks it on the way: `cut`, `reset`, `stall` or `unsized`."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    fault: str | None = None


def body(document: object, status: int = 200, **headers: str) -> Reply:
    """A JSON answer; `retry_after="3"` becomes the header `retry-after`."""
    return Reply(status, orjson.dumps(document), {name.replace("_", "-"): value for name, value in headers.items()})


def refusal(status: int, code: str = "Refused", message: str = "no", **headers: str) -> Reply:
    """An answer in ARM's error envelope."""
    return body({"error": {"code": code, "message": message}}, status, **headers)


Script = Callable[[Asked], Reply]


class Loopback:
    """Routes by the end of the path, without case; the route told last wins, and the last of several replies repeats."""

    def __init__(self, address: tuple[str, int], released: threading.Event) -> None:
        self.base_url = f"http://{address[0]}:{address[1]}"
        self.asked: list[Asked] = []
        self.released = released
        self._routes: list[tuple[str, str, Script]] = []
        self._lock = threading.Lock()

    def tell(self, ending: str, *replies: Reply | Script, filtered: str = "") -> None:
        """Answer paths with this ending (and this piece of filter) with these replies in turn."""
        self._routes.append((ending.lower(), filtered, _in_turn(replies)))

    def respond(self, asked: Asked) -> Reply:
        with self._lock:
            self.asked.append(asked)
            for ending, filtered, script in reversed(self._routes):
                if asked.path.lower().endswith(ending) and filtered in asked.filter:
                    return script(asked)
        return refusal(404, "ResourceNotFound", f"nothing is told for {asked.path}")

    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    def asked_for(self, ending: str) -> list[Asked]:
        return [asked for asked in self.asked if asked.path.lower().endswith(ending.lower())]


def _in_turn(replies: tuple[Reply | Script, ...]) -> Script:
    left = list(replies)

    def script(asked: Asked) -> Reply:
        reply = left.pop(0) if len(left) > 1 else left[0]
        return reply if isinstance(reply, Reply) else reply(asked)

    return script


@contextmanager
def serving() -> Iterator[Loopback]:
    """A running server on a free port; ended, with every stalled answer released, afterwards."""
    released = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 10

        def _answer(self) -> None:
            sent = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            _send(self, loopback.respond(Asked(self.command, self.path, headers, sent)), released)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _answer  # noqa: N815

        def log_message(self, *_: object) -> None:
            return

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """A client that broke off is part of the tests."""

    with Server(("127.0.0.1", 0), Handler) as server:
        loopback = Loopback(("127.0.0.1", server.server_address[1]), released)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield loopback
        finally:
            released.set()
            server.shutdown()
            thread.join()


def _send(handler: BaseHTTPRequestHandler, reply: Reply, released: threading.Event) -> None:
    if reply.fault == "stall":
        released.wait(30)
    if reply.fault in {"stall", "reset"}:
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        handler.close_connection = True
        handler.connection.close()
        return
    length = {} if reply.fault == "unsized" else {"content-length": str(len(reply.body))}
    lines = [f"HTTP/1.1 {reply.status} Told", "content-type: application/json; charset=utf-8"]
    lines += [f"{name}: {value}" for name, value in {**length, **reply.headers}.items()]
    sent = reply.body[: len(reply.body) // 2] if reply.fault in {"cut", "unsized"} else reply.body
    handler.wfile.write("\r\n".join([*lines, "", ""]).encode("latin-1") + sent)  # at once: two writes cost 40 ms
    handler.close_connection = handler.close_connection or reply.fault is not None
