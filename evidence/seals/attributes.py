"""What the signed attributes of a message say: signing time, and which certificates the signature binds by hash.

Not here: the form of the message (`messages`). Sources: RFC 5652 section 11, RFC 5035 section 3, RFC 2634 section 5.4.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import cms, tsp

from evidence.errors import IntegrityError
from evidence.seals.messages import SignedMessage

SIGNING_TIME = bytes.fromhex("06092a864886f70d010905")
_CERTIFICATES = bytes.fromhex("060b2a864886f70d010910020c")
CERTIFICATES_V2 = bytes.fromhex("060b2a864886f70d010910022f")


def signing_time(message: SignedMessage) -> datetime | None:
    """The time that the signer claims; None where it claims none."""
    value = message.attributes.get(SIGNING_TIME)
    if value is None:
        return None
    found = cms.Time.load(value, strict=True).native
    if not isinstance(found, datetime) or found.tzinfo is None:
        raise IntegrityError("The signing time cannot be read.")
    return found


@dataclass(frozen=True, slots=True)
class _Hash:
    algorithm: str
    value: bytes


def bound_certificates(message: SignedMessage) -> tuple[bytes, ...]:
    """DER of those certificates inside that the signature binds by their hash, the signer's first.

    Raises IntegrityError where the first hash is not of the signer's certificate.
    """
    hashes = _named_hashes(message)
    if not hashes or not _matches(hashes[0], message.signer):
        raise IntegrityError("The signature does not name its signer's certificate by hash.")
    return tuple(one for named in hashes for one in message.certificates if _matches(named, one))


def _named_hashes(message: SignedMessage) -> Sequence[_Hash]:
    second = message.attributes.get(CERTIFICATES_V2)
    if second is not None:
        named = tsp.SigningCertificateV2.load(second, strict=True)["certs"]
        return [_Hash(one["hash_algorithm"]["algorithm"].native, one["cert_hash"].native) for one in named]
    first = message.attributes.get(_CERTIFICATES)
    if first is not None:
        named = tsp.SigningCertificate.load(first, strict=True)["certs"]
        return [_Hash("sha1", one["cert_hash"].native) for one in named]
    return []


def _matches(named: _Hash, certificate: bytes) -> bool:
    if named.algorithm not in {"sha1", "sha256", "sha384", "sha512"}:
        raise IntegrityError(f"A certificate is named by an unknown hash, {named.algorithm}.")
    return hashlib.new(named.algorithm, certificate, usedforsecurity=False).digest() == named.value
