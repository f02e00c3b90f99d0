"""Drill, recovery of production, or not to be told."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from evidence.drills.classify import ClassifyRules, Signals, classify
from evidence.drills.values import Classification, Drill, Target, Verdict
from tests.drills.making import INITIATOR, REVIEWER, START, begun, execution, linked, only

RULES = ClassifyRules(
    drill_subscriptions=frozenset({"sub-drill"}),
    drill_initiators=frozenset({INITIATOR.key}),
    production_groups=re.compile(r"(?i)^rg-prod"),
    production_subscriptions=frozenset({"sub-prod"}),
)
PLAIN = Target(resource_group="rg-apps", name="payments2")
NOBODY: tuple[Drill, ...] = ()
WAITING = (only(begun()),)


@pytest.mark.parametrize(
    ("target", "drills", "by", "signals", "verdict", "score"),
    [
        (PLAIN, NOBODY, False, Signals(), Verdict.UNCLASSIFIED, 0),
        (PLAIN, WAITING, False, Signals(), Verdict.UNCLASSIFIED, 50),
        (PLAIN, WAITING, True, Signals(), Verdict.DRILL, 65),
        (replace(PLAIN, resource_group="rg-drill-eu"), WAITING, False, Signals(), Verdict.DRILL, 80),
        (replace(PLAIN, resource_group="rg-drill-eu"), NOBODY, False, Signals(), Verdict.UNCLASSIFIED, 30),
        (replace(PLAIN, resource_group="rg-drill-eu", name="pay_drill_2026Q3"), NOBODY, True, Signals(), Verdict.DRILL, 65),
        (replace(PLAIN, resource_group="rg-start"), NOBODY, False, Signals(), Verdict.UNCLASSIFIED, 0),
        (replace(PLAIN, resource_group="rg-RT-1"), NOBODY, False, Signals(), Verdict.UNCLASSIFIED, 30),
        (replace(PLAIN, subscription_id="SUB-DRILL"), NOBODY, True, Signals(), Verdict.UNCLASSIFIED, 40),
        (replace(PLAIN, resource_group="rg-drill"), NOBODY, False, Signals({"backup-drill": "DR-1"}), Verdict.DRILL, 70),
        (PLAIN, WAITING, True, Signals(item_unhealthy=True), Verdict.UNCLASSIFIED, 35),
        (PLAIN, WAITING, True, Signals(item_unhealthy=None), Verdict.DRILL, 65),
        (replace(PLAIN, resource_group="rg-prod-1"), WAITING, True, Signals({"backup-drill": "x"}), Verdict.PRODUCTION_RECOVERY, 0),
        (replace(PLAIN, subscription_id="sub-PROD"), WAITING, True, Signals(), Verdict.PRODUCTION_RECOVERY, 0),
    ],
    ids=[
        "nothing", "plan", "plan+tester", "plan+group", "group", "group+name+tester", "not-a-word", "rt", "subscription+tester",
        "group+tag", "unhealthy", "health-unknown", "production-group", "production-subscription",
    ],
)  # fmt: skip
def test_by_signals(
    target: Target, drills: tuple[Drill, ...], by: bool, signals: Signals, verdict: Verdict, score: int
) -> None:
    job = execution(target=target, initiator=INITIATOR if by else None)
    held = classify(job, drills, RULES, signals)
    assert (held.verdict, held.score) == (verdict, score)
    assert held.reasons


def test_over_the_original_is_production_even_if_planned() -> None:
    held = classify(execution(location_type="original"), WAITING, RULES, Signals())
    assert held.verdict is Verdict.PRODUCTION_RECOVERY
    assert held.reasons[1] == "although DR-2026Q3-0001 is planned for the item"


def test_a_plan_outside_its_window_or_of_another_item_says_nothing() -> None:
    late = execution(target=PLAIN, started_at=START.replace(year=2027))
    other = execution(target=PLAIN, item_key="/other")
    for job in (late, other):
        assert classify(job, WAITING, RULES, Signals()).score == 15


def test_what_a_record_names_is_a_drill_and_a_persons_word_wins() -> None:
    drill = only(begun([linked()]))
    assert classify(execution(target=PLAIN), (drill,), RULES, Signals()).drill_id == "DR-2026Q3-0001"
    said = Classification(Verdict.PRODUCTION_RECOVERY, 0, ("the disk had died",), REVIEWER)
    assert classify(execution(), (drill,), RULES, Signals(), said) is said
