"""Whose points are read: what nothing else proves, what was restored, and everything twice within the life of its points."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.nights import Calendar
from evidence.records import CaptureRequest, ItemMemory, MissedNight, PointsMemory
from evidence.sources.azure.items import Item, item_of
from evidence.sources.azure.named_items import named_by
from evidence.sources.azure.points_plan import Due, Need, Planner, PointsPlan, is_turn, resting
from evidence.sources.azure.policy_terms import PolicyTerms
from evidence.tiers import TierRule
from tests.sources.world import NIGHT, VAULT, item, job, request

DAILY, WEEKLY, HOURLY, LOGS = "/policies/daily", "/policies/weekly", "/policies/hourly", "/policies/logs"
POLICIES = {
    DAILY: PolicyTerms(180, runs_once=True),
    WEEKLY: PolicyTerms(180, runs_once=True, weekdays=frozenset({(NIGHT.weekday() + 4) % 7})),
    HOURLY: PolicyTerms(180),
    LOGS: PolicyTerms(15),
}
IN_THE_NIGHT = "2026-11-14T22:00:05.1234567Z"
THE_NIGHT_BEFORE = "2026-11-13T22:00:05.1234567Z"
CAPTURED = datetime(2026, 11, 15, 6, 30, tzinfo=UTC)
"""When the night is captured; the night before was a day before."""


def machine(number: int = 1, policy: str | None = DAILY, last: str | None = IN_THE_NIGHT, **more: object) -> Item:
    row = item(f"IaasVMContainer;iaasvmcontainerv2;rg;vm-{number}", f"VM;iaasvmcontainerv2;rg;vm-{number}")
    properties = {"policyId": policy, "lastRecoveryPoint": last, "protectionState": "Protected", **more}
    found = item_of(row | {"properties": {**row["properties"], **properties}})  # type: ignore[dict-item]  # as `item` makes it
    assert found is not None
    return found


def database(name: str = "orders", policy: str = LOGS) -> Item:
    row = item("VMAppContainer;compute;rg;sql-1", f"SQLDataBase;mssqlserver;{name}", "AzureWorkload")
    found = item_of(row | {"properties": {**row["properties"], "policyId": policy}})  # type: ignore[dict-item]  # as above
    assert found is not None
    return found


def remembered(items: Mapping[Item, ItemMemory], nights: int = 300) -> PointsMemory:
    return PointsMemory(
        NIGHT - timedelta(days=nights), {VAULT.vault_id: {one.key: memory for one, memory in items.items()}}
    )


def read(nights_ago: int) -> ItemMemory:
    return ItemMemory(CAPTURED - timedelta(days=nights_ago))


def plan(
    items: Sequence[Item],
    jobs: Iterable[Mapping[str, object]] = (),
    memory: PointsMemory | None = None,
    asked: CaptureRequest | None = None,
    tiers: Sequence[TierRule] = (),
) -> PointsPlan:
    told = replace(asked or request(), points=memory or PointsMemory())
    return Planner(VAULT, told, POLICIES, tiers).plan(items, list(jobs))


def needs(found: PointsPlan) -> dict[str, Need]:
    return {due.item.name: due.need for due in found.due}


def quiet(number: int = 1, **more: object) -> tuple[Item, PointsMemory]:
    """A machine that is proven and was read lately, and whose turn it is not."""
    for at in range(number, number + 1000):
        found = machine(at, **more)  # type: ignore[arg-type]  # passed on as they are
        if not is_turn(found.key, NIGHT, 89) and not is_turn(found.key, NIGHT - timedelta(days=1), 89):
            return found, remembered({found: read(10)})
    raise AssertionError


# --- what proves a backup


def test_a_last_point_inside_the_night_proves_the_one_backup_of_a_machine() -> None:
    found, memory = quiet()
    told = plan([found], memory=memory)
    assert (told.due, told.proven, told.idle) == ((), 1, 0)
    assert list(resting(told)) == ["1 item is not due tonight: the item list tells the last recovery point of 1"]


@pytest.mark.parametrize(
    ("last", "policy"),
    [
        (THE_NIGHT_BEFORE, DAILY),
        ("2026-11-15T06:00:00Z", DAILY),
        ("2001-01-01T00:00:00Z", DAILY),
        ("yesterday", DAILY),
        (None, DAILY),
        (IN_THE_NIGHT, HOURLY),
        (IN_THE_NIGHT, "/policies/nobody-listed-it"),
        (IN_THE_NIGHT, None),
    ],
)
def test_nothing_else_does(last: str | None, policy: str | None) -> None:
    found, _ = quiet(last=last, policy=policy)
    assert needs(plan([found], memory=remembered({found: read(1)}))) == {found.name: Need.UNPROVEN}


def test_in_a_night_of_25_hours_one_point_may_not_be_all() -> None:
    found, memory = quiet(last="2026-10-24T22:00:00Z")
    window = Calendar("Europe/Berlin").window(date(2026, 10, 24))
    assert window.end - window.start == timedelta(hours=25)
    long = replace(request(), night=date(2026, 10, 24), window=window)
    memory = remembered({found: ItemMemory(window.start)})
    assert needs(plan([found], memory=memory, asked=long)) == {found.name: Need.UNPROVEN}


def test_databases_and_shares_are_read_every_night() -> None:
    share = item_of(item("StorageContainer;storage;rg;st", "AzureFileShare;abc", "AzureStorage"))
    assert share is not None
    items = [database(), share]
    assert needs(plan(items, memory=remembered(dict.fromkeys(items, read(1))))) == {
        "orders": Need.UNPROVEN,
        "abc": Need.UNPROVEN,
    }


def test_where_no_backup_is_expected_none_has_to_be_proven() -> None:
    weekly, memory = quiet(policy=WEEKLY, last=THE_NIGHT_BEFORE)
    told = plan([weekly], memory=memory)
    assert (told.due, told.idle) == ((), 1)
    assert list(resting(told)) == ["1 item is not due tonight: no backup was expected of 1"]


@pytest.mark.parametrize(
    "state",
    [
        {"protectionState": "ProtectionStopped"},
        {"protectionState": "BackupsSuspended"},
        {"isScheduledForDeferredDelete": True},
    ],
)
def test_what_is_stopped_or_deleted_expects_no_backup_but_is_read_often(state: dict[str, object]) -> None:
    stopped = machine(last=THE_NIGHT_BEFORE, **state)  # type: ignore[arg-type]  # properties, passed on as they are
    nights = [
        number
        for number in range(12)
        if plan(
            [stopped],
            memory=remembered({stopped: replace(read(1), read_at=CAPTURED + timedelta(days=number - 1))}),
            asked=later(number),
        ).due
    ]
    assert nights == [nights[0] + 3 * step for step in range(4)], "every third night: as if its points lived a week"


def later(nights: int) -> CaptureRequest:
    night, calendar = NIGHT + timedelta(days=nights), Calendar()
    return replace(request(), night=night, window=calendar.window(night))


def test_a_backup_that_ended_after_the_last_capture_makes_its_item_due() -> None:
    found, memory = quiet()
    began = {"startTime": "2026-11-13T23:00:00Z", "containerName": f"iaasvmcontainerv2;rg;{found.name}"}
    late = changed(job("a"), **began, endTime="2026-11-14T09:00:00Z")
    running = changed(job("b"), **began)
    in_time = changed(job("c"), **began, endTime="2026-11-14T01:00:00Z")
    assert needs(plan([found], [late], memory)) == {found.name: Need.UNPROVEN}
    assert needs(plan([found], [running], memory)) == {found.name: Need.UNPROVEN}
    assert needs(plan([found], [in_time], memory)) == {}


def changed(row: Mapping[str, object], **properties: object) -> dict[str, object]:
    told = row["properties"]
    assert isinstance(told, dict)
    return {**row, "properties": {**told, **properties}}


def test_a_late_capture_reads_everything() -> None:
    found, memory = quiet()
    stopped = machine(999, protectionState="ProtectionStopped")
    told = plan([found, stopped], memory=memory, asked=request(late=True))
    assert len(told.due) == 2
    assert list(resting(told)) == []


# --- restores


def restored(found: Item, began: str = "2026-11-14T23:00:00Z", **more: object) -> dict[str, object]:
    return changed(
        job("r", operation="Restore (Full)"),
        startTime=began,
        containerName=f"iaasvmcontainerv2;rg;{found.name}",
        **more,
    )


def test_an_item_restored_tonight_is_read_first_whatever_else_is_true() -> None:
    found, _ = quiet()
    told = plan([database(), found], [restored(found)], remembered({found: read(10), database(): read(1)}))
    assert [(due.item.name, due.need) for due in told.due] == [(found.name, Need.RESTORED), ("orders", Need.UNPROVEN)]


@pytest.mark.parametrize(
    ("began", "read_at", "due"),
    [
        ("2026-11-12T10:00:00Z", datetime(2026, 11, 13, 6, 30, tzinfo=UTC), False),
        ("2026-11-12T10:00:00Z", datetime(2026, 11, 12, 6, 30, tzinfo=UTC), True),
        ("2026-11-12T10:00:00Z", None, True),
        ("2026-11-14T06:10:00Z", datetime(2026, 11, 14, 6, 30, tzinfo=UTC), True),
        ("whenever", datetime(2026, 11, 14, 6, 30, tzinfo=UTC), True),
    ],
)
def test_a_restore_of_an_earlier_night_needs_one_reading_after_it_began(
    began: str, read_at: datetime | None, due: bool
) -> None:
    found, _ = quiet()
    told = plan([found], [restored(found, began)], remembered({found: ItemMemory(read_at)}))
    assert (needs(told).get(found.name) is Need.RESTORED) is due


@pytest.mark.parametrize(
    ("entity", "found"),
    [
        ("orders [sql-1]", ["a", "b"]),
        ("ORDERS [sql-1]", ["a", "b"]),
        ("orders", ["a", "b"]),
        ("orders [2024] [sql-1]", ["c"]),
        ("nobody [sql-1]", []),
        (None, []),
    ],
)
def test_a_job_without_a_container_names_every_item_of_its_name(entity: str | None, found: list[str]) -> None:
    items = [
        replace(database(), item_id="/x/a", names=frozenset({"orders"})),
        replace(database(), item_id="/x/b", names=frozenset({"orders"})),
        replace(database(), item_id="/x/c", names=frozenset({"orders [2024]"})),
    ]
    told = named_by(changed(job("r", operation="Restore"), entityFriendlyName=entity, containerName=None), items)
    assert [one.item_id[-1] for one in told] == found


def test_a_restore_that_names_no_item_is_said() -> None:
    found, memory = quiet()
    gone = changed(job("r", operation="Restore"), entityFriendlyName="gone")
    assert (
        list(resting(plan([found], [gone], memory)))[-1]
        == "1 restore job names no item listed, so no points were read for it"
    )


# --- what was missed


@pytest.mark.parametrize(
    ("missed", "due"),
    [
        ([MissedNight(NIGHT - timedelta(days=1), proven=False)], True),
        ([MissedNight(NIGHT - timedelta(days=1), proven=True)], False),
        (
            [MissedNight(NIGHT - timedelta(days=3), proven=True), MissedNight(NIGHT - timedelta(days=2), proven=False)],
            True,
        ),
    ],
)
def test_what_could_not_be_read_last_night_is_due_tonight_where_nothing_proved_it(
    missed: list[MissedNight], due: bool
) -> None:
    found, _ = quiet()
    while any(is_turn(found.key, NIGHT - timedelta(days=number), 89) for number in range(4)):
        found, _ = quiet(int(found.name[3:]) + 1)
    told = plan([found], memory=remembered({found: ItemMemory(read(10).read_at, tuple(missed))}))
    assert needs(told) == ({found.name: Need.UNPROVEN} if due else {})


def test_a_turn_that_was_missed_is_made_up_for() -> None:
    found = next(one for one in map(machine, range(1, 2000)) if is_turn(one.key, NIGHT - timedelta(days=2), 89))
    missed = (MissedNight(NIGHT - timedelta(days=2), proven=True),)
    assert needs(plan([found], memory=remembered({found: ItemMemory(read(50).read_at, missed)}))) == {
        found.name: Need.TURN
    }


# --- the order


def test_restored_then_expiring_then_unproven_by_tier_then_the_longest_unread() -> None:
    rules = [
        TierRule.model_validate({"match": {"name": "vm-2"}, "tier": 0}),
        TierRule.model_validate({"match": {"name": "vm-3", "workload": "VM*"}, "tier": 1}),
        TierRule.model_validate({"match": {"vault": "rsv-*"}, "tier": 2}),
    ]
    items = [machine(number, last=None, workloadType="VM") for number in range(1, 8)]
    memory = remembered(
        dict(zip(items, [read(nights) for nights in (4, 2, 3, 5, 185, 180, 6)], strict=True)),
    )
    told = plan(items, [restored(items[6])], memory, tiers=rules)
    assert [due.item.name for due in told.due] == ["vm-7", "vm-5", "vm-6", "vm-2", "vm-3", "vm-4", "vm-1"]
    assert [due.tier for due in told.due] == [2, 2, 2, 0, 1, 2, 2]
    assert plan(items[::-1], [restored(items[6])], memory, tiers=rules).due == told.due


def test_what_was_never_read_comes_before_what_was_read_on_the_first_night_remembered() -> None:
    items = [machine(number, last=None) for number in range(1, 9)]
    memory = PointsMemory(NIGHT - timedelta(days=1), {VAULT.vault_id: {one.key: read(1) for one in items[::2]}})
    told = plan(items, memory=memory)
    assert {due.item.name for due in told.due[:4]} == {one.name for one in items[1::2]}


# --- over a year


NIGHTS = 365


def lived(retention: int, count: int, budget: int, nights: int = NIGHTS, databases: int = 0) -> Mapping[str, list[int]]:
    """On which nights each item is read, where each night's budget allows so many lists."""
    policies = {DAILY: PolicyTerms(retention, runs_once=True), LOGS: PolicyTerms(retention)}
    machines = [machine(number) for number in range(count)]
    others = [database(f"db-{number}") for number in range(databases)]
    memory: dict[str, ItemMemory] = {}
    found: dict[str, list[int]] = defaultdict(list)
    calendar = Calendar()
    for number in range(nights):
        night = NIGHT + timedelta(days=number)
        window = calendar.window(night)
        points = PointsMemory(NIGHT if number else None, {VAULT.vault_id: dict(memory)})
        asked = replace(request(), night=night, window=window, points=points)
        proven = [replace(one, last_point_at=window.start + timedelta(hours=16)) for one in machines]
        due = Planner(VAULT, asked, policies).plan([*proven, *others], []).due
        at = window.end + timedelta(minutes=30)
        for one in due[:budget]:
            memory[one.item.key] = ItemMemory(at)
            found[one.item.key].append(number)
        for one in due[budget:]:
            old = memory.get(one.item.key, ItemMemory())
            missed = (*old.missed, MissedNight(night, proven=not one.item.is_database))[-3:]
            memory[one.item.key] = ItemMemory(old.read_at, missed)
    return {one.key: found[one.key] for one in (*machines, *others)}


@settings(max_examples=12, deadline=None)
@given(st.integers(1, 200), st.integers(1, 12))
def test_every_item_is_read_twice_within_its_shortest_retention(retention: int, count: int) -> None:
    for nights in lived(retention, count, budget=10_000).values():
        life = max(retention, 2)
        for begin in range(NIGHTS - life):
            assert sum(begin <= night < begin + life for night in nights) >= 2


def test_a_vault_of_200_machines_is_read_a_few_lists_a_night() -> None:
    by_night = [0] * 120
    for nights in lived(180, 200, budget=10_000, nights=120).values():
        for night in nights:
            by_night[night] += 1
    assert sum(by_night) / len(by_night) < 200 / 85
    assert max(by_night) < 12, "they are spread, the first night too"


@settings(max_examples=8, deadline=None)
@given(st.integers(2, 30), st.integers(1, 3), st.integers(3, 10), st.integers(0, 4))
def test_nothing_starves_where_the_budget_does_not_suffice(
    retention: int, budget: int, machines: int, databases: int
) -> None:
    """However short: between two readings of an item lie no more nights than all items take in turn, beyond its own interval."""
    longest = (machines + databases) // budget + 2 * retention + 2
    for nights in lived(retention, machines, budget, nights=200, databases=databases).values():
        gaps = [after - before for before, after in zip([-1, *nights], [*nights, 200], strict=True)]
        assert max(gaps) <= longest, nights


@given(
    st.lists(
        st.builds(
            Due,
            st.integers(1, 50).map(machine),
            st.sampled_from(list(Need)),
            st.none() | st.integers(0, 4),
            st.integers(0, 400),
            st.integers(1, 400),
        )
    )
)
def test_the_order_is_the_one_that_was_promised(due: list[Due]) -> None:
    ordered = sorted(due, key=lambda one: one.order)
    for before, after in pairwise(ordered):
        assert before.need <= after.need
        if before.need is not after.need or before.need is Need.EXPIRING:
            continue
        ranks = [one.tier if one.tier in (0, 1) else 2 for one in (before, after)]
        assert ranks[0] <= ranks[1]
        if ranks[0] == ranks[1]:
            assert before.unread >= after.unread
