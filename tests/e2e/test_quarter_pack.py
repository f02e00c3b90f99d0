"""The pack of the simulator's quarter, by the command: its numbers beside a count by hand, and what `verify` says of it.

The hand count follows from `simulator/generated/quarter.py` and `tests/e2e/quarter.py` alone, read by a person.
"""

from __future__ import annotations

import csv
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.e2e.quarter import MISSED, REJECTED, WAIVED, Quarter, quarter_store

pytestmark = pytest.mark.slow

BY_HAND = {
    # Twenty items due: all but the missed and the waived one are accepted, two of them by their retest.
    "F-59": (18, 20),
    "F-60": (4, 5),
    "F-61": (5, 5),
    "F-62": (4, 5),
    "F-63": (5, 5),
    "F-66": (16, 18),
    "F-75": (1, 22),
    "F-76": (1, 22),
    "F-77": (0, 22),
    "F-78": (2, 22),
    "F-79": (0, 22),
    "F-80": (20, 24),
    "F-81": (1, 24),
    "F-82": (3, 24),
    "F-85": (20, 20),
}


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Quarter, Path, int]]:
    with quarter_store(tmp_path_factory.mktemp("quarter-pack")) as quarter:
        told = quarter.scene("pack", "build", "--kind", "restore-drills", "--period", "2026Q3", code=(0, 4))
        (row,) = told.data
        yield quarter, Path(str(row["file"])), told.code


def figures(pack: Path) -> Mapping[str, tuple[str, str]]:
    with zipfile.ZipFile(pack) as source:
        name = next(one for one in source.namelist() if one.endswith("data/figures.csv"))
        rows = csv.DictReader(source.read(name).decode().splitlines())
        return {row["anchor"]: (row["numerator"], row["denominator"]) for row in rows}


def test_the_packs_numbers_are_those_of_a_hand_count(packed: tuple[Quarter, Path, int]) -> None:
    found = figures(packed[1])
    assert {anchor: found[anchor] for anchor in BY_HAND} == {
        anchor: tuple(map(str, number)) for anchor, number in BY_HAND.items()
    }


def test_a_quarter_of_few_nights_ends_4_and_verifies(packed: tuple[Quarter, Path, int]) -> None:
    quarter, pack, code = packed
    assert code == 4
    quarter.scene.verify(pack)


def test_who_is_missed_and_waived_stands_by_name(packed: tuple[Quarter, Path, int]) -> None:
    with zipfile.ZipFile(packed[1]) as source:
        name = next(one for one in source.namelist() if one.endswith("data/drills.csv"))
        rows = {row["drill_id"]: row for row in csv.DictReader(source.read(name).decode().splitlines())}
    assert (rows[MISSED]["state"], rows[WAIVED]["state"]) == ("missed", "waived")
    assert {rows[one]["state"] for one in REJECTED} == {"closed"}
    assert Counter(row["state"] for row in rows.values()) == {
        "accepted": 14,
        "accepted_with_deviations": 4,
        "closed": 2,
        "missed": 1,
        "waived": 1,
    }
