"""What `status`, `doctor` and `checkpoint` say of certificates that end: days left, and when a renewal is due."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evidence.compose import Composition
    from evidence.packs.checkpoints.lifetimes import Lifetime


def lifetimes_of(composition: Composition) -> Sequence[Lifetime]:
    """Every certificate that the checkpoints of the store rest on, by its end."""
    from datetime import timedelta

    from evidence.packs.checkpoints.lifetimes import lifetimes

    within = timedelta(days=composition.settings.checkpoint.renew_within_days)
    return lifetimes(composition.ledger.entries(), composition.clock.now(), within)


def warnings_of(found: Sequence[Lifetime]) -> list[str]:
    """One sentence for each that must be renewed now; those that ended without are listed, for nothing can mend that."""
    from evidence.packs.checkpoints.lifetimes import Stage

    return [one.sentence for one in found if one.stage is Stage.DUE]


def rows_of(found: Sequence[Lifetime]) -> list[dict[str, object]]:
    """As `-o json` shows them."""
    return [
        {
            "subject": one.certificate.subject,
            "sha256": one.certificate.sha256,
            "not_after": one.certificate.not_after.isoformat(),
            "days_left": one.days_left,
            "renew_from": one.renew_from.isoformat(),
            "stage": str(one.stage),
        }
        for one in found
    ]
