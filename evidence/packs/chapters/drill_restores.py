"""The chapter on all restores of the quarter: what each is held to be, and why; those that cannot be told and those of production first. Pure.

Not here: the drills that some of them prove (`drill_cards`). Invariant: an unclassified restore is never counted, and always listed.
"""

from __future__ import annotations

from evidence.packs.chapters.drill_rows import Row, rows_of
from evidence.packs.chapters.material import Material
from evidence.packs.interface import ReportColumn, ReportTable, Section
from evidence.packs.texts import graded, item_name, joined, moment, text
from evidence.records import Kind
from evidence.tables import DRILL_RESTORES

_ORDER = ("unclassified", "production_recovery", "drill")
_TITLES = {
    "unclassified": (
        "T-86",
        "Restores that cannot be told",
        "They never count. A person classifies one with `drills classify`.",
    ),
    "production_recovery": ("T-87", "Restores held for recoveries of production", "They prove no drill."),
    "drill": ("T-88", "Restores held for drills", "Those without a drill stand in no record, and prove nothing yet."),
}


def restores_of_quarter(of: Material) -> Section:
    """The chapter; pure."""
    rows = rows_of(of, DRILL_RESTORES)
    unknown = not rows and of.unread.nothing(Kind.JOBS)
    told = (
        "Not known: no job list was read."
        if unknown
        else f"Restore jobs of the quarter: held for drills {of.cite('F-80')}, for recoveries of production {of.cite('F-81')}, not to be told {of.cite('F-82')}."
    )
    rule = "A restore over the original, or into what is said to be production, is a recovery; else signals are weighed, and what does not reach the weight of a drill stays unclassified."
    tables = tuple(
        _table(of, verdict, [row for row in rows if row["verdict"] == verdict], unknown=unknown) for verdict in _ORDER
    )
    return Section("S-33", "Restores of the quarter", (told, rule), (), tables)


def _table(of: Material, verdict: str, rows: list[Row], *, unknown: bool) -> ReportTable:
    anchor, title, caption = _TITLES[verdict]
    columns = (
        ReportColumn("Began (UTC)", 14),
        ReportColumn("Status", 14, below=True),
        ReportColumn("Item", 17),
        ReportColumn("Vault", 17, below=True),
        ReportColumn("Restored to", 19),
        ReportColumn("Started by", 19, below=True),
        ReportColumn("Why", 34),
        ReportColumn("Held so by", 12),
        ReportColumn("Drill", 12, below=True),
        ReportColumn("Job id", 18, mono=True),
    )
    cells = [
        (
            moment(row["started_at"]),
            graded(row["status"], row["evidence_grade"]),
            item_name(row["item_key"], None),
            of.vault(row["vault_id"]),
            _where(row),
            text(row["initiator"]),
            joined(row["reasons"], "; "),
            text(row["decided_by"]) if row["decided_by"] else "rules",
            text(row["drill_id"]),
            text(row["job_id"]),
        )
        for row in rows
    ]
    return of.table(
        anchor,
        title,
        caption,
        columns,
        cells,
        total=len(cells),
        file=f"data/{DRILL_RESTORES.name}.csv",
        empty="Not known: no job list was read." if unknown else "None.",
        compact=True,
    )


def _where(row: Row) -> str:
    parts = [str(row[name]) for name in ("target_group", "target_name") if row[name]]
    return f"{text(row['location_type'])}: {' / '.join(parts) or text(row['target_subscription'])}"
