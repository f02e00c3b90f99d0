"""Time stamps (RFC 3161) read and checked: what is stamped, when, by whom.

Not here: asking for one (`timestamp`), whether the authority is trusted (`trust`). Invariant: a `TimeStamp` exists only
where its form is strict and its signature holds.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import tsp
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from evidence.errors import IntegrityError
from evidence.seals.attributes import bound_certificates
from evidence.seals.der import INTEGER, SEQUENCE, encode, only
from evidence.seals.messages import TIME_STAMP, check_signature, read_message
from evidence.seals.reading import reading

_GRANTED = encode(SEQUENCE, encode(INTEGER, b"\0"))


@dataclass(frozen=True, slots=True)
class TimeStamp:
    """A time stamp whose own signature holds."""

    at: datetime
    """genTime, UTC: the stamped bytes existed then."""
    digest: str
    imprint: bytes
    nonce: int | None
    policy: str
    signer: bytes
    """DER of the authority's certificate; `trust` tells whether it is one."""
    certificates: tuple[bytes, ...]
    """DER of every certificate inside."""
    bound: tuple[bytes, ...]
    """Those of them that the stamp's signature names by hash."""
    token: bytes
    """DER of the token itself."""


def read_response(der: bytes) -> TimeStamp:
    """The stamp in a TimeStampResp of exactly our form: status granted, no text, and the token."""
    response = only(der, SEQUENCE)
    response.expect(_GRANTED, "The status, which must be `granted` and nothing else,")
    token = response.raw(SEQUENCE)
    response.end()
    return read_token(token)


def write_response(token: bytes) -> bytes:
    """The one form of a TimeStampResp around a token."""
    return encode(SEQUENCE, _GRANTED, token)


def read_token(der: bytes) -> TimeStamp:
    """The stamp in a token; raises IntegrityError where its form or its signature is not right."""
    with reading("The time stamp"):
        return _read_token(der)


def _read_token(der: bytes) -> TimeStamp:
    message = read_message(der, TIME_STAMP, stamp_allowed=False)
    content = message.content or b""
    check_signature(message, lambda algorithm: hashlib.new(algorithm, content).digest())
    info = tsp.TSTInfo.load(content, strict=True)
    imprint = info["message_imprint"]
    at = info["gen_time"].native
    if not isinstance(at, datetime) or at.tzinfo is None:
        raise IntegrityError("The time in the stamp cannot be read.")
    _check_purpose(message.signer)
    _check_validity(message.signer, at)
    return TimeStamp(
        at=at,
        digest=str(imprint["hash_algorithm"]["algorithm"].native),
        imprint=bytes(imprint["hashed_message"].native),
        nonce=info["nonce"].native,
        policy=str(info["policy"].native),
        signer=message.signer,
        certificates=message.certificates,
        bound=bound_certificates(message),
        token=der,
    )


def check_imprint(stamp: TimeStamp, data: bytes) -> None:
    """Raise IntegrityError where the stamp is of other bytes, or by a weak digest."""
    if stamp.digest not in {"sha256", "sha384", "sha512"}:
        raise IntegrityError(f"The stamp is over a {stamp.digest} digest, which is too weak.")
    if hashlib.new(stamp.digest, data).digest() != stamp.imprint:
        raise IntegrityError("The stamp is of other bytes than these.")


def _check_validity(certificate: bytes, at: datetime) -> None:
    """An authority whose certificate has expired gives no stamps, whoever it is."""
    found = x509.load_der_x509_certificate(certificate)
    if not found.not_valid_before_utc <= at <= found.not_valid_after_utc:
        raise IntegrityError(
            f"The certificate that stamped it was not valid at {at.isoformat()}.",
            cause=f"It is valid from {found.not_valid_before_utc:%Y-%m-%d} to {found.not_valid_after_utc:%Y-%m-%d}.",
        )


def _check_purpose(certificate: bytes) -> None:
    """RFC 3161 section 2.3: the one purpose, marked critical."""
    extensions = x509.load_der_x509_certificate(certificate).extensions
    try:
        found = extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        found = None
    if found is None or not found.critical or list(found.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise IntegrityError("The certificate that stamped it is not one for time stamps alone.")
