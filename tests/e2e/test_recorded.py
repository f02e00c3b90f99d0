"""The whole way over what Azure really sent: from its answers, over HTTP, to tables, links and packs that verify."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import unquote

import pytest

from evidence.ledger.folds import assessments, named_paths
from evidence.ledger.ledger import Ledger
from evidence.runs.sealed import SealedRows
from evidence.stores.directory import DirectoryStore
from evidence.stores.layout import assessment_file
from evidence.tables import JOBS, PROTECTED_ITEMS, RECOVERY_POINTS, RESTORE_LINKS, Table
from simulator.recorded import RecordedWorld
from tests.e2e.recorded_restores import compared, executions_of, none_is_a_drill
from tests.e2e.recorded_store import chain_subscriptions, load_world, recorded_ids, recorded_store
from tests.e2e.scene import Scene
from tests.paths import RECORDINGS, needs_recordings

pytestmark = needs_recordings

FEW = 2
"""Subscriptions of the quick test; the whole of them is slow."""


@dataclass(frozen=True)
class Recorded:
    """A store over the recorded world, and what it was made of."""

    scene: Scene
    world: RecordedWorld
    sealed: SealedRows
    links: Mapping[str, Mapping[str, object]]
    """Links of the newest assessment, by job."""
    chosen: Mapping[str, tuple[str, ...]]
    """Chains by subscription."""

    def ids(self, table: Table) -> set[str]:
        """Lower-cased last parts of what a table holds in one of its rows."""
        name = {JOBS: "job_id", PROTECTED_ITEMS: "item_id", RECOVERY_POINTS: "recovery_point_id"}[table]
        return {str(value).lower() for value in self.sealed.rows(table, columns=[name])[name].to_pylist()}


def truth() -> Mapping[str, Mapping[str, str]]:
    """What each chain's restore asked for; only ever compared with."""
    return {one["chain"]: one for one in json.loads((RECORDINGS / "chains" / "ground_truth.json").read_text())}


def _recorded(
    folder: Path, world: RecordedWorld, chosen: Mapping[str, tuple[str, ...]], nights: Sequence[date]
) -> Iterator[Recorded]:
    with recorded_store(folder, tuple(chosen), nights) as made:
        store = DirectoryStore(made.folder / "store")
        entries = Ledger(store).entries()
        sealed = SealedRows(store, named_paths(entries))
        newest = max(
            (one for found in assessments(entries).values() for one in found), key=lambda one: one.entry.sequence
        )
        rows = sealed.file(RESTORE_LINKS, assessment_file(RESTORE_LINKS.name, newest.night, newest.assessment_id))
        links = {str(row["job_id"]): row for row in rows.to_pylist()}
        yield Recorded(made, world, sealed, links, chosen)


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    """Some chains of every workload, on their first night."""
    world, told = load_world(), truth()
    by_workload: dict[str, str] = {}
    chosen = chain_subscriptions(world)
    for subscription, chains in chosen.items():
        if len(world.nights_in(subscription)) == 1:
            by_workload.setdefault(told[chains[0]]["workload"], subscription)
    picked = {subscription: chosen[subscription] for subscription in sorted(by_workload.values())[:FEW]}
    nights = sorted({night for subscription in picked for night in world.nights_in(subscription)})
    yield from _recorded(tmp_path_factory.mktemp("few"), world, picked, nights)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    """Every chain on every night of its subscription."""
    world = load_world()
    chosen = chain_subscriptions(world)
    nights = sorted({night for subscription in chosen for night in world.nights_in(subscription)})
    yield from _recorded(tmp_path_factory.mktemp("whole"), world, chosen, nights)


def verdicts(recorded: Recorded) -> Counter[tuple[str, bool, str]]:
    """Workload, whether the job tells a time, and the link or `WRONG`, counted over the chains."""
    told = truth()
    found: Counter[tuple[str, bool, str]] = Counter()
    for chain in (chain for chains in recorded.chosen.values() for chain in chains):
        one = told[chain]
        found[
            one["workload"],
            one["bag_recovery_point_time_raw"] is not None,
            _verdict(recorded.links[one["job_id"]], one),
        ] += 1
    return found


def _verdict(link: Mapping[str, object], chain: Mapping[str, str]) -> str:
    if link["link"] in {"ambiguous", "unlinked"}:
        assert link["recovery_point_id"] is None
        assert link["reason"]
        return str(link["link"])
    item = str(link["item_key"]).rpartition("/")[2]
    right = (unquote(chain["protected_item"]).lower(), chain["recovery_point_id"])
    return str(link["link"]) if (item, link["recovery_point_id"]) == right else "WRONG"


def check_packs(recorded: Recorded) -> None:
    """Every night has a pack, and it verifies as an auditor would see it."""
    packs = recorded.scene.packs("--kind", "night")
    assert len(packs) == len({path.split("night=")[1][:10] for path in recorded.sealed.paths(JOBS)})
    for pack in packs.values():
        assert recorded.scene.verify(pack).meta["authentic"] is True


def check_nothing_lost(recorded: Recorded) -> None:
    """The tables hold every job, item and point that was recorded of these subscriptions."""
    for kind, table in (("backupJobs", JOBS), ("protectedItems", PROTECTED_ITEMS), ("recoveryPoints", RECOVERY_POINTS)):
        told = recorded_ids(recorded.world, tuple(recorded.chosen), kind)
        wanted = told if table is PROTECTED_ITEMS else {one.rpartition("/")[2] for one in told}
        assert wanted
        assert wanted <= recorded.ids(table), f"{len(wanted - recorded.ids(table))} {kind} were lost"


@pytest.mark.slow
def test_some_chains_of_every_workload_reach_their_points(few: Recorded) -> None:
    found = verdicts(few)
    assert found, "no chain was run"
    assert not [key for key in found if key[2] == "WRONG"]
    assert {verdict for (workload, timed, verdict) in found if workload != "AzureStorage" and timed} <= {"exact"}
    assert {verdict for (_, timed, verdict) in found if not timed} <= {"unlinked"}


def check_executions(recorded: Recorded) -> Counter[tuple[str, str, str]]:
    """Every chain is an execution with the job's own times, of the item that was restored, and never from another point; none is a drill."""
    found = executions_of(recorded.scene.folder / "store")
    told = truth()
    counted = compared(found, {name: told[name] for chains in recorded.chosen.values() for name in chains})
    assert none_is_a_drill(found)
    assert {item for (_, item, _) in counted} == {"right"}
    assert not [key for key in counted if key[2] == "WRONG"]
    return counted


@pytest.mark.slow
def test_some_chains_become_executions(few: Recorded) -> None:
    assert check_executions(few)


@pytest.mark.slow
def test_packs_over_recorded_answers_verify(few: Recorded) -> None:
    check_packs(few)


@pytest.mark.slow
def test_no_recorded_job_item_or_point_is_lost(few: Recorded) -> None:
    check_nothing_lost(few)


@pytest.mark.slow
def test_an_audit_pack_of_a_recorded_night_counts_every_recorded_job_once(few: Recorded) -> None:
    night = min(path.split("night=")[1][:10] for path in few.sealed.paths(JOBS))
    built = few.scene("pack", "build", "--kind", "audit", "--period", night, code=4)
    counted = few.scene("pack", "show", built.data[0]["pack"]).data[0]["counts"]
    columns = ["vault_id", "job_id", "event_night"]
    seen = few.sealed.rows(JOBS, columns=columns).to_pylist()
    assert isinstance(counted, dict)
    assert counted["jobs"] == len(
        {(row["vault_id"], row["job_id"]) for row in seen if str(row["event_night"]) == night}
    )


@pytest.mark.slow
def test_every_chain_on_every_night(whole: Recorded) -> None:
    found = verdicts(whole)
    databases_and_machines = {key: number for key, number in found.items() if key[0] != "AzureStorage"}
    assert (
        sum(number for (_, timed, verdict), number in databases_and_machines.items() if timed and verdict == "exact")
        == 44
    )
    assert (
        sum(
            number
            for (_, timed, verdict), number in databases_and_machines.items()
            if not timed and verdict == "unlinked"
        )
        == 18
    )
    assert sum(databases_and_machines.values()) == 62
    assert {verdict for (workload, _, verdict) in found if workload == "AzureStorage"} <= {
        "inferred",
        "ambiguous",
        "unlinked",
    }
    assert not [key for key in found if key[2] == "WRONG"]
    executions = check_executions(whole)
    by_link = Counter[tuple[bool, str]]()
    for (workload, _, link), number in executions.items():
        by_link[workload == "AzureStorage", link] += number
    # The chains whose job tells its point's time, those that tell none, and shares, whose points are inferred or left open.
    assert (by_link[False, "exact"], by_link[False, "unlinked"]) == (44, 18)
    assert {link for share, link in by_link if share} <= {"inferred", "ambiguous", "unlinked"}
    assert sum(executions.values()) == len(truth())
    check_packs(whole)
    check_nothing_lost(whole)
