from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import get_args

import pytest

from evidence.retention.policies import Policy, Subject
from evidence.retention.values import LASTING, Kind, kind_of
from evidence.settings.retention import Engagement, Retention, RetentionRule, RuleKind

NIGHT = date(2026, 6, 30)
PACK = Subject(Kind.PACKS, date(2026, 7, 1), NIGHT, NIGHT, "eu", "audit", "internal")
EXTERNAL = replace(PACK, audience="external-acme")
CALLS = Subject(Kind.CALLS, date(2026, 7, 1), NIGHT, NIGHT)

RULES: list[tuple[dict[str, object], set[str]]] = [
    ({}, {"pack", "external", "calls"}),
    ({"kinds": ("packs",)}, {"pack", "external"}),
    ({"kinds": ("calls", "tables")}, {"calls"}),
    ({"packs": ("audit",)}, {"pack", "external"}),
    ({"packs": ("night",)}, set()),
    ({"scopes": ("eu", "us")}, {"pack", "external"}),
    ({"scopes": ("us",)}, set()),
    ({"audience": "external"}, {"external"}),
    ({"audience": "internal"}, {"pack"}),
    ({"engagement": "acme"}, {"external"}),
    ({"engagement": "acm"}, set()),
    ({"kinds": ("packs",), "packs": ("audit",), "scopes": ("eu",), "audience": "external"}, {"external"}),
]


@pytest.mark.parametrize(("told", "covered"), RULES, ids=range(len(RULES)))
def test_a_rule_covers_what_fulfils_all_its_conditions(told: dict[str, object], covered: set[str]) -> None:
    rule = RetentionRule.model_validate({"name": "seven", "keep": "7y", "framework": "SOX", **told})
    policy = Policy(Retention(rules=(rule,)))
    found = {
        name
        for name, about in {"pack": PACK, "external": EXTERNAL, "calls": CALLS}.items()
        if any(one.rule.startswith("rule `seven` (SOX): ") for one in policy.candidates(about, "s"))
    }
    assert found == covered


def test_each_day_names_its_rule_what_it_counts_from_and_its_source() -> None:
    rule = RetentionRule(name="seven", keep="7y", framework="SOX")
    policy = Policy(Retention(rules=(rule,), engagements=(Engagement(name="acme", release=date(2031, 3, 31)),)))
    told = [(one.day, one.rule, one.source) for one in policy.candidates(PACK, "configuration abc")]
    assert told == [
        (date(2028, 1, 1), "end of the audit year (from 01-01) of 2026-06-30 + 1 year", "configuration abc"),
        (
            date(2034, 1, 1),
            "rule `seven` (SOX): end of the audit year (from 01-01) of 2026-06-30 + 7 years",
            "configuration abc",
        ),
        (date(2031, 3, 31), "release of engagement `acme`", "configuration abc"),
    ]


ENGAGEMENTS: list[tuple[dict[str, object], set[str]]] = [
    ({}, {"pack", "external", "calls"}),
    ({"scopes": ["us"]}, {"external"}),
    ({"scopes": ["eu"]}, {"pack", "external"}),
    ({"first_night": "2026-07-01"}, {"external"}),
    ({"last_night": "2026-06-29"}, {"external"}),
    ({"first_night": "2026-06-30", "last_night": "2026-06-30"}, {"pack", "external", "calls"}),
]


@pytest.mark.parametrize(("told", "covered"), ENGAGEMENTS, ids=range(len(ENGAGEMENTS)))
def test_an_engagement_concerns_its_packs_and_what_lies_in_its_scopes_and_nights(
    told: dict[str, object], covered: set[str]
) -> None:
    engagement = Engagement.model_validate({"name": "acme", "release": "2031-03-31", **told})
    policy = Policy(Retention(engagements=(engagement,)))
    found = {
        name
        for name, about in {"pack": PACK, "external": EXTERNAL, "calls": CALLS}.items()
        if any(one.rule == "release of engagement `acme`" for one in policy.candidates(about, "s"))
    }
    assert found == covered


def test_rules_may_name_every_kind_that_ends() -> None:
    assert set(get_args(RuleKind)) == {str(kind) for kind in Kind if kind not in LASTING | {Kind.UNKNOWN, Kind.VIEWS}}


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("calls/night=2026-11-21/r/v.parquet", Kind.CALLS),
        ("ledger/000000000001.json", Kind.LEDGER),
        ("unknown/x", Kind.UNKNOWN),
        ("Calls/x", Kind.UNKNOWN),
        ("calls", Kind.UNKNOWN),
        ("", Kind.UNKNOWN),
        ("callsheet/x", Kind.UNKNOWN),
    ],
)
def test_a_kind_is_the_first_folder_and_no_other_folder_is_taken_for_one(path: str, kind: Kind) -> None:
    assert kind_of(path) is kind
