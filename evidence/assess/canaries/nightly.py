"""Each night's proof that the detectors work: what was planted is found, and what is healthy is not accused.

Not here: real data, which canaries never touch. Invariants: the planted problem and the healthy twin go through the very functions that judge real
rows; a detector that raises counts as one that did not fire.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from evidence.assess.canaries import shadow_points, shadow_slots, shadow_vault
from evidence.assess.canaries.plants import VAULT, Plant, Stage, canary
from evidence.assess.drift.detect import drift_of_vault, unprotected_resources
from evidence.assess.findings import Class, Finding, Severity
from evidence.assess.points.detect import point_findings
from evidence.assess.slot_findings import Runs, slot_findings
from evidence.assess.trends.anomalies import anomalies
from evidence.assess.trends.concurrency import concurrency_finding
from evidence.assess.trends.growth import growth_finding
from evidence.assess.trends.health import unhealthy
from evidence.assess.trends.outbreaks import outbreaks
from evidence.assess.trends.recurring import recurring
from evidence.nights import Calendar
from evidence.records import SUBSCRIPTION_LIST

Detector = Callable[[Stage], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class CanaryResult:
    """What one detector made of its canary and of the healthy twin."""

    detector: str
    """Class of the problem that it must find."""
    planted: str
    """What was planted, in words."""
    found: bool
    silent_on_healthy: bool
    reason: str
    """One sentence."""

    @property
    def good(self) -> bool:
        """Whether it fired where it must, and only there."""
        return self.found and self.silent_on_healthy


def _slots(stage: Stage) -> Iterable[Finding]:
    history = shadow_slots.history(stage)
    tonight = [one for one in history.slots if one.night == stage.night]
    return slot_findings([Runs(history.about, tonight, [one for one in history.slots if one.night < stage.night])])


def _recurring(stage: Stage) -> Iterable[Finding]:
    return recurring([shadow_slots.history(stage)], stage.night)


def _outbreaks(stage: Stage) -> Iterable[Finding]:
    return outbreaks(shadow_slots.neighbours(stage), stage.night).parents


def _points(stage: Stage) -> Iterable[Finding]:
    machine, wanted = shadow_points.machine(stage), shadow_points.machine_wanted(stage)
    return point_findings(machine, wanted, shadow_points.TARGET, stage.night, stage.window)


def _logs(stage: Stage) -> Iterable[Finding]:
    wanted, target = shadow_points.DATABASE_WANTED, shadow_points.DATABASE_TARGET
    return point_findings(shadow_points.database(stage), wanted, target, stage.night, stage.window)


def _anomalies(stage: Stage) -> Iterable[Finding]:
    return anomalies(shadow_slots.last_run(stage), shadow_slots.earlier_runs(stage))


def _health(stage: Stage) -> Iterable[Finding]:
    found = unhealthy(canary(), shadow_slots.health(stage))
    return () if found is None else (found,)


def _growth(stage: Stage) -> Iterable[Finding]:
    found = growth_finding(VAULT, "canary", shadow_slots.stored(stage), stage.window.end)
    return () if found is None else (found,)


def _crowd(stage: Stage) -> Iterable[Finding]:
    *earlier, last = shadow_slots.peaks(stage)
    found = concurrency_finding(VAULT, "canary", stage.night, last, earlier)
    return () if found is None else (found,)


def _drift(stage: Stage) -> Iterable[Finding]:
    looks = shadow_vault.before(stage), shadow_vault.after(stage)
    return drift_of_vault(*looks, shadow_vault.changes(stage), stage.night).findings


def _resources(stage: Stage) -> Iterable[Finding]:
    return unprotected_resources(shadow_vault.resources(stage), (), stage.night, stage.window.end).findings


CANARIES: Mapping[Plant, tuple[Class, Detector]] = {
    Plant.FAILED_JOB: (Class.FAILED, _slots),
    Plant.SILENCE: (Class.SILENT, _slots),
    Plant.RECURRING: (Class.RECURRING, _recurring),
    Plant.OUTBREAK: (Class.OUTBREAK, _outbreaks),
    Plant.GAP: (Class.POINT_GAP, _points),
    Plant.RPO_BREACH: (Class.RPO_BREACH, _points),
    Plant.LOG_BREAK: (Class.LOG_CHAIN_BREAK, _logs),
    Plant.CONSISTENCY: (Class.CONSISTENCY_DOWNGRADE, _points),
    Plant.EXPIRY: (Class.EXPIRES_EARLY, _points),
    Plant.SLOW_JOB: (Class.DURATION, _anomalies),
    Plant.EMPTY_JOB: (Class.SIZE, _anomalies),
    Plant.HEALTH: (Class.UNHEALTHY, _health),
    Plant.GROWTH: (Class.STORAGE_GROWTH, _growth),
    Plant.CROWD: (Class.CONCURRENCY, _crowd),
    Plant.THINNED: (Class.SCHEDULE_THINNED, _drift),
    Plant.SHORTENED: (Class.RETENTION_SHORTENED, _drift),
    Plant.REASSIGNED: (Class.POLICY_REASSIGNED, _drift),
    Plant.STOPPED: (Class.PROTECTION_STOPPED, _drift),
    Plant.VANISHED: (Class.VANISHED, _drift),
    Plant.WEAKENED: (Class.SECURITY_WEAKENED, _drift),
    Plant.UNPROTECTED: (Class.UNPROTECTED, _resources),
}
"""Each plant with the class that must be found, and the detector that must find it."""


def fly(
    night: date, calendar: Calendar, canaries: Mapping[Plant, tuple[Class, Detector]] = CANARIES
) -> tuple[CanaryResult, ...]:
    """The results of all detectors on this night's shadow data."""
    return tuple(_flown(Stage(night, calendar), plant, *canaries[plant]) for plant in canaries)


def _flown(stage: Stage, plant: Plant, class_: Class, detector: Detector) -> CanaryResult:
    try:
        planted = [one for one in detector(Stage(stage.night, stage.calendar, plant)) if one.class_ is class_]
        healthy = list(detector(stage))
    except Exception as error:  # noqa: BLE001 - whatever breaks a detector, the night must tell that it is broken
        why = f"The detector failed: {type(error).__name__}: {error}."
        return CanaryResult(str(class_), str(plant), found=False, silent_on_healthy=False, reason=why)
    reason = "Found." if planted else "Not found."
    if healthy:
        reason += f" The healthy twin was accused: {healthy[0].summary}"
    return CanaryResult(str(class_), str(plant), bool(planted), not healthy, reason)


def canary_findings(results: Iterable[CanaryResult], night: date, calendar: Calendar) -> tuple[Finding, ...]:
    """One `CANARY_SILENT` for each detector that failed its proof; `vault_id` is `/subscriptions`, for it concerns all."""
    return tuple(
        Finding(
            Class.CANARY_SILENT,
            Severity.CRITICAL,
            SUBSCRIPTION_LIST,
            None,
            f"detector of {one.detector}",
            one.detector,
            calendar.window(night).end,
            night,
            f"Planted: {one.planted}. {one.reason} What this detector says of real data cannot be relied upon.",
            recommendation="Report it as a fault of this program; judge that class by hand until it is mended.",
        )
        for one in results
        if not one.good
    )
