"""The ledger on real stores: processes at once, crashes at every point, lost answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from evidence.errors import RefusedError
from evidence.ledger import Ledger, LedgerEntry, LedgerObject
from evidence.ledger.chain import path_of
from evidence.ledger.folds import named_paths, orphans, sealed_nights
from evidence.ledger.ledger import Objects
from evidence.stores.interface import EvidenceStore, StoredObject
from tests.ledger.drafts import assessment_sealed, night_sealed, opened
from tests.ledger.memory import Fault, Faulty
from tests.stores.places import Place, new_place, start, together
from tests.stores.proxy import Proxy, Treatment

NIGHT = date(2026, 11, 21)


def not_sealed(entries: Sequence[LedgerEntry]) -> None:
    if NIGHT in sealed_nights(entries):
        raise RefusedError("the night is sealed")


def run_of_a_night(objects: Objects, run_id: str) -> None:
    """What a run does to a store: files, then the entry that names them, then an assessment."""
    ledger = opened(Ledger(objects))
    if NIGHT not in sealed_nights(ledger.entries()):
        made = [objects.create(f"calls/night={NIGHT}/{run_id}/{name}", b"%d" % len(name)) for name in ("a", "b", "run")]
        named = [LedgerObject(one.path, one.bytes, one.sha256 or "") for one in made if isinstance(one, StoredObject)]
        assert len(named) == 3
        ledger.append(night_sealed(NIGHT, run_id, tuple(named)), [not_sealed])
    ledger.append(assessment_sealed(NIGHT, "assessment-1", 2))


def points_of_a_run(folder: Path, *, writes_only: bool) -> list[int]:
    """Numbers of the operations that a run does, counting from 1."""
    counting = Faulty(new_place("directory", folder / "counting").open(), 0, after=False)
    run_of_a_night(counting, "run-0")
    names = enumerate(counting.operations, start=1)
    return [number for number, name in names if name == "create" or not writes_only]


def assert_whole(store: EvidenceStore) -> None:
    entries = Ledger(store).entries()
    assert [entry.kind.value for entry in entries] == ["store-opened", "night-sealed", "assessment-sealed"]
    named = named_paths(entries)
    assert len(named) == 3
    for path, (size, sha256) in named.items():
        assert len(store.read(path)) == size
        assert store.stat(path) in (StoredObject(path, size, sha256), StoredObject(path, size, None))


def test_a_crash_before_or_after_any_write_loses_and_doubles_nothing(place: Place, tmp_path: Path) -> None:
    points = points_of_a_run(tmp_path, writes_only=True)
    assert len(points) == 6
    crash_at(points, place.kind, tmp_path)


@pytest.mark.slow
def test_a_crash_at_every_point_loses_and_doubles_nothing(place: Place, tmp_path: Path) -> None:
    crash_at(points_of_a_run(tmp_path, writes_only=False), place.kind, tmp_path)


def crash_at(points: list[int], kind: str, folder: Path) -> None:
    """Trap 37, on one store for each point: run until the crash, then run again under a new id."""
    for at in points:
        for after in (False, True):
            store = new_place(kind, folder / f"{at}-{after}").open()
            with pytest.raises(Fault):
                run_of_a_night(Faulty(store, at, after=after), "run-1")
            run_of_a_night(store, "run-2")
            assert_whole(store)
            standing = sealed_nights(Ledger(store).entries())[NIGHT][-1].run_id
            left = orphans(store.list(""), named_paths(Ledger(store).entries()))
            assert all("/run-1/" in one.path for one in left)
            assert not left or standing == "run-2"


def test_two_processes_append_at_once_and_the_ledger_stays_whole(place: Place) -> None:
    race(place, 10)


@pytest.mark.slow
def test_two_processes_append_two_hundred_entries_at_once(place: Place) -> None:
    race(place, 100)


def race(place: Place, count: int) -> None:
    store = place.open()
    opened(Ledger(store))
    together([start("tests.stores.appender", place, name, str(count)) for name in ("one", "two")])
    entries = Ledger(store).entries()
    assert Counter(entry.actor for entry in entries[1:]) == {"one": count, "two": count}
    for name in ("one", "two"):
        events = [entry.payload["event"] for entry in entries if entry.actor == name]
        assert events == list(range(count))
    assert [found.path for found in store.list("ledger/")] == [path_of(n + 1) for n in range(2 * count + 1)]


@pytest.fixture
def lossy(container: Place, proxy: Proxy) -> Place:
    """A container reached through a proxy that loses the first answer to every write."""

    def rule(method: str, path: str) -> Treatment:
        return Treatment(lose_answer=method == "PUT" and f"{method} {path}" not in proxy.lost)

    proxy.rule = rule
    return container.behind(proxy.port)


def test_a_run_is_whole_where_the_first_answer_to_every_write_is_lost(
    lossy: Place, direct: EvidenceStore, proxy: Proxy
) -> None:
    run_of_a_night(lossy.open(), "run-1")
    assert len(proxy.lost) == 6
    assert_whole(direct)


def test_two_processes_stay_whole_where_answers_are_lost(lossy: Place, proxy: Proxy) -> None:
    race(lossy, 5)
    assert len(proxy.lost) >= 11
