"""What Azure really sent, saved as `az` prints it and imported, gives the rows that the API's own answer gives."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from evidence.nights import Calendar
from evidence.normalize import CaptureContext, normalize_capture
from evidence.records import Capture, Kind
from evidence.runs.import_context import FileFindings, ImportContext
from evidence.runs.import_items import KnownItems
from evidence.runs.import_rows import RowMaker
from evidence.runs.sealed import SealedRows
from evidence.sources.saved.kinds import KINDS, SavedKind
from evidence.sources.saved.opening import open_saved
from evidence.sources.saved.reading import Read, Reader
from tests.fakes.memory_store import MemoryStore
from tests.fakes.saved import as_python_prints
from tests.normalize.recorded import CAPTURED_AT, Recorded, recorded
from tests.normalize.shapes import NIGHT
from tests.paths import needs_recordings

pytestmark = needs_recordings

OF_THE_IMPORT = {
    "evidence_grade",
    "run_id",
    "capture_id",
    "call_id",
    "tenant_id",
    "ordinal",
    "element",
    "vault_id",
    "item_link",
    "item_key",
    "item_candidates",
}
"""Columns that say who told, or rest on items known beside the file: compared on their own."""
WRITTEN_OTHERWISE = {"properties", "envelope"}
"""JSON, compared as such: `az` prints it with other spaces, and the resource group beside it."""
CONTEXT = ImportContext("import-1", "az", NIGHT, CAPTURED_AT, CAPTURED_AT, late=False, calendar=Calendar())
NOBODY = KnownItems(SealedRows(MemoryStore(), {}), NIGHT)
PARTS = {
    Kind.JOBS: "jobs",
    Kind.JOB_DETAILS: "jobs",
    Kind.PROTECTED_ITEMS: "protected_items",
    Kind.RECOVERY_POINTS: "recovery_points",
}

Row = Mapping[str, Any]


def saved_kind(one: Recorded, body: Any) -> SavedKind | None:
    """The kind that a recorded answer is a file of."""
    records = body.get("value", [body]) if isinstance(body, dict) else []
    if not records or not all(isinstance(record, dict) for record in records):
        return None
    types = {str(record.get("type", "")).casefold() for record in records}
    listed = isinstance(body.get("value"), list)
    for kind in KINDS.values():
        wanted_list = kind.name not in {"az-job", "az-dp-job"}
        if types == {kind.resource_type.casefold()} and (
            wanted_list is listed or (kind.kind is not Kind.JOBS and kind.kind is not Kind.JOB_DETAILS)
        ):
            return kind
    return None


def as_az_prints(body: Any) -> bytes:
    records = body["value"] if isinstance(body.get("value"), list) else body
    told = (
        [{**one, "resourceGroup": "rg"} for one in records]
        if isinstance(records, list)
        else {**records, "resourceGroup": "rg"}
    )
    return json.dumps(told, indent=2, ensure_ascii=False).encode()


def imported(tmp_path: Path, kind: SavedKind, data: bytes) -> tuple[dict[str, list[Row]], FileFindings]:
    path, folder = tmp_path / "saved", tmp_path / "private"
    path.write_bytes(data)
    folder.mkdir(exist_ok=True)
    findings = FileFindings(CONTEXT, open_saved(path, folder))
    records = list(Reader(findings.file, kind, None).each())
    tables: dict[str, list[Row]] = {}
    for found in RowMaker(kind, findings, 0, NOBODY).rows([one for one in records if isinstance(one, Read)]):
        for table, rows in found.items():
            tables.setdefault(table, []).extend(rows)
    for one in records:
        if not isinstance(one, Read):
            findings.reject(one)
    path.unlink()
    return tables, findings


def plain(row: Row) -> Row:
    kept = {key: value for key, value in row.items() if key not in OF_THE_IMPORT | WRITTEN_OTHERWISE}
    envelope = json.loads(row.get("envelope") or "{}")
    envelope.pop("resourceGroup", None)
    return {**kept, "properties": json.loads(row["properties"]), "envelope": envelope}


def compared(tmp_path: Path, answers: Iterable[Recorded]) -> tuple[Counter[str], Counter[str]]:
    """Compare answers one by one; gives files by kind, and rejected records by reason."""
    seen, rejected = Counter[str](), Counter[str]()
    for one in answers:
        body = json.loads(one.file.read_bytes())
        kind = saved_kind(one, body)
        if kind is None:
            continue
        tables, findings = imported(tmp_path, kind, as_az_prints(body))
        rejected.update(str(row["detail"]).partition(".")[0] for row in findings.rows if row["finding"] == "rejected")
        if findings.rejected:
            continue
        vaults = {str(row["vault_id"]) for row in tables.get(PARTS[kind.kind], [])}
        call = one.call("c1", CAPTURED_AT, kind.kind)
        capture = Capture("capture-1", min(vaults, default=""), None, (call,), ())
        azure = normalize_capture(capture, CaptureContext(NIGHT, "run-1", Calendar()))
        for table, rows in tables.items():
            assert [plain(row) for row in rows] == [plain(row) for row in getattr(azure, table)], one.file
            assert {row["evidence_grade"] for row in rows} <= {"B"}
        seen[kind.name] += 1
    return seen, rejected


def test_a_part_of_the_recorded_answers_gives_the_rows_of_the_api(tmp_path: Path) -> None:
    seen, _ = compared(tmp_path, recorded()[::9])
    assert seen.keys() >= KINDS.keys() - {"az-dp-jobs", "az-dp-recoverypoints"}


@pytest.mark.slow
def test_all_recorded_lists_imported_as_az_prints_them_give_the_rows_of_the_api(tmp_path: Path) -> None:
    seen, rejected = compared(tmp_path, recorded())
    assert seen == {
        "az-jobs": 42,
        "az-job": 631,
        "az-items": 279,
        "az-recoverypoints": 325,
        "az-dp-jobs": 7,
        "az-dp-job": 105,
        "az-dp-items": 30,
        "az-dp-recoverypoints": 11,
    }
    # Six answers name a test service instead of Azure's own, so that no vault can be told from them.
    assert rejected == {"it does not tell its vault": 6}


def test_older_values_and_a_second_vault_change_nothing_of_a_recorded_job(tmp_path: Path) -> None:
    """The same times as Python prints them, digits beyond microseconds cut off as the SDK cuts them."""
    times = 0
    for one in recorded():
        body = json.loads(one.file.read_bytes())
        kind = saved_kind(one, body)
        if kind is None or kind.kind is not Kind.JOBS:
            continue
        older = {"value": [as_python_prints(record) for record in body["value"]]}
        new, _ = imported(tmp_path, kind, as_az_prints(body))
        old, _ = imported(tmp_path, kind, as_az_prints(older))
        for mine, theirs in zip(old.get("jobs", []), new.get("jobs", []), strict=True):
            names = ("job_id", "status", "operation", "started_at", "ended_at", "event_night", "entity_friendly_name")
            assert [mine[name] for name in names] == [theirs[name] for name in names]
            times += 1
    assert times > 200
