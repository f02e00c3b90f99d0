"""`/control`: how a test or a demo steers the simulator. Loopback only, no sign-in.

The clock, the nights, what was asked, faults, and the truth about a generated world.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulator.clock import Clock, parse_moment
from simulator.errors import ClockError, FaultError, SimulatorError
from simulator.faults import FaultBook
from simulator.interface import World
from simulator.requests import RequestLog

Truth = Callable[[], Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class ControlDesk:
    """Everything that `/control` can show or move."""

    world: World
    clock: Clock
    log: RequestLog
    faults: FaultBook
    truth: Truth | None

    def routes(self) -> list[Route]:
        """The routes below `/control`."""
        return [
            Route("/clock", self._clock, methods=["GET", "PUT"]),
            Route("/nights", self._nights, methods=["GET"]),
            Route("/subscriptions", self._subscriptions, methods=["GET"]),
            Route("/requests", self._requests, methods=["GET"]),
            Route("/faults", self._faults, methods=["GET", "PUT"]),
            Route("/truth", self._truth, methods=["GET"]),
        ]

    async def _clock(self, request: Request) -> Response:
        if request.method == "PUT":
            try:
                self.clock.set(parse_moment(str((await _body(request)).get("now"))))
            except ClockError as error:
                return _json({"error": str(error)}, 409)
        return _json({"now": self.clock.now().isoformat()})

    async def _nights(self, _: Request) -> Response:
        return _json({"nights": [night.isoformat() for night in self.world.nights()]})

    async def _subscriptions(self, _: Request) -> Response:
        return _json({"subscriptions": list(self.world.subscriptions())})

    async def _requests(self, _: Request) -> Response:
        return _json(self.log.summary())

    async def _faults(self, request: Request) -> Response:
        if request.method == "PUT":
            try:
                self.faults.replace((await _body(request)).get("faults"))
            except FaultError as error:
                return _json({"error": str(error)}, 400)
        return _json({"faults": self.faults.listed()})

    async def _truth(self, _: Request) -> Response:
        if self.truth is None:
            return _json({"error": "This world was not generated: nobody planted anything in it."}, 404)
        return _json(self.truth())


async def _body(request: Request) -> Mapping[str, object]:
    try:
        body = orjson.loads(await request.body())
    except orjson.JSONDecodeError as error:
        raise SimulatorError(f"The body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise SimulatorError("The body is a JSON object.")
    return body


def _json(body: object, status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json")
