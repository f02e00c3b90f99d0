"""Where the time comes from: the system, or a simulator that product, simulator and authority share.

Invariant: outside this module nothing of the product reads the time by itself; it is given a `Clock`.
"""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Protocol
from urllib.parse import urlsplit

from evidence.errors import RefusedError, UnavailableError

HTTP_OK = 200


class Clock(Protocol):
    """Tells the time, UTC."""

    def now(self) -> datetime:
        """The present moment, UTC, aware."""
        ...

    def reach(self, moment: datetime) -> None:
        """Make sure that `moment` has come; raises RefusedError where it has not and cannot be made to."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The present moment, UTC."""
        return datetime.now(UTC)

    def reach(self, moment: datetime) -> None:
        """Refuse a moment that lies ahead: time is not ours to move."""
        now = self.now()
        if now < moment:
            raise RefusedError(
                f"It is {now:%Y-%m-%d %H:%M} UTC; this can be done from {moment:%Y-%m-%d %H:%M} UTC on.",
                cause="The night has not ended, so what it holds is not known yet.",
                next_step="Ask for an earlier night, or run again after that time.",
            )


class SimulatorClock:
    """The clock of a simulator on loopback, which product, simulator and authority then share.

    Only `compose` makes one, for a loopback endpoint and a DEVELOPMENT key: with it past nights are captured on time.
    Each thread keeps a connection of its own, for a capture asks the time at every call; no proxy is ever asked.
    """

    def __init__(self, base_url: str) -> None:
        self._address = urlsplit(f"{base_url.rstrip('/')}/control/clock")
        self._kept = threading.local()

    def now(self) -> datetime:
        """The simulator's moment, UTC; raises UnavailableError."""
        return self._told("GET", None)

    def reach(self, moment: datetime) -> None:
        """Move the simulator's clock forward to `moment`; a later moment is left as it is."""
        if self.now() < moment:
            self._told("PUT", json.dumps({"now": moment.isoformat()}).encode())

    def _told(self, method: str, body: bytes | None) -> datetime:
        try:
            answer = self._asked(method, body)
            return _aware(json.loads(answer)["now"])
        except (OSError, HTTPException, KeyError, TypeError, ValueError) as error:
            raise UnavailableError(
                "The simulator does not tell the time.",
                cause=str(error) or type(error).__name__,
                next_step="Start it with `python -m simulator`, or set `clock: system`.",
            ) from error

    def _asked(self, method: str, body: bytes | None) -> bytes:
        connection = self._connection()
        try:
            return _exchange(connection, method, self._address.path, body)
        except (OSError, HTTPException):
            # It ends connections that were quiet for some seconds; a new one shows whether it is there.
            connection.close()
            return _exchange(connection, method, self._address.path, body)

    def _connection(self) -> HTTPConnection:
        found: HTTPConnection | None = getattr(self._kept, "connection", None)
        if found is None:
            kind = HTTPSConnection if self._address.scheme == "https" else HTTPConnection
            found = self._kept.connection = kind(self._address.hostname or "", self._address.port, timeout=10)
        return found


def _exchange(connection: HTTPConnection, method: str, path: str, body: bytes | None) -> bytes:
    connection.request(method, path, body)
    response = connection.getresponse()
    answer = response.read()
    if response.status != HTTP_OK:
        raise ValueError(f"it answered {response.status}: {answer[:200].decode(errors='replace')}")
    return answer


def _aware(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"a moment without time zone: {text}")
    return moment.astimezone(UTC)
