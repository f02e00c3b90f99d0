"""The chapter on what this pack claims, how each claim came out, and which controls it bears on. Pure.

Not here: judging (`evidence.packs.controls.judged`). Invariant: no claim is left out, whatever the map names; a map that nobody reviewed says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from evidence.packs.chapters.material import Material
from evidence.packs.controls.claims import Result
from evidence.packs.controls.judged import JudgedClaim
from evidence.packs.controls.reading import PATH, ControlMap
from evidence.packs.interface import Fact, ReportColumn, ReportTable, Section
from evidence.packs.machine.oscal import OSCAL

_SENTENCES = (
    "This pack makes the claims below of its own rows, and of nothing else.",
    "They are management's evidence: whether a control is designed well, or works, is for the auditor to say.",
    "Met: all of the population is known, and none of it is an exception.",
    "Not established: something of it is unknown or was not read, or there was nothing to judge.",
)


def control_map_rows(claims: Sequence[JudgedClaim], used: ControlMap) -> tuple[tuple[str, ...], ...]:
    """Framework, control, what bears on it, and of its claims how many are met, have exceptions, are not established."""
    results = {one.claim.key: one.result for one in claims}
    rows = []
    for framework in used.frameworks:
        for control, keys in used.claims_of(framework.key):
            found = Counter(results[key] for key in keys if key in results)
            if not found.total():
                continue  # this kind of pack makes no claim that bears on it
            counts = (f"{found[result]:,} / {found.total():,}" for result in Result)
            bearing = "; ".join(used.titles_bearing_on(framework.key, control))
            rows.append((framework.title, control, bearing, *counts))
    return tuple(rows)


def controls_chapter(of: Material, claims: Sequence[JudgedClaim], used: ControlMap) -> Section:
    """The chapter; pure."""
    notes = tuple(Fact(one.title, one.note) for one in used.frameworks if one.note)
    facts = (
        Fact("Control map", f"{used.title}, version {used.version}"),
        Fact("Review of the map", used.review.upper() if used.reviewed_by is None else used.review),
        Fact("SHA-256 of the map", used.sha256, mono=True),
        Fact("Frameworks", "; ".join(f"{one.title} ({one.edition})" for one in used.frameworks)),
        *notes,
    )
    return Section("S-11", "Control map", _SENTENCES, facts, (_claims(of, claims, used), _controls(of, claims, used)))


def _claims(of: Material, claims: Sequence[JudgedClaim], used: ControlMap) -> ReportTable:
    rows = [
        (
            one.claim.key,
            "; ".join(used.titles_of(one.claim.key)) or "–",
            one.claim.sentence,
            one.claim.procedure,
            f"{one.counted.population:,}",
            f"{one.counted.exceptions:,}",
            f"{one.counted.unknown:,}",
            f"{one.unread:,}",
            str(one.result),
        )
        for one in claims
    ]
    columns = (
        ReportColumn("Claim", 22, mono=True),
        ReportColumn("Bears on controls of", 22, below=True),
        ReportColumn("What is claimed", 42),
        ReportColumn("Procedure", 42, below=True),
        ReportColumn("Population", 8, align_right=True),
        ReportColumn("Exceptions", 8, align_right=True),
        ReportColumn("Unknown", 7, align_right=True),
        ReportColumn("Lists unread", 6, align_right=True),
        ReportColumn("Result", 10),
    )
    return of.table(
        "T-21",
        "Claims of this pack",
        "Each count can be made again from the file that its procedure names. Lists unread are those that a claim rests on and "
        "that were not read whole; what they hold is not counted.",
        columns,
        rows,
        total=len(rows),
        file=OSCAL,
        empty="None.",
        compact=True,
    )


def _controls(of: Material, claims: Sequence[JudgedClaim], used: ControlMap) -> ReportTable:
    rows = control_map_rows(claims, used)
    columns = (
        ReportColumn("Framework", 17),
        ReportColumn("Control", 20, mono=True),
        ReportColumn("What bears on it", 52),
        ReportColumn("Met", 7, align_right=True),
        ReportColumn("Exceptions", 8, align_right=True),
        ReportColumn("Not established", 9, align_right=True),
    )
    return of.table(
        "T-22",
        "Controls that these claims bear on",
        f"By the control map in {PATH}, {used.review}. Counted are the claims of the table above that bear on a control: of so many, so many. "
        "A claim supports a control; it does not stand for it.",
        columns,
        rows,
        total=len(rows),
        file=PATH,
        empty="The map names no control.",
        compact=True,
    )
