"""Signed messages (CMS SignedData, RFC 5652) read so strictly that no byte of them is free.

Not here: whether the signer is trusted (`trust`), PEM and PDF around them. Invariant: each byte is fixed by the format,
or covered by the signature, or part of a certificate, and `certificates` lists those for the caller to bind.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512
from cryptography.hazmat.primitives.serialization import Encoding

from evidence.errors import IntegrityError
from evidence.seals.der import (
    BIT_STRING,
    INTEGER,
    NULL,
    OBJECT_ID,
    OCTET_STRING,
    SEQUENCE,
    SET,
    Reader,
    encode,
    explicit,
    only,
)

DATA = "data"
TIME_STAMP = "time stamp"
CONTENT_TYPE = bytes.fromhex("06092a864886f70d010903")
MESSAGE_DIGEST = bytes.fromhex("06092a864886f70d010904")
STAMP_TOKEN = bytes.fromhex("060b2a864886f70d010910020e")
"""id-aa-timeStampToken (RFC 3161 appendix A)."""

_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
_CONTENT_TYPES = {
    DATA: bytes.fromhex("06092a864886f70d010701"),
    TIME_STAMP: bytes.fromhex("060b2a864886f70d0109100104"),
}
_DIGESTS = {
    bytes.fromhex("0609608648016503040201"): "sha256",
    bytes.fromhex("0609608648016503040202"): "sha384",
    bytes.fromhex("0609608648016503040203"): "sha512",
}
_HASHES: dict[str, SHA256 | SHA384 | SHA512] = {"sha256": SHA256(), "sha384": SHA384(), "sha512": SHA512()}
_RSA = bytes.fromhex("06092a864886f70d010101")
_RSA_WITH = {
    "sha256": bytes.fromhex("06092a864886f70d01010b"),
    "sha384": bytes.fromhex("06092a864886f70d01010c"),
    "sha512": bytes.fromhex("06092a864886f70d01010d"),
}
_ECDSA_WITH = {
    "sha256": bytes.fromhex("06082a8648ce3d040302"),
    "sha384": bytes.fromhex("06082a8648ce3d040303"),
    "sha512": bytes.fromhex("06082a8648ce3d040304"),
}
_KEY_IDENTIFIER = 0x80


class OtherBytesError(IntegrityError):
    """A signature is of other bytes than those at hand."""


@dataclass(frozen=True, slots=True)
class SignedMessage:
    """A message of the right form with exactly one signer; `check_signature` tells whether its signature holds."""

    content: bytes | None
    """What is inside; None where it is detached."""
    certificates: tuple[bytes, ...]
    """DER of every certificate inside, in the order found."""
    signer: bytes
    """DER of the signer's certificate."""
    digest: str
    attributes: Mapping[bytes, bytes]
    """Value of each signed attribute by its object id, both in DER."""
    signed: bytes
    """What the signature is over."""
    signature: bytes
    stamp_token: bytes | None
    """DER of the time stamp of the signature, the one unsigned attribute that may be."""


def read_message(der: bytes, content_type: str, *, stamp_allowed: bool) -> SignedMessage:
    """Read a message; raises IntegrityError for every form but the one that is allowed."""
    outer = only(der, SEQUENCE)
    outer.expect(_SIGNED_DATA, "The kind of message")
    data = only(outer.content(explicit(0)), SEQUENCE)
    outer.end()
    version = data.content(INTEGER)
    digests = data.inside(SET)
    digest = _digest(digests)
    digests.end()
    content = _content(data.inside(SEQUENCE), content_type)
    certificates = _certificates(data)
    signers = data.inside(SET)
    info = signers.inside(SEQUENCE)
    if not signers.at_end:
        raise IntegrityError("There is more than one signer; there must be exactly one.")
    data.end()
    by_key = _check_versions(info, version, content_type)
    signer = _signer(info, certificates, by_key=by_key)
    if _digest(info) != digest:
        raise IntegrityError("Two different digests are named.")
    return _signed_part(info, content, certificates, signer, digest, stamp_allowed=stamp_allowed)


def check_signature(message: SignedMessage, digest_of: Callable[[str], bytes]) -> None:
    """Check digest and signature; `digest_of` gives the content's digest by an algorithm's name (`sha256` …)."""
    if message.attributes.get(MESSAGE_DIGEST) != encode(OCTET_STRING, digest_of(message.digest)):
        raise OtherBytesError("It signs other bytes than these.")
    key = x509.load_der_x509_certificate(message.signer).public_key()
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(message.signature, message.signed, padding.PKCS1v15(), _HASHES[message.digest])
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(message.signature, message.signed, ec.ECDSA(_HASHES[message.digest]))
        else:
            raise IntegrityError("The signer's key is neither RSA nor of an elliptic curve.")
    except InvalidSignature as error:
        raise IntegrityError("The signature does not verify with its signer's key.") from error


def _digest(reader: Reader) -> str:
    algorithm = reader.inside(SEQUENCE)
    found = _DIGESTS.get(algorithm.raw(OBJECT_ID))
    if found is None:
        raise IntegrityError("The digest is not SHA-256, SHA-384 or SHA-512.")
    _no_parameters(algorithm)
    return found


def _no_parameters(algorithm: Reader) -> None:
    """Absent or NULL: both are in use (RFC 5754 section 2)."""
    if not algorithm.at_end:
        algorithm.expect(encode(NULL), "An algorithm's parameter")
    algorithm.end()


def _content(reader: Reader, content_type: str) -> bytes | None:
    reader.expect(_CONTENT_TYPES[content_type], "The type of the content")
    content = None
    if not reader.at_end:
        wrapped = reader.inside(explicit(0))
        content = wrapped.content(OCTET_STRING)
        wrapped.end()
    reader.end()
    if (content is None) != (content_type == DATA):
        raise IntegrityError("The content must be outside a signature of ours, and inside a time stamp.")
    return content


def _certificates(data: Reader) -> tuple[bytes, ...]:
    if data.next_tag() != explicit(0):
        raise IntegrityError("It holds no certificate.")
    found = tuple(data.inside(explicit(0)).rest())
    if data.next_tag() != SET:
        raise IntegrityError("It holds something beside certificates and a signature, which nothing would bind.")
    if len(set(found)) != len(found):
        raise IntegrityError("It holds a certificate twice.")
    for one in found:
        _check_certificate_form(one)
    return found


def _check_certificate_form(certificate: bytes) -> None:
    """The parts of a certificate that its issuer's signature does not cover (RFC 5280 section 4.1.1)."""
    parts = only(certificate, SEQUENCE)
    fields = only(parts.raw(SEQUENCE), SEQUENCE)
    fields.raw(explicit(0))
    fields.raw(INTEGER)
    parts.expect(fields.raw(SEQUENCE), "The algorithm of a certificate's signature")
    if parts.content(BIT_STRING)[:1] != b"\0":
        raise IntegrityError("The signature of a certificate inside is not whole bytes.")
    parts.end()
    try:
        same = x509.load_der_x509_certificate(certificate).public_bytes(Encoding.DER) == certificate
    except ValueError as error:
        raise IntegrityError("It holds a certificate that cannot be read.", cause=str(error)) from error
    if not same:
        raise IntegrityError("It holds a certificate that is not written in DER.")


def _check_versions(info: Reader, version: bytes, content_type: str) -> bool:
    """Check both version numbers (RFC 5652 sections 5.1, 5.3); tells whether the signer is named by a key identifier."""
    signer_version = info.content(INTEGER)
    by_key = info.next_tag() == _KEY_IDENTIFIER
    if signer_version != (b"\x03" if by_key else b"\x01"):
        raise IntegrityError("The signer's version number is not what it must be.")
    if version != (b"\x03" if by_key or content_type != DATA else b"\x01"):
        raise IntegrityError("The version number is not what it must be.")
    return by_key


def _signer(info: Reader, certificates: tuple[bytes, ...], *, by_key: bool) -> bytes:
    named = info.raw(_KEY_IDENTIFIER if by_key else SEQUENCE)
    name = _key_identifier if by_key else issuer_and_serial
    found = [one for one in certificates if name(one) == named]
    if len(found) != 1:
        raise IntegrityError("The signer's certificate is not inside.")
    return found[0]


def issuer_and_serial(certificate: bytes) -> bytes:
    """DER of IssuerAndSerialNumber (RFC 5652, 10.2.4), in the certificate's own bytes."""
    fields = only(certificate, SEQUENCE).inside(SEQUENCE)
    if fields.next_tag() == explicit(0):
        fields.raw(explicit(0))
    serial = fields.raw(INTEGER)
    fields.raw(SEQUENCE)
    return encode(SEQUENCE, fields.raw(SEQUENCE), serial)


def _key_identifier(certificate: bytes) -> bytes | None:
    extensions = x509.load_der_x509_certificate(certificate).extensions
    try:
        found = extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    except x509.ExtensionNotFound:
        return None
    return encode(_KEY_IDENTIFIER, found.value.digest)


def _signed_part(
    info: Reader,
    content: bytes | None,
    certificates: tuple[bytes, ...],
    signer: bytes,
    digest: str,
    *,
    stamp_allowed: bool,
) -> SignedMessage:
    attributes = info.content(explicit(0))
    _check_signature_algorithm(info.inside(SEQUENCE), digest)
    signature = info.content(OCTET_STRING)
    token = _stamp_token(info) if stamp_allowed else None
    info.end()
    found = _attributes(attributes)
    content_type = _CONTENT_TYPES[DATA if content is None else TIME_STAMP]
    if found.get(CONTENT_TYPE) != content_type:
        raise IntegrityError("The signed type of the content is not that of the content.")
    # The signature is over the attributes as a SET (RFC 5652, 5.4), not with the tag they carry inside the message.
    return SignedMessage(content, certificates, signer, digest, found, encode(SET, attributes), signature, token)


def _check_signature_algorithm(algorithm: Reader, digest: str) -> None:
    found = algorithm.raw(OBJECT_ID)
    if found not in (_RSA, _RSA_WITH[digest], _ECDSA_WITH[digest]):
        raise IntegrityError("The signature is neither RSA (PKCS#1 v1.5) nor ECDSA with the digest that is named.")
    _no_parameters(algorithm)


def _attributes(data: bytes) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    for attribute in Reader(data).rest():
        reader = only(attribute, SEQUENCE)
        name = reader.raw(OBJECT_ID)
        values = reader.content(SET)
        reader.end()
        if name in found:
            raise IntegrityError("A signed attribute stands twice.")
        if not values:
            raise IntegrityError("A signed attribute has no value.")
        found[name] = values
    return found


def _stamp_token(info: Reader) -> bytes | None:
    if info.at_end:
        return None
    attributes = info.inside(explicit(1))
    attribute = attributes.inside(SEQUENCE)
    attributes.end()
    attribute.expect(STAMP_TOKEN, "The unsigned attribute, which may only be a time stamp,")
    values = attribute.inside(SET)
    attribute.end()
    token = values.raw(SEQUENCE)
    values.end()
    return token
