"""What was planted in a generated world, in the ids that Azure would show: for tests alone.

Nothing that a product may read is derived from here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from simulator.generated.bodies.names import item_id
from simulator.generated.cross_region import Planted
from simulator.generated.history import History
from simulator.generated.planned import Deviation, Incident, RestoreKind
from simulator.generated.schedules import night_of, night_start, runs
from simulator.generated.values import Item, Job

_PRODUCTION = (RestoreKind.VM_ORIGINAL,)
_LINKS: Mapping[RestoreKind, str] = {
    RestoreKind.SQL_NO_TIME: "unlinked",
    RestoreKind.SQL_RANGE: "range",
    RestoreKind.FILES_ALTERNATE: "inferred",
    RestoreKind.FILES_EMPTY: "inferred",
}


def tell(history: History) -> Mapping[str, object]:
    """Everything planted, by family."""
    estate, plan = history.estate, history.plan
    incidents = sorted(plan.incidents.values(), key=lambda found: (found.night, found.item.key))
    restores = [_restore(job) for job in _restores(history)]
    return {
        "first_night": history.first.isoformat(),
        "nights": [night.isoformat() for night in history.nights()],
        "subscriptions": list(estate.subscriptions),
        "unreadable_vaults": [vault.id for vault in estate.vaults if not vault.readable],
        "empty_vaults": [vault.id for vault in estate.vaults if not estate.items_of(vault)],
        "silent_misses": [_missed(found) for found in incidents if found.deviation is Deviation.MISSED],
        "recurring_failures": _recurring(history, incidents),
        "failures": [_jobs(history, found) for found in incidents if found.deviation is Deviation.FAILED],
        "retries": [_jobs(history, found) for found in incidents if found.deviation is Deviation.RETRIED],
        "running_at_cut_over": [
            _jobs(history, found)
            for found in incidents
            if found.deviation in (Deviation.SLOW, Deviation.SLOW_THEN_FAILED)
        ],
        "snapshot_only": [_jobs(history, found) for found in incidents if found.deviation is Deviation.SNAPSHOT_ONLY],
        "deleted_items": _life(history, plan.deleted.keys(), "DeleteBackupData"),
        "newly_protected_items": _life(history, plan.protected.keys(), "ConfigureBackup"),
        "drills": [told for kind, told in restores if kind not in _PRODUCTION],
        "production_recoveries": [told for kind, told in restores if kind in _PRODUCTION],
        "scenarios": _by_family(history, incidents),
        "ambiguous_items": [sorted(item_id(item) for item in same) for same in _same_names(estate.items)],
    }


def tell_cross_region(planted: Planted) -> dict[str, object]:
    """A restore into the paired region."""
    job, point = planted.job, planted.restore.point
    return {
        **_job(job),
        "night": night_of(job.started_at).isoformat(),
        "region": planted.region,
        "item_id": item_id(job.item),
        "recovery_point_id": None if point is None else point.point_id,
        "link": "exact",
    }


def _by_family(history: History, incidents: Iterable[Incident]) -> dict[str, list[dict[str, object]]]:
    """Everything planted by the cause that it shares, deviation and all: what scenarios are asked for."""
    found: defaultdict[str, list[dict[str, object]]] = defaultdict(list)
    for incident in incidents:
        vault = incident.item.vault
        told = {"deviation": str(incident.deviation), "vault_id": vault.id, "region": vault.region}
        found[incident.family].append({**_jobs(history, incident), **told, "name": incident.item.name})
    return dict(found)


def _missed(incident: Incident) -> dict[str, object]:
    due = [run.at.isoformat() for run in runs(incident.item.policy, incident.night)]
    return {"night": incident.night.isoformat(), "item_id": item_id(incident.item), "due_at": due}


def _recurring(history: History, incidents: Iterable[Incident]) -> list[dict[str, object]]:
    families: dict[tuple[str, int], list[Incident]] = defaultdict(list)
    for incident in incidents:
        if incident.deviation is Deviation.FAILED and incident.failure is not None:
            families[incident.family, incident.failure.code].append(incident)
    told = []
    for (family, code), members in families.items():
        if len({found.night for found in members}) > 1:
            jobs = [_jobs(history, found) for found in members]
            told.append({"family": family, "error_code": code, "occurrences": jobs})
    return told


def _jobs(history: History, incident: Incident) -> dict[str, object]:
    jobs = [job for job in history.item_jobs(incident.item, incident.night) if job.operation == "Backup"]
    return {
        "night": incident.night.isoformat(),
        "item_id": item_id(incident.item),
        "error_code": None if incident.failure is None else incident.failure.code,
        "error_title": None if incident.failure is None else incident.failure.title,
        "jobs": [_job(job) for job in jobs],
    }


def _job(job: Job) -> dict[str, object]:
    return {
        "job_id": job.job_id,
        "status": job.status,
        "started_at": job.started_at.isoformat(),
        "ended_at": job.ended_at.isoformat(),
        "recovery_point_id": None if job.point is None else job.point.point_id,
    }


def _life(history: History, keys: Iterable[str], operation: str) -> list[dict[str, object]]:
    told = []
    for item in history.estate.items:
        if item.key in keys:
            jobs = [job for job in _all_jobs(history, item) if job.operation == operation]
            told.append(
                {"item_id": item_id(item), "soft_delete": item.vault.soft_delete, "jobs": [_job(job) for job in jobs]}
            )
    return told


def _all_jobs(history: History, item: Item) -> Iterable[Job]:
    for night in history.nights():
        yield from history.item_jobs(item, night)


def _restores(history: History) -> list[tuple[RestoreKind, date, Job]]:
    return [
        (planned.kind, planned.night, job)
        for planned in history.plan.restores
        for job in history.item_jobs(planned.item, planned.night)
        if job.restore is not None
    ]


def _restore(found: tuple[RestoreKind, date, Job]) -> tuple[RestoreKind, dict[str, object]]:
    kind, night, job = found
    point = job.restore.point if job.restore is not None else None
    return kind, {
        **_job(job),
        "kind": str(kind),
        "night": night.isoformat(),
        "item_id": item_id(job.item),
        "recovery_point_id": None if point is None else point.point_id,
        "recovery_point_at": None if point is None else point.at.isoformat(),
        "time_sent": None
        if job.restore is None or job.restore.time_sent is None
        else job.restore.time_sent.isoformat(),
        "link": _LINKS.get(kind, "exact"),
        "running_at_cut_over": job.ended_at > night_start(night) + timedelta(days=1),
    }


def _same_names(items: Iterable[Item]) -> list[list[Item]]:
    named: dict[tuple[str, str, str], list[Item]] = defaultdict(list)
    for item in items:
        if item.instance:
            named[item.vault.id, item.host, item.name.lower()].append(item)
    return [same for same in named.values() if len(same) > 1]
