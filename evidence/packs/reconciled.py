"""How many things two sources tell differently, each number with its denominator. Pure over the packed `reconciliation`.

Invariant: what was not compared is counted as such; where nothing was compared there is no number, never a zero.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from evidence.packs.interface import NOT_CONFIRMED
from evidence.packs.second_rows import Expectation
from evidence.packs.select import Selection
from evidence.packs.texts import plural
from evidence.records import WITHOUT_SECOND_SOURCES
from evidence.runs.manifest import RunManifest

Row = Mapping[str, object]
COLUMNS = ["night", "event_night", "thing", "thing_key", "compared_with", "difference", "things", "vault_id"]
WHOLE = frozenset({"compared", "not_comparable"})
EXPECTED = frozenset({"approved", "inventory"})
_GRAPH = frozenset({"resource_graph"})
_THINGS = frozenset({"vault", "item", "job"})


@dataclass(frozen=True, slots=True)
class Tally:
    """One number: of so many things compared, so many differ; night by night."""

    differing: int = 0
    things: int = 0
    comparisons: int = 0


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What the packed comparisons add up to."""

    graph: Tally = Tally()
    """Vaults, items and jobs against Resource Graph."""
    unprotected: Tally = Tally()
    expected: Tally = Tally()
    """Against an approved list or an inventory."""
    not_comparable: int = 0
    due: int = 0
    """Comparisons that should have been made."""


def tally(rows: pa.Table) -> Reconciled:
    """Count a pack's comparisons."""
    found = rows.select(COLUMNS).to_pylist()
    missing = sum(row["difference"] == "not_comparable" for row in found)
    made = sum(row["difference"] == "compared" for row in found)
    return Reconciled(
        graph=_tally(found, _GRAPH, _THINGS),
        unprotected=_tally(found, _GRAPH, frozenset({"resource"})),
        expected=_tally(found, EXPECTED),
        not_comparable=missing,
        due=missing + made,
    )


def _tally(rows: Sequence[Row], sources: Collection[str], things: Collection[str] | None = None) -> Tally:
    mine = [row for row in rows if row["compared_with"] in sources and (things is None or row["thing"] in things)]
    # A thing that differs in two ways is one thing.
    differing = {
        (row["night"], row["event_night"], row["thing"], row["thing_key"], row["compared_with"])
        for row in mine
        if row["difference"] not in WHOLE
    }
    made = [row["things"] for row in mine if row["difference"] == "compared"]
    return Tally(len(differing), sum(one for one in made if isinstance(one, int)), len(made))


def population(
    found: Reconciled, rows: pa.Table, expected: Sequence[Expectation], nights: Collection[date]
) -> tuple[str, bool]:
    """The sentence on the first page, and whether an independent source confirms the population of every night."""
    told = [row for row in rows.select(COLUMNS).to_pylist() if row["compared_with"] in EXPECTED]
    made = {row["night"] for row in told if row["difference"] == "compared"}
    failed = sum(row["difference"] == "not_comparable" for row in told)
    if not made:
        return NOT_CONFIRMED, False
    titles = dict.fromkeys(one.title for one in expected if one.night in made)
    compared = (
        f"{' and '.join(titles)}: {found.expected.differing:,} of {plural(found.expected.things, 'thing')} differ"
    )
    if failed or not made >= set(nights):
        rest = f"compared on {len(made):,} of {plural(len(nights), 'night')}, {plural(failed, 'comparison')} could not be made"
        return f"{NOT_CONFIRMED}: only in part by {compared}; {rest}", False
    return f"Population confirmed by {compared}", True


def population_of(selection: Selection) -> tuple[str, bool]:
    """The same for a selection."""
    rows = selection.tables["reconciliation"]
    return population(tally(rows), rows, selection.expectations, selection.period.nights())


def sources_sentence(runs: Sequence[RunManifest]) -> tuple[str, ...]:
    """What the first page says where second sources were turned off."""
    off = sorted({run.night for run in runs if WITHOUT_SECOND_SOURCES in run.source})
    if not off:
        return ()
    when = f"on {plural(len(off), 'night')} ({off[0]} … {off[-1]})" if len(off) > 1 else f"on {off[0]}"
    return (f"SECOND SOURCES TURNED OFF {when}: neither Resource Graph nor the Activity Log was asked.",)
