"""Detached signatures of ours read back: the PEM around them, the message, its signer and what binds each certificate.

Not here: trust. Invariant: a `Seal` exists only where its form is the one that we write and its signature holds, so that no
byte of it can be changed unseen.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from datetime import datetime

from cryptography.x509 import load_der_x509_certificate

from evidence.errors import EvidenceError, IntegrityError
from evidence.seals.attributes import CERTIFICATES_V2, SIGNING_TIME, bound_certificates, signing_time
from evidence.seals.certificates import identify
from evidence.seals.interface import SignerIdentity
from evidence.seals.messages import (
    CONTENT_TYPE,
    DATA,
    MESSAGE_DIGEST,
    SignedMessage,
    check_signature,
    read_message,
)
from evidence.seals.pdf_reading import read_signed_pdf
from evidence.seals.reading import reading
from evidence.seals.signing import dress
from evidence.seals.stamps import TimeStamp, check_imprint, read_token

_BOTH = frozenset({CONTENT_TYPE, MESSAGE_DIGEST, CERTIFICATES_V2})


@dataclass(frozen=True, slots=True)
class Seal:
    """A signature that holds, by a signer who has yet to be established."""

    identity: SignerIdentity
    claimed_at: datetime
    """When the signer says it was made."""
    stamp: TimeStamp | None
    """The stamp of the signature, inside it."""

    @property
    def at(self) -> datetime:
        """The time at which to judge certificates: stamped where it is, else claimed."""
        return self.stamp.at if self.stamp else self.claimed_at


def read_detached(pem: bytes, data: bytes) -> Seal:
    """The seal in a `.p7s` over data; raises IntegrityError where form, digest, signature or binding is not right."""
    with reading("The signature"):
        message = read_message(undress(pem), DATA, stamp_allowed=True)
        check_signature(message, lambda algorithm: hashlib.new(algorithm, data).digest())
        claimed = signing_time(message)
        if claimed is None:
            raise IntegrityError("It does not say when it was signed.")
        return _seal(message, _BOTH | {SIGNING_TIME}, claimed)


def read_report(pdf: bytes) -> Seal:
    """The seal in a signed PDF; raises IntegrityError as `read_detached`."""
    with reading("The report"):
        found = read_signed_pdf(pdf)
        return _seal(found.message, _BOTH, found.signed_at)


def undress(pem: bytes) -> bytes:
    """The message in a PEM that is written as `dress` writes it, to the byte."""
    lines = pem.decode("ascii", "replace").split("\n")
    try:
        der = base64.b64decode("".join(lines[1:-2]), validate=True)
    except binascii.Error as error:
        raise IntegrityError("It is not PEM.", cause=str(error)) from error
    if dress(der) != pem:
        raise IntegrityError("Its PEM form is not the one form that the same bytes have.")
    return der


def _seal(message: SignedMessage, attributes: frozenset[bytes], claimed: datetime) -> Seal:
    if message.digest != "sha256":
        raise IntegrityError("The digest is not SHA-256.")
    if set(message.attributes) != attributes:
        raise IntegrityError("It signs other attributes than ours do.")
    return Seal(_identity(message), claimed, _stamp(message))


def _identity(message: SignedMessage) -> SignerIdentity:
    bound = bound_certificates(message)
    if set(bound) != set(message.certificates):
        raise IntegrityError("It holds a certificate that nothing binds.")
    chain = tuple(load_der_x509_certificate(one) for one in bound)
    if any(one.subject == one.issuer for one in chain):
        raise IntegrityError("It holds a root, which only the verifier may bring.")
    try:
        return identify(chain, "the signature")
    except EvidenceError as error:
        raise IntegrityError(error.message, cause=error.cause) from error


def _stamp(message: SignedMessage) -> TimeStamp | None:
    if message.stamp_token is None:
        return None
    try:
        stamp = read_token(message.stamp_token)
        check_imprint(stamp, message.signature)
    except IntegrityError as error:
        raise IntegrityError("The time stamp inside it does not hold.", cause=error.message) from error
    return stamp
