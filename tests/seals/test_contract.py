"""One contract for all signers, wherever the key is: the same signatures, the same refusals (trap 29)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from evidence.errors import RefusedError, SealError
from evidence.seals.certificates import refuse_short_lived
from evidence.seals.envelope import read_detached, read_report
from tests.fakes.authority import FakeAuthority
from tests.fakes.certificates import NOT_AFTER, NOT_BEFORE, Holder, issue, trade
from tests.fakes.packs import plain_pdf, the_signer
from tests.seals.makers import MAKERS, Make, PrivateKey

AT = datetime(2026, 11, 22, 5, 9, tzinfo=UTC)
DATA = b"0123  data/jobs.csv\n"


@pytest.fixture(params=MAKERS)
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Make]:
    with MAKERS[request.param](tmp_path) as found:
        yield found


def refused(make: Make, said: str, key: PrivateKey, *certificates: Holder) -> None:
    with pytest.raises(SealError, match=said) as error:
        make(key, *certificates)
    assert error.value.exit_code == 2
    assert error.value.next_step or error.value.cause


def test_all_sign_alike_both_lists_and_reports(make: Make) -> None:
    world = trade()
    signer = make(world.signer.key, world.signer, world.issuing)
    assert signer.identity == the_signer().identity
    assert signer.sign_detached(DATA, AT, None) == the_signer().sign_detached(DATA, AT, None)
    pdf = plain_pdf()
    assert signer.sign_pdf(pdf, AT, None) == the_signer().sign_pdf(pdf, AT, None)


def test_with_a_stamp_inside(make: Make) -> None:
    world = trade()
    signer = make(world.signer.key, world.signer, world.issuing, world.root)
    authority = FakeAuthority(lambda: AT + timedelta(seconds=2))
    assert read_detached(signer.sign_detached(DATA, AT, authority), DATA).stamp is not None
    assert read_report(signer.sign_pdf(plain_pdf(), AT, authority)).identity == signer.identity


def test_a_key_of_another_certificate_never_signs(make: Make) -> None:
    world = trade()
    said = "does not belong|no key with its certificate"
    refused(make, said, world.other_signer.key, world.signer, world.issuing)


def test_a_key_that_is_not_rsa(make: Make) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = issue("Curve", trade().issuing, subject_key=key)
    refused(make, "not an RSA key|is of type EC|not for an RSA key", key, certificate)


def test_a_short_key(make: Make) -> None:
    short = issue("Short", trade().issuing, bits=2048)
    refused(make, "2048 bits", short.key, short)


def test_a_certificate_for_something_else(make: Make) -> None:
    wrong = issue("No purpose", trade().issuing, purposes=())
    refused(make, "not one that signs documents", wrong.key, wrong)
    stamper = issue("Stamps", trade().issuing, purposes=trade().stamper_purposes)
    refused(make, "not one that signs documents", stamper.key, stamper)
    silent = issue("No signature", trade().issuing, digital_signature=False)
    refused(make, "not one that signs documents", silent.key, silent)
    refused(make, "not one that signs documents", trade().issuing.key, trade().issuing)


def test_a_certificate_signed_by_itself(make: Make) -> None:
    own = issue("Alone", None)
    refused(make, "signed by itself", own.key, own)


@pytest.mark.parametrize("moment", [NOT_AFTER + timedelta(seconds=1), NOT_BEFORE - timedelta(days=1)])
def test_outside_its_validity_nothing_is_signed(make: Make, moment: datetime) -> None:
    signer = make(trade().signer.key, trade().signer, trade().issuing)
    for sign in (signer.sign_detached, signer.sign_pdf):
        with pytest.raises(RefusedError, match=r"expired|not valid before") as error:
            sign(b"data", moment, None)
        assert error.value.exit_code == 8


def test_a_certificate_must_outlive_what_it_seals(make: Make) -> None:
    brief = issue("One year", trade().issuing, not_after=datetime(2027, 11, 23, tzinfo=UTC), serial=8)
    identity = make(brief.key, brief, trade().issuing).identity
    refuse_short_lived(identity, date(2027, 11, 22))
    with pytest.raises(RefusedError):
        refuse_short_lived(identity, date(2027, 11, 23))


def test_a_development_certificate_is_known_as_one(make: Make) -> None:
    assert make(
        trade().signer.key, issue("DEVELOPMENT signer", trade().issuing, key_name="signer")
    ).identity.development
