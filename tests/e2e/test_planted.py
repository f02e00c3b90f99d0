"""Three nights of the simulated Azure, through the command: what was planted is found, and said in the packs."""

from __future__ import annotations

import json
import subprocess
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from evidence.ledger.folds import named_paths, sealed_nights
from evidence.ledger.ledger import Ledger
from evidence.packs.changes import tables_of
from evidence.packs.verification import Trust, verify_pack
from evidence.seals.certificates import fingerprint, parse_certificates
from evidence.seals.development import create_development_keys
from evidence.stores.directory import DirectoryStore
from tests.e2e.command import Command
from tests.simulator.serving import running

NIGHTS = ("2026-11-05", "2026-11-06", "2026-11-07")
CONFIGURATION = """\
organisation: Contoso
azure: {{endpoint: "{url}", credential: managed_identity, subscriptions: [{subscriptions}]}}
store: {{kind: local, path: store}}
timestamp: {{url: "{url}/tsa"}}
first_night: 2026-11-01
clock: simulator
"""
Json = dict[str, Any]


@dataclass(frozen=True)
class World:
    """The store after three nights, and what the simulator planted."""

    command: Command
    truth: Json
    codes: tuple[int, ...]

    def told(self, path: str) -> Json:
        """One of the simulator's pages."""
        with urllib.request.urlopen(f"{self.command.url}{path}") as answer:
            return dict(json.load(answer))

    def pack(self, kind: str, period: str) -> tuple[Path, Mapping[str, Sequence[Mapping[str, object]]]]:
        """File and tables of a standing pack."""
        from evidence.ledger.folds import packs

        store = DirectoryStore(self.command.folder / "store")
        series = packs(Ledger(store).entries())
        found = [one for key, many in series.items() if key.kind == kind for one in many if one.period == period][-1]
        path = next(one.path for one in found.entry.objects if one.path.endswith(".zip"))
        tables = {name: rows.to_pylist() for name, rows in tables_of(store, found).items()}
        return self.command.folder / "store" / path, tables

    def of_these_nights(self, name: str) -> list[Json]:
        """What was planted under a name in the nights that were run."""
        return [one for one in self.truth[name] if one["night"] in NIGHTS]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("planted")
    create_development_keys(folder, "Contoso", datetime(2026, 10, 1, tzinfo=UTC), datetime(2031, 10, 1, tzinfo=UTC))
    with running(folder, "--first-night", "2026-11-01", "--nights", "14") as url:
        with urllib.request.urlopen(f"{url}/control/truth") as answer:
            truth = json.load(answer)
        text = CONFIGURATION.format(url=url, subscriptions=", ".join(truth["subscriptions"]))
        (folder / "evidence.yaml").write_text(text)
        command = Command(folder, url)
        code, rows = command("run", "--from", NIGHTS[0], "--to", NIGHTS[-1])
        assert [row["night"] for row in rows] == list(NIGHTS)
        audit, _ = command("pack", "build", "--kind", "audit", "--from", NIGHTS[0], "--to", NIGHTS[-1])
        yield World(command, truth, (code, audit))


def key(item_id: str) -> str:
    return item_id.lower()


@pytest.fixture(scope="module")
def audit(world: World) -> Mapping[str, Sequence[Mapping[str, object]]]:
    return world.pack("audit", f"{NIGHTS[0]}--{NIGHTS[-1]}")[1]


def test_the_vault_that_refuses_makes_the_packs_incomplete_and_is_named_on_page_one(world: World) -> None:
    assert world.codes == (4, 4)
    pack, _ = world.pack("night", NIGHTS[0])
    page = subprocess.run(
        ["pdftotext", "-l", "1", str(pack.with_name("report.pdf")), "-"], capture_output=True, text=True, check=True
    ).stdout
    assert "INCOMPLETE" in page
    assert "rsv-finance-neu" in page
    assert "403" in page


def test_an_empty_vault_is_collected_zero(world: World, audit: Mapping[str, Sequence[Mapping[str, object]]]) -> None:
    (empty,) = world.truth["empty_vaults"]
    found = {row["kind"]: row["outcome"] for row in audit["coverage"] if row["vault_id"] == key(empty)}
    assert (found["jobs"], found["protected_items"]) == ("collected_zero", "collected_zero")


def test_every_planted_failure_is_in_the_pack_with_its_code(
    world: World, audit: Mapping[str, Sequence[Mapping[str, object]]]
) -> None:
    jobs = {row["job_id"]: row for row in audit["jobs"]}
    planted = [
        (one, job) for one in world.of_these_nights("failures") for job in one["jobs"] if job["status"] == "Failed"
    ]
    assert planted
    for one, job in planted:
        assert jobs[job["job_id"]]["status"] == "Failed"
        assert str(one["error_code"]) in _list(jobs[job["job_id"]]["error_codes"])
        assert jobs[job["job_id"]]["recommendations"]


def test_a_job_running_at_cut_over_counts_once_in_its_last_known_state(
    world: World, audit: Mapping[str, Sequence[Mapping[str, object]]]
) -> None:
    planted = world.of_these_nights("running_at_cut_over")
    assert planted
    for one in planted:
        for job in one["jobs"]:
            found = [row for row in audit["jobs"] if row["job_id"] == job["job_id"]]
            assert [row["status"] for row in found] == [job["status"]]
            first = world.pack("night", one["night"])[1]["jobs"]
            assert [row["status"] for row in first if row["job_id"] == job["job_id"]] == ["InProgress"]


def test_restores_are_linked_as_planted_and_never_wrongly(
    world: World, audit: Mapping[str, Sequence[Mapping[str, object]]]
) -> None:
    links = {row["job_id"]: row for row in audit["restore_links"]}
    planted = [*world.of_these_nights("drills"), *world.of_these_nights("production_recoveries")]
    assert planted
    # Two databases of one name on one server: a job names neither instance, so the item may stay open.
    doubled = {key(item) for items in world.truth["ambiguous_items"] for item in items}
    for one in planted:
        link = links[one["job_id"]]
        if key(one["item_id"]) in doubled:
            assert link["link"] in {"ambiguous", one["link"]}, (one, link)
        else:
            assert link["link"] == one["link"], (one, link)
        if link["link"] in {"exact", "inferred"}:
            assert (link["item_key"], link["recovery_point_id"]) == (key(one["item_id"]), one["recovery_point_id"])


def test_an_item_deleted_in_the_period_stays_in_the_population_with_its_jobs(
    world: World, audit: Mapping[str, Sequence[Mapping[str, object]]]
) -> None:
    gone = [one for one in world.truth["deleted_items"] if one["jobs"][0]["started_at"][:10] in NIGHTS]
    assert gone
    items = {row["item_key"] for row in audit["protected_items"]}
    assert {key(one["item_id"]) for one in gone} <= items
    assert {one["jobs"][0]["job_id"] for one in gone} <= {row["job_id"] for row in audit["jobs"]}


def test_silent_misses_are_listed_though_not_judged(world: World) -> None:
    for one in world.of_these_nights("silent_misses"):
        pack, tables = world.pack("night", one["night"])
        assert key(one["item_id"]) not in {
            row["item_key"] for row in tables["jobs"] if row["operation_kind"] == "backup"
        }
        text = subprocess.run(
            ["pdftotext", "-layout", str(pack.with_name("report.pdf")), "-"], capture_output=True, text=True, check=True
        ).stdout
        assert "Silence is not success." in text


def test_every_pack_verifies_and_azure_was_only_ever_read(world: World) -> None:
    signer = (world.command.folder / "trust" / "signer.pem").read_bytes()
    trust = Trust(signer_fingerprint=fingerprint(parse_certificates(signer, "signer.pem")[0]))
    packs = sorted((world.command.folder / "store" / "packs").rglob("*.zip"))
    assert len(packs) == len(NIGHTS) + 1
    for pack in packs:
        assert verify_pack(pack, trust).ok
    assert world.told("/control/requests")["not_get"] == []


def test_a_sealed_night_is_left_alone_and_ends_0(world: World) -> None:
    before = Ledger(DirectoryStore(world.command.folder / "store")).head()
    code, rows = world.command("run", "--night", NIGHTS[0])
    assert (code, rows[0]["state"]) == (0, "sealed")
    assert Ledger(DirectoryStore(world.command.folder / "store")).head() == before


def test_a_night_captured_again_gets_a_revision_that_says_why_and_what_changed(world: World) -> None:
    code, rows = world.command("run", "--night", NIGHTS[0], "--again", "--reason", "the job at cut-over has ended")
    assert (code, rows[0]["pack"]) == (4, f"all-night-internal-{NIGHTS[0]}-r0002")
    store = DirectoryStore(world.command.folder / "store")
    entries = Ledger(store).entries()
    assert [run.again for run in next(iter(sealed_nights(entries).values()))] == [False, True]
    pack, tables = world.pack("night", NIGHTS[0])
    (late,) = [one for one in world.of_these_nights("running_at_cut_over") if one["night"] == NIGHTS[0]][:1]
    assert {row["job_id"]: row["status"] for row in tables["jobs"]}[late["jobs"][0]["job_id"]] == late["jobs"][0][
        "status"
    ]
    text = subprocess.run(
        ["pdftotext", str(pack.with_name("report.pdf")), "-"], capture_output=True, text=True, check=True
    )
    assert "What changed since the superseded revision" in text.stdout
    assert set(named_paths(entries))


def test_an_authority_that_is_down_leaves_a_pack_that_says_so_and_verifies(world: World) -> None:
    faults = json.dumps({"faults": [{"path": "/tsa", "status": 503, "times": 1000}]}).encode()
    _put(f"{world.command.url}/control/faults", faults)
    try:
        code, rows = world.command("pack", "build", "--kind", "audit", "--period", NIGHTS[1])
    finally:
        _put(f"{world.command.url}/control/faults", b'{"faults": []}')
    assert (code, rows[0]["time_stamp"]) == (4, "NOT TIME-STAMPED")
    pack, _ = world.pack("audit", NIGHTS[1])
    signer = (world.command.folder / "trust" / "signer.pem").read_bytes()
    found = verify_pack(pack, Trust(signer_fingerprint=fingerprint(parse_certificates(signer, "signer.pem")[0])))
    assert found.ok
    assert found.about is not None
    assert not found.about.time_stamped


def _put(url: str, body: bytes) -> None:
    request = urllib.request.Request(url, data=body, method="PUT", headers={"content-type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        assert answer.status in {200, 204}


def _list(value: object) -> list[str]:
    assert isinstance(value, list)
    return value
