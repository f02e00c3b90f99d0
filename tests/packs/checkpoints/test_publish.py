"""Checkpoints sent outside: read back, recorded, and held against a ledger that was rewritten since."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.errors import IntegrityError
from evidence.ledger.publications import publications, standing_checkpoint
from evidence.packs.checkpoints.publish import publish
from evidence.packs.checkpoints.store_target import StoreTarget
from evidence.stores.directory import DirectoryStore
from tests.fakes.bench import Bench
from tests.fakes.memory_store import MemoryStore, Stopped
from tests.packs.checkpoints.desk import desk, make, more
from tests.packs.checkpoints.test_make import forgery, rewrite


@pytest.fixture(params=["memory", "folder"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> StoreTarget:
    return StoreTarget("auditor", MemoryStore() if request.param == "memory" else DirectoryStore(tmp_path / "outside"))


def published(bench: Bench, target: StoreTarget) -> bool:
    return publish(bench.parts, make(bench).checkpoint, target).new


def test_it_is_sent_once_read_back_and_recorded(target: StoreTarget) -> None:
    bench = desk()
    made = make(bench).checkpoint
    assert published(bench, target)
    assert not published(bench, target)
    (told,) = publications(bench.parts.ledger.entries())["auditor"]
    assert told.size == made.size
    assert target.store.description in told.place
    assert told.enforcement == "none"
    for named in made.entry.objects:
        assert target.store.read(named.path) == bench.store.read(named.path)
    # A delivery is no reason for another checkpoint.
    assert standing_checkpoint(bench.parts.ledger.entries()) == made
    more(bench)
    assert published(bench, target)
    assert target.check(bench.parts.ledger.entries()) == 2


def test_a_crash_after_sending_is_made_good() -> None:
    bench, target = desk(), StoreTarget("auditor", MemoryStore())
    made = make(bench).checkpoint
    bench.memory.run_on()
    bench.memory.stop_before = 0
    with pytest.raises(Stopped):
        publish(bench.parts, made, target)
    bench.memory.run_on()
    assert publish(bench.parts, made, target).new
    assert len(publications(bench.parts.ledger.entries())["auditor"]) == 1


@pytest.mark.slow
def test_a_rewritten_history_is_caught_by_what_lies_outside(target: StoreTarget) -> None:
    bench = desk()
    published(bench, target)
    rewrite(bench, 4)
    forged = forgery(bench)
    more(forged)
    made = make(forged).checkpoint
    with pytest.raises(IntegrityError, match="contradicts") as error:
        publish(forged.parts, made, target)
    assert "another" in error.value.cause


def test_newest_entries_that_were_dropped_are_missed_outside(target: StoreTarget) -> None:
    """Attack A10 of the threat table: nothing of the ledger itself tells it."""
    bench = desk()
    published(bench, target)
    size = len(bench.parts.ledger.entries())
    for number in range(size - 4, size + 1):
        del bench.memory.files[f"ledger/{number:012d}.json"]
    shorter = Bench(store=bench.store, clock=bench.clock)
    with pytest.raises(IntegrityError, match="contradicts") as error:
        target.check(shorter.parts.ledger.entries())
    assert "fewer entries" in error.value.cause


def test_another_file_in_its_place_is_noticed() -> None:
    bench, outside = desk(), MemoryStore()
    made = make(bench).checkpoint
    outside.create(made.entry.objects[-1].path, b"something else")
    with pytest.raises(IntegrityError, match="is not what the ledger names"):
        publish(bench.parts, made, StoreTarget("auditor", outside))
    assert publications(bench.parts.ledger.entries()) == {}


def test_what_was_changed_outside_after_it_was_sent_is_noticed() -> None:
    bench, outside = desk(), MemoryStore()
    made = make(bench).checkpoint
    target = StoreTarget("auditor", outside)
    publish(bench.parts, made, target)
    path = next(one.path for one in made.entry.objects if one.path.endswith(".p7s"))
    outside.files[path] = b"changed"
    with pytest.raises(IntegrityError):
        publish(bench.parts, made, target)


def test_checkpoints_of_another_tenant_at_the_same_place_are_left_alone() -> None:
    bench, outside = desk(), MemoryStore()
    target = StoreTarget("auditor", outside)
    published(bench, target)
    path = next(one for one in outside.files if one.endswith("/checkpoint.json"))
    tenant = str(bench.parts.ledger.entries()[0].payload["tenant"]).encode()
    outside.files["checkpoints/000000000099-x/checkpoint.json"] = outside.files[path].replace(tenant, b"another-tenant")
    assert target.check(bench.parts.ledger.entries()) == 1
