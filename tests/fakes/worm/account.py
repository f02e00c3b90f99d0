"""What the control plane says of the account, in the shapes of azure-mgmt-storage: container policy, soft delete, lifecycle rules.

Not here: HTTP (`service`). Invariant: it tells what the container does, and lifecycle rules do what they say when they are run.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from tests.fakes.worm.state import Container, RefusedError

NAME = "evidence"


@dataclass
class Account:
    """Settings of one storage account with one container."""

    container: Container
    rules: list[Mapping[str, object]] = field(default_factory=list)
    """Lifecycle rules, as ARM spells them."""
    container_soft_delete_days: int | None = 7

    def told(self, method: str, path: str) -> bytes:
        """The answer to a question; raises RefusedError."""
        if method != "GET":
            raise RefusedError(501, "NotImplemented")
        match path.split("/")[1:]:
            case ["blobServices", "default", "containers", name] if name == NAME:
                return json.dumps({"name": name, "properties": self._container()}).encode()
            case ["blobServices", "default"]:
                return json.dumps({"name": "default", "properties": self._service()}).encode()
            case ["managementPolicies", "default"]:
                if not self.rules:
                    raise RefusedError(404, "ManagementPolicyNotFound")
                return json.dumps({"name": "default", "properties": {"policy": {"rules": self.rules}}}).encode()
        raise RefusedError(404, "ResourceNotFound")

    def lapse(self) -> Sequence[str]:
        """Let the rules that delete by age since creation work; what is immutable stays. Gives the names that went."""
        gone = []
        for rule in self.rules:
            days = _deletes_after(rule)
            if days is None:
                continue
            for one in self.container.listed(versions=False, deleted=False):
                if self.container.now() - one.created > timedelta(days=days):
                    try:
                        self.container.delete(one.name, None)
                    except RefusedError:
                        continue
                    gone.append(one.name)
        return gone

    def _container(self) -> Mapping[str, object]:
        container = self.container
        told: dict[str, object] = {
            "hasLegalHold": container.legal_hold,
            "hasImmutabilityPolicy": container.policy is not None,
            "immutableStorageWithVersioning": {"enabled": container.version_level},
        }
        if container.policy is not None:
            state = "Locked" if container.policy.locked else "Unlocked"
            days = container.policy.days
            told["immutabilityPolicy"] = {
                "etag": '"1"',
                "properties": {"immutabilityPeriodSinceCreationInDays": days, "state": state},
            }
        return told

    def _service(self) -> Mapping[str, object]:
        return {
            "isVersioningEnabled": self.container.versioning,
            "deleteRetentionPolicy": _days(self.container.soft_delete_days)
            | {"allowPermanentDelete": self.container.permanent_delete},
            "containerDeleteRetentionPolicy": _days(self.container_soft_delete_days),
        }


def deleting(
    days: int, *, name: str = "tidy", prefixes: Sequence[str] = (), basis: str = "Creation"
) -> dict[str, object]:
    """A lifecycle rule that deletes blobs by age."""
    filters: dict[str, object] = {"blobTypes": ["blockBlob"]}
    if prefixes:
        filters["prefixMatch"] = list(prefixes)
    actions = {"baseBlob": {"delete": {f"daysAfter{basis}GreaterThan": days}}}
    return {"enabled": True, "name": name, "type": "Lifecycle", "definition": {"actions": actions, "filters": filters}}


def _days(days: int | None) -> dict[str, object]:
    return {"enabled": False} if days is None else {"enabled": True, "days": days}


def _deletes_after(rule: Mapping[str, object]) -> int | None:
    definition = rule["definition"]
    assert isinstance(definition, Mapping)
    delete = definition["actions"].get("baseBlob", {}).get("delete", {})
    days = delete.get("daysAfterCreationGreaterThan")
    return int(days) if days is not None else None
