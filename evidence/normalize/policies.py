"""Policy rows: what a policy ordered when it was seen.

Invariant: `content_sha256` changes when what the policy orders changes, and not when items join or leave it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import rfc8785

from evidence.normalize.fields import Fields
from evidence.normalize.jobs import WORKLOADS
from evidence.normalize.results import Row

COUNTERS = frozenset({"protecteditemscount"})
"""Fields that count what uses the policy and order nothing, folded."""


def policy_row(policy_id: str, name: str | None, fields: Fields, common: Row, text: str, *, ordinal: int) -> Row:
    """The row of one policy, whose `properties` were sent as `text`; `properties` and `envelope` are added by the caller."""
    management_type = fields.text("backupManagementType")
    return {
        **common,
        "ordinal": ordinal,
        "policy_id": policy_id.lower(),
        "name": name,
        "content_sha256": content_sha256(fields.values, text),
        "management_type": management_type,
        "workload": fields.text("workLoadType") or WORKLOADS.get((management_type or "").lower()),
        "schedule": _ordered(fields, "schedulePolicy"),
        "retention": _ordered(fields, "retentionPolicy"),
        "time_zone": fields.text("timeZone") or fields.inside("settings").text("timeZone"),
    }


def content_sha256(properties: Mapping[str, object], text: str) -> str:
    """SHA-256 of the properties as canonical JSON (RFC 8785), without counters.

    What RFC 8785 cannot write (integers beyond 2^53, very deep nesting) is hashed as sent, `text`.
    """
    orders = {key: value for key, value in properties.items() if key.casefold() not in COUNTERS}
    try:
        return hashlib.sha256(rfc8785.dumps(orders)).hexdigest()  # type: ignore[arg-type]  # parsed JSON is what it takes
    except (rfc8785.CanonicalizationError, RecursionError):
        return hashlib.sha256(text.encode()).hexdigest()


def _ordered(fields: Fields, what: str) -> str | None:
    """The schedule or retention as sent; of a workload's parts each one with its `policyType`."""
    parts = fields.each("subProtectionPolicy")
    if not parts:
        return fields.json(what)
    return fields.written(what, [{"policyType": part.get("policyType"), what: part.get(what)} for part in parts])
