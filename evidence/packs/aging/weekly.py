"""The aging pack of a week: built once, and once more where one of its nights was captured again after it."""

from __future__ import annotations

from datetime import datetime, timedelta

from evidence.ledger.folds import SealedPack, Series
from evidence.nights import Calendar
from evidence.packs.added import INTERNAL
from evidence.packs.aging.pack import KIND
from evidence.packs.build import PackOrder, build_pack
from evidence.packs.period import Period, week_of
from evidence.packs.scope import PackScope
from evidence.packs.sealing import Sealing
from evidence.packs.series import reason_for_revision, standing
from evidence.runs.parts import Parts


def ensure_aging_pack(parts: Parts, sealing: Sealing, scope: PackScope, week: Period) -> SealedPack:
    """The standing pack of a week; a night of it that is not sealed is a gap of the pack."""
    entries = parts.ledger.entries()
    found = standing(entries, Series(scope.name, KIND, INTERNAL), week)
    reason = reason_for_revision(entries, found, week.nights()) if found else None
    if found is not None and reason is None:
        return found
    return build_pack(parts, sealing, PackOrder(KIND, scope, week, reason)).pack


def last_ended_week(calendar: Calendar, now: datetime) -> Period:
    """The last week whose nights have all ended."""
    running = week_of(calendar.night_of(now))
    return week_of(running.first - timedelta(days=1))
