"""Policies of Backup vaults: rules that back up on a trigger, and rules that retain.

Invariant: rules stand as sent; a rule of neither sort stays in `properties` alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from evidence.normalize.fields import Fields
from evidence.normalize.policies import content_sha256
from evidence.normalize.results import Row


def backup_policy_row(policy_id: str, fields: Fields, common: Row, text: str) -> Row:
    """The row of one policy, whose `properties` were sent as `text`; name, place and texts are added by the caller."""
    rules = fields.each("policyRules")
    triggered = [rule for rule in rules if rule.get("trigger") is not None]
    retaining = [rule for rule in rules if rule.get("lifecycles") is not None]
    zones = [rule.inside("trigger").inside("schedule").text("timeZone") for rule in triggered]
    return {
        **common,
        "policy_id": policy_id.lower(),
        "content_sha256": content_sha256(fields.values, text),
        "workload": ", ".join(fields.texts("datasourceTypes")) or None,
        "schedule": _written(fields, triggered),
        "retention": _written(fields, retaining),
        "time_zone": ", ".join(dict.fromkeys(zone for zone in zones if zone)) or None,
    }


def _written(fields: Fields, rules: Sequence[Fields]) -> str | None:
    return fields.written("policyRules", [rule.values for rule in rules]) if rules else None
