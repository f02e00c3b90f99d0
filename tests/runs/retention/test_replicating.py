"""A second copy is made of what was sealed and of nothing else, is read back, and is continued after a crash at any write."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from evidence.errors import RefusedError, StoreError
from evidence.ledger.folds import named_paths
from evidence.ledger.ledger import Ledger
from evidence.retention.register import Register
from evidence.runs.retention.register import Keeper, read_register
from evidence.runs.retention.replicating import Copy, Replication, State, replicate
from evidence.runs.retention.wanted import Promises
from evidence.stores.apart import why_together
from evidence.stores.directory import DirectoryStore
from evidence.stores.interface import EvidenceStore, StoredObject
from tests.fakes.bench import Bench
from tests.fakes.memory_store import MemoryStore, Stopped
from tests.runs.retention.kept import Kept, sealed_night


class Second(MemoryStore):
    """The second store."""

    description = "second memory"


@pytest.fixture
def bench() -> Kept:
    return Kept(sealed_night())


def register_of(bench: Bench) -> Register:
    entries = bench.parts.ledger.entries()
    return read_register(Keeper(bench.store, bench.calendar), entries, bench.clock.moment)


def copied(bench: Bench, target: EvidenceStore, *, read_all: bool = True, scope: str | None = None) -> dict[str, Copy]:
    entries = tuple(bench.parts.ledger.entries())
    promises = Promises(register_of(bench), entries, "UTC")
    order = Replication(bench.store, target, promises, entries, scope, read_all, workers=1)
    return {one.path: one for one in replicate(order)}


def states(found: dict[str, Copy]) -> Counter[State]:
    return Counter(one.state for one in found.values())


def test_everything_sealed_is_copied_and_reads_as_a_store_of_its_own(bench: Kept) -> None:
    bench.kept.create("orphan/of-a-run", b"no entry names it")
    target = Second()
    assert states(copied(bench, target)) == {State.COPIED: len(bench.kept.files) - 1}
    assert target.files == {path: data for path, data in bench.kept.files.items() if path != "orphan/of-a-run"}
    assert list(Ledger(target).entries()) == list(bench.parts.ledger.entries())
    assert states(copied(bench, target)) == {State.THERE: len(target.files)}


def test_what_is_not_as_sealed_here_is_not_copied_and_the_others_are(bench: Kept) -> None:
    changed, gone, closed = bench.path("tables/jobs/"), bench.path("tables/vaults/"), bench.path("calls/")
    bench.kept.spoil(changed)
    del bench.kept.files[gone]
    bench.kept.closed[closed] = "permission denied"
    target = Second()
    found = copied(bench, target)
    assert (found[changed].state, found[gone].state) == (State.CHANGED_HERE, State.MISSING_HERE)
    assert found[closed].state is State.NOT_COPIED
    assert "permission denied" in found[closed].why
    assert states(found)[State.COPIED] == len(found) - 3
    assert not {changed, gone, closed} & target.files.keys()


def test_a_copy_that_is_not_the_same_is_told_and_left_as_it_is(bench: Kept) -> None:
    path = bench.path("tables/jobs/")
    target = Second()
    copied(bench, target)
    size = len(target.files[path])
    target.files[path] = b"\0" * size
    assert copied(bench, target)[path].state is State.DIFFERENT_THERE
    assert target.files[path] == b"\0" * size


class Forgetful(Second):
    """Answers success and keeps other bytes."""

    def create(self, path: str, data: bytes) -> StoredObject:
        return super().create(path, data[:-1] + b"?" if path.startswith("calls/") else data)


def test_a_copy_that_the_second_store_spoils_is_found_by_reading_back(bench: Kept) -> None:
    found = copied(bench, Forgetful())
    spoilt = {path for path, one in found.items() if one.state is State.DIFFERENT_THERE}
    assert spoilt == {path for path in found if path.startswith("calls/")}
    assert spoilt


@pytest.mark.parametrize("lost", ["write", "answer"])
def test_a_crash_at_any_write_is_continued(bench: Kept, lost: str) -> None:
    total = len(bench.kept.files)
    for number in range(total):
        target = Second()
        target.stop_before, target.stop_after = (number, None) if lost == "write" else (None, number)
        with pytest.raises(Stopped):
            copied(bench, target)
        left = len(target.files)
        # No entry lies there before all that it names was tried.
        assert left > total - len(bench.parts.ledger.entries()) or not any(
            one.startswith("ledger/") for one in target.files
        )
        target.run_on()
        assert states(copied(bench, target)) == Counter({State.THERE: left, State.COPIED: total - left})
        assert target.files == bench.kept.files


def test_copies_of_earlier_runs_are_read_in_turn_where_asked(bench: Kept) -> None:
    target = Second()
    copied(bench, target)
    target.reads.clear()
    copied(bench, target, read_all=False)
    assert 0 < len(target.reads) < len(target.files) / 2
    other = bench.path("tables/jobs/")
    target.files[other] = b"x"
    assert copied(bench, target, read_all=False)[other].state is State.DIFFERENT_THERE


def test_the_store_itself_or_anothers_ledger_is_refused(bench: Kept) -> None:
    with pytest.raises(RefusedError, match="no second place"):
        copied(bench, bench.store)
    target = Second()
    target.create("ledger/000000000001.json", b"{}")
    with pytest.raises(RefusedError, match="another ledger"):
        copied(bench, target)
    assert len(target.files) == 1


def test_a_first_copy_of_anothers_that_was_cut_short_is_refused(bench: Kept) -> None:
    """It has no ledger yet, which goes last; what lies there tells."""
    target = Second()
    target.stop_before = 2
    with pytest.raises(Stopped):
        copied(bench, target)
    target.run_on()
    target.create("calls/night=2026-11-20/another/run.json", b"{}")
    before = dict(target.files)
    with pytest.raises(RefusedError, match=r"ours does not name, calls/night=2026-11-20/another/run\.json"):
        copied(bench, target)
    assert target.files == before


def test_a_ledger_that_was_cut_here_is_told_by_the_copy(bench: Kept) -> None:
    target = Second()
    copied(bench, target)
    last = max(path for path in bench.kept.files if path.startswith("ledger/"))
    del bench.kept.files[last]
    found = copied(bench, target)[last]
    assert (found.state, found.why) == (State.MISSING_HERE, "the second store's ledger goes on where ours ends")


@pytest.mark.parametrize("where", ["inside", "around", "link", "beside"])
def test_a_folder_in_a_folder_is_no_second_place(where: str, tmp_path: Path) -> None:
    store, link = tmp_path / "outer" / "store", tmp_path / "link"
    store.mkdir(parents=True)
    link.symlink_to(store)
    others = {"inside": store / "copy", "around": tmp_path / "outer", "link": link, "beside": tmp_path / "store"}
    told = why_together(DirectoryStore(store), DirectoryStore(others[where]))
    assert bool(told) is (where != "beside")


def test_a_scope_is_its_packs_and_what_proves_them(bench: Kept) -> None:
    found = copied(bench, Second(), scope="all")
    assert {path.partition("/")[0] for path in found} == {"configuration", "ledger"}  # no pack was sealed yet
    assert not any(path in found for path in named_paths(bench.parts.ledger.entries()) if path.startswith("calls/"))


def test_a_big_object_goes_through_a_file(bench: Kept, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("evidence.runs.retention.replicating.IN_MEMORY", 100)
    path = bench.path("tables/jobs/")
    bench.kept.spoil(path)
    target = Second()
    found = copied(bench, target)
    assert found[path].state is State.CHANGED_HERE
    assert states(found)[State.COPIED] == len(found) - 1
    with pytest.raises(StoreError):
        target.read(path)
    assert list(tmp_path.iterdir()) == []
