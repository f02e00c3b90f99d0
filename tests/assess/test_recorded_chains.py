from __future__ import annotations

import json
from collections import Counter
from functools import lru_cache
from urllib.parse import unquote

from evidence.assess import link_restores
from evidence.nights import Calendar
from evidence.normalize import CaptureContext, normalize_capture
from evidence.normalize.results import Row
from evidence.records import Kind
from evidence.tables import CALLS, RECOVERY_POINTS, RESTORE_JOBS, from_rows
from tests.assess.tables import CONTEXT, FIRST_NIGHT
from tests.normalize.recorded import Recorded, capture_of, groups
from tests.paths import RECORDINGS, needs_recordings

pytestmark = needs_recordings

RUN = CaptureContext(FIRST_NIGHT, "run-0", Calendar())


def linked(vault_id: str, *captures: list[Recorded]) -> list[Row]:
    """Links from captures of one vault, one after the other, each knowing the items of those before."""
    known: list[Row] = []
    jobs, points, calls = [], [], []
    for number, answers in enumerate(captures):
        rows = normalize_capture(capture_of(vault_id, answers, f"capture-{number}"), RUN, known)
        known += rows.protected_items
        jobs.append(from_rows(RESTORE_JOBS, rows.restore_jobs))
        points.append(from_rows(RECOVERY_POINTS, rows.recovery_points))
        calls.append(from_rows(CALLS, rows.calls))
    return link_restores(jobs, points, CONTEXT, calls)


@lru_cache(maxsize=1)
def truth() -> dict[str, dict[str, str]]:
    """What each chain's restore request asked for, by the folder of the chain; for assertions alone."""
    return {chain["chain"]: chain for chain in json.loads((RECORDINGS / "chains" / "ground_truth.json").read_text())}


def judged(rows: list[Row], answers: list[Recorded]) -> Counter[tuple[str, bool, object]]:
    """Links of a group's chains: workload, whether a job body tells a time, and the link or `WRONG`."""
    by_job = {row["job_id"]: row for row in rows}
    found = Counter[tuple[str, bool, object]]()
    for name in sorted({one.file.parent.name for one in answers if one.category == "chains"}):
        chain = truth()[name]
        row = by_job[chain["job_id"]]
        found[chain["workload"], chain["bag_recovery_point_time_raw"] is not None, _verdict(row, chain)] += 1
    return found


def _verdict(row: Row, chain: dict[str, str]) -> object:
    if row["link"] in {"ambiguous", "unlinked"}:
        assert row["recovery_point_id"] is None
        assert row["reason"]
        return row["link"]
    item = str(row["item_key"]).rpartition("/")[2]
    right = (unquote(chain["protected_item"]).lower(), chain["recovery_point_id"])
    return row["link"] if (item, row["recovery_point_id"]) == right else "WRONG"


EXPECTED = {
    ("AzureIaasVM", True, "exact"): 25,
    ("SQLDataBase", True, "exact"): 14,
    ("SAPHanaDatabase", True, "exact"): 5,
    ("AzureIaasVM", False, "unlinked"): 3,
    ("SQLDataBase", False, "unlinked"): 4,
    ("SAPHanaDatabase", False, "unlinked"): 11,
    ("AzureStorage", True, "inferred"): 16,
}
"""44 of the 62 VM, SQL and HANA chains tell a time, 18 do not (azure-backup.md section 14)."""


def test_every_chain_links_to_its_true_point_or_to_none() -> None:
    found = Counter[tuple[str, bool, object]]()
    for key, answers in groups():
        if any(one.category == "chains" for one in answers):
            found += judged(linked(key[-1], answers), answers)
    assert found == EXPECTED


def test_chains_link_alike_when_jobs_are_read_after_points_and_items_are_gone() -> None:
    """One capture tells items and points, a later one nothing but the jobs."""
    found = Counter[tuple[str, bool, object]]()
    for key, answers in groups():
        if any(one.category == "chains" for one in answers):
            of_jobs = [one for one in answers if one.kind in {Kind.JOBS, Kind.JOB_DETAILS}]
            before = [one for one in answers if one not in of_jobs]
            found += judged(linked(key[-1], before, of_jobs), answers)
    assert found == EXPECTED


def test_the_chains_own_answers_are_enough() -> None:
    found = Counter[tuple[str, bool, object]]()
    for key, answers in groups():
        of_chains = [one for one in answers if one.category == "chains"]
        if of_chains:
            found += judged(linked(key[-1], of_chains), answers)
    assert found == EXPECTED


def test_a_wrong_link_would_be_seen() -> None:
    chain = {"protected_item": "vm%3Ba", "recovery_point_id": "1"}
    right: Row = {"link": "exact", "item_key": "/x/vm;a", "recovery_point_id": "1"}
    assert _verdict(right, chain) == "exact"
    assert _verdict(right | {"recovery_point_id": "2"}, chain) == "WRONG"
    assert _verdict(right | {"item_key": "/x/vm;b"}, chain) == "WRONG"
