"""Subscriptions listed and not named: every page, and nothing that an earlier night met is lost silently."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from evidence.errors import ConfigurationError, SignInError, SourceError
from evidence.records import SUBSCRIPTION_LIST, Discovery, Kind, Outcome
from evidence.sources.azure import azure_source
from evidence.sources.azure.options import AzureOptions, endpoint_of
from evidence.sources.known import Known
from tests.sources.conftest import Bench
from tests.sources.loopback import Reply, refusal
from tests.sources.world import SUBSCRIPTION, VAULT, TickingClock, listed, request, token, vault_row

OTHER = "5a1c0000-0000-4000-8000-00000000a002"
GROUP = "/providers/Microsoft.Management/managementGroups/mg-backup/descendants"
OTHERS = f"/subscriptions/{OTHER}/providers/Microsoft.RecoveryServices/vaults"
VAULTS = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.RecoveryServices/vaults"
BEFORE = date(2026, 11, 13)
OTHER_VAULT = replace(VAULT, vault_id=VAULT.vault_id.replace(SUBSCRIPTION, OTHER), subscription_id=OTHER)


def seen(subscription: str) -> dict[str, object]:
    return {"id": f"/subscriptions/{subscription}", "subscriptionId": subscription, "state": "Enabled"}


def group(name: str) -> dict[str, object]:
    return {"id": f"/providers/Microsoft.Management/managementGroups/{name}", "name": name, "properties": {}}


def discover(bench: Bench, known: Known | None = None, **options: object) -> Discovery:
    told: dict[str, object] = {"subscriptions": (), "all_subscriptions": True, **options}
    source = bench.source(**told)
    return replace(source, known_before=lambda _: known or Known()).discover(request())


def asked(found: Discovery) -> list[str]:
    return [capture.subject_id.rsplit("/", 1)[1] for capture in found.captures[1:]]


def test_all_subscriptions_that_are_seen_are_read(bench: Bench) -> None:
    link = f"{bench.server.base_url}/subscriptions?page=2"
    bench.server.tell("/subscriptions", listed(seen(SUBSCRIPTION.upper()), link=link), listed(seen(OTHER)))
    bench.server.tell(OTHERS, listed())
    found = discover(bench)
    assert asked(found) == [SUBSCRIPTION, OTHER]
    assert found.vaults == (VAULT,)
    listing = found.captures[0]
    assert (listing.capture_id, listing.subject_id, listing.vault) == ("run-1._subscriptions", SUBSCRIPTION_LIST, None)
    (row,) = listing.coverage
    assert (row.kind, row.outcome, row.collected) == (Kind.SUBSCRIPTIONS, Outcome.COLLECTED, 2)


def test_a_management_group_gives_its_subscriptions_and_not_its_groups(bench: Bench) -> None:
    bench.server.tell(GROUP, listed(group("mg-a"), seen(SUBSCRIPTION), group("mg-b")))
    found = discover(bench, all_subscriptions=False, management_group="mg-backup")
    assert asked(found) == [SUBSCRIPTION]
    assert bench.server.asked_for(GROUP)[0].query == {"api-version": "2020-05-01"}


def test_a_subscription_that_vanished_is_asked_and_is_a_gap(bench: Bench) -> None:
    bench.server.tell("/subscriptions", listed(seen(SUBSCRIPTION)))
    bench.server.tell(OTHERS, refusal(404, "SubscriptionNotFound", "gone"))
    found = discover(bench, Known(BEFORE, (SUBSCRIPTION, OTHER), (VAULT, OTHER_VAULT)))
    assert asked(found) == [SUBSCRIPTION, OTHER]
    row = found.captures[2].coverage[0]
    assert row.outcome is Outcome.NOT_REACHED
    assert "SubscriptionNotFound" in str(row.reason)
    assert "does not show it any more, and night 2026-11-13 read it" in str(row.reason)
    assert [vault.vault_id for vault in found.vaults] == sorted([VAULT.vault_id, OTHER_VAULT.vault_id])


def test_a_subscription_that_vanished_and_still_answers_is_read_and_said(bench: Bench) -> None:
    bench.server.tell("/subscriptions", listed(seen(SUBSCRIPTION)))
    bench.server.tell(OTHERS, listed(vault_row("d", subscription=OTHER)))
    found = discover(bench, Known(BEFORE, (OTHER,)))
    row = found.captures[2].coverage[0]
    assert (row.outcome, row.collected) == (Outcome.COLLECTED, 1)
    assert "does not show it any more" in str(row.reason)


@pytest.mark.parametrize("reply", [refusal(500), refusal(403), Reply(200, b"{}")])
def test_a_list_that_fails_leaves_what_is_known_and_a_gap(bench: Bench, reply: Reply) -> None:
    bench.server.tell("/subscriptions", reply)
    found = discover(bench, Known(BEFORE, (SUBSCRIPTION,)))
    assert found.captures[0].coverage[0].outcome is Outcome.NOT_REACHED
    assert asked(found) == [SUBSCRIPTION]
    assert "could not be read whole" in str(found.captures[1].coverage[0].reason)


def test_a_list_cut_short_asks_the_known_ones_too(bench: Bench) -> None:
    link = f"{bench.server.base_url}/subscriptions?page=2"
    bench.server.tell("/subscriptions", listed(seen(SUBSCRIPTION), link=link), refusal(500))
    bench.server.tell(OTHERS, listed())
    found = discover(bench, Known(BEFORE, (OTHER,)))
    assert found.captures[0].coverage[0].outcome is Outcome.PARTIAL
    assert asked(found) == [SUBSCRIPTION, OTHER]


def test_named_subscriptions_are_what_the_configuration_says_and_no_others(bench: Bench) -> None:
    found = discover(bench, Known(BEFORE, (OTHER,)), subscriptions=(SUBSCRIPTION,), all_subscriptions=False)
    assert [capture.subject_id for capture in found.captures] == [f"/subscriptions/{SUBSCRIPTION}"]


# --- vaults


def test_known_vaults_are_read_where_their_list_is_not_whole(bench: Bench) -> None:
    bench.server.tell(VAULTS, refusal(500))
    found = discover(
        bench, Known(BEFORE, (), (VAULT, OTHER_VAULT)), subscriptions=(SUBSCRIPTION,), all_subscriptions=False
    )
    assert found.vaults == (VAULT,)
    row = found.captures[0].coverage[0]
    assert row.outcome is Outcome.NOT_REACHED
    assert "1 vault of night 2026-11-13 asked all the same" in str(row.reason)


def test_a_whole_list_proves_that_a_vault_is_gone(bench: Bench) -> None:
    bench.server.tell(VAULTS, listed())
    found = discover(bench, Known(BEFORE, (), (VAULT,)), subscriptions=(SUBSCRIPTION,), all_subscriptions=False)
    assert found.vaults == ()


def test_known_vaults_outside_the_patterns_are_not_asked(bench: Bench) -> None:
    bench.server.tell(VAULTS, refusal(500))
    options: dict[str, object] = {"subscriptions": (SUBSCRIPTION,), "all_subscriptions": False, "exclude": ("rsv-*",)}
    assert discover(bench, Known(BEFORE, (), (VAULT,)), **options).vaults == ()


# --- where nothing can be read nothing is sealed


@pytest.mark.parametrize(
    ("reply", "error", "said"),
    [
        (listed(), SignInError, "shows us no subscription"),
        (listed(group("mg-a")), SignInError, "shows us no subscription"),
        (refusal(403), SignInError, "did not let us list"),
        (refusal(401), SignInError, "did not let us list"),
        (refusal(500), SourceError, "could not be listed"),
    ],
)
def test_no_subscription_at_all_is_an_error(bench: Bench, reply: Reply, error: type[SourceError], said: str) -> None:
    bench.server.tell("/subscriptions", reply)
    with pytest.raises(error, match=said):
        discover(bench)


WAYS: list[tuple[dict[str, object], str]] = [
    ({"subscriptions": ()}, "is empty"),
    ({"subscriptions": (SUBSCRIPTION,), "management_group": "mg"}, "both say"),
    ({"subscriptions": (), "management_group": "mg", "all_subscriptions": True}, "both say"),
    ({"subscriptions": (), "management_group": "a/b"}, "Give its id"),
    ({"subscriptions": (), "management_group": ""}, "Give its id"),
]


@pytest.mark.parametrize(("options", "said"), WAYS)
def test_one_way_of_naming_what_is_read(options: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        endpoint_of(AzureOptions(**options))  # type: ignore[arg-type]  # passed on as they are
    assert said in "\n".join(caught.value.diagnostics())


def test_the_source_says_whose_subscriptions_it_reads(bench: Bench) -> None:
    def told(**options: object) -> str:
        fixed = {"endpoint": bench.server.base_url, "credential": "static", "static_token": token()}
        return azure_source(AzureOptions(**fixed, **options), TickingClock()).description  # type: ignore[arg-type]  # of mixed types

    assert "all subscriptions that its identity sees" in told(subscriptions=(), all_subscriptions=True)
    assert "management group mg-1" in told(subscriptions=(), management_group="mg-1")
    assert "2 subscriptions" in told(subscriptions=("a", "b", "a"))
