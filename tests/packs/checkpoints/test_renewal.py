"""Past the end of certificates: what was renewed in time is still shown to have existed while they were valid."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from evidence.errors import SealError
from evidence.ledger.checkpoints import parse_checkpoint
from evidence.ledger.folds import SealedPack
from evidence.packs.build import PackOrder, build_pack
from evidence.packs.checkpoints.audit import audit
from evidence.packs.checkpoints.lifetimes import Stage, lifetimes
from evidence.packs.checkpoints.prove import prove_pack
from evidence.packs.checkpoints.renewal import gather_renewal
from evidence.packs.period import span_period
from evidence.packs.scope import PackScope
from evidence.packs.verification import Finding, Held, Trust, verify_pack
from evidence.seals.stamps import read_response
from tests.fakes.authority import FakeAuthority
from tests.fakes.bench import NIGHT, Bench
from tests.fakes.certificates import STAMPING, Holder, issue, trade
from tests.fakes.packing import sealing
from tests.fakes.packs import signer_of
from tests.fakes.tools import needs
from tests.packs.checkpoints.desk import archive, desk, findings, handed, make
from tests.paths import ROOT

SIGNER_ENDS = datetime(2028, 3, 1, tzinfo=UTC)
UNIT_ENDS = datetime(2027, 6, 1, tzinfo=UTC)
NEW_UNIT_ENDS = datetime(2040, 1, 1, tzinfo=UTC)
LONG_AFTER = datetime(2035, 1, 1, tzinfo=UTC)


def old_signer() -> Holder:
    return issue("Old signer", trade().issuing, not_after=SIGNER_ENDS, serial=51, key_name="signer")


def unit(ends: datetime, serial: int) -> Holder:
    return issue("Unit", trade().stamp_issuing, purposes=STAMPING, bits=2048, serial=serial, not_after=ends)


def listed(issuer: Holder, *serials: int, at: datetime, days: int = 30) -> bytes:
    builder = x509.CertificateRevocationListBuilder(issuer.certificate.subject, at, at + timedelta(days=days))
    for serial in serials:
        gone = x509.RevokedCertificateBuilder(serial, at - timedelta(days=1)).build()
        builder = builder.add_revoked_certificate(gone)
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(Encoding.PEM)


def sealed_by_what_ends(bench: Bench) -> str:
    """A pack whose signer and authority have certificates that end."""
    tools = replace(
        sealing(bench),
        signer=signer_of(old_signer(), trade().issuing),
        authority=FakeAuthority(bench.clock.now, stamper=unit(UNIT_ENDS, 61)),
    )
    order = PackOrder("audit", PackScope("all"), span_period(NIGHT, NIGHT))
    return build_pack(bench.parts, tools, order).pack.pack_id


def renewed(bench: Bench, tmp_path: Path, at: datetime) -> tuple[Path, Held]:
    """The pack, and a renewal that was made at a moment by another signer and another unit of the authority."""
    pack_id = sealed_by_what_ends(bench)
    bench.clock.moment = at
    lists = {"issuing.crl": listed(trade().issuing, at=at), "stamps.crl": listed(trade().stamp_issuing, at=at)}
    roots = [trade().root.der, trade().stamp_root.der]
    renewal = gather_renewal(bench.parts, roots, lists, bench.clock.now())
    authority = FakeAuthority(bench.clock.now, stamper=unit(NEW_UNIT_ENDS, 62))
    made = make(bench, authority=authority, renewal=renewal)
    checkpoint = handed(bench, made, tmp_path / "renewal")
    proven = prove_pack(bench.parts, pack_id)
    assert proven.proof is not None
    (tmp_path / "proof.json").write_bytes(proven.proof)
    (pack,) = [one for one in _packs(bench) if one.pack_id == pack_id]
    return archive(bench, pack, tmp_path), Held(checkpoint, tmp_path / "proof.json")


def _packs(bench: Bench) -> list[SealedPack]:
    from tests.packs.checkpoints.desk import night_packs

    return list(night_packs(bench))


TRUST = Trust(None, (trade().root.der,), (trade().stamp_root.der,))


def test_renewed_in_time_the_pack_is_shown_to_be_from_before(tmp_path: Path) -> None:
    file, held = renewed(desk(), tmp_path, UNIT_ENDS - timedelta(days=30))
    told = findings(verify_pack(file, TRUST, held=held))
    assert told["renewal"][0] is Finding.OK, told
    assert UNIT_ENDS.isoformat() in told["renewal"][1]


@pytest.mark.slow
def test_renewed_too_late_that_is_said(tmp_path: Path) -> None:
    file, held = renewed(desk(), tmp_path, UNIT_ENDS + timedelta(days=30))
    found = verify_pack(file, TRUST, held=held)
    assert found.ok
    assert findings(found)["renewal"][0] is Finding.NOT_CHECKED


@needs("faketime")
@pytest.mark.slow
def test_past_both_ends_the_pack_verifies_by_the_clock_of_then(tmp_path: Path) -> None:
    """The whole command, on a machine whose clock stands years after both certificates ended."""
    file, held = renewed(desk(), tmp_path, UNIT_ENDS - timedelta(days=30))
    assert held.proof is not None
    (tmp_path / "root.pem").write_bytes(trade().root.pem)
    (tmp_path / "tsa.pem").write_bytes(trade().stamp_root.pem)
    words: list[str | Path] = ["--trust", tmp_path / "root.pem", "--tsa-trust", tmp_path / "tsa.pem"]
    words += ["--checkpoint", held.checkpoint, "--proof", held.proof]
    program = "import sys; from datetime import datetime; assert datetime.now().year == 2035; from cli.main import main; main()"
    done = subprocess.run(
        ["faketime", f"{LONG_AFTER:%Y-%m-%d}", sys.executable, "-c", program, "verify", file, *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "renewal" in done.stdout


def test_what_is_gathered_is_every_certificate_and_list(tmp_path: Path) -> None:
    bench = desk()
    renewed(bench, tmp_path, UNIT_ENDS - timedelta(days=30))
    pem = (tmp_path / "renewal" / "certificates.pem").read_bytes()
    found = {one.public_bytes(Encoding.DER) for one in x509.load_pem_x509_certificates(pem)}
    world = trade()
    assert {old_signer().der, world.issuing.der, world.root.der, world.signer.der} <= found
    assert {unit(UNIT_ENDS, 61).der, world.stamper.der, world.stamp_issuing.der, world.stamp_root.der} <= found
    lists = (tmp_path / "renewal" / "revocation-lists.pem").read_bytes()
    assert lists.count(b"BEGIN X509 CRL") == 2
    document = parse_checkpoint((tmp_path / "renewal" / "checkpoint.json").read_bytes(), "it")
    assert document.about.renewal is not None
    assert document.about.renewal["revoked"] == []
    # The two authorities' own certificates are by their roots, whose lists nobody gave.
    assert document.about.renewal["without_revocation_list"] == [
        world.root.certificate.subject.rfc4514_string(),
        world.stamp_root.certificate.subject.rfc4514_string(),
    ]
    assert [one.problem for one in audit(bench.parts)] == [None]


def test_a_revoked_certificate_is_told() -> None:
    bench = desk()
    make(bench)
    now = bench.clock.now()
    lists = {"crl": listed(trade().issuing, trade().signer.certificate.serial_number, at=now)}
    renewal = gather_renewal(bench.parts, [], lists, now)
    assert [one.certificate for one in renewal.revoked] == [trade().signer.der]


def test_lists_that_prove_nothing_are_refused() -> None:
    bench = desk()
    now = bench.clock.now()
    for data, said in (
        (b"", "no readable list"),
        (b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n", "no readable list"),
        (listed(trade().forged_issuing, at=now), "not signed by an authority"),
        (listed(trade().root, at=now), "not signed by an authority"),
        (listed(trade().issuing, at=now - timedelta(days=60)), "is not valid at"),
        (listed(trade().issuing, at=now + timedelta(days=1)), "is not valid at"),
    ):
        with pytest.raises(SealError, match=said) as error:
            gather_renewal(bench.parts, [], {"the.crl": data}, now)
        assert error.value.exit_code == 2


def test_certificates_that_end_are_told_until_they_are_renewed() -> None:
    bench = desk()
    within = timedelta(days=60)
    make(bench, authority=FakeAuthority(bench.clock.now, stamper=unit(UNIT_ENDS, 61)))

    def told(at: datetime) -> tuple[int, Stage]:
        (found,) = [
            one for one in lifetimes(bench.parts.ledger.entries(), at, within) if one.certificate.not_after == UNIT_ENDS
        ]
        assert found.renew_from == UNIT_ENDS - within
        return found.days_left, found.stage

    assert told(UNIT_ENDS - timedelta(days=61)) == (61, Stage.EARLY)
    assert told(UNIT_ENDS - timedelta(days=59)) == (59, Stage.DUE)
    assert told(UNIT_ENDS + timedelta(days=1)) == (-1, Stage.LATE)  # nothing can renew it any more
    (soon,) = [
        one
        for one in lifetimes(bench.parts.ledger.entries(), UNIT_ENDS - timedelta(days=59), within)
        if one.stage is Stage.DUE
    ]
    assert "in 59 days" in soon.sentence
    assert "checkpoint make --renewal" in soon.sentence
    bench.clock.moment = UNIT_ENDS - timedelta(days=58)
    renewal = gather_renewal(bench.parts, [], {}, bench.clock.now())
    make(bench, authority=FakeAuthority(bench.clock.now, stamper=unit(NEW_UNIT_ENDS, 62)), renewal=renewal)
    assert told(UNIT_ENDS - timedelta(days=30)) == (30, Stage.RENEWED)
    assert told(UNIT_ENDS + timedelta(days=300))[1] is Stage.RENEWED


def test_a_renewal_without_a_stamp_or_after_the_end_renews_nothing() -> None:
    for at, stamped in ((UNIT_ENDS - timedelta(days=9), False), (UNIT_ENDS + timedelta(days=9), True)):
        bench = desk()
        make(bench, authority=FakeAuthority(bench.clock.now, stamper=unit(UNIT_ENDS, 61)))
        bench.clock.moment = at
        renewal = gather_renewal(bench.parts, [], {}, bench.clock.now())
        authority = FakeAuthority(bench.clock.now, stamper=unit(NEW_UNIT_ENDS, 62)) if stamped else None
        make(bench, authority=authority, stamped=stamped, renewal=renewal)
        late = lifetimes(bench.parts.ledger.entries(), LONG_AFTER, timedelta(days=60))
        assert {one.stage for one in late if one.certificate.not_after == UNIT_ENDS} == {Stage.LATE}


@needs("faketime", "openssl", "unzip")
def test_past_both_ends_openssl_needs_the_time_of_the_stamp(tmp_path: Path) -> None:
    """What HOW-TO-VERIFY says of packs whose certificates have expired, tried on a machine whose clock stands years later."""
    bench = desk()
    pack_id = sealed_by_what_ends(bench)
    (pack,) = [one for one in _packs(bench) if one.pack_id == pack_id]
    subprocess.run(["unzip", "-qj", archive(bench, pack, tmp_path), "*/tagmanifest*"], cwd=tmp_path, check=True)
    (tmp_path / "root.pem").write_bytes(trade().root.pem)
    (tmp_path / "tsa.pem").write_bytes(trade().stamp_root.pem)
    stamped = read_response((tmp_path / "tagmanifest-sha256.txt.tsr").read_bytes()).at
    signature = "cms -verify -binary -inform PEM -in tagmanifest-sha256.txt.p7s -content tagmanifest-sha256.txt"
    for words in (
        f"{signature} -CAfile root.pem -purpose any -out out",
        "ts -verify -data tagmanifest-sha256.txt -in tagmanifest-sha256.txt.tsr -CAfile tsa.pem",
    ):
        done = [
            subprocess.run(
                ["faketime", f"{LONG_AFTER:%Y-%m-%d}", "openssl", *words.split(), *at],
                cwd=tmp_path,
                capture_output=True,
                text=True,
                check=False,
            )
            for at in ([], ["-attime", str(int(stamped.timestamp()))])
        ]
        assert done[0].returncode != 0
        assert "expired" in done[0].stderr, done[0].stderr
        assert done[1].returncode == 0, done[1].stderr
