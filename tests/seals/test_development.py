from __future__ import annotations

import stat
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509

from evidence.errors import ConfigurationError, RefusedError
from evidence.seals.certificates import DEVELOPMENT_MARK
from evidence.seals.development import create_development_keys
from evidence.seals.pem import load_pem_signer

FIRST, LAST = datetime(2025, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)


def test_the_keys_sign_and_say_that_they_are_no_evidence(tmp_path: Path) -> None:
    keys = create_development_keys(tmp_path, "Büro Contoso", FIRST, LAST)
    assert (keys.key, keys.certificate, keys.root) == (
        tmp_path / "keys" / "signer.key",
        tmp_path / "trust" / "signer.pem",
        tmp_path / "trust" / "root.pem",
    )
    assert stat.S_IMODE(keys.key.stat().st_mode) == 0o600
    signer = load_pem_signer(keys.key, keys.certificate)
    assert signer.identity.development
    assert DEVELOPMENT_MARK in signer.identity.subject
    assert DEVELOPMENT_MARK in signer.identity.issuer
    assert (signer.identity.not_before, signer.identity.not_after) == (FIRST, LAST)
    data = tmp_path / "data"
    data.write_bytes(b"data")
    (tmp_path / "sig").write_bytes(signer.sign_detached(b"data", datetime(2026, 11, 22, tzinfo=UTC), None))
    command = f"openssl cms -verify -binary -inform PEM -in sig -content data -CAfile {keys.root} -attime 1795305600"
    subprocess.run(command.split(), cwd=tmp_path, check=True, capture_output=True)


def test_the_root_outlives_its_signer_and_its_key_is_nowhere(tmp_path: Path) -> None:
    keys = create_development_keys(tmp_path, "Contoso", FIRST, LAST)
    root = x509.load_pem_x509_certificate(keys.root.read_bytes())
    assert root.not_valid_before_utc == FIRST
    assert root.not_valid_after_utc > LAST
    private = [path for path in tmp_path.rglob("*") if path.is_file() and b"PRIVATE" in path.read_bytes()]
    assert private == [keys.key]


@pytest.mark.parametrize("path", ["keys/signer.key", "trust/signer.pem", "trust/root.pem"])
def test_nothing_is_overwritten(tmp_path: Path, path: str) -> None:
    there = tmp_path / path
    there.parent.mkdir(parents=True)
    there.write_bytes(b"mine")
    with pytest.raises(RefusedError, match="never overwritten"):
        create_development_keys(tmp_path, "Contoso", FIRST, LAST)
    assert [one.read_bytes() for one in tmp_path.rglob("*") if one.is_file()] == [b"mine"]


@pytest.mark.parametrize(
    ("organisation", "first", "last"),
    [
        ("", FIRST, LAST),
        ("x" * 65, FIRST, LAST),
        ("Contoso", LAST, FIRST),
        ("Contoso", FIRST.replace(tzinfo=None), LAST),
    ],
)
def test_what_no_certificate_can_hold(tmp_path: Path, organisation: str, first: datetime, last: datetime) -> None:
    with pytest.raises(ConfigurationError):
        create_development_keys(tmp_path, organisation, first, last)
    assert not list(tmp_path.iterdir())
