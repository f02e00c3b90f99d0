"""The descriptor before the real Frictionless validator, over packs as they are built and as nobody should leave them."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from frictionless import Package, system

from evidence.packs.machine.descriptor import DESCRIPTOR
from tests.fakes.machine_packs import HOSTILE, PACKS, hostile, nothing, ordinary, unpacked

JOBS = "data/jobs.csv"


def judged(files: Mapping[str, bytes], folder: Path) -> list[list[str]]:
    """What the validator finds: the kinds of errors with their notes."""
    with system.use_context(trusted=True):
        report = Package(os.fspath(unpacked(files, folder) / DESCRIPTOR)).validate()
    found: list[list[str]] = report.flatten(["type", "note"])
    assert report.valid == (not found)
    return found


def described(files: Mapping[str, bytes]) -> dict[str, dict[str, Any]]:
    return {f"data/{one['path']}": one for one in json.loads(files[DESCRIPTOR])["resources"]}


@pytest.mark.parametrize("name", PACKS)
def test_the_validator_accepts_packs(name: str, tmp_path: Path) -> None:
    assert judged(PACKS[name](), tmp_path) == []


@pytest.mark.parametrize("name", PACKS)
def test_every_data_file_is_described_with_its_bytes_and_hash(name: str) -> None:
    files = PACKS[name]()
    found = described(files)
    assert set(found) == {path for path in files if path.startswith("data/")} - {DESCRIPTOR, "data/report.pdf"}
    for path, one in found.items():
        data = files[path]
        assert (one["bytes"], one["hash"]) == (len(data), f"sha256:{hashlib.sha256(data).hexdigest()}")
        assert one["type"] == ("table" if path.endswith(".csv") else "file")
        assert one["mediatype"] != "application/octet-stream"
    names = [one["name"] for one in found.values()]
    assert len(set(names)) == len(names)


def test_every_column_is_explained_and_typed() -> None:
    for one in described(ordinary()).values():
        if one["type"] != "table":
            continue
        fields = one["schema"]["fields"]
        assert all(len(field["description"]) > 20 and field["type"] for field in fields)
        assert one["schema"]["missingValues"] == [""]
        names = {field["name"] for field in fields}
        assert set(one["schema"]["primaryKey"]) <= names
    jobs = {field["name"]: field for field in described(ordinary())[JOBS]["schema"]["fields"]}
    assert jobs["started_at"]["format"] == "%Y-%m-%dT%H:%M:%S.%fZ"
    assert (jobs["night"]["type"], jobs["detailed"]["type"], jobs["duration_s"]["type"]) == (
        "date",
        "boolean",
        "number",
    )
    assert (jobs["error_codes"]["type"], jobs["error_codes"]["arrayItem"]) == ("array", {"type": "string"})
    assert jobs["job_id"]["constraints"] == {"required": True}


def test_the_hostile_names_are_all_there() -> None:
    rows = list(csv.DictReader(io.StringIO(hostile()[JOBS].decode(), newline="")))
    found = {row["entity_friendly_name"] for row in rows}
    assert {"'=cmd|' /C calc'!A0", 'Größe, "データ"\n第二行', "nul\x00inside", "-1.5"} <= found
    assert len(found) == len(HOSTILE) + 1


def test_tables_without_a_row_keep_their_columns() -> None:
    assert nothing()[JOBS].count(b"\r\n") == 1
    assert described(nothing())[JOBS]["description"].endswith(" 0 rows.")


def test_keys_between_tables_are_declared_where_they_hold() -> None:
    keys = {
        (path, tuple(key["fields"]), key["reference"]["resource"])
        for path, one in described(ordinary()).items()
        for key in one.get("schema", {}).get("foreignKeys", ())
    }
    assert (JOBS, ("call_id",), "calls") in keys
    assert ("data/restore_links.csv", ("vault_id", "job_id"), "restore-jobs") in keys
    assert ("data/coverage.csv", ("last_call_id",), "calls") in keys


FEW = {"jobs", "calls", "completeness.json"}


def few(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files with a descriptor of jobs, of the calls that they name and of one that is no table, which is soon read."""
    told = json.loads(files[DESCRIPTOR])
    told["resources"] = [one for one in told["resources"] if one["name"] in FEW]
    assert len(told["resources"]) == len(FEW)
    return {**files, DESCRIPTOR: json.dumps(told).encode()}


def edited(old: bytes, new: bytes, path: str = JOBS) -> dict[str, bytes]:
    files = few(ordinary())
    assert old in files[path]
    return files | {path: files[path].replace(old, new, 1)}


def kinds(found: list[list[str]]) -> set[str]:
    return {one[0] for one in found}


def test_an_edited_cell_is_found(tmp_path: Path) -> None:
    assert kinds(judged(edited(b"Failed", b"Passed"), tmp_path)) == {"hash-count"}


def test_a_row_less_is_found(tmp_path: Path) -> None:
    files = few(ordinary())
    files[JOBS] = files[JOBS].rpartition(b"\r\n")[0].rpartition(b"\r\n")[0] + b"\r\n"
    assert "hash-count" in kinds(judged(files, tmp_path))


def test_an_edited_file_that_is_no_table_is_found(tmp_path: Path) -> None:
    files = edited(b"COMPLETE", b"INCOMPLETE"[:8], "data/completeness.json")
    assert kinds(judged(files, tmp_path)) == {"hash-count"}


def rehashed(files: Mapping[str, bytes], path: str) -> dict[str, bytes]:
    """The files with the descriptor made to agree with an edited one, as a careful forger would."""
    told = json.loads(files[DESCRIPTOR])
    for one in told["resources"]:
        if f"data/{one['path']}" == path:
            one |= {"bytes": len(files[path]), "hash": f"sha256:{hashlib.sha256(files[path]).hexdigest()}"}
    return {**files, DESCRIPTOR: json.dumps(told).encode()}


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        (b"2026-11-20T22:00:00.000000Z", b"yesterday", "type-error"),
        (b"2026-11-20T22:00:00.000000Z", b"2026-11-20T22:00:00+01:00", "type-error"),
        (b"backup-v1-vm1-2026-11-20", b"backup-v1-vm2-2026-11-20", "primary-key"),
        (b"backup-v1-vm1-2026-11-20", b"", "constraint-error"),
    ],
)
def test_types_keys_and_constraints_are_held_even_where_the_hash_was_made_to_fit(
    old: bytes, new: bytes, kind: str, tmp_path: Path
) -> None:
    assert kind in kinds(judged(rehashed(edited(old, new), JOBS), tmp_path))


def test_a_call_that_is_not_listed_breaks_a_declared_reference(tmp_path: Path) -> None:
    path = "data/calls.csv"
    files = few(ordinary())
    files[path] = files[path].split(b"\r\n")[0] + b"\r\n"
    assert "foreign-key" in kinds(judged(rehashed(files, path), tmp_path))
