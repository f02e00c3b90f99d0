"""Looks and decisions on a store: crashes, races, long histories, and what is refused."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest

from evidence.assess.exceptions.states import Act, Closure, Standing, State
from evidence.assess.exceptions.telling import read_standing, told_standing
from evidence.assess.findings import Class
from evidence.errors import ConfigurationError, IntegrityError, RefusedError
from evidence.ledger.decisions import batches, decisions, event_batch
from evidence.ledger.entries import Draft, EntryKind
from evidence.ledger.ledger import Ledger
from evidence.runs.exceptions.recording import Recorded
from evidence.runs.exceptions.state import lives
from evidence.tables import EXCEPTION_EVENTS, EXCEPTIONS, read_parquet, to_parquet
from tests.assess.exceptions.making import ITEM, KEY, TENANT, VAULT, at, bad_job, day, end, finding, job, point, proofs
from tests.fakes.bench import Bench
from tests.fakes.memory_store import Between, Stopped
from tests.runs.exceptions_desk import Desk

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


def test_what_a_person_closed_between_two_batches_stays_closed_however_many_follow(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("evidence.runs.exceptions.state.BATCHES_KEPT", 3)
    for decided_after in (1, 3):
        desk = Desk()
        desk.record(0, [finding(0, Class.RETENTION_SHORTENED)])
        key = desk.only().key
        for night in range(1, 8):
            if night == decided_after:
                desk.decide(key, Act.CLOSE, approver="Bo", reason="wanted", closure=Closure.APPROVED)
            desk.record(night, [finding(night)])
            assert desk.fast == desk.whole
        assert desk.fast.by_key[key].state is State.CLOSED


def test_a_long_history_is_read_from_a_few_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evidence.runs.exceptions.state.BATCHES_KEPT", 3)
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
