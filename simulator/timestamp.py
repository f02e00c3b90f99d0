"""An RFC 3161 time-stamp authority under the simulator's clock.

Its root and its certificate are made once a process and trusted by nobody else. Tokens are DER throughout: a token
decoded and encoded again gives the same bytes.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

from simulator.clock import Clock
from simulator.timestamp_keys import TimeStampKeys, make_keys

POLICY = "2.25.281303411372914527094803437183424410391"
"""The one policy offered; an OID under the UUID arc, which belongs to nobody else."""
_DIGEST_BYTES = {"sha256": 32, "sha384": 48, "sha512": 64}


class _Refused(Exception):  # noqa: N818  it never leaves this module
    """A request that gets a rejection; the text is a PKIFailureInfo name."""


class TimeStampAuthority:
    """Stamps digests with the simulator's time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._keys: TimeStampKeys | None = None

    def root_pem(self) -> bytes:
        """The root that all tokens of this process chain to."""
        return self._made().root.public_bytes(serialization.Encoding.PEM)

    def answer(self, request: bytes) -> bytes:
        """A DER time-stamp response; a request that cannot be served gets a rejection (RFC 3161, 2.4.2)."""
        try:
            asked = _understood(request)
        except _Refused as refused:
            return _rejection(str(refused))
        granted = tsp.PKIStatusInfo({"status": "granted"})
        response = tsp.TimeStampResp({"status": granted, "time_stamp_token": self._token(asked)})
        return bytes(response.dump())

    def _made(self) -> TimeStampKeys:
        if self._keys is None:
            self._keys = make_keys(self._clock.now())
        return self._keys

    def _token(self, asked: Any) -> Any:
        keys = self._made()
        certificate = asn1_x509.Certificate.load(keys.certificate.public_bytes(serialization.Encoding.DER))
        content = self._info(asked, certificate).dump()
        attributes = cms.CMSAttributes(
            [
                cms.CMSAttribute({"type": "content_type", "values": ["tst_info"]}),
                cms.CMSAttribute({"type": "message_digest", "values": [hashlib.sha256(content).digest()]}),
                cms.CMSAttribute({"type": "signing_certificate_v2", "values": [_signing_certificate(certificate)]}),
            ]
        )
        signature = keys.key.sign(attributes.dump(), padding.PKCS1v15(), hashes.SHA256())
        digest = algos.DigestAlgorithm({"algorithm": "sha256"})
        signer = cms.SignerInfo(
            {
                "version": "v1",
                "sid": _signer_id(certificate),
                "digest_algorithm": digest,
                "signed_attrs": attributes,
                "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": "rsassa_pkcs1v15"}),
                "signature": signature,
            }
        )
        signed: dict[str, Any] = {
            "version": "v3",
            "digest_algorithms": [digest],
            "encap_content_info": {"content_type": "tst_info", "content": core.ParsableOctetString(content)},
            "signer_infos": [signer],
        }
        if asked["cert_req"].native:
            signed["certificates"] = [cms.CertificateChoices("certificate", certificate)]
        return cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(signed)})

    def _info(self, asked: Any, certificate: Any) -> Any:
        info: dict[str, Any] = {
            "version": "v1",
            "policy": POLICY,
            "message_imprint": asked["message_imprint"],
            "serial_number": secrets.randbits(64) | 1,
            "gen_time": self._clock.now().replace(microsecond=0),
            "accuracy": {"seconds": 1},
            "tsa": asn1_x509.GeneralName("directory_name", certificate.subject),
        }
        if asked["nonce"].native is not None:
            info["nonce"] = asked["nonce"].native
        return tsp.TSTInfo(info)


def _understood(request: bytes) -> Any:
    try:
        asked = tsp.TimeStampReq.load(request, strict=True)
        version, imprint = asked["version"].native, asked["message_imprint"]
        algorithm, digest = imprint["hash_algorithm"]["algorithm"].native, imprint["hashed_message"].native
        policy, extensions = asked["req_policy"].native, asked["extensions"].native
    except (ValueError, TypeError, KeyError) as error:
        raise _Refused("bad_data_format") from error
    if version != "v1":
        raise _Refused("bad_request")
    if algorithm not in _DIGEST_BYTES:
        raise _Refused("bad_alg")
    if len(digest) != _DIGEST_BYTES[algorithm]:
        raise _Refused("bad_data_format")
    if policy not in (None, POLICY):
        raise _Refused("unaccepted_policy")
    if extensions:
        raise _Refused("unaccepted_extensions")
    return asked


def _rejection(reason: str) -> bytes:
    """A response without a token: optional in RFC 3161, not in asn1crypto, so the outer SEQUENCE is made here."""
    status = bytes(tsp.PKIStatusInfo({"status": "rejection", "fail_info": {reason}}).dump())
    return b"\x30" + bytes([len(status)]) + status


def _signing_certificate(certificate: Any) -> Any:
    identifier = tsp.ESSCertIDv2(
        {
            "cert_hash": hashlib.sha256(certificate.dump()).digest(),
            "issuer_serial": {
                "issuer": [asn1_x509.GeneralName("directory_name", certificate.issuer)],
                "serial_number": certificate.serial_number,
            },
        }
    )
    return tsp.SigningCertificateV2({"certs": [identifier]})


def _signer_id(certificate: Any) -> Any:
    number = cms.IssuerAndSerialNumber({"issuer": certificate.issuer, "serial_number": certificate.serial_number})
    return cms.SignerIdentifier("issuer_and_serial_number", number)
