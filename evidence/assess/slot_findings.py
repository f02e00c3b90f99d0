"""What slots alone tell of problems: one finding for each bad run, none for what is open.

Not here: failures that come again, outbreaks (`trends`). Invariants: a silence of an item that does not matter most is told from its second run on,
and what was not read from the second run in a row; the same problem gives the same class, item and error family on every night.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from evidence.assess.about import About
from evidence.assess.findings import Class, Finding, Severity
from evidence.assess.slots.values import Judged, Outcome, Part

CLASSES: Mapping[Outcome, tuple[Class, Severity]] = {
    Outcome.FAILED: (Class.FAILED, Severity.ERROR),
    Outcome.CANCELLED: (Class.CANCELLED, Severity.ERROR),
    Outcome.WARNING: (Class.WARNING, Severity.WARNING),
    Outcome.SUCCESS_NO_POINT: (Class.NO_POINT, Severity.ERROR),
    Outcome.SILENT: (Class.SILENT, Severity.ERROR),
    Outcome.RUNNING_LATE: (Class.RUNNING_LATE, Severity.WARNING),
    Outcome.UNKNOWN: (Class.UNKNOWN, Severity.WARNING),
}
"""Class and usual severity of each outcome that somebody must look at."""
PATIENCE = 2
"""Runs in a row from which on silences of lower tiers, and what was not read, are told (analytics 6.3)."""
_WORDS = {
    Class.FAILED: "failed",
    Class.CANCELLED: "was cancelled",
    Class.WARNING: "completed with warnings, without a copy in the vault",
    Class.NO_POINT: "completed and left no recovery point",
    Class.SILENT: "left no trace: no job and no recovery point",
    Class.RUNNING_LATE: "is still at work after its window",
    Class.UNKNOWN: "cannot be judged",
}


@dataclass(frozen=True, slots=True)
class Runs:
    """The runs of one item that were judged now, and those before them, all as they stand."""

    about: About
    judged: Sequence[Judged]
    before: Sequence[Judged] = ()
    """Earlier runs of the item, in order; what was judged now is left out of it."""
    recommendations: Mapping[str, str] = field(default_factory=dict)
    """What Azure recommends, by job id."""


def slot_findings(runs: Iterable[Runs]) -> Iterator[Finding]:
    """The findings of items, run by run."""
    for one in runs:
        for judged in sorted(one.judged, key=lambda told: (told.slot.slot_at, told.slot.part)):
            found = _finding(one, judged)
            if found is not None:
                yield found


def _finding(runs: Runs, judged: Judged) -> Finding | None:
    told = CLASSES.get(judged.outcome)
    if told is None:
        return None
    class_, usual = told
    count = _in_a_row(runs, judged)
    if class_ is Class.UNKNOWN and count < PATIENCE:
        return None
    if class_ is Class.SILENT and count < PATIENCE and not runs.about.matters_most:
        return None
    about = runs.about
    return Finding(
        class_=class_,
        severity=about.severity(usual),
        vault_id=about.vault_id,
        item_key=about.item_key,
        subject=about.name,
        error_family=judged.error_family,
        at=judged.slot.slot_at,
        night=judged.night,
        summary=_summary(class_, judged, count),
        workload=about.workload,
        job_ids=judged.job_ids,
        error_codes=judged.error_codes,
        recommendation=_recommendation(runs, judged),
        slots=count,
        part=str(judged.slot.part),
    )


def _in_a_row(runs: Runs, judged: Judged) -> int:
    """Runs of the part in a row, up to this one, with the same outcome; runs that were not due are passed over."""
    earlier = [one for one in (*runs.before, *runs.judged) if _before(one, judged.slot.part, judged.slot.slot_at)]
    count = 1
    for one in sorted(earlier, key=lambda told: told.slot.slot_at, reverse=True):
        if one.outcome is Outcome.NOT_EXPECTED:
            continue
        if one.outcome is not judged.outcome:
            break
        count += 1
    return count


def _before(one: Judged, part: Part, at: datetime) -> bool:
    return one.slot.part is part and one.slot.slot_at < at


def _summary(class_: Class, judged: Judged, count: int) -> str:
    run = f"The {judged.slot.part} backup due {judged.slot.slot_at:%Y-%m-%d %H:%M} UTC"
    jobs = f" ({len(judged.job_ids)} jobs)" if len(judged.job_ids) > 1 else ""
    often = f"; {count} runs in a row" if count > 1 else ""
    family = f": {judged.error_family}" if judged.error_family else ""
    return f"{run} {_WORDS[class_]}{jobs}{family}{often}. {judged.reason}"


def _recommendation(runs: Runs, judged: Judged) -> str | None:
    told = (runs.recommendations.get(job) for job in reversed(judged.job_ids))
    return next((one for one in told if one), None)
