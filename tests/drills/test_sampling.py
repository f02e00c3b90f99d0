"""A sample that can be drawn again."""

from __future__ import annotations

import hashlib
import hmac
from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.drills.sampling import Candidate, commitment, draw

SEED = bytes(range(32))
CANDIDATES = st.lists(
    st.builds(
        Candidate,
        item_key=st.text("abcdef", min_size=1, max_size=6),
        workload=st.sampled_from(["VM", "SQLDataBase"]),
        region=st.sampled_from(["westeurope", "uksouth"]),
        tier=st.sampled_from([2, 3, None]),
        drilled_lately=st.booleans(),
    ),
    unique_by=lambda one: one.item_key,
    max_size=30,
)


@given(CANDIDATES, st.randoms(), st.integers(1, 100))
def test_the_same_seed_draws_the_same_in_any_order(made: list[Candidate], random: object, percent: int) -> None:
    share = Fraction(percent, 100)
    drawn = draw(made, "2026Q3", SEED, share)
    shuffled = sorted(made, key=lambda one: hashlib.md5(f"{random}{one}".encode()).digest())  # noqa: S324  # any order
    assert draw(shuffled, "2026Q3", SEED, share) == drawn
    for stratum, keys in drawn.items():
        members = [one for one in made if one.stratum == stratum]
        assert len(keys) == max(1, ceil(share * len(members)))
        assert set(keys) <= {one.item_key for one in members}
        rested = {one.item_key for one in members if not one.drilled_lately}
        assert set(keys) <= rested or rested <= set(keys)


def test_the_order_is_that_of_the_formula() -> None:
    made = [Candidate(f"item-{number}", "VM", "uksouth", 2) for number in range(9)]
    (keys,) = draw(made, "2026Q3", SEED, Fraction(1, 3)).values()
    by_hand = sorted(
        (hmac.digest(SEED, f"2026Q3\nitem-{number}".encode(), "sha256"), f"item-{number}") for number in range(9)
    )
    assert list(keys) == [key for _, key in by_hand[:3]]
    assert draw(made, "2026Q4", SEED, Fraction(1, 3)) != draw(made, "2026Q3", SEED, Fraction(1, 3))


def test_a_commitment_is_the_hash_of_the_seed() -> None:
    assert commitment(b"\x00" * 32) == "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925"


@pytest.mark.parametrize("share", [Fraction(0), Fraction(-1, 2), Fraction(101, 100)])
def test_no_share_is_no_sample(share: Fraction) -> None:
    with pytest.raises(ValueError, match="above 0"):
        draw([], "2026Q3", SEED, share)


def test_an_item_is_drawn_from_once() -> None:
    with pytest.raises(ValueError, match="twice"):
        draw([Candidate("a", "VM", "x", 2), Candidate("a", "SQL", "x", 2)], "2026Q3", SEED, Fraction(1, 2))
