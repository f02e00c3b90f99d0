"""The chapter on detectors: whether they found what was planted for them, what they could not compare, and hints. Pure.

Not here: exceptions that decide anything (`runs`). Invariant: a detector that failed its trial is named; a pack whose detectors were not tried says so.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from evidence.packs.chapters.material import FEW_ROWS, Material, first_rows
from evidence.packs.columns import one_of, plain
from evidence.packs.figures.judgement_counts import ENDED
from evidence.packs.interface import ReportColumn, ReportTable, Section
from evidence.packs.texts import moment, text
from evidence.tables import CANARIES, EXCEPTIONS, NOT_COMPARED

NOT_TRIED = "The nights of this pack were judged before detectors were tried with planted problems: that they work is not shown here."
TRIAL = "Each night every detector gets shadow data with its problem, and the same without it, through the code that judges real rows."
HINTS = "Hints are told apart: they point where to look, make no pack incomplete and keep no gate closed"


def detectors_chapter(of: Material) -> Section:
    """The chapter; pure."""
    tables = [*_failing(of), *_hints(of), *_missed(of)]
    return Section("S-17", "Detectors and hints", tuple(_sentences(of)), (), tuple(tables))


def _sentences(of: Material) -> Sequence[str]:
    hints = f"{HINTS}: {of.cite('F-57')} of the exceptions that stood at the end."
    if not of.selection.tables[CANARIES.name].num_rows:
        return NOT_TRIED, hints
    found = f"Canaries: detectors found what was planted in {of.cite('F-55')} trials; the healthy twin was left alone in {of.cite('F-56')}."
    missed = f"Comparisons for drift and growth that could not be made: {of.cite('F-58')}."
    return found, TRIAL, hints, missed


def _failing(of: Material) -> Sequence[ReportTable]:
    tried = of.selection.tables[CANARIES.name]
    if not tried.num_rows:
        return ()
    bad = tried.filter(pc.invert(pc.and_(tried["found"], tried["silent_on_healthy"])))
    columns = (
        ReportColumn("Night", 10),
        ReportColumn("Detector", 16),
        ReportColumn("Planted", 30),
        ReportColumn("What it did", 44),
    )
    rows = [
        (text(row["night"]), text(row["detector"]), text(row["planted"]), text(row["reason"]))
        for row in first_rows(bad, "night", "detector", "planted")
    ]
    return (
        of.table(
            "T-47",
            "Detectors that failed their trial",
            "What they say of that night cannot be relied upon, and is to be judged by hand.",
            columns,
            rows,
            total=bad.num_rows,
            file="data/canaries.csv",
            empty="None: every detector found what was planted for it, and was silent without it.",
        ),
    )


def _hints(of: Material) -> Sequence[ReportTable]:
    rows = plain(
        of.selection.tables[EXCEPTIONS.name].select(
            ["class", "vault_id", "subject", "first_seen", "summary", "hint", "state"]
        )
    )
    open_ = rows.filter(pc.and_(rows["hint"], pc.invert(one_of(rows["state"], *ENDED))))
    if not open_.num_rows:
        return ()
    columns = (
        ReportColumn("Hint", 12),
        ReportColumn("Of", 18),
        ReportColumn("Vault", 16),
        ReportColumn("Since (UTC)", 13),
        ReportColumn("What was found", 41),
    )
    cells = [
        (text(row["class"]), text(row["subject"]), of.vault(row["vault_id"]), moment(row["first_seen"]), text(row["summary"]))
        for row in first_rows(open_, "class", "vault_id", "subject", "first_seen")
    ]  # fmt: skip
    return (
        of.table(
            "T-48",
            "Hints that stood at the end",
            "Runs and vaults unlike their like, by statistics. They decide nothing.",
            columns,
            cells,
            total=open_.num_rows,
            file="data/exceptions.csv",
            empty="None.",
        ),
    )


def _missed(of: Material) -> Sequence[ReportTable]:
    rows = of.selection.tables[NOT_COMPARED.name]
    if not rows.num_rows:
        return ()
    columns = (
        ReportColumn("Night", 10),
        ReportColumn("What was not compared", 45),
        ReportColumn("Why", 45),
    )
    shown = first_rows(rows, "night", "vault_id", "what", "reason", first=FEW_ROWS, most=FEW_ROWS)
    return (_few(of, rows, columns, [(text(row["night"]), text(row["what"]), text(row["reason"])) for row in shown]),)


def _few(
    of: Material, rows: pa.Table, columns: Sequence[ReportColumn], cells: Sequence[tuple[str, ...]]
) -> ReportTable:
    return of.table(
        "T-49",
        "What detectors of drift and growth could not compare",
        "What was not compared may have changed.",
        columns,
        cells,
        total=rows.num_rows,
        file="data/not_compared.csv",
        empty="None.",
        first=FEW_ROWS,
        most=FEW_ROWS,
        compact=True,
    )
