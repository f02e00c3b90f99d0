"""pyHanko's CMS signer around a function that signs: which attributes and certificates a signature of ours holds.

Not here: PDF, PEM, keys. Invariants: every embedded certificate is named by its hash in the signed attributes, so nothing
in a signature is unbound; the root is never inside; the time stamp is the one unsigned attribute.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime

from asn1crypto import cms, tsp, x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509 import load_der_x509_certificate
from pyhanko.sign.attributes import (
    CMSAttributeProvider,
    SignedAttributeProviderSpec,
    SigningTimeProvider,
    UnsignedAttributeProviderSpec,
)
from pyhanko.sign.signers.pdf_cms import Signer
from pyhanko_certvalidator.registry import SimpleCertificateStore

from evidence.errors import SealError
from evidence.seals.interface import SignerIdentity, TimestampAuthority

DIGEST = "sha256"
TOKEN_ROOM = 24 * 1024
"""Bytes kept free for a time stamp where room must be kept; those of public authorities take 3 to 8 KiB."""
SIGNATURE_ROOM = 4 * 1024


class ChainSigner(Signer):
    """pyHanko's signer, around a function that signs."""

    def __init__(
        self,
        identity: SignerIdentity,
        sign_raw: Callable[[bytes], bytes],
        signing_time: datetime | None,
        authority: TimestampAuthority | None,
    ) -> None:
        chain = [x509.Certificate.load(one) for one in identity.chain_der]
        store = SimpleCertificateStore()  # type: ignore[no-untyped-call]  # of pyhanko_certvalidator
        store.register_multiple(chain[1:])  # pyHanko adds the signer's own
        super().__init__(signing_cert=chain[0], cert_registry=store, embed_roots=False)
        self.signed_attr_prov_spec = _SignedAttributes(chain, signing_time)
        self.unsigned_attr_prov_spec = _StampInside(authority)
        self._raw = sign_raw
        self._certificate = identity.chain_der[0]
        self.room = sum(map(len, identity.chain_der)) + SIGNATURE_ROOM + (TOKEN_ROOM if authority else 0)
        """Bytes that a signature may take."""

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        """Sign, and check at once that the certificate's key did it: a key elsewhere may have been replaced."""
        if dry_run or digest_algorithm != DIGEST:
            raise SealError("Signatures are made with SHA-256, and never for trial.")
        signature = self._raw(data)
        key = load_der_x509_certificate(self._certificate).public_key()
        try:
            if not isinstance(key, RSAPublicKey):
                raise SealError("The certificate is not for an RSA key.")
            key.verify(signature, data, PKCS1v15(), hashes.SHA256())
        except InvalidSignature as error:
            raise SealError(
                "The signature does not verify with the signer's certificate.",
                cause="Key and certificate do not belong together.",
            ) from error
        return signature


class _SignedAttributes(SignedAttributeProviderSpec):
    """What is signed beside content type and digest: hashes of all certificates and, in CMS, the signing time.

    PAdES takes the signing time from the PDF itself (ETSI EN 319 142-1, 5.3) and forbids it here.
    """

    def __init__(self, chain: list[x509.Certificate], signing_time: datetime | None) -> None:
        self._chain = chain
        self._signing_time = signing_time

    def signed_attr_providers(
        self,
        data_digest: bytes,  # noqa: ARG002  # pyHanko's signature
        digest_algorithm: str,  # noqa: ARG002
    ) -> Iterator[CMSAttributeProvider]:
        yield _CertificateHashes(self._chain)
        if self._signing_time is not None:
            yield SigningTimeProvider(self._signing_time)


class _CertificateHashes(CMSAttributeProvider):
    """ESS signingCertificateV2 (RFC 5035) of the whole chain, the signer first."""

    attribute_type = "signing_certificate_v2"

    def __init__(self, chain: list[x509.Certificate]) -> None:
        self._chain = chain

    async def build_attr_value(self, dry_run: bool = False) -> tsp.SigningCertificateV2:  # noqa: ARG002
        """The attribute's value; SHA-256 is the default algorithm and therefore not written (DER)."""
        return tsp.SigningCertificateV2({"certs": [_certificate_id(one) for one in self._chain]})


def _certificate_id(certificate: x509.Certificate) -> tsp.ESSCertIDv2:
    issuer = x509.GeneralName({"directory_name": certificate.issuer})
    return tsp.ESSCertIDv2(
        {
            "cert_hash": hashlib.sha256(certificate.dump()).digest(),
            "issuer_serial": {"issuer": [issuer], "serial_number": certificate.serial_number},
        }
    )


class _StampInside(UnsignedAttributeProviderSpec):
    """The time stamp of the signature value, where there is an authority: the one unsigned attribute."""

    def __init__(self, authority: TimestampAuthority | None) -> None:
        self._authority = authority

    def unsigned_attr_providers(
        self,
        signature: bytes,
        signed_attrs: cms.CMSAttributes,  # noqa: ARG002  # pyHanko's signature
        digest_algorithm: str,  # noqa: ARG002
    ) -> Iterator[CMSAttributeProvider]:
        if self._authority is not None:
            yield _TokenProvider(self._authority, signature)


class _TokenProvider(CMSAttributeProvider):
    attribute_type = "signature_time_stamp_token"

    def __init__(self, authority: TimestampAuthority, signature: bytes) -> None:
        self._authority = authority
        self._signature = signature

    async def build_attr_value(self, dry_run: bool = False) -> cms.ContentInfo:  # noqa: ARG002
        """The token as the authority gave it."""
        return tsp.TimeStampResp.load(self._authority.stamp(self._signature))["time_stamp_token"]
