"""Finding the vaults: all subscriptions, all pages, patterns, and who may look."""

from __future__ import annotations

import pytest

from evidence.errors import SignInError
from evidence.records import Kind, Outcome
from tests.sources.conftest import Bench
from tests.sources.loopback import Reply, refusal
from tests.sources.world import SUBSCRIPTION, VAULT, listed, request, vault_row

OTHER = "5a1c0000-0000-4000-8000-00000000a002"
VAULTS = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.RecoveryServices/vaults"
OTHERS = f"/subscriptions/{OTHER}/providers/Microsoft.RecoveryServices/vaults"


def names(bench: Bench, **options: object) -> list[str]:
    return [vault.name for vault in bench.source(**options).discover(request()).vaults]


def test_a_subscription_becomes_a_capture_of_its_vault_list(bench: Bench) -> None:
    discovery = bench.source(subscriptions=(SUBSCRIPTION.upper(),)).discover(request())
    (capture,) = discovery.captures
    assert discovery.vaults == (VAULT,)
    assert capture.capture_id == f"run-1._subscription-{SUBSCRIPTION}"
    assert (capture.subject_id, capture.vault) == (f"/subscriptions/{SUBSCRIPTION}", None)
    assert [call.call_id for call in capture.calls] == [f"{capture.capture_id}-0000{number}" for number in (1, 2)]
    assert [(row.kind, row.outcome, row.collected, row.reason) for row in capture.coverage] == [
        (Kind.VAULTS, Outcome.COLLECTED, 1, None),
        (Kind.BACKUP_VAULTS, Outcome.COLLECTED_ZERO, 0, None),
    ]


def test_vaults_of_all_pages_and_subscriptions_are_found_once(bench: Bench) -> None:
    link = f"{bench.server.base_url}{VAULTS}?$skiptoken=2"
    bench.server.tell(VAULTS, listed(vault_row("b"), vault_row("a"), link=link), listed(vault_row("A"), vault_row("c")))
    bench.server.tell(OTHERS, listed(vault_row("d", subscription=OTHER)))
    discovery = bench.source(subscriptions=(SUBSCRIPTION, OTHER, SUBSCRIPTION)).discover(request())
    assert [vault.vault_id.rsplit("/", 1)[1] for vault in discovery.vaults] == ["a", "b", "c", "d"]
    assert len(discovery.captures) == 2
    assert discovery.captures[0].coverage[0].reason == "1 id came more than once and was kept each time"


def test_patterns_narrow_by_name_or_id_without_case_and_say_so(bench: Bench) -> None:
    bench.server.tell(VAULTS, listed(vault_row("rsv-Prod"), vault_row("rsv-test"), vault_row("x", group="rg-Prod")))
    assert names(bench, include=("rsv-*",)) == ["rsv-Prod", "rsv-test"]
    assert names(bench, include=("*/resourcegroups/RG-PROD/*", "*-prod")) == ["rsv-Prod", "x"]
    assert names(bench, exclude=("*TEST",)) == ["rsv-Prod", "x"]
    assert names(bench, include=()) == []
    (capture,) = bench.source(exclude=("*test",)).discover(request()).captures
    assert capture.coverage[0].outcome is Outcome.COLLECTED
    assert capture.coverage[0].reason == "1 vault listed is outside the configured patterns and not asked"


def test_a_row_that_is_no_vault_is_said(bench: Bench) -> None:
    bench.server.tell(VAULTS, listed(vault_row("a"), {"id": "/subscriptions/x"}, {"name": "b"}, {"id": 7}))
    discovery = bench.source().discover(request())
    assert [vault.name for vault in discovery.vaults] == ["a"]
    assert "3 rows bear no id of a vault" in str(discovery.captures[0].coverage[0].reason)


def test_a_subscription_without_vaults_is_collected_zero(bench: Bench) -> None:
    bench.server.tell(VAULTS, listed())
    discovery = bench.source().discover(request())
    assert discovery.vaults == ()
    assert discovery.captures[0].coverage[0].outcome is Outcome.COLLECTED_ZERO


@pytest.mark.parametrize("refused", [refusal(401), refusal(403), refusal(404), refusal(500), Reply(200, b"{}")])
def test_one_subscription_that_fails_stops_no_other(bench: Bench, refused: Reply) -> None:
    bench.server.tell(OTHERS, refused)
    discovery = bench.source(subscriptions=(OTHER, SUBSCRIPTION)).discover(request())
    assert discovery.vaults == (VAULT,)
    assert [capture.coverage[0].outcome for capture in discovery.captures] == [Outcome.NOT_REACHED, Outcome.COLLECTED]


def test_a_vault_list_that_breaks_off_gives_the_vaults_it_told(bench: Bench) -> None:
    link = f"{bench.server.base_url}{VAULTS}?$skiptoken=2"
    bench.server.tell(VAULTS, listed(vault_row("a"), link=link), refusal(403))
    discovery = bench.source().discover(request())
    assert [vault.name for vault in discovery.vaults] == ["a"]
    assert discovery.captures[0].coverage[0].outcome is Outcome.PARTIAL


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_everywhere_is_a_failure_to_sign_in(bench: Bench, status: int) -> None:
    bench.server.tell("", refusal(status, "AuthorizationFailed", "no right"))
    with pytest.raises(SignInError) as caught:
        bench.source(subscriptions=(SUBSCRIPTION, OTHER)).discover(request())
    assert caught.value.exit_code == 5
    assert f"{OTHER}: HTTP {status} AuthorizationFailed: no right" in caught.value.cause


@pytest.mark.parametrize("refused", [refusal(404), refusal(500), refusal(429), Reply(200, b"<html>")])
def test_other_failures_everywhere_are_recorded_and_raise_nothing(bench: Bench, refused: Reply) -> None:
    bench.server.tell("", refused)
    discovery = bench.source().discover(request())
    assert discovery.vaults == ()
    assert discovery.captures[0].coverage[0].outcome is Outcome.NOT_REACHED
