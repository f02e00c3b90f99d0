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
from evidence.packs.verification import Trust, verify_pack
from evidence.runs.sealed import SealedRows
from evidence.seals.certificates import fingerprint, parse_certificates
from evidence.stores.directory import DirectoryStore
from evidence.stores.layout import assessment_file
from evidence.tables import JOBS, RESTORE_LINKS
from tests.e2e.command import Command
from tests.e2e.recorded_store import chain_subscriptions, load_world, recorded_store
from tests.paths import RECORDINGS, needs_recordings

pytestmark = needs_recordings

FEW = 2
"""Subscriptions of the quick test; the whole of them is slow."""


@dataclass(frozen=True)
class Recorded:
    """A store over the recorded world, and what it was made of."""

    command: Command
    sealed: SealedRows
    links: Mapping[str, Mapping[str, object]]
    """Links of the newest assessment, by job."""
    chains: tuple[str, ...]


def truth() -> Mapping[str, Mapping[str, str]]:
    """What each chain's restore asked for; only ever compared with."""
    return {one["chain"]: one for one in json.loads((RECORDINGS / "chains" / "ground_truth.json").read_text())}


def _recorded(folder: Path, chosen: Mapping[str, tuple[str, ...]], nights: Sequence[date]) -> Iterator[Recorded]:
    with recorded_store(folder, tuple(chosen), nights) as command:
        store = DirectoryStore(folder / "store")
        entries = Ledger(store).entries()
        sealed = SealedRows(store, named_paths(entries))
        newest = max(
            (one for found in assessments(entries).values() for one in found), key=lambda one: one.entry.sequence
        )
        rows = sealed.file(RESTORE_LINKS, assessment_file(RESTORE_LINKS.name, newest.night, newest.assessment_id))
        links = {str(row["job_id"]): row for row in rows.to_pylist()}
        yield Recorded(command, sealed, links, tuple(chain for chains in chosen.values() for chain in chains))


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
    yield from _recorded(tmp_path_factory.mktemp("few"), picked, nights)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    """Every chain on every night of its subscription."""
    world = load_world()
    chosen = chain_subscriptions(world)
    nights = sorted({night for subscription in chosen for night in world.nights_in(subscription)})
    yield from _recorded(tmp_path_factory.mktemp("whole"), chosen, nights)


def verdicts(recorded: Recorded) -> Counter[tuple[str, bool, str]]:
    """Workload, whether the job tells a time, and the link or `WRONG`, counted over the chains."""
    told = truth()
    found: Counter[tuple[str, bool, str]] = Counter()
    for chain in recorded.chains:
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


def check_packs(recorded: Recorded) -> int:
    """Verify every pack as an auditor would; returns how many there are."""
    signer = (recorded.command.folder / "trust" / "signer.pem").read_bytes()
    trust = Trust(signer_fingerprint=fingerprint(parse_certificates(signer, "signer.pem")[0]))
    packs = sorted((recorded.command.folder / "store" / "packs").rglob("*.zip"))
    for pack in packs:
        found = verify_pack(pack, trust)
        assert found.ok, [check for check in found.checks if check.failed]
    return len(packs)


def test_some_chains_of_every_workload_reach_their_points(few: Recorded) -> None:
    found = verdicts(few)
    assert found, "no chain was run"
    assert not [key for key in found if key[2] == "WRONG"]
    assert {verdict for (workload, timed, verdict) in found if workload != "AzureStorage" and timed} <= {"exact"}
    assert {verdict for (_, timed, verdict) in found if not timed} <= {"unlinked"}


def test_packs_over_recorded_answers_verify(few: Recorded) -> None:
    assert check_packs(few) == len(set(few.sealed.paths(JOBS)))


def test_an_audit_pack_of_a_recorded_night_counts_every_recorded_job_once(few: Recorded) -> None:
    night = min(path.split("night=")[1][:10] for path in few.sealed.paths(JOBS))
    code, rows = few.command("pack", "build", "--kind", "audit", "--period", night)
    assert code == 4
    counted = few.command("pack", "show", str(rows[0]["pack"]))[1][0]["counts"]
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
    assert check_packs(whole) == len({path.split("night=")[1][:10] for path in whole.sealed.paths(JOBS)})
