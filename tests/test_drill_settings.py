"""Settings of `drills`: what is not set keeps its default, and each mistake is told with its line."""

from __future__ import annotations

from fractions import Fraction

import pytest

from evidence.drills.classify import ClassifyRules
from evidence.drills.configured import classify_rules, frequencies
from evidence.drills.due import FREQUENCIES, Frequency
from evidence.errors import ConfigurationError
from evidence.settings import Settings, parse_settings

PERSON = "22222222-0000-4000-8000-000000000005"


def settings(text: str) -> Settings:
    return parse_settings(f"azure: {{subscriptions: [s]}}\ndrills: {{{text}}}\n".encode(), "evidence.yaml")


def test_without_settings_the_rules_are_their_own_defaults() -> None:
    made = parse_settings(b"azure: {subscriptions: [s]}\n", "evidence.yaml").drills
    assert frequencies(made) == FREQUENCIES
    assert classify_rules(made, "t") == ClassifyRules()
    assert made.share == Fraction(1, 10)


def test_a_tier_that_is_set_replaces_its_default_and_no_other() -> None:
    made = settings("frequencies: {'1': {item_months: 6}, none: {item_months: 24}}, share: 2.5%").drills
    assert frequencies(made) == {**FREQUENCIES, 1: Frequency(6), None: Frequency(24)}
    assert made.share == Fraction(1, 40)


def test_testers_are_persons_of_the_tenant_and_weights_change_one_by_one() -> None:
    rules = classify_rules(
        settings(f"classify: {{drill_initiators: [{PERSON.upper()}], weights: {{target_tag: 60}}}}").drills, "TENANT"
    )
    assert rules.drill_initiators == {("tenant", PERSON)}
    assert (rules.weights["target_tag"], rules.weights["open_plan"]) == (60, 50)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("share: 0%", "above 0%"),
        ("share: 101%", "at most 100%"),
        ("share: 0.1", "such as 10%"),
        ("frequencies: {'10': {sampled: true}}", "is no tier: 0 to 9"),
        ("frequencies: {'01': {sampled: true}}", "is no tier"),
        ("frequencies: {'0': {}}", "needs one of"),
        ("frequencies: {'0': {item_months: 0}}", "greater than or equal to 1"),
        ("frequencies: {'0': {monthly: true}}", "is not a setting"),
        ("classify: {drill_groups: '('}", "is no regular expression"),
        ("classify: {weights: {hunch: 5}}", "Input should be"),
        (f"classify: {{drill_subscriptions: [{PERSON}], production_subscriptions: [{PERSON}]}}", "at once"),
        ("types: [{match: {workload: VM}, type: vm}]", "Input should be"),
        ("types: [{match: {}, type: vm_full}]", "needs one of name"),
        ("targets: [{match: {name: x}, resource_group: ' '}]", "String should match"),
        ("window_days: 0", "greater than or equal to 1"),
    ],
    ids=lambda text: text[:30],
)
def test_a_mistake_is_told_with_its_line(text: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as found:
        settings(text)
    assert "evidence.yaml:2:" in str(found.value.cause)
    assert said in str(found.value.cause)
