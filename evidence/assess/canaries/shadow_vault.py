"""The shadow data set's vault at two looks, and a resource beside it.

Not here: detectors. Invariant: the healthy twin's looks tell the same.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from evidence.assess.canaries.plants import POLICY, VAULT, WORD, Plant, Stage, canary
from evidence.assess.canaries.shadow_slots import policy
from evidence.assess.drift.values import Change, Changes, ItemSeen, PolicySeen, Security, VaultLook
from evidence.assess.sides import RESOURCE_GRAPH, Difference

ACTOR = "canary@example.invalid"


def before(stage: Stage) -> VaultLook:
    """The vault on the night before."""
    return _look(stage, stage.read_at(stage.nights(2)[0]))


def after(stage: Stage) -> VaultLook:
    """The vault on this night, with what was planted."""
    look, plant = _look(stage, stage.read_at(stage.night)), stage.plant
    if plant in {Plant.THINNED, Plant.SHORTENED}:
        edited = policy(
            stage, every_day=plant is not Plant.THINNED, keep_days=7 if plant is Plant.SHORTENED else 30, sha="edited"
        )
        return replace(look, policies={POLICY: PolicySeen(edited, "daily", look.observed_at)})
    assert look.items is not None  # noqa: S101 - as made below
    ((key, item),) = look.items.items()
    if plant is Plant.VANISHED:
        return replace(look, items={})
    if plant is Plant.STOPPED:
        return replace(look, items={key: replace(item, protection_state="ProtectionStopped")})
    if plant is Plant.REASSIGNED:
        return replace(look, items={key: replace(item, policy_id=f"{POLICY}-other")})
    if plant is Plant.WEAKENED:
        return replace(look, security=Security(look.observed_at, {"vault": {"soft_delete": "Disabled"}}))
    return look


def changes(stage: Stage) -> Changes:
    """What the Activity Log told of the time between."""
    at = stage.read_at(stage.night) - timedelta(hours=12)
    return Changes((), (Change(at, "policy", POLICY, caller=ACTOR),))


def resources(stage: Stage) -> list[Difference]:
    """What comparing resources with items gave."""
    if stage.plant is not Plant.UNPROTECTED:
        return []
    key = f"{WORD}/resource"
    return [Difference("resource", key, WORD, RESOURCE_GRAPH, "unprotected", "Planted.", name="canary-machine")]


def _look(stage: Stage, at: datetime) -> VaultLook:
    about = canary()
    item = ItemSeen(
        about.item_key, about.name, about.workload, POLICY, "Protected", False, f"{WORD}/vm", at, about.tier
    )
    return VaultLook(
        VAULT, WORD, at,
        {POLICY: PolicySeen(policy(stage), "daily", at)},
        {about.item_key: item},
        Security(at, {"vault": {"soft_delete": "AlwaysON"}}),
    )  # fmt: skip
