"""Answers about backup policies: all of a vault's, or one by its name."""

from __future__ import annotations

from datetime import datetime

from simulator.errors import json_response
from simulator.filters import parse_filter
from simulator.generated.bodies.policies import policy_body
from simulator.generated.history import History
from simulator.generated.values import Policy, Vault
from simulator.interface import ArmRequest, ArmResponse

_FILTER = ("backupManagementType", "workloadType")


class PoliciesDesk:
    """Answers for the policies of a vault."""

    def __init__(self, history: History) -> None:
        self._history = history

    def answer(self, request: ArmRequest, vault: Vault, name: str | None) -> ArmResponse:
        """The policies, or one; an unknown one is Azure's 404 with an empty body. Raises FilterError."""
        if name is not None:
            for policy in vault.policies:
                if policy.name.lower() == name.lower():
                    return json_response(policy_body(vault, policy, self._users(vault, policy, request.now)))
            return json_response({}, 404)
        asked = parse_filter(request.query.get("$filter", ""), _FILTER)
        bodies = [
            policy_body(vault, policy, self._users(vault, policy, request.now))
            for policy in vault.policies
            if asked.get("backupmanagementtype", policy.workload.management_type) == policy.workload.management_type
            and asked.get("workloadtype", policy.workload).lower() == policy.workload.lower()
        ]
        return json_response({"value": bodies})

    def _users(self, vault: Vault, policy: Policy, now: datetime) -> int:
        items = self._history.estate.items_of(vault)
        return sum(item.policy == policy and self._history.alive(item, now) for item in items)
