"""By what a night is judged, as configured.

Not here: the settings as written (`evidence.settings`). Invariant: rules are plain values; equal rules judge equally.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from evidence.assess.exceptions.rules import ExceptionRules, exception_rules
from evidence.assess.slots.rules import SlotRules, slot_rules
from evidence.settings import Settings
from evidence.tiers import TierRule


@dataclass(frozen=True, slots=True)
class JudgementRules:
    """Rules of slots and exceptions, and which items matter most."""

    slots: SlotRules = field(default_factory=SlotRules)
    tiers: tuple[TierRule, ...] = ()
    exceptions: ExceptionRules = field(default_factory=ExceptionRules)


def judgement_rules(settings: Settings) -> JudgementRules:
    """The rules that a configuration gives."""
    return JudgementRules(slot_rules(settings.judgement), settings.tiers, exception_rules(settings.exceptions))
