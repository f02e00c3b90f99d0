"""The chapter on recovery point objectives: how many items of each tier kept theirs, and which did not. Pure.

Not here: the judgement (`evidence.runs.attained`). Invariants: the drawing, the figures and the table count the same rows; what is not known has a part of its own; a pack without these
rows says where they are told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from evidence.assess.points.attainment import spoken
from evidence.packs.chapters.material import Material
from evidence.packs.charts.attainment import attainment_chart
from evidence.packs.charts.values import AttainmentRow, Chart
from evidence.packs.interface import ReportColumn, ReportTable, Section
from evidence.packs.texts import text
from evidence.tables import ATTAINMENT

FILE = f"data/{ATTAINMENT.name}.csv"
NOT_TOLD = (
    "Attainment is not in this pack: it covers more items and nights than a pack tells it of (docs/pack-format.md). The command `backup-evidence rpo --period` tells it of the same store, "
    "by the same rules; weekly packs and packs of smaller scopes hold it."
)
_JUDGED = ("breached", "unknown", "attained")
Row = Mapping[str, object]


def objectives_chapter(of: Material) -> Section:
    """The chapter; pure."""
    held = of.selection.tables.get(ATTAINMENT.name)
    if held is None:
        return Section("S-24", "Recovery point objectives", (NOT_TOLD,), (), ())
    rows = held.to_pylist()
    judged = [row for row in rows if row["standing"] in _JUDGED]
    items = f"Items within their objective over the whole period: {of.cite('F-88')}; proven out of it: {of.cite('F-89')}; not known: {of.cite('F-90')}."
    sentences = (
        f"{items} Item hours within: {of.cite('F-91')}.",
        "Points count as the nights saw them, also those that expired since; objectives are those of the configuration that each night was run with, else derived from the policy and labelled so.",
        "Items without any objective, and those not protected within the period, are counted apart and are no part of a share.",
    )
    return Section(
        "S-24", "Recovery point objectives", sentences, (), (_tiers(of, rows), _worst(of, judged)), _chart(judged)
    )


def _by_tier(rows: Sequence[Row]) -> Sequence[tuple[str, Counter[str]]]:
    counts: dict[tuple[bool, int], Counter[str]] = {}
    for row in rows:
        tier = row["tier"]
        key = (tier is None, tier if isinstance(tier, int) else 0)
        counts.setdefault(key, Counter())[str(row["standing"])] += 1
    return [("No tier" if none else f"Tier {tier}", counts[none, tier]) for none, tier in sorted(counts)]


def _chart(judged: Sequence[Row]) -> Chart:
    rows = [
        AttainmentRow(label, found["attained"], found["breached"], found["unknown"])
        for label, found in _by_tier(judged)
    ]
    return replace(attainment_chart(rows, "items", f"Counted from {FILE}."), anchor="C-07")


def _tiers(of: Material, rows: Sequence[Row]) -> ReportTable:
    names = ("Within", "Out of it", "Not known", "No objective", "Not protected", "Items")
    columns = (ReportColumn("Tier", 16), *(ReportColumn(name, 12, align_right=True) for name in names))
    words = ("attained", "breached", "unknown", "no_target", "not_counted")
    cells = [
        (label, *(f"{found[word]:,}" for word in words), f"{sum(found.values()):,}") for label, found in _by_tier(rows)
    ]
    return of.table(
        "T-94",
        "Items by tier and recovery point objective",
        "Within it all the time, proven out of it at some time, or not known of some of the time; items without an objective and those not protected apart.",
        columns,
        cells,
        total=len(cells),
        file=FILE,
        empty="No item was seen in the period.",
    )


def _worst(of: Material, judged: Sequence[Row]) -> ReportTable:
    """Those that did not keep theirs, and those of which it is not known, the longest out of it first."""
    found = sorted((row for row in judged if row["standing"] != "attained"), key=_order)
    columns = (
        ReportColumn("Item", 22),
        ReportColumn("Vault", 22, below=True),
        ReportColumn("Tier", 5, align_right=True),
        ReportColumn("Objective", 12),
        ReportColumn("From", 16),
        ReportColumn("Within", 12, align_right=True),
        ReportColumn("Out of it", 12, align_right=True),
        ReportColumn("Not known", 12, align_right=True),
        ReportColumn("Longest gap", 12, align_right=True),
    )
    cells = [
        (
            text(row["name"] or row["item_key"]),
            of.vault(row["vault_id"]),
            text(row["tier"]),
            _span(row["target_s"]),
            text(row["target_source"]),
            *(_span(row[name]) for name in ("within_s", "out_s", "unknown_s", "max_gap_s")),
        )
        for row in found
    ]
    return of.table(
        "T-95",
        "Items that did not keep their objective, or of which it is not known",
        "Longest out of it first.",
        columns,
        cells,
        total=len(cells),
        file=FILE,
        empty="Every item that has an objective kept it.",
    )


def _order(row: Row) -> tuple[float, float, str]:
    return -_number(row["out_s"]), -_number(row["unknown_s"]), str(row["item_key"])


def _number(value: object) -> float:
    return value if isinstance(value, float) else 0.0


def _span(value: object) -> str:
    return "–" if value is None else spoken(timedelta(seconds=_number(value)))
