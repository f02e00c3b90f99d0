"""What ARM tells of the caller and of resource providers: permissions at a scope, and supported api-versions.

The same for every world, so the front desk answers it. The simulated identity holds read rights alone; a rule under
`/control/faults` gives it more (`over-privileged`). Facts: the form of both answers is Microsoft's reference (Permissions - List,
api-version 2022-04-01; Providers - Get, 2021-04-01).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from simulator.errors import arm_error, json_response
from simulator.interface import ArmRequest, ArmResponse, World

_PERMISSIONS = re.compile(
    r"(?P<scope>/subscriptions/(?P<subscription>[^/]+)(?P<below>/.+)?)/providers/Microsoft\.Authorization/permissions/?",
    re.IGNORECASE,
)
_PROVIDER = re.compile(r"/subscriptions/(?P<subscription>[^/]+)/providers/(?P<provider>[^/]+)/?", re.IGNORECASE)
_READS = (
    "Microsoft.RecoveryServices/Vaults/*/read",
    "Microsoft.RecoveryServices/Vaults/read",
    "Microsoft.RecoveryServices/locations/backupCrrJobs/action",
    "Microsoft.RecoveryServices/locations/backupCrrJob/action",
    "Microsoft.DataProtection/backupVaults/*/read",
    "Microsoft.DataProtection/backupVaults/read",
    "Microsoft.Authorization/permissions/read",
    "Microsoft.Insights/eventtypes/values/read",
    "Microsoft.Resources/subscriptions/read",
    "Microsoft.Resources/subscriptions/providers/read",
)
_VERSIONS = ["2026-10-01", "2025-02-01", "2024-04-01", "2023-04-01", "2022-04-01", "2021-11-15"]
_PROVIDERS: Mapping[str, tuple[str, ...]] = {
    "Microsoft.RecoveryServices": (
        "vaults",
        "locations",
        "locations/backupCrrJobs",
        "locations/backupCrrJob",
        "operations",
    ),
    "Microsoft.DataProtection": ("BackupVaults", "locations", "resourceGuards", "operations"),
}
FORBIDDEN = 403


def permission(*actions: str) -> dict[str, list[str]]:
    """One entry of an answer about permissions."""
    return {"actions": list(actions), "notActions": [], "dataActions": [], "notDataActions": []}


def answer_of_rights(request: ArmRequest, world: World) -> ArmResponse | None:
    """The answer to a question about rights or providers; None where it is none."""
    if request.method != "GET":
        return None
    asked = _PERMISSIONS.fullmatch(request.path)
    if asked is not None:
        return _permissions(request, world, asked)
    provider = _PROVIDER.fullmatch(request.path)
    return None if provider is None else _provider(world, provider)


def _permissions(request: ArmRequest, world: World, asked: re.Match[str]) -> ArmResponse:
    if asked["below"] is not None:
        scope = ArmRequest("GET", asked["scope"], request.query, request.base_url, request.now)
        told = world.answer(scope)
        if told.status == FORBIDDEN:  # who may read nothing there may not read this either
            return told
    elif not _has(world, asked["subscription"]):
        return _no_subscription(asked["subscription"])
    return json_response({"value": [permission(*_READS)]})


def _provider(world: World, asked: re.Match[str]) -> ArmResponse:
    if not _has(world, asked["subscription"]):
        return _no_subscription(asked["subscription"])
    wanted = asked["provider"].lower()
    found = next((name for name in _PROVIDERS if name.lower() == wanted), None)
    if found is None:
        return arm_error(404, "InvalidResourceNamespace", f"The resource namespace '{asked['provider']}' is invalid.")
    types = [{"resourceType": name, "locations": [], "apiVersions": _VERSIONS} for name in _PROVIDERS[found]]
    subscription = f"/subscriptions/{asked['subscription']}"
    return json_response(
        {
            "id": f"{subscription}/providers/{found}",
            "namespace": found,
            "resourceTypes": types,
            "registrationState": "Registered",
        }
    )


def _has(world: World, subscription: str) -> bool:
    return subscription.lower() in {one.lower() for one in world.subscriptions()}


def _no_subscription(subscription: str) -> ArmResponse:
    return arm_error(404, "SubscriptionNotFound", f"The subscription '{subscription}' could not be found.")
