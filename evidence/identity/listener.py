"""Waits on loopback for the one request with which the browser comes back (RFC 8252, section 7.3).

Not here: what the request means (`code_flow`). Invariants: bound to 127.0.0.1 and a port of the system's choice; the first callback is the only one;
nothing that was received is printed, logged or sent back; it ends when its time is over.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, urlsplit

from evidence.errors import SignInError

HOST = "127.0.0.1"
PATH = "/signed-in"
_LONGEST = 16_384
_MOST_FIELDS = 20
_PAGE = (
    b"<!doctype html><html lang=en><meta charset=utf-8><title>Backup Evidence</title>"
    b"<p>Received. Go on in the terminal; this window may be closed."
)
_GONE = b"<!doctype html><html lang=en><meta charset=utf-8><title>Backup Evidence</title><p>Nothing is awaited here."


class Listener:
    """Awaits one callback; use as a context."""

    def __init__(self) -> None:
        self._server = _Server((HOST, 0), _Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def redirect_uri(self) -> str:
        """Where the browser is to come back to."""
        return f"http://{self._server.here}{PATH}"

    def wait(self, seconds: float) -> Mapping[str, str]:
        """The fields of the callback; raises SignInError when the time is over."""
        try:
            return self._server.found.get(timeout=seconds)
        except queue.Empty:
            raise SignInError(
                f"Nobody signed in within {seconds:.0f} seconds.",
                next_step="Run the command again, and open its address in a browser on this very machine.",
            ) from None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = False

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(address, handler)
        self.found: queue.Queue[Mapping[str, str]] = queue.Queue(maxsize=1)
        self.taken = threading.Lock()
        """Held for ever by the first callback."""

    @property
    def here(self) -> str:
        return f"{HOST}:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A connection that breaks is nobody's fault, and its trace could hold what was sent."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 10
    server_version = "backup-evidence"
    sys_version = ""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        # A page elsewhere can make a browser ask this port, under another name of it too.
        if self.headers.get("Host") != self.server.here or len(self.path) > _LONGEST:
            self._answer(400, _GONE)
            return
        fields = _fields(parts.query) if parts.path == PATH else None
        if fields is None:
            self._answer(404, _GONE)
        elif not self.server.taken.acquire(blocking=False):
            self._answer(410, _GONE)
        else:
            self._answer(200, _PAGE)
            self.server.found.put(fields)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the library names it
        """The request line holds the code: it is not logged."""

    def _answer(self, status: int, page: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(page)


def _fields(query: str) -> Mapping[str, str] | None:
    """The fields, each once; None where it is no answer of an issuer."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return None
    found = dict(pairs)
    return found if len(found) == len(pairs) and "state" in found else None
