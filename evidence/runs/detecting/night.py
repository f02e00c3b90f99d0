"""All that detectors found on a night, what canaries proved of them, and what they could not compare; and the rows that tell the latter two.

Not here: any detector. Invariants: every class of finding that sealed rows can show comes from here; a detector that could not look says so in a row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from evidence.assess import AssessmentContext
from evidence.assess.canaries.nightly import CanaryResult, canary_findings, fly
from evidence.assess.drift.values import NotCompared
from evidence.assess.findings import Class, Finding
from evidence.nights import Calendar
from evidence.runs.detecting.crowds import crowds_found
from evidence.runs.detecting.drift import drift_found
from evidence.runs.detecting.drills import drills_found
from evidence.runs.detecting.expiry import expiries_found
from evidence.runs.detecting.growth import growth_found
from evidence.runs.detecting.health import health_found
from evidence.runs.detecting.points import points_found
from evidence.runs.detecting.population import resources_compared, resources_found, vaults_gone
from evidence.runs.detecting.runs import runs_found
from evidence.runs.judging.findings import StandingRuns, run_findings
from evidence.runs.judging.rules import JudgementRules
from evidence.tables import CANARIES, NOT_COMPARED, Table, from_rows

DETECTORS = "canaries"
"""Key of how many detectors were tried, and how many stood the trial, in the payload of an assessment."""


@dataclass(frozen=True, slots=True)
class Detected:
    """What detectors say of a night."""

    findings: Sequence[Finding]
    canaries: Sequence[CanaryResult]
    unknown: Sequence[NotCompared]
    looked: Mapping[Class, frozenset[str]]
    """Where detectors that need more than lists of vaults had all that they need: what they did not find there is not there."""

    @property
    def told(self) -> Mapping[str, int]:
        """The trial of the detectors, in numbers."""
        return {
            "tried": len(self.canaries),
            "found": sum(one.found for one in self.canaries),
            "silent_on_healthy": sum(one.silent_on_healthy for one in self.canaries),
            "not_compared": len(_distinct(self.unknown)),
        }


def detect(
    standing: StandingRuns,
    compared: Sequence[Mapping[str, object]],
    context: AssessmentContext,
    calendar: Calendar,
    rules: JudgementRules,
) -> Detected:
    """Let every detector look at a night; `compared` are the night's rows of `reconciliation`."""
    sealed, entries, night, now = standing.sealed, standing.entries, context.night, context.assessed_at
    abouts = standing.judged.abouts
    tonight = [one.judged for one in standing.judged.slots if one.judged.night == night]
    growth, sized = growth_found(sealed, entries, night, calendar)
    changed = (
        drift_found(sealed, entries, night, calendar, rules.tiers),
        vaults_gone(sealed, entries, night, calendar),
        resources_found(sealed, entries, compared, night, calendar.window(night).end),
        growth,
    )
    drills = drills_found(entries, calendar, now)
    canaries = fly(night, calendar)
    findings = [
        *run_findings(standing),
        *points_found(sealed, entries, night, calendar, rules),
        *expiries_found(sealed, entries, night, calendar, rules),
        *health_found(sealed, night, calendar, abouts, tonight, standing.judged.swept),
        *runs_found(sealed, entries, night, abouts),
        *crowds_found(sealed, entries, night, calendar, now),
        *(finding for one in changed for finding in one.findings),
        *canary_findings(canaries, night, calendar),
        *drills.findings,
    ]
    looked = {
        Class.UNPROTECTED: resources_compared(compared),
        Class.STORAGE_GROWTH: sized,
        Class.MISSED_DRILL: drills.looked,
    }
    return Detected(findings, canaries, [told for one in changed for told in one.unknown], looked)


def detected_rows(detected: Detected, context: AssessmentContext) -> Mapping[Table, pa.Table]:
    """Rows of `canaries` and `not_compared`."""
    common = _common(context)
    tried = [
        {
            **common,
            "detector": one.detector,
            "planted": one.planted,
            "found": one.found,
            "silent_on_healthy": one.silent_on_healthy,
            "reason": one.reason,
        }
        for one in detected.canaries
    ]
    missed = [
        {**common, "vault_id": one.vault_id, "what": one.what, "reason": one.reason}
        for one in _distinct(detected.unknown)
    ]
    return {CANARIES: from_rows(CANARIES, tried), NOT_COMPARED: from_rows(NOT_COMPARED, missed)}


def _common(context: AssessmentContext) -> dict[str, date | str | object]:
    return {"night": context.night, "assessment_id": context.assessment_id, "assessed_at": context.assessed_at}


def _distinct(unknown: Sequence[NotCompared]) -> Sequence[NotCompared]:
    return list(dict.fromkeys(unknown))
