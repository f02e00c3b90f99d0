"""Traps 19 to 31: each attack on one pack is caught, and the file is named (signing.md, A1 to A15)."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

from evidence.packs import bag
from evidence.packs.verification import Trust, verify_pack
from evidence.seals.signing import CertifiedSigner
from tests.attacks.forging import appended, edited, relisted
from tests.attacks.verdicts import assert_caught, assert_genuine, failed_files
from tests.fakes.authority import FakeAuthority
from tests.fakes.certificates import authority, issue, trade
from tests.fakes.packs import (
    PACK_ID,
    SEALED_AT,
    STAMPED_AT,
    Recipe,
    plain_pdf,
    signer_of,
    the_authority,
    the_signer,
    write_folder,
    write_pack,
)
from tests.fakes.tools import needs

P7S, TSR, PDF = bag.SIGNATURE, bag.STAMP, bag.REPORT
OTHER_ID = "all-night-internal-2026-11-20-r0001"


@pytest.fixture(params=["zip", "folder"])
def write(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Mapping[str, bytes]], Path]:
    if request.param == "zip":
        return lambda members: write_pack(tmp_path, members)
    return lambda members: write_folder(tmp_path, dict(members))


Write = Callable[[Mapping[str, bytes]], Path]


def test_a1_one_csv_cell_is_edited(good: Mapping[str, bytes], trust: Trust, write: Write) -> None:
    found = verify_pack(write(edited(good, "data/jobs.csv", b"Failed", b"Passed")), trust)
    assert_caught(found, "data/jobs.csv", "changed")
    assert failed_files(found) == {"data/jobs.csv"}


def test_a2_edit_and_list_anew(good: Mapping[str, bytes], trust: Trust, write: Write) -> None:
    found = verify_pack(write(relisted(edited(good, "data/jobs.csv", b"Failed", b"Passed"))), trust)
    assert_caught(found, P7S, "signs other bytes")


@pytest.mark.parametrize("holder", ["other_signer", "forged_signer"])
def test_a3_a4_signed_anew_by_another(trust: Trust, write: Write, holder: str) -> None:
    world = trade()
    forger, issuer = {
        "other_signer": (world.other_signer, world.issuing),
        "forged_signer": (world.forged_signer, world.forged_issuing),
    }[holder]
    forged = Recipe(signer=signer_of(forger, issuer)).members()
    assert_caught(verify_pack(write(forged), Trust(world.signer.fingerprint)), P7S, "signed by another")
    by_authority = verify_pack(write(forged), Trust(authorities=trust.authorities))
    if holder == "other_signer":
        assert_genuine(by_authority)  # the reason why `--trust` may only name an authority of evidence signers
    else:
        assert_caught(by_authority, P7S, "does not lead to an authority")


def test_a_certificate_for_another_purpose_signs(trust: Trust, write: Write) -> None:
    """The authority knows it, but not as a signer of documents; our own signer refuses, so the forger signs by hand."""
    world = trade()
    purpose = issue("Evidence signer", world.issuing, purposes=(), serial=9)
    identity = signer_of(world.signer, world.issuing).identity
    forged = replace(identity, chain_der=(purpose.der, world.issuing.der))
    signer = CertifiedSigner(forged, lambda data: purpose.key.sign(data, PKCS1v15(), hashes.SHA256()))
    found = verify_pack(write(Recipe(signer=signer).members()), Trust(authorities=trust.authorities))
    assert_caught(found, P7S, "not one that signs documents")


@pytest.mark.slow
def test_a5_each_file_dropped(good: Mapping[str, bytes], trust: Trust, tmp_path: Path) -> None:
    for number, path in enumerate(sorted(good)):
        members = {name: data for name, data in good.items() if name != path}
        found = verify_pack(write_folder(tmp_path / str(number), members), trust)
        assert_caught(found, path, "missing")


@pytest.mark.parametrize("path", ["data/extra.csv", "extra.txt", "data/parquet/jobs2.parquet", "data/.hidden"])
def test_a6_a_file_added(good: Mapping[str, bytes], trust: Trust, tmp_path: Path, path: str) -> None:
    found = verify_pack(write_folder(tmp_path, {**good, path: b"a"}), trust)
    assert_caught(found, path, "somebody added it")


def test_a7_an_old_pack_under_a_new_name(good: Mapping[str, bytes], trust: Trust, tmp_path: Path) -> None:
    renamed = write_pack(tmp_path, good, OTHER_ID)
    assert_caught(verify_pack(renamed, trust), "statement.json", "is the statement of", PACK_ID)
    assert_caught(verify_pack(renamed, trust), "bag-info.txt", PACK_ID)
    folder = write_folder(tmp_path, dict(good), OTHER_ID)
    assert_caught(verify_pack(folder, trust), "statement.json", PACK_ID)


def test_a11_the_stamp_of_another_pack(good: Mapping[str, bytes], trust: Trust, write: Write) -> None:
    other = Recipe(statement={"code_version": "0.0.9"}).members()
    assert_caught(verify_pack(write({**good, TSR: other[TSR]}), trust), TSR, "other bytes")


def test_a11_a_stamp_of_an_authority_that_nobody_knows(good: Mapping[str, bytes], trust: Trust, write: Write) -> None:
    stranger = authority("Stranger")
    stamper = issue("Stamp unit", stranger, purposes=trade().stamper_purposes, serial=7)
    stamp = FakeAuthority(lambda: STAMPED_AT, stamper, chain=()).stamp(good[bag.TAG_MANIFEST])
    assert_caught(verify_pack(write({**good, TSR: stamp}), trust), TSR, "AUTHORITY NOT ESTABLISHED")


def test_a_stamp_signed_with_a_certificate_that_is_none(good: Mapping[str, bytes], trust: Trust, write: Write) -> None:
    unit = issue("Stamp unit", trade().stamp_issuing, serial=8)
    stamp = FakeAuthority(lambda: STAMPED_AT, unit).stamp(good[bag.TAG_MANIFEST])
    assert_caught(verify_pack(write({**good, TSR: stamp}), trust), TSR, "not one for time stamps")


@pytest.mark.parametrize("path", [P7S, TSR])
def test_a12_signature_or_stamp_is_taken_away(good: Mapping[str, bytes], trust: Trust, write: Write, path: str) -> None:
    members = {name: data for name, data in good.items() if name != path}
    assert_caught(verify_pack(write(members), trust), path, "missing")


def test_the_stamp_inside_is_stripped(good: Mapping[str, bytes], trust: Trust, write: Write) -> None:
    bare = Recipe(authority=None).sealed(good)
    assert_caught(verify_pack(write({**bare, TSR: good[TSR]}), trust), P7S, "was taken out")


def test_the_stamp_inside_the_report_is_missing(trust: Trust, write: Write) -> None:
    bare = the_signer().sign_pdf(plain_pdf(), SEALED_AT, None)
    assert_caught(verify_pack(write(Recipe(payload={PDF: bare}).members()), trust), PDF, "was taken out")


def test_a_stamp_where_the_statement_says_none(good: Mapping[str, bytes], trust: Trust, write: Write) -> None:
    members = Recipe(authority=None).members()
    stamp = the_authority().stamp(members[bag.TAG_MANIFEST])
    assert_caught(verify_pack(write({**members, TSR: stamp}), trust), TSR, "statement says that there is none")


@pytest.mark.parametrize("delay", [timedelta(hours=25), timedelta(days=40), -timedelta(minutes=6)])
def test_a15_built_late_and_dated_back(trust: Trust, write: Write, delay: timedelta) -> None:
    found = verify_pack(write(Recipe(authority=the_authority(SEALED_AT + delay)).members()), trust)
    for path in (P7S, TSR, PDF):
        assert_caught(found, path, "dated back")


def test_the_signing_time_is_forged(trust: Trust, write: Write) -> None:
    """The signature claims a time far from that in the statement; the stamps agree with the statement."""
    recipe = Recipe(signed_at=SEALED_AT - timedelta(days=30))
    found = verify_pack(write(recipe.members()), trust)
    assert_caught(found, P7S, "far from `sealed_at`")
    assert_caught(found, PDF, "far from `sealed_at`")


def test_a_certificate_that_was_not_valid_when_stamped(trust: Trust, write: Write) -> None:
    world = trade()
    brief = issue("Evidence signer", world.issuing, serial=11, not_after=SEALED_AT + timedelta(seconds=1))
    found = verify_pack(write(Recipe(signer=signer_of(brief, world.issuing)).members()), Trust(brief.fingerprint))
    assert_caught(found, P7S, "expired")


def test_a14_a_revision_is_appended_to_the_report(good: Mapping[str, bytes], trust: Trust, tmp_path: Path) -> None:
    changed = appended(good[PDF])
    found = verify_pack(write_folder(tmp_path, {**good, PDF: changed}), trust)
    assert_caught(found, PDF, "changed", "revisions")
    alone = tmp_path / "report.pdf"
    alone.write_bytes(changed)
    assert_caught(verify_pack(alone, trust), "report.pdf", "revisions")


@pytest.mark.parametrize("tail", [b"\n", b" " * 50, b"% a comment\n", b"\0"])
def test_bytes_behind_the_end_of_the_report(
    good: Mapping[str, bytes], trust: Trust, tmp_path: Path, tail: bytes
) -> None:
    """Readers of PDF do not mind them, so the last revision is still the signed one."""
    alone = tmp_path / "report.pdf"
    alone.write_bytes(good[PDF] + tail)
    assert_caught(verify_pack(alone, trust), "report.pdf", "does not cover the whole file")


@needs("pdfsig")
def test_a14_pdfsig_tells_an_appended_revision_too(good: Mapping[str, bytes], tmp_path: Path) -> None:
    for name, data in (("good.pdf", good[PDF]), ("bad.pdf", appended(good[PDF]))):
        (tmp_path / name).write_bytes(data)
        said = subprocess.run(["pdfsig", tmp_path / name], capture_output=True, text=True, check=False).stdout
        assert ("- Total document signed" in said) == (name == "good.pdf")


def test_the_report_is_signed_by_another(trust: Trust, write: Write) -> None:
    other = signer_of(trade().other_signer, trade().issuing)
    assert_caught(verify_pack(write(Recipe(report_signer=other).members()), trust), PDF, "another than the pack's")


def test_the_report_is_not_signed(trust: Trust, write: Write) -> None:
    assert_caught(verify_pack(write(Recipe(payload={PDF: plain_pdf()}).members()), trust), PDF, "0 signatures")


def test_the_report_alone_verifies(good: Mapping[str, bytes], trust: Trust, tmp_path: Path) -> None:
    alone = tmp_path / "report.pdf"
    alone.write_bytes(good[PDF])
    assert_genuine(verify_pack(alone, trust))
    assert_caught(verify_pack(alone, Trust()), "report.pdf", "SIGNER NOT ESTABLISHED")
    other = Trust(trade().other_signer.fingerprint)
    assert_caught(verify_pack(alone, other), "report.pdf", "signed by another")


@pytest.mark.slow
def test_files_of_two_packs_are_mixed(good: Mapping[str, bytes], trust: Trust, tmp_path: Path) -> None:
    recipe = Recipe()
    recipe.rows["jobs"][4]["status"] = "Completed"
    other = recipe.members()
    changed = [path for path in good if good[path] != other[path]]
    assert {"data/jobs.csv", "data/parquet/jobs.parquet", bag.MANIFEST, bag.TAG_MANIFEST, P7S, TSR} <= set(changed)
    for number, path in enumerate(changed):
        if path != PDF:  # the same report, signed at the same time by the same signer, but for its stamp
            mixed = write_folder(tmp_path / str(number), {**good, path: other[path]})
            assert verify_pack(mixed, trust).exit_code == 7, path
    sealed = {path: other[path] for path in (bag.TAG_MANIFEST, P7S, TSR)}
    found = verify_pack(write_folder(tmp_path / "sealed", {**good, **sealed}), trust)
    assert_caught(found, bag.MANIFEST, "changed")
