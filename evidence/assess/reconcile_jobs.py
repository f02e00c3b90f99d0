"""Jobs as the vaults list them, against Resource Graph, vault by vault and night by night. Pure.

Invariants: a job is compared only where both sides were read whole and both windows hold its begin; a job that one side tells in
two vaults (after a move, or as V1 and V2) is one job; a state is compared only where both sides say that the job has ended.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from evidence.assess.reconcile_graph import differ
from evidence.assess.sides import RESOURCE_GRAPH, Difference, Facts, Told, compared, not_comparable, subscription_of
from evidence.nights import Window
from evidence.records import Kind

MARGIN: Final = timedelta(minutes=1)
"""Filters of the two sides do not cut to the same fraction of a second."""
UNFINISHED: Final = frozenset({"inprogress", "cancelling"})
MISSING_IN_GRAPH: Final = (
    "The vault lists it and Resource Graph does not: it lags behind by minutes, or drops jobs early. The next night compares it "
    "again; if it stays, ask Microsoft with the job id."
)
MISSING_IN_AZURE: Final = (
    "Resource Graph tells it and the vault's list does not: it is in no report. Ask the vault for the job by its id, and run the "
    "night again."
)
STATUS: Final = "Both say that it has ended, and not how: open the job in the portal, and ask Microsoft with its id."
START: Final = "The two sides tell another begin: open the job in the portal."
ONE_SECOND: Final = timedelta(seconds=1)


@dataclass(slots=True)
class _Pairs:
    """Both sides of all vaults, and what has been reported."""

    window: Window
    azure: Mapping[str, Mapping[str, Told]]
    """By vault and job id."""
    second: Mapping[str, Mapping[str, Told]]
    azure_anywhere: Mapping[str, Told]
    second_anywhere: Mapping[str, Told]
    said: set[str] = field(default_factory=set)


def reconcile_jobs(facts: Facts, twin_of: Mapping[str, str]) -> Iterator[Difference]:
    """Job lists against Resource Graph."""
    pairs = _pairs(facts, twin_of)
    for vault in facts.vaults:
        asked = ((vault.vault_id, Kind.JOBS), (subscription_of(vault.vault_id), Kind.GRAPH_JOBS))
        obstacle = facts.read.first_obstacle(*asked)
        if obstacle is None:
            yield from _vault(pairs, vault.vault_id, facts.night)
        else:
            yield not_comparable("job", vault.vault_id, RESOURCE_GRAPH, obstacle)


def _pairs(facts: Facts, twin_of: Mapping[str, str]) -> _Pairs:
    azure: defaultdict[str, dict[str, Told]] = defaultdict(dict)
    second: defaultdict[str, dict[str, Told]] = defaultdict(dict)
    for one in facts.jobs:
        azure[one.vault_id or ""][one.key] = one
    for one in facts.graph_jobs:
        home = one.vault_id or ""
        second[twin_of.get(home, home)][one.key] = one
    window = Window(facts.jobs_window.start + MARGIN, facts.jobs_window.end - MARGIN)
    azure_anywhere = {key: one for jobs in azure.values() for key, one in jobs.items()}
    second_anywhere = {key: one for jobs in second.values() for key, one in jobs.items()}
    return _Pairs(window, azure, second, azure_anywhere, second_anywhere)


def _vault(pairs: _Pairs, vault_id: str, night: date) -> Iterator[Difference]:
    azure, second = pairs.azure.get(vault_id, {}), pairs.second.get(vault_id, {})
    nights: defaultdict[date, set[str]] = defaultdict(set)
    for key in azure.keys() | second.keys():
        told = azure.get(key) or second[key]
        if told.started_at is None or told.started_at in pairs.window:
            nights[told.event_night or night].add(key)
    for event_night in sorted({*nights, night}):
        keys = nights[event_night]
        counts = (len(keys & azure.keys()), len(keys & second.keys()), len(keys))
        yield compared("job", vault_id, RESOURCE_GRAPH, counts, event_night)
        for key in sorted(keys):
            yield from _job(pairs, vault_id, key, event_night)


def _job(pairs: _Pairs, vault_id: str, key: str, event_night: date) -> Iterator[Difference]:
    here, there = pairs.azure.get(vault_id, {}).get(key), pairs.second.get(vault_id, {}).get(key)
    if here is not None and there is not None:
        yield from _told_twice(here, there, vault_id, event_night)
        return
    known_elsewhere = key in pairs.second_anywhere if there is None else key in pairs.azure_anywhere
    if known_elsewhere or key in pairs.said:
        return
    pairs.said.add(key)
    told = here or there
    if told is None:
        return
    word, reason = ("only_azure", MISSING_IN_GRAPH) if here else ("only_second", MISSING_IN_AZURE)
    yield Difference(
        "job", key, vault_id, RESOURCE_GRAPH, word, reason, name=told.name, of_vault_id=vault_id,
        azure_says=(told.state or "listed") if here else None, second_says=None if here else (told.state or "listed"),
        event_night=event_night,
    )  # fmt: skip


def _told_twice(here: Told, there: Told, vault_id: str, event_night: date) -> Iterator[Difference]:
    if _ended(here) and _ended(there) and differ(here.state, there.state):
        yield Difference(
            "job", here.key, vault_id, RESOURCE_GRAPH, "differs", STATUS, "status", here.name, vault_id, here.state,
            there.state, event_night,
        )  # fmt: skip
    if here.started_at and there.started_at and abs(here.started_at - there.started_at) > ONE_SECOND:
        yield Difference(
            "job", here.key, vault_id, RESOURCE_GRAPH, "differs", START, "started_at", here.name, vault_id,
            here.started_at.isoformat(), there.started_at.isoformat(), event_night,
        )  # fmt: skip


def _ended(job: Told) -> bool:
    return job.state is not None and job.state.strip().casefold() not in UNFINISHED
