"""The runs read from the simulator's policies are those that the simulator makes: two readings by code that shares nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from evidence.assess.slots.orders import Schedule
from evidence.assess.slots.schedules import read_schedules
from evidence.assess.slots.times import run_times
from evidence.assess.slots.values import Part, PolicyVersion
from evidence.normalize.fields import Fields, Place
from evidence.normalize.policies import policy_row
from simulator.generated import catalogue, schedules
from simulator.generated.bodies.policies import policy_body
from simulator.generated.values import Policy, Vault

POLICIES = {name: policy for name, policy in sorted(vars(catalogue).items()) if isinstance(policy, Policy)}
VAULT = Vault("s", "rg", "rsv", "westeurope", "GeoRedundant")
FIRST, NIGHTS = date(2026, 3, 1), 260
"""Over both changes of clocks."""


def as_read(policy: Policy) -> PolicyVersion:
    properties = policy_body(VAULT, policy, 1)["properties"]
    assert isinstance(properties, dict)
    row = policy_row("/p", None, Fields(properties, Place("c", "policies", []), 0), {}, "", ordinal=0)
    names = ("content_sha256", "management_type", "workload", "schedule", "retention", "time_zone")
    told = {name: row[name] for name in names}
    return PolicyVersion("/p", "/v", **told, from_at=datetime(2026, 1, 1, tzinfo=UTC))  # type: ignore[arg-type]  # texts of a row


@pytest.mark.parametrize("name", POLICIES)
def test_runs_are_those_that_the_simulator_makes(name: str) -> None:
    policy = POLICIES[name]
    nights = [FIRST + timedelta(days=number) for number in range(NIGHTS)]
    made = [(run.at, run.kind.lower()) for night in nights for run in schedules.runs(policy, night)]
    start, end = schedules.night_start(FIRST), schedules.night_start(FIRST + timedelta(days=NIGHTS))
    orders = read_schedules(as_read(policy))
    assert all(isinstance(order, Schedule) for order in orders)
    read = [
        (at, str(order.part))
        for order in orders
        if isinstance(order, Schedule) and order.part is not Part.LOG
        for at, _ in run_times(order, start, end)
    ]
    assert sorted(read) == sorted(made)


def test_policies_were_found() -> None:
    assert len(POLICIES) > 8
    assert any(policy.time_zone != "UTC" for policy in POLICIES.values())
