"""The page for readers in a hurry: findings, a verdict for each claim, and what changed since the pack before. Pure.

Not here: the six figures above it (the renderer sets them), the judging of claims (`evidence.packs.controls.judged`). Invariant: what is unknown
is said to be, and a comparison that could not be made says why.
"""

from __future__ import annotations

from collections.abc import Sequence

from evidence.packs.chapters.findings import findings
from evidence.packs.chapters.material import Material
from evidence.packs.controls.judged import JudgedClaim
from evidence.packs.figures import headlines
from evidence.packs.figures.earlier import Earlier
from evidence.packs.interface import FRONT, ReportColumn, ReportTable, Section


def read_this(of: Material, claims: Sequence[JudgedClaim], earlier: Earlier | None) -> Section:
    """The section that stands below the first figures."""
    found = findings(of)
    told = [f"{place}. {sentence}" for place, sentence in enumerate(found, start=1)]
    if not found:
        told = ["No figure of this pack gives cause for a finding, as far as the lists were read; see the limits."]
    tables = [
        *([_verdicts(claims)] if claims else []),
        *([_changes(of, earlier)] if earlier and earlier.values else []),
    ]
    sentences = ("The largest findings, worst first:" if found else "Findings:", *told, _compared_with(earlier))
    return Section("S-12", "Read this", sentences, (), tuple(tables), place=FRONT)


def _verdicts(claims: Sequence[JudgedClaim]) -> ReportTable:
    columns = (
        ReportColumn("What this pack claims", 52),
        ReportColumn("Population", 11, align_right=True),
        ReportColumn("Exceptions", 11, align_right=True),
        ReportColumn("Unknown", 9, align_right=True),
        ReportColumn("Verdict", 14),
    )
    rows = tuple(
        (
            one.claim.sentence,
            f"{one.counted.population:,}",
            f"{one.counted.exceptions:,}",
            f"{one.counted.unknown:,}",
            str(one.result),
        )
        for one in claims
    )
    return ReportTable(
        anchor="T-30",
        title="Verdicts",
        caption="Over the rows of this pack and nothing else. Not established: something of it is unknown, or there was nothing to judge.",
        columns=columns,
        rows=rows,
        total=len(rows),
        file=None,
        sha256=None,
        empty="No claim is made.",
        compact=True,
    )


def _compared_with(earlier: Earlier | None) -> str:
    if earlier is None:
        return "It is the first pack of its series: there is none to compare it with."
    pack = earlier.pack
    nights = (
        f"{pack.first_night} to {pack.last_night}" if pack.first_night != pack.last_night else str(pack.first_night)
    )
    if earlier.disposed:
        return f"Not compared with {pack.pack_id} ({nights}), the pack before in the series: it was disposed of since."
    if earlier.values is None:
        return f"Not compared with {pack.pack_id} ({nights}), the pack before in the series: it was sealed before packs listed figures."
    return f"Compared with {pack.pack_id} ({nights}), the pack before in the series."


def _changes(of: Material, earlier: Earlier) -> ReportTable:
    """The headlines, and of an audit pack whatever else was other than zero in one of both."""
    values = earlier.values or {}
    shown = [
        anchor
        for anchor in of.figures
        if anchor in headlines(of.kind) or (not of.is_night and values.get(anchor) != of.figures[anchor].value)
    ]
    rows = [
        (f"[{anchor}]", of.figures[anchor].label, values.get(anchor, "not counted"), of.figures[anchor].value)
        for anchor in shown
    ]
    columns = (
        ReportColumn("Figure", 9, mono=True),
        ReportColumn("What", 55),
        ReportColumn("Before", 18, align_right=True),
        ReportColumn("Now", 18, align_right=True),
    )
    return of.table(
        "T-44",
        "What changed since the pack before",
        "The first figures"
        + ("." if of.is_night else ", and all others that differ. Both packs hold all of theirs in data/figures.csv."),
        columns,
        rows,
        total=len(rows),
        file=None,
        empty="None.",
        compact=True,
    )
