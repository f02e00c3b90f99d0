"""The chain: every way of tampering is found, and the number is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from evidence.errors import IntegrityError
from evidence.ledger.chain import Chain, path_of
from evidence.ledger.entries import entry_id, parse
from evidence.ledger.ledger import Ledger
from tests.ledger.drafts import FIRST_NIGHT, night_sealed, opened
from tests.ledger.memory import Memory


@pytest.fixture
def memory() -> Memory:
    """A ledger of six entries."""
    memory = Memory()
    ledger = opened(Ledger(memory))
    for number in range(5):
        ledger.append(night_sealed(FIRST_NIGHT + timedelta(days=number), f"run-{number}"))
    return memory


Tamper = Callable[[dict[str, bytes]], None]


def edited(files: dict[str, bytes], place: int, /, **fields: object) -> None:
    """Change fields of an entry and make its own hashes right again, as a careful forger would."""
    entry = replace(parse(files[path_of(place)], "it"), **fields)  # type: ignore[arg-type]
    entry = replace(entry, entry_id=entry_id(entry.kind, entry.subject, entry.payload))
    files[path_of(place)] = entry.to_bytes()


def edit(files: dict[str, bytes]) -> None:
    payload = json.loads(json.dumps(parse(files[path_of(3)], "it").payload))
    edited(files, 3, payload={**payload, "tables": {"jobs": 0}})


def edit_the_actor(files: dict[str, bytes]) -> None:
    edited(files, 3, actor="nobody")


def flip_a_bit(files: dict[str, bytes]) -> None:
    data = files[path_of(3)]
    files[path_of(3)] = data[:200] + bytes([data[200] ^ 1]) + data[201:]


def drop(files: dict[str, bytes]) -> None:
    del files[path_of(3)]


def drop_and_close_the_gap(files: dict[str, bytes]) -> None:
    for sequence in (3, 4, 5):
        files[path_of(sequence)] = files[path_of(sequence + 1)]
    del files[path_of(6)]


def drop_close_the_gap_and_renumber(files: dict[str, bytes]) -> None:
    drop_and_close_the_gap(files)
    for sequence in (3, 4, 5):
        edited(files, sequence, sequence=sequence)


def drop_the_first(files: dict[str, bytes]) -> None:
    del files[path_of(1)]


def reorder(files: dict[str, bytes]) -> None:
    files[path_of(3)], files[path_of(4)] = files[path_of(4)], files[path_of(3)]


def reorder_and_renumber(files: dict[str, bytes]) -> None:
    reorder(files)
    edited(files, 3, sequence=3)
    edited(files, 4, sequence=4)


def empty(files: dict[str, bytes]) -> None:
    files[path_of(3)] = b""


def double(files: dict[str, bytes]) -> None:
    twin = replace(parse(files[path_of(3)], "it"), sequence=7, previous_sha256=parse(files[path_of(6)], "it").sha256)
    files[path_of(7)] = twin.to_bytes()


def open_again(files: dict[str, bytes]) -> None:
    first = parse(files[path_of(1)], "it")
    payload = {**first.payload, "tenant": "another"}
    edited(files, 6, kind=first.kind, subject=first.subject, payload=payload)


def renumber_the_last(files: dict[str, bytes]) -> None:
    edited(files, 6, sequence=7)


def insert(files: dict[str, bytes]) -> None:
    draft = night_sealed(date(2026, 12, 24), "forged")
    for sequence in (6, 5, 4):
        files[path_of(sequence + 1)] = files[path_of(sequence)]
    files[path_of(4)] = draft.placed(4, parse(files[path_of(3)], "it").sha256).to_bytes()


@pytest.mark.parametrize(
    ("tamper", "number"),
    [
        (edit, 4),
        (edit_the_actor, 4),
        (flip_a_bit, 3),
        (drop, 3),
        (drop_and_close_the_gap, 3),
        (drop_close_the_gap_and_renumber, 3),
        (drop_the_first, 1),
        (reorder, 3),
        (reorder_and_renumber, 3),
        (empty, 3),
        (double, 7),
        (open_again, 6),
        (insert, 5),
        (renumber_the_last, 6),
    ],
)
def test_tampering_is_found_and_the_number_named(memory: Memory, tamper: Tamper, number: int) -> None:
    assert Ledger(memory).head().size == 6
    tamper(memory.files)
    for ask in (Ledger(memory).entries, Ledger(memory).head):
        with pytest.raises(IntegrityError) as told:
            ask()
        assert path_of(number) in "".join(told.value.diagnostics())
        assert len(told.value.diagnostics()) == 3


def test_nothing_is_appended_to_a_ledger_that_does_not_hold(memory: Memory) -> None:
    edit(memory.files)
    before = dict(memory.files)
    with pytest.raises(IntegrityError):
        Ledger(memory).append(night_sealed(date(2026, 12, 24), "run-9"))
    assert memory.files == before


def test_a_ledger_must_begin_by_opening_the_store() -> None:
    memory = Memory()
    memory.create(path_of(1), night_sealed(FIRST_NIGHT, "run-1").placed(1, None).to_bytes())
    with pytest.raises(IntegrityError, match="entry 1"):
        Ledger(memory).entries()


@pytest.mark.parametrize(
    "name",
    ["ledger/7.json", "ledger/0000000000007.json", "ledger/000000000007.txt", "ledger/old/000000000007.json",
     "ledger/000000000000.json", "ledger/٠٠٠٠٠٠٠٠٠٠٠٧.json"],
)  # fmt: skip
def test_what_is_no_entry_has_no_place_in_the_ledger(memory: Memory, name: str) -> None:
    memory.create(name, memory.files[path_of(3)])
    with pytest.raises(IntegrityError) as told:
        Ledger(memory).entries()
    assert name in told.value.message


def test_a_chain_that_grew_equals_one_read_at_once(memory: Memory) -> None:
    files = [memory.files[path] for path in sorted(memory.files)]
    whole = Chain().followed_by(files)
    assert Chain().followed_by(files[:2]).followed_by([]).followed_by(files[2:]) == whole
    assert [entry.sequence for entry in whole.entries] == [1, 2, 3, 4, 5, 6]
    assert whole.head_sha256 == whole.entries[-1].sha256
