"""Who is due in a quarter, by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from evidence.drills.due import Due, InScope, Quarter, due_items

Q3 = Quarter(2026, 3)
OLD = date(2020, 1, 1)


def item(key: str = "a", tier: int | None = 0, **changes: object) -> InScope:
    return replace(InScope(key, key, tier, None, OLD), **changes)  # type: ignore[arg-type]  # names of its own fields


@pytest.mark.parametrize(
    ("made", "reasons"),
    [
        (item(), ["tier 0: each item within 3 months; never accepted"]),
        (item(last_accepted=date(2026, 6, 30)), ["tier 0: each item within 3 months; last accepted 2026-06-30"]),
        (item(last_accepted=date(2026, 7, 1)), []),
        (item(tier=1, last_accepted=date(2025, 9, 30)), ["tier 1: each item within 12 months; last accepted 2025-09-30"]),
        (item(tier=1, last_accepted=date(2025, 10, 1)), []),
        (item(tier=2), ["tier 2: each item within 12 months; never accepted"]),
        (item(tier=3), []),
        (item(tier=None), []),
        (item(tier=9), []),
        (item(protected_since=date(2026, 8, 31)), ["tier 0: each item within 3 months; never accepted"]),
        (item(protected_since=date(2026, 9, 1)), []),
        (item(tier=3, rejected_drill="DR-7"), ["DR-7 was rejected"]),
        (item(tier=3, last_accepted=date(2026, 5, 1), changed=("policy",)), ["changed since its last accepted drill: policy"]),
        (item(tier=3, changed=("policy",)), []),
        (item(waived_until=date(2026, 9, 30)), []),
        (item(waived_until=date(2026, 9, 29)), ["tier 0: each item within 3 months; never accepted"]),
    ],
    ids=[
        "never", "last-quarter", "this-quarter", "13-months", "12-months", "tier-2", "tier-3", "none", "unheard-of", "30-days", "29-days",
        "rejected", "changed", "changed-never-drilled", "waived", "waiver-ended",
    ],
)  # fmt: skip
def test_by_tier(made: InScope, reasons: list[str]) -> None:
    found = due_items([made], Q3, ())
    assert [list(one.reasons) for one in found] == ([reasons] if reasons else [])


def test_items_of_an_application_take_turns() -> None:
    lately, before = date(2026, 2, 1), date(2025, 12, 1)
    made = [
        item("a", 1, application="pay", last_accepted=lately),
        item("b", 1, application="pay", last_accepted=before),
        item("c", 1, application="shop", last_accepted=date(2026, 7, 2)),
    ]
    assert due_items(made, Q3, ()) == [Due(made[1], ("application pay: its turn this quarter",))]


def test_the_sample_is_one_reason_among_others_and_tiers_come_first() -> None:
    made = [item("z", None), item("b", 2, last_accepted=date(2026, 1, 1)), item("a", 0)]
    found = due_items(made, Q3, {"z", "b"})
    assert [(one.item.item_key, one.reasons[-1]) for one in found] == [
        ("a", "tier 0: each item within 3 months; never accepted"),
        ("b", "drawn in the sample"),
        ("z", "drawn in the sample"),
    ]


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [("2026Q1", date(2026, 1, 1), date(2026, 3, 31)), ("2024q4", date(2024, 10, 1), date(2024, 12, 31))],
)
def test_quarters(name: str, first: date, last: date) -> None:
    quarter = Quarter.named(name)
    assert (quarter.first, quarter.last, quarter.name) == (first, last, name.upper())


@pytest.mark.parametrize("name", ["2026", "2026Q5", "26Q1", "Q1", "2026-Q1", "", "0000Q1", "9999Q4", "٢٠٢٦Q3"])
def test_no_quarter(name: str) -> None:
    with pytest.raises(ValueError, match="no quarter"):
        Quarter.named(name)
