"""Carries out fault rules on any answer but those of `/control`.

The true answer is always made first, so that quotas and counts see the request.
"""

from __future__ import annotations

from urllib.parse import unquote

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from simulator.connections import drop
from simulator.faults import Fault, FaultBook
from simulator.interface import ArmResponse


class Spoiler:
    """ASGI middleware that applies the first matching rule."""

    def __init__(self, app: ASGIApp, faults: FaultBook) -> None:
        self._app = app
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, spoilt where a rule says so."""
        fault = self._rule(scope)
        if fault is None:
            await self._app(scope, receive, send)
            return
        answer = fault.applied(await self._truth(scope, receive))
        if not fault.close:
            await _send(answer, fault.cut_body, send)
        if fault.close or fault.cut_body is not None:
            await drop(tuple(scope["client"]))

    def _rule(self, scope: Scope) -> Fault | None:
        if scope["type"] != "http" or scope["path"].startswith("/control"):
            return None
        raw = f"{scope['path']}?{scope['query_string'].decode('latin-1')}"
        return self._faults.match(scope["method"], f"{raw} {unquote(raw)}")

    async def _truth(self, scope: Scope, receive: Receive) -> ArmResponse:
        status, headers, body = 500, {}, b""

        async def collect(message: Message) -> None:
            nonlocal status, headers, body
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = {name.decode(): value.decode("latin-1") for name, value in message["headers"]}
            else:
                body += message.get("body", b"")

        await self._app(scope, receive, collect)
        return ArmResponse(status, body, headers)


async def _send(answer: ArmResponse, keep: int | None, send: Send) -> None:
    headers = {name.lower(): value for name, value in answer.headers.items()}
    headers["content-length"] = str(len(answer.body))
    encoded = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": encoded})
    body = answer.body if keep is None else answer.body[:keep]
    await send({"type": "http.response.body", "body": body, "more_body": keep is not None})
