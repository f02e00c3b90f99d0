"""Trap 30, second half: what was sealed without a stamp is stamped later, as a new entry, and never made to look older."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from evidence.errors import IntegrityError, RefusedError, TimestampError
from evidence.ledger.entries import Draft, EntryKind, LedgerObject
from evidence.ledger.folds import SealedPack, later_stamps, named_paths, orphans, unstamped_packs
from evidence.packs.build import PackOrder, build_pack
from evidence.packs.later_stamp import stamp_later
from evidence.packs.period import span_period
from evidence.packs.scope import PackScope
from evidence.packs.verification import Finding, Trust, Verification, verify_pack
from evidence.seals.interface import TimestampAuthority
from evidence.seals.stamps import write_response
from tests.fakes.authority import FakeAuthority, answer
from tests.fakes.bench import NIGHT, Bench, backup
from tests.fakes.certificates import STAMPING, issue, trade
from tests.fakes.memory_store import Stopped
from tests.fakes.packing import FailingAuthority, sealing

LATE = timedelta(days=3, hours=4)


@functools.cache
def _sealed() -> tuple[Bench, SealedPack]:
    bench = Bench()
    backup(bench.vault())
    bench.run()
    tools = replace(sealing(bench), authority=FailingAuthority())
    order = PackOrder("night", PackScope("all"), span_period(NIGHT, NIGHT))
    return bench, build_pack(bench.parts, tools, order).pack


def unstamped(bench: Bench) -> SealedPack:
    """A pack that was sealed while the authority was down, some days ago."""
    made, pack = _sealed()
    bench.memory.files.update(made.memory.files)
    bench.clock.moment = made.clock.moment + LATE
    return pack


def authority(bench: Bench) -> TimestampAuthority:
    return FakeAuthority(bench.clock.now)


def files(bench: Bench, pack: SealedPack, folder: Path) -> tuple[Path, Path]:
    """The pack and its later stamp, as an auditor gets them."""
    archive = folder / f"{pack.pack_id}.zip"
    bench.store.fetch(next(one.path for one in pack.entry.objects if one.path.endswith(".zip")), archive)
    stamp = folder / "later.tsr"
    (given,) = later_stamps(bench.parts.ledger.entries())[pack.pack_id]
    stamp.write_bytes(bench.store.read(given.path))
    return archive, stamp


def verified(archive: Path, stamp: Path | None, *, roots: bool = True) -> Verification:
    known = (trade().stamp_root.der,) if roots else ()
    return verify_pack(archive, Trust(trade().signer.fingerprint, stamp_authorities=known), stamp)


def findings(found: Verification) -> dict[str, tuple[Finding, str]]:
    return {one.name: (one.finding, one.detail) for one in found.checks}


def test_a_pack_is_stamped_later_and_says_by_how_much(tmp_path: Path) -> None:
    bench = Bench()
    pack = unstamped(bench)
    assert unstamped_packs(bench.parts.ledger.entries()) == (pack,)
    given = stamp_later(bench.parts, authority(bench), pack)
    assert given.new
    assert LATE < given.delay < LATE + timedelta(minutes=1)
    assert given.stamp.entry.kind is EntryKind.TIME_STAMPED
    assert unstamped_packs(bench.parts.ledger.entries()) == ()
    found = verified(*files(bench, pack, tmp_path))
    told = findings(found)
    assert found.ok, told
    assert told["later time stamp"][0] is Finding.OK
    assert "LATER than the sealing by 3 days, 4:0" in told["later time stamp"][1]
    assert told["validity at later stamp"][0] is Finding.OK
    assert told["authority"][0] is Finding.OK
    # The pack itself was not touched, and goes on saying so.
    assert "NOT TIME-STAMPED" in told["time stamp"][1]


def test_openssl_verifies_the_later_stamp(tmp_path: Path) -> None:
    import subprocess
    import zipfile

    bench = Bench()
    pack = unstamped(bench)
    stamp_later(bench.parts, authority(bench), pack)
    archive, _ = files(bench, pack, tmp_path)
    with zipfile.ZipFile(archive) as source:
        (tmp_path / "signature").write_bytes(source.read(f"{pack.pack_id}/tagmanifest-sha256.txt.p7s"))
    (tmp_path / "root.pem").write_bytes(trade().stamp_root.pem)
    command = "openssl ts -verify -data signature -in later.tsr -CAfile root.pem"
    said = subprocess.run(command.split(), cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert "Verification: OK" in said


def test_twice_is_harmless() -> None:
    bench = Bench()
    pack = unstamped(bench)
    first = stamp_later(bench.parts, authority(bench), pack)
    size = len(bench.memory.files)
    again = stamp_later(bench.parts, FailingAuthority(), pack)
    assert (again.stamp, again.new) == (first.stamp, False)
    assert len(bench.memory.files) == size


@pytest.mark.parametrize("lost", [False, True])
@pytest.mark.parametrize("write", [0, 1])
def test_a_crash_leaves_an_orphan_at_most(write: int, *, lost: bool) -> None:
    bench = Bench()
    pack = unstamped(bench)
    bench.memory.run_on()
    if lost:
        bench.memory.stop_after = write
    else:
        bench.memory.stop_before = write
    with pytest.raises(Stopped):
        stamp_later(bench.parts, authority(bench), pack)
    bench.memory.run_on()
    given = stamp_later(bench.parts, authority(bench), pack)
    entries = bench.parts.ledger.entries()
    assert later_stamps(entries)[pack.pack_id] == (given.stamp,)
    left = orphans(bench.store.list("stamps/"), named_paths(entries))
    kept_before = {(0, True), (1, False)}
    assert len(left) == ((write, lost) in kept_before)
    # The entry was written and only its answer was lost: nothing is asked again.
    assert given.new != ((write, lost) == (1, True))


def test_another_process_that_was_faster_wins() -> None:
    bench = Bench()
    pack = unstamped(bench)
    other = Bench(store=bench.store, clock=bench.clock, chance=lambda size: b"\x77" * size)

    class Overtaken:
        url = "memory:slow"

        def stamp(self, data: bytes) -> bytes:
            stamp_later(other.parts, authority(bench), pack)
            return authority(bench).stamp(data)

    given = stamp_later(bench.parts, Overtaken(), pack)
    assert not given.new
    assert len(later_stamps(bench.parts.ledger.entries())[pack.pack_id]) == 1


class Spoiled:
    """An authority in memory whose answer is spoiled."""

    url = "memory:spoiled"

    def __init__(self, spoil: Callable[[bytes], bytes]) -> None:
        self._spoil = spoil

    def stamp(self, data: bytes) -> bytes:
        return self._spoil(data)


EXPIRED = timedelta(days=1)


def expired(bench: Bench) -> TimestampAuthority:
    gone = issue(
        "Old unit",
        trade().stamp_issuing,
        purposes=STAMPING,
        bits=2048,
        serial=77,
        not_after=bench.clock.moment - EXPIRED,
    )
    return FakeAuthority(bench.clock.now, stamper=gone)


LIES: dict[str, Callable[[Bench], TimestampAuthority]] = {
    "no valid time stamp": lambda _: Spoiled(lambda _: b"<html>"),
    "cannot be read|is missing at byte": lambda _: Spoiled(lambda _: b""),
    "other bytes": lambda bench: Spoiled(lambda _: authority(bench).stamp(b"another file")),
    "was not valid at": expired,
    "clocks is wrong": lambda bench: FakeAuthority(lambda: bench.clock.moment - timedelta(days=2)),
    "two clocks": lambda bench: FakeAuthority(lambda: bench.clock.moment + timedelta(hours=1)),
    "does not answer": lambda _: FailingAuthority(),
}


@pytest.mark.parametrize("said", LIES)
def test_what_is_no_stamp_of_now_is_refused_and_leaves_nothing(said: str) -> None:
    bench = Bench()
    pack = unstamped(bench)
    before = dict(bench.memory.files)
    with pytest.raises(TimestampError) as error:
        stamp_later(bench.parts, LIES[said](bench), pack)
    assert any(one in " ".join(error.value.diagnostics()) for one in said.split("|"))
    assert error.value.exit_code == 6
    assert bench.memory.files == before


def test_a_stamp_from_before_the_sealing_is_refused() -> None:
    bench = Bench()
    pack = unstamped(bench)
    bench.clock.moment -= LATE + timedelta(days=1)
    with pytest.raises(TimestampError, match="before the pack was sealed"):
        stamp_later(bench.parts, authority(bench), pack)


def test_a_pack_that_was_stamped_when_sealed_is_not_stamped_again() -> None:
    bench = Bench()
    backup(bench.vault())
    bench.run()
    order = PackOrder("night", PackScope("all"), span_period(NIGHT, NIGHT))
    pack = build_pack(bench.parts, sealing(bench), order).pack
    assert unstamped_packs(bench.parts.ledger.entries()) == ()
    with pytest.raises(RefusedError, match="when it was sealed"):
        stamp_later(bench.parts, authority(bench), pack)


def test_a_pack_that_was_changed_in_the_store_is_not_stamped() -> None:
    bench = Bench()
    pack = unstamped(bench)
    path = next(one.path for one in pack.entry.objects if one.path.endswith(".zip"))
    bench.memory.files[path] = b"X" + bench.memory.files[path][1:]
    with pytest.raises(IntegrityError, match="does not have the SHA-256"):
        stamp_later(bench.parts, authority(bench), pack)


def test_an_entry_that_names_no_stamp_is_never_written() -> None:
    from evidence.errors import ConfigurationError

    bench = Bench()
    pack = unstamped(bench)
    good = stamp_later(bench.parts, authority(bench), pack).stamp.entry
    for payload, objects in (
        ({**good.payload, "attempt": "other"}, ()),
        ({**good.payload, "stamped_at": "2026-11-22"}, good.objects),
        ({**good.payload, "pack_id": "another"}, good.objects),
        ({key: value for key, value in good.payload.items() if key != "attempt"}, good.objects),
    ):
        draft = Draft(EntryKind.TIME_STAMPED, good.at, "tester", good.subject, payload, objects)
        with pytest.raises(ConfigurationError):
            bench.parts.ledger.append(draft)


# --- what an auditor is handed


def test_a_stamp_of_another_pack_or_of_nothing_fails(tmp_path: Path) -> None:
    bench = Bench()
    pack = unstamped(bench)
    stamp_later(bench.parts, authority(bench), pack)
    archive, stamp = files(bench, pack, tmp_path)
    good = stamp.read_bytes()
    (tmp_path / "foreign.tsr").write_bytes(authority(bench).stamp(b"another pack"))
    for name, data in {"empty": b"", "garbage": b"\x30\x03abc", "long": good + b"\0", "huge": bytes(2 << 20)}.items():
        (tmp_path / f"{name}.tsr").write_bytes(data)
    for name in ("foreign", "empty", "garbage", "long", "huge"):
        found = verified(archive, tmp_path / f"{name}.tsr")
        assert found.exit_code == 7, name
        assert findings(found)["later time stamp"][0] is Finding.FAILED


def test_each_flipped_byte_of_the_later_stamp_is_noticed(tmp_path: Path) -> None:
    from evidence.seals.stamps import check_imprint, read_response
    from evidence.seals.trust import establish_authority

    bench = Bench()
    pack = unstamped(bench)
    stamp_later(bench.parts, authority(bench), pack)
    _, file = files(bench, pack, tmp_path)
    good = file.read_bytes()
    signature = _signature(tmp_path / f"{pack.pack_id}.zip", pack.pack_id)
    passed = []
    for place in range(0, len(good), 23):
        changed = bytearray(good)
        changed[place] ^= 1
        try:
            stamp = read_response(bytes(changed))
            check_imprint(stamp, signature)
            establish_authority(stamp, [trade().stamp_root.der])
        except IntegrityError:
            continue
        passed.append(place)
    assert passed == []


def _signature(archive: Path, pack_id: str) -> bytes:
    import zipfile

    with zipfile.ZipFile(archive) as source:
        return source.read(f"{pack_id}/tagmanifest-sha256.txt.p7s")


def test_a_stamp_by_a_stranger_is_told(tmp_path: Path) -> None:
    bench = Bench()
    pack = unstamped(bench)
    stamp_later(bench.parts, authority(bench), pack)
    archive, stamp = files(bench, pack, tmp_path)
    without = findings(verified(archive, stamp, roots=False))
    assert without["authority"][0] is Finding.NOT_CHECKED
    found = verify_pack(archive, Trust(trade().signer.fingerprint, stamp_authorities=(trade().root.der,)), stamp)
    assert findings(found)["authority"][0] is Finding.FAILED
    assert found.exit_code == 7


def test_an_answer_without_a_nonce_is_a_stamp_too(tmp_path: Path) -> None:
    from asn1crypto import tsp

    bench = Bench()
    pack = unstamped(bench)
    stamp_later(bench.parts, authority(bench), pack)
    archive, stamp = files(bench, pack, tmp_path)
    assert tsp.TimeStampResp.load(stamp.read_bytes())["time_stamp_token"]["content"]["encap_content_info"]
    import hashlib

    imprint = {
        "hash_algorithm": {"algorithm": "sha256"},
        "hashed_message": hashlib.sha256(_signature(archive, pack.pack_id)).digest(),
    }
    for nonce in ({}, {"nonce": 5}):
        question = tsp.TimeStampReq({"version": 1, "message_imprint": imprint, "cert_req": True, **nonce}).dump()
        response = tsp.TimeStampResp.load(answer(question, bench.clock.moment))
        stamp.write_bytes(write_response(response["time_stamp_token"].dump()))
        assert verified(archive, stamp).ok


def test_what_a_stamp_does_not_show_is_said(tmp_path: Path) -> None:
    """A stamp of the list alone, and one from after the signer's certificate had expired."""
    import zipfile

    bench = Bench()
    pack = unstamped(bench)
    stamp_later(bench.parts, authority(bench), pack)
    archive, stamp = files(bench, pack, tmp_path)
    with zipfile.ZipFile(archive) as source:
        manifest = source.read(f"{pack.pack_id}/tagmanifest-sha256.txt")
    stamp.write_bytes(authority(bench).stamp(manifest))
    found = verified(archive, stamp)
    assert found.ok
    assert findings(found)["validity at later stamp"][0] is Finding.NOT_CHECKED


def test_objects_that_an_entry_names_otherwise_than_they_are(tmp_path: Path) -> None:
    from evidence.packs.handing_over import hand_over, write_new

    bench = Bench()
    bench.store.create("stamps/a/b.tsr", b"data")
    with pytest.raises(IntegrityError, match="is not what the ledger names"):
        hand_over(bench.store, LedgerObject("stamps/a/b.tsr", 4, "0" * 64), tmp_path / "x")
    assert not (tmp_path / "x").exists()
    write_new(tmp_path / "in" / "x", b"data")
    write_new(tmp_path / "in" / "x", b"data")
    from evidence.errors import ConfigurationError

    with pytest.raises(ConfigurationError, match="another file"):
        write_new(tmp_path / "in" / "x", b"other")
