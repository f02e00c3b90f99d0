"""A run that was killed is ended by the next process, vault by vault; what cannot be taken over whole is left, and begun anew."""

from __future__ import annotations

import contextlib
import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

import orjson
import pytest
import rfc8785

from evidence.errors import IntegrityError
from evidence.records import Capture, CaptureRequest, Kind, Vault
from evidence.runs.begun import order_file, parse_order
from evidence.runs.capture import Order
from evidence.runs.manifest import RunManifest, parse_run_manifest
from evidence.runs.night import capture_stage, seal_stage, tables_stage
from evidence.stores.layout import run_file, runs_of
from evidence.tables import OBSERVED
from tests.fakes.bench import NIGHT, Bench, backup, restore
from tests.fakes.memory_store import Stopped

NAMES = ("v1", "v2", "v3", "v4")
BEFORE_THE_VAULTS = 2
"""Writes of a run before its first vault: the subscription's calls, and the order."""


def made() -> Bench:
    bench = Bench()
    for name in NAMES:
        vault = bench.vault(name)
        backup(vault)
        restore(vault, NIGHT, NIGHT)
    return bench


def killed(after: int) -> Bench:
    """A bench whose first process was killed after so many vaults had their file."""
    bench = made()
    bench.memory.stop_before = BEFORE_THE_VAULTS + after
    with pytest.raises(Stopped):
        bench.capture()
    bench.memory.run_on()
    return bench


def run_ids(bench: Bench) -> set[str]:
    return {path.split("/")[2] for path in bench.memory.files if path.startswith(runs_of(NIGHT))}


def asked(bench: Bench) -> Counter[str]:
    """How often each vault was asked for its jobs, and the subscription for its vaults."""
    return Counter(name for name, kind, _ in bench.azure.asked if kind in {Kind.JOBS, Kind.VAULTS})


def facts(bench: Bench) -> Mapping[str, object]:
    """All sealed rows but for ids and times."""
    own = {
        "run_id",
        "capture_id",
        "call_id",
        "first_call_id",
        "last_call_id",
        "observed_at",
        "started_at",
        "finished_at",
    }
    own |= {"request_id", "captured_at"}
    jobs = {"started_at"}
    return {
        table.name: sorted(
            repr(
                {name: told for name, told in row.items() if name not in own or (table.name == "jobs" and name in jobs)}
            )
            for row in bench.rows(table)
        )
        for table in OBSERVED
    }


UNDISTURBED = made()
UNDISTURBED.run()


@pytest.mark.parametrize("after", range(len(NAMES) + 1))
def test_only_what_is_missing_is_asked_and_the_tables_are_those_of_an_undisturbed_run(after: int) -> None:
    bench = killed(after)
    there = [name for name in NAMES if any(f"/{name}-" in path for path in bench.memory.files)]
    assert len(there) == after
    bench.azure.asked.clear()
    found = capture_stage(bench.parts, bench.azure, Order(NIGHT), workers=1)
    assert found.state == "continued"
    assert run_ids(bench) == {found.manifest.run_id}
    assert asked(bench) == Counter(name for name in NAMES if name not in there)
    bench.run()
    assert facts(bench) == facts(UNDISTURBED)


def test_a_run_killed_again_and_again_ends_at_last() -> None:
    bench = made()
    for writes in (0, 1, 2, 3, 1, 2, 1, 1):
        bench.memory.run_on()
        bench.memory.stop_before = writes
        with contextlib.suppress(Stopped):
            bench.run()
    bench.memory.run_on()
    bench.run()
    assert facts(bench) == facts(UNDISTURBED)


def test_the_manifest_says_what_the_order_said() -> None:
    bench = killed(1)
    bench.clock.reach(bench.clock.moment + timedelta(hours=5))
    manifest = bench.capture()
    order = parse_order(bench.memory.files[order_file(NIGHT, manifest.run_id)])
    assert (manifest.started_at, manifest.late, manifest.again) == (order.started_at, False, False)
    assert manifest.captured_at - manifest.started_at > timedelta(hours=5)
    assert {file.path for file in manifest.files} | {run_file(NIGHT, manifest.run_id)} == set(bench.memory.files)


# --- what is not taken over


def paths(bench: Bench) -> list[str]:
    return sorted(path for path in bench.memory.files if path.endswith(".parquet") and "_subscription" not in path)


def torn(bench: Bench) -> None:
    path = paths(bench)[0]
    bench.memory.files[path] = bench.memory.files[path][:-100]


def swapped(bench: Bench) -> None:
    first, second = paths(bench)[:2]
    files = bench.memory.files
    files[first], files[second] = files[second], files[first]


def foreign(bench: Bench) -> None:
    path = paths(bench)[0]
    bench.memory.files[f"{path.rpartition('/')[0]}/v9-0000000000.parquet"] = bench.memory.files[path]


def subscription_lost(bench: Bench) -> None:
    del bench.memory.files[next(path for path in bench.memory.files if "_subscription" in path)]


def subscription_changed(bench: Bench) -> None:
    path = next(path for path in bench.memory.files if "_subscription" in path)
    other = made()
    other.azure.vaults[0].region = "elsewhere"
    other.capture()
    bench.memory.files[path] = next(data for name, data in other.memory.files.items() if "_subscription" in name)


def order_spoilt(bench: Bench) -> None:
    bench.memory.files[next(path for path in bench.memory.files if path.endswith("order.json"))] = b"{}"


def order_moved(bench: Bench) -> None:
    path = next(path for path in bench.memory.files if path.endswith("order.json"))
    order = orjson.loads(bench.memory.files[path])
    bench.memory.files[path] = rfc8785.dumps({**order, "run_id": "20261121T060000Z-ffffffff"})


def reconfigured(bench: Bench) -> None:
    bench.raw += b"automation: on\n"


def become_late(bench: Bench) -> None:
    bench.clock.reach(bench.calendar.window(NIGHT + timedelta(days=1)).end)


def asked_elsewhere(bench: Bench) -> None:
    bench.azure.description = "another Azure"


@pytest.mark.parametrize(
    "spoil",
    [
        torn,
        swapped,
        foreign,
        subscription_lost,
        subscription_changed,
        order_spoilt,
        order_moved,
        reconfigured,
        become_late,
        asked_elsewhere,
    ],
)
def test_what_cannot_be_taken_over_whole_is_left_and_the_night_begun_anew(spoil: Callable[[Bench], None]) -> None:
    bench = killed(2)
    (left,) = run_ids(bench)
    spoil(bench)
    before = dict(bench.memory.files)
    found = capture_stage(bench.parts, bench.azure, Order(NIGHT), workers=1)
    assert found.state == "captured"
    assert found.manifest.run_id != left
    assert {path: bench.memory.files[path] for path in before} == before, "what was there is never changed"
    assert not any(left in file.path for file in found.manifest.files)


def test_another_version_of_the_program_begins_anew() -> None:
    bench = killed(2)
    parts = replace(bench.parts, code_version="0.2.0")
    assert capture_stage(parts, bench.azure, Order(NIGHT), workers=1).state == "captured"


def test_another_order_begins_anew_and_the_same_one_continues() -> None:
    bench = made()
    bench.run()
    bench.memory.run_on()
    bench.memory.stop_before = BEFORE_THE_VAULTS + 1
    with pytest.raises(Stopped):
        bench.capture(again=True, reason="rights were granted")
    bench.memory.run_on()
    other = capture_stage(bench.parts, bench.azure, Order(NIGHT, again=True, reason="another reason"), workers=1)
    assert other.state == "captured"
    same = capture_stage(bench.parts, bench.azure, Order(NIGHT, again=True, reason="rights were granted"), workers=1)
    assert same.state == "continued"


def test_what_was_begun_before_the_run_that_stands_is_never_ended() -> None:
    bench = made()
    bench.run()
    bench.memory.run_on()
    bench.memory.stop_before = BEFORE_THE_VAULTS + 1
    with pytest.raises(Stopped):
        bench.capture(again=True, reason="rights were granted")
    bench.memory.run_on()
    left = max(run_ids(bench))
    bench.clock.reach(bench.clock.moment + timedelta(minutes=1))
    hidden = {path: bench.memory.files.pop(path) for path in list(bench.memory.files) if left in path}
    bench.run(again=True, reason="rights were granted")
    bench.memory.files |= hidden
    again = capture_stage(bench.parts, bench.azure, Order(NIGHT, again=True, reason="rights were granted"), workers=1)
    assert again.state == "captured"
    assert again.manifest.run_id != left


# --- two processes at once (trap 38)


class Interrupted:
    """A source in whose middle another process does something."""

    def __init__(self, bench: Bench, meanwhile: Callable[[], object], at: int) -> None:
        self.description = bench.azure.description
        self.discover = bench.azure.discover
        self._azure, self._meanwhile, self._left = bench.azure, meanwhile, at

    def capture(self, vault: Vault, request: CaptureRequest) -> Capture:
        found = self._azure.capture(vault, request)
        self._left -= 1
        if self._left == 0:
            self._meanwhile()
        return found


@pytest.mark.parametrize("at", range(1, len(NAMES) + 1))
def test_a_process_that_finds_a_run_at_work_ends_it_and_both_name_what_the_store_holds(at: int) -> None:
    bench = made()
    ends: list[RunManifest] = []
    slow = Interrupted(bench, lambda: ends.append(bench.capture()), at)
    mine = capture_stage(bench.parts, slow, Order(NIGHT), workers=1).manifest
    assert mine == ends[0] == parse_run_manifest(bench.memory.files[run_file(NIGHT, mine.run_id)])
    assert {file.path: file.sha256 for file in mine.files} == {
        path: hashlib.sha256(data).hexdigest()
        for path, data in bench.memory.files.items()
        if not path.endswith("run.json")
    }
    both = (
        seal_stage(bench.parts, one, tables_stage(bench.parts, one), bench.configuration) for one in (mine, ends[0])
    )
    assert len({entry.sequence for entry in both}) == 1
    bench.run()
    assert facts(bench) == facts(UNDISTURBED)


def test_a_manifest_that_names_other_files_is_an_error() -> None:
    bench = made()
    names: list[str] = []

    def meanwhile() -> None:
        other = bench.capture()
        path = run_file(NIGHT, other.run_id)
        bench.memory.files[path] = replace(other, files=other.files[1:]).to_bytes()
        names.append(path)

    with pytest.raises(IntegrityError, match="other files"):
        capture_stage(bench.parts, Interrupted(bench, meanwhile, 1), Order(NIGHT), workers=1)
    assert names


def test_a_file_that_appears_torn_while_a_run_is_at_work_stops_it() -> None:
    bench = made()

    def meanwhile() -> None:
        (run_id,) = run_ids(bench)
        order = parse_order(bench.memory.files[order_file(NIGHT, run_id)])
        for vault in order.vaults:
            path = next((one for one in bench.memory.files if f"/{vault.name}-" in one), None)
            if path is None:
                other = made()
                other.capture()
                found = next(one for one in other.memory.files if f"/{vault.name}-" in one)
                bench.memory.files[found.replace(found.split("/")[2], run_id)] = b"torn"

    with pytest.raises(IntegrityError):
        capture_stage(bench.parts, Interrupted(bench, meanwhile, 1), Order(NIGHT), workers=1)
    assert not any(path.endswith("run.json") for path in bench.memory.files)
    assert capture_stage(bench.parts, bench.azure, Order(NIGHT), workers=1).state == "captured"


# --- the order file


GOOD = killed(1)
ORDER = next(data for path, data in GOOD.memory.files.items() if path.endswith("order.json"))


def test_an_order_reads_as_it_was_written() -> None:
    order = parse_order(ORDER)
    assert order.to_bytes() == ORDER
    assert [vault.name for vault in order.vaults] == list(NAMES)


@pytest.mark.parametrize("key", orjson.loads(ORDER))
def test_every_key_of_an_order_must_be_there_and_be_what_it_is(key: str) -> None:
    told = orjson.loads(ORDER)
    with pytest.raises(IntegrityError):
        parse_order(rfc8785.dumps({name: value for name, value in told.items() if name != key}))
    with pytest.raises(IntegrityError):
        parse_order(rfc8785.dumps(told | {key: 5}))


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"5", b"\xff", ORDER + b" ", rfc8785.dumps(orjson.loads(ORDER) | {"x": 1})]
)
def test_anything_else_is_no_order(data: bytes) -> None:
    with pytest.raises(IntegrityError):
        parse_order(data)
