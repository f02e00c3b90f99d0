"""Looks and decisions on a store: crashes, races, long histories, and what is refused."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pyarrow as pa
import pytest

from evidence.assess.exceptions.states import Act, Closure, Standing, State
from evidence.assess.exceptions.telling import read_standing, told_standing
from evidence.assess.findings import Class, Finding
from evidence.errors import ConfigurationError, IntegrityError, RefusedError
from evidence.ledger.decisions import batches, decisions, event_batch
from evidence.ledger.entries import Draft, EntryKind
from evidence.ledger.ledger import Ledger
from evidence.runs.exceptions import Recorded
from evidence.runs.exceptions_state import lives
from evidence.stores.interface import StoredObject
from evidence.tables import EXCEPTION_EVENTS, EXCEPTIONS, read_parquet, to_parquet
from tests.assess.exceptions.making import ITEM, KEY, TENANT, VAULT, at, bad_job, day, end, finding, job, point, proofs
from tests.fakes.bench import NIGHT, Bench, backup
from tests.fakes.memory_store import MemoryStore, Stopped
from tests.runs.exceptions_desk import BY, Desk

PROVEN = proofs([bad_job(0), job("good", at(1))], [point("p", at(1, 22.2))])


def rows(desk: Desk, recorded: Recorded, table: Any = EXCEPTIONS) -> list[dict[str, Any]]:
    path = next(one.path for one in recorded.objects if f"/{table.name}/" in one.path)
    found: list[dict[str, Any]] = read_parquet(table, desk.bench.store.read(path)).to_pylist()
    return found


def test_a_look_is_one_entry_that_names_its_events_and_all_exceptions() -> None:
    desk = Desk()
    recorded = desk.record(0, [finding(0), finding(0, Class.SILENT, item_key="other")])
    assert recorded.entry is not None
    batch = event_batch(recorded.entry)
    assert (batch.number, batch.events, batch.exceptions, batch.night) == (1, {"opened": 2}, {"open": 2}, day(0))
    assert set(recorded.objects) == set(recorded.entry.objects)
    assert recorded.tables == {"exceptions": 2, "exception_events": 2}
    assert [row["event"] for row in rows(desk, recorded, EXCEPTION_EVENTS)] == ["opened", "opened"]
    assert desk.fast == desk.whole


def test_rows_tell_age_owner_proof_and_who_decided() -> None:
    desk = Desk()
    desk.record(0, [finding(0)])
    desk.decide(KEY, Act.ACCEPT, approver="Bo", reason="moves soon", until=day(3))
    seen: list[Standing] = []

    def owner(one: Standing) -> tuple[str, str] | None:
        seen.append(one)
        return ("dba-eu", "pay-db")

    (row,) = rows(desk, desk.record(2, [finding(2)], owner=owner))
    assert (row["state"], row["age_days"], row["bucket"], row["nights"]) == ("accepted", 2, "2-3", 2)
    assert (row["owner"], row["owner_rule"], row["decided_by"], row["approver"]) == ("dba-eu", "pay-db", "Ada", "Bo")
    assert (row["accepted_until"], row["past_due"], row["closed_at"]) == (day(3), False, None)
    assert [one.key for one in seen] == [KEY]
    (row,) = rows(desk, desk.record(5, [finding(5)]))
    assert (row["state"], row["past_due"], row["owner"]) == ("open", True, None)
    proven = proofs([job("good", at(6))], [point("p", at(6, 22.2))])
    (row,) = rows(desk, desk.record(6, proofs=proven))
    assert (row["state"], row["closed_by_job_id"], row["closed_by_recovery_point_id"]) == ("closed", "good", "p")
    assert "Job good completed" in row["closed_because"]
    assert row["closed_at"] == at(6, 22.5)
    assert read_standing(row["told"]) == desk.only()


def test_a_look_recorded_again_adds_nothing() -> None:
    desk = Desk()
    first = desk.record(0, [finding(0)], PROVEN)
    before = desk.entries()
    again = desk.record(0, [finding(0)], PROVEN)
    assert (again.entry, again.counts, desk.entries()) == (None, {}, before)
    assert again.standing == first.standing
    assert again.tables == {"exceptions": 1, "exception_events": 0}


def life(desk: Desk, step: int) -> object:
    """One step of a life of nights and decisions; a step that was done before is done again after a crash."""
    steps: list[Callable[[], object]] = [
        lambda: desk.record(0, [finding(0)]),
        lambda: desk.decide(KEY, Act.ACKNOWLEDGE),
        lambda: desk.record(1, [finding(1)]),
        lambda: desk.decide(KEY, Act.COMMENT, reason="on it"),
        lambda: desk.decide(KEY, Act.ACCEPT, approver="Bo", reason="soon", until=day(9)),
        lambda: desk.record(2, proofs=proofs([job("good", at(2))], [point("p", at(2, 22.2))])),
        lambda: desk.decide(KEY, Act.REOPEN, reason="the restore failed"),
    ]
    return steps[step]() if step < len(steps) else None


STEPS = 7


@functools.cache
def lived_to(step: int) -> Desk:
    """A desk at which so many steps of the life were done; copied, never worked at."""
    desk = Desk() if step == 0 else copy.deepcopy(lived_to(step - 1))
    if step:
        life(desk, step - 1)
    return desk


@pytest.mark.parametrize("when", ["stop_before", "stop_after"])
@pytest.mark.parametrize("step", range(STEPS))
def test_after_a_crash_between_any_two_writes_nothing_is_lost_and_nothing_doubled(step: int, when: str) -> None:
    calm = lived_to(step + 1)
    for write in range(3):
        desk = copy.deepcopy(lived_to(step))
        memory = desk.bench.memory
        memory.run_on()
        setattr(memory, when, write)
        try:
            life(desk, step)
        except Stopped:
            memory.run_on()
            life(desk, step)
        memory.run_on()
        assert desk.fast == desk.whole
        assert told(desk) == told(calm)
        assert len(decisions(Ledger(memory).entries())) == len(decisions(Ledger(calm.bench.store).entries()))
        assert desk.entries() == calm.entries()


def told(desk: Desk) -> Mapping[str, Standing]:
    """The state without the moments at which persons decided, which a crash moves."""
    return {key: replace(one, reopened_at=None) for key, one in desk.fast.by_key.items()}


class Between(MemoryStore):
    """Another process writes first, once, just before this one's entry."""

    def __init__(self) -> None:
        super().__init__()
        self.first: Callable[[], object] | None = None

    def create(self, path: str, data: bytes) -> StoredObject:
        if path.startswith("ledger/") and self.first is not None:
            other, self.first = self.first, None
            other()
        return super().create(path, data)


def raced() -> tuple[Desk, Between]:
    store = Between()
    desk = Desk(Bench(store=store))
    desk.record(0, [finding(0)])
    return desk, store


def test_of_an_acceptance_and_a_closure_at_once_the_later_is_refused() -> None:
    desk, store = raced()
    store.first = lambda: desk.record(1, proofs=PROVEN)
    with pytest.raises(RefusedError) as refused:
        desk.decide(KEY, Act.ACCEPT, approver="Bo", reason="soon", until=day(9))
    assert "nothing is left of it" in refused.value.cause
    assert refused.value.exit_code == 8
    assert desk.only().state is State.CLOSED
    assert decisions(Ledger(store).entries()) == ()


def test_the_same_decision_by_two_processes_at_once_is_one() -> None:
    desk, store = raced()
    store.first = lambda: desk.decide(KEY, Act.ACKNOWLEDGE)
    assert desk.decide(KEY, Act.ACKNOWLEDGE).before
    assert len(decisions(Ledger(store).entries())) == 1


def test_decisions_of_two_persons_at_once_are_both_recorded() -> None:
    desk, store = raced()
    store.first = lambda: desk.decide(KEY, Act.ACKNOWLEDGE, by="Bo")
    assert not desk.decide(KEY, Act.ACKNOWLEDGE).before
    assert [one.decision.by for one in decisions(Ledger(store).entries())] == ["Bo", "Ada"]
    assert desk.only().decided_by == "Ada"
    assert desk.fast == desk.whole


def test_a_decision_made_while_a_look_is_recorded_is_not_lost() -> None:
    desk, store = raced()
    store.first = lambda: desk.decide(KEY, Act.ACCEPT, approver="Bo", reason="soon", until=day(9))
    recorded = desk.record(1, [finding(1)])
    assert desk.only().state is State.ACCEPTED
    assert rows(desk, recorded)[0]["state"] == "accepted"
    assert recorded.objects[0].path.endswith("-1.parquet")
    assert desk.fast == desk.whole


def test_two_looks_at_once_open_a_problem_once() -> None:
    desk, store = raced()
    store.first = lambda: desk.record(1, [finding(1)], name="watch")
    recorded = desk.record(1, [finding(1)], name="night")
    assert (recorded.entry, recorded.counts) == (None, {})
    assert [str(one.kind) for one in desk.events()] == ["opened", "seen"]


def test_a_long_history_is_read_from_a_few_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evidence.runs.exceptions_state.BATCHES_KEPT", 3)
    desk = Desk()
    for night in range(12):
        item = f"item-{night % 5}"
        mended = f"item-{(night - 1) % 5}"
        proven = replace(
            proofs(),
            jobs={mended: [job(f"j-{night}", at(night, 22.1))]},
            points={mended: [point("p", at(night, 22.3))]},
        )
        desk.record(night, [finding(night, item_key=item)], proven)
        assert desk.fast == desk.whole
    assert len(desk.fast.by_key) == 5
    desk.bench.memory.reads.clear()
    desk.fast  # noqa: B018 - read for its reads
    read = [path for path in desk.bench.memory.reads if path.startswith("assessments/")]
    assert len(read) == 4
    assert all("/exceptions/" in path for path in read)
    last = rows(desk, desk.record(12, name="last"))
    assert len(last) < 5
    reopened = desk.record(13, [finding(13, item_key="item-0")])
    assert [(one.episode, str(one.kind)) for one in reopened.events] == [(1, "reopened")]


def spoiled(desk: Desk, recorded: Recorded, **changes: str) -> None:
    """Rewrite the events as a newer program would, under an entry that names the new bytes."""
    assert recorded.entry is not None
    table = read_parquet(EXCEPTION_EVENTS, desk.bench.store.read(event_batch(recorded.entry).events_file.path))
    for name, value in changes.items():
        place = table.schema.get_field_index(name)
        table = table.set_column(place, table.schema.field(place), pa.array([value] * table.num_rows, pa.string()))
    data = to_parquet(EXCEPTION_EVENTS, table)
    batch = event_batch(recorded.entry)
    desk.bench.memory.files[batch.events_file.path] = data


@pytest.mark.parametrize(
    ("changes", "why"),
    [({"event": "escalated"}, "escalated"), ({"told": '{"v":2}'}, "version 2"), ({"told": "[]"}, "version None")],
)
def test_events_of_a_newer_program_are_refused(
    changes: dict[str, str], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk()
    spoiled(desk, desk.record(0, [finding(0)]), **changes)
    monkeypatch.setattr("evidence.runs.sealed.SealedRows.content", lambda self, path: self.store.read(path))
    with pytest.raises(IntegrityError) as refused:
        desk.whole  # noqa: B018 - read for its refusal
    assert why in refused.value.cause


def test_a_file_that_was_changed_is_refused() -> None:
    desk = Desk()
    spoiled(desk, desk.record(0, [finding(0)]), told="{}")
    with pytest.raises(IntegrityError, match="SHA-256"):
        desk.whole  # noqa: B018 - read for its refusal


def payload_of(desk: Desk) -> dict[str, Any]:
    recorded = desk.record(0, [finding(0)])
    assert recorded.entry is not None
    return dict(recorded.entry.payload)


BATCHES: list[tuple[dict[str, Any], str]] = [
    ({"v": 2}, "version 2"),
    ({"form": "poll"}, "'poll' is unknown"),
    ({"events": {"escalated": 1}}, "escalated"),
    ({"more": 1}, "more"),
    ({"night": "today"}, "night"),
]


@pytest.mark.parametrize(("changes", "why"), BATCHES, ids=[why for _, why in BATCHES])
def test_a_batch_that_is_not_of_version_1_is_not_written(changes: dict[str, Any], why: str) -> None:
    desk = Desk()
    payload = {**payload_of(desk), "assessment_id": "x", **changes}
    entry = Ledger(desk.bench.store).entries()[-1]
    draft = Draft(EntryKind.EXCEPTION_EVENTS, end(1), "x", f"exceptions/{day(0)}", payload, entry.objects)
    with pytest.raises(ConfigurationError) as refused:
        Ledger(desk.bench.store).append(draft)
    assert why in refused.value.cause


def test_a_batch_that_does_not_follow_the_one_before_is_refused() -> None:
    desk = Desk()
    payload = {**payload_of(desk), "assessment_id": "x", "batch": 3}
    entry = Ledger(desk.bench.store).entries()[-1]
    Ledger(desk.bench.store).append(
        Draft(EntryKind.EXCEPTION_EVENTS, end(1), "x", f"exceptions/{day(0)}", payload, entry.objects)
    )
    for name in ("fast", "whole"):
        with pytest.raises(IntegrityError, match="should be batch 2"):
            getattr(desk, name)


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("accept", {"reason": "soon", "until": day(9)}, "needs a person who approves it"),
    ("accept", {"approver": "Bo", "until": day(9)}, "needs a reason"),
    ("accept", {"approver": " ADA".strip(), "reason": "soon", "until": day(9)}, "somebody else"),
    ("accept", {"approver": "Bo", "reason": "soon"}, "until a day"),
    ("accept", {"approver": "Bo", "reason": "soon", "until": day(0)}, "has passed"),
    ("accept", {"approver": "Bo", "reason": "soon", "until": day(200)}, "at most 90 days"),
    ("close", {"approver": "Bo", "reason": "soon"}, "nothing else"),
    ("close", {"approver": "Bo", "reason": "soon", "closure": Closure.APPROVED}, "ends by a later completed job"),
    ("reopen", {"reason": "why"}, "nothing to reopen"),
    ("comment", {}, "says something"),
]


@pytest.mark.parametrize(("act", "wish", "why"), REFUSED, ids=[f"{act}: {why}" for act, _, why in REFUSED])
def test_what_may_not_be_decided_is_refused_and_leaves_nothing(act: str, wish: dict[str, Any], why: str) -> None:
    desk = Desk()
    desk.record(0, [finding(0)])
    before = desk.entries()
    with pytest.raises(RefusedError) as refused:
        desk.decide(KEY, Act(act), **wish)
    assert why in refused.value.cause
    assert refused.value.exit_code == 8
    assert desk.entries() == before


@pytest.mark.parametrize(
    ("act", "wish", "why"),
    [
        ("acknowledge", {}, "nothing to acknowledge"),
        ("accept", {"approver": "Bo", "reason": "soon", "until": day(9)}, "nothing is left"),
        ("close", {"approver": "Bo", "reason": "gone", "closure": Closure.DECOMMISSIONED}, "closed already"),
    ],
)
def test_what_is_closed_takes_no_decision_but_to_be_reopened(act: str, wish: dict[str, Any], why: str) -> None:
    desk = Desk()
    desk.record(0, [finding(0)])
    desk.record(1, proofs=PROVEN)
    with pytest.raises(RefusedError) as refused:
        desk.decide(KEY, Act(act), **wish)
    assert why in refused.value.cause
    assert not desk.decide(KEY[:8], Act.REOPEN, reason="the restore failed").before
    assert desk.only().state is State.OPEN


def test_an_unknown_or_ambiguous_key_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk()
    desk.record(0, [finding(0, item_key=f"item-{number}") for number in range(40)])
    with pytest.raises(ConfigurationError, match="no exception"):
        desk.decide("zz", Act.ACKNOWLEDGE)
    twice = next(key[0] for key in desk.fast.by_key if sum(one[0] == key[0] for one in desk.fast.by_key) > 1)
    with pytest.raises(ConfigurationError, match="exceptions begin with"):
        desk.decide(twice, Act.ACKNOWLEDGE)


def test_drift_is_closed_as_an_approved_change() -> None:
    desk = Desk()
    drift = finding(0, Class.RETENTION_SHORTENED)
    desk.record(0, [drift])
    made = desk.decide(desk.only().key, Act.CLOSE, approver="Bo", reason="CHG0042", closure=Closure.APPROVED)
    assert made.recorded.decision.removal is None
    assert (desk.only().state, desk.only().closure) == (State.CLOSED, Closure.APPROVED)
    (row,) = rows(desk, desk.record(1, [drift]))
    assert (row["state"], row["closed_because"], row["closed_by_job_id"]) == ("closed", "CHG0042", None)


def sealed_desk(*, protected: bool = True, read: bool = True) -> tuple[Desk, Finding]:
    """A store with a sealed night, and a failure of an item of it."""
    from evidence.records import Kind, Outcome
    from evidence.tables import PROTECTED_ITEMS

    bench = Bench()
    vault = bench.vault()
    backup(vault)
    bench.run()
    item = bench.rows(PROTECTED_ITEMS)[0]
    later = NIGHT + timedelta(days=1)
    if not protected:
        vault.items.clear()
        vault.jobs.clear()
    if not read:
        vault.spoiled[Kind.PROTECTED_ITEMS] = (Outcome.NOT_REACHED, "HTTP 403 AuthorizationFailed")
    bench.run(later)
    found = finding(0, item_key=str(item["item_key"]), vault_id=str(item["vault_id"]))
    desk = Desk.__new__(Desk)
    desk.bench, desk.looks = bench, 0
    bench.clock.reach(bench.calendar.window(later).end)
    return desk, found


def decommission(desk: Desk, found: Finding) -> Any:
    desk.record(0, [found])
    key = next(key for key, one in desk.fast.by_key.items() if one.finding.item_key == found.item_key)
    return desk.decide(key, Act.CLOSE, approver="Bo", reason="CHG0042", closure=Closure.DECOMMISSIONED)


def test_an_item_that_is_gone_is_closed_as_decommissioned_with_what_is_kept_of_it() -> None:
    desk, found = sealed_desk(protected=False)
    made = decommission(desk, found)
    removal = made.recorded.decision.removal
    assert removal is not None
    assert (removal.points, "does not name it" in removal.told) == (1, True)
    assert made.recorded.account == BY
    assert desk.fast == desk.whole
    assert decommission(desk, found).before


def test_an_item_that_is_still_protected_is_not_decommissioned() -> None:
    with pytest.raises(RefusedError, match="was not removed"):
        decommission(*sealed_desk())


def test_whether_an_item_is_gone_is_not_taken_from_a_list_that_was_not_read() -> None:
    with pytest.raises(RefusedError, match="cannot be told"):
        decommission(*sealed_desk(protected=False, read=False))


def test_what_is_about_no_item_is_not_decommissioned() -> None:
    desk = Desk()
    desk.record(0, [finding(0, Class.UNKNOWN, item_key=None)])
    with pytest.raises(RefusedError) as refused:
        desk.decide(desk.only().key, Act.CLOSE, approver="Bo", reason="gone", closure=Closure.DECOMMISSIONED)
    assert "no single item" in refused.value.cause


def test_a_life_is_told_in_the_order_of_the_ledger() -> None:
    desk = Desk()
    for step in range(STEPS):
        life(desk, step)
    entries = Ledger(desk.bench.store).entries()
    happened = list(lives(desk.bench.store, entries, KEY))
    words = [str(one.event.kind) for one in happened if one.event] + [
        one.decision.decision.act for one in happened if one.decision
    ]
    assert words == ["opened", "seen", "closed", "acknowledge", "comment", "accept", "reopen"]
    assert [one.entry.sequence for one in happened] == sorted(one.entry.sequence for one in happened)
    assert list(lives(desk.bench.store, entries, "ff" * 32)) == []
    assert len(batches(entries)) == 3


def test_a_standing_exception_is_told_and_read_back_whole() -> None:
    desk = Desk()
    for step in range(STEPS):
        life(desk, step)
    assert read_standing(told_standing(desk.only())) == desk.only()
    assert TENANT not in told_standing(desk.only())
    assert VAULT in told_standing(desk.only())
    assert ITEM in told_standing(desk.only())
