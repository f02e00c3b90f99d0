"""What the ledger names and the store does not hold: a tombstone excuses it, nothing else does."""

from __future__ import annotations

from evidence.ledger.entries import Draft, EntryKind, LedgerObject
from evidence.ledger.folds import SealedPack
from evidence.packs.checkpoints.absent import Fate, missed_objects
from tests.fakes import disposals
from tests.fakes.bench import Bench
from tests.packs.checkpoints.desk import desk, make, night_packs


def bury(bench: Bench, *objects: LedgerObject) -> int:
    return disposals.bury(bench.parts, objects).sequence


def take(bench: Bench, pack: SealedPack) -> None:
    for named in pack.entry.objects:
        del bench.memory.files[named.path]


def fates(bench: Bench) -> dict[str, Fate]:
    return {one.path: one.fate for one in missed_objects(bench.store, bench.parts.ledger.entries())}


def test_a_whole_store_misses_nothing() -> None:
    bench = desk()
    make(bench)
    assert fates(bench) == {}


def test_disposed_of_and_lost_are_told_apart() -> None:
    bench = desk()
    first, second = night_packs(bench)
    take(bench, first)
    take(bench, second)
    stone = bury(bench, *first.entry.objects)
    found = {one.path: one for one in missed_objects(bench.store, bench.parts.ledger.entries())}
    assert {found[one.path].fate for one in first.entry.objects} == {Fate.DISPOSED}
    assert {found[one.path].fate for one in second.entry.objects} == {Fate.LOST}
    told = found[first.entry.objects[0].path]
    assert f"named by entry {first.entry.sequence}: disposed of by entry {stone} on" in told.sentence
    assert not told.fate.alarming
    lost = found[second.entry.objects[0].path]
    assert lost.fate.alarming
    assert lost.sentence.endswith("missing, and not disposed of")


def test_a_tombstone_of_before_excuses_nothing() -> None:
    """Somebody who buries an object before it is named would have a licence to take it later."""
    bench = desk()
    data = b"something"
    named = LedgerObject("configuration/x.yaml", len(data), "0" * 64)
    bury(bench, named)
    payload = {"attempt": "1", "sha256": "0" * 64}
    draft = Draft(
        EntryKind.CONFIGURATION_ADOPTED, bench.clock.now(), "x", f"configuration/{'0' * 64}", payload, (named,)
    )
    bench.parts.ledger.append(draft)
    assert fates(bench) == {named.path: Fate.LOST}


def test_a_tombstone_of_one_object_excuses_no_other() -> None:
    bench = desk()
    pack = night_packs(bench)[0]
    take(bench, pack)
    first, *rest = pack.entry.objects
    bury(bench, first)
    assert fates(bench) == {first.path: Fate.DISPOSED, **{one.path: Fate.LOST for one in rest}}


def test_what_was_disposed_of_and_is_still_there_is_told() -> None:
    bench = desk()
    pack = night_packs(bench)[0]
    bury(bench, *pack.entry.objects)
    assert set(fates(bench).values()) == {Fate.STILL_THERE}


def test_another_length_is_an_alarm() -> None:
    bench = desk()
    path = night_packs(bench)[0].entry.objects[0].path
    bench.memory.files[path] += b"."
    assert fates(bench) == {path: Fate.OTHER_LENGTH}
    assert Fate.OTHER_LENGTH.alarming
