"""Checkpoints: made once over what is new, signed and stamped, each going on from the one before."""

from __future__ import annotations

import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from evidence.errors import IntegrityError, RefusedError, TimestampError
from evidence.ledger import Ledger
from evidence.ledger.checkpoints import parse_checkpoint
from evidence.ledger.folds import named_paths, orphans
from evidence.ledger.publications import Purpose, checkpoints
from evidence.packs.checkpoints.audit import audit
from evidence.packs.verification import Finding, Trust
from evidence.packs.verification.checkpoint import verify_checkpoint
from tests.fakes.bench import NIGHT, Bench
from tests.fakes.certificates import issue, trade
from tests.fakes.memory_store import Stopped
from tests.fakes.packing import FailingAuthority
from tests.fakes.packs import signer_of
from tests.packs.checkpoints.desk import TRUST, desk, findings, handed, make, more


def problems(bench: Bench) -> list[str | None]:
    return [one.problem for one in audit(bench.parts)]


def test_a_checkpoint_is_made_once_over_what_is_new(tmp_path: Path) -> None:
    bench = desk()
    size = len(bench.parts.ledger.entries())
    first = make(bench)
    assert first.new
    assert first.checkpoint.size == size
    assert make(bench) == type(first)(first.checkpoint, new=False)
    more(bench)
    second = make(bench)
    assert (second.new, second.checkpoint.size) == (True, size + 2)
    assert problems(bench) == [None, None]
    document = parse_checkpoint(handed(bench, second, tmp_path).read_bytes(), "it")
    assert document.extent.nights == {
        "sealed": 2,
        "first": str(NIGHT),
        "last": str(NIGHT + timedelta(days=2)),
        "missing": [str(NIGHT + timedelta(days=1))],
    }
    assert {(one["kind"], one["packs"]) for one in document.extent.series} == {("night", 2), ("audit", 1)}
    assert document.about.previous is not None
    assert document.about.previous["size"] == size


def test_a_stranger_verifies_it_and_that_it_goes_on_from_the_one_before(tmp_path: Path) -> None:
    bench = desk()
    older = handed(bench, make(bench), tmp_path / "older")
    more(bench)
    newer = handed(bench, make(bench), tmp_path / "newer")
    found = verify_checkpoint(newer, TRUST, older)
    assert found.ok, findings(found)
    told = findings(found)
    assert told["consistency"][0] is Finding.OK
    assert told["checkpoint before"][0] is Finding.OK
    assert "1 missing" in told["checkpoint"][1]
    assert verify_checkpoint(newer.parent, TRUST).ok


def test_openssl_verifies_signature_and_stamp(tmp_path: Path) -> None:
    bench = desk()
    handed(bench, make(bench), tmp_path)
    (tmp_path / "root.pem").write_bytes(trade().root.pem)
    (tmp_path / "tsa.pem").write_bytes(trade().stamp_root.pem)
    cms = "openssl cms -verify -binary -inform PEM -in checkpoint.json.p7s -content checkpoint.json -out out"
    for command in (
        f"{cms} -CAfile root.pem -purpose any",
        "openssl ts -verify -data checkpoint.json -in checkpoint.json.tsr -CAfile tsa.pem",
    ):
        subprocess.run(command.split(), cwd=tmp_path, check=True, capture_output=True)


def test_with_the_authority_down_it_is_made_and_says_so(tmp_path: Path) -> None:
    bench = desk()
    made = make(bench, authority=FailingAuthority())
    assert not made.checkpoint.stamped
    told = findings(verify_checkpoint(handed(bench, made, tmp_path), TRUST))
    assert told["checkpoint stamp"][0] is Finding.NOT_CHECKED
    assert "NOT TIME-STAMPED" in told["checkpoint stamp"][1]
    assert "does not answer" in told["checkpoint stamp"][1]
    assert problems(bench) == [None]


@pytest.mark.parametrize("write", range(4))
@pytest.mark.parametrize("lost", [False, True])
def test_a_crash_leaves_orphans_and_the_next_one_makes_it(write: int, *, lost: bool) -> None:
    bench = desk()
    bench.memory.run_on()
    if lost:
        bench.memory.stop_after = write
    else:
        bench.memory.stop_before = write
    with pytest.raises(Stopped):
        make(bench)
    bench.memory.run_on()
    entry_was_written = write == 3 and lost
    assert make(bench).new != entry_was_written
    entries = bench.parts.ledger.entries()
    assert len(checkpoints(entries)) == 1
    left = orphans(bench.store.list("checkpoints/"), named_paths(entries))
    assert len(left) == (0 if entry_was_written else write + lost)


def test_of_two_processes_at_once_one_is_recorded() -> None:
    bench = desk()
    other = Bench(store=bench.store, clock=bench.clock, chance=lambda size: b"\x77" * size)

    class Slow:
        url = "memory:slow"

        def stamp(self, data: bytes) -> bytes:
            make(other, stamped=False)
            raise TimestampError("The authority was too slow.", cause=f"{len(data)} bytes")

    made = make(bench, authority=Slow())
    assert not made.new
    assert len(checkpoints(bench.parts.ledger.entries())) == 1


def test_an_empty_ledger_has_no_checkpoint() -> None:
    with pytest.raises(RefusedError, match="empty"):
        make(Bench())


def test_an_expired_certificate_signs_none() -> None:
    bench = desk()
    gone = issue("Old signer", trade().issuing, not_after=bench.clock.moment - timedelta(days=1), serial=41)
    before = dict(bench.memory.files)
    with pytest.raises(RefusedError, match="expired"):
        make(bench, signer=signer_of(gone, trade().issuing))
    assert bench.memory.files == before


# --- attacks


def rewrite(bench: Bench, sequence: int) -> None:
    """Change what an entry says, and chain all after it anew: as somebody who can write the store would."""
    from evidence.ledger.chain import path_of
    from evidence.ledger.entries import Draft

    entries = list(bench.parts.ledger.entries())
    previous = entries[sequence - 2].sha256
    for entry in entries[sequence - 1 :]:
        actor = "somebody else" if entry.sequence == sequence else entry.actor
        draft = Draft(entry.kind, entry.at, actor, entry.subject, entry.payload, entry.objects)
        placed = draft.placed(entry.sequence, previous)
        bench.memory.files[path_of(entry.sequence)] = placed.to_bytes()
        previous = placed.sha256


def test_a_history_that_was_rewritten_whole_is_noticed(tmp_path: Path) -> None:
    bench = desk()
    older = handed(bench, make(bench), tmp_path / "older")
    rewrite(bench, 4)
    assert Ledger(bench.store).entries()  # the chain itself holds
    (problem,) = problems(bench)
    assert problem is not None
    assert "entries that it covers were changed" in problem
    with pytest.raises(IntegrityError, match="no longer has the root"):
        more(bench)
    bench.run(NIGHT + timedelta(days=1))
    with pytest.raises(IntegrityError, match="no longer has the root"):
        make(bench)
    # Somebody who also drops the old checkpoint's entry is caught by whoever holds the old checkpoint.
    forged = forgery(bench)
    newer = handed(forged, make(forged), tmp_path / "newer")
    found = verify_checkpoint(newer, TRUST, older)
    assert findings(found)["consistency"][0] is Finding.FAILED
    assert found.exit_code == 7


def forgery(bench: Bench) -> Bench:
    """The rewritten ledger without its checkpoint."""
    from evidence.ledger.chain import path_of
    from evidence.ledger.entries import Draft, EntryKind

    other = Bench(clock=bench.clock, chance=bench.chance)
    other.memory.files.update(bench.memory.files)
    entries = [one for one in bench.parts.ledger.entries() if one.kind is not EntryKind.CHECKPOINT_PUBLISHED]
    for path in [path for path in other.memory.files if path.startswith("ledger/")]:
        del other.memory.files[path]
    previous = None
    for number, entry in enumerate(entries, start=1):
        draft = Draft(entry.kind, entry.at, entry.actor, entry.subject, entry.payload, entry.objects)
        placed = draft.placed(number, previous)
        other.memory.files[path_of(number)] = placed.to_bytes()
        previous = placed.sha256
    return other


@pytest.mark.parametrize("file", ["checkpoint.json", "checkpoint.json.p7s", "checkpoint.json.tsr"])
def test_a_changed_file_is_named(tmp_path: Path, file: str) -> None:
    bench = desk()
    made = make(bench)
    path = handed(bench, made, tmp_path)
    data = bytearray((tmp_path / file).read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / file).write_bytes(data)
    assert verify_checkpoint(path, TRUST).exit_code == 7
    bench.memory.files[made.checkpoint.folder + file] = bytes(data)
    (problem,) = problems(bench)
    assert problem is not None
    assert file in problem


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    bench = desk()
    made = make(bench)
    path = handed(bench, made, tmp_path)
    (tmp_path / "checkpoint.json.tsr").unlink()
    assert findings(verify_checkpoint(path, TRUST))["checkpoint stamp"][0] is Finding.FAILED
    del bench.memory.files[made.checkpoint.folder + "checkpoint.json"]
    (problem,) = problems(bench)
    assert problem is not None
    assert "missing" in problem


def test_another_certificate_of_the_same_authority_is_told_from_the_signer(tmp_path: Path) -> None:
    bench = desk()
    payroll = signer_of(trade().other_signer, trade().issuing)
    path = handed(bench, make(bench, signer=payroll), tmp_path)
    told = findings(verify_checkpoint(path, TRUST))
    assert told["signer"][0] is Finding.FAILED
    other = Trust(trade().signer.fingerprint, checkpoint_fingerprint=trade().other_signer.fingerprint)
    assert verify_checkpoint(path, other).ok
    assert not verify_checkpoint(path, Trust()).ok


def test_a_renewal_is_made_although_nothing_is_new() -> None:
    from evidence.packs.checkpoints.renewal import gather_renewal

    bench = desk()
    first = make(bench)
    renewal = gather_renewal(bench.parts, [], {}, bench.clock.now())
    second = make(bench, renewal=renewal)
    assert second.new
    assert second.checkpoint.purpose is Purpose.RENEWAL
    assert second.checkpoint.size == first.checkpoint.size + 1
    assert problems(bench) == [None, None]
