"""One bit changed anywhere: in a member, in the ZIP around it, in the signature, in a stamp. None may pass.

openssl alone lets 58 % of the flips in a `.p7s` and 33 % of those in a `.tsr` pass (signing.md, section 10).
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest
from cryptography import x509

from evidence.errors import IntegrityError
from evidence.packs import bag
from evidence.packs.verification import Trust, verify_pack
from evidence.seals.envelope import read_detached, read_report, undress
from evidence.seals.messages import DATA, TIME_STAMP, SignedMessage, read_message
from evidence.seals.signing import dress
from evidence.seals.stamps import check_imprint, read_response
from evidence.seals.trust import establish_authority
from tests.attacks.verdicts import failed_files
from tests.fakes.certificates import trade
from tests.fakes.packs import write_folder, write_pack

SEALS = (bag.SIGNATURE, bag.STAMP)


def flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def some_bits(data: bytes, count: int, seed: str) -> list[int]:
    return random.Random(seed).sample(range(8 * len(data)), count)  # noqa: S311  # the same bits each time


def seal_holds(path: str, data: bytes, signed: bytes) -> bool:
    """Whether a changed signature or stamp is still taken for a good one."""
    try:
        if path == bag.SIGNATURE:
            seal = read_detached(data, signed)
            assert seal.stamp is not None
            establish_authority(seal.stamp, [trade().stamp_root.der])
            return seal.identity.fingerprint_sha256 == trade().signer.fingerprint
        stamp = read_response(data)
        check_imprint(stamp, signed)
        establish_authority(stamp, [trade().stamp_root.der])
    except IntegrityError:
        return False
    return True


@pytest.mark.parametrize("path", SEALS)
def test_none_of_500_flips_in_a_seal_passes(good: Mapping[str, bytes], path: str) -> None:
    signed = good[bag.TAG_MANIFEST]
    assert seal_holds(path, good[path], signed)
    passing = [bit for bit in some_bits(good[path], 500, path) if seal_holds(path, flipped(good[path], bit), signed)]
    assert passing == []


@pytest.mark.parametrize("path", SEALS)
def test_no_flip_passes_where_no_signature_covers_it(good: Mapping[str, bytes], path: str) -> None:
    """The bytes between what is signed: tags, lengths, version numbers, algorithms; all of them."""
    signed = good[bag.TAG_MANIFEST]
    der = undress(good[path]) if path == bag.SIGNATURE else good[path]
    free = [at for at, covered in enumerate(_covered(der, _message(good, path))) if not covered]
    assert 100 < len(free) < 400
    passing = []
    for bit in (8 * at + number for at in free for number in range(8)):
        changed = flipped(der, bit)
        if seal_holds(path, dress(changed) if path == bag.SIGNATURE else changed, signed):
            passing.append(bit)
    assert passing == []


def _message(good: Mapping[str, bytes], path: str) -> SignedMessage:
    if path == bag.SIGNATURE:
        return read_message(undress(good[path]), DATA, stamp_allowed=True)
    return read_message(read_response(good[path]).token, TIME_STAMP, stamp_allowed=False)


def _covered(der: bytes, message: SignedMessage) -> list[bool]:
    """For each byte whether it lies in what is signed, in a signature, or in the signed part of a certificate.

    The stamp inside a signature counts as covered: its own bytes are flipped where it stands beside.
    """
    certificates = [x509.load_der_x509_certificate(one) for one in message.certificates]
    parts = [message.signed[4:], message.content or b"", message.signature, message.stamp_token or b""]
    parts += [part for one in certificates for part in (one.tbs_certificate_bytes, one.signature)]
    covered = [False] * len(der)
    for part in parts:
        at = der.find(part)
        covered[at : at + len(part)] = [True] * len(part)
    return covered


@pytest.mark.slow
@pytest.mark.parametrize("path", SEALS)
def test_no_flip_at_all_in_a_seal_passes(good: Mapping[str, bytes], path: str) -> None:
    signed = good[bag.TAG_MANIFEST]
    passing = [bit for bit in range(8 * len(good[path])) if seal_holds(path, flipped(good[path], bit), signed)]
    assert passing == []


@pytest.mark.slow
def test_no_flip_in_the_report_passes_even_alone(good: Mapping[str, bytes]) -> None:
    report = good[bag.REPORT]
    # Every structure of the file is in its first and last kilobytes; between them are digits of the signature.
    bits = [*some_bits(report[:2000], 20, "head"), *some_bits(report, 15, "all")]
    bits += [8 * (len(report) - 1000) + bit for bit in some_bits(report[-1000:], 20, "tail")]
    passing = []
    for bit in bits:
        try:
            stamp = read_report(flipped(report, bit)).stamp
            assert stamp is not None
            establish_authority(stamp, [trade().stamp_root.der])
        except IntegrityError:
            continue
        passing.append(bit)
    assert passing == []


@pytest.mark.slow
def test_a_flip_in_each_member_is_caught_and_named(good: Mapping[str, bytes], trust: Trust, tmp_path: Path) -> None:
    for path, data in good.items():
        for bit in some_bits(data, 1, path):
            folder = write_folder(tmp_path / path.replace("/", "_") / str(bit), {**good, path: flipped(data, bit)})
            found = verify_pack(folder, trust)
            assert found.exit_code == 7, (path, bit)
            assert path in failed_files(found), (path, bit)


def test_a_flip_in_the_zip_is_caught(good: Mapping[str, bytes], trust: Trust, tmp_path: Path) -> None:
    pack = write_pack(tmp_path, good)
    data = pack.read_bytes()
    directory = data.rindex(b"PK\5\6") - 100 * len(good)
    bits = [*some_bits(data, 30, "zip"), *(8 * directory + bit for bit in some_bits(data[directory:], 30, "end"))]
    _none_passes(pack, data, bits, trust)


@pytest.mark.slow
def test_no_flip_in_headers_and_directory_of_the_zip_passes(
    good: Mapping[str, bytes], trust: Trust, tmp_path: Path
) -> None:
    pack = write_pack(tmp_path, good)
    data = pack.read_bytes()
    structure = [range(len(data) - 22, len(data)), *_headers(data)]
    every = [8 * byte + bit for span in structure for byte in span for bit in range(8)]
    _none_passes(pack, data, random.Random("structure").sample(every, 1000), trust)  # noqa: S311


def _headers(data: bytes) -> Iterable[range]:
    for magic in (b"PK\3\4", b"PK\1\2"):
        at = data.find(magic)
        while at >= 0:
            yield range(at, at + 90)
            at = data.find(magic, at + 4)


def _none_passes(pack: Path, data: bytes, bits: Iterable[int], trust: Trust) -> None:
    for bit in bits:
        pack.write_bytes(flipped(data, bit))
        found = verify_pack(pack, trust)
        assert found.exit_code == 7, bit
        assert failed_files(found) - {None}, bit
