"""The appendix on samples: who could be drawn, what was committed to and when, the seed, and who was drawn. Pure.

Not here: drawing (`evidence.drills.sampling`), drawing again (`evidence.packs.verification`). Invariant: a commitment that came late, and a seed that is not revealed, say so.
"""

from __future__ import annotations

from collections import Counter

from evidence.packs.chapters.drill_rows import Row, rows_of
from evidence.packs.chapters.material import Material
from evidence.packs.interface import APPENDIX, Fact, ReportColumn, ReportTable, Section
from evidence.packs.texts import joined, moment, text
from evidence.tables import DRILL_PLANS, DRILL_SAMPLES

_HOW = (
    (
        "Strata are workload, region and tier. Of each stratum the same share is drawn, rounded up, at least one item. The order within a stratum is that of HMAC-SHA256 with the seed as key over the quarter, a line feed and the item key; "
        "items drilled in one of the two quarters before come last."
    ),
    "So a reader draws again: sort each stratum of data/drill_samples.csv by drilled_lately, then by that HMAC, and compare its first items with those marked drawn. SHA-256 of the seed is what was committed to.",
)


def sample_appendix(of: Material) -> Section:
    """The appendix; pure."""
    plans = rows_of(of, DRILL_PLANS)
    facts = tuple(fact for row in plans for fact in _facts(row))
    sentences = _HOW if plans else ("No plan was made for the quarter, so nothing was drawn.",)
    tables = (_strata(of), _drawn(of)) if plans else ()
    return Section("S-34", "Appendix E: sample and seed", sentences, facts, tables, place=APPENDIX)


def _facts(row: Row) -> tuple[Fact, ...]:
    name = text(row["plan_id"])
    late = " LATE: the quarter had begun." if row["committed_late"] else " Before the quarter."
    approved = (
        f"{moment(row['approved_at'])} by {text(row['approved_by'])}"
        if row["approved_at"]
        else "NOT APPROVED by anybody"
    )
    seed = text(row["seed"]) if row["seed"] else "not revealed yet: nobody can draw again"
    left = joined(row["incomplete"], "; ")
    return (
        Fact(f"{name}: committed to", f"{row['seed_sha256']}", mono=True),
        Fact(f"{name}: when", f"{moment(row['committed_at'])}, ledger entry {row['committed_entry']}.{late}"),
        Fact(f"{name}: seed", seed, mono=True),
        Fact(f"{name}: revealed", moment(row["revealed_at"])),
        Fact(f"{name}: population, SHA-256", f"{row['population_sha256']}, {text(row['items'])} items", mono=True),
        Fact(f"{name}: not read of it", "nothing" if left == text(None) else left),
        Fact(f"{name}: drafted", f"{moment(row['drafted_at'])} by {text(row['drafted_by'])}, draft {row['drafts']}"),
        Fact(f"{name}: approved", approved),
        Fact(f"{name}: plan, SHA-256", text(row["plan_sha256"]), mono=True),
    )


def _strata(of: Material) -> ReportTable:
    rows = rows_of(of, DRILL_SAMPLES)
    sizes = Counter((str(row["plan_id"]), str(row["stratum"])) for row in rows)
    drawn = Counter((str(row["plan_id"]), str(row["stratum"])) for row in rows if row["drawn"])
    revealed = {row["plan_id"]: row["seed"] is not None for row in rows_of(of, DRILL_PLANS)}
    columns = (
        ReportColumn("Plan", 22, mono=True),
        ReportColumn("Stratum", 44),
        ReportColumn("Items", 12, align_right=True),
        ReportColumn("Drawn", 12, align_right=True),
    )
    cells = [
        (plan, stratum, f"{size:,}", f"{drawn[plan, stratum]:,}" if revealed.get(plan) else "not known")
        for (plan, stratum), size in sorted(sizes.items())
    ]
    return of.table(
        "T-89",
        "Strata",
        "Items that could be drawn, and so many that were.",
        columns,
        cells,
        total=len(cells),
        file=f"data/{DRILL_SAMPLES.name}.csv",
        empty="No stratum was drawn from.",
    )


def _drawn(of: Material) -> ReportTable:
    rows = [row for row in rows_of(of, DRILL_SAMPLES) if row["drawn"]]
    columns = (
        ReportColumn("Plan", 18, mono=True),
        ReportColumn("Stratum", 26),
        ReportColumn("Item key", 46, mono=True),
        ReportColumn("Lately", 9),
    )
    cells = [
        (text(row["plan_id"]), text(row["stratum"]), text(row["item_key"]), "yes" if row["drilled_lately"] else "no")
        for row in rows
    ]
    return of.table(
        "T-79",
        "Items that were drawn",
        "",
        columns,
        cells,
        total=len(cells),
        file=f"data/{DRILL_SAMPLES.name}.csv",
        empty="None: no stratum was drawn from, or the seed is not revealed.",
        compact=True,
    )
