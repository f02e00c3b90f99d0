"""The authority is judged by openssl, and its bytes by encoding them again."""

from __future__ import annotations

import hashlib
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from asn1crypto import algos, cms, tsp
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from simulator.clock import Clock
from simulator.timestamp import POLICY, TimeStampAuthority

NOW = datetime(2026, 11, 2, 6, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def authority() -> TimeStampAuthority:
    return TimeStampAuthority(Clock(NOW, lambda: 0.0))


def openssl(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def request(digest: bytes = bytes(32), algorithm: str = "sha256", **more: object) -> bytes:
    imprint = tsp.MessageImprint(
        {"hash_algorithm": algos.DigestAlgorithm({"algorithm": algorithm}), "hashed_message": digest}
    )
    dumped: bytes = tsp.TimeStampReq({"version": "v1", "message_imprint": imprint, **more}).dump()
    return dumped


def rejection(authority: TimeStampAuthority, asked: bytes) -> set[str]:
    answer = authority.answer(asked)
    assert answer[:1] == b"\x30"
    assert answer[1] == len(answer) - 2
    status = tsp.PKIStatusInfo.load(answer[2:], strict=True)
    assert status["status"].native == "rejection"
    failed: set[str] = status["fail_info"].native
    return failed


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
def test_openssl_accepts_the_stamp_and_no_other_data(
    authority: TimeStampAuthority, tmp_path: Path, digest: str
) -> None:
    (tmp_path / "data").write_bytes(b"evidence")
    (tmp_path / "other").write_bytes(b"evidence!")
    (tmp_path / "root.pem").write_bytes(authority.root_pem())
    openssl(tmp_path, "ts", "-query", "-data", "data", f"-{digest}", "-cert", "-out", "q.tsq")
    (tmp_path / "r.tsr").write_bytes(authority.answer((tmp_path / "q.tsq").read_bytes()))
    at = str(int(NOW.timestamp()))
    verify = ["ts", "-verify", "-in", "r.tsr", "-CAfile", "root.pem", "-attime", at]
    assert "Verification: OK" in openssl(tmp_path, *verify, "-queryfile", "q.tsq")
    assert "Verification: OK" in openssl(tmp_path, *verify, "-data", "data")
    assert "Nov  2 06:30:00 2026 GMT" in openssl(tmp_path, "ts", "-reply", "-in", "r.tsr", "-text")
    refused = subprocess.run(["openssl", *verify, "-data", "other"], cwd=tmp_path, capture_output=True, check=False)
    assert refused.returncode != 0


def test_the_token_is_der_and_embeds_its_certificate_only_when_asked(authority: TimeStampAuthority) -> None:
    for wanted in (True, False):
        answer = authority.answer(request(cert_req=wanted, nonce=2**63 + 1))
        response = tsp.TimeStampResp.load(answer, strict=True)
        signed = response["time_stamp_token"]["content"]
        assert len(signed["certificates"]) == int(wanted)
        info = signed["encap_content_info"]["content"].parsed
        assert info["nonce"].native == 2**63 + 1
        assert info["policy"].native == POLICY
        assert info["gen_time"].native == NOW
        assert response.dump(force=True) == answer
        attributes = [attribute.dump() for attribute in signed["signer_infos"][0]["signed_attrs"]]
        assert attributes == sorted(attributes)


def test_the_signed_attributes_bind_content_and_certificate(authority: TimeStampAuthority) -> None:
    answer = authority.answer(request(cert_req=True))
    signed = tsp.TimeStampResp.load(answer)["time_stamp_token"]["content"]
    attributes = {one["type"].native: one["values"][0] for one in signed["signer_infos"][0]["signed_attrs"]}
    content = signed["encap_content_info"]["content"].contents
    assert attributes["message_digest"].native == hashlib.sha256(content).digest()
    certificate = signed["certificates"][0].chosen
    named = attributes["signing_certificate_v2"]["certs"][0]["cert_hash"].native
    assert named == hashlib.sha256(certificate.dump()).digest()
    assert isinstance(signed["signer_infos"][0], cms.SignerInfo)


def test_what_cannot_be_stamped_is_rejected_with_its_reason(authority: TimeStampAuthority) -> None:
    assert rejection(authority, b"not a request") == {"bad_data_format"}
    assert rejection(authority, request()[:-1]) == {"bad_data_format"}
    assert rejection(authority, request(bytes(20), "sha1")) == {"bad_alg"}
    assert rejection(authority, request(bytes(31))) == {"bad_data_format"}
    assert rejection(authority, request(req_policy="1.2.3.4")) == {"unaccepted_policy"}


def test_certificates_span_the_simulated_years_and_are_for_time_stamps_alone(authority: TimeStampAuthority) -> None:
    root = x509.load_pem_x509_certificate(authority.root_pem())
    signed = tsp.TimeStampResp.load(authority.answer(request(cert_req=True)))["time_stamp_token"]["content"]
    certificate = x509.load_der_x509_certificate(signed["certificates"][0].chosen.dump())
    for one in (root, certificate):
        assert (one.not_valid_before_utc.year, one.not_valid_after_utc.year) == (2016, 2046)
        assert "NOT EVIDENCE" in one.subject.rfc4514_string()
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    assert usage.critical
    assert list(usage.value) == [ExtendedKeyUsageOID.TIME_STAMPING]
    certificate.verify_directly_issued_by(root)
