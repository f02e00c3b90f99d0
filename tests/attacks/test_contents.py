"""Packs that are signed by the right key and yet say what is not so: a builder's fault, or an insider's pack (A9 aside)."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from evidence.packs.verification import Trust, Verification, verify_pack
from evidence.packs.verification.checks import Checklist
from evidence.packs.verification.opening import open_folder
from evidence.packs.verification.saying import read_statement
from evidence.packs.verification.tables import check_tables
from evidence.tables import JOBS, from_rows, ordered, to_parquet
from tests.attacks.forging import relisted
from tests.attacks.verdicts import assert_caught, assert_genuine
from tests.fakes.packs import PACK_ID, VAULTS, Recipe, json_bytes, write_folder

STATEMENT = "statement.json"


@pytest.fixture
def verdict(trust: Trust, tmp_path: Path) -> Callable[[Recipe], Verification]:
    def found(recipe: Recipe) -> Verification:
        recipe.authority = None  # what is inside does not depend on the stamps, which take most of the time
        return verify_pack(write_folder(tmp_path, recipe.members(), recipe.pack_id), trust)

    return found


Verdict = Callable[[Recipe], Verification]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"v": 2}, "version 2"),
        ({"v": True}, "version True"),
        ({"v": 0}, "version 0"),
        ({"format": "another"}, "not the statement"),
        ({"surprise": 1}, "surprise"),
        ({"sealed_at": "2026-11-22T05:09:00"}, "`sealed_at`"),
        ({"sealed_at": "yesterday"}, "`sealed_at`"),
        ({"keep_until": "2026-13-01"}, "`keep_until`"),
        ({"keep_until": "2026-11-22"}, "kept until a day before"),
        ({"counts": {"jobs": -1}}, "`counts`"),
        ({"population_confirmed": "no"}, "`population_confirmed`"),
        ({"configuration_sha256": "abc"}, "`configuration_sha256`"),
        ({"kind": "other"}, "`kind`"),
        ({"runs": [{}]}, "missing or unknown"),
        ({"lag_s": 60}, "lag"),
        ({"captured_at": None}, "lag"),
        ({"night_ended_at": "2026-11-22T04:00:00Z"}, "period does not end"),
        ({"scope": "eu"}, "make eu-night"),
        ({"revision": 2}, "make all-night-internal-2026-11-21-r0002"),
        ({"series_sequence": 2}, "names the one before it"),
        ({"series_sequence": 0}, "names the one before it"),
        ({"supersedes": {"pack_id": "a", "tagmanifest_sha256": "0" * 64, "reason": "b"}}, "supersedes another"),
        ({"signer": {"subject": "x", "fingerprint_sha256": "0" * 64, "development": False}}, "signed"),
    ],
)
def test_a_statement_that_is_not_right(verdict: Verdict, changes: dict[str, Any], said: str) -> None:
    assert_caught(verdict(Recipe(statement=changes)), STATEMENT, said)


def test_a_statement_of_captures_from_after_the_sealing(verdict: Verdict) -> None:
    run = {
        "night": "2026-11-21",
        "run_id": "run-1",
        "night_ended_at": "2026-11-22T05:00:00Z",
        "captured_at": "2026-11-23T05:00:00Z",
    }
    assert_caught(verdict(Recipe(statement={"runs": [run]})), STATEMENT, "after it was sealed")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace(b'"v": 1', b'"v": 1,\n  "v": 1'),
        lambda text: json.dumps(json.loads(text)).encode(),
        lambda text: text + b"\n",
        lambda text: text.replace(b"\n", b"\r\n"),
        lambda _: b"{",
        lambda _: b"[]\n",
        lambda _: b"null\n",
        lambda _: b"\xff\xfe",
        lambda _: b"[" * 100_000,
        lambda _: b"",
    ],
)
def test_a_statement_in_another_form(
    good: Mapping[str, bytes], trust: Trust, tmp_path: Path, spoil: Callable[[bytes], bytes]
) -> None:
    members = Recipe().sealed(relisted({**good, STATEMENT: spoil(good[STATEMENT])}))
    assert_caught(verify_pack(write_folder(tmp_path, members), trust), STATEMENT)


def test_more_rows_counted_than_there_are(verdict: Verdict, good: Mapping[str, bytes]) -> None:
    counts = {**json.loads(good[STATEMENT])["counts"], "jobs": 14}
    assert_caught(verdict(Recipe(statement={"counts": counts})), "data/jobs.csv", "13 rows, the statement counts 14")


def test_a_table_without_count(verdict: Verdict, good: Mapping[str, bytes]) -> None:
    counts = {name: rows for name, rows in json.loads(good[STATEMENT])["counts"].items() if name != "policies"}
    assert_caught(verdict(Recipe(statement={"counts": counts})), STATEMENT, "not those of this version")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b"Completed", b"Failed", "Row"),
        (b"job_id", b"job_no", "The header"),
        (b"'=1+1", b"=1+1", "Row"),
        ("Büro-Größe".encode(), "Bu\u0308ro-Größe".encode(), "Row"),
        (b"\r\n", b"\n", "The header"),
    ],
)
def test_a_csv_that_differs_from_its_parquet(
    verdict: Verdict, good: Mapping[str, bytes], old: bytes, new: bytes, said: str
) -> None:
    assert old in good["data/jobs.csv"]
    changed = good["data/jobs.csv"].replace(old, new, 1)
    assert_caught(verdict(Recipe(payload={"data/jobs.csv": changed})), "data/jobs.csv", said)


@pytest.mark.parametrize("change", ["last row dropped", "a row added"])
def test_a_csv_with_other_rows(verdict: Verdict, good: Mapping[str, bytes], change: str) -> None:
    data = good["data/jobs.csv"]
    lines = data.split(b"\r\n")
    changed = b"\r\n".join(lines[:-2]) + b"\r\n" if change == "last row dropped" else data + lines[-2] + b"\r\n"
    assert_caught(verdict(Recipe(payload={"data/jobs.csv": changed})), "data/jobs.csv")


def test_a_parquet_file_with_other_rows(verdict: Verdict) -> None:
    recipe = Recipe()
    rows = [dict(row) for row in recipe.rows["jobs"]]
    rows[2]["status"] = "Failed"
    data = from_rows(JOBS, rows)
    recipe.payload = {"data/parquet/jobs.parquet": to_parquet(JOBS, ordered(JOBS, data))}
    assert_caught(verdict(recipe), "data/jobs.csv", "Row")


@pytest.mark.parametrize("data", [b"", b"PAR1", b"PAR1" + b"\0" * 100 + b"PAR1", b"\xff" * 1000])
def test_a_parquet_file_that_is_none(verdict: Verdict, data: bytes) -> None:
    assert_caught(verdict(Recipe(payload={"data/parquet/jobs.parquet": data})), "data/jobs.csv")


def test_a_parquet_file_of_another_table(verdict: Verdict, good: Mapping[str, bytes]) -> None:
    other = good["data/parquet/calls.parquet"]
    assert_caught(verdict(Recipe(payload={"data/parquet/jobs.parquet": other})), "data/jobs.csv", "not of table jobs")


def test_damaged_parquet_files_never_end_in_a_traceback(good: Mapping[str, bytes], tmp_path: Path) -> None:
    """Somebody with a key may sign anything, so these files are read although each of their bytes may be wrong."""
    folder = write_folder(tmp_path, dict(good))
    pack = open_folder(folder, Checklist())
    assert pack is not None
    _, statement = read_statement(pack)
    data, chance = good["data/parquet/jobs.parquet"], random.Random(19)  # noqa: S311  # the same damage each time
    for _ in range(80):
        damaged = bytearray(data)
        for _ in range(chance.choice((1, 1, 3, 20))):
            damaged[chance.randrange(len(data))] = chance.randrange(256)
        (folder / "data/parquet/jobs.parquet").write_bytes(bytes(damaged))
        checks = Checklist()
        check_tables(pack, statement, checks)
        assert len(checks.result(None).checks) == len(statement.counts) + 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda told: told["resources"].pop(), "exactly the CSV files"),
        (lambda told: told["resources"][0].update(bytes=1), "another length or hash"),
        (lambda told: told["resources"][0].update(hash="sha256:0"), "another length or hash"),
        (lambda told: told["resources"][0]["schema"]["fields"].pop(), "other columns"),
        (lambda told: told["resources"].append(told["resources"][0]), "exactly the CSV files"),
        (lambda told: told.pop("resources"), "KeyError"),
    ],
)
def test_a_descriptor_that_is_not_right(
    verdict: Verdict, good: Mapping[str, bytes], change: Callable[[dict[str, Any]], object], said: str
) -> None:
    told = json.loads(good["data/datapackage.json"])
    change(told)
    recipe = Recipe(payload={"data/datapackage.json": json_bytes(told)})
    assert_caught(verdict(recipe), "data/datapackage.json", said)


def gap(kind: str | None, outcome: str, subject: str | None = VAULTS[0]) -> dict[str, Any]:
    return {"night": "2026-11-21", "subject_id": subject, "kind": kind, "outcome": outcome, "reason": "HTTP 403"}


def spoiled(kind: str, outcome: str) -> Recipe:
    """A pack whose coverage has one row that is not whole, and whose statement does not say so."""
    recipe = Recipe()
    subject = "/subscriptions/s1" if kind == "vaults" else VAULTS[0]
    rows = [row for row in recipe.rows["coverage"] if (row["vault_id"], row["kind"]) == (subject, kind)]
    assert len(rows) == 1
    rows[0]["outcome"] = outcome
    return recipe


COMPLETENESS = "data/completeness.json"


@pytest.mark.parametrize("kind", ["jobs", "protected_items", "recovery_points", "vaults"])
@pytest.mark.parametrize("outcome", ["partial", "not_reached", "not_observed_then"])
def test_a_gap_that_is_kept_silent(verdict: Verdict, kind: str, outcome: str) -> None:
    assert_caught(verdict(spoiled(kind, outcome)), COMPLETENESS, "not among the gaps")


@pytest.mark.parametrize(
    ("kind", "state", "read"),
    [("jobs", "INCOMPLETE", 1), ("recovery_points", "COMPLETE WITH GAPS", 2), ("vaults", "INCOMPLETE", 2)],
)
def test_a_gap_that_is_said_counts(verdict: Verdict, kind: str, state: str, read: int) -> None:
    subject = "/subscriptions/s1" if kind == "vaults" else VAULTS[0]
    honest = spoiled(kind, "partial")
    honest.gaps = [gap(kind, "partial", subject)]
    honest.completeness = {"state": state, "vaults_read": read}
    assert_genuine(verdict(honest))
    boasting = spoiled(kind, "partial")
    boasting.gaps = honest.gaps
    boasting.completeness = {"state": "COMPLETE", "vaults_read": read}
    assert_caught(verdict(boasting), COMPLETENESS, f"its gaps make it {state}")


@pytest.mark.parametrize(
    "numbers", [{"vaults_expected": 3}, {"vaults_read": 1}, {"vaults_expected": 1, "vaults_read": 1}]
)
def test_vaults_counted_otherwise(verdict: Verdict, numbers: dict[str, int]) -> None:
    assert_caught(verdict(Recipe(completeness=numbers)), COMPLETENESS, "vaults were read")


@pytest.mark.parametrize("numbers", [{"nights_expected": 2}, {"nights_sealed": 0}])
def test_nights_counted_otherwise(verdict: Verdict, numbers: dict[str, int]) -> None:
    assert_caught(verdict(Recipe(completeness=numbers)), COMPLETENESS, "nights")


def test_a_night_without_run_is_a_gap(verdict: Verdict) -> None:
    recipe = Recipe(statement={"runs": []}, completeness={"nights_sealed": 0})
    assert_caught(verdict(recipe), COMPLETENESS, "has no run, and is not among the gaps")


def test_rows_of_a_vault_that_are_not_there(verdict: Verdict) -> None:
    recipe = Recipe()
    recipe.rows["coverage"] = [row for row in recipe.rows["coverage"] if row["kind"] != "protected_items"]
    assert_caught(verdict(recipe), COMPLETENESS, "neither in coverage nor among the gaps")


def test_completeness_told_in_two_ways(verdict: Verdict) -> None:
    told = json_bytes({"state": "COMPLETE"})
    assert_caught(verdict(Recipe(payload={COMPLETENESS: told})), COMPLETENESS, "what the statement says")


def test_the_best_of_two_runs_counts(verdict: Verdict) -> None:
    recipe = spoiled("jobs", "not_reached")
    again = next(row for row in Recipe().rows["coverage"] if row["vault_id"] == VAULTS[0] and row["kind"] == "jobs")
    recipe.rows["coverage"].append({**again, "run_id": "run-2"})
    assert_genuine(verdict(recipe))


def test_the_pack_id_is_that_of_the_folder(trust: Trust, tmp_path: Path, good: Mapping[str, bytes]) -> None:
    folder = write_folder(tmp_path, dict(good))
    folder.rename(tmp_path / "renamed")
    assert_caught(verify_pack(tmp_path / "renamed", trust), STATEMENT, PACK_ID)
