"""How long the certificates that checkpoints rest on still live, and which must be renewed before they end.

Not here: making the renewal (`renewal`). Invariant: pure over the ledger; a certificate that ended before anything renewed what rests on
it is told for ever, because nothing can mend that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from evidence.ledger.entries import LedgerEntry
from evidence.ledger.publications import Purpose, UsedCertificate, checkpoints


class Stage(StrEnum):
    """Where a certificate stands."""

    EARLY = "not due yet"
    DUE = "renewal due"
    RENEWED = "renewed"
    LATE = "ended before a renewal"


@dataclass(frozen=True, slots=True)
class Lifetime:
    """One certificate of the checkpoints."""

    certificate: UsedCertificate
    days_left: int
    """Whole days until it ends; negative once it has."""
    renew_from: datetime
    stage: Stage

    @property
    def sentence(self) -> str:
        """For people; what to do, where something is to be done."""
        one, ends = self.certificate, f"{self.certificate.not_after:%Y-%m-%d}"
        if self.stage is Stage.DUE:
            return (
                f"{one.subject} ends on {ends}, in {self.days_left} days, and nothing renews it yet: "
                "backup-evidence checkpoint make --renewal"
            )
        if self.stage is Stage.LATE:
            return f"{one.subject} ended on {ends} before a renewal: seals that rest on it are shown by it no longer"
        return (
            f"{one.subject} ends on {ends}, in {self.days_left} days; to be renewed from {self.renew_from:%Y-%m-%d} on"
        )


def lifetimes(entries: Sequence[LedgerEntry], now: datetime, within: timedelta) -> tuple[Lifetime, ...]:
    """Every certificate of the checkpoints made, by its end; `within` is how long before that a renewal counts for it."""
    made = checkpoints(entries)
    used = {one.sha256: one for checkpoint in made for one in checkpoint.certificates}
    renewals = [one.entry.at for one in made if one.purpose is Purpose.RENEWAL and one.stamped]
    told = (_lifetime(one, renewals, now, within) for one in used.values())
    return tuple(sorted(told, key=lambda one: (one.certificate.not_after, one.certificate.sha256)))


def _lifetime(one: UsedCertificate, renewals: Sequence[datetime], now: datetime, within: timedelta) -> Lifetime:
    begin = one.not_after - within
    if any(begin <= at <= one.not_after for at in renewals):
        stage = Stage.RENEWED
    elif now > one.not_after:
        stage = Stage.LATE
    else:
        stage = Stage.DUE if now >= begin else Stage.EARLY
    return Lifetime(one, (one.not_after - now) // timedelta(days=1), begin, stage)
