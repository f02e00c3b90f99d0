"""What a policy orders less of than before: fewer runs, shorter retention. Reads both shapes of JSON.

Not here: which policy an item has (`items`). Invariants: more runs or longer retention is no drift; what cannot be read is said to be not
compared, and is no drift either.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date

from evidence.assess.drift.actors import actor_of
from evidence.assess.drift.values import Changes, NotCompared, PolicySeen
from evidence.assess.findings import Class, Finding, Severity
from evidence.assess.points.attainment import spoken
from evidence.assess.points.calendar import least_days
from evidence.assess.points.promises import read_promises
from evidence.assess.points.values import Kept, Promises
from evidence.assess.points.wanted import kept_runs, reference_span
from evidence.assess.slots.orders import Schedule, Unreadable
from evidence.assess.slots.schedules import read_schedules
from evidence.assess.slots.values import Part, PolicyVersion

POLICY_EVENTS = frozenset({"policy"})


def policy_drift(
    before: PolicySeen, after: PolicySeen, changes: Changes, night: date
) -> Iterator[Finding | NotCompared]:
    """What one policy orders less of; each sort one finding, with all that it lost."""
    if before.version.content_sha256 == after.version.content_sha256:
        return
    name = after.name or after.version.policy_id.rpartition("/")[2]
    for class_, what, lost in (
        (Class.SCHEDULE_THINNED, "schedule", thinned(before.version, after.version)),
        (Class.RETENTION_SHORTENED, "retention", shortened(before.version, after.version)),
    ):
        if isinstance(lost, str):
            yield NotCompared(after.version.vault_id, f"{what} of policy {name}", lost)
        elif lost:
            yield _finding(class_, after, name, "; ".join(lost), changes, night)


def thinned(before: PolicyVersion, after: PolicyVersion) -> list[str] | str:
    """Parts that run less often than before, in words; a text says why it cannot be told."""
    if (before.schedule, before.retention) == (after.schedule, after.retention):
        return []
    was, now = read_schedules(before), read_schedules(after)
    obstacle = next((one.reason for one in (*was, *now) if isinstance(one, Unreadable)), None)
    if obstacle is not None:
        return obstacle
    timed = [one for one in was if isinstance(one, Schedule)], [one for one in now if isinstance(one, Schedule)]
    span = reference_span([one for side in timed for one in side])
    old, new = (Counter(dict.fromkeys(Part, 0)) for _ in timed)
    for counts, side in zip((old, new), timed, strict=True):
        for one in side:
            counts[one.part] += len(kept_runs(one, span))
    days = (span[1] - span[0]).days
    lost = [
        f"{part} backups {_often(old[part], days)} before, {_often(new[part], days)} now"
        for part in Part
        if new[part] < old[part]
    ]
    return lost + _logs(*timed)


def _logs(was: list[Schedule], now: list[Schedule]) -> list[str]:
    old, new = (
        min((one.every for one in side if one.part is Part.LOG and one.every is not None), default=None)
        for side in (was, now)
    )
    if old is None or (new is not None and new <= old):
        return []
    return [f"logs every {spoken(old)} before, {'never' if new is None else f'every {spoken(new)}'} now"]


def _often(runs: int, days: int) -> str:
    return "never" if not runs else f"{runs * 7 / days:.2g} a week"


def shortened(before: PolicyVersion, after: PolicyVersion) -> list[str] | str:
    """Rules that keep points for a shorter time than before, or are gone, in words; a text says why it cannot be told."""
    if before.retention == after.retention:
        return []
    was, now = read_promises(before), read_promises(after)
    obstacle = next(iter((*was.unreadable, *now.unreadable)), None)
    if obstacle is not None:
        return obstacle
    return [
        f"{_rule(part, rule)} {_kept(kept)} before, {'not' if new is None else _kept(new)} now"
        for part, rules in sorted(was.rules.items())
        for rule, kept in sorted(rules.items())
        for new in [_now(now, part, rule)]
        if new is None or least_days(new) < least_days(kept)
    ]


def _now(promises: Promises, part: str, rule: str) -> Kept | None:
    return promises.rules.get(part, {}).get(rule)


def _rule(part: str, rule: str) -> str:
    name, _, store = rule.partition("@")
    words = [part, name, f"points in {store}" if store else "points"]
    return " ".join(word for word in words if word) + " kept"


def _kept(kept: Kept) -> str:
    return f"{kept.count} {kept.unit.lower()}"


def _finding(class_: Class, after: PolicySeen, name: str, lost: str, changes: Changes, night: date) -> Finding:
    actor = actor_of(changes, (after.version.policy_id.casefold(),), POLICY_EVENTS)
    return Finding(
        class_,
        Severity.ERROR,
        after.version.vault_id,
        None,
        name,
        after.version.policy_id.rpartition("/")[2],
        actor.at or after.observed_at,
        night,
        f"Policy {name}: {lost}; {actor.told}.",
        after.version.workload,
        recommendation="Have the change approved, or set the policy as it was.",
        actor=actor.name,
    )
