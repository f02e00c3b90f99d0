"""The rules of drills as an organisation configures them.

Not here: the settings as written (`evidence.settings.drills`), what the rules do (`due`, `classify`, `plan`). Invariant: rules are plain values; what is
not set is the default of the rules themselves.
"""

from __future__ import annotations

from collections.abc import Mapping

from evidence.drills.classify import WEIGHTS, ClassifyRules
from evidence.drills.due import Frequency
from evidence.settings.drills import DrillSettings


def frequencies(settings: DrillSettings) -> Mapping[int | None, Frequency]:
    """How often each tier is drilled; None stands for items without a tier, and for tiers that are not named."""
    return {
        tier: Frequency(told.item_months, told.application_months, sampled=told.sampled)
        for tier, told in settings.by_tier.items()
    }


def classify_rules(settings: DrillSettings, tenant_id: str) -> ClassifyRules:
    """By what restores are told apart; those who test are persons of the store's tenant."""
    told, default = settings.classify, ClassifyRules()
    return ClassifyRules(
        drill_groups=told.drill_groups or default.drill_groups,
        drill_names=told.drill_names or default.drill_names,
        drill_subscriptions=frozenset(told.drill_subscriptions),
        drill_initiators=frozenset((tenant_id.lower(), one) for one in told.drill_initiators),
        production_groups=told.production_groups,
        production_subscriptions=frozenset(told.production_subscriptions),
        weights={**WEIGHTS, **{str(signal): weight for signal, weight in told.weights.items()}},
        sure=told.sure,
    )
