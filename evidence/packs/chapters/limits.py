"""The chapter on what this pack does not tell, in numbers and in words. Pure.

Invariant: every limit has its number or says that it is unknown; what this version does not judge is named, never left to be guessed.
"""

from __future__ import annotations

from evidence.packs.chapters.azure_limits import limits_table
from evidence.packs.chapters.material import FEW_ROWS, Material, first_rows
from evidence.packs.interface import ReportColumn, ReportTable, Section
from evidence.packs.texts import text

COUNTED = (
    "F-36", "F-37", "F-11", "F-22", "F-13", "F-50", "F-27", "F-28", "F-29", "F-14", "F-17", "F-33", "F-34", "F-35", "F-38",
    "F-39", "F-40", "F-41",
)  # fmt: skip
"""Figures that say what is missing, late, uncertain or odd."""
NOT_JUDGED = "Not judged in this version: whether retention was achieved. Restore drills, and who signed them off, are told by packs of the kind restore-drills."
DRILLS_NOT_JUDGED = (
    "Not judged: whether a restore was right beyond what its checks, its testers and its reviewer say; whether the moments that people stated are true. "
    "What backups did is told by packs of the kind audit."
)


def limits_chapter(of: Material) -> Section:
    """The chapter; pure."""
    late = [str(run.night) for run in of.selection.runs if run.late]
    again = [f"{run.night}: {run.reason}" for run in of.selection.runs if run.again]
    sentences = [DRILLS_NOT_JUDGED if of.tells_drills else NOT_JUDGED]
    if late:
        sentences.append(
            f"Captured after the following night had ended, so items, policies and settings of then were not observed: {', '.join(late)}."
        )
    if again:
        sentences.append(f"Captured once more: {'; '.join(again)}.")
    odd = of.selection.tables.get("oddities")
    tables = [_counted(of), *([_oddities(of)] if odd is not None and odd.num_rows else []), limits_table(of)]
    return Section("S-7", "Limits", tuple(sentences), (), tuple(tables))


def _counted(of: Material) -> ReportTable:
    shown = [of.figures[anchor] for anchor in COUNTED if anchor in of.figures]
    if of.is_night:
        shown = [one for one in shown if one.count != 0]
    rows = [(f"[{one.anchor}]", one.label, one.value, one.note) for one in shown]
    columns = (
        ReportColumn("Figure", 8, mono=True),
        ReportColumn("What", 34),
        ReportColumn("Number", 16, align_right=True),
        ReportColumn("What it means", 42),
    )
    return of.table(
        "T-34",
        "What is missing, late, uncertain or odd",
        "Those that are not zero; an audit pack lists all."
        if of.is_night
        else "Zero is a number like any other: it was counted.",
        columns,
        rows,
        total=len(rows),
        file=None,
        empty="None of what is counted here is other than zero.",
    )


def _oddities(of: Material) -> ReportTable:
    odd = of.selection.tables["oddities"]
    words = {"element": "not read", "value": "value not read", "drift": "never seen before"}
    rows = [
        (str(row["night"]), words.get(str(row["what"]), str(row["what"])), text(row["sentence"]), f"{row['count']:,}")
        for row in first_rows(odd, "night", "run_id", "what", "sentence", first=FEW_ROWS, most=FEW_ROWS)
    ]
    columns = (
        ReportColumn("Night", 11),
        ReportColumn("What", 14),
        ReportColumn("Where", 64),
        ReportColumn("Times", 8, align_right=True),
    )
    return of.table(
        "T-36",
        "Answers that could not be read, or looked like none before",
        "Of all runs of the period, whatever vault they were about. The answers are kept whole.",
        columns,
        rows,
        total=odd.num_rows,
        file="data/oddities.csv" if "data/oddities.csv" in of.files else None,
        empty="None.",
        first=FEW_ROWS,
        most=FEW_ROWS,
        compact=True,
    )
