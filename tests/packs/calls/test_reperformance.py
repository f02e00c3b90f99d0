"""Trap: an insider with the real key seals rows that Azure never told. Every hash and signature holds; only making the rows again tells."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from evidence.packs.verification import Finding
from evidence.packs.verification.reperformance_facts import NAME
from evidence.records import Capture
from evidence.tables import AGING, ATTAINMENT, CANARIES, EXCEPTIONS, NOT_COMPARED, OVERSIGHT, SLOTS
from evidence.tables.captures import capture_from_parquet, capture_to_parquet
from tests.packs.calls.forging import Rows, forged_calls, json_bytes, members_of, signed_for, with_rows
from tests.packs.calls.tampering import body_replaced, calls_file_with, failed_words
from tests.packs.calls.world import SECRET, Packed, failures, lines, made_again, packed, verified, world

COMPLETENESS = "data/completeness.json"
COMPLETED, FAILED = b'"status":"Completed"', b'"status":"Failed"'


pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def audit(tmp_path_factory: pytest.TempPathFactory) -> Packed:
    return packed(world(), tmp_path_factory.mktemp("audit"))


def test_every_table_of_a_pack_is_made_again_from_its_calls(audit: Packed) -> None:
    found = verified(audit)
    assert failures(found) == []
    counts = orjson.loads(members_of(audit.file)["statement.json"])["counts"]
    told = lines(found, "made again")
    skipped = {file: why for file, why in lines(found, "made again", Finding.NOT_CHECKED).items() if file}
    assert {f"data/parquet/{name}.parquet" for name in counts} == (told.keys() | skipped.keys()) - {None, COMPLETENESS}
    judged = (SLOTS, EXCEPTIONS, CANARIES, NOT_COMPARED, ATTAINMENT)
    assert {Path(str(file)).stem for file in skipped} == {table.name for table in (AGING, *OVERSIGHT, *judged)}
    assert all("rows were not made again: they " in why for why in skipped.values())
    assert {told[f"data/parquet/{name}.parquet"].partition(" ")[0] for name in ("jobs", "restore_links")} == {
        str(counts["jobs"]),
        "1",
    }
    assert told[COMPLETENESS].startswith("COMPLETE WITH GAPS")
    assert counts["restore_links"] == 1
    assert counts["reconciliation"] > 0


def test_no_secret_leaves_with_the_calls_and_what_was_redacted_is_said(audit: Packed) -> None:
    assert any(SECRET.encode() in body for body in _bodies(world().memory.files))
    members = members_of(audit.calls)
    assert not any(b"sig=c2VjcmV0" in body for body in [*_bodies(members), *members.values()])
    (said,) = lines(verified(audit), "redaction", Finding.NOT_CHECKED).values()
    redactions = orjson.loads(members[NAME])["redactions"]
    assert said.startswith(f"{len(redactions)} answers in ")
    assert redactions[0]["call_id"] in said


def _bodies(files: dict[str, bytes]) -> list[bytes]:
    captures = [capture_from_parquet(data) for path, data in files.items() if path.startswith("calls/") and _is(path)]
    return [one.body for capture in captures for call in capture.calls for one in call.attempts]


def _is(path: str) -> bool:
    return path.endswith(".parquet")


def _set(column: str, value: object, before: object = None) -> Rows:
    """Another value in the first row that has not got it, or has the one before."""

    def change(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        next(row for row in rows if row[column] != value and before in {None, row[column]})[column] = value
        return rows

    return change


def _twice(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [*rows, {**rows[0], "job_id": "backup-that-never-was"}]


ALTERED: dict[str, tuple[str, Rows, str]] = {
    "a failure that is called a success": ("jobs", _set("status", "Completed"), "status is 'Completed', made again"),
    "a job left out": ("jobs", lambda rows: rows[1:], "the calls give it, and the pack lacks it"),
    "a job that never was": ("jobs", _twice, "in the pack, and the calls do not give it"),
    "an item left out": ("protected_items", lambda rows: rows[:-1], "the pack lacks it"),
    "a better link": ("restore_links", _set("link", "id"), "link is 'id', made again 'exact'"),
    "another point": ("recovery_points", _set("recovery_point_id", "other"), "2 rows differ"),
    "a gap that is closed": (
        "coverage",
        _set("outcome", "collected", "not_reached"),
        "outcome is 'collected', made again 'not_reached'",
    ),
    "another hash of an answer": ("calls", _set("sha256", "0" * 64), "sha256 is"),
    "another length of an answer": ("calls", _set("bytes", 7), "bytes is '7'"),
    "a difference left out": ("reconciliation", lambda rows: rows[1:], "the pack lacks it"),
    "another figure": ("figures", _set("value", "100 %"), "value is '100 %'"),
    "another presence": ("presence", _set("nights", 9), "nights is '9'"),
    "a tag that nobody set": ("vaults", _set("redundancy", "GeoRedundant"), "redundancy is 'GeoRedundant'"),
    "what Azure never sent": ("jobs", _set("properties", "{}"), "properties is '{}'"),
}


@pytest.mark.parametrize("what", ALTERED)
def test_whatever_an_insider_alters_is_told_with_its_table(audit: Packed, tmp_path: Path, what: str) -> None:
    table, change, told = ALTERED[what]
    found = made_again(with_rows(audit, table, change, tmp_path))
    wrong = [(file, detail) for _, file, detail in failures(found)]
    assert [detail for file, detail in wrong if file == f"data/parquet/{table}.parquet" and told in detail], wrong


def test_a_body_changed_by_one_byte_makes_it_another_file(audit: Packed, tmp_path: Path) -> None:
    def flip(members: dict[str, bytes]) -> None:
        path = next(path for path in members if path.startswith("calls/") and _is(path))
        members[path] = members[path][:200] + bytes([members[path][200] ^ 1]) + members[path][201:]

    found = verified(audit, forged_calls(audit, tmp_path, flip))
    assert failed_words(found) == ["calls: It is not the calls.zip that this pack was sealed with."]
    assert lines(found, "made again", Finding.NOT_CHECKED) == {
        None: "Nothing was made again: these are not the calls of this pack."
    }
    assert found.exit_code == 7


def _completed(capture: Capture) -> Capture:
    return body_replaced(capture, FAILED, COMPLETED)


def test_a_changed_answer_with_its_hash_made_anew_is_not_what_the_run_wrote(audit: Packed, tmp_path: Path) -> None:
    def change(members: dict[str, bytes]) -> None:
        path = calls_file_with(members, FAILED)
        members[path] = capture_to_parquet(_completed(capture_from_parquet(members[path])))

    calls = forged_calls(audit, tmp_path / "calls", change)
    found = made_again(signed_for(audit, calls, tmp_path))
    assert any("does not have the SHA-256 that run" in words for words in failed_words(found))


def test_a_changed_answer_that_is_said_to_be_redacted_gives_other_rows(audit: Packed, tmp_path: Path) -> None:
    """The insider lists the changed answer as redacted, under the hash that the table of calls tells."""

    def change(members: dict[str, bytes]) -> None:
        path = calls_file_with(members, FAILED)
        before = capture_from_parquet(members[path])
        after = _completed(before)
        members[path] = capture_to_parquet(after)
        said = orjson.loads(members[NAME])
        said["redacted_files"] = sorted({*said["redacted_files"], path})
        pairs = zip(before.calls, after.calls, strict=True)
        changed = [(one.call_id, one.last) for one, other in pairs if one.last.body != other.last.body]
        said["redactions"] = [one for one in said["redactions"] if one["call_id"] not in dict(changed)] + [
            {"path": path, "call_id": call, "attempt": 1, "bytes": len(last.body), "sha256": last.sha256, "values": 1}
            for call, last in changed
        ]
        members[NAME] = json_bytes(said)

    calls = forged_calls(audit, tmp_path / "calls", change)
    words = failed_words(made_again(signed_for(audit, calls, tmp_path)))
    assert any("status is 'Failed', made again 'Completed'" in one for one in words), words


def _left_out(members: dict[str, bytes]) -> None:
    del members[calls_file_with(members, FAILED)]


def _added(members: dict[str, bytes]) -> None:
    members["calls/night=2026-11-20/other/v1.parquet"] = io.BytesIO(b"PAR1").read()


def _swapped(members: dict[str, bytes]) -> None:
    one, other = [path for path in sorted(members) if path.startswith("calls/") and "/v" in path][:2]
    members[one], members[other] = members[other], members[one]


def _shorter_ledger(members: dict[str, bytes]) -> None:
    del members[max(path for path in members if path.startswith("ledger/"))]


def _other_entry(members: dict[str, bytes]) -> None:
    path = min(path for path in members if path.startswith("ledger/"))
    members[path] = members[path].replace(b'"actor":"tester"', b'"actor":"nobody"')


def _other_scope(members: dict[str, bytes]) -> None:
    members[NAME] = members[NAME].replace(b'"regions": []', b'"regions": [\n      "westeurope"\n    ]')


def _other_zone(members: dict[str, bytes]) -> None:
    members[NAME] = members[NAME].replace(b'"time_zone": "UTC"', b'"time_zone": "Asia/Tokyo"')


def _no_manifest(members: dict[str, bytes]) -> None:
    del members[next(path for path in members if path.endswith("/run.json"))]


FORGED: dict[str, tuple[Callable[[dict[str, bytes]], None], str]] = {
    "a call left out": (_left_out, "It is missing: the pack's rows rest on it."),
    "a file added": (_added, "Nothing in the pack rests on it: somebody added it."),
    "two files swapped": (_swapped, "does not have the SHA-256 that run"),
    "the ledger cut short": (_shorter_ledger, "is missing"),
    "an entry changed": (_other_entry, "The ledger does not hold at entry 2"),
    "another scope": (_other_scope, "Nothing in the pack rests on it"),
    "another time zone": (_other_zone, "It tells another time zone than the pack's statement"),
    "a manifest left out": (_no_manifest, "run.json is missing"),
}


@pytest.mark.parametrize("what", FORGED)
def test_calls_that_an_insider_forged_and_signed_are_told(audit: Packed, tmp_path: Path, what: str) -> None:
    change, told = FORGED[what]
    found = made_again(signed_for(audit, forged_calls(audit, tmp_path / "calls", change), tmp_path))
    assert any(told in words for words in failed_words(found)), failed_words(found)
    assert lines(found, "made again", Finding.NOT_CHECKED) or any("made again" in one for one in failed_words(found))
