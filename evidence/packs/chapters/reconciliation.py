"""The chapter on what two sources tell differently. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from evidence.packs.chapters.material import Material
from evidence.packs.gap_groups import cause_of
from evidence.packs.interface import ReportColumn, ReportTable, Section
from evidence.packs.reconciled import WHOLE
from evidence.packs.texts import nights, text

Row = Mapping[str, object]
_WORDS = {
    "only_azure": "only in the vaults",
    "only_second": "only in the second source",
    "differs": "told differently",
    "unprotected": "unprotected",
}
_SOURCES = {"resource_graph": "Resource Graph", "approved": "approved list", "inventory": "inventory"}
_COLUMNS = ["night", "thing", "thing_key", "name", "vault_id", "compared_with", "difference", "field", "azure_says"]
_MORE = ["second_says", "reason"]


def reconciliation_chapter(of: Material) -> Section:
    """The chapter; pure."""
    every = of.selection.tables["reconciliation"].select([*_COLUMNS, *_MORE])
    rows = every.filter(pc.not_equal(every["difference"], pa.scalar("compared"))).to_pylist()
    sentences = (
        f"Against Resource Graph, night by night: {of.cite('F-14')} vaults, items and jobs are told differently.",
        f"Resources that could be protected and that nothing protects: {of.cite('F-15')}.",
        f"Against the approved list or inventory: {of.cite('F-16')} differ. Comparisons that could not be made: {of.cite('F-17')}.",
        "Resource Graph shows only what the identity may read, and is silent about the rest: it never proves that a thing does not exist.",
    )
    return Section("S-10", "Two sources", sentences, (), (_differences(of, rows), _not_compared(of, rows)))


def _differences(of: Material, rows: Sequence[Row]) -> ReportTable:
    """One line a difference, with the nights on which it was seen."""
    seen: defaultdict[tuple[object, ...], list[date]] = defaultdict(list)
    told: dict[tuple[object, ...], Row] = {}
    for row in rows:
        if row["difference"] not in WHOLE:
            key = tuple(row[name] for name in ("compared_with", "thing", "thing_key", "field", "difference"))
            night = row["night"]
            if isinstance(night, date):
                seen[key].append(night)
            told[key] = row
    order = sorted(told, key=lambda key: tuple(map(str, key)))
    lines = [
        (
            _SOURCES.get(str(row["compared_with"]), str(row["compared_with"])),
            str(row["thing"]),
            _name(of, row),
            _WORDS.get(str(row["difference"]), str(row["difference"])),
            text(row["azure_says"]),
            text(row["second_says"]),
            nights(sorted(set(seen[key]))),
            str(row["reason"]),
        )
        for key in order
        for row in [told[key]]
    ]
    columns = (
        ReportColumn("Compared with", 13),
        ReportColumn("Thing", 13, below=True),
        ReportColumn("Name", 18),
        ReportColumn("Difference", 18, below=True),
        ReportColumn("Vaults say", 18),
        ReportColumn("Second source says", 18, below=True),
        ReportColumn("Nights", 14),
        ReportColumn("Next step", 32),
    )
    return of.table(
        "T-12",
        "What two sources tell differently",
        "Each with both sides; a thing that differed on several nights is one line here and a row a night in the file.",
        columns,
        lines,
        total=len(lines),
        file="data/reconciliation.csv",
        empty="None of all that was compared." if of.counts.compared.due else "Nothing was compared.",
    )


def _not_compared(of: Material, rows: Sequence[Row]) -> ReportTable:
    """One line a cause, however many nights and calls it spoiled."""
    missing = [row for row in rows if row["difference"] == "not_comparable"]
    grouped: defaultdict[tuple[str, str, str, str], list[date]] = defaultdict(list)
    for row in missing:
        source = _SOURCES.get(str(row["compared_with"]), str(row["compared_with"]))
        night = row["night"]
        if isinstance(night, date):
            grouped[source, str(row["thing"]), _name(of, row), cause_of(str(row["reason"]))].append(night)
    lines = [(*key[:3], nights(sorted(set(found))), key[3]) for key, found in sorted(grouped.items())]
    columns = (
        ReportColumn("Compared with", 14),
        ReportColumn("Things", 8),
        ReportColumn("Vault or subscription", 24),
        ReportColumn("Nights", 16),
        ReportColumn("Why", 40),
    )
    return of.table(
        "T-13",
        "What could not be compared",
        "One side was not read whole, so nothing is concluded from what it lacks. Each night's whole reason is in the file.",
        columns,
        lines,
        total=len(lines),
        file="data/reconciliation.csv",
        empty="Nothing: each comparison that was due was made." if of.counts.compared.due else "No comparison was due.",
    )


def _name(of: Material, row: Row) -> str:
    key = str(row["thing_key"])
    return of.vaults.get(key) or text(row["name"] or key)
