"""The untouched pack passes, here and with everybody's tools: without this control no attack proves anything."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from evidence.packs.how_to_verify import commands, how_to_verify
from evidence.packs.verification import Finding, Trust, verify_pack
from tests.attacks.verdicts import assert_caught, assert_genuine, failures
from tests.fakes.certificates import trade
from tests.fakes.packs import PACK_ID, SEALED_AT, Recipe, signer_of, the_authority, write_folder, write_pack
from tests.fakes.tools import needs


def test_the_zip_and_the_folder_verify(good: Mapping[str, bytes], trust: Trust, tmp_path: Path) -> None:
    for path in (write_pack(tmp_path, good), write_folder(tmp_path, good)):
        found = verify_pack(path, trust)
        assert_genuine(found)
        # It is made from the format of before packs listed figures; real packs list them (tests/packs/test_figures_verified.py).
        assert {one.name for one in found.checks if one.finding is not Finding.OK} == {"figures"}
        assert found.about is not None
        assert found.about.pack_id == PACK_ID


def test_each_way_to_know_the_signer_is_enough(good: Mapping[str, bytes], trust: Trust, tmp_path: Path) -> None:
    pack = write_pack(tmp_path, good)
    colons = ":".join(trade().signer.fingerprint[i : i + 2] for i in range(0, 64, 2)).upper()
    assert_genuine(verify_pack(pack, Trust(signer_fingerprint=colons)))
    assert_genuine(verify_pack(pack, Trust(authorities=trust.authorities)))


def test_without_any_the_signer_is_not_established(good: Mapping[str, bytes], tmp_path: Path) -> None:
    found = verify_pack(write_pack(tmp_path, good), Trust())
    assert_caught(found, "tagmanifest-sha256.txt.p7s", "SIGNER NOT ESTABLISHED")
    assert len(failures(found)) == 1


def test_without_its_root_the_authority_is_not_established_and_that_is_said(
    good: Mapping[str, bytes], tmp_path: Path
) -> None:
    found = verify_pack(write_pack(tmp_path, good), Trust(signer_fingerprint=trade().signer.fingerprint))
    assert_genuine(found)
    said = [one for one in found.checks if one.name == "authority"]
    assert {one.finding for one in said} == {Finding.NOT_CHECKED}
    assert all("AUTHORITY NOT ESTABLISHED" in one.detail for one in said)


def test_a_stamp_root_does_not_vouch_for_signers(good: Mapping[str, bytes], tmp_path: Path) -> None:
    found = verify_pack(write_pack(tmp_path, good), Trust(stamp_authorities=(trade().root.der,)))
    assert_caught(found, "tagmanifest-sha256.txt.p7s", "SIGNER NOT ESTABLISHED")


def test_an_incomplete_pack_is_authentic_and_said_to_be_incomplete(trust: Trust, tmp_path: Path) -> None:
    recipe = Recipe(completeness={"state": "INCOMPLETE", "vaults_read": 1})
    row = next(one for one in recipe.rows["coverage"] if one["kind"] == "jobs")
    row.update(outcome="not_reached", reason="HTTP 403", answered=0, collected=0)
    recipe.gaps = [
        {
            "night": "2026-11-21",
            "subject_id": row["vault_id"],
            "kind": "jobs",
            "outcome": "not_reached",
            "reason": "HTTP 403",
        }
    ]
    found = verify_pack(write_pack(tmp_path, recipe.members()), trust)
    assert_genuine(found)
    assert any("INCOMPLETE" in one.detail for one in found.checks if one.finding is Finding.NOT_CHECKED)


def test_a_pack_without_stamp_verifies_and_says_so_loudly(trust: Trust, tmp_path: Path) -> None:
    found = verify_pack(write_pack(tmp_path, Recipe(authority=None).members()), trust)
    assert_genuine(found)
    assert any(
        "NOT TIME-STAMPED" in one.detail and one.finding is Finding.NOT_CHECKED
        for one in found.checks
        if one.name == "time stamp"
    )


def test_a_later_stamp_is_checked(good: Mapping[str, bytes], trust: Trust, tmp_path: Path) -> None:
    recipe = Recipe(authority=None)
    members = recipe.members()
    pack = write_pack(tmp_path, members)
    later = the_authority(SEALED_AT.replace(year=2027))
    (tmp_path / "later.tsr").write_bytes(later.stamp(members["tagmanifest-sha256.txt"]))
    assert_genuine(verify_pack(pack, trust, tmp_path / "later.tsr"))
    (tmp_path / "other.tsr").write_bytes(good["tagmanifest-sha256.txt.tsr"])
    assert_caught(verify_pack(pack, trust, tmp_path / "other.tsr"), "other.tsr", "other bytes")
    early = the_authority(SEALED_AT.replace(year=2025))
    (tmp_path / "early.tsr").write_bytes(early.stamp(members["tagmanifest-sha256.txt"]))
    assert_caught(verify_pack(pack, trust, tmp_path / "early.tsr"), "early.tsr", "before the pack was sealed")


def test_a_development_key_is_said_to_be_one(tmp_path: Path) -> None:
    from tests.fakes.certificates import authority, issue

    root = authority("Authority, DEVELOPMENT – NOT EVIDENCE")
    signer = issue("Signer", root, serial=2)
    pack = write_pack(tmp_path, Recipe(signer=signer_of(signer, root)).members())
    found = verify_pack(pack, Trust(authorities=(root.der,)))
    assert_genuine(found)
    assert any("DEVELOPMENT – NOT EVIDENCE" in one.detail for one in found.checks)
    assert found.about is not None
    assert found.about.development


def test_another_file_name_is_fine_but_that_of_another_pack_is_not(
    good: Mapping[str, bytes], trust: Trust, tmp_path: Path
) -> None:
    assert_genuine(verify_pack(write_pack(tmp_path, good, name="evidence (1)"), trust))
    other = write_pack(tmp_path, good, name="all-night-internal-2026-11-20-r0001")
    assert any("is called" in one.detail for one in failures(verify_pack(other, trust)))


@needs("unzip", "openssl", "sha256sum", "pdfsig", "certutil")
@pytest.mark.parametrize("stamped", [True, False])
def test_the_commands_of_how_to_verify_run_as_printed(tmp_path: Path, *, stamped: bool) -> None:
    recipe = Recipe() if stamped else Recipe(authority=None)
    write_pack(tmp_path, recipe.members())
    (tmp_path / "root.pem").write_bytes(trade().root.pem)
    (tmp_path / "tsa-root.pem").write_bytes(trade().stamp_root.pem)
    text = how_to_verify(PACK_ID, trade().signer.fingerprint, time_stamped=stamped)
    output = _run(commands(text), tmp_path)
    promised = [line.split("It prints: ")[1] for line in text.splitlines() if "It prints: " in line]
    assert len(promised) == (7 if stamped else 5)
    for line in promised:
        assert line in output


@needs("unzip", "openssl", "sha256sum")
def test_the_commands_of_how_to_verify_stop_at_an_added_file(tmp_path: Path, good: Mapping[str, bytes]) -> None:
    write_pack(tmp_path, {**good, "data/extra.csv": b"a,b\r\n"})
    (tmp_path / "root.pem").write_bytes(trade().root.pem)
    (tmp_path / "tsa-root.pem").write_bytes(trade().stamp_root.pem)
    text = how_to_verify(PACK_ID, trade().signer.fingerprint, time_stamped=True)
    with pytest.raises(subprocess.CalledProcessError) as stopped:
        _run(commands(text), tmp_path)
    assert "data/extra.csv" in stopped.value.output


def _run(lines: list[str], folder: Path) -> str:
    """One shell, as a person would have it; it stops at the first command that fails."""
    script = "set -eu\n" + "\n".join(lines)
    ran = subprocess.run(
        ["sh", "-c", script], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True
    )
    return ran.stdout
