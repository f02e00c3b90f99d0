"""The border of sealing: a signer and a time-stamp authority.

Implementations: `pem` and `pkcs12` (a key in a file), `key_vault` (a key that never leaves Azure); `timestamp` (RFC 3161 over HTTP). Invariant: one
signer signs both the report and the manifest of a pack, and a key that does not match its certificate never signs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SignerIdentity:
    """Who signs, as the certificate says."""

    subject: str
    issuer: str
    fingerprint_sha256: str
    """Lower-case hex of SHA-256 over the certificate's DER."""
    not_before: datetime
    not_after: datetime
    development: bool
    """Whether certificate or issuer says DEVELOPMENT: such a signature is no evidence."""
    chain_der: tuple[bytes, ...]
    """Signer's certificate first, then its issuers without the root."""


class TimestampAuthority(Protocol):
    """Gives RFC 3161 time stamps."""

    @property
    def url(self) -> str:
        """Its address, for people."""
        ...

    def stamp(self, data: bytes) -> bytes:
        """DER of a granted TimeStampResp over SHA-256 of data; raises TimestampError."""
        ...


class Signer(Protocol):
    """Signs with one key and its certificate."""

    @property
    def identity(self) -> SignerIdentity:
        """Who signs."""
        ...

    def sign_detached(self, data: bytes, at: datetime, authority: TimestampAuthority | None) -> bytes:
        """A detached CMS signature (RFC 5652), PEM, chain without its root inside.

        With an authority, the signature is time-stamped inside it (RFC 3161, id-aa-timeStampToken).
        Raises SealError, TimestampError, RefusedError for an expired certificate.
        """
        ...

    def sign_pdf(self, pdf: bytes, at: datetime, authority: TimestampAuthority | None) -> bytes:
        """The PDF with a certifying PAdES signature in one revision; raises as `sign_detached`."""
        ...
