"""Keys for trying things out: an authority and a signer whose names say that what they sign is no evidence.

Not here: production keys, which come from the organisation's own authority. Invariants: nothing is overwritten, the
authority's key is never written, and the signer's key is readable by its owner alone.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from evidence.errors import ConfigurationError, RefusedError
from evidence.seals.certificates import DEVELOPMENT_MARK, DOCUMENT_SIGNING, LEAST_BITS, fingerprint

AUTHORITY_LIFE = timedelta(days=20 * 365)
_LONGEST_ORGANISATION = 64
"""X.520 ub-organization-name."""


@dataclass(frozen=True, slots=True)
class DevelopmentKeys:
    """Where the files are, and the fingerprint to hand to whoever verifies."""

    key: Path
    certificate: Path
    root: Path
    fingerprint_sha256: str


def create_development_keys(
    folder: Path, organisation: str, not_before: datetime, not_after: datetime
) -> DevelopmentKeys:
    """Write `keys/signer.key`, `trust/signer.pem` and `trust/root.pem` under a folder.

    The signer is valid from `not_before` to `not_after` (UTC), the authority at least as long. Raises RefusedError where
    one of the files exists, ConfigurationError for a name that a certificate cannot hold.
    """
    paths = (folder / "keys" / "signer.key", folder / "trust" / "signer.pem", folder / "trust" / "root.pem")
    _refuse_existing(paths)
    _check(organisation, not_before, not_after)
    authority, key = _new_key(), _new_key()
    root = _root(authority, organisation, not_before, max(not_after, not_before + AUTHORITY_LIFE))
    signer = _signer(key, authority, root, not_before, not_after)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _write(paths[0], private, 0o600)
    _write(paths[1], signer.public_bytes(serialization.Encoding.PEM), 0o644)
    _write(paths[2], root.public_bytes(serialization.Encoding.PEM), 0o644)
    return DevelopmentKeys(*paths, fingerprint(signer))


def _refuse_existing(paths: tuple[Path, ...]) -> None:
    for path in paths:
        if path.exists() or path.is_symlink():
            raise RefusedError(
                f"{path} is already there, and keys are never overwritten.",
                cause="Packs signed with the old key could then no longer be told from forgeries.",
                next_step="Use the keys that are there, or another folder.",
            )


def _check(organisation: str, not_before: datetime, not_after: datetime) -> None:
    if not organisation.strip() or len(organisation) > _LONGEST_ORGANISATION:
        raise ConfigurationError(
            f"A certificate holds an organisation's name of 1 to {_LONGEST_ORGANISATION} characters.",
            next_step="Shorten `organisation`.",
        )
    if not_before.tzinfo is None or not_after.tzinfo is None or not_after <= not_before:
        raise ConfigurationError("A certificate's validity needs two moments with time zone, the later one last.")


def _new_key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=LEAST_BITS)


def _name(organisation: str, role: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, DEVELOPMENT_MARK),
            x509.NameAttribute(NameOID.COMMON_NAME, f"{role}, {DEVELOPMENT_MARK}"),
        ]
    )


def _root(key: RSAPrivateKey, organisation: str, not_before: datetime, not_after: datetime) -> x509.Certificate:
    name = _name(organisation, "Backup Evidence authority")
    builder = _builder(name, name, key, not_before, not_after)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage(authority=True), critical=True)
    return builder.sign(key, hashes.SHA256())


def _signer(
    key: RSAPrivateKey, authority: RSAPrivateKey, root: x509.Certificate, not_before: datetime, not_after: datetime
) -> x509.Certificate:
    organisation = root.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value
    name = _name(str(organisation), "Backup Evidence signer")
    purposes = x509.ExtendedKeyUsage([DOCUMENT_SIGNING, ExtendedKeyUsageOID.EMAIL_PROTECTION])
    builder = _builder(name, root.subject, key, not_before, not_after)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage(authority=False), critical=True)
    builder = builder.add_extension(purposes, critical=False)
    issuer_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key())
    return builder.add_extension(issuer_key, critical=False).sign(authority, hashes.SHA256())


def _builder(
    subject: x509.Name, issuer: x509.Name, key: RSAPrivateKey, not_before: datetime, not_after: datetime
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(not_before).not_valid_after(not_after)
    return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=not authority,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def _write(path: Path, data: bytes, mode: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Exclusive, and with its mode from the first moment: never readable by others, not even while it is written.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
