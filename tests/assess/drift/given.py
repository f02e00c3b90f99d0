"""Looks at one vault as tests write them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime

from evidence.assess.drift.values import Change, Changes, ItemSeen, PolicySeen, Security, VaultLook
from evidence.assess.slots.values import PolicyVersion

NIGHT = date(2026, 11, 8)
BEFORE, AFTER = datetime(2026, 11, 8, 6, 10, tzinfo=UTC), datetime(2026, 11, 9, 6, 10, tzinfo=UTC)
BETWEEN = datetime(2026, 11, 8, 14, tzinfo=UTC)
VAULT = "/subscriptions/s/resourcegroups/rg/providers/microsoft.recoveryservices/vaults/v1"
POLICY = f"{VAULT}/backuppolicies/daily"
ITEM = f"{VAULT}/items/vm1"
WHO = "admin@contoso.example"


def look(
    at: datetime,
    policies: Mapping[str, PolicySeen] | None = None,
    items: Mapping[str, ItemSeen] | None = None,
    security: Security | None = None,
) -> VaultLook:
    return VaultLook(VAULT, "v1", at, policies, items, security)


def policy(schedule: object, retention: object, sha: str, management: str | None = "AzureIaasVM") -> PolicySeen:
    ordered, kept = (None if one is None else json.dumps(one) for one in (schedule, retention))
    version = PolicyVersion(POLICY, VAULT, sha, management, None, ordered, kept, "UTC", BEFORE)
    return PolicySeen(version, "daily", AFTER)


def item(state: str | None = "Protected", policy_id: str = POLICY, *, deleted: bool = False) -> ItemSeen:
    return ItemSeen(ITEM, "vm1", "VM", policy_id, state, deleted, "/subscriptions/s/vms/vm1", AFTER, 0)


def job(kind: str, about: str = ITEM, *, succeeded: bool = True) -> Change:
    return Change(BETWEEN, kind, about, succeeded=succeeded)


def event(kind: str, about: str, operation: str | None = None, *, succeeded: bool = True) -> Change:
    return Change(BETWEEN, kind, about, operation, WHO, succeeded)


QUIET = Changes((), ())
