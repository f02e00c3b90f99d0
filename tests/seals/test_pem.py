"""Trap 29: a key that is missing, malformed, expired, not RSA or not its certificate's never signs; never a weaker mode."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from evidence.errors import RefusedError, SealError
from evidence.seals.certificates import refuse_development, refuse_short_lived, refuse_unless_valid
from evidence.seals.development import create_development_keys
from evidence.seals.pem import load_pem_signer
from tests.fakes.certificates import NOT_AFTER, NOT_BEFORE, Holder, issue, trade

AT = datetime(2026, 11, 22, 5, 9, tzinfo=UTC)


@pytest.fixture
def files(tmp_path: Path) -> Callable[..., tuple[Path, Path]]:
    def write(key: bytes, *certificates: Holder, mode: int = 0o600) -> tuple[Path, Path]:
        key_path, certificate_path = tmp_path / "signer.key", tmp_path / "signer.pem"
        key_path.write_bytes(key)
        key_path.chmod(mode)
        certificate_path.write_bytes(b"".join(one.pem for one in certificates))
        return key_path, certificate_path

    return write


Files = Callable[..., tuple[Path, Path]]


def refused(paths: tuple[Path, Path], said: str, passphrase: bytes | None = None) -> None:
    with pytest.raises(SealError, match=said) as error:
        load_pem_signer(*paths, passphrase=passphrase)
    assert error.value.exit_code == 2
    assert error.value.next_step or error.value.cause


def test_a_key_with_its_chain_signs(files: Files) -> None:
    world = trade()
    for chain in ((world.signer, world.issuing, world.root), (world.signer, world.issuing), (world.signer,)):
        identity = load_pem_signer(*files(world.signer.key_pem, *chain)).identity
        assert identity.fingerprint_sha256 == world.signer.fingerprint
        assert identity.subject == "CN=Evidence signer,O=Contoso"
        assert identity.issuer == "CN=Evidence issuing,O=Contoso"
        assert not identity.development
        assert identity.chain_der == tuple(one.der for one in chain if one is not world.root)


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
@pytest.mark.parametrize("passphrase", [None, b"secret words"])
def test_every_pem_form_of_a_key(files: Files, form: PrivateFormat, passphrase: bytes | None) -> None:
    encryption = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    key = trade().signer.key.private_bytes(Encoding.PEM, form, encryption)
    paths = files(key, trade().signer)
    assert load_pem_signer(*paths, passphrase=passphrase).identity.subject
    if passphrase:
        refused(paths, "passphrase")
        refused(paths, "passphrase", b"wrong")
    else:
        refused(paths, "passphrase", b"needless")


def test_missing_files(files: Files, tmp_path: Path) -> None:
    key, certificate = files(trade().signer.key_pem, trade().signer)
    refused((tmp_path / "none.key", certificate), "key file .* cannot be read")
    refused((key, tmp_path / "none.pem"), "certificate file .* cannot be read")
    refused((tmp_path, certificate), "can be read or changed by others|cannot be read")


@pytest.mark.parametrize("data", [b"", b"no key", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_a_malformed_key(files: Files, data: bytes) -> None:
    refused(files(data, trade().signer), "no readable PEM private key")


@pytest.mark.parametrize(
    "data", [b"", b"no certificate", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
)
def test_a_malformed_certificate(files: Files, data: bytes) -> None:
    key, certificate = files(trade().signer.key_pem, trade().signer)
    certificate.write_bytes(data)
    refused((key, certificate), "no readable certificate")


def test_a_key_that_is_not_rsa(files: Files) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    data = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    refused(files(data, trade().signer), "not an RSA key")
    certificate = issue("Curve", trade().issuing, subject_key=key)
    refused(files(trade().signer.key_pem, certificate), "not for an RSA key")


def test_a_short_key(files: Files) -> None:
    short = issue("Short", trade().issuing, bits=2048)
    refused(files(short.key_pem, short), "2048 bits")


def test_a_key_of_another_certificate(files: Files) -> None:
    refused(files(trade().other_signer.key_pem, trade().signer), "does not belong")
    refused(files(trade().signer.key_pem, trade().issuing, trade().signer), "not one that signs documents")


def test_a_certificate_for_something_else(files: Files) -> None:
    for wrong in (
        issue("No purpose", trade().issuing, purposes=()),
        issue("Stamps", trade().issuing, purposes=trade().stamper_purposes),
        issue("No signature", trade().issuing, digital_signature=False),
        trade().issuing,
    ):
        refused(files(wrong.key_pem, wrong), "not one that signs documents")


def test_a_certificate_signed_by_itself(files: Files) -> None:
    own = issue("Alone", None)
    refused(files(own.key_pem, own), "signed by itself")


def test_a_chain_that_does_not_verify(files: Files) -> None:
    world = trade()
    refused(files(world.signer.key_pem, world.signer, world.forged_issuing), "did not issue")
    refused(files(world.signer.key_pem, world.signer, world.root), "did not issue")
    refused(files(world.signer.key_pem, world.signer, world.issuing, world.forged_root), "did not issue")
    below = issue("Below", world.signer, serial=5)
    refused(files(below.key_pem, below, world.signer), "did not issue")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o666, 0o620])
def test_a_key_that_others_can_read(files: Files, mode: int) -> None:
    paths = files(trade().signer.key_pem, trade().signer, mode=mode)
    with pytest.raises(SealError, match="by others") as error:
        load_pem_signer(*paths)
    assert "chmod 600" in error.value.next_step


def test_an_expired_and_a_future_certificate_sign_nothing(files: Files) -> None:
    signer = load_pem_signer(*files(trade().signer.key_pem, trade().signer, trade().issuing))
    for at, said in (
        (NOT_AFTER + timedelta(seconds=1), "expired"),
        (NOT_BEFORE - timedelta(days=1), "not valid before"),
    ):
        for sign in (signer.sign_detached, signer.sign_pdf):
            with pytest.raises(RefusedError, match=said) as error:
                sign(b"data", at, None)
            assert error.value.exit_code == 8
    refuse_unless_valid(signer.identity, AT)


def test_the_issuer_s_end_counts_too(files: Files) -> None:
    brief = issue("Brief issuing", trade().root, purposes=(), ca=True, not_after=AT, serial=6)
    signer = issue("Long signer", brief, serial=7)
    identity = load_pem_signer(*files(signer.key_pem, signer, brief)).identity
    with pytest.raises(RefusedError, match="expired"):
        refuse_unless_valid(identity, AT + timedelta(seconds=1))


def test_a_certificate_must_outlive_what_it_seals(files: Files) -> None:
    signer = issue("One year", trade().issuing, not_after=datetime(2027, 11, 23, tzinfo=UTC), serial=8)
    identity = load_pem_signer(*files(signer.key_pem, signer, trade().issuing)).identity
    refuse_short_lived(identity, date(2027, 11, 22))
    with pytest.raises(RefusedError, match="before 2027-11-23"):
        refuse_short_lived(identity, date(2027, 11, 23))


def test_development_keys_are_refused_in_production_only(tmp_path: Path) -> None:
    keys = create_development_keys(tmp_path, "Contoso", NOT_BEFORE, NOT_AFTER)
    development = load_pem_signer(keys.key, keys.certificate).identity
    assert development.development
    assert development.fingerprint_sha256 == keys.fingerprint_sha256
    with pytest.raises(RefusedError, match="development key"):
        refuse_development(development)
