"""A key in a vault, through the real SDK over real HTTPS on loopback: what leaves the machine, and what is refused."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from evidence.errors import EvidenceError, SealError
from evidence.seals.interface import Signer
from evidence.seals.key_vault import open_key_vault_signer
from tests.fakes.certificates import trade
from tests.fakes.key_vault import VERSION, Credential, FakeVault, serve_vault
from tests.fakes.packs import plain_pdf

AT = datetime(2026, 11, 22, 5, 9, tzinfo=UTC)


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[FakeVault]:
    with serve_vault(trade().signer.key, tmp_path) as found:
        yield found


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    path = tmp_path / "signer.pem"
    path.write_bytes(trade().signer.pem + trade().issuing.pem)
    return path


def opened(vault: FakeVault, certificate: Path) -> Signer:
    return open_key_vault_signer(vault.key_id, certificate, Credential(), **vault.options)


def refused(vault: FakeVault, certificate: Path, said: str, code: int) -> None:
    with pytest.raises(SealError, match=said) as error:
        opened(vault, certificate)
    assert error.value.exit_code == code
    assert "a-token-of-the-test" not in " ".join(error.value.diagnostics())


def test_a_digest_leaves_and_nothing_else(vault: FakeVault, certificate: Path) -> None:
    data = b"names of machines, and all that was backed up " * 20
    signer = opened(vault, certificate)
    signer.sign_detached(data, AT, None)
    signer.sign_pdf(plain_pdf("a secret name"), AT, None)
    assert len(vault.bodies) == 2
    for body in vault.bodies:
        assert set(body) == {"alg", "value"}
        assert len(base64.urlsafe_b64decode(body["value"] + "==")) == hashlib.sha256().digest_size
    assert set(vault.paths) == {f"/keys/signer/{VERSION}", f"/keys/signer/{VERSION}/sign"}


def test_a_key_that_may_not_sign(vault: FakeVault, certificate: Path) -> None:
    vault.operations = ("verify", "encrypt")
    refused(vault, certificate, "not one that signs", 2)
    vault.operations, vault.enabled = ("sign",), False
    refused(vault, certificate, "disabled", 2)


@pytest.mark.parametrize(("status", "code"), [(403, 5), (404, 2), (400, 2), (429, 6), (500, 6), (503, 6)])
def test_what_the_vault_answers_instead_of_a_key(vault: FakeVault, certificate: Path, status: int, code: int) -> None:
    vault.fail["GET"] = status
    refused(vault, certificate, "could not be had|was refused", code)


@pytest.mark.parametrize(("status", "code"), [(403, 5), (429, 6), (500, 6), (400, 2)])
def test_what_it_answers_instead_of_a_signature(vault: FakeVault, certificate: Path, status: int, code: int) -> None:
    signer = opened(vault, certificate)
    vault.fail["POST"] = status
    for sign in (signer.sign_detached, signer.sign_pdf):
        with pytest.raises(EvidenceError) as error:
            sign(plain_pdf(), AT, None)
        assert error.value.exit_code == code


def test_a_vault_that_is_not_there(vault: FakeVault, certificate: Path, tmp_path: Path) -> None:
    with serve_vault(trade().signer.key, tmp_path) as gone:
        pass
    refused(gone, certificate, "could not be had now", 6)
    assert vault.paths == []


def test_a_vault_with_a_certificate_that_nobody_knows_is_not_asked(vault: FakeVault, certificate: Path) -> None:
    options = {**vault.options, "connection_verify": True}
    with pytest.raises(SealError) as error:
        open_key_vault_signer(vault.key_id, certificate, Credential(), **options)
    assert error.value.exit_code == 6
    assert vault.paths == []


def test_a_key_exchanged_in_the_vault_is_noticed_at_once(vault: FakeVault, certificate: Path) -> None:
    signer = opened(vault, certificate)
    vault.private = trade().other_signer.key
    with pytest.raises(SealError, match="does not verify"):
        signer.sign_detached(b"data", AT, None)
    refused(vault, certificate, "does not belong", 2)


def test_a_key_without_its_version_is_refused(vault: FakeVault, certificate: Path) -> None:
    with pytest.raises(SealError, match="names no version"):
        open_key_vault_signer(f"{vault.url}/keys/signer", certificate, Credential(), **vault.options)
    with pytest.raises(SealError):
        open_key_vault_signer(f"{vault.url}/secrets/x", certificate, Credential(), **vault.options)
    with pytest.raises(SealError, match="cannot be read"):
        opened(vault, certificate.parent / "none.pem")


def test_a_whole_pack_is_sealed_by_it(vault: FakeVault, certificate: Path, tmp_path: Path) -> None:
    from evidence.packs.verification import Trust, verify_pack
    from tests.fakes.packs import Recipe, write_pack

    members = Recipe(signer=opened(vault, certificate)).members()
    world = trade()
    found = verify_pack(
        write_pack(tmp_path, members), Trust(world.signer.fingerprint, (world.root.der,), (world.stamp_root.der,))
    )
    assert found.ok
