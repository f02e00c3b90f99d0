"""Whom drills are drawn from: every item that a vault lists, what was not read said, what changed since it was proven told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from evidence.drills.changes import VERSION_NEVER_TOLD
from evidence.drills.values import State, Waiver
from evidence.errors import SourceError
from evidence.records import Kind, Outcome
from evidence.runs.approved import ApprovedPopulation
from evidence.settings.drills import ApplicationRule, ApplicationSettings, DrillSettings, TargetRule
from evidence.tiers import TierMatch
from tests.drills.making import PLANNER
from tests.fakes.bodies import FakeItem, daily
from tests.runs.drills.plan_desk import FIRST, Q2, Q3, PlanDesk, accepted, book_of

SECOND, THIRD = FIRST + timedelta(days=1), FIRST + timedelta(days=2)


def test_an_item_has_what_tiers_and_settings_say_of_it() -> None:
    desk = PlanDesk()
    desk.vault("pay", "vm00", "web")
    targets = (TargetRule(match=TierMatch(region=("westeurope",)), resource_group="rg-drill", network="vnet-drill"),)
    rules = (ApplicationRule(match=TierMatch(name=("pay",)), application="payments"),)
    desk.rules = replace(
        desk.rules, drills=DrillSettings(targets=targets, applications=ApplicationSettings(rules=rules))
    )
    desk.night()
    found = desk.items()
    pay = found["pay"]
    assert (pay.tier, pay.rto, pay.rpo, pay.drill_type) == (0, timedelta(hours=4), timedelta(hours=24), "db_full")
    assert (pay.application, pay.target.resource_group, pay.target.network) == ("payments", "rg-drill", "vnet-drill")
    assert [(one.tier, one.drill_type, one.rto) for one in (found["vm00"], found["web"])] == [
        (2, "vm_full", None),
        (None, "vm_full", None),
    ]


def test_an_item_is_protected_since_it_was_first_listed_and_older_ones_since_nobody_knows() -> None:
    desk = PlanDesk()
    vault = desk.vault("old")
    desk.night()
    vault.items.append(FakeItem("new"))
    desk.night(SECOND)
    assert (desk.items()["old"].protected_since, desk.items()["new"].protected_since) == (None, SECOND)


def test_a_vault_that_was_not_read_stands_as_it_was_read_last_and_is_said() -> None:
    desk = PlanDesk()
    vault = desk.vault("vm00")
    desk.night()
    vault.spoiled[Kind.PROTECTED_ITEMS] = (Outcome.NOT_REACHED, "HTTP 403")
    vault.items.append(FakeItem("unseen"))
    desk.night(SECOND)
    found = desk.population()
    assert [one.subject for one in found.items] == ["vm00"]
    assert found.absent == ()
    (said,) = found.incomplete
    assert (
        said
        == f"vault v1: its items were not read on {SECOND} (not_reached: HTTP 403); they stand as of {FIRST}, and newer ones are missing"
    )


def test_a_vault_that_was_never_read_is_missing_and_said() -> None:
    desk = PlanDesk()
    desk.vault("vm00")
    desk.vault("hidden", name="v2", spoiled={Kind.PROTECTED_ITEMS: (Outcome.NOT_REACHED, "HTTP 403")})
    desk.night()
    found = desk.population()
    assert [one.subject for one in found.items] == ["vm00"]
    assert found.incomplete == (
        "vault v2: its items were never read whole lately, so that any may be missing (not_reached: HTTP 403)",
    )


def test_a_list_that_ended_early_takes_no_item_away() -> None:
    desk = PlanDesk()
    vault = desk.vault("vm00", "vm01")
    desk.night()
    vault.items = vault.items[:1]
    vault.spoiled[Kind.PROTECTED_ITEMS] = (Outcome.PARTIAL, "page 2: HTTP 500")
    desk.night(SECOND)
    assert set(desk.items()) == {"vm00", "vm01"}
    assert len(desk.population().incomplete) == 1


def test_an_item_that_its_vault_no_longer_lists_is_told_as_absent() -> None:
    desk = PlanDesk()
    vault = desk.vault("vm00", "gone", "deleted")
    desk.night()
    vault.items = [vault.items[0], FakeItem("deleted", properties={"isScheduledForDeferredDelete": True})]
    desk.night(SECOND)
    found = desk.population()
    assert [one.subject for one in found.items] == ["vm00"]
    assert {one.subject: one.why for one in found.absent} == {
        "gone": f"no longer listed by its vault; last seen on {FIRST}",
        "deleted": f"soft-deleted, as seen on {SECOND}",
    }


def test_a_subscription_whose_vaults_were_not_listed_is_said() -> None:
    desk = PlanDesk()
    desk.vault("vm00")
    desk.bench.azure.subscriptions[0].outcome = Outcome.PARTIAL
    desk.night()
    said = desk.population().incomplete
    assert any("its list of vaults was not read whole" in one for one in said)


def test_a_vault_of_the_approved_list_that_nothing_found_is_said() -> None:
    desk = PlanDesk()
    made = desk.vault("vm00")
    missing = made.arm_id.lower().replace("/v1", "/v9")
    vaults = {made.arm_id.lower(): None, missing: None, missing.replace("v9", "v8"): FIRST - timedelta(days=1)}
    desk.rules = replace(desk.rules, approved=ApprovedPopulation(b"", "Ada", FIRST, None, {}, vaults))
    desk.night()
    (said,) = desk.population().incomplete
    assert said == f"vault v9 of the approved list was not found, so that its items are missing: {missing}"


def test_old_nights_are_said_not_to_be_of_today() -> None:
    desk = PlanDesk()
    desk.vault("vm00")
    desk.night()
    desk.on(FIRST + timedelta(days=5))
    assert desk.population().incomplete == (
        f"the newest sealed night is {FIRST}, 5 days before this: what was protected since is missing",
    )


def test_without_a_night_nothing_is_known() -> None:
    desk = PlanDesk()
    with pytest.raises(SourceError, match="No night is sealed"):
        desk.population(book=book_of())


def test_a_scope_holds_its_vaults_alone() -> None:
    desk = PlanDesk()
    desk.vault("vm00")
    desk.vault("vm01", name="v2", region="uksouth", spoiled={Kind.PROTECTED_ITEMS: (Outcome.NOT_REACHED, "HTTP 403")})
    desk.rules = replace(desk.rules, holds=lambda vault: vault.region == "westeurope")
    desk.night()
    found = desk.population()
    assert ([one.subject for one in found.items], found.incomplete) == (["vm00"], ())


def test_what_drills_said_before_goes_with_the_item() -> None:
    desk = PlanDesk()
    desk.vault("pay", "vm00", "vm01")
    desk.night()
    keys = {name: one.item_key for name, one in desk.items().items()}
    waived = replace(
        accepted(keys["vm01"], FIRST, "DR-3", State.WAIVED), waiver=Waiver("old", PLANNER, date(2026, 9, 30))
    )
    gone = replace(accepted(keys["vm00"], FIRST, "DR-4"), superseded_by="DR-5")
    book = book_of(
        accepted(keys["pay"], FIRST, "DR-1"), accepted(keys["vm00"], FIRST, "DR-2", State.REJECTED), waived, gone
    )
    found = desk.items(book=book)
    assert (found["pay"].last_accepted, found["pay"].last_accepted_drill) == (FIRST, "DR-1")
    assert found["pay"].drilled_lately
    assert (found["vm00"].last_accepted, found["vm00"].rejected_drill) == (None, "DR-2")
    assert found["vm01"].waived_until == date(2026, 9, 30)
    assert desk.items(Q2, book)["pay"].planned == ("DR-1",)


@pytest.mark.parametrize("what", ["policy", pytest.param("region", marks=pytest.mark.slow)])
def test_a_change_of_policy_or_region_since_the_last_drill_is_told(what: str) -> None:
    desk = PlanDesk()
    vault = desk.vault("pay", "vm00")
    desk.night()
    if what == "policy":
        vault.policies["daily"] = daily(days=7)
    else:
        vault.region = "uksouth"
    desk.night(SECOND)
    key = desk.items()["vm00"].item_key
    found = desk.items(book=book_of(accepted(key, FIRST)))
    (change,) = found["vm00"].changed
    assert change.startswith(f"{what} (")
    assert f"on {FIRST}" in change
    assert VERSION_NEVER_TOLD in found["vm00"].unknown
    assert found["pay"].changed == ()
    assert desk.items(book=book_of(accepted(key, SECOND)))["vm00"].changed == ()


def test_what_nobody_saw_when_it_was_drilled_is_not_known_and_no_change() -> None:
    desk = PlanDesk()
    desk.vault("vm00")
    desk.night()
    key = desk.items()["vm00"].item_key
    found = desk.items(book=book_of(accepted(key, date(2026, 5, 1))))["vm00"]
    assert found.changed == ()
    assert found.unknown[0].startswith("what it was like on 2026-05-01")


def test_a_resource_that_moved_to_another_vault_is_due_again() -> None:
    desk = PlanDesk()
    source = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/web"
    old, new = desk.vault(), desk.vault(name="v2")
    old.items = [FakeItem("web", properties={"sourceResourceId": source})]
    desk.night()
    key = desk.items()["web"].item_key
    new.items, old.items = old.items, []
    desk.night(SECOND)
    found = desk.items(book=book_of(accepted(key, FIRST)))["web"]
    assert found.item_key != key
    assert found.last_accepted == FIRST
    (change,) = found.changed
    assert change == f"vault (v1 on {FIRST}, v2 on {SECOND})"


def test_a_quarter_that_began_holds_what_was_listed_in_it() -> None:
    desk = PlanDesk()
    vault = desk.vault("vm00", "gone")
    desk.night(Q3.first)
    vault.items = vault.items[:1]
    desk.night(Q3.first + timedelta(days=40))
    assert [one.subject for one in desk.population(Q3).absent] == ["gone"]
