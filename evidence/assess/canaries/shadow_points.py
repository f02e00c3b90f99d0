"""The shadow data set's recovery points: of a machine, and of a database with logs.

Not here: detectors. Invariant: the healthy twin's points are whole, in time and consistent.
"""

from __future__ import annotations

from datetime import date, timedelta

from evidence.assess.canaries.plants import Plant, Stage, canary
from evidence.assess.canaries.shadow_slots import policy
from evidence.assess.points.merging import merged
from evidence.assess.points.values import Demand, ItemPoints, Observed, Of, Reading, Target, Wanted
from evidence.assess.points.wanted import BY_RULE, wanted_of
from evidence.assess.slots.schedules import read_schedules

KEPT = timedelta(days=30)
TARGET = Target(timedelta(hours=26), BY_RULE, 0)
_WEEK = timedelta(days=7)
_STEP = timedelta(minutes=15)


def machine_wanted(stage: Stage) -> Wanted:
    """What the shadow policy wants of the machine's points."""
    version = policy(stage)
    return wanted_of(version, read_schedules(version), timedelta(hours=2))


def machine(stage: Stage) -> ItemPoints:
    """The machine's points."""
    missing = {Plant.GAP: (1, 2), Plant.RPO_BREACH: (0, 1, 2)}.get(stage.plant, ()) if stage.plant else ()
    nights = [night for night in stage.nights() if (stage.night - night).days not in missing]
    return _item(stage, [_point(stage, night) for night in nights])


def _point(stage: Stage, night: date) -> Observed:
    at, last = stage.due(night) + timedelta(minutes=2), night == stage.night
    crash = last and stage.plant is Plant.CONSISTENCY
    kept = _WEEK if last and stage.plant is Plant.EXPIRY else KEPT
    return Observed(
        recovery_point_id=f"canary-point-{night}",
        observed_at=stage.read_at(stage.night),
        at=at,
        consistency="CrashConsistent" if crash else "AppConsistent",
        tiers=("HardenedRP=Valid",),
        expires_at=at + kept,
        rule_name="Daily",
    )


def database(stage: Stage) -> ItemPoints:
    """A database's full backups, and its logs."""
    fulls = [
        Observed(f"canary-full-{night}", stage.read_at(stage.night), at=stage.due(night), point_type="Full")
        for night in stage.nights()
    ]
    first, end = stage.due(stage.nights()[0]), stage.window.end - _STEP
    spans = [(first, end)]
    if stage.plant is Plant.LOG_BREAK:
        broken = stage.due(stage.night) - timedelta(hours=8)
        spans = [(first, broken), (broken + timedelta(hours=6), end)]
    seen = stage.read_at(stage.night)
    logs = [Observed("canary-range", seen, range_start_at=start, range_end_at=last) for start, last in spans]
    return _item(stage, [*fulls, *logs])


DATABASE_WANTED = Wanted(timedelta(days=1), timedelta(minutes=30), log_every=_STEP, demand=Demand(logs=True))
DATABASE_TARGET = Target(timedelta(hours=1), BY_RULE, 0)


def _item(stage: Stage, observed: list[Observed]) -> ItemPoints:
    readings = [Reading(stage.read_at(night), stage.read_at(night) - KEPT, of) for night in stage.nights() for of in Of]
    return ItemPoints(canary(), merged(observed, readings, stage.read_at(stage.night)), readings)
