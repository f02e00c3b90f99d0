"""The tables that packs of a period hold beside the rows that were captured: unresolved failures, a week's exceptions, and what people did.

Not here: making each (`aging`, `oversight`, `configuration_changes`). Invariant: a pack of a night holds none of them, so that it tells what
its night's runs told and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from evidence.errors import ConfigurationError
from evidence.ledger.entries import LedgerEntry
from evidence.ledger.folds import Series, named_paths
from evidence.packs.aging.exceptions import exceptions_table
from evidence.packs.aging.pack import KIND as AGING_KIND
from evidence.packs.aging.pack import aging_table, earlier, read_before
from evidence.packs.objectives import attainment_table
from evidence.packs.oversight.configuration_changes import configuration_table
from evidence.packs.oversight.reading import About, Oversight, access_table, deliveries_table, reviews_table
from evidence.packs.oversight.signed_reviews import check_signed_reviews
from evidence.packs.period import Period, week_of
from evidence.packs.restore_drills.gathering import Gathered, gather
from evidence.packs.restore_drills.in_scope import DrillRules
from evidence.packs.restore_drills.pack import KIND as DRILLS_KIND
from evidence.packs.restore_drills.pack import drill_tables, quarter_period
from evidence.packs.scope import PackScope
from evidence.packs.select import chosen_vaults, sealed_runs, subjects_of
from evidence.runs.parts import Parts
from evidence.runs.sealed import SealedRows
from evidence.tables import ACCESS, AGING, CONFIGURATION_CHANGES, DELIVERIES, EXCEPTIONS_WEEK, REVIEWS

INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class Adding:
    """What these tables are made of."""

    parts: Parts
    oversight: Oversight
    entries: Sequence[LedgerEntry]
    series: Series
    period: Period
    scope: PackScope
    drills: DrillRules

    def tables(self) -> Mapping[str, pa.Table]:
        """The tables, as no audience has seen them yet; raises IntegrityError, ObjectMissingError, StoreError."""
        if self.series.kind == DRILLS_KIND:
            own = drill_tables(self.gathered())
        else:
            own = attainment_table(self.parts, self.entries, self.period, self.scope)
        week = {EXCEPTIONS_WEEK.name: self._exceptions()} if self.series.kind == AGING_KIND else {}
        return {AGING.name: self._aging(), **week, **self._oversight(), **own}

    def gathered(self) -> Gathered:
        """What a pack of drills tells of them; raises IntegrityError, StoreError."""
        return gather(self.parts, self.entries, self.period, self.scope, self.drills)

    def _exceptions(self) -> pa.Table:
        """Of the vaults and subscriptions whose exceptions the pack holds."""
        subjects = subjects_of(self.scope, sealed_runs(self._sealed, self.entries, self.period))
        rules = self.parts.judgement.exceptions
        return exceptions_table(self.parts.store, self.entries, self.period, subjects, rules)

    def _aging(self) -> pa.Table:
        """Compared with the pack of an earlier week in a series of weekly packs; names of masked packs can be compared with no others."""
        files, period, store = self._sealed, self.period, self.parts.store
        comparable = self.series.kind == AGING_KIND and self.series.audience == INTERNAL
        before = read_before(store, earlier(self.entries, self.series, period)) if comparable else None
        vaults = chosen_vaults(self.scope, sealed_runs(files, self.entries, period))
        return aging_table(files, vaults, period, self.parts.calendar.window(period.last).end, before)

    def _oversight(self) -> Mapping[str, pa.Table]:
        parts, period, entries = self.parts, self.period, self.entries
        about = About(period, self.scope, parts.calendar.span(period.first, period.last), parts.clock.now())
        check_signed_reviews(parts.store, entries)
        return {
            REVIEWS.name: reviews_table(entries, about, self.oversight.rule),
            DELIVERIES.name: deliveries_table(entries, about),
            ACCESS.name: access_table(self.oversight.access(), about.now),
            CONFIGURATION_CHANGES.name: configuration_table(self._sealed, entries, about.period, about.window),
        }

    @property
    def _sealed(self) -> SealedRows:
        return SealedRows(self.parts.store, named_paths(self.entries))


def ordered_period(kind: str, period: Period) -> Period:
    """The period of a pack of a kind: an aging pack is of one ISO week, one of restore drills of a quarter, under its name; raises ConfigurationError for another span."""
    if kind == DRILLS_KIND:
        return quarter_period(period)
    if kind != AGING_KIND:
        return period
    week = week_of(period.first)
    if (period.first, period.last) != (week.first, week.last):
        raise ConfigurationError(
            f"An aging pack is of one week, from Monday to Sunday; {period.name} is not.",
            next_step=f"Give --period {week.name}, the ISO week of {period.first}.",
        )
    return week
