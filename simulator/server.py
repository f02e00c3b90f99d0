"""The web server: which path leads to which desk.

Wiring only: sign-in, ARM, time stamps, faults and control each have their own module.
"""

from __future__ import annotations

import asyncio

import orjson
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import Receive, Scope, Send

from simulator.arm import FrontDesk
from simulator.clock import Clock
from simulator.control import ControlDesk, Truth
from simulator.errors import SimulatorError
from simulator.faults import FaultBook
from simulator.interface import ArmResponse, World
from simulator.quota import Quota
from simulator.requests import RequestLog
from simulator.spoil import Spoiler
from simulator.timestamp import TimeStampAuthority
from simulator.tokens import TokenDesk


def build_app(
    world: World, clock: Clock, *, quota: Quota | None = None, latency_s: float = 0.0, truth: Truth | None = None
) -> Starlette:
    """The whole simulator as one ASGI application.

    `truth` tells what a generated world planted; without it `/control/truth` answers 404.
    """
    faults, log, tokens = FaultBook(), RequestLog(), TokenDesk()
    control = ControlDesk(world, clock, log, faults, truth)
    routes: list[BaseRoute] = [
        Mount("/control", routes=control.routes()),
        *_sign_in(tokens),
        *_time_stamps(TimeStampAuthority(clock)),
        Mount("/", app=_Arm(FrontDesk(world, clock, tokens, quota or Quota(), log), latency_s)),
    ]
    return Starlette(
        routes=routes,
        middleware=[Middleware(Spoiler, faults=faults, end_tokens=tokens.end)],
        exception_handlers={SimulatorError: _refused},
    )


class _Arm:
    """Everything that is not a desk of its own is ARM."""

    def __init__(self, desk: FrontDesk, latency_s: float) -> None:
        self._desk = desk
        self._latency_s = latency_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        base_url = f"{request.url.scheme}://{request.headers.get('host') or request.url.netloc}"
        query = dict(request.query_params)
        body = await request.body()
        answer = self._desk.answer(request.method, scope["path"], query, request.headers, base_url, body)
        if self._latency_s:
            await asyncio.sleep(self._latency_s)
        await _response(answer)(scope, receive, send)


def _sign_in(tokens: TokenDesk) -> list[BaseRoute]:
    async def token(request: Request) -> Response:
        return _response(tokens.answer(request.query_params, request.headers))

    return [Route("/msi/token", token, methods=["GET"])]


def _time_stamps(authority: TimeStampAuthority) -> list[BaseRoute]:
    async def stamp(request: Request) -> Response:
        return Response(authority.answer(await request.body()), media_type="application/timestamp-reply")

    async def root(_: Request) -> Response:
        return Response(authority.root_pem(), media_type="application/x-pem-file")

    return [Route("/tsa", stamp, methods=["POST"]), Route("/tsa/root.pem", root, methods=["GET"])]


async def _refused(_: Request, error: Exception) -> Response:
    return Response(orjson.dumps({"error": str(error)}), 400, media_type="application/json")


def _response(answer: ArmResponse) -> Response:
    return Response(answer.body, answer.status, dict(answer.headers))
