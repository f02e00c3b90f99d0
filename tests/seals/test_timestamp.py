"""Trap 30: an authority that is down, slow, lying or broken gives no stamp; what it gives is checked before it is used."""

from __future__ import annotations

import functools
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from asn1crypto import cms, tsp
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from evidence.errors import ConfigurationError, IntegrityError, TimestampError
from evidence.seals.der import SEQUENCE, encode
from evidence.seals.stamps import check_imprint, read_response, read_token, write_response
from evidence.seals.timestamp import LARGEST_ANSWER, HttpTimestampAuthority
from evidence.seals.trust import establish, establish_authority
from tests.fakes.authority import answer, serve
from tests.fakes.certificates import Holder, authority, issue, trade

AT = datetime(2026, 11, 22, 5, 9, 2, tzinfo=UTC)
DATA = b"tagmanifest"


def truthful(request: bytes) -> tuple[int, bytes]:
    return 200, answer(request, AT)


def by_unit(unit: Holder, request: bytes) -> tuple[int, bytes]:
    return 200, answer(request, AT, unit)


def altered(change: Callable[[tsp.TimeStampResp], None]) -> Callable[[bytes], tuple[int, bytes]]:
    def reply(request: bytes) -> tuple[int, bytes]:
        response = tsp.TimeStampResp.load(answer(request, AT))
        change(response)
        return 200, response.dump(force=True)

    return reply


def asked_otherwise(**changes: object) -> Callable[[bytes], tuple[int, bytes]]:
    """An answer to another question."""

    def reply(request: bytes) -> tuple[int, bytes]:
        asked = tsp.TimeStampReq.load(request)
        told = {name: asked[name] for name in ("version", "message_imprint", "nonce", "cert_req")}
        return 200, answer(tsp.TimeStampReq({**told, **changes}).dump(), AT)

    return reply


def test_a_stamp_is_what_openssl_verifies(tmp_path: Path) -> None:
    with serve(truthful) as url:
        client = HttpTimestampAuthority(url, roots=[trade().stamp_root.der])
        response = client.stamp(DATA)
    assert client.url == url
    stamp = read_response(response)
    check_imprint(stamp, DATA)
    assert (stamp.at, stamp.digest) == (AT, "sha256")
    (tmp_path / "data").write_bytes(DATA)
    (tmp_path / "stamp.tsr").write_bytes(response)
    (tmp_path / "root.pem").write_bytes(trade().stamp_root.pem)
    command = "openssl ts -verify -data data -in stamp.tsr -CAfile root.pem"
    said = subprocess.run(command.split(), cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert "Verification: OK" in said


def test_the_question_holds_a_fresh_nonce_and_the_hash_alone() -> None:
    asked = []

    def reply(request: bytes) -> tuple[int, bytes]:
        asked.append(tsp.TimeStampReq.load(request))
        return truthful(request)

    with serve(reply) as url:
        client = HttpTimestampAuthority(url)
        client.stamp(DATA)
        client.stamp(DATA)
    assert len({one["nonce"].native for one in asked}) == 2
    assert all(one["cert_req"].native for one in asked)
    assert {one["message_imprint"]["hash_algorithm"]["algorithm"].native for one in asked} == {"sha256"}


def refusal(_: bytes) -> tuple[int, bytes]:
    status = {"status": "rejection", "status_string": ["not today"], "fail_info": {"bad_request"}}
    return 200, encode(SEQUENCE, tsp.PKIStatusInfo(status).dump())  # and no token


def modify(response: tsp.TimeStampResp) -> None:
    response["status"] = {"status": "granted_with_mods"}


def break_signature(response: tsp.TimeStampResp) -> None:
    info = response["time_stamp_token"]["content"]["signer_infos"][0]
    info["signature"] = b"\1" * len(info["signature"].native)


def without_certificates(response: tsp.TimeStampResp) -> None:
    response["time_stamp_token"]["content"]["certificates"] = cms.CertificateSet([])


LIES: dict[str, Callable[[bytes], tuple[int, bytes]]] = {
    "HTTP 500": lambda _: (500, b""),
    "HTTP 302": lambda _: (302, b""),
    "longer than": lambda _: (200, b"0" * (LARGEST_ANSWER + 1)),
    "no valid time stamp": lambda _: (200, b"<html>proxy</html>"),
    "is missing at byte": lambda _: (200, b""),
    "bytes stand where": lambda request: (200, answer(request, AT) + b"\0"),
    "nonce differs": asked_otherwise(nonce=7),
    "other bytes": asked_otherwise(
        message_imprint={"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": b"\7" * 32}
    ),
    "rejection not today": refusal,
    "granted_with_mods": altered(modify),
    "does not verify": altered(break_signature),
    "certificate is not inside": altered(without_certificates),
}


@pytest.mark.parametrize("said", LIES)
def test_what_is_no_stamp_is_told_as_such(said: str) -> None:
    with serve(LIES[said]) as url, pytest.raises(TimestampError) as error:
        HttpTimestampAuthority(url).stamp(DATA)
    told = " ".join(error.value.diagnostics())
    assert said in told
    assert url in told
    assert error.value.exit_code == 6


def test_an_authority_that_is_not_there() -> None:
    with serve(truthful) as url:
        pass
    with pytest.raises(TimestampError, match="gave no time stamp"):
        HttpTimestampAuthority(url, 2.0).stamp(DATA)


def test_an_authority_that_nobody_knows_is_refused_where_roots_are_given() -> None:
    with serve(truthful) as url, pytest.raises(TimestampError, match="no valid time stamp"):
        HttpTimestampAuthority(url, roots=[trade().root.der]).stamp(DATA)


@pytest.mark.parametrize("url", ["", "ftp://a/tsa", "http://", "tsa.example", "https://user:secret@tsa.example/"])
def test_an_address_that_is_none(url: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        HttpTimestampAuthority(url)
    assert "secret" not in " ".join(error.value.diagnostics())


def test_texts_of_an_authority_are_not_kept_because_nothing_binds_them() -> None:
    def chatty(response: tsp.TimeStampResp) -> None:
        response["status"] = {"status": "granted", "status_string": ["Operation Okay"]}

    with serve(altered(chatty)) as url:
        response = HttpTimestampAuthority(url).stamp(DATA)
    assert b"Operation Okay" not in response
    assert read_response(response).at == AT


@pytest.mark.parametrize("curve", [False, True])
@pytest.mark.parametrize("digest", ["sha256", "sha512"])
def test_a_stamp_of_openssl_itself(tmp_path: Path, digest: str, *, curve: bool) -> None:
    """Its certificates stand in the order of the chain, not sorted as DER asks: the stamp is right all the same."""
    world = trade()
    key = ec.generate_private_key(ec.SECP384R1()) if curve else world.stamper.key
    unit = issue("Unit", world.stamp_issuing, purposes=world.stamper_purposes, subject_key=key, serial=31)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "tsa.cnf").write_text(
        "[tsa]\ndefault_tsa=t\n[t]\nserial=serial\ncrypto_device=builtin\nsigner_cert=tsa.pem\ncerts=chain.pem\n"
        f"signer_key=tsa.key\nsigner_digest={digest}\ndefault_policy=1.2.3.4\ndigests=sha256\naccuracy=secs:1\n"
        "ess_cert_id_chain=yes\ness_cert_id_alg=sha256\n"
    )
    (tmp_path / "serial").write_text("01")
    (tmp_path / "tsa.pem").write_bytes(unit.pem)
    (tmp_path / "tsa.key").write_bytes(private)
    (tmp_path / "chain.pem").write_bytes(world.stamp_issuing.pem)

    def reply(request: bytes) -> tuple[int, bytes]:
        (tmp_path / "question.tsq").write_bytes(request)
        command = "openssl ts -reply -config tsa.cnf -section t -queryfile question.tsq -out answer.tsr"
        subprocess.run(command.split(), cwd=tmp_path, check=True, capture_output=True)
        return 200, (tmp_path / "answer.tsr").read_bytes()

    with serve(reply) as url:
        response = HttpTimestampAuthority(url, roots=[world.stamp_root.der]).stamp(DATA)
    stamp = read_response(response)
    assert len(stamp.certificates) == 2
    assert set(stamp.bound) == set(stamp.certificates)


def test_a_stamp_without_its_root_has_certificates_that_nothing_binds() -> None:
    def with_stranger(request: bytes) -> tuple[int, bytes]:
        return 200, answer(request, AT, chain=(trade().stamp_issuing, trade().other_signer))

    with serve(with_stranger) as url:
        stamp = read_response(HttpTimestampAuthority(url).stamp(DATA))
    with pytest.raises(IntegrityError, match="nothing binds"):
        establish_authority(stamp, [trade().stamp_root.der])


def test_a_certificate_for_more_than_stamps_stamps_nothing() -> None:
    from cryptography.x509.oid import ExtendedKeyUsageOID

    both = (ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.EMAIL_PROTECTION)
    for purposes in (both, (), (ExtendedKeyUsageOID.EMAIL_PROTECTION,)):
        unit = issue("Unit", trade().stamp_issuing, purposes=purposes, bits=2048, serial=len(purposes) + 20)
        reply = functools.partial(by_unit, unit)
        with serve(reply) as url, pytest.raises(TimestampError) as error:
            HttpTimestampAuthority(url).stamp(DATA)
        assert "not one for time stamps" in error.value.cause


def test_a_token_with_something_unsigned_is_refused() -> None:
    """A stamp of a stamp, a list of revoked certificates: nothing would bind them."""
    question = tsp.TimeStampReq(
        {
            "version": 1,
            "message_imprint": {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": b"\0" * 32},
            "cert_req": True,
        }
    )
    response = tsp.TimeStampResp.load(answer(question.dump(), AT))
    token = response["time_stamp_token"]
    read_token(token.dump())
    info = token["content"]["signer_infos"][0]
    info["unsigned_attrs"] = [{"type": "signature_time_stamp_token", "values": [token.copy()]}]
    with pytest.raises(IntegrityError):
        read_token(token.dump(force=True))


def test_a_chain_needs_an_authority_valid_then() -> None:
    late = authority("Late root")
    world = trade()
    with pytest.raises(IntegrityError, match="given as trusted"):
        establish(world.signer.der, [world.issuing.der], [late.der], AT)
    for no_authority in ([], [world.other_signer.der]):
        with pytest.raises(IntegrityError) as error:
            establish(world.signer.der, [world.issuing.der], no_authority, AT)
        assert error.value.cause == "None was given."
    with pytest.raises(IntegrityError):
        establish(world.signer.der, [world.issuing.der], [world.root.der], datetime(2019, 1, 1, tzinfo=UTC))
    with pytest.raises(IntegrityError):
        establish(world.signer.der, [], [world.root.der], AT)
    chain = establish(world.signer.der, [world.issuing.der], [world.root.der], AT)
    assert chain == (world.signer.der, world.issuing.der, world.root.der)
    assert establish(world.signer.der, [], [world.signer.der], AT)[0] == world.signer.der


def test_two_roots_of_one_name_are_told_apart_by_their_keys() -> None:
    world = trade()
    for roots in ([world.forged_root.der, world.root.der], [world.root.der, world.forged_root.der]):
        assert establish(world.signer.der, [world.issuing.der], roots, AT)[-1] == world.root.der
    with pytest.raises(IntegrityError):
        establish(world.signer.der, [world.issuing.der], [world.forged_root.der], AT)


def test_the_envelope_has_one_form() -> None:
    with serve(truthful) as url:
        response = HttpTimestampAuthority(url).stamp(DATA)
    token = read_response(response).token
    assert write_response(token) == response
    for other in (response + b"\0", b"\0" + response, token):
        with pytest.raises(IntegrityError):
            read_response(other)
