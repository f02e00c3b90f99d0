"""Packs of drills at length: masked, built in the same bytes, checked by hand with openssl, archival, of a whole quarter, of a plan drawn by the product."""

from __future__ import annotations

import copy
import hashlib
import io
import shutil
import subprocess
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from evidence.drills.due import Quarter
from evidence.drills.events import PlanApproved
from evidence.drills.spelling import plan_sha256
from evidence.packs import bag
from evidence.packs.how_to_verify import commands
from evidence.packs.verification import Trust, verify_pack
from evidence.packs.verification.checks import Finding
from evidence.runs.drills.book import read_book
from evidence.runs.drills.planning import Asked, draft_plan
from evidence.runs.drills.population import PopulationRules
from evidence.runs.drills.seeds import commit_seed
from reports.html import report_html
from reports.renderer import ReportRenderer
from tests.drills.making import INITIATOR, PLANNER, REVIEWER, TESTER, VALIDATOR
from tests.fakes.certificates import trade
from tests.fakes.packing import FakeRenderer, sealing
from tests.fakes.packs import the_signer
from tests.packs.audience.laid_open import holding
from tests.packs.restore_drills.conftest import Sealed, sealed_of
from tests.packs.restore_drills.quarters import NAMES, packed
from tests.packs.restore_drills.world import Quarterly
from tests.reports.test_archival import verdict
from tests.runs.drills.drills_desk import BY

pytestmark = pytest.mark.slow
TRUST = Trust(signer_fingerprint=the_signer().identity.fingerprint_sha256)
SECRET = {
    # The others are words that any report uses.
    *("größe-データ", "رواتب الموظفين", "copy-of-payments", "copy-of-ledger", "restore-dr-2026q3"),
    *(
        "rsv-payroll-weu",
        "rg-drill",
        "Olga Owner",
        "CHG-4711",
        "Resize the target",
        "Replaced in December",
        "row counts.csv",
    ),
    *(
        "1,204,311",
        "The machine was retired",
        "seen in the portal",
        "Took longer than its objective",
        "backup-01",
        "DR-2026Q3",
    ),
    *(
        "person@contoso.example",
        *(one.object_id for one in (PLANNER, TESTER, VALIDATOR, INITIATOR, REVIEWER)),
        PLANNER.tenant_id,
    ),
    *(one.name for one in (PLANNER, TESTER, VALIDATOR, INITIATOR, REVIEWER)),
}
"""What the quarter names, and what people typed about it."""


def copied(found: Sealed) -> Sealed:
    return replace(found, made=copy.deepcopy(found.made))


def test_no_name_and_no_typed_word_stands_in_a_pack_for_externals(drills_pack: Sealed, tmp_path: Path) -> None:
    mine = copied(drills_pack).made
    found = sealed_of(mine, tmp_path, "external")
    data = mine.bench.memory.files[found.built.path]
    assert {name.lower() for name in SECRET} <= {name for _, name in holding(drills_pack.zip.read_bytes(), SECRET)}
    assert holding(data, SECRET) == set()
    assert not [name for name in found.names() if name.startswith("data/drills/")]
    assert found.figures() == drills_pack.figures()
    verified = verify_pack(found.zip, TRUST)
    assert verified.ok
    told = {one.name: one.finding for one in verified.checks}
    assert (told["drill restores"], told["drill records"]) == (Finding.OK, Finding.NOT_CHECKED)
    cards = next(one for one in found.report.sections if one.anchor == "S-31").cards
    assert len(cards) == 11
    assert "restore drills" in found.member(bag.HOW_TO_VERIFY).decode().lower()


def test_nor_in_its_pages(drills_pack: Sealed) -> None:
    mine = copied(drills_pack).made
    built = packed(mine, ReportRenderer(), "external")
    assert holding(mine.bench.memory.files[built.path], SECRET) == set()


def test_the_same_store_and_clock_give_the_same_members_and_pages(drills_pack: Sealed, tmp_path: Path) -> None:
    # Each from a copy of one store: a pack's entry holds the hash of its seals.
    one, other = (copy.deepcopy(drills_pack.made) for _ in range(2))
    first, second = (FakeRenderer(), FakeRenderer())
    members = [_members(made, packed(made, by, reason="again").path) for made, by in ((one, first), (other, second))]
    assert members[0] == members[1]
    assert len(members[0]) > 90
    assert report_html(first.reports[0]) == report_html(second.reports[0])


def _members(made: Quarterly, path: str) -> dict[str, str]:
    """Hashes of all files that hold no signature, length or hash of one."""
    left_out = {bag.SIGNATURE, bag.STAMP, bag.REPORT, bag.MANIFEST, bag.TAG_MANIFEST, bag.BAG_INFO}
    with zipfile.ZipFile(io.BytesIO(made.bench.memory.files[path])) as source:
        return {
            name.partition("/")[2]: hashlib.sha256(source.read(name)).hexdigest()
            for name in source.namelist()
            if name.partition("/")[2] not in left_out
        }


@pytest.mark.skipif(
    any(shutil.which(tool) is None for tool in ("unzip", "openssl", "sha256sum", "pdfsig", "certutil")),
    reason="needs unzip, openssl, sha256sum, pdfsig and certutil",
)
def test_records_decisions_and_seed_are_checked_by_hand_as_printed(tmp_path: Path) -> None:
    made = by_the_product(tmp_path)
    built = packed(made)
    (tmp_path / f"{built.pack.pack_id}.zip").write_bytes(made.bench.memory.files[built.path])
    (tmp_path / "root.pem").write_bytes(trade().root.pem)
    (tmp_path / "tsa-root.pem").write_bytes(trade().stamp_root.pem)
    with zipfile.ZipFile(tmp_path / f"{built.pack.pack_id}.zip") as source:
        text = source.read(f"{built.pack.pack_id}/{bag.HOW_TO_VERIFY}").decode()
    script = "set -eu\n" + "\n".join(commands(text))
    ran = subprocess.run(["sh", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    output = ran.stdout + ran.stderr
    assert ran.returncode == 0, output
    promised = [line.split("It prints: ")[1] for line in text.splitlines() if "It prints: " in line]
    assert len(promised) == 11
    for line in promised:
        assert line in output
    found = verify_pack(tmp_path / f"{built.pack.pack_id}.zip", TRUST)
    assert found.ok, [one for one in found.checks if one.failed]
    assert "1 seeds follow from a signature" in next(one.detail for one in found.checks if one.name == "drill sample")


def by_the_product(folder: Path) -> Quarterly:
    """A quarter whose seed is that of the evidence key, and whose plan the product drew; one drill is done."""
    made = Quarterly(NAMES)
    made.bench.run(date(2026, 6, 10))
    made.at(datetime(2026, 6, 20, 9, tzinfo=UTC))
    signer, quarter = sealing(made.bench).signer, Quarter(2026, 3)
    commit_seed(made.bench.parts, signer, quarter, PLANNER, account=BY)
    made.at(datetime(2026, 6, 25, 9, tzinfo=UTC))
    settings = made.bench.configuration.settings
    asked = Asked(quarter, None, PLANNER, BY)
    draft_plan(made.bench.parts, signer, PopulationRules(settings.drills, settings.tiers), asked)
    plan = read_book(made.bench.parts.ledger.entries()).plans[asked.plan_id].drafted
    made.sign(PlanApproved(asked.plan_id, plan_sha256(plan), made.now, REVIEWER))
    first = min(plan.drills, key=lambda one: one.drill_id)
    made.at(first.window_start + timedelta(days=2))
    made.done(first.drill_id)
    made.at(datetime(2026, 9, 30, 9, tzinfo=UTC))
    made.bench.run(date(2026, 9, 30))
    made.at(datetime(2026, 10, 2, 9, tzinfo=UTC))
    return made


@pytest.mark.skipif(shutil.which("java") is None, reason="Java is not installed, which veraPDF needs")
def test_its_report_is_archival_and_signed_as_a_whole(drills_pack: Sealed, tmp_path: Path) -> None:
    mine = copied(drills_pack).made
    built = packed(mine, ReportRenderer(), reason="again")
    with zipfile.ZipFile(io.BytesIO(mine.bench.memory.files[built.path])) as source:
        (tmp_path / "report.pdf").write_bytes(source.read(f"{built.pack.pack_id}/{bag.REPORT}"))
    done = verdict(tmp_path / "report.pdf")
    assert done.returncode == 0, done.stdout
    if shutil.which("pdfsig"):
        shown = subprocess.run(
            ["pdfsig", "-nocert", tmp_path / "report.pdf"], capture_output=True, text=True, check=False
        )
        assert "Total document signed" in shown.stdout
