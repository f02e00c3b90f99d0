"""Every fault that Azure's callers meet, and what each must leave behind: one table, used by the quick and the long tests.

Not here: running them. A scenario spoils one vault of the simulator's generated world, or the whole run where it says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Rule = Mapping[str, Any]
VAULTS = ("rsv-prod-weu", "rsv-data-weu", "rsv-prod-eus")
"""Readable vaults that are spoilt, several kinds of one at a time."""
CLEAN = "rsv-prod-neu"
"""One that never is."""
JOBS, ITEMS, POINTS, POLICIES, CONFIG = (
    "backupJobs",
    "backupProtectedItems",
    "backupFabrics",
    "backupPolicies",
    "backupconfig",
)


@dataclass(frozen=True)
class Scenario:
    """One fault and its trace."""

    name: str
    fault: str
    """Name in the simulator's list, or what it is where the rule has none."""
    where: str
    """Collection below the vault; empty for the whole vault."""
    kind: str
    """Kind whose coverage tells it."""
    outcome: str
    words: tuple[str, ...]
    """In the reason of the coverage."""
    told: str
    """Cause on the page and in `status`."""
    more: Rule = field(default_factory=dict)
    """Further parts of the rule."""
    run_wide: tuple[Rule, ...] = ()
    """Rules that no vault is named by; the scenario then has a night of its own."""

    def rules(self, vault: str) -> list[Rule]:
        """What the simulator is told."""
        named = {"fault": self.fault} if "next_link" not in self.more else {}
        return [{"path": f"/{vault}/{self.where}".rstrip("/"), **named, **self.more}, *self.run_wide]


def _refused(name: str, code: str, where: str = POLICIES, kind: str = "policies") -> Scenario:
    return Scenario(name, name, where, kind, "not_reached", (code,), f"HTTP {code}")


_WHOLE_VAULT = ("jobs", "not_reached")
SCENARIOS: tuple[Scenario, ...] = (
    Scenario("403", "403", "", *_WHOLE_VAULT, ("AuthorizationFailed",), "HTTP 403 AuthorizationFailed"),
    Scenario(
        "next-link-elsewhere",
        "next link to another host",
        ITEMS,
        "protected_items",
        "partial",
        ("another origin", "never asked"),
        "the next page lies at another origin",
        {"next_link": "ELSEWHERE"},
    ),
    Scenario(
        "500-page-2",
        "500-page-2",
        ITEMS,
        "protected_items",
        "partial",
        ("page 2", "HTTP 500"),
        "HTTP 500 RestApiInternalError",
    ),
    _refused("409-not-registered", "409 MissingSubscriptionRegistration"),
    Scenario(
        "429-retry-after",
        "429-retry-after",
        JOBS,
        *_WHOLE_VAULT,
        ("quota", "324 s", "ResourceRequestsThrottled"),
        "HTTP 429 ResourceRequestsThrottled",
    ),
    Scenario(
        "429-text",
        "429-text",
        JOBS,
        *_WHOLE_VAULT,
        ("quota", "324 s", "ResourceRequestsThrottled"),
        "HTTP 429 ResourceRequestsThrottled",
    ),
    Scenario(
        "429-bare",
        "429-bare",
        POLICIES,
        "policies",
        "not_reached",
        ("quota", "TooManyRequests"),
        "HTTP 429 TooManyRequests",
    ),
    _refused("500", "500 RestApiInternalError"),
    _refused("503", "503 ServerTimeout"),
    _refused("504", "504 GatewayTimeout"),
    Scenario("reset", "reset", POLICIES, "policies", "not_reached", ("no whole answer came",), "no whole answer came"),
    Scenario(
        "stalled", "stalled", CONFIG, "vault_config", "not_reached", ("no whole answer came",), "no whole answer came"
    ),
    Scenario("cut-short", "cut-short", JOBS, *_WHOLE_VAULT, ("no whole answer came",), "no whole answer came"),
    Scenario(
        "invalid-json", "invalid-json", ITEMS, "protected_items", "not_reached", ("the body is not JSON",), "unreadable"
    ),
    Scenario(
        "200-error-envelope",
        "200-error-envelope",
        POLICIES,
        "policies",
        "not_reached",
        ("HTTP 200", "CloudInternalError"),
        "HTTP 200 CloudInternalError",
    ),
    Scenario(
        "200-old-error-envelope",
        "200-old-error-envelope",
        POLICIES,
        "policies",
        "not_reached",
        ("HTTP 200", "CloudInternalError"),
        "HTTP 200 CloudInternalError",
    ),
    Scenario(
        "next-link-loop",
        "next-link-loop",
        ITEMS,
        "protected_items",
        "partial",
        ("leads back",),
        "leads back to a page already read",
    ),
    Scenario(
        "duplicate-rows", "duplicate-rows", POLICIES, "policies", "partial", ("more than once",), "more than once"
    ),
    Scenario(
        "filter-ignored",
        "filter-ignored",
        JOBS,
        "jobs",
        "partial",
        ("outside the window asked for",),
        "outside the window asked for",
    ),
    Scenario(
        "api-version-refused",
        "api-version-refused",
        CONFIG,
        "vault_config",
        "not_reached",
        ("NoRegisteredProviderFound", "API version"),
        "HTTP 400 NoRegisteredProviderFound",
    ),
    Scenario(
        "api-version-invalid",
        "api-version-invalid",
        CONFIG,
        "vault_config",
        "not_reached",
        ("InvalidApiVersionParameter",),
        "HTTP 400 InvalidApiVersionParameter",
    ),
    Scenario(
        "unknown-values",
        "unknown-values",
        JOBS,
        "jobs",
        "partial",
        ("status 'Suspended' was never seen before", "operation 'Teleport'"),
        "was never seen before",
    ),
    Scenario(
        "unknown-object-type",
        "unknown-object-type",
        POINTS,
        "recovery_points",
        "partial",
        ("a sort never seen before", "QuantumRecoveryPoint"),
        "a sort never seen before",
    ),
    Scenario(
        "unknown-resource-type",
        "unknown-resource-type",
        ITEMS,
        "protected_items",
        "partial",
        ("kept and were not read", "backupstreams"),
        "kept and were not read",
    ),
    Scenario(
        "clock-ahead", "clock-ahead", JOBS, "jobs", "partial", ("15 minutes ahead of ours",), "15 minutes ahead of ours"
    ),
    Scenario(
        "clock-behind", "clock-behind", JOBS, "jobs", "partial", ("15 minutes behind ours",), "15 minutes behind ours"
    ),
    Scenario("401", "401", "", *_WHOLE_VAULT, ("InvalidAuthenticationToken",), "HTTP 401 InvalidAuthenticationToken"),
    Scenario(
        "404-vault-gone",
        "404-vault-gone",
        "",
        *_WHOLE_VAULT,
        ("every question was answered with 404", "ResourceNotFound"),
        "HTTP 404 ResourceNotFound",
    ),
    Scenario(
        "token-expires-mid-run",
        "token-expired",
        CONFIG,
        "policies",
        "not_reached",
        ("not sent", "Signing in to Azure failed"),
        "not sent",
        run_wide=({"path": "/msi/token", "fault": "sign-in-refused", "skip": 1},),
    ),
)
"""Each fault of the list that Azure's callers meet; the order decides which night has it, the first one is in the quick suite."""
FAULTS = frozenset(
    {
        "401",
        "403",
        "404-vault-gone",
        "409-not-registered",
        "429-retry-after",
        "429-text",
        "429-bare",
        "500-page-2",
        "500",
        "503",
        "504",
        "reset",
        "stalled",
        "cut-short",
        "invalid-json",
        "200-error-envelope",
        "200-old-error-envelope",
        "next-link-elsewhere",
        "next-link-loop",
        "duplicate-rows",
        "filter-ignored",
        "api-version-refused",
        "api-version-invalid",
        "unknown-values",
        "unknown-object-type",
        "unknown-resource-type",
        "clock-ahead",
        "clock-behind",
        "token-expires-mid-run",
    }
)
"""The list itself, written once more: a scenario that is dropped is missed."""
_DEPENDS = {JOBS: {JOBS}, ITEMS: {ITEMS, POINTS}, POINTS: {ITEMS, POINTS}}
"""Collections that a spoilt one takes with it: what cannot be listed cannot be asked about."""


def nights() -> list[list[tuple[str, Scenario]]]:
    """All scenarios with their vaults, night by night: as many at once as leave each a coverage row of its own."""
    found: list[list[tuple[str, Scenario]]] = []
    for scenario in SCENARIOS:
        if scenario.run_wide:
            found.append([(VAULTS[0], scenario)])
            continue
        free = ((night, vault) for night in found for vault in VAULTS if _fits(scenario, vault, night))
        night, vault = next(free, (None, VAULTS[0]))
        if night is None:
            found.append(night := [])
        night.append((vault, scenario))
    return found


def rules(night: list[tuple[str, Scenario]], elsewhere: str) -> list[Rule]:
    """What the simulator is told for a night; rules of a whole vault come last, for the first that fits counts."""
    told = [rule for vault, one in sorted(night, key=lambda pair: not pair[1].where) for rule in one.rules(vault)]
    return [{**rule, "next_link": elsewhere} if rule.get("next_link") == "ELSEWHERE" else rule for rule in told]


def _fits(scenario: Scenario, vault: str, night: list[tuple[str, Scenario]]) -> bool:
    if any(one.run_wide for _, one in night):
        return False
    there = [one.where for name, one in night if name == vault]
    if not scenario.where:
        return not there
    taken = set().union(*(_DEPENDS.get(where, {where}) for where in there)) if there else set()
    return "" not in there and not taken & _DEPENDS.get(scenario.where, {scenario.where})
