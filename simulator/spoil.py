"""Carries out fault rules on any answer but those of `/control`.

The true answer is always made first, so that quotas and counts see the request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import parse_qsl, unquote, urlencode

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from simulator.connections import drop
from simulator.faults import Fault, FaultBook
from simulator.interface import ArmResponse


class Spoiler:
    """ASGI middleware that applies the first matching rule."""

    def __init__(self, app: ASGIApp, faults: FaultBook, end_tokens: Callable[[], None]) -> None:
        self._app = app
        self._faults = faults
        self._end_tokens = end_tokens

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, spoilt where a rule says so."""
        fault = self._rule(scope)
        if fault is None:
            await self._app(scope, receive, send)
            return
        if fault.end_tokens:
            self._end_tokens()
        answer = fault.applied(await self._truth(_asked(scope, fault), receive), _address(scope))
        if fault.stall_s is not None and await _gone_within(fault.stall_s, receive):
            return
        dropped = fault.close or fault.reset
        if not dropped:
            await _send(answer, fault.cut_body, send)
        if dropped or fault.cut_body is not None:
            await drop(tuple(scope["client"]), reset=fault.reset)

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


def _asked(scope: Scope, fault: Fault) -> Scope:
    """The request, without its filter where the rule drops it."""
    if not fault.drop_filter:
        return scope
    pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    kept = urlencode([(name, value) for name, value in pairs if name.lower() != "$filter"])
    return {**scope, "query_string": kept.encode()}


def _address(scope: Scope) -> str:
    """The request's own address, as its caller wrote it."""
    host = next((value.decode() for name, value in scope["headers"] if name == b"host"), "")
    path = scope.get("raw_path", scope["path"].encode()).decode("latin-1").partition("?")[0]
    return f"{scope['scheme']}://{host}{path}?{scope['query_string'].decode('latin-1')}"


async def _gone_within(seconds: float, receive: Receive) -> bool:
    """Wait, and say whether the caller hung up meanwhile."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                continue
            return True
    return False


async def _send(answer: ArmResponse, keep: int | None, send: Send) -> None:
    headers = {name.lower(): value for name, value in answer.headers.items()}
    headers["content-length"] = str(len(answer.body))
    encoded = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": encoded})
    body = answer.body if keep is None else answer.body[:keep]
    await send({"type": "http.response.body", "body": body, "more_body": keep is not None})
