"""The morning's summary: what it says of a scope, to whom it goes, and that it is the same message however often it is made."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from evidence.errors import ConfigurationError
from evidence.ledger.watches import UnreadVault, WatchLook, watch_look
from evidence.runs.gate import Code, Obstacle, Verdict
from evidence.runs.morning import Morning, standing_in, summary_facts, summary_messages
from tests.ledger.test_watches import looked
from tests.notify.problems import VAULT, owners, problem

NIGHT = date(2026, 11, 20)
BEFORE = datetime(2026, 11, 21, 6, 50, tzinfo=UTC)
KINDS = {"mail": "mail", "tickets": "servicenow"}
FAILED = Obstacle("slot", "vm1", "job-1 failed", "failed", tier=0, part="full", slot_at=BEFORE)
OPEN = Verdict(Code.OPEN, 4, 4, ())
CLOSED = Verdict(Code.CLOSED, 4, 3, (FAILED,))


def morning(verdict: Verdict = OPEN, look: WatchLook | None = None) -> Morning:
    return Morning("eu", NIGHT, BEFORE, verdict, (), look, {VAULT: "rsv-euw-prd"})


def facts(found: Morning) -> dict[str, str]:
    return dict(summary_facts(found))


def test_a_good_morning_is_told_too() -> None:
    told = facts(morning())
    assert told["Backups"] == "proven, 4 of 4 critical items"
    assert (told["Against"], told["Open"]) == ("nothing", "no exception")


def test_what_stands_against_it_is_named() -> None:
    told = facts(replace(morning(CLOSED), open=(problem(),)))
    assert told["Backups"].startswith("NOT PROVEN, 3 of 4")
    assert told["Against"] == "vm1: job-1 failed"
    assert told["Open"].startswith("1 exceptions: 1 ")


def test_many_obstacles_are_counted() -> None:
    told = facts(morning(Verdict(Code.CLOSED, 9, 0, tuple(replace(FAILED, subject=f"vm{n}") for n in range(9)))))
    assert told["Against"].endswith("and 4 more")


def test_what_nobody_could_look_at_is_not_known() -> None:
    blind = Verdict(Code.BLIND, 0, 0, (Obstacle("coverage", f"night {NIGHT}", "Night 2026-11-20 is not sealed"),))
    assert facts(morning(blind))["Backups"].startswith("NOT KNOWN")


def test_vaults_that_looks_could_not_ask_are_named_in_their_scope_alone() -> None:
    assert facts(morning())["Watch"] == "no look between nights was ever recorded"
    look = watch_look(looked().placed(1, None))
    assert facts(morning(look=look))["Watch"].endswith("all were asked"), "the vault is of another scope"
    mine = replace(look, unread=(UnreadVault(VAULT, "HTTP 403"),))
    assert facts(morning(look=mine))["Watch"].endswith("1 vaults could not be asked: rsv-euw-prd")


def test_it_goes_by_mail_to_the_team_of_the_scope_once() -> None:
    (first,) = summary_messages(morning(CLOSED), owners(), KINDS, {"eu": "dba-eu"}, BEFORE)
    (second,) = summary_messages(morning(OPEN), owners(), KINDS, {"eu": "dba-eu"}, BEFORE)
    assert (first.team, first.channel) == ("dba-eu", "mail")
    assert first.message_id == second.message_id, "one summary a night, scope and team"
    assert first.table[1][1] == "vm1"
    assert "NOT PROVEN" in first.subject


def test_it_opens_no_ticket() -> None:
    assert list(summary_messages(morning(CLOSED), owners(), {"mail": "servicenow"}, {"eu": "dba-eu"}, BEFORE)) == []


def test_without_a_team_of_its_own_it_goes_to_whoever_owns_the_rest() -> None:
    (found,) = summary_messages(morning(), owners(), KINDS, {}, BEFORE)
    assert found.team == "plat"


def test_a_team_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="nobody"):
        list(summary_messages(morning(), owners(), KINDS, {"eu": "nobody"}, BEFORE))


def test_open_exceptions_are_those_of_the_scopes_vaults_without_hints_and_ended_ones() -> None:
    mine, hint = problem(), replace(problem("hint"), hint=True)
    ended, other = replace(problem("ended"), state="closed"), replace(problem("other"), vault_id="/elsewhere")
    assert standing_in([mine, hint, ended, other], {VAULT: "v"}) == (mine,)
