from __future__ import annotations

import copy
import errno
import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from evidence.errors import ConfigurationError, IntegrityError, StoreError
from evidence.ledger.deliveries import deliveries
from evidence.ledger.folds import SealedPack
from evidence.ledger.persons import Account
from evidence.packs.night import ensure_night_pack
from evidence.packs.oversight.deliveries import Receiver, hand_out
from evidence.packs.scope import PackScope
from tests.fakes.bench import NIGHT, Bench, backup
from tests.fakes.packing import sealing

BY = Account("anna", 1000, "backup-01")
ADA = Receiver("Ada", None, BY)


@pytest.fixture(scope="module")
def sealed() -> tuple[Bench, SealedPack]:
    bench = Bench()
    backup(bench.vault())
    bench.run()
    return bench, ensure_night_pack(bench.parts, sealing(bench), PackScope("all"), NIGHT)


@pytest.fixture
def bench(sealed: tuple[Bench, SealedPack]) -> Bench:
    return copy.deepcopy(sealed[0])


@pytest.fixture
def pack(sealed: tuple[Bench, SealedPack]) -> SealedPack:
    return sealed[1]


def recorded(bench: Bench) -> list[str]:
    return [one.receiver for many in deliveries(bench.parts.ledger.entries()).values() for one in many]


def zip_of(pack: SealedPack) -> str:
    return next(one.path for one in pack.entry.objects if one.path.endswith(".zip"))


def test_a_delivery_is_verified_and_recorded_with_hash_bytes_and_both_persons(
    bench: Bench, pack: SealedPack, tmp_path: Path
) -> None:
    found = hand_out(bench.parts, pack, tmp_path / "new" / "folder", Receiver("Ada", "sample 14", BY))
    data = bench.memory.files[zip_of(pack)]
    assert found.file.path.read_bytes() == data
    assert found.checks > 10
    assert found.new
    one = found.delivery
    assert one is not None
    assert (one.pack_id, one.tagmanifest_sha256, one.bytes) == (pack.pack_id, pack.tagmanifest_sha256, len(data))
    assert (one.receiver, one.purpose, one.asked_by) == ("Ada", "sample 14", BY)
    assert one.copied_at < one.entry.at
    assert str(tmp_path) not in one.entry.to_bytes().decode()
    assert [path.name for path in (tmp_path / "new" / "folder").iterdir()] == [f"{pack.pack_id}.zip"]


def test_without_a_person_nothing_is_recorded(bench: Bench, pack: SealedPack, tmp_path: Path) -> None:
    before = len(bench.parts.ledger.entries())
    assert hand_out(bench.parts, pack, tmp_path, None).delivery is None
    assert len(bench.parts.ledger.entries()) == before


def test_a_run_that_stopped_before_its_entry_records_the_one_delivery_when_it_is_run_again(
    bench: Bench, pack: SealedPack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr("evidence.ledger.ledger.Ledger.append", lambda *_: (_ for _ in ()).throw(StoreError("down")))
        with pytest.raises(StoreError):
            hand_out(bench.parts, pack, tmp_path, ADA)
    assert recorded(bench) == []
    bench.clock.moment += timedelta(hours=1)
    told = [hand_out(bench.parts, pack, tmp_path, ADA) for _ in range(2)]
    assert [one.new for one in told] == [True, False]
    assert told[0].delivery == told[1].delivery
    assert told[0].delivery is not None
    assert told[0].delivery.entry.at - told[0].delivery.copied_at > timedelta(minutes=59)
    assert recorded(bench) == ["Ada"]


def test_another_copy_and_another_person_are_deliveries_of_their_own(
    bench: Bench, pack: SealedPack, tmp_path: Path
) -> None:
    for folder, person in (("one", "Ada"), ("two", "Ada"), ("one", "Bo"), ("one", "Ada")):
        hand_out(bench.parts, pack, tmp_path / folder, Receiver(person, None, BY))
    assert recorded(bench) == ["Ada", "Ada", "Bo"]


def test_what_does_not_verify_is_not_handed_out_nor_recorded(bench: Bench, pack: SealedPack, tmp_path: Path) -> None:
    # Hash and ledger agree, the signer of the ledger is another: whoever rewrote all of them is found out by the seal.
    other = replace(
        pack, entry=replace(pack.entry, payload={**pack.entry.payload, "signer_fingerprint_sha256": "0" * 64})
    )
    with pytest.raises(IntegrityError, match="does not verify"):
        hand_out(bench.parts, other, tmp_path, ADA)
    assert list(tmp_path.iterdir()) == []
    assert recorded(bench) == []


def test_a_pack_that_the_store_changed_is_not_handed_out(bench: Bench, pack: SealedPack, tmp_path: Path) -> None:
    bench.memory.files[zip_of(pack)] += b"x"
    with pytest.raises(IntegrityError, match="SHA-256"):
        hand_out(bench.parts, pack, tmp_path, ADA)
    assert list(tmp_path.iterdir()) == []
    assert recorded(bench) == []


def test_another_file_is_never_overwritten(bench: Bench, pack: SealedPack, tmp_path: Path) -> None:
    file = tmp_path / f"{pack.pack_id}.zip"
    file.write_bytes(b"theirs")
    with pytest.raises(ConfigurationError, match="is there already"):
        hand_out(bench.parts, pack, tmp_path, ADA)
    assert file.read_bytes() == b"theirs"
    assert recorded(bench) == []


@pytest.mark.parametrize("number", [errno.EPERM, errno.ENOTSUP])
def test_where_there_are_no_hard_links_the_file_is_copied(
    bench: Bench, pack: SealedPack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def no_link(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "link", no_link)
    told = [hand_out(bench.parts, pack, tmp_path, ADA) for _ in range(2)]
    assert told[0].file.path.read_bytes() == bench.memory.files[zip_of(pack)]
    assert [one.new for one in told] == [True, False]


def test_a_folder_that_cannot_be_written_is_told(bench: Bench, pack: SealedPack, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ConfigurationError, match="cannot be written"):
        hand_out(bench.parts, pack, tmp_path / "file", ADA)


def test_a_person_and_a_purpose_are_checked_before_anything_is_copied() -> None:
    with pytest.raises(ConfigurationError, match="--for"):
        Receiver.checked("Ada\n", None, BY)
    with pytest.raises(ConfigurationError, match="--purpose"):
        Receiver.checked("Ada", " ", BY)
