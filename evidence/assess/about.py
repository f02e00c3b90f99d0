"""Which item a finding is about: what every detector has to say of it, and how much it matters.

Not here: finding the tier (`evidence.tiers`). Invariant: an item that no tier rule fits is judged as one that matters least, and is told so.
"""

from __future__ import annotations

from dataclasses import dataclass

from evidence.assess.findings import Severity

_MATTER_MOST = (0, 1)


@dataclass(frozen=True, slots=True)
class About:
    """One protected item, as findings name it."""

    vault_id: str
    item_key: str
    name: str
    """Name that people know it by."""
    workload: str | None = None
    tier: int | None = None
    """By the rules in force; None where no rule fits."""

    @property
    def matters_most(self) -> bool:
        """Whether it is of tier 0 or 1."""
        return self.tier in _MATTER_MOST

    def severity(self, usual: Severity) -> Severity:
        """One step worse than usual where the item is of tier 0 or 1; what is for information alone stays so."""
        worse = {Severity.ERROR: Severity.CRITICAL, Severity.WARNING: Severity.ERROR}
        return worse.get(usual, usual) if self.matters_most else usual
