"""Every fault on the real way, from capture to pack: seen in coverage, in the PDF, in `status` and by exit code 4, and nowhere as zero."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from tests.e2e.scene import Scene, lines, scene
from tests.faults.running import Elsewhere, Left, bare, impatient, run_night
from tests.faults.scenarios import CLEAN, FAULTS, SCENARIOS, VAULTS, Scenario, nights, rules

pytestmark = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils is not installed")

NIGHTS = nights()
QUICK = 0
"""Nights of the quick suite; the others run in `make test-long`."""
FIRST_DAY = 2


@dataclass
class World:
    """One store, and what each night left in it."""

    scene: Scene
    elsewhere: Elsewhere
    address: str
    left: dict[int, Left] = field(default_factory=dict)

    def night(self, number: int) -> Left:
        """Run a night once."""
        if number not in self.left:
            told = rules(NIGHTS[number], self.address)
            self.left[number] = run_night(self.scene, f"2026-11-{FIRST_DAY + number:02d}", told)
        return self.left[number]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A simulator and a store for all nights."""
    elsewhere = Elsewhere()
    named = ", ".join(f'"{vault}"' for vault in (*VAULTS, CLEAN))
    with impatient(), elsewhere.serving() as address, scene(tmp_path_factory.mktemp("faults"), vaults=named) as made:
        yield World(made, elsewhere, address)


PLACED = [
    pytest.param(number, vault, one, id=one.name, marks=[] if number < QUICK else [pytest.mark.slow])
    for number, night in enumerate(NIGHTS)
    for vault, one in night
]


def test_every_fault_of_the_list_has_a_scenario_and_every_scenario_a_night() -> None:
    assert {one.name for one in SCENARIOS} == FAULTS
    assert sorted(one.name for night in NIGHTS for _, one in night) == sorted(FAULTS)


@pytest.mark.parametrize(("number", "vault", "fault"), PLACED)
def test_a_fault_shows_in_all_four_places(world: World, number: int, vault: str, fault: Scenario) -> None:
    traces = traces_of(world.night(number), vault, fault)
    assert traces == {"coverage": True, "pdf": True, "status": True, "exit code": True}


@pytest.mark.slow
def test_every_scenario_left_a_trace_in_all_four_places(world: World) -> None:
    found = {
        one.name: traces_of(world.night(number), vault, one)
        for number, night in enumerate(NIGHTS)
        for vault, one in night
    }
    assert found.keys() == FAULTS
    assert {name: traces for name, traces in found.items() if not all(traces.values())} == {}


def traces_of(left: Left, vault: str, fault: Scenario) -> dict[str, bool]:
    """In which places a fault can be seen."""
    row = left.row(vault, fault.kind)
    told = all(word in str(row["reason"]) for word in fault.words)
    kind = fault.kind.replace("_", " ")
    sentences = [one for one in left.status["gaps"] if vault in one and kind in one and fault.told in one]
    gaps = {(str(one["subject_id"]).rsplit("/", 1)[-1], one["kind"]) for one in left.completeness["gaps"]}
    return {
        "coverage": told and row["outcome"] == fault.outcome,
        "pdf": bare(vault) in left.text and bare(fault.told) in left.text,
        "status": bool(sentences) and not left.status["complete"],
        "exit code": left.code == 4 and (vault, fault.kind) in gaps,
    }


@pytest.mark.parametrize(
    "number", [pytest.param(n, marks=[] if n < QUICK else [pytest.mark.slow]) for n in range(len(NIGHTS))]
)
def test_other_vaults_are_unharmed(world: World, number: int) -> None:
    if any(one.run_wide for _, one in NIGHTS[number]):
        pytest.skip("this fault is no vault's own")
    left = world.night(number)
    harmed = {vault for vault, _ in NIGHTS[number]}
    clean = [row for (vault, _), row in left.coverage.items() if vault in {*VAULTS, CLEAN} - harmed]
    assert {row["outcome"] for row in clean} <= {"collected", "collected_zero"}
    assert CLEAN in {vault for vault, _ in left.coverage}


@pytest.mark.slow
def test_zero_never_stands_for_what_was_not_read(world: World) -> None:
    """Of a vault that refuses everything no place shows a count."""
    left = world.night(0)
    (refusing,) = (vault for vault, one in NIGHTS[0] if not one.where)
    assert not [one for one in lines(left.pack, "jobs") if one["vault_id"].rsplit("/", 1)[-1] == refusing]
    # Vault, region, subscription, nights read, jobs, items: as table T-06 prints them.
    assert re.search(rf"{refusing}westeurope[0-9a-f-]{{36}}0/1unknownunknown", left.text)
    assert "Notcountediswhatwasnotread" in left.text


def test_the_other_host_never_heard_of_us_and_nothing_was_ever_registered(world: World) -> None:
    left = world.night(0)
    assert "next-link-elsewhere" in {one.name for _, one in NIGHTS[0]}
    assert world.elsewhere.heard == []
    asked = world.scene.control("requests")
    assert asked["total"] > 0
    assert {one["method"] for one in asked["not_get"]} <= {"POST"}
    assert not [one for one in asked["not_get"] if "register" in one["path"].lower()]
    assert left.code == 4


@pytest.mark.slow
def test_a_night_without_faults_is_read_whole_and_ends_0(world: World) -> None:
    """So that it is the faults alone that end a run with 4."""
    for number in range(len(NIGHTS)):
        world.night(number)
    left = run_night(world.scene, f"2026-11-{FIRST_DAY + len(NIGHTS):02d}", [])
    assert {(key, row["outcome"]) for key, row in left.coverage.items()} == {
        (key, row["outcome"]) for key, row in left.coverage.items() if row["outcome"] in {"collected", "collected_zero"}
    }
    assert (left.code, left.completeness["state"], left.status["gaps"]) == (0, "COMPLETE", [])
