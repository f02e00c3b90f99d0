"""Certificates of signers: read, named, and refused where a rule forbids them.

Not here: private keys (`pem`), chains of strangers (`trust`). Invariant: a `SignerIdentity` comes only from a chain whose
every link was checked, whose first certificate may sign documents and is no authority itself.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from evidence.errors import RefusedError, SealError
from evidence.seals.interface import SignerIdentity

DEVELOPMENT_MARK = "DEVELOPMENT – NOT EVIDENCE"
LEAST_BITS = 3072
DOCUMENT_SIGNING = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")
"""id-kp-documentSigning (RFC 9336)."""
_PURPOSES = (DOCUMENT_SIGNING, ExtendedKeyUsageOID.EMAIL_PROTECTION)
_STRONG = (hashes.SHA256, hashes.SHA384, hashes.SHA512)


def parse_certificates(data: bytes, name: str) -> tuple[x509.Certificate, ...]:
    """Certificates of a PEM file in its order, or the one of a DER file; raises SealError where there is none."""
    try:
        if b"-----BEGIN" in data:
            return tuple(x509.load_pem_x509_certificates(data))
        return (x509.load_der_x509_certificate(data),)
    except ValueError as error:
        raise SealError(
            f"{name} holds no readable certificate.",
            cause=str(error),
            next_step="Give a PEM file: the signer's certificate first, then those of its issuers.",
        ) from error


def fingerprint(certificate: x509.Certificate) -> str:
    """Lower-case hex of SHA-256 over the DER."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def identify(chain: tuple[x509.Certificate, ...], name: str) -> SignerIdentity:
    """Who signs with this chain (signer first, issuers after it); raises SealError for a chain that must not sign."""
    signer = chain[0]
    _check_key(signer, name)
    _check_purposes(signer, name)
    _check_links(chain, name)
    names = [text for one in chain for text in (one.subject.rfc4514_string(), one.issuer.rfc4514_string())]
    return SignerIdentity(
        subject=signer.subject.rfc4514_string(),
        issuer=signer.issuer.rfc4514_string(),
        fingerprint_sha256=fingerprint(signer),
        not_before=max(one.not_valid_before_utc for one in chain),
        not_after=min(one.not_valid_after_utc for one in chain),
        development=any("DEVELOPMENT" in text.upper() for text in names),
        chain_der=tuple(der(one) for one in chain if one.subject != one.issuer),
    )


def der(certificate: x509.Certificate) -> bytes:
    """The certificate's own bytes."""
    return certificate.public_bytes(Encoding.DER)


@dataclass(frozen=True, slots=True)
class Described:
    """What a certificate says of itself."""

    subject: str
    issuer: str
    not_before: datetime
    not_after: datetime


def describe(certificate: bytes) -> Described:
    """What a certificate (DER) says of itself."""
    found = x509.load_der_x509_certificate(certificate)
    return Described(
        found.subject.rfc4514_string(),
        found.issuer.rfc4514_string(),
        found.not_valid_before_utc,
        found.not_valid_after_utc,
    )


def to_pem(certificates: Iterable[bytes]) -> bytes:
    """A PEM file of certificates (DER), each headed by whose it is."""
    found = [x509.load_der_x509_certificate(one) for one in certificates]
    return b"".join(f"# {one.subject.rfc4514_string()}\n".encode() + one.public_bytes(Encoding.PEM) for one in found)


def _check_key(signer: x509.Certificate, name: str) -> None:
    key = signer.public_key()
    if not isinstance(key, RSAPublicKey):
        # pyHanko marks a PDF signed with an elliptic curve as version 2.0, which PDF/A-3 forbids.
        raise SealError(
            f"The certificate in {name} is not for an RSA key.", next_step="Use RSA with 3072 bits or more."
        )
    if key.key_size < LEAST_BITS:
        raise SealError(
            f"The key of the certificate in {name} has {key.key_size} bits.",
            next_step=f"Use RSA with {LEAST_BITS} bits or more.",
        )


def _check_purposes(signer: x509.Certificate, name: str) -> None:
    try:
        usage = signer.extensions.get_extension_for_class(x509.KeyUsage).value
        purposes = set(signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    except (x509.ExtensionNotFound, ValueError) as error:
        raise _wrong_purpose(name, str(error)) from error
    if not usage.digital_signature:
        raise _wrong_purpose(name, "its key usage lacks digitalSignature")
    if purposes.isdisjoint(_PURPOSES):
        raise _wrong_purpose(name, "its extended key usage has neither documentSigning nor emailProtection")
    if usage.key_cert_sign or is_authority(signer):
        raise _wrong_purpose(name, "it belongs to an authority, which must not sign evidence itself")


def _wrong_purpose(name: str, cause: str) -> SealError:
    return SealError(
        f"The certificate in {name} is not one that signs documents.",
        cause=cause,
        next_step="Ask for a certificate with digitalSignature, and documentSigning or emailProtection.",
    )


def is_authority(certificate: x509.Certificate) -> bool:
    """Whether it may issue certificates (basicConstraints)."""
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _check_links(chain: tuple[x509.Certificate, ...], name: str) -> None:
    if chain[0].subject == chain[0].issuer:
        raise SealError(
            f"The certificate in {name} is signed by itself.",
            next_step="Use a certificate that an authority issued, so that others can check it.",
        )
    for issued, issuer in itertools.pairwise(chain):
        try:
            issued.verify_directly_issued_by(issuer)
            verified = is_authority(issuer)
        except (InvalidSignature, ValueError, TypeError):
            verified = False
        if not verified:
            raise SealError(
                f"In {name}, {issuer.subject.rfc4514_string()} did not issue {issued.subject.rfc4514_string()}.",
                next_step="Put the signer's certificate first, then its issuer, then the issuer's issuer.",
            )
    for one in chain:
        if not isinstance(one.signature_hash_algorithm, _STRONG):
            raise SealError(f"In {name}, {one.subject.rfc4514_string()} is not signed with SHA-256 or better.")


def refuse_unless_valid(identity: SignerIdentity, at: datetime) -> None:
    """Raise RefusedError where the signer's chain is not yet, or no longer, valid at a moment."""
    if at < identity.not_before:
        raise RefusedError(
            f"The certificate of {identity.subject} is not valid before {identity.not_before:%Y-%m-%d %H:%M} UTC.",
            cause=f"It is {at:%Y-%m-%d %H:%M} UTC.",
            next_step="Check the clock, or sign with a certificate that is valid now.",
        )
    if at > identity.not_after:
        raise RefusedError(
            f"The certificate of {identity.subject} expired on {identity.not_after:%Y-%m-%d %H:%M} UTC.",
            cause=f"It is {at:%Y-%m-%d %H:%M} UTC.",
            next_step="Sign with a new certificate; what the old one sealed stays valid.",
        )


def refuse_short_lived(identity: SignerIdentity, keep_until: date) -> None:
    """Raise RefusedError where the certificate ends before what it seals may be disposed of.

    Ordinary tools call a signature invalid once its certificate has expired, time stamp or not, so the certificate must
    be valid for as long as the pack is kept.
    """
    last_moment = datetime.combine(keep_until, time(), UTC) + timedelta(days=1)
    if identity.not_after < last_moment:
        raise RefusedError(
            f"The certificate of {identity.subject} ends on {identity.not_after:%Y-%m-%d}, "
            f"before {keep_until.isoformat()}, until when the pack must be kept.",
            next_step="Sign with a certificate that outlives what it seals.",
        )


def refuse_development(identity: SignerIdentity) -> None:
    """Raise RefusedError for a DEVELOPMENT key; the caller knows whether this is production."""
    if identity.development:
        raise RefusedError(
            f"{identity.subject} is a development key: what it signs is no evidence.",
            next_step="Configure `signing` with a key whose certificate a real authority issued.",
        )
