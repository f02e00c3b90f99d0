"""Plans: the same of the same, whole, within the quarter; and what is due by properties that hold of any items."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.drills.due import DueRules, Frequency, InScope, Quarter, due_items, why_not
from evidence.drills.plan import PlanRules, difference, draft, drawn, next_number, target_name, windows
from evidence.drills.population import Population, PopulationItem, population_bytes, read_population
from evidence.drills.rules import needs_of
from evidence.drills.values import Target
from evidence.errors import IntegrityError

Q3 = Quarter(2026, 3)
SEED = bytes(range(32))
DAYS = st.dates(date(2024, 1, 1), date(2026, 9, 30))
ITEMS = st.builds(
    PopulationItem,
    item_key=st.text("abcdefgh", min_size=1, max_size=5),
    vault_id=st.sampled_from(["/v/1", "/v/2"]),
    subject=st.text(max_size=8),
    workload=st.sampled_from(["VM", "SQLDataBase", None]),
    region=st.sampled_from(["westeurope", None]),
    tier=st.sampled_from([0, 1, 2, 3, None, 7]),
    application=st.sampled_from(["pay", "shop", None]),
    rto=st.sampled_from([None, timedelta(hours=4)]),
    rpo=st.none(),
    drill_type=st.sampled_from(["vm_full", "db_full"]),
    target=st.just(Target(resource_group="rg-drill")),
    seen_on=st.just(date(2026, 6, 20)),
    protected_since=st.none() | DAYS,
    last_accepted=st.none() | DAYS,
    rejected_drill=st.none() | st.just("DR-2026Q2-0001"),
    planned=st.sampled_from([(), (), ("DR-2026Q3-0900",)]),
    drilled_lately=st.booleans(),
    waived_until=st.none() | DAYS,
    changed=st.sampled_from([(), ("policy (a on 2026-01-01, b on 2026-02-02)",)]),
)
POPULATIONS = st.lists(ITEMS, unique_by=lambda one: one.item_key, max_size=10).map(
    lambda items: Population("2026Q3", date(2026, 6, 20), tuple(sorted(items, key=lambda one: one.item_key)))
)
FEW = settings(max_examples=12)
"""Of what costs much: whole populations."""
RULES = PlanRules(share=Fraction(1, 5))
BEFORE = date(2026, 6, 21)


@FEW
@given(POPULATIONS, st.randoms())
def test_the_same_population_gives_the_same_plan_in_any_order(made: Population, chance: object) -> None:
    plan = draft(made, Q3, SEED, RULES, BEFORE, ())
    shuffled = list(made.items)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]  # a random.Random
    assert draft(replace(made, items=tuple(shuffled)), Q3, SEED, RULES, BEFORE, ()) == plan
    assert draft(read_population(population_bytes(made), "here"), Q3, SEED, RULES, BEFORE, ()) == plan


@FEW
@given(POPULATIONS, st.dates(date(2026, 6, 1), date(2026, 9, 30)))
def test_each_due_item_has_one_drill_and_each_drill_a_reason_and_a_window(made: Population, first_day: date) -> None:
    plan = draft(made, Q3, SEED, RULES, first_day, ["DR-2026Q3-0002", "DR-2026Q3-0004", "DR-2026Q2-0001"])
    due = {one.item.item_key: one.reasons for one in drawn(made, Q3, SEED, RULES).due}
    under_way = {one.item_key for one in made.items if one.planned}
    assert sorted(one.item_key for one in plan) == sorted(due.keys() - under_way)
    numbers = [number for number in range(1, 40) if number not in {2, 4}]
    assert [one.drill_id for one in plan] == [f"DR-2026Q3-{number:04d}" for number in numbers[: len(plan)]]
    for one in plan:
        assert one.reason == "; ".join(due[one.item_key])
        assert one.needs == needs_of(one.tier)
        assert one.window_end - one.window_start == RULES.window
        assert max(first_day, Q3.first) <= one.window_start.date() <= Q3.last
        assert (one.stratum is not None) == ("drawn in the sample" in one.reason)


@given(st.integers(0, 200), st.dates(date(2026, 6, 1), date(2026, 9, 30)))
def test_windows_fill_what_is_left_in_order(count: int, first_day: date) -> None:
    found = windows(count, Q3, first_day, RULES)
    starts = [begin.date() for begin, _ in found]
    first = max(first_day, Q3.first)
    assert starts == sorted(starts)
    assert all(first <= one <= Q3.last for one in starts)
    if first + RULES.window + RULES.grace <= Q3.last:
        assert all(end.date() + RULES.grace <= Q3.last + timedelta(days=1) for _, end in found)
        assert all(one.weekday() < 5 for one in starts) or first + timedelta(days=14) > Q3.last


@FEW
@given(POPULATIONS)
def test_every_item_is_due_or_it_is_said_why_not(made: Population) -> None:
    for seed in (None, SEED):
        found = drawn(made, Q3, seed, RULES)
        told = [one.item.item_key for one in found.due] + [one.item_key for one, _ in found.not_due]
        assert sorted(told) == [one.item_key for one in made.items]
        assert all(why for _, why in found.not_due)


@FEW
@given(POPULATIONS)
def test_without_the_seed_nobody_is_drawn_and_with_it_each_stratum_gives_its_share(made: Population) -> None:
    before, after = drawn(made, Q3, None, RULES), drawn(made, Q3, SEED, RULES)
    assert not any(before.strata.values())
    assert {one.item.item_key for one in before.due} <= {one.item.item_key for one in after.due}
    assert before.sizes == after.sizes
    for stratum, keys in after.strata.items():
        assert 1 <= len(keys) <= after.sizes[stratum]


SCOPED = st.builds(
    InScope,
    item_key=st.text("abc", min_size=1, max_size=3),
    subject=st.just("x"),
    tier=st.sampled_from([0, 1, 2, 3, None]),
    application=st.sampled_from(["pay", "shop", None]),
    protected_since=st.none() | DAYS,
    last_accepted=st.none() | DAYS,
    rejected_drill=st.none(),
    changed=st.sampled_from([(), ("policy",)]),
    waived_until=st.none() | DAYS,
)
SCOPES = st.lists(SCOPED, unique_by=lambda one: one.item_key, max_size=12)


@FEW
@given(SCOPES)
def test_nobody_who_is_waived_to_the_end_is_due_and_everybody_rejected_is(items: list[InScope]) -> None:
    due = {one.item.item_key for one in due_items(items, Q3, ())}
    for one in items:
        if one.waived_until is not None and one.waived_until >= Q3.last:
            assert one.item_key not in due
        else:
            rejected = replace(one, rejected_drill="DR-1")
            assert rejected.item_key in {found.item.item_key for found in due_items([rejected], Q3, ())}


@FEW
@given(SCOPES)
def test_each_application_of_tier_1_has_a_turn_unless_one_was_accepted_or_all_are_waived(items: list[InScope]) -> None:
    due = {one.item.item_key: one for one in due_items(items, Q3, ())}
    for name in ("pay", "shop"):
        members = [one for one in items if one.tier == 1 and one.application == name]
        able = [one for one in members if one.waived_until is None or one.waived_until < Q3.last]
        lately = any(one.last_accepted is not None and one.last_accepted >= Q3.first for one in members)
        turns = [
            one
            for one in able
            if any("its turn" in why for why in (due[one.item_key].reasons if one.item_key in due else ()))
        ]
        assert len(turns) == (1 if able and not lately else 0)


@given(SCOPED, st.dates(date(2026, 1, 1), date(2026, 9, 30)))
def test_an_older_drill_is_never_less_due(item: InScope, day: date) -> None:
    newer, older = replace(item, last_accepted=day), replace(item, last_accepted=day - timedelta(days=40))
    if due_items([newer], Q3, ()):
        assert due_items([older], Q3, ())


def test_why_not_tells_of_turns_samples_and_newness() -> None:
    made = InScope("a", "a", 1, None, date(2026, 9, 20))
    assert why_not(made, Q3) == (
        "tier 1: protected since 2026-09-20 only: new for 30 days; no application is known, so it has no turn"
    )
    idle = DueRules({None: Frequency(None)})
    assert why_not(replace(made, tier=None), Q3, idle) == "no tier: no drills are demanded"
    assert why_not(replace(made, last_accepted=date(2026, 7, 9)), Q3) == "accepted in this quarter, on 2026-07-09"


@settings(max_examples=40)
@given(st.text(max_size=60), st.sampled_from(["vm_full", "db_full", "file_share", "disk"]))
def test_the_copy_has_a_name_that_azure_takes_and_that_tells_a_drill(subject: str, drill_type: str) -> None:
    name = target_name(subject, drill_type, "DR-2026Q3-0007")
    assert name.isascii()
    assert 3 <= len(name) <= 63
    assert not set(name) - set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
    assert name.replace("_", "-").lower().endswith("drill-2026q3-0007")
    assert name[0].isalnum()


def test_numbers_go_on_after_what_is_known() -> None:
    assert next_number(Q3, ["DR-2026Q3-0007", "DR-2026Q3-0002", "DR-2026Q2-0099", "DR-2026Q3-x"]) == 8
    assert next_number(Q3, []) == 1


@FEW
@given(POPULATIONS, POPULATIONS)
def test_a_difference_names_each_item_that_came_or_went(one: Population, other: Population) -> None:
    told = difference(one, other)
    keys, others = ({item.item_key for item in each.items} for each in (one, other))
    assert sum(" came in: " in line for line in told) == len(others - keys)
    assert sum(" is gone: " in line for line in told) == len(keys - others)
    assert difference(one, one) == ()


@pytest.mark.parametrize(
    "spoil", [b"{}", b"", b"[1]", b'{"format":"backup-evidence-drill-population","v":2,"population":{}}']
)
def test_what_is_no_population_is_refused(spoil: bytes) -> None:
    with pytest.raises(IntegrityError, match="no population"):
        read_population(spoil, "here")


def test_a_population_with_another_spelling_is_refused() -> None:
    data = population_bytes(Population("2026Q3", date(2026, 6, 20), ()))
    with pytest.raises(IntegrityError):
        read_population(data + b" ", "here")
