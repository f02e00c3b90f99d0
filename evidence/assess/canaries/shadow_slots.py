"""The shadow data set's runs: a policy, its jobs and points, judged by the same rules as real ones.

Not here: detectors. Invariant: whatever the night and the calendar, the healthy twin's runs all succeed.
"""

from __future__ import annotations

import json
from datetime import date, timedelta

from evidence.assess.about import About
from evidence.assess.canaries.plants import POLICY, VAULT, Plant, Stage, canary
from evidence.assess.slots.expected import expected_slots
from evidence.assess.slots.families import error_family
from evidence.assess.slots.history import Sighting, item_history
from evidence.assess.slots.outcome import judge_slot
from evidence.assess.slots.policy_book import PolicyBook
from evidence.assess.slots.rules import SlotRules
from evidence.assess.slots.values import Judged, PolicyVersion, SlotJob, SlotPoint, Sources
from evidence.assess.trends.values import HealthDetail, HealthSeen, Peak, Run, SlotHistory

TITLE, CODE = "ExtensionSnapshotFailedNoNetwork", "400239"
FAMILY = error_family((CODE,), (TITLE,))
NEIGHBOURS = 5
USUAL_S, USUAL_BYTES = 1800.0, 50 * 2**30
_LONG_AGO = timedelta(days=60)


def policy(stage: Stage, *, every_day: bool = True, keep_days: int = 30, sha: str = "canary") -> PolicyVersion:
    """The shadow policy as Azure would send it."""
    at = f"2026-03-02T{stage.due(stage.night):%H:%M:%S}Z"
    schedule: dict[str, object] = {"schedulePolicyType": "SimpleSchedulePolicy", "scheduleRunTimes": [at]}
    schedule |= {"scheduleRunFrequency": "Daily"} if every_day else {
        "scheduleRunFrequency": "Weekly", "scheduleRunDays": ["Sunday"]
    }  # fmt: skip
    kept = {"retentionDuration": {"count": keep_days, "durationType": "Days"}}
    retention = {"retentionPolicyType": "LongTermRetentionPolicy", "dailySchedule": kept}
    since = stage.window.start - _LONG_AGO
    return PolicyVersion(
        POLICY, VAULT, sha, "AzureIaasVM", "VM", json.dumps(schedule), json.dumps(retention), "UTC", since
    )


def history(stage: Stage, number: int = 0) -> SlotHistory:
    """The judged runs of one item over the nights of the play."""
    about = canary(number)
    return SlotHistory(about, [judged for night in stage.nights() for judged in _judged(stage, about, night, number)])


def neighbours(stage: Stage) -> list[tuple[About, Judged]]:
    """The runs of this night of all items of the vault."""
    return [
        (canary(number), judged)
        for number in range(2 * NEIGHBOURS)
        for judged in _judged(stage, canary(number), stage.night, number)
    ]


def _judged(stage: Stage, about: About, night: date, number: int) -> list[Judged]:
    seen = Sighting(stage.window.start - _LONG_AGO, stage.window.end + _LONG_AGO, POLICY, "Protected")
    of_item = item_history(VAULT, about.item_key, [seen], management_type="AzureIaasVM", workload="VM")
    slots = expected_slots(of_item, PolicyBook([policy(stage)]), stage.calendar.window(night), SlotRules())
    jobs, points = _made(stage, night, number)
    return [
        judge_slot(slot, jobs, points, Sources(slot.final_at, slot.final_at), slot.final_at, night) for slot in slots
    ]


def _made(stage: Stage, night: date, number: int) -> tuple[list[SlotJob], list[SlotPoint]]:
    """What a night's run left."""
    due = stage.due(night)
    if stage.plant is Plant.SILENCE and night == stage.night:
        return [], []
    begun, ended = due + timedelta(minutes=1), due + timedelta(minutes=31)
    if _fails(stage, night, number):
        failed = SlotJob(
            f"canary-job-{night}-{number}", "id", "Failed", "Backup", begun, ended, user_triggered=None,
            error_codes=(CODE,), error_titles=(TITLE,),
        )  # fmt: skip
        return [failed], []
    done = SlotJob(f"canary-job-{night}-{number}", "id", "Completed", "Backup", begun, ended, user_triggered=None)
    made = SlotPoint(f"canary-point-{night}", due + timedelta(minutes=2), tiers=("HardenedRP=Valid",))
    return [done], [made]


def _fails(stage: Stage, night: date, number: int) -> bool:
    back = (stage.night - night).days
    if stage.plant is Plant.RECURRING:
        return back <= 1
    return back == 0 and (stage.plant is Plant.FAILED_JOB or (stage.plant is Plant.OUTBREAK and number < NEIGHBOURS))


def last_run(stage: Stage) -> Run:
    """The run that is compared."""
    if stage.plant is Plant.SLOW_JOB:
        return _run(stage, stage.night, 8 * USUAL_S, USUAL_BYTES)
    if stage.plant is Plant.EMPTY_JOB:
        return _run(stage, stage.night, 5, 0)
    return _run(stage, stage.night, USUAL_S, USUAL_BYTES)


def earlier_runs(stage: Stage) -> list[Run]:
    """Enough runs before it that each weekday class has its like."""
    return [
        _run(stage, night, USUAL_S + 60 * (place % 5), USUAL_BYTES + 2**28 * (place % 3))
        for place, night in enumerate(stage.nights(70)[:-1])
    ]


def _run(stage: Stage, night: date, seconds: float, size: int) -> Run:
    return Run(canary(), f"canary-job-{night}", "full", night, stage.due(night), seconds, size)


def health(stage: Stage) -> list[HealthSeen]:
    """Health of one item, night by night."""
    ill = stage.plant is Plant.HEALTH
    detail = (HealthDetail(CODE, TITLE, ("Allow the extension to reach the network.",)),)
    return [
        HealthSeen(night, "ActionRequired", True, stage.read_at(night), detail)
        if ill and night == stage.night
        else HealthSeen(night, "Passed", True, stage.read_at(night))
        for night in stage.nights()
    ]


def stored(stage: Stage) -> list[tuple[date, int | None]]:
    """What the shadow vault holds, night by night."""
    sizes = [(1000 + 2 * place + place % 2) * 2**30 for place in range(20)]
    if stage.plant is Plant.GROWTH:
        sizes[-1] += 500 * 2**30
    return list(zip(stage.nights(20), sizes, strict=True))


def peaks(stage: Stage) -> list[Peak]:
    """Most jobs at once, night by night; the last is the one that is compared."""
    counts = [10 + place % 3 for place in range(20)]
    if stage.plant is Plant.CROWD:
        counts[-1] = 60
    return [Peak(count, stage.due(night), 0) for count, night in zip(counts, stage.nights(20), strict=True)]
