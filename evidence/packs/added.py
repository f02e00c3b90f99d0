"""The tables that packs of a period hold beside the rows that were captured: unresolved failures, and what people did.

Not here: making each (`aging`, `oversight`, `configuration_changes`). Invariant: a pack of a night holds none of them, so that it tells what
its night's runs told and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pyarrow as pa

from evidence.errors import ConfigurationError
from evidence.ledger.entries import LedgerEntry
from evidence.ledger.folds import Series, named_paths
from evidence.packs.aging.pack import KIND as AGING_KIND
from evidence.packs.aging.pack import aging_table, earlier, read_before
from evidence.packs.disclosure import Disclose, disclosed, whole
from evidence.packs.oversight.configuration_changes import configuration_table
from evidence.packs.oversight.reading import About, Oversight, access_table, deliveries_table, reviews_table
from evidence.packs.period import Period, week_of
from evidence.packs.select import Selection
from evidence.runs.parts import Parts
from evidence.runs.sealed import SealedRows
from evidence.tables import ACCESS, AGING, ALL, CONFIGURATION_CHANGES, DELIVERIES, REVIEWS

INTERNAL = "internal"


def with_added(
    parts: Parts,
    oversight: Oversight,
    entries: Sequence[LedgerEntry],
    series: Series,
    selection: Selection,
    disclose: Disclose = whole,
) -> Selection:
    """The selection with these tables, as the audience may see them; raises IntegrityError, ObjectMissingError, StoreError."""
    period = selection.period
    about = About(period, selection.scope, parts.calendar.span(period.first, period.last), parts.clock.now())
    made = {
        AGING.name: _aging(parts, entries, series, selection),
        **_oversight(parts, oversight, entries, about),
    }
    shown = {name: disclosed(ALL[name], rows, disclose) for name, rows in made.items()}
    return replace(selection, tables={**selection.tables, **shown})


def _aging(parts: Parts, entries: Sequence[LedgerEntry], series: Series, selection: Selection) -> pa.Table:
    """Compared with the pack of an earlier week in a series of weekly packs; names of masked packs can be compared with no others."""
    period, files = selection.period, SealedRows(parts.store, named_paths(entries))
    comparable = series.kind == AGING_KIND and series.audience == INTERNAL
    before = read_before(parts.store, earlier(entries, series, period)) if comparable else None
    return aging_table(files, selection.vaults, period, parts.calendar.window(period.last).end, before)


def _oversight(
    parts: Parts, oversight: Oversight, entries: Sequence[LedgerEntry], about: About
) -> Mapping[str, pa.Table]:
    sealed = SealedRows(parts.store, named_paths(entries))
    return {
        REVIEWS.name: reviews_table(entries, about, oversight.rule),
        DELIVERIES.name: deliveries_table(entries, about),
        ACCESS.name: access_table(oversight.access(), about.now),
        CONFIGURATION_CHANGES.name: configuration_table(sealed, entries, about.period, about.window),
    }


def ordered_period(kind: str, period: Period) -> Period:
    """The period of a pack of a kind: an aging pack is of one ISO week, under its name; raises ConfigurationError for another span."""
    if kind != AGING_KIND:
        return period
    week = week_of(period.first)
    if (period.first, period.last) != (week.first, week.last):
        raise ConfigurationError(
            f"An aging pack is of one week, from Monday to Sunday; {period.name} is not.",
            next_step=f"Give --period {week.name}, the ISO week of {period.first}.",
        )
    return week
