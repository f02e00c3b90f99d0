"""A year and a day on the simulator's clock: sealed night by night, a hold, what is due disposed of, and all that remains still proven."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import date, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificate

from evidence.ledger.folds import named_paths, orphans, sealed_nights
from evidence.ledger.keeping import Covered
from evidence.packs.fetch import fetch_pack
from evidence.packs.verification import Trust, verify_pack
from evidence.runs.retention.approving import approve
from evidence.runs.retention.certificates import certify
from evidence.runs.retention.disposing import dispose
from evidence.runs.retention.holds import place_hold, placing
from evidence.runs.retention.proposing import propose
from tests.e2e.scene import member, page, scene
from tests.e2e.year import FIRST, NIGHTS, Year, ends_month, packing

pytestmark = pytest.mark.slow

EVERY = [FIRST + timedelta(days=number) for number in range(NIGHTS)]
HELD = [night for night in EVERY if night.month == 3]
OVER = date(2027, 7, 1)
"""Last day of the nights up to June: a year after the end of their audit year, which begins in July."""
DUE = [night for night in EVERY if night < date(2026, 7, 1) and night not in HELD]
RETENTION = "retention: {default: 1y, audit_year_starts: '07-01'}"
PROVING = {"ledger", "checkpoints", "decisions", "retention", "configuration"}
"""Folders of what is kept whatever day it is."""


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Year]:
    folder = tmp_path_factory.mktemp("year")
    words = ("--scenario", "database-job", "--first-night", str(FIRST), "--nights", str(NIGHTS), "--still")
    # One vault of four machines: what grows with a year are nights.
    with scene(folder, *words, first=FIRST, vaults="rsv-branch-weu") as made, pytest.MonkeyPatch.context() as patch:
        made.configure(RETENTION)
        for name, value in made.variables.items():
            if value is not None:
                patch.setenv(name, value)
        yield Year(made)


def test_a_year_and_a_day(year: Year, tmp_path: Path) -> None:
    _seal(year)
    _dispose(year)
    _check_packs(year, tmp_path)
    _check_store(year)


def _seal(year: Year) -> None:
    with packing(year.scene.config) as packs:
        for night in EVERY:
            year.night(night, packs)
            if night == EVERY[NIGHTS // 2]:
                _hold(year)
    assert sorted(sealed_nights(year.entries)) == EVERY
    assert [one.first_night for one in year.packs()] == EVERY
    assert [one.series_sequence for one in year.packs()] == list(range(1, NIGHTS + 1))
    assert {one.entry.payload["completeness"] for one in year.packs()} == {"COMPLETE"}
    year.scene("checkpoint", "make")


def _hold(year: Year) -> None:
    """By the packs: the nights that they rest on stay with them."""
    word = placing(year.entries, "2026-AUDIT", Covered(packs=("all-night-internal-2026-03-*",)), "asked by the auditor")
    place_hold(year.parts, year.person(0), word)


def _dispose(year: Year) -> None:
    year.reach(OVER)
    assert propose(year.parts, year.register).file is None
    # The last packs of June were sealed in July, and what is kept a year after its sealing goes a few days later.
    year.reach(OVER + timedelta(days=9))
    file = propose(year.parts, year.register).file
    assert file is not None
    assert set(file.packs) == {f"all-night-internal-{night}-r0001" for night in DUE}
    nights = {night: sum(f"={night}/" in one.object.path for one in file.due) for night in EVERY}
    assert [night for night, count in nights.items() if count] == DUE
    for number in (1, 2):
        approve(year.parts, year.person(number), file.proposal_id, file.sha256)
    done = dispose(year.parts, year.register, file.proposal_id)
    assert len(done.gone) == len(file.due)
    assert {**done.left, **done.refused, **done.alarms} == {}
    made = certify(year.parts, year.person(0).sealer, file.proposal_id)
    assert (made.objects, made.left) == (len(file.due), 0)
    assert propose(year.parts, year.register).file is None


def _check_packs(year: Year, folder: Path) -> None:
    """Every pack that remains verifies, also the one whose chain names a pack that is gone."""
    left = [one for one in year.packs() if one.first_night not in DUE]
    files = [fetch_pack(year.composition.store, one, folder).path for one in left]
    fingerprint = year.scene.fingerprint
    root, stamps = (year.scene.folder / "trust" / "root.pem").read_bytes(), year.scene.stamp_root().read_bytes()
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        found = list(pool.map(_verified, [(str(one), fingerprint, root, stamps) for one in files], chunksize=8))
    assert found == [""] * (NIGHTS - len(DUE))
    for one, file in zip(left, files, strict=True):
        if ends_month(one.first_night):
            assert str(one.first_night) in page(file, folder)
            assert len(member(file, "data/report.pdf")) > 20_000


def _verified(given: tuple[str, str, bytes, bytes]) -> str:
    """What does not hold of one pack; empty where all does."""
    file, fingerprint, root, stamps = given
    found = verify_pack(Path(file), Trust(fingerprint, (_der(root),), (_der(stamps),)))
    return "" if found.ok else f"{file}: {found}"


def _der(pem: bytes) -> bytes:
    return load_pem_x509_certificate(pem).public_bytes(Encoding.DER)


def _check_store(year: Year) -> None:
    """The store holds the ledger, what the register says, and what is listed as orphans: nothing more, nothing less."""
    there = {one.path for one in year.composition.store.list("")}
    register = year.register(year.entries, year.composition.clock.now())
    kept = {one.file.path for one in register if one.state != "disposed"}
    listed = year.scene("status", code=(0, 4))
    orphan = {str(one) for one in listed.meta["orphans"]}
    assert there == kept | orphan | {path for path in there if path.startswith("ledger/")}
    assert orphan == {one.path for one in orphans(year.composition.store.list(""), named_paths(year.entries))}
    gone = {row["night"] for row in listed.data if row["sealed"] == "disposed of"}
    assert gone == {str(night) for night in DUE}
    verified = year.scene("ledger", "verify")
    assert verified.meta["lost"] == 0
    assert {row["state"] for row in verified.data} == {"disposed of"}
    year.scene("checkpoint", "verify")
    refused = year.scene("pack", "build", "--kind", "audit", "--scope", "all", "--from", DUE[0], "--to", DUE[0], code=8)
    assert "was disposed of by ledger entry" in refused.stderr
    assert os.environ["BACKUP_EVIDENCE_CONFIG"] == str(year.scene.config)
