"""Where the time comes from: the system, or a simulator that product, simulator and authority share.

Invariant: outside this module nothing of the product reads the time by itself; it is given a `Clock`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol

import requests

from evidence.errors import RefusedError, UnavailableError


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
    """

    def __init__(self, base_url: str) -> None:
        self._url = f"{base_url.rstrip('/')}/control/clock"

    def now(self) -> datetime:
        """The simulator's moment, UTC; raises UnavailableError."""
        return self._told("GET")

    def reach(self, moment: datetime) -> None:
        """Move the simulator's clock forward to `moment`; a later moment is left as it is."""
        if self.now() < moment:
            self._told("PUT", {"now": moment.isoformat()})

    def _told(self, method: str, body: dict[str, str] | None = None) -> datetime:
        try:
            with requests.Session() as session:
                session.trust_env = False  # a proxy of the environment has no business on loopback
                response = session.request(method, self._url, json=body, timeout=10)
            response.raise_for_status()
            return _aware(response.json()["now"])
        except (requests.RequestException, KeyError, TypeError, ValueError) as error:
            raise UnavailableError(
                "The simulator does not tell the time.",
                cause=str(error),
                next_step="Start it with `python -m simulator`, or set `clock: system`.",
            ) from error


def _aware(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"a moment without time zone: {text}")
    return moment.astimezone(UTC)
