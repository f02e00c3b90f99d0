"""Insiders who change what a pack tells of drills and seal it anew: each is found, for the events that it carries make something else."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pyarrow.parquet as pq
import pytest

from evidence.packs import bag
from evidence.packs.restore_drills.places import LEDGER
from evidence.packs.verification import Trust
from evidence.packs.verification.checks import Checklist
from evidence.packs.verification.drills import check_drills
from evidence.packs.verification.opening import Opened, open_folder
from evidence.packs.verification.saying import Statement, read_statement
from evidence.seals.envelope import Seal, read_detached
from evidence.tables import ALL, from_rows, ordered, to_parquet
from tests.fakes.certificates import trade
from tests.fakes.packs import signer_of, the_signer
from tests.packs.restore_drills.conftest import Sealed

TRUST = Trust(signer_fingerprint=the_signer().identity.fingerprint_sha256)
Change = Callable[[Path], object]


@pytest.fixture(scope="module")
def laid_out(drills_pack: Sealed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("laid-out")
    with zipfile.ZipFile(drills_pack.zip) as archive:
        archive.extractall(folder)
    return folder / drills_pack.built.pack.pack_id


@pytest.fixture
def pack(laid_out: Path, tmp_path: Path) -> Path:
    """A copy that may be changed."""
    return Path(shutil.copytree(laid_out, tmp_path / laid_out.name))


def opened(folder: Path) -> tuple[Opened, Statement, Seal]:
    found = open_folder(folder, Checklist())
    assert found is not None
    seal = read_detached(found.read(bag.SIGNATURE), found.read(bag.TAG_MANIFEST))
    return found, read_statement(found)[1], seal


def failures(folder: Path) -> dict[str, str]:
    checks, (found, statement, seal) = Checklist(), opened(folder)
    check_drills(found, statement, seal, TRUST, checks)
    return {one.name: one.detail for one in checks.result(None).checks if one.failed}


def rewritten(table: str, change: Callable[[list[dict[str, Any]]], object]) -> Change:
    """Rows of a table changed, as somebody would who writes its files anew."""

    def changed(folder: Path) -> None:
        file = folder / "data" / "parquet" / f"{table}.parquet"
        rows = pq.read_table(file).to_pylist()
        change(rows)
        file.write_bytes(to_parquet(ALL[table], ordered(ALL[table], from_rows(ALL[table], rows))))

    return changed


def in_ledger(change: Callable[[dict[str, Any]], object]) -> Change:
    def changed(folder: Path) -> None:
        told = orjson.loads((folder / LEDGER).read_bytes())
        change(told)
        (folder / LEDGER).write_bytes(orjson.dumps(told, option=orjson.OPT_SORT_KEYS))

    return changed


def _first_record(folder: Path) -> Path:
    return min((folder / "data" / "drills").glob("*.json"))


def _edited_record(folder: Path) -> None:
    file = _first_record(folder)
    file.write_bytes(file.read_bytes().replace(b'"missed"', b'"accepted"'))


def _accepted(rows: list[dict[str, Any]]) -> None:
    rows[0]["state"] = "accepted"


def _without_rejection(told: dict[str, Any]) -> None:
    """The event of the rejection, and all that rests on it, left out."""
    kept = [one for one in told["entries"] if '"decision":"rejected"' not in one]
    told["entries"] = kept


def _restated(told: dict[str, Any]) -> None:
    """A moment that a person stated, told otherwise, its entry spelled well."""
    for place, text in enumerate(told["entries"]):
        entry = json.loads(text)
        if entry["payload"]["told"]["kind"] == "timing_stated":
            entry["payload"]["told"]["timing"]["usable_at"] = "2026-07-06T09:00:00Z"
            told["entries"][place] = orjson.dumps(entry, option=orjson.OPT_SORT_KEYS).decode()
            return


def _other_signature(folder: Path) -> None:
    """A statement signed anew by another key: whoever holds one signs whatever they like."""
    file = min((folder / "data" / "drills" / "decisions").glob("*.json"))
    other = signer_of(trade().other_signer, trade().issuing)
    at = read_detached(Path(f"{file}.p7s").read_bytes(), file.read_bytes()).claimed_at
    Path(f"{file}.p7s").write_bytes(other.sign_detached(file.read_bytes(), at, None))


def _swapped(rows: list[dict[str, Any]]) -> None:
    """Another item of a stratum than the seed gives."""
    stratum = [row for row in rows if row["stratum"] == "VM/westeurope/no tier"]
    for row in stratum:
        row["drawn"] = not row["drawn"]


CASES: dict[str, tuple[Change, str, str]] = {
    "a record edited": (_edited_record, "drill records", "not the record that its events make"),
    "a record gone": (lambda folder: _first_record(folder).unlink(), "drill records", "missing"),
    "a file that nothing names": (
        lambda folder: (folder / "data" / "drills" / "DR-9.json").write_bytes(b"{}"),
        "drill records",
        "Nothing names",
    ),
    "an attached file changed": (
        lambda folder: next((folder / "data" / "drills" / "attached").iterdir()).write_bytes(b"other"),
        "drill records",
        "not the file that was attached",
    ),
    "the events gone": (lambda folder: (folder / LEDGER).unlink(), "drill events", "missing"),
    "a drill left out of the list": (in_ledger(lambda told: told["drills"].pop()), "drill records", "Nothing names"),
    "an event left out": (in_ledger(_without_rejection), "drill events", "could not have followed"),
    "an event told otherwise": (in_ledger(_restated), "drill events", "entry_id"),
    "the order changed": (in_ledger(lambda told: told["entries"].reverse()), "drill events", "order of the ledger"),
    "made before it was told": (
        in_ledger(lambda told: told.update(as_of="2026-07-01T00:00:00.000000Z")),
        "drill events",
        "after it was made",
    ),
    "another signer's signature": (_other_signature, "drill decisions", "has not the signature"),
    "a missed drill called accepted": (rewritten("drills", _accepted), "drill tables", "for state"),
    "a drill left out of its table": (rewritten("drills", lambda rows: rows.pop()), "drill tables", "rows"),
    "a check that passed": (
        rewritten("validations", lambda rows: rows[0].update(actual="1,204,310")),
        "drill tables",
        "for actual",
    ),
    "a deviation closed": (
        rewritten("deviations", lambda rows: rows[1].update(state="closed")),
        "drill tables",
        "for state",
    ),
    "a sign-in that was none": (
        rewritten("signoffs", lambda rows: rows[1].update(evidence_grade="B")),
        "drill tables",
        "for evidence_grade",
    ),
    "an item proven": (
        rewritten("drill_items", lambda rows: rows[0].update(within_a_year=True)),
        "drill tables",
        "for within_a_year",
    ),
    "a commitment before the quarter": (
        rewritten("drill_plans", lambda rows: rows[0].update(committed_entry=1)),
        "drill tables",
        "for committed_entry",
    ),
    "another sample": (rewritten("drill_samples", _swapped), "drill sample", "drew other items"),
    "a candidate left out": (
        rewritten("drill_samples", lambda rows: rows.pop()),
        "drill sample",
        "left out of its sample",
    ),
    "a restore left out": (rewritten("drill_restores", lambda rows: rows.clear()), "drill restores", "left out"),
    "a restore claimed for a drill": (
        rewritten("drill_restores", lambda rows: rows[0].update(drill_id="DR-2026Q3-0001")),
        "drill restores",
        "which does not tell it",
    ),
    "a figure of coverage": (
        rewritten("figures", lambda rows: next(row for row in rows if row["anchor"] == "F-59").update(numerator=10)),
        "drill coverage",
        "F-59 says",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_whatever_is_told_otherwise_is_found(pack: Path, case: str) -> None:
    change, check, words = CASES[case]
    change(pack)
    found = failures(pack)
    assert check in found, found
    assert words in found[check]


def test_the_pack_itself_has_no_fault(laid_out: Path) -> None:
    assert failures(laid_out) == {}


def test_a_pack_of_drills_without_its_tables_fails(pack: Path) -> None:
    found, statement, seal = opened(pack)
    without = {name: count for name, count in statement.counts.items() if name != "drills"}
    checks = Checklist()
    check_drills(found, replace(statement, counts=without), seal, TRUST, checks)
    assert [one.detail for one in checks.result(None).checks if one.failed] == [
        "It is said to be a pack of restore drills, and has no table of them."
    ]


def test_statements_of_a_signer_whom_nobody_knows_are_said_to_be_that(laid_out: Path) -> None:
    found, statement, _ = opened(laid_out)
    other = signer_of(trade().other_signer, trade().issuing)
    strange = read_detached(other.sign_detached(b"x", statement.sealed_at, None), b"x")
    checks = Checklist()
    check_drills(found, statement, strange, Trust(), checks)
    (told,) = (one for one in checks.result(None).checks if one.name == "drill signers")
    assert "SIGNER NOT ESTABLISHED of 6 statements" in told.detail
    authorities = Trust(authorities=(trade().root.der,))
    checks = Checklist()
    check_drills(found, statement, strange, authorities, checks)
    assert all(not one.failed for one in checks.result(None).checks)
