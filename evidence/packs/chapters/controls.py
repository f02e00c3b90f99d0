"""The chapter on what this pack claims, how each claim came out, and which controls it bears on. Pure.

Not here: judging (`controls_judged`). Invariant: no claim is left out, whatever the map names; a map that nobody reviewed says so.
"""

from __future__ import annotations

from collections.abc import Sequence

from evidence.packs.chapters.material import Material
from evidence.packs.controls import PATH, ControlMap
from evidence.packs.controls_claims import Result
from evidence.packs.controls_judged import JudgedClaim
from evidence.packs.interface import Fact, ReportColumn, ReportTable, Section

OSCAL = "data/oscal-assessment-results.json"
_SENTENCES = (
    "This pack makes the claims below of its own rows, and of nothing else.",
    "They are management's evidence: whether a control is designed well, or works, is for the auditor to say.",
    "`met`: all of the population is known, and none of it is an exception.",
    "`not established`: something of it is unknown or was not read, or there was nothing to judge.",
)


def control_map_rows(claims: Sequence[JudgedClaim], used: ControlMap) -> tuple[tuple[str, str, str, str], ...]:
    """Framework, control, the claims that bear on it with their results, and the worst of these; in the map's order."""
    results = {one.claim.key: one.result for one in claims}
    return tuple(
        (
            f"{framework.title} ({framework.edition})",
            control,
            ", ".join(f"{key}: {results[key]}" for key in keys if key in results),
            _worst([results[key] for key in keys if key in results]),
        )
        for framework in used.frameworks
        for control, keys in used.claims_of(framework.key)
    )


def _worst(results: Sequence[Result]) -> str:
    for one in (Result.EXCEPTIONS, Result.NOT_ESTABLISHED):
        if one in results:
            return str(one)
    return str(Result.MET)


def controls_chapter(of: Material, claims: Sequence[JudgedClaim], used: ControlMap) -> Section:
    """The chapter; pure."""
    notes = tuple(Fact(one.title, one.note) for one in used.frameworks if one.note)
    facts = (
        Fact("Control map", f"{used.title}, version {used.version}"),
        Fact("Review of the map", used.review.upper() if used.reviewed_by is None else used.review),
        Fact("SHA-256 of the map", used.sha256, mono=True),
        *notes,
    )
    return Section("S-11", "Control map", _SENTENCES, facts, (_claims(of, claims), _controls(of, claims, used)))


def _claims(of: Material, claims: Sequence[JudgedClaim]) -> ReportTable:
    rows = [
        (
            one.claim.key,
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
        ReportColumn("Claim", 13, mono=True),
        ReportColumn("What is claimed", 22),
        ReportColumn("Procedure", 32),
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
        wide=True,
    )


def _controls(of: Material, claims: Sequence[JudgedClaim], used: ControlMap) -> ReportTable:
    rows = control_map_rows(claims, used)
    columns = (
        ReportColumn("Framework", 22),
        ReportColumn("Control", 18, mono=True),
        ReportColumn("Claims that bear on it", 48),
        ReportColumn("Worst result", 12),
    )
    return of.table(
        "T-22",
        "Controls that these claims bear on",
        f"By the control map in {PATH}, {used.review}. A claim supports a control; it does not stand for it.",
        columns,
        rows,
        total=len(rows),
        file=PATH,
        empty="The map names no control.",
    )
