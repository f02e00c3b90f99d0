"""Lists of revoked certificates (CRL, RFC 5280 section 5), as authorities publish them: read, and checked to be theirs.

Not here: fetching them; a person gives them. Invariant: a list that no known authority signed, or that is out of date, is
refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding

from evidence.errors import SealError
from evidence.seals.certificates import is_authority

_PEM = b"-----BEGIN X509 CRL-----"
_PEM_END = b"-----END X509 CRL-----"


@dataclass(frozen=True, slots=True)
class Revocation:
    """A certificate that its authority has revoked."""

    certificate: bytes
    """DER."""
    at: datetime


@dataclass(frozen=True, slots=True)
class RevocationList:
    """A list that an authority signed."""

    issuer: bytes
    """DER of the authority's certificate."""
    this_update: datetime
    pem: bytes
    _list: x509.CertificateRevocationList

    def revoked(self, certificates: Iterable[bytes]) -> tuple[Revocation, ...]:
        """Those of the certificates (DER) that the list names."""
        found = []
        for one in certificates:
            loaded = x509.load_der_x509_certificate(one)
            entry = self._list.get_revoked_certificate_by_serial_number(loaded.serial_number)
            if entry is not None and loaded.issuer == self._list.issuer:
                found.append(Revocation(one, entry.revocation_date_utc))
        return tuple(found)


def read_revocation_lists(data: bytes, name: str, certificates: Sequence[bytes], at: datetime) -> list[RevocationList]:
    """The lists of a PEM file, or the one of a DER file, each signed by one of the certificates and valid at a moment.

    Raises SealError where one cannot be read, is not signed by any of them, is from later, or is out of date.
    """
    return [_checked(one, name, certificates, at) for one in _parsed(data, name)]


def _parsed(data: bytes, name: str) -> list[x509.CertificateRevocationList]:
    try:
        if _PEM not in data:
            return [x509.load_der_x509_crl(data)]
        parts = [part.partition(_PEM_END)[0] for part in data.split(_PEM)[1:]]
        return [x509.load_pem_x509_crl(_PEM + part + _PEM_END + b"\n") for part in parts]
    except ValueError as error:
        raise SealError(
            f"{name} holds no readable list of revoked certificates.",
            cause=str(error),
            next_step="Give the authority's CRL, in PEM or DER.",
        ) from error


def _checked(
    found: x509.CertificateRevocationList, name: str, certificates: Sequence[bytes], at: datetime
) -> RevocationList:
    issuer = _issuer(found, certificates)
    if issuer is None:
        raise SealError(
            f"{name} is not signed by an authority of these certificates, but by {found.issuer.rfc4514_string()}.",
            next_step="Give the authority's own certificate too (--certificates), or the right list.",
        )
    end = found.next_update_utc
    if found.last_update_utc > at or end is None or end < at:
        told = "without an end" if end is None else f"to {end:%Y-%m-%d %H:%M}"
        raise SealError(
            f"{name} is not valid at {at:%Y-%m-%d %H:%M} UTC, but from {found.last_update_utc:%Y-%m-%d %H:%M} {told}.",
            next_step="Get the authority's newest list.",
        )
    return RevocationList(issuer, found.last_update_utc, found.public_bytes(Encoding.PEM), found)


def _issuer(found: x509.CertificateRevocationList, certificates: Sequence[bytes]) -> bytes | None:
    for one in certificates:
        loaded = x509.load_der_x509_certificate(one)
        if loaded.subject != found.issuer or not is_authority(loaded):
            continue
        try:
            # RSA, DSA and elliptic curves; whatever else a certificate holds signs no list of ours.
            if found.is_signature_valid(loaded.public_key()):  # type: ignore[arg-type]
                return one
        except (InvalidSignature, TypeError, ValueError):
            continue
    return None
