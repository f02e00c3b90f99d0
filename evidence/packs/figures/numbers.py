"""From counts to figures: number, denominator, tone and note of each anchor. Pure.

Not here: counting, and what each figure is called. Invariant: zero of what nobody read is not zero but unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from evidence.packs.completeness import CompletenessResult
from evidence.packs.figures.counting import COMPLETED, FAILED, LINKED, WARNED, Counts
from evidence.packs.figures.definition import Definition
from evidence.packs.figures.definitions import DEFINITIONS
from evidence.packs.interface import Figure
from evidence.packs.reconciled import Tally
from evidence.packs.unread import Unread, unread
from evidence.records import Kind, Outcome

Number = tuple[int, int | None] | None
"""How many, and of how many; None where nobody knows."""
NOTHING_READ = "Not known: nothing of it was read."
NOTHING_COMPARED = "Not known: nothing was compared."
_NOT_KNOWN = {
    "reconciliation": NOTHING_COMPARED,
    "slots": "Not known: no such run was judged.",
    "canaries": "Not known: no detector was tried.",
    "not_compared": "Not known: no detector was tried.",
    "drills": "Not known: no drill was executed and decided.",
    "attainment": "Not known: no item has an objective that counts in the period.",
}
"""Why a number of a file is not known."""
_CHANGES = ("policy", "protection", "vault")


def figures(counts: Counts, judged: CompletenessResult) -> tuple[Figure, ...]:
    """All figures of a pack in the order of their anchors; those that it cannot have are absent."""
    left_out = unread(judged)
    numbers = _numbers(counts, judged)
    return tuple(
        _figure(anchor, definition, numbers[anchor], left_out)
        for anchor, definition in DEFINITIONS.items()
        if anchor in numbers
    )


def _numbers(counts: Counts, judged: CompletenessResult) -> Mapping[str, Number]:
    found: dict[str, Number] = {
        "F-01": (judged.vaults_read, judged.vaults_expected),
        "F-02": (judged.nights_sealed, judged.nights_expected),
        **_of_jobs(counts),
        **_of_items(counts),
        **_of_restores(counts),
        **_of_sources(counts),
        **_of_reading(counts, judged),
    }
    if counts.judgement is not None:
        found |= counts.judgement.numbers()
    if counts.drills is not None:
        found |= counts.drills
    if counts.objectives is not None:
        found |= counts.objectives
    if counts.restated is not None:
        found["F-30"] = (counts.restated, None)
    if counts.odd:
        found |= {"F-39": (counts.odd["drift"], None)}
        found |= {"F-40": (counts.odd["element"], None), "F-41": (counts.odd["value"], None)}
    return found


def _of_jobs(counts: Counts) -> dict[str, Number]:
    backups = sum(counts.backups.values())
    told = [counts.backups[status] for status in (COMPLETED, FAILED, WARNED)]
    failed = counts.backups[FAILED]
    return {
        "F-03": (counts.jobs, None),
        "F-04": (told[0], backups),
        "F-05": (told[1], backups),
        "F-06": (told[2], backups),
        "F-07": (backups - sum(told), backups),
        "F-11": (counts.unlinked_jobs, counts.jobs),
        "F-13": (counts.uploaded_jobs, counts.jobs),
        "F-22": (counts.unended, counts.jobs),
        "F-45": (counts.worst_cause, failed),
        "F-46": (counts.worst_item, failed),
        "F-49": (backups, counts.jobs),
    }


def _of_items(counts: Counts) -> dict[str, Number]:
    return {
        "F-08": (counts.items_with_point, counts.items),
        "F-09": (counts.silent.pairs, counts.silent.looked_at),
        "F-20": (counts.items, None),
        "F-21": (counts.gone, counts.present),
        "F-44": (counts.policies_changed, counts.policies),
        "F-47": (counts.items - counts.items_with_point, counts.items),
        "F-48": (len(counts.silent.nights), counts.present),
    }


def _of_restores(counts: Counts) -> dict[str, Number]:
    grades = ("id", "exact", "range", "inferred", "ambiguous", "unlinked")
    by_grade = {f"F-{24 + place}": (counts.links[grade], counts.restores) for place, grade in enumerate(grades)}
    linked = sum(counts.links[grade] for grade in LINKED)
    return {"F-10": (linked, counts.restores), "F-23": (counts.restores, None), **by_grade}


def _of_sources(counts: Counts) -> dict[str, Number]:
    compared, events = counts.compared, sum(counts.activity.values())
    changes = sum(counts.activity[kind] for kind in _CHANGES)
    told = counts.activity_read or bool(events)
    return {
        "F-14": _tallied(compared.graph),
        "F-15": _tallied(compared.unprotected),
        "F-16": _tallied(compared.expected),
        "F-17": (compared.not_comparable, compared.due),
        "F-42": (events, None) if told else None,
        "F-43": (changes, events) if told else None,
    }


def _tallied(found: Tally) -> Number:
    return (found.differing, found.things) if found.comparisons else None


def _of_reading(counts: Counts, judged: CompletenessResult) -> dict[str, Number]:
    asked, gaps = counts.asked, judged.gaps
    late = {gap.night for gap in gaps if gap.outcome == Outcome.NOT_OBSERVED_THEN}
    return {
        "F-12": (asked.ok, asked.calls),
        "F-18": _lists(counts, judged, Kind.JOBS),
        "F-19": _lists(counts, judged, Kind.PROTECTED_ITEMS),
        "F-31": (len(gaps), None),
        "F-32": (sum(gap.essential for gap in gaps), len(gaps)),
        "F-33": (asked.repeated, asked.calls),
        "F-34": (asked.throttled, asked.calls),
        "F-35": (asked.skewed, asked.timed),
        "F-36": (len(late), judged.nights_expected),
        "F-37": (counts.left_out, None),
        "F-38": (asked.unreadable, asked.calls),
        "F-50": (asked.uploaded, None),
    }


def _lists(counts: Counts, judged: CompletenessResult, kind: Kind) -> Number:
    """Lists read whole, of all that were due: named by coverage or a gap, and one a vault for each night without a run."""
    gaps: set[tuple[date, str]] = {
        (gap.night, gap.subject_id) for gap in judged.gaps if gap.kind == kind and gap.subject_id
    }
    unsealed = sum(gap.outcome == "not_sealed" for gap in judged.gaps)
    due = len(counts.due[kind] | gaps) + unsealed * judged.vaults_expected
    return len(counts.lists[kind]), due


def _figure(anchor: str, of: Definition, number: Number, left_out: Unread) -> Figure:
    note, tone = of.note, "unknown"
    if number is None:
        note = _NOT_KNOWN.get(of.file, NOTHING_READ)
        found, whole = None, None
    elif not number[0] and any(left_out.nothing(kind) for kind in of.rests_on):
        found, whole, note = None, None, NOTHING_READ
    else:
        found, whole = number
        note = " ".join(part for part in (note, left_out.note(*of.rests_on)) if part) if of.rests_on else note
        tone = _tone(of, found, whole)
    return Figure(anchor, of.name, found, whole, note, tone, of.unit, of.counted, of.path, of.rows, of.share)


def _tone(of: Definition, found: int, whole: int | None) -> str:
    if of.all_or_bad:
        return "good" if found == whole and found else "bad"
    return of.if_any if found else "plain"
