"""The rules of drills as an organisation configures them.

Not here: the settings as written (`evidence.settings.drills`), what the rules do (`due`, `classify`, `plan`). Invariant: rules are plain values; what is
not set is the default of the rules themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from evidence.drills.classify import WEIGHTS, ClassifyRules
from evidence.drills.due import DueRules, Frequency
from evidence.drills.plan import PlanRules
from evidence.drills.values import Target
from evidence.settings.drills import DrillSettings
from evidence.tiers import ItemFacts

OTHER = "other"
_TYPES: Mapping[str, str] = {
    "vm": "vm_full",
    "sqldatabase": "db_full",
    "sqlinstance": "db_full",
    "saphanadatabase": "db_full",
    "saphanadbinstance": "db_full",
    "sapasedatabase": "db_full",
    "azurefileshare": "file_share",
    "filefolder": "file_item",
    "microsoft.compute/disks": "disk",
    "microsoft.storage/storageaccounts/blobservices": "blob",
    "microsoft.storage/storageaccounts/adlsblobservices": "blob",
    "microsoft.containerservice/managedclusters": "cluster",
    "microsoft.dbforpostgresql/servers/databases": "db_full",
    "microsoft.dbforpostgresql/flexibleservers": "db_full",
    "microsoft.dbformysql/flexibleservers": "db_full",
}
"""What is restored of a workload where no rule says otherwise."""


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


def plan_rules(settings: DrillSettings) -> PlanRules:
    """By what a quarter's plan is drawn."""
    return PlanRules(
        due=DueRules(frequencies(settings), timedelta(days=settings.new_within_days)),
        share=settings.share,
        window=timedelta(days=settings.window_days),
        grace=timedelta(days=settings.grace_days),
    )


def drill_type_of(item: ItemFacts, settings: DrillSettings) -> str:
    """What is restored of an item: by the first rule that fits, else by its workload."""
    rule = next((rule for rule in settings.types if rule.match.fits(item)), None)
    return rule.type if rule is not None else _TYPES.get((item.workload or "").lower(), OTHER)


def place_of(item: ItemFacts, settings: DrillSettings) -> Target:
    """Where an item is restored to, without a name; nothing where no rule fits."""
    rule = next((rule for rule in settings.targets if rule.match.fits(item)), None)
    return Target() if rule is None else Target(rule.subscription, rule.resource_group, None, rule.network)


def server_of(item: ItemFacts, settings: DrillSettings) -> str | None:
    """The machine or storage account that takes what is restored, where a rule names one."""
    return next((rule.server for rule in settings.targets if rule.match.fits(item)), None)


def application_of(item: ItemFacts, tags: Mapping[str, str] | None, settings: DrillSettings) -> str | None:
    """The application that an item belongs to; `tags` are those of the protected resource, None where they were not read."""
    told = settings.applications
    rule = next((rule for rule in told.rules if rule.match.fits(item)), None)
    if rule is not None:
        return rule.application
    wanted = (told.tag or "").lower()
    return next((value for name, value in sorted((tags or {}).items()) if name.lower() == wanted and value), None)
