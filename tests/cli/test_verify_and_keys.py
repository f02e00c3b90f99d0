from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from evidence.compose import Composition
from tests.cli.conftest import Command, Home
from tests.fakes.bench import RAW
from tests.fakes.certificates import issue, trade
from tests.fakes.clock import FakeClock
from tests.fakes.packs import signer_of, the_signer


def data(text: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(text)["data"]
    return found


# --- verify


FINGERPRINT = the_signer().identity.fingerprint_sha256


def test_a_good_pack_verifies_and_an_incomplete_one_is_said_to_be(command: Command, home: Home) -> None:
    rows = {row["pack"]: row["file"] for row in data(command("pack", "list", "-c", home.config, "-o", "json").stdout)}
    good = command("verify", rows[home.packs[0]], "--signer-fingerprint", FINGERPRINT, "-o", "json")
    assert good.exit_code == 0
    assert json.loads(good.stdout)["meta"]["authentic"] is True
    other = command("verify", rows[home.packs[1]], "--signer-fingerprint", FINGERPRINT)
    assert other.exit_code == 0
    assert "INCOMPLETE" in other.stderr


def test_without_trust_no_signer_is_established(command: Command, home: Home) -> None:
    file = data(command("pack", "list", "-c", home.config, "-o", "json").stdout)[0]["file"]
    told = command("verify", file)
    assert told.exit_code == 7
    assert "SIGNER NOT ESTABLISHED" in told.output


def test_a_changed_pack_ends_7_and_names_the_file(command: Command, home: Home, tmp_path: Path) -> None:
    file = Path(data(command("pack", "list", "-c", home.config, "-o", "json").stdout)[0]["file"])
    changed = bytearray(file.read_bytes())
    changed[len(changed) // 2] ^= 1
    (tmp_path / file.name).write_bytes(changed)
    told = command("verify", tmp_path / file.name, "--signer-fingerprint", FINGERPRINT)
    assert told.exit_code == 7
    assert "DOES NOT VERIFY" in told.stderr


@pytest.mark.parametrize("content", [None, b"", b"PK", b"no pack", bytes(1000)])
def test_what_is_no_pack_ends_2_or_7_without_a_traceback(
    command: Command, tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "pack.zip"
    if content is not None:
        file.write_bytes(content)
    told = command("verify", file, "--signer-fingerprint", FINGERPRINT)
    assert told.exit_code in {2, 7}
    assert "Traceback" not in told.output


@pytest.mark.parametrize("option", ["--trust", "--tsa-trust"])
@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b"no certificate",
        b"-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n",
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
    ],
)
def test_trust_that_cannot_be_read_ends_2(
    command: Command, home: Home, tmp_path: Path, option: str, content: bytes | None
) -> None:
    file = data(command("pack", "list", "-c", home.config, "-o", "json").stdout)[0]["file"]
    if content is not None:
        (tmp_path / "trust.pem").write_bytes(content)
    told = command("verify", file, option, tmp_path / "trust.pem")
    assert told.exit_code == 2
    assert "trust.pem" in told.stderr


# --- keys


def test_development_keys_say_what_they_are_and_are_never_overwritten(command: Command, tmp_path: Path) -> None:
    told = command("keys", "init", "--folder", tmp_path / "k", "--organisation", "Contoso", "-o", "json")
    assert told.exit_code == 0
    assert "NOT EVIDENCE" in told.stderr
    (row,) = data(told.stdout)
    assert Path(row["key"]).stat().st_mode & 0o077 == 0
    assert len(row["fingerprint_sha256"]) == 64
    again = command("keys", "init", "--folder", tmp_path / "k")
    assert again.exit_code == 8
    assert "never overwritten" in again.stderr


@pytest.mark.parametrize("words", [("--organisation", ""), ("--organisation", "x" * 65), ("--not-before", "soon")])
def test_keys_for_no_name_or_no_day_are_refused(command: Command, tmp_path: Path, words: tuple[str, str]) -> None:
    assert command("keys", "init", "--folder", tmp_path, *words).exit_code == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_key_is_handed_over_on_record_and_never_in_silence(
    command: Command, home: Home, tmp_path: Path, in_time: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(home.folder / "evidence-store", tmp_path / "evidence-store")
    config = tmp_path / "evidence.yaml"
    config.write_bytes(RAW)
    new = signer_of(issue("Next signer", trade().issuing, serial=93, key_name="other signer"), trade().issuing)
    monkeypatch.setattr(Composition, "signer", new)
    for words in (("checkpoint", "make"), ("pack", "build", "--period", "2026-11-20", "--kind", "audit")):
        told = command(*words, "-c", config)
        assert told.exit_code == 8
        assert "keys rotate" in told.stderr
    assert command("keys", "rotate", "--reason", " ", "-c", config).exit_code == 2
    told = command("keys", "rotate", "--reason", "yearly change", "-c", config, "-o", "json")
    assert told.exit_code == 0, told.output
    (row,) = data(told.stdout)
    assert row["previous_fingerprint_sha256"] == FINGERPRINT
    assert row["fingerprint_sha256"] == new.identity.fingerprint_sha256
    assert command("checkpoint", "make", "-c", config).exit_code == 0
    assert command("keys", "rotate", "--reason", "again", "-c", config).exit_code == 8
    assert in_time.moment
