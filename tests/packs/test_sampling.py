"""A sample must be the same for everybody who draws it, and no row may be left without a chance."""

from __future__ import annotations

import hashlib
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tests.strategies  # noqa: F401 - sets the profile
from evidence.errors import ConfigurationError
from evidence.packs.sampling import Draw, Row, allot, draw_sample, place_of

PACK = "a" * 64


def draw(size: int, *, seed: str = "42", stratify: tuple[str, ...] = (), pack: str = PACK) -> Draw:
    return Draw(pack, "jobs", ("vault_id", "job_id"), seed, size, stratify)


def jobs(count: int) -> list[Row]:
    kinds = ("VM", "SQLDataBase", None)
    return [{"vault_id": "/v", "job_id": f"j{number}", "workload": kinds[number % 3]} for number in range(count)]


def ids(rows: list[Row], wanted: Draw) -> list[object]:
    return [one.row["job_id"] for one in draw_sample(rows, wanted).rows]


def test_the_order_of_the_rows_plays_no_part() -> None:
    rows = jobs(200)
    shuffled = random.Random(1).sample(rows, len(rows))  # noqa: S311 - an order, no secret
    assert ids(rows, draw(25)) == ids(shuffled, draw(25))


def test_another_seed_or_another_pack_draws_others() -> None:
    rows = jobs(200)
    assert ids(rows, draw(25)) != ids(rows, draw(25, seed="43"))
    assert ids(rows, draw(25)) != ids(rows, draw(25, pack="b" * 64))


def test_a_larger_sample_holds_the_smaller_one() -> None:
    rows = jobs(200)
    assert ids(rows, draw(60))[:25] == ids(rows, draw(25))


def test_a_place_can_be_computed_by_hand() -> None:
    by_hand = hashlib.sha256(f"42\n{PACK}\njobs\n/v\nj7\n".encode()).hexdigest()
    assert place_of(jobs(8)[7], draw(1)) == by_hand


def test_two_keys_never_run_together() -> None:
    one, other = ({"vault_id": "a", "job_id": "bc"}, {"vault_id": "ab", "job_id": "c"})
    assert place_of(one, draw(1)) != place_of(other, draw(1))


def test_every_stratum_is_drawn_from_also_the_one_without_a_value() -> None:
    found = draw_sample(jobs(90), draw(9, stratify=("workload",)))
    assert {one.name: (one.population, one.drawn) for one in found.strata} == {
        "(none)": (30, 3),
        "SQLDataBase": (30, 3),
        "VM": (30, 3),
    }
    assert found.population == 90


def test_fewer_rows_than_strata_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="3 strata"):
        draw_sample(jobs(9), draw(2, stratify=("workload",)))


@pytest.mark.parametrize("wanted", [draw(0), draw(-1), draw(5, seed="")])
def test_a_sample_without_size_or_seed_is_refused(wanted: Draw) -> None:
    with pytest.raises(ConfigurationError):
        draw_sample(jobs(9), wanted)


def test_a_size_beyond_the_population_draws_every_row_once() -> None:
    assert sorted(map(str, ids(jobs(9), draw(100)))) == [f"j{number}" for number in range(9)]


def test_an_empty_population_gives_an_empty_sample() -> None:
    assert draw_sample([], draw(5)).rows == ()


def test_every_row_has_the_same_chance() -> None:
    rows, hits = jobs(20), dict.fromkeys(range(20), 0)
    for seed in range(2000):
        for one in draw_sample(rows, draw(5, seed=str(seed))).rows:
            hits[int(str(one.row["job_id"])[1:])] += 1
    assert all(420 < found < 580 for found in hits.values())  # 500 each expected, four standard deviations are 77


@given(st.dictionaries(st.text(min_size=1), st.integers(1, 1000), min_size=1), st.integers(1, 5000))
def test_shares_add_up_and_none_is_beyond_its_stratum(sizes: dict[str, int], wanted: int) -> None:
    shares = allot(sizes, max(wanted, len(sizes)))
    assert sum(shares.values()) == min(max(wanted, len(sizes)), sum(sizes.values()))
    assert all(1 <= shares[name] <= sizes[name] for name in sizes)
