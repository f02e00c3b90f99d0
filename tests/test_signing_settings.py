from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from evidence.compose import Composition
from evidence.errors import ConfigurationError, RefusedError
from evidence.settings import FileSigning, load_configuration, parse_settings
from evidence.settings.signing import KeyVaultSigning, Pkcs12Signing
from tests.fakes.bench import RAW
from tests.fakes.certificates import issue, trade
from tests.seals.makers import serialize

KEY = "https://contoso.vault.azure.net/keys/evidence/0123456789abcdef0123456789abcdef"


def signing(text: str) -> object:
    return parse_settings(RAW + text.encode(), "evidence.yaml").signing


def test_each_kind_of_signing_is_read() -> None:
    assert isinstance(signing(""), FileSigning)
    assert isinstance(signing("signing: {key: a.key, certificate: a.pem}\n"), FileSigning)
    found = signing("signing: {kind: pkcs12, file: a.p12, passphrase_file: words}\n")
    assert isinstance(found, Pkcs12Signing)
    vault = signing(f"signing: {{kind: key_vault, key_id: '{KEY}', certificate: a.pem}}\n")
    assert isinstance(vault, KeyVaultSigning)
    assert vault.credential == "default"


@pytest.mark.parametrize(
    "text",
    [
        "signing: {kind: pkcs12, file: a.p12}",
        "signing: {kind: pkcs12, file: a.p12, passphrase: words}",
        "signing: {kind: smart_card}",
        "signing: {kind: key_vault, certificate: a.pem}",
        f"signing: {{kind: key_vault, key_id: '{KEY}'}}",
        f"signing: {{kind: key_vault, key_id: '{KEY[:-33]}', certificate: a.pem}}",
        f"signing: {{kind: key_vault, key_id: '{KEY.replace('https', 'http')}', certificate: a.pem}}",
        f"signing: {{kind: key_vault, key_id: '{KEY.replace('//', '//me:secret@')}', certificate: a.pem}}",
        f"signing: {{kind: key_vault, key_id: '{KEY}?sig=secret', certificate: a.pem}}",
        f"signing: {{kind: key_vault, key_id: '{KEY}', certificate: a.pem, credential: static}}",
        f"signing: {{kind: key_vault, key_id: '{KEY}', certificate: a.pem, key: b.key}}",
    ],
)
def test_what_is_wrong_names_its_line_and_never_falls_back(text: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        signing(text + "\n")
    assert "evidence.yaml:" in error.value.cause
    assert "signing" in error.value.cause


def composed(folder: Path, text: str) -> Composition:
    (folder / "evidence.yaml").write_bytes(RAW + text.encode())
    return Composition(load_configuration(folder / "evidence.yaml"))


def secret(path: Path, data: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(data)


def test_a_pkcs12_file_signs_by_the_configuration(tmp_path: Path) -> None:
    world = trade()
    secret(tmp_path / "a.p12", serialize(world.signer.key, world.signer.certificate, [world.issuing.certificate]))
    (tmp_path / "words").write_bytes(b"words\n")
    text = "signing: {kind: pkcs12, file: a.p12, passphrase_file: words}\n"
    assert composed(tmp_path, text).signer.identity.fingerprint_sha256 == world.signer.fingerprint
    (tmp_path / "words").unlink()
    with pytest.raises(ConfigurationError, match="cannot be read"):
        _ = composed(tmp_path, text).signer


@pytest.mark.parametrize("kind", ["file", "pkcs12"])
def test_production_refuses_a_development_key_of_every_kind(tmp_path: Path, kind: str) -> None:
    found = issue("DEVELOPMENT signer", trade().issuing, key_name="signer", serial=71)
    if kind == "file":
        data = found.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        secret(tmp_path / "a.key", data)
        (tmp_path / "a.pem").write_bytes(found.pem)
        text = "signing: {key: a.key, certificate: a.pem}\n"
    else:
        secret(tmp_path / "a.p12", serialize(found.key, found.certificate, []))
        (tmp_path / "words").write_bytes(b"words")
        text = "signing: {kind: pkcs12, file: a.p12, passphrase_file: words}\n"
    with pytest.raises(RefusedError, match="development key") as error:
        _ = composed(tmp_path, text).signer
    assert error.value.exit_code == 8
    allowed = text.replace("}", ", development: true}")
    assert composed(tmp_path, allowed).signer.identity.development


def test_a_key_of_a_vault_is_asked_with_the_configured_identity(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from evidence.seals import key_vault
    from evidence.stores import credentials
    from tests.fakes.packs import the_signer

    asked: list[object] = []

    def open_signer(*given: object) -> object:
        asked.append(given)
        return the_signer()

    monkeypatch.setattr(key_vault, "open_key_vault_signer", open_signer)
    monkeypatch.setattr(credentials, "identity_credential", lambda kind: f"identity {kind}")
    text = f"signing: {{kind: key_vault, key_id: '{KEY}', certificate: a.pem, credential: workload}}\n"
    assert composed(tmp_path, text).signer.identity == the_signer().identity
    assert asked == [(KEY, tmp_path / "a.pem", "identity workload")]
