"""Authorities and certificates for tests, made once a process: nothing of them is ever written to the repository."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NOT_BEFORE = datetime(2020, 1, 1, tzinfo=UTC)
NOT_AFTER = datetime(2049, 1, 1, tzinfo=UTC)
DOCUMENT_SIGNING = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")

SIGNING = (DOCUMENT_SIGNING, ExtendedKeyUsageOID.EMAIL_PROTECTION)
STAMPING = (ExtendedKeyUsageOID.TIME_STAMPING,)


@dataclass(frozen=True, slots=True)
class Holder:
    """A key with its certificate."""

    key: RSAPrivateKey
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    @property
    def fingerprint(self) -> str:
        return self.certificate.fingerprint(hashes.SHA256()).hex()


@functools.cache
def key(name: str, bits: int = 3072) -> RSAPrivateKey:
    """A key by its name; the same name gives the same key."""
    assert name
    return generate_private_key(65537, bits)


def authority(name: str, issuer: Holder | None = None, *, serial: int = 1, key_name: str = "") -> Holder:
    """A root, or an authority below one."""
    return issue(name, issuer, purposes=(), ca=True, serial=serial, key_name=key_name)


def issue(
    name: str,
    issuer: Holder | None,
    *,
    purposes: tuple[x509.ObjectIdentifier, ...] = SIGNING,
    ca: bool = False,
    digital_signature: bool = True,
    bits: int = 3072,
    subject_key: RSAPrivateKey | EllipticCurvePrivateKey | None = None,
    not_before: datetime = NOT_BEFORE,
    not_after: datetime = NOT_AFTER,
    serial: int = 1,
    key_name: str = "",
) -> Holder:
    """A certificate; without an issuer it is signed by itself. Where no key is named, a spare one serves: keys are slow."""
    own = key(key_name or ("spare authority" if ca else "spare"), bits)
    public = (subject_key or own).public_key()
    subject = _name(name)
    builder = x509.CertificateBuilder(issuer.certificate.subject if issuer else subject, subject, public, serial)
    builder = builder.not_valid_before(not_before).not_valid_after(not_after)
    builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    builder = builder.add_extension(_usage(ca=ca, digital_signature=digital_signature), critical=True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    if purposes:
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=purposes == STAMPING)
    if issuer:
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key())
        builder = builder.add_extension(identifier, critical=False)
    return Holder(own, builder.sign(issuer.key if issuer else own, hashes.SHA256()))


def _name(name: str) -> x509.Name:
    parts = [(NameOID.ORGANIZATION_NAME, "Contoso"), (NameOID.COMMON_NAME, name)]
    return x509.Name([x509.NameAttribute(kind, value) for kind, value in parts])


def _usage(*, ca: bool, digital_signature: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature and not ca,
        content_commitment=not ca,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )


@dataclass(frozen=True, slots=True)
class Trade:
    """Everybody in the tests' world of trust."""

    root: Holder
    issuing: Holder
    signer: Holder
    other_signer: Holder
    """Of the same authority: only the fingerprint tells it from the signer."""
    forged_root: Holder
    """Of the same name as the root, with another key."""
    forged_issuing: Holder
    forged_signer: Holder
    stamp_root: Holder
    stamp_issuing: Holder
    stamper: Holder
    stamper_purposes: tuple[x509.ObjectIdentifier, ...] = STAMPING


@functools.cache
def trade() -> Trade:
    """The world, once a process."""
    root = authority("Evidence root", key_name="root")
    issuing = authority("Evidence issuing", root, serial=2, key_name="issuing")
    forged_root = issue("Evidence root", None, purposes=(), ca=True, key_name="forged root")
    forged_issuing = issue("Evidence issuing", forged_root, purposes=(), ca=True, serial=2, key_name="forged issuing")
    stamp_root = authority("Stamp root", key_name="stamp root")
    stamp_issuing = authority("Stamp issuing", stamp_root, serial=2, key_name="stamp issuing")
    return Trade(
        root=root,
        issuing=issuing,
        signer=issue("Evidence signer", issuing, serial=3, key_name="signer"),
        other_signer=issue("Payroll signer", issuing, serial=4, key_name="other signer"),
        forged_root=forged_root,
        forged_issuing=forged_issuing,
        forged_signer=issue("Evidence signer", forged_issuing, serial=3, key_name="forged signer"),
        stamp_root=stamp_root,
        stamp_issuing=stamp_issuing,
        stamper=issue(
            "Stamp unit", stamp_issuing, purposes=STAMPING, serial=3, bits=2048
        ),  # loads three times as fast,
    )
