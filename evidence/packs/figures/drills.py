"""The figures of restore drills: F-59 on, in packs that hold the table `drills`. Data.

Not here: counting (`drill_counts`). Invariants: what was waived, missed or called off stays in the denominator of what was due; what was not measured is never met.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from evidence.packs.figures.definition import ITEMS, JOBS, Definition

OF_DRILLS, OF_RESTORES, OF_DEVIATIONS, OF_SIGNOFFS, OF_IN_SCOPE = (
    "drills",
    "drill_restores",
    "deviations",
    "signoffs",
    "drill_items",
)
_MINE = "counted = quarter; superseded_by null"
_ACCEPTED = "state in accepted, accepted_with_deviations"
_DUE = (
    "Items with an accepted drill of the quarter, of all items that were due: planned for the quarter, or due by the rules and not planned. An item counts once; waived, "
    "missed, cancelled and superseded drills stay among what was due."
)
_DUE_ROWS = f"counted = quarter; by tier and item_key, any superseded_by null; {_ACCEPTED} against drill_items with due_because and not planned"


def _due(name: str, what: str, rows: str, *, whole: bool = False) -> Definition:
    note = "Accepted by a reviewer who had no part in the drill." if whole else ""
    return Definition(
        name,
        note,
        "items",
        f"{_DUE}{what}",
        OF_DRILLS,
        f"{rows}{_DUE_ROWS}",
        all_or_bad=whole,
        rests_on=ITEMS,
        share=True,
    )


def _tiers() -> Iterator[tuple[str, Definition]]:
    for tier in range(4):
        name = f"Items of tier {tier} due whose drill was accepted"
        yield f"F-{60 + tier}", _due(name, f" Tier {tier} alone.", f"tier = {tier}; ")
    name = "Items of other tiers, or of none, due whose drill was accepted"
    yield "F-64", _due(name, " Tiers 4 to 9 and items without one.", "tier null or above 3; ")


def _reached(name: str, note: str, column: str, word: str, whole: str, *, share: bool = False) -> Definition:
    counted = f"Accepted drills of the quarter whose {column} is {word}, of {whole}."
    return Definition(name, note, "drills", counted, OF_DRILLS, f"{_MINE}; {_ACCEPTED}; {column} = {word}", share=share)


def _ended(name: str, note: str, rows: str, if_any: str = "warning") -> Definition:
    return Definition(
        name, note, "drills", "Of all drills of the quarter that stand.", OF_DRILLS, f"{_MINE}; {rows}", if_any
    )


def _verdict(name: str, note: str, word: str, if_any: str = "plain") -> Definition:
    counted = f"Restore jobs with verdict {word}, of all that began in the quarter."
    return Definition(name, note, "restore jobs", counted, OF_RESTORES, f"verdict = {word}", if_any, rests_on=JOBS)


_WITH_RTO, _WITH_RPO = "those with a recovery time objective", "those with a recovery point objective that applies"
DRILLS: Mapping[str, Definition] = {
    "F-59": _due("Items due whose drill was accepted", "", "", whole=True),
    **dict(_tiers()),
    "F-65": Definition(
        "Items with an accepted drill within twelve months",
        "Whatever quarter the drill was of.",
        "items",
        "Rows with within_a_year, of all items in scope that could be drilled.",
        OF_IN_SCOPE,
        "within_a_year = true; absent_because null",
        rests_on=ITEMS,
        share=True,
    ),
    "F-66": Definition(
        "Drills accepted at their first review",
        "A rejection is no shame: it shows that reviewers read.",
        "drills",
        "Of all drills of the quarter that were reviewed, retests left out.",
        OF_DRILLS,
        f"{_MINE}; retest_of null; first_decision in accepted, accepted_with_deviations; of first_decision not null",
        share=True,
    ),
    "F-67": _reached(
        "Recovery time objective met",
        "From declared loss to service usable.",
        "rto_reached",
        "met",
        _WITH_RTO,
        share=True,
    ),
    "F-68": _reached("Recovery time not measured", "Never counted as met.", "rto_reached", "not measured", _WITH_RTO),
    "F-69": _reached(
        "Recovery point objective met",
        "From recovery point to declared loss.",
        "rpo_reached",
        "met",
        _WITH_RPO,
        share=True,
    ),
    "F-70": _reached("Data loss not measured", "Never counted as met.", "rpo_reached", "not measured", _WITH_RPO),
    "F-71": _reached(
        "Accepted drills without a recovery time objective",
        "No target set.",
        "rto_reached",
        "no target set",
        "all accepted ones",
    ),
    "F-72": _reached(
        "Accepted drills without a recovery point objective",
        "No target set.",
        "rpo_reached",
        "no target set",
        "all accepted ones",
    ),
    "F-73": Definition(
        "Hours from execution to sign-off, median",
        "From the end of the restore to the first decision.",
        "hours",
        "Median of first_decided_at less restore_ended_at over drills that have both, rounded down to whole hours.",
        OF_DRILLS,
        f"{_MINE}; first_decided_at, restore_ended_at not null",
    ),
    "F-74": _ended("Drills that were decided", "", "first_decided_at not null", "plain"),
    "F-75": _ended("Drills missed", "Their window and grace passed without a restore.", "state = missed", "bad"),
    "F-76": _ended("Drills waived", "Somebody accepted the risk until a day.", "state = waived"),
    "F-77": _ended("Drills cancelled", "A person called them off.", "state = cancelled"),
    "F-78": _ended("Drills rejected", "Whether or not a retest was accepted since.", "decision = rejected"),
    "F-79": _ended(
        "Drills not at their end",
        "Neither accepted, rejected, missed, waived nor cancelled when the pack was built.",
        "state in planned, executed, evidence_linked, validated, in_review",
        "unknown",
    ),
    "F-80": _verdict("Restores held for drills", "By rules, or by a person.", "drill"),
    "F-81": _verdict("Restores held for recoveries of production", "They prove no drill.", "production_recovery"),
    "F-82": _verdict(
        "Restores that cannot be told", "They never count, and are all listed.", "unclassified", "unknown"
    ),
    "F-83": Definition(
        "Deviations still open",
        "Of all drills that are told.",
        "deviations",
        "Rows whose state is not closed, of all.",
        OF_DEVIATIONS,
        "state in open, overdue",
        "warning",
    ),
    "F-84": Definition(
        "Deviations overdue",
        "Open beyond the day by which they were to be dealt with.",
        "deviations",
        "Rows whose state is overdue, of all.",
        OF_DEVIATIONS,
        "state = overdue",
        "bad",
    ),
    "F-85": Definition(
        "Reviews proven by a sign-in",
        "A signed statement with the claims of the person lies in the pack of the internal audience.",
        "reviews",
        "Rows of role reviewer or approver about drills with evidence_grade B, of all such rows.",
        OF_SIGNOFFS,
        "drill_id not null; decision in accepted, accepted_with_deviations, rejected; evidence_grade = B",
        all_or_bad=False,
    ),
    "F-86": Definition(
        "Items due for which nothing was planned",
        "By the rules in force when the pack was built.",
        "items",
        "Rows with due_because and not planned, of all that are due or planned.",
        OF_IN_SCOPE,
        "due_because not empty; planned = false",
        "bad",
        rests_on=ITEMS,
    ),
    "F-87": Definition(
        "Restored copies that are known to be gone",
        "",
        "drills",
        "Drills of the quarter that were executed and have clean_up_at, of all that were executed.",
        OF_DRILLS,
        f"{_MINE}; job_id not null; clean_up_at not null",
    ),
}
