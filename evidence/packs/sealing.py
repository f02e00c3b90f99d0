"""What packs are sealed with."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from evidence.packs.controls.reading import ControlMap, shipped_control_map
from evidence.packs.interface import Renderer
from evidence.packs.oversight.reading import Oversight
from evidence.packs.restore_drills.in_scope import DrillRules
from evidence.retention.rules import KeepUntil, keep_until
from evidence.seals.certificates import refuse_short_lived, refuse_unless_valid
from evidence.seals.interface import Signer, TimestampAuthority
from evidence.tiers import TierRule


@dataclass(frozen=True, slots=True)
class Sealing:
    """What packs are sealed with."""

    signer: Signer
    authority: TimestampAuthority | None
    renderer: Renderer
    organisation: str
    keep_years: int
    audit_year_starts: str
    controls: ControlMap = field(default_factory=shipped_control_map)
    """Which controls the claims of a pack bear on."""
    oversight: Oversight = field(default_factory=Oversight)
    """What is asked of people, and how it is read who may write."""
    tiers: tuple[TierRule, ...] = ()
    """Objectives of items, as configured when the pack is made."""
    drills: DrillRules = field(default_factory=DrillRules)
    """By what restores are told apart, and items are due for a drill."""

    def keep_until(self, last_night: date, sealed_at: datetime) -> KeepUntil:
        """Until when a pack sealed at a moment is kept.

        Raises RefusedError where the signer's certificate is not valid at that moment or ends before the pack may go.
        """
        refuse_unless_valid(self.signer.identity, sealed_at)
        keep = keep_until(sealed_at.date(), last_night, years=self.keep_years, audit_year_starts=self.audit_year_starts)
        refuse_short_lived(self.signer.identity, keep.day)
        return keep
