"""ARM's front desk: what every request meets before a world answers it.

Method, sign-in, api-version and quota are judged here, and the headers that ARM adds are added. What exists is the
world's business.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import format_datetime

from simulator.above import action_above
from simulator.clock import Clock
from simulator.errors import arm_error, json_response
from simulator.interface import ArmRequest, ArmResponse, World
from simulator.paths import ArmPath, parse_path
from simulator.posts import is_read
from simulator.quota import HEADER, Quota
from simulator.requests import RequestLog
from simulator.rights import answer_of_rights
from simulator.tokens import PRINCIPAL, TokenDesk, request_id

_CORRELATION = "x-ms-correlation-request-id"


@dataclass(frozen=True, slots=True)
class FrontDesk:
    """Answers ARM requests for one world."""

    world: World
    clock: Clock
    tokens: TokenDesk
    quota: Quota
    log: RequestLog

    def answer(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        base_url: str,
        body: bytes = b"",
    ) -> ArmResponse:
        """Answer one request; header names are lower-case, the path is percent-decoded."""
        now = self.clock.now()
        parsed = parse_path(path)
        request = ArmRequest(method, path, {name.lower(): value for name, value in query.items()}, base_url, now, body)
        response = self._judged(request, parsed, headers)
        reads = is_read(method, path)
        self.log.count(
            method, parsed.action if parsed else action_above(path) or "unknown", path, response.status, reads=reads
        )
        return replace(response, headers={**_arm_headers(now, headers), **response.headers})

    def _judged(self, request: ArmRequest, parsed: ArmPath | None, headers: Mapping[str, str]) -> ArmResponse:
        if not is_read(request.method, request.path):
            message = f"The simulator is read-only: {request.method} is not allowed."
            return arm_error(405, "MethodNotAllowed", message, {"allow": "GET"})
        refusal = self.tokens.refusal(headers.get("authorization"))
        if refusal is not None:
            return refusal
        if parsed is None and action_above(request.path) is None:
            return arm_error(404, "ResourceNotFound", f"The path '{request.path}' is none of Azure Resource Manager's.")
        if not request.query.get("api-version"):
            message = "The api-version query parameter (?api-version=) is required for all requests."
            return arm_error(400, "MissingApiVersionParameter", message)
        if parsed is not None and parsed.subscription is None:
            return json_response({"value": [_subscription(one) for one in self.world.subscriptions()]})
        return answer_of_rights(request, self.world) or self._within_quota(request, parsed)

    def _within_quota(self, request: ArmRequest, parsed: ArmPath | None) -> ArmResponse:
        if parsed is None or not parsed.vault or not parsed.collection:
            return self.world.answer(request)
        remaining, throttled = self.quota.take(parsed.vault_key, parsed.action, request.now)
        if throttled is not None:
            return throttled
        response = self.world.answer(request)
        left = {} if remaining is None else {HEADER: str(remaining)}
        return replace(response, headers={**response.headers, **left})


def _subscription(subscription: str) -> dict[str, str]:
    return {
        "id": f"/subscriptions/{subscription}",
        "subscriptionId": subscription,
        "tenantId": PRINCIPAL.tenant_id,
        "displayName": f"Simulated {subscription[:8]}",
        "state": "Enabled",
    }


def _arm_headers(now: datetime, headers: Mapping[str, str]) -> dict[str, str]:
    correlation = headers.get(_CORRELATION) or request_id()
    return {
        "cache-control": "no-cache",
        "date": format_datetime(now, usegmt=True),
        "strict-transport-security": "max-age=31536000; includeSubDomains",
        "x-content-type-options": "nosniff",
        "x-ms-request-id": request_id(),
        _CORRELATION: correlation,
    }
