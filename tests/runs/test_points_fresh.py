"""Items left out of the close look at points: never one in which the rules find something, and of a healthy fleet nearly all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from evidence.assess.findings import Class, Finding
from evidence.assess.points.detect import point_findings
from evidence.ledger.folds import named_paths
from evidence.nights import look_back
from evidence.runs.detecting.points import NIGHTS_COMPARED, points_found
from evidence.runs.judging.lists import item_lists
from evidence.runs.judging.rules import JudgementRules
from evidence.runs.points_fresh import items_to_look_at
from evidence.runs.points_seen import Asked, points_seen
from evidence.runs.sealed import SealedRows
from evidence.tiers import TierMatch, TierRule
from tests.fakes.bench import NIGHT, Bench, at
from tests.fakes.bodies import FakeItem, FakeVault, daily, sent

NEXT = NIGHT + timedelta(days=1)
LAST = {
    "well": (at(NIGHT), at(NEXT)),
    "well-too": (at(NIGHT), at(NEXT)),
    "stale": (at(NIGHT), at(NIGHT)),
    "very-stale": (at(NIGHT, -50), at(NIGHT, -50)),
    "gap": (at(NIGHT, -20), at(NEXT)),
    "tomorrow": (at(NIGHT), at(NEXT, 31)),
    "none": (None, None),
    "first": (None, at(NEXT)),
    "moved": (at(NIGHT), at(NEXT)),
    "no-policy": (at(NIGHT), at(NEXT)),
    "of-bad-policy": (at(NIGHT), at(NEXT)),
}
"""Last points that the lists of items tell of the two nights."""
RULES = {
    "policies-alone": JudgementRules(),
    "short-target": JudgementRules(tiers=(TierRule(match=TierMatch(name=("well",)), tier=0, rpo=timedelta(hours=2)),)),
    "long-target": JudgementRules(tiers=(TierRule(match=TierMatch(name=("*",)), tier=2, rpo=timedelta(days=3)),)),
}


def _show(vault: FakeVault, name: str, last: datetime | None, policy: str = "daily") -> None:
    item = next((one for one in vault.items if one.name == name), None)
    if item is None:
        item = FakeItem(name)
        vault.items.append(item)
    item.properties = {"policyId": f"{vault.arm_id}/backupPolicies/{policy}" if policy else None}
    item.properties |= {"lastRecoveryPoint": sent(last)} if last else {}


@pytest.fixture(scope="module")
def sealed_nights() -> Bench:
    bench = Bench()
    weekly = daily()
    weekly["schedulePolicy"] = {"schedulePolicyType": "SomethingNew"}
    vault = bench.vault(policies={"daily": daily(), "other": daily(3), "bad": weekly})
    for place, night in enumerate((NIGHT, NEXT)):
        for name, lasts in LAST.items():
            policy = {"moved": "other" if place else "daily", "no-policy": "", "of-bad-policy": "bad"}.get(
                name, "daily"
            )
            _show(vault, name, lasts[place], policy)
        bench.seal(night)
    return bench


def _sealed(bench: Bench) -> SealedRows:
    return SealedRows(bench.store, named_paths(bench.parts.ledger.entries()))


def _looked_at(bench: Bench, rules: JudgementRules) -> set[str]:
    sealed, first = _sealed(bench), look_back(NEXT, NIGHTS_COMPARED + 1)
    lists = item_lists(sealed, bench.parts.ledger.entries(), first, NEXT)
    keys = items_to_look_at(sealed, lists, first, NEXT, bench.calendar.window(NEXT).end, rules)
    return {key.rpartition(";")[2] for key in keys}


def _by_looking_at_all(bench: Bench, rules: JudgementRules) -> Sequence[tuple[Class, str, str]]:
    window = bench.calendar.window(NEXT)
    asked = Asked(NEXT, NEXT, lambda _: True, rules.tiers, rules.slots, NIGHTS_COMPARED)
    found: list[Finding] = []
    for one in points_seen(_sealed(bench), bench.parts.ledger.entries(), asked):
        then = one.at(window.end)
        found += point_findings(one.points, then.wanted, then.target, NEXT, window)
    return [(one.class_, one.subject, one.summary) for one in found]


@pytest.mark.parametrize("name", list(RULES))
def test_what_is_found_is_the_same_as_by_a_look_at_all(sealed_nights: Bench, name: str) -> None:
    rules, entries = RULES[name], sealed_nights.parts.ledger.entries()
    found = points_found(_sealed(sealed_nights), entries, NEXT, sealed_nights.calendar, rules)
    told = [(one.class_, one.subject, one.summary) for one in found]
    assert told == _by_looking_at_all(sealed_nights, rules)
    assert (Class.RPO_BREACH, "very-stale") in {one[:2] for one in told}


def test_fresh_items_of_one_readable_policy_alone_are_left_out(sealed_nights: Bench) -> None:
    left_out = {name: set(LAST) - _looked_at(sealed_nights, rules) for name, rules in RULES.items()}
    assert left_out == {
        "policies-alone": {"well", "well-too"},
        "short-target": {"well-too"},
        "long-target": {"well", "well-too"},
    }
