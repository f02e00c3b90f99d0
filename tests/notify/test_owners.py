"""Whose a problem is: rules in order, patterns, tags, and why."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.errors import ConfigurationError
from evidence.notify.owners_check import check_owners
from evidence.notify.owners_file import load_owners
from evidence.notify.patterns import Match, Traits, fits, workload_words
from evidence.notify.workdays import Workdays
from evidence.settings import parse_settings
from tests.fakes.bench import RAW
from tests.notify.problems import KINDS, NOW, OWNERS, VAULT, owners, problem
from tests.paths import ROOT

DAY = date(2026, 11, 25)


def test_a_database_failure_reaches_the_dba_and_a_machine_the_regional_owner() -> None:
    found = owners().owner_of(problem())
    assert (found.team.key, found.rule.rule_id, found.reason) == ("dba-eu", "databases", "rule databases")
    machine = owners().owner_of(problem(workload="VM"))
    assert (machine.team.key, machine.rule.rule_id) == ("plat", "west")
    assert machine.reason == "rule west, fallback: tag backup-owner is not set"


def test_each_rule_says_why_it_does_not_fit() -> None:
    found = owners().owner_of(problem(workload="VM", region="eastus"))
    assert [(one.rule_id, one.fits, one.reason) for one in found.tried] == [
        ("databases", False, "workload is vm, not sql or hana"),
        ("west", False, "region is eastus, not westeurope or northeurope"),
        ("default", True, "fits"),
    ]
    early = owners().owner_of(problem())
    assert early.tried[1].reason == "not looked at: databases fits before"


@pytest.mark.parametrize(
    ("value", "team", "reason"),
    [
        ("dba-eu", "dba-eu", "rule west, by tag backup-owner"),
        ("EU Databases", "dba-eu", "rule west, by tag backup-owner"),
        ("DBA-EU@example.com ", "dba-eu", "rule west, by tag backup-owner"),
        ("thief@evil.example", "plat", "rule west, fallback: tag backup-owner names no team"),
    ],
)
def test_a_tag_names_a_team_and_never_an_address_of_its_own(value: str, team: str, reason: str) -> None:
    found = owners().owner_of(problem(workload="VM", tags={"Backup-Owner": value}))
    assert (found.team.key, found.reason) == (team, reason)


@pytest.mark.parametrize(
    ("pattern", "text", "wanted"),
    [
        ("rsv-*-prd", "RSV-euw-PRD", True),
        ("rsv-*-prd", "rsv-euw-prd-2", False),
        ("a.c", "abc", False),
        ("a[b]c", "abc", False),
        ("*", "", True),
        ("re:vm-[0-9]+", "vm-12", True),
        ("re:vm-[0-9]+", "vm-12a", False),
        ("re:VM.*", "vm\n1", True),
    ],
)
def test_patterns(pattern: str, text: str, wanted: bool) -> None:
    assert fits(pattern, text) is wanted


@pytest.mark.parametrize(
    ("workload", "words"),
    [
        ("SQLDataBase", ("sqldatabase", "sql")),
        ("SAPHanaDatabase", ("saphanadatabase", "hana")),
        ("AzureFileShare", ("azurefileshare", "files")),
        ("VM", ("vm",)),
        ("Microsoft.DBforPostgreSQL/servers/databases", ("microsoft.dbforpostgresql/servers/databases",)),
        (None, ()),
    ],
)
def test_short_words_for_workloads(workload: str | None, words: tuple[str, ...]) -> None:
    assert workload_words(workload) == words


def test_all_keys_must_fit() -> None:
    match = Match(
        item=("pay*",), tags=(("app", ("payments",)),), tier=(0, 1), class_=("failed",), error_family=("sql_*",)
    )
    fitting = Traits(
        item=("pay",), tags=(("app", "payments"),), tier=1, class_=("failed",), error_family=("sql_permission",)
    )
    assert match.unmet(fitting) is None
    assert match.unmet(Traits(item=("pay",))) == "error family is not known, not sql_*"


def mistakes(raw: bytes) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        owners(raw)
    return caught.value.cause.split("\n  ")


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("owner: dba-eu", "owner: nobody", 18, "`nobody` is none of `teams`"),
        ("to: plat}", "to: nobody}", 19, "`nobody` is none of `teams`, and no `email:` with an address"),
        ("email:head@example.com", "email:head", 19, "is no plain mail address"),
        ("match: {}", "match: {workload: vm}", 24, "the last rule must fit everything"),
        ("id: west", "id: databases", 21, "`databases` is named twice"),
        ("new: [servicenow]", "nwe: [servicenow]", 20, "`nwe` is no occasion"),
        ('vault: "rsv-*-prd"', 'vault: "re:("', 22, "is no regular expression"),
        ("{after: 1d,", "{after: 4d,", 19, "steps must be in order"),
        (
            "email: plat@example.com",
            'email: "plat@example.com\\r\\nBcc: x@example.com"',
            13,
            "is no plain mail address",
        ),
        ('secret: "env:PD_KEY"', "secret: 0123456789abcdef0123456789abcdef", 7, "should match pattern"),
        ("version: 3", "version: 3\nteam: {}", 2, "is no key of the owners file"),
    ],
)
def test_a_mistake_is_told_with_its_line(old: str, new: str, line: int, said: str) -> None:
    assert old.encode() in OWNERS
    told = mistakes(OWNERS.replace(old.encode(), new.encode(), 1))
    assert any(one.startswith(f"owners.yaml:{line}: ") and said in one for one in told), told


def test_a_secret_in_the_file_is_refused_without_being_repeated() -> None:
    told = "\n".join(mistakes(OWNERS.replace(b"env:PD_KEY", b"0123456789abcdef0123456789abcdef")))
    assert "0123456789abcdef" not in told


SUPPRESSED = (
    OWNERS
    + b"""\
calendars: {plat: {tz: Europe/Berlin, workdays: mon-fri, holidays: [2026-12-25]}}
suppressions:
  - {match: {item: "pay*"}, from: 2026-11-20, until: 2026-11-30, reason: CHG0042, by: ann@example.com}
"""
)


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (b"from: 2026-11-20, until: 2026-12-21,", "more than 30 days after"),
        (b"from: 2026-11-20, until: 2026-11-19,", "lies before `from`"),
        (b"from: 2026-11-20,", "Field required"),
    ],
)
def test_a_suppression_has_an_end_that_is_near(span: bytes, said: str) -> None:
    raw = SUPPRESSED.replace(b"from: 2026-11-20, until: 2026-11-30,", span)
    assert any(one.startswith("owners.yaml:29: ") and said in one for one in mistakes(raw))


def test_a_suppression_stands_from_its_first_to_its_last_day() -> None:
    told = owners(SUPPRESSED)
    days = [date(2026, 11, 19), date(2026, 11, 20), date(2026, 11, 30), date(2026, 12, 1)]
    assert [told.suppression_of(problem(), day) is not None for day in days] == [False, True, True, False]
    assert told.suppression_of(problem("hr"), DAY) is None


def test_a_file_that_is_not_there_names_the_way(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_owners(tmp_path / "none.yaml")


def test_check_names_what_is_doubtful() -> None:
    raw = SUPPRESSED.replace(
        b"  - id: default",
        b"  - id: never\n    match: {region: westeurope, vault: rsv-x-prd, workload: VM}\n    owner: plat\n"
        b"    notify: {new: [pagerduty, paging]}\n  - id: default",
    ).replace(b"  plat:\n    name: Platform\n", b"  idle: {name: Idle}\n  plat:\n    name: Platform\n")
    raw += (
        b'  - {match: {item: "re:pay.*"}, from: 2026-11-25, until: 2026-12-02, reason: second, by: bob@example.com}\n'
    )
    raw += b"  - {match: {item: hr}, from: 2026-11-01, until: 2026-11-02, reason: ended, by: bob@example.com}\n"
    found = check_owners(owners(raw), KINDS, [problem(), problem("vm", region="eastus", workload="VM")], DAY)
    told = {(one.kind, one.subject): one.told for one in found}
    assert told["unreachable_rule", "never"] == "whatever fits it fits rule west before it"
    assert ("team_without_channel", "idle") in told
    assert told["unknown_channel", "never"] == "names channel paging, which `channels` does not have"
    assert ("channel_without_route", "never") in told
    assert told["overlapping_suppressions", "CHG0042 / second"].endswith("from 2026-11-25 to 2026-11-30")
    assert ("ended_suppression", "ended") in told
    assert [one.subject.rpartition("/")[2] for one in found if one.kind == "owned_by_default"] == ["vm"]
    assert [one.fault for one in found] == sorted((one.fault for one in found), reverse=True)


@pytest.mark.parametrize(("begin", "doubtful"), [("2026-12-01", True), ("2026-12-02", False)])
def test_suppressions_that_follow_each_other_without_a_day_between_are_doubtful(begin: str, doubtful: bool) -> None:
    raw = OWNERS + b"suppressions:\n"
    for first, last in (("2026-11-05", "2026-11-30"), (begin, "2026-12-20")):
        raw += f"  - {{match: {{item: pay}}, from: {first}, until: {last}, reason: r, by: x}}\n".encode()
    kinds = [one.kind for one in check_owners(owners(raw), KINDS, [problem()], DAY)]
    assert ("chained_suppressions" in kinds) is doubtful


def test_nothing_is_doubtful_in_good_owners() -> None:
    assert check_owners(owners(), KINDS, [problem()], DAY) == ()


WORDS = st.sampled_from(["a", "b", "ab", "*", "a*", "*b", "a*b", "re:a+", "re:.*", "A"])
TEXTS = st.text("ab*", max_size=4)


@given(st.lists(WORDS, max_size=3), st.lists(WORDS, max_size=3), TEXTS)
def test_a_rule_that_covers_another_fits_whatever_the_other_fits(one: list[str], other: list[str], text: str) -> None:
    wide, narrow, traits = Match(item=tuple(one)), Match(item=tuple(other)), Traits(item=(text,))
    if wide.covers(narrow) and narrow.unmet(traits) is None:
        assert wide.unmet(traits) is None


@given(st.lists(WORDS, max_size=2), st.lists(WORDS, max_size=2), TEXTS)
def test_what_fits_both_is_never_said_to_be_impossible(one: list[str], other: list[str], text: str) -> None:
    first, second, traits = Match(item=tuple(one)), Match(item=tuple(other)), Traits(item=(text,))
    if first.unmet(traits) is None and second.unmet(traits) is None:
        assert first.may_meet(second)


def test_working_time_leaves_out_weekends_and_holidays() -> None:
    days = Workdays("Europe/Berlin", frozenset(range(5)), frozenset({date(2026, 11, 24)}))
    friday = NOW - timedelta(days=3)
    # Friday 06:30 in Berlin to midnight, Saturday and Sunday nothing, Monday 6:30.
    assert days.worked(friday, NOW) == timedelta(hours=24)
    assert days.worked(NOW, NOW + timedelta(days=2)) == timedelta(hours=24)
    assert not days.works_at(NOW - timedelta(days=1))
    assert days.works_at(NOW)


def test_no_owner_is_left_out_whatever_the_traits() -> None:
    for told in (problem(workload=None, region=None, item_key=None, tier=None), problem(vault_id=VAULT.upper())):
        assert owners().owner_of(told).team.key in owners().teams
    assert re.fullmatch(r"[0-9a-f]{64}", owners().sha256)


def test_the_example_of_the_documentation_is_right_and_beyond_doubt() -> None:
    told = (ROOT / "docs" / "configuration.md").read_text()
    owned = next(one for one in re.findall(r"```yaml\n(.*?)```", told, re.DOTALL) if one.startswith("version: 1 "))
    listed = next(one for one in re.findall(r"```yaml\n(.*?)```", told, re.DOTALL) if one.startswith("channels:"))
    channels = parse_settings(RAW + listed.encode(), "evidence.yaml").channels
    kinds = {name: one.kind for name, one in channels.items()}
    found = owners(owned.encode())
    assert len(found.rules) == 3
    assert check_owners(found, kinds, [], DAY) == ()
