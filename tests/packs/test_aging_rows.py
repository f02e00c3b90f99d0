"""Which items are looked at one by one: leaving the others aside changes nothing of what is said."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.assess.aging import age_failures
from evidence.ledger.folds import named_paths
from evidence.packs.aging.rows import _doubtful, read_for_aging
from evidence.records import Kind, Outcome
from evidence.runs.sealed import SealedRows
from evidence.tables import COVERAGE, JOBS, PROTECTED_ITEMS, RECOVERY_POINTS, Table, from_rows
from tests.fakes.bench import NIGHT, Bench, at, backup
from tests.fakes.bodies import FakeItem, FakeJob, FakeVault

FIRST = date(2026, 11, 2)
VAULT = "/vaults/v1"
VAULTS = pa.array([VAULT], pa.string())


@dataclass(frozen=True)
class Given:
    """Rows of one file a table."""

    tables: Mapping[str, Sequence[pa.Table]]

    def each(
        self,
        table: Table,
        where: Callable[[pa.Table], pa.Table] | None = None,
        columns: Sequence[str] | None = None,
        dictionaries: Collection[str] = (),
    ) -> Iterator[pa.Table]:
        for rows in self.tables.get(table.name, ()):
            chosen = rows if columns is None else rows.select(list(columns))
            yield where(chosen) if where else chosen


def moment(number: int, hours: float = 22.0) -> datetime:
    return datetime.combine(FIRST, time(), UTC) + timedelta(days=number, hours=hours)


def common(number: int) -> dict[str, Any]:
    return {
        "night": FIRST + timedelta(days=number),
        "event_night": FIRST + timedelta(days=number),
        "vault_id": VAULT,
        "run_id": f"run-{number}",
        "capture_id": "c",
        "call_id": f"call-{number}",
        "observed_at": moment(number, 30.5),
        "evidence_grade": "A",
        "ordinal": 0,
    }


def job(
    number: int, status: str, item: str | None, operation: str | None = "Backup", seen: int | None = None
) -> dict[str, Any]:
    return {
        **common(number),
        **({} if seen is None else {"observed_at": moment(seen, 30.5), "call_id": f"call-{seen}"}),
        "detailed": False,
        "job_id": f"{item}-{operation}-{number}",
        "item_key": item,
        "item_link": "id" if item else "unlinked",
        "operation": operation,
        "operation_kind": "backup",
        "status": status,
        "started_at": moment(number),
        "ended_at": moment(number, 23),
    }


def point(number: int, item: str, hours: float = 22.5) -> dict[str, Any]:
    return {
        **common(number),
        "element": 0,
        "recovery_point_id": f"p-{number}",
        "item_key": item,
        "recovery_point_at": moment(number, hours),
    }


def files(jobs: Sequence[Mapping[str, Any]], points: Sequence[Mapping[str, Any]] = ()) -> Given:
    """Two files of jobs, so that numbers are kept over files."""
    half = len(jobs) // 2
    return Given(
        {
            JOBS.name: [from_rows(JOBS, list(part)) for part in (jobs[:half], jobs[half:])],
            RECOVERY_POINTS.name: [from_rows(RECOVERY_POINTS, list(points))],
        }
    )


words = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from("FCcWR."), st.sampled_from(["Backup", "Log", None])), max_size=30
)
STATUS = {"F": "Failed", "C": "Completed", "c": "Completed", "W": "CompletedWithWarnings", "R": "InProgress"}


@settings(max_examples=40)
@given(words, st.floats(21.8, 23.2))
def test_what_is_left_aside_is_resolved_beyond_doubt(told: list[tuple[str, str, str | None]], hours: float) -> None:
    jobs = [job(n, STATUS[word], item, operation) for n, (item, word, operation) in enumerate(told) if word in STATUS]
    points = [point(n, item, hours) for n, (item, word, _) in enumerate(told) if word == "C"]
    given_files, as_of = files(jobs, points), moment(len(told), 6)
    found = [
        age_failures(judged.runs, judged.points, judged.unread, as_of).unresolved
        for also in ([], ["a", "b", "c"])
        for judged in [read_for_aging(given_files, [VAULT], FIRST, as_of, also)]
    ]
    assert found[0] == found[1]


def test_only_what_may_be_unresolved_is_looked_at() -> None:
    jobs = [job(0, "Failed", "a"), job(1, "Completed", "a"), job(0, "Completed", "b"), job(0, "Failed", "c")]
    given_files = files(jobs, [point(1, "a"), point(0, "b")])
    assert _doubtful(given_files, VAULTS, moment(5)) == {"c"}


def test_the_list_of_items_proves_a_point_too() -> None:
    given_files = files([job(0, "Failed", "a"), job(1, "Completed", "a")])
    item = {**common(1), "item_id": "a", "item_key": "a", "last_recovery_point_at": moment(1, 22.2)}
    listed = Given({**given_files.tables, PROTECTED_ITEMS.name: [from_rows(PROTECTED_ITEMS, [item])]})
    assert _doubtful(given_files, VAULTS, moment(5)) == {"a"}
    assert _doubtful(listed, VAULTS, moment(5)) == set()
    judged = read_for_aging(listed, [VAULT], FIRST, moment(5), ["a"])
    closed = age_failures(judged.runs, judged.points, {}, moment(5)).closed
    assert [one.point.point_id for one in closed.values()] == [None]


def test_the_last_known_state_of_a_job_counts() -> None:
    seen = [job(0, "InProgress", "a"), {**job(0, "Failed", "a", seen=1), "ordinal": 1}]
    judged = read_for_aging(files(seen), [VAULT], FIRST, moment(5))
    assert [run.status for run in judged.runs] == ["Failed"]


NIGHTS: list[tuple[str, list[int]]] = [
    # one letter a night: w whole, p partial, n not read, a dot without any row; nights of which nothing is known
    ("wwww", []),
    ("wnww", []),
    ("wnnw", []),
    ("wnnnw", [1]),
    ("wwn", [2]),
    ("wwnn", [2, 3]),
    ("ww..", [2, 3]),
    ("p", [0]),
    ("..w", []),
    ("n.w", []),
    ("n..w", [0]),
]


@pytest.mark.parametrize(("told", "expected"), NIGHTS)
def test_a_night_is_known_where_its_list_or_one_of_the_next_two_was_read_whole(told: str, expected: list[int]) -> None:
    outcome = {"w": Outcome.COLLECTED, "p": Outcome.PARTIAL, "n": Outcome.NOT_REACHED}
    numbers = {"kind": str(Kind.JOBS), "answered": 1, "collected": 1}
    rows = [{**common(n), **numbers, "outcome": str(outcome[word])} for n, word in enumerate(told) if word != "."]
    for row in rows:
        del row["ordinal"]
    given_files = Given({COVERAGE.name: [from_rows(COVERAGE, rows)]})
    judged = read_for_aging(given_files, [VAULT], FIRST + timedelta(days=len(told) - 1), moment(99))
    assert judged.unread == {VAULT: tuple(FIRST + timedelta(days=n) for n in expected)}


def test_other_vaults_and_other_operations_are_left_aside() -> None:
    jobs = [job(0, "Failed", "a"), {**job(0, "Failed", "b"), "vault_id": "/vaults/v2"}]
    jobs.append({**job(0, "Failed", "c"), "operation_kind": "restore"})
    judged = read_for_aging(files(jobs), [VAULT], FIRST, moment(5))
    assert [run.item_key for run in judged.runs] == ["a"]


def test_sealed_nights_are_judged_as_they_stand(bench: Bench) -> None:
    sealed = SealedRows(bench.store, named_paths(bench.parts.ledger.entries()))
    (vault,) = bench.azure.vaults
    as_of = bench.calendar.window(NIGHT + timedelta(days=3)).end
    judged = read_for_aging(sealed, [vault.arm_id.lower()], NIGHT + timedelta(days=3), as_of)
    found = age_failures(judged.runs, judged.points, judged.unread, as_of)
    told = [(one.key.subject.rpartition(";")[2], str(one.state), one.nights_failing) for one in found.unresolved]
    assert told == [("name: nobody", "unknown", 1), ("vm-bad", "failing", 4)]
    assert list(judged.unread.values()) == [()]


@pytest.fixture(scope="module")
def bench() -> Bench:
    """Four nights: one VM well, one failing on each, one that failed and was backed up, one job of an item that there is not."""
    made = Bench()
    vault: FakeVault = made.vault()
    vault.items.append(FakeItem("vm-bad"))
    for number in range(4):
        day = NIGHT + timedelta(days=number)
        backup(vault, day)
        backup(vault, day, "vm-bad", status="Failed")
        backup(vault, day, "vm-mended", status="Failed" if number == 1 else "Completed")
    vault.jobs.append(FakeJob("stray", "nobody", at(NIGHT, 21), status="Failed"))
    made.nights(4)
    return made
