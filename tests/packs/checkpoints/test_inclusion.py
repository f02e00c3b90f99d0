"""A pack against a checkpoint that its reader holds: it stands in it, or what stands in it is told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from evidence.errors import ConfigurationError, RefusedError
from evidence.ledger.folds import SealedPack
from evidence.packs.checkpoints.prove import prove_between, prove_night, prove_pack
from evidence.packs.verification import Finding, Held, Verification, verify_pack
from tests.fakes.bench import NIGHT, Bench
from tests.fakes.disposals import bury
from tests.fakes.packs import write_folder
from tests.packs.checkpoints.desk import LAST, TRUST, archive, desk, findings, handed, make, more, night_packs


def dispose(bench: Bench, pack: SealedPack, *, recorded: bool = True) -> None:
    """Remove a pack from the store, with its tombstone or without."""
    if recorded:
        bury(bench.parts, pack.entry.objects)
    for named in pack.entry.objects:
        del bench.memory.files[named.path]


def proof_file(folder: Path, data: bytes | None) -> Path:
    assert data is not None
    (folder / "proof.json").write_bytes(data)
    return folder / "proof.json"


def scene(tmp_path: Path) -> tuple[Bench, SealedPack, Path, Held]:
    """A pack's ZIP, and the checkpoint and proof that its reader holds."""
    bench = desk()
    pack = night_packs(bench)[0]
    checkpoint = handed(bench, make(bench), tmp_path / "checkpoint")
    proof = proof_file(tmp_path, prove_pack(bench.parts, pack.pack_id).proof)
    return bench, pack, archive(bench, pack, tmp_path), Held(checkpoint, proof)


def verified(file: Path, held: Held) -> Verification:
    return verify_pack(file, TRUST, held=held)


def test_the_pack_stands_in_the_checkpoint(tmp_path: Path) -> None:
    _, pack, file, held = scene(tmp_path)
    found = verified(file, held)
    told = findings(found)
    assert found.ok, told
    assert f"entry {pack.entry.sequence} of" in told["inclusion"][1]
    assert told["place in series"] == (Finding.OK, "number 1 of the 2 that its series had then")
    assert told["renewal"][0] is Finding.OK
    assert {finding for finding, _ in told.values()} == {Finding.OK}


def test_a_folder_is_found_by_its_list_and_its_seals_are_not_compared(tmp_path: Path) -> None:
    _, pack, file, held = scene(tmp_path)
    folder = write_folder(tmp_path / "unpacked", members(file, pack.pack_id), pack.pack_id)
    told = findings(verified(folder, held))
    assert told["inclusion"][0] is Finding.OK
    assert told["renewal"][0] is Finding.NOT_CHECKED


def members(file: Path, pack_id: str) -> Mapping[str, bytes]:
    import zipfile

    with zipfile.ZipFile(file) as source:
        return {one.removeprefix(f"{pack_id}/"): source.read(one) for one in source.namelist()}


@pytest.mark.slow
def test_without_a_proof_nothing_is_concluded(tmp_path: Path) -> None:
    bench, _, file, held = scene(tmp_path)
    told = findings(verified(file, Held(held.checkpoint)))
    assert told["inclusion"][0] is Finding.NOT_CHECKED
    assert "checkpoint prove" in told["inclusion"][1]
    bench.clock.moment += timedelta(days=1)
    later = archive(bench, more(bench), tmp_path)
    told = findings(verified(later, Held(held.checkpoint)))
    assert "older than the pack" in told["inclusion"][1]


@pytest.mark.slow
def test_a_proof_of_another_pack_or_for_another_checkpoint_fails(tmp_path: Path) -> None:
    bench, pack, file, held = scene(tmp_path)
    other = night_packs(bench)[1]
    proof = proof_file(tmp_path, prove_pack(bench.parts, other.pack_id).proof)
    told = findings(verified(file, Held(held.checkpoint, proof)))
    assert told["inclusion"][0] is Finding.FAILED
    assert "not about" in told["inclusion"][1]
    first = make(bench).checkpoint
    more(bench)
    newer = make(bench).checkpoint
    proof = proof_file(tmp_path, prove_pack(bench.parts, pack.pack_id).proof)
    told = findings(verified(file, Held(held.checkpoint, proof)))
    assert told["inclusion"][0] is Finding.FAILED
    assert "another root" in told["inclusion"][1]
    older = prove_pack(bench.parts, pack.pack_id, size=first.size)
    assert (
        findings(verified(file, Held(held.checkpoint, proof_file(tmp_path, older.proof))))["inclusion"][0] is Finding.OK
    )
    for data in (b"", b"{}", prove_between(bench.parts, first.size, newer.size)):
        assert verified(file, Held(held.checkpoint, proof_file(tmp_path, data))).exit_code == 7


def test_a_pack_that_the_insider_signed_anew_is_not_the_one_in_the_ledger(tmp_path: Path) -> None:
    """Attack A9 of the threat table: all checks of the pack itself pass."""
    from evidence.packs import bag
    from tests.fakes.packs import the_authority, the_signer, write_pack

    _, pack, file, held = scene(tmp_path)
    signer, inside = the_signer(), dict(members(file, pack.pack_id))
    sealed_at = pack.entry.at
    authority = the_authority(sealed_at)
    inside[bag.SIGNATURE] = signer.sign_detached(inside[bag.TAG_MANIFEST], sealed_at + timedelta(minutes=2), authority)
    forged = write_pack(tmp_path / "forged", inside, pack.pack_id)
    assert verify_pack(forged, TRUST).ok
    told = findings(verified(forged, held))
    assert told["inclusion"][0] is Finding.FAILED
    assert "another ZIP" in told["inclusion"][1]


def test_a_checkpoint_that_does_not_hold_is_no_measure(tmp_path: Path) -> None:
    _, _, file, held = scene(tmp_path)
    held.checkpoint.write_bytes(held.checkpoint.read_bytes().replace(b'"sealed":2', b'"sealed":3'))
    found = verified(file, held)
    assert found.exit_code == 7
    assert "inclusion" not in findings(found)
    with pytest.raises(ConfigurationError):
        verified(file, Held(tmp_path / "none.json"))
    with pytest.raises(ConfigurationError):
        verified(file, Held(held.checkpoint.parent, tmp_path / "none.json"))


def test_a_report_alone_stands_in_no_checkpoint(tmp_path: Path) -> None:
    bench, pack, _, held = scene(tmp_path)
    report = next(one.path for one in pack.entry.objects if one.path.endswith("report.pdf"))
    (tmp_path / "report.pdf").write_bytes(bench.store.read(report))
    assert findings(verified(tmp_path / "report.pdf", held))["inclusion"][0] is Finding.NOT_CHECKED


# --- missing, disposed, lost


def test_sealed_missing_disposed_and_lost_are_four_answers(tmp_path: Path) -> None:
    bench = desk()
    first, second = night_packs(bench)
    file = archive(bench, first, tmp_path)
    with pytest.raises(RefusedError, match="No checkpoint covers"):
        prove_pack(bench.parts, first.pack_id)
    make(bench)
    assert prove_pack(bench.parts, first.pack_id).state == "sealed"
    assert prove_night(bench.parts, NIGHT).state == "sealed"
    missing = prove_night(bench.parts, NIGHT + timedelta(days=1))
    assert (missing.state, missing.proof) == ("missing", None)
    with pytest.raises(ConfigurationError, match="no pack"):
        prove_pack(bench.parts, "all-night-internal-1999-01-01-r0001")
    dispose(bench, first)
    dispose(bench, second, recorded=False)
    lost = prove_pack(bench.parts, second.pack_id)
    assert (lost.state, len(lost.absent)) == ("lost", 3)
    with pytest.raises(RefusedError, match="No checkpoint covers"):
        prove_pack(bench.parts, first.pack_id)  # its tombstone is newer than the checkpoint
    checkpoint = handed(bench, make(bench), tmp_path / "checkpoint")
    gone = prove_pack(bench.parts, first.pack_id)
    assert gone.state == "disposed"
    # Whoever still has a copy learns that it is genuine, and that the store disposed of it.
    found = verified(file, Held(checkpoint, proof_file(tmp_path, gone.proof)))
    assert found.ok
    assert "DISPOSED" in findings(found)["inclusion"][1]
    assert "3 objects disposed of" in findings(found)["checkpoint"][1]


def test_what_is_disposed_of_in_part_and_lost_in_part_is_lost() -> None:
    bench = desk()
    first, _ = night_packs(bench)
    bury(bench.parts, first.entry.objects[:1])
    for named in first.entry.objects:
        del bench.memory.files[named.path]
    make(bench)
    assert prove_pack(bench.parts, first.pack_id).state == "lost"


def test_a_proof_between_two_checkpoints() -> None:
    from evidence.ledger.proofs import read_consistency

    bench = desk()
    older = make(bench).checkpoint
    more(bench)
    newer = make(bench).checkpoint
    found = read_consistency(prove_between(bench.parts, older.size, newer.size), "proof")
    assert (found.first.root_sha256, found.second.root_sha256) == (older.root_sha256, newer.root_sha256)
    for sizes in ((newer.size, older.size), (older.size, 99), (1, newer.size)):
        with pytest.raises(ConfigurationError):
            prove_between(bench.parts, *sizes)
    assert LAST > NIGHT
