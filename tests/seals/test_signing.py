"""What is signed, checked with tools that are not ours: openssl, pdfsig, qpdf."""

from __future__ import annotations

import asyncio
import re
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import cms, x509

from evidence.errors import IntegrityError, SealError, TimestampError
from evidence.seals.envelope import read_detached, read_report, undress
from evidence.seals.interface import TimestampAuthority
from evidence.seals.signing import CertifiedSigner, dress
from tests.fakes.authority import FakeAuthority
from tests.fakes.certificates import trade
from tests.fakes.packs import plain_pdf, the_signer
from tests.fakes.tools import needs

AT = datetime(2026, 11, 22, 5, 9, tzinfo=UTC)
DATA = b"0123  data/jobs.csv\n"
STAMPED = AT + timedelta(seconds=3)


class Down:
    url = "http://127.0.0.1:1/tsa"

    def stamp(self, data: bytes) -> bytes:
        raise TimestampError("The authority is down.", cause=str(len(data)))


def the_authority() -> TimestampAuthority:
    return FakeAuthority(lambda: STAMPED)


def openssl(folder: Path, signature: bytes, data: bytes = DATA) -> subprocess.CompletedProcess[str]:
    (folder / "data").write_bytes(data)
    (folder / "signature").write_bytes(signature)
    (folder / "root.pem").write_bytes(trade().root.pem)
    command = "openssl cms -verify -binary -inform PEM -in signature -content data -CAfile root.pem -out out"
    return subprocess.run(command.split(), cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("authority", [None, the_authority()])
def test_openssl_verifies_the_signature(tmp_path: Path, authority: TimestampAuthority | None) -> None:
    signature = the_signer().sign_detached(DATA, AT, authority)
    assert openssl(tmp_path, signature).returncode == 0
    assert openssl(tmp_path, signature, DATA + b"x").returncode != 0


@pytest.mark.parametrize("authority", [None, the_authority()])
def test_the_signature_reads_back(authority: TimestampAuthority | None) -> None:
    seal = read_detached(the_signer().sign_detached(DATA, AT, authority), DATA)
    assert seal.identity == the_signer().identity
    assert seal.claimed_at == AT
    assert seal.at == (STAMPED if authority else AT)
    with pytest.raises(IntegrityError, match="other bytes"):
        read_detached(the_signer().sign_detached(DATA, AT, authority), DATA + b"x")


def test_the_signature_holds_the_chain_without_its_root(tmp_path: Path) -> None:
    (tmp_path / "signature").write_bytes(the_signer().sign_detached(DATA, AT, None))
    command = "openssl cms -cmsout -print -noout -inform PEM -in signature"
    printed = subprocess.run(command.split(), cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert re.findall(r"subject: (.*)", printed) == ["O=Contoso, CN=Evidence issuing", "O=Contoso, CN=Evidence signer"]
    assert "id-smime-aa-signingCertificateV2" in printed


def test_the_same_input_gives_the_same_signature() -> None:
    signer, pdf = the_signer(), plain_pdf()
    assert signer.sign_detached(DATA, AT, None) == signer.sign_detached(DATA, AT, None)
    assert signer.sign_pdf(pdf, AT, None) == signer.sign_pdf(pdf, AT, None)


@needs("pdfsig")
@pytest.mark.parametrize("authority", [None, the_authority()])
def test_pdfsig_calls_the_whole_report_signed(tmp_path: Path, authority: TimestampAuthority | None) -> None:
    (tmp_path / "report.pdf").write_bytes(the_signer().sign_pdf(plain_pdf(), AT, authority))
    said = subprocess.run(["pdfsig", "report.pdf"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert "Total document signed" in said
    assert "Not total document signed" not in said
    assert "Signature is Valid" in said
    assert "Signing Time: Nov 22 2026 05:09:00" in said


@needs("qpdf")
def test_the_signed_report_is_a_sound_pdf(tmp_path: Path) -> None:
    (tmp_path / "report.pdf").write_bytes(the_signer().sign_pdf(plain_pdf(), AT, the_authority()))
    checked = subprocess.run(
        ["qpdf", "--check", "report.pdf"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr


def test_the_unsigned_report_stays_as_it_is_in_front() -> None:
    pdf = plain_pdf()
    signed = the_signer().sign_pdf(pdf, AT, the_authority())
    assert signed.startswith(pdf)
    added = signed[len(pdf) :]
    assert b"ModDate" not in added
    assert b"pyHanko" not in added
    assert read_report(signed).at == STAMPED


def test_a_report_that_is_no_pdf() -> None:
    with pytest.raises(SealError, match="could not be made"):
        the_signer().sign_pdf(b"no PDF", AT, None)


def test_an_authority_that_is_down_is_told_as_such() -> None:
    for sign in (the_signer().sign_detached, the_signer().sign_pdf):
        with pytest.raises(TimestampError, match="down"):
            sign(plain_pdf(), AT, Down())


def test_a_key_that_was_replaced_elsewhere_is_noticed() -> None:
    other = trade().other_signer
    lying = CertifiedSigner(the_signer().identity, lambda data: _sign(other.key_pem, data))
    for sign in (lying.sign_detached, lying.sign_pdf):
        with pytest.raises(SealError, match="does not verify"):
            sign(plain_pdf(), AT, None)


def test_signing_inside_an_event_loop() -> None:
    async def inside() -> bytes:
        return the_signer().sign_detached(DATA, AT, None)

    assert read_detached(asyncio.run(inside()), DATA).claimed_at == AT


def test_a_root_or_an_unbound_certificate_inside_is_refused() -> None:
    world = trade()
    identity = the_signer().identity
    with_root = replace(identity, chain_der=(*identity.chain_der, world.root.der))
    signer = CertifiedSigner(with_root, lambda data: _sign(world.signer.key_pem, data))
    # The library leaves roots out, so what is signed names a certificate that is not inside: still one bound each.
    assert read_detached(signer.sign_detached(DATA, AT, None), DATA).identity == identity
    fat = _with_certificate(undress(the_signer().sign_detached(DATA, AT, None)), world.other_signer.der)
    with pytest.raises(IntegrityError, match="nothing binds"):
        read_detached(dress(fat), DATA)
    fat = _with_certificate(undress(the_signer().sign_detached(DATA, AT, None)), world.root.der)
    with pytest.raises(IntegrityError, match="nothing binds"):
        read_detached(dress(fat), DATA)


@pytest.mark.parametrize(
    "change",
    [
        lambda pem: pem.replace(b"\n", b"\r\n"),
        lambda pem: pem + b"\n",
        lambda pem: b"\n" + pem,
        lambda pem: pem[:-1],
        lambda pem: pem.replace(b"CMS", b"PKCS7"),
        lambda pem: pem.replace(b"\n", b"", 3),
        lambda pem: b"comment\n" + pem,
        lambda pem: pem.replace(b"=", b"", 1) if b"=" in pem else pem[:-40] + pem[-39:],
        lambda _: b"",
    ],
)
def test_another_dress_of_the_same_signature(change: object) -> None:
    pem = the_signer().sign_detached(DATA, AT, None)
    assert callable(change)
    with pytest.raises(IntegrityError):
        read_detached(change(pem), DATA)


def test_two_signers_are_one_too_many() -> None:
    message = cms.ContentInfo.load(undress(the_signer().sign_detached(DATA, AT, None)))
    infos = message["content"]["signer_infos"]
    other = infos[0].copy()
    other["signature"] = b"\1" * 384
    infos.append(other)
    with pytest.raises(IntegrityError, match="more than one signer"):
        read_detached(dress(message.dump(force=True)), DATA)


def _with_certificate(der: bytes, certificate: bytes) -> bytes:
    """The message with one more certificate inside, which CMS tools do not mind."""
    message = cms.ContentInfo.load(der)
    message["content"]["certificates"].append(cms.CertificateChoices("certificate", x509.Certificate.load(certificate)))
    return bytes(message.dump(force=True))


def _sign(key_pem: bytes, data: bytes) -> bytes:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    key = load_pem_private_key(key_pem, None)
    assert isinstance(key, RSAPrivateKey)
    return key.sign(data, PKCS1v15(), hashes.SHA256())
