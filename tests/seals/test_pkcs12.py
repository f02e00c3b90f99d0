from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

from evidence.errors import SealError
from evidence.seals.pkcs12 import load_pkcs12_signer
from tests.fakes.certificates import trade
from tests.seals.makers import serialize


def written(folder: Path, data: bytes, mode: int = 0o600) -> Path:
    path = folder / "signer.p12"
    path.write_bytes(data)
    path.chmod(mode)
    return path


def good() -> bytes:
    world = trade()
    others = [world.root.certificate, world.other_signer.certificate, world.issuing.certificate]
    return serialize(world.signer.key, world.signer.certificate, list(others))


def test_the_chain_is_made_from_the_key_s_own_certificate_whatever_else_is_inside(tmp_path: Path) -> None:
    identity = load_pkcs12_signer(written(tmp_path, good()), passphrase=b"words").identity
    assert identity.chain_der == (trade().signer.der, trade().issuing.der)


def test_without_its_issuers_it_signs_too(tmp_path: Path) -> None:
    data = serialize(trade().signer.key, trade().signer.certificate, [])
    identity = load_pkcs12_signer(written(tmp_path, data), passphrase=b"words").identity
    assert identity.chain_der == (trade().signer.der,)


@pytest.mark.parametrize("data", [b"", b"no file of that kind", b"\x30\x80"])
def test_what_is_no_such_file(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(SealError, match="no readable PKCS#12") as error:
        load_pkcs12_signer(written(tmp_path, data), passphrase=b"words")
    assert error.value.exit_code == 2


def test_a_wrong_passphrase_and_one_that_never_shows(tmp_path: Path) -> None:
    with pytest.raises(SealError, match="passphrase is wrong") as error:
        load_pkcs12_signer(written(tmp_path, good()), passphrase=b"hunter2")
    assert "hunter2" not in " ".join(error.value.diagnostics())


def test_a_file_without_a_key_or_without_its_certificate(tmp_path: Path) -> None:
    world = trade()
    encryption = BestAvailableEncryption(b"words")
    for data in (
        pkcs12.serialize_key_and_certificates(None, None, world.signer.certificate, None, encryption),
        pkcs12.serialize_key_and_certificates(
            None, world.signer.key, None, [world.other_signer.certificate], encryption
        ),
    ):
        with pytest.raises(SealError, match="no key with its certificate"):
            load_pkcs12_signer(written(tmp_path, data), passphrase=b"words")


def test_a_file_that_others_can_read_or_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SealError, match="by others"):
        load_pkcs12_signer(written(tmp_path, good(), 0o644), passphrase=b"words")
    with pytest.raises(SealError, match="cannot be read"):
        load_pkcs12_signer(tmp_path / "none.p12", passphrase=b"words")
