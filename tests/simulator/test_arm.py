from __future__ import annotations

import base64
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import pytest

from simulator.arm import FrontDesk
from simulator.clock import Clock
from simulator.errors import json_response
from simulator.interface import ArmRequest, ArmResponse
from simulator.paths import parse_path
from simulator.quota import HEADER, Quota, Same
from simulator.requests import RequestLog
from simulator.tokens import PRINCIPAL, TokenDesk

NOW = datetime(2026, 11, 2, 6, 30, tzinfo=UTC)
VAULT = "/subscriptions/s/resourceGroups/g/providers/Microsoft.RecoveryServices/vaults/v"
VERSION = {"api-version": "2023-04-01"}


@dataclass
class Echo:
    """A world that remembers what it was asked."""

    asked: list[ArmRequest] = field(default_factory=list)

    def answer(self, request: ArmRequest) -> ArmResponse:
        self.asked.append(request)
        return json_response({"value": []})

    def subscriptions(self) -> Sequence[str]:
        return ["s"]

    def nights(self) -> Sequence[date]:
        return [NOW.date()]


@dataclass
class Counter:
    at: float = 0.0

    def __call__(self) -> float:
        return self.at


class Setting:
    """A front desk with a signed-in caller and a clock that stands still."""

    def __init__(self, limit: int = 10) -> None:
        self.counter = Counter()
        self.world = Echo()
        self.tokens = TokenDesk()
        self.log = RequestLog()
        self.desk = FrontDesk(self.world, Clock(NOW, self.counter), self.tokens, Quota(Same(limit)), self.log)
        token = self.tokens.issue("https://management.azure.com/", int(time.time()) + 60)
        self.headers = {"authorization": f"Bearer {token}"}

    def ask(self, path: str, method: str = "GET", query: dict[str, str] | None = None) -> ArmResponse:
        return self.desk.answer(method, path, VERSION if query is None else query, self.headers, "http://127.0.0.1:1")


def error(answer: ArmResponse) -> Any:
    return json.loads(answer.body)["error"]


def test_a_signed_in_get_reaches_the_world_with_names_in_lower_case() -> None:
    setting = Setting()
    answer = setting.ask(f"{VAULT}/backupJobs", query={"Api-Version": "1", "$Filter": "x", "$skipToken": "T"})
    assert answer.status == 200
    (request,) = setting.world.asked
    assert request.query == {"api-version": "1", "$filter": "x", "$skiptoken": "T"}
    assert request.base_url == "http://127.0.0.1:1"
    assert request.now == NOW


def test_answers_carry_arms_headers_under_the_simulators_clock() -> None:
    setting = Setting()
    setting.headers["x-ms-correlation-request-id"] = "mine"
    headers = setting.ask(VAULT).headers
    assert headers["date"] == "Mon, 02 Nov 2026 06:30:00 GMT"
    assert headers["x-ms-correlation-request-id"] == "mine"
    assert headers["x-ms-request-id"]
    assert headers["content-type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize("header", [None, "", "Bearer forged.by.hand", "Basic abc"])
def test_without_a_token_of_its_own_it_answers_401(header: str | None) -> None:
    setting = Setting()
    setting.headers = {} if header is None else {"authorization": header}
    answer = setting.ask(f"{VAULT}/backupJobs")
    assert answer.status == 401
    assert error(answer)["code"] in {"AuthenticationFailed", "InvalidAuthenticationToken"}
    assert answer.headers["www-authenticate"].startswith("Bearer ")
    assert not setting.world.asked


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "HEAD"])
def test_anything_but_a_get_is_refused_and_counted(method: str) -> None:
    setting = Setting()
    answer = setting.ask("/subscriptions/s/providers/Microsoft.RecoveryServices/register", method)
    assert answer.status == 405
    assert not setting.world.asked
    assert setting.log.summary()["not_get"] == [
        {"method": method, "path": "/subscriptions/s/providers/Microsoft.RecoveryServices/register"}
    ]


def test_the_api_version_is_required_and_otherwise_ignored() -> None:
    answer = Setting().ask(VAULT, query={})
    assert (answer.status, error(answer)["code"]) == (400, "MissingApiVersionParameter")


def test_the_subscriptions_of_any_world_are_listed() -> None:
    setting = Setting()
    (listed,) = json.loads(setting.ask("/subscriptions").body)["value"]
    assert (listed["subscriptionId"], listed["tenantId"]) == ("s", PRINCIPAL.tenant_id)
    assert not setting.world.asked


def test_a_path_of_nobodys_answers_404() -> None:
    assert Setting().ask("/nowhere").status == 404


def test_quota_counts_down_by_vault_and_action_and_then_answers_429() -> None:
    setting = Setting(limit=2)
    jobs = f"{VAULT}/backupJobs"
    assert [setting.ask(jobs).headers[HEADER] for _ in range(2)] == ["1", "0"]
    setting.counter.at += 3276
    throttled = setting.ask(jobs.upper())
    assert throttled.status == 429
    assert throttled.headers["retry-after"] == "324"
    assert error(throttled)["message"] == (
        "Number of requests for action 'Microsoft.RecoveryServices/vaults/backupJobs/read' exceeded the limit of '2' "
        "for time interval '01:00:00'. Please try again after '324' seconds."
    )
    assert setting.ask(f"{VAULT}/backupPolicies").headers[HEADER] == "1"
    assert setting.ask(f"{VAULT}2/backupJobs").headers[HEADER] == "1"
    setting.counter.at += 324
    assert setting.ask(jobs).headers[HEADER] == "1"


def test_requests_are_counted_by_the_action_they_need() -> None:
    setting = Setting()
    points = f"{VAULT}/backupFabrics/Azure/protectionContainers/c;1/protectedItems/i;1/recoveryPoints"
    for path in (VAULT, f"{VAULT}/backupJobs", f"{VAULT}/backupJobs/1", points, "/subscriptions"):
        setting.ask(path)
    assert setting.log.summary()["by_kind"] == {
        "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints/read": 1,
        "Microsoft.RecoveryServices/vaults/backupJobs/read": 2,
        "Microsoft.RecoveryServices/vaults/read": 1,
        "Microsoft.Resources/subscriptions/read": 1,
    }


def test_paths_are_taken_apart_whatever_their_case() -> None:
    path = parse_path(f"{VAULT}/BACKUPFABRICS/Azure/ProtectionContainers/VM;a/PROTECTEDITEMS/vm;b/RecoveryPoints/77")
    assert path is not None
    assert path.item is not None
    assert (path.item.container, path.item.item, path.item.point) == ("VM;a", "vm;b", "77")
    assert parse_path(VAULT.upper()) is not None
    assert parse_path("/control/clock") is None


def test_tokens_tell_who_asked_and_expire_in_real_time() -> None:
    answer = TokenDesk().answer({"resource": "https://management.azure.com/"}, {"x-identity-header": "x"})
    given = json.loads(answer.body)
    head, claims, signature = given["access_token"].split(".")
    decoded = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    assert (decoded["tid"], decoded["oid"], decoded["appid"]) == (
        PRINCIPAL.tenant_id,
        PRINCIPAL.object_id,
        PRINCIPAL.application_id,
    )
    assert decoded["exp"] == int(given["expires_on"]) > time.time() + 3600
    assert head
    assert signature
    assert given["token_type"] == "Bearer"


def test_the_managed_identity_wants_its_header_and_a_resource() -> None:
    desk = TokenDesk()
    assert desk.answer({"resource": "r"}, {}).status == 401
    assert desk.answer({}, {"x-identity-header": "x"}).status == 400
