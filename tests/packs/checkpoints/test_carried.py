"""A pack carries the proof of the ones before it; whoever holds the next pack needs to ask nobody."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from evidence.ledger.folds import SealedPack
from evidence.ledger.proofs import prove_consistency, read_inclusion
from evidence.packs import bag
from evidence.packs.build import PackOrder, build_pack
from evidence.packs.checkpoints.prove import prove_pack
from evidence.packs.night import ensure_night_pack
from evidence.packs.period import span_period
from evidence.packs.scope import PackScope
from evidence.packs.verification import Finding, Trust, verify_pack
from evidence.packs.verification.carried import CONSISTENCY, FOLDER, proof_path
from evidence.packs.verification.next_pack import verify_with_next
from tests.fakes.bench import NIGHT, Bench
from tests.fakes.certificates import trade
from tests.fakes.packing import FailingAuthority, sealing
from tests.fakes.packs import signer_of, the_authority, the_signer, write_pack
from tests.packs.checkpoints.desk import LAST, TRUST, archive, desk, findings, make, more, night_packs

THIRD = LAST + timedelta(days=1)


def night(bench: Bench, day: date = THIRD) -> SealedPack:
    """One more night's pack."""
    bench.clock.moment = bench.calendar.window(day).end + timedelta(minutes=5)
    bench.run(day)
    return ensure_night_pack(bench.parts, sealing(bench), PackScope("all"), day)


def members(bench: Bench, pack: SealedPack, folder: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(archive(bench, pack, folder)) as source:
        return {one.removeprefix(f"{pack.pack_id}/"): source.read(one) for one in source.namelist()}


def carried(inside: Mapping[str, bytes]) -> set[str]:
    return {name.removeprefix(FOLDER) for name in inside if name.startswith(FOLDER)}


SEALS = {"checkpoint.json", "checkpoint.json.p7s", "checkpoint.json.tsr", "consistency.json"}


@pytest.mark.slow
def test_the_next_pack_proves_the_one_before_and_every_other_since(tmp_path: Path) -> None:
    bench = desk()
    first, second = night_packs(bench)
    make(bench)
    audit = more(bench)
    inside = members(bench, audit, tmp_path)
    assert carried(inside) == SEALS | {f"{one.pack_id}.proof.json" for one in (first, second)}
    make(bench)
    third = night(bench)
    inside = members(bench, third, tmp_path)
    assert carried(inside) == SEALS | {f"{one.pack_id}.proof.json" for one in (second, audit)}, (
        "the one before in the series, and what no pack carried yet"
    )
    told = findings(verify_pack(archive(bench, third, tmp_path), TRUST))
    assert told["ledger proofs"][0] is Finding.OK
    assert second.pack_id in told["ledger proofs"][1]
    assert audit.pack_id in told["ledger proofs"][1]


def test_what_is_carried_is_what_is_handed_out_on_demand(tmp_path: Path) -> None:
    bench = desk()
    pack = night_packs(bench)[1]
    made = make(bench).checkpoint
    inside = members(bench, more(bench), tmp_path)
    assert inside[proof_path(pack.pack_id)] == prove_pack(bench.parts, pack.pack_id, made.size).proof
    for named in made.entry.objects:
        assert inside[FOLDER + named.path.rpartition("/")[2]] == bench.store.read(named.path)


def test_the_statement_names_the_root_that_goes_on_from_the_checkpoint(tmp_path: Path) -> None:
    bench = desk()
    make(bench)
    entries = bench.parts.ledger.entries()
    inside = members(bench, more(bench), tmp_path)
    ledger = json.loads(inside[bag.STATEMENT])["ledger"]
    told = json.loads(inside[CONSISTENCY])
    assert (ledger["size"], ledger["root_sha256"]) == (len(entries), told["second"]["root_sha256"])
    assert told["first"]["root_sha256"] == json.loads(inside[FOLDER + "checkpoint.json"])["ledger"]["root_sha256"]


def test_without_a_checkpoint_nothing_is_carried_and_that_is_said(tmp_path: Path) -> None:
    bench = desk()
    first, second = night_packs(bench)
    assert carried(members(bench, second, tmp_path)) == set()
    told = findings(verify_pack(archive(bench, second, tmp_path), TRUST))
    assert told["ledger proofs"][0] is Finding.NOT_CHECKED
    assert "ledger proofs" not in findings(verify_pack(archive(bench, first, tmp_path), TRUST)), "nothing was before it"


@pytest.mark.slow
def test_a_pack_before_that_no_checkpoint_covers_yet_is_said_to_be_that(tmp_path: Path) -> None:
    bench = desk()
    make(bench)
    before = more(bench)
    third = night(bench)
    fourth = night(bench, THIRD + timedelta(days=1))
    inside = members(bench, fourth, tmp_path)
    assert proof_path(before.pack_id) not in inside
    assert carried(inside) == set(), "the checkpoint's packs were carried already"
    told = findings(verify_pack(archive(bench, fourth, tmp_path), TRUST))
    assert told["ledger proofs"][0] is Finding.NOT_CHECKED
    assert third.pack_id not in told["ledger proofs"][1]


@pytest.mark.slow
def test_packs_of_another_scope_tell_nothing_of_this_one(tmp_path: Path) -> None:
    bench = desk()
    order = PackOrder("audit", PackScope("eu", regions=("westeurope",)), span_period(NIGHT, LAST))
    build_pack(bench.parts, sealing(bench), order)
    make(bench)
    again = replace(order, reason="another look")
    inside = members(bench, build_pack(bench.parts, sealing(bench), again).pack, tmp_path)
    assert {name for name in carried(inside) if name.endswith(".proof.json")} == {
        f"eu-audit-internal-{NIGHT}--{LAST}-r0001.proof.json"
    }
    assert b'"scope":"all"' not in b"".join(
        data for name, data in inside.items() if name.startswith(FOLDER) and name.endswith(".proof.json")
    )


def test_a_pack_that_was_lost_since_is_carried_with_that_word(tmp_path: Path) -> None:
    bench = desk()
    pack = night_packs(bench)[1]
    make(bench)
    for named in pack.entry.objects:
        del bench.memory.files[named.path]
    proof = read_inclusion(members(bench, more(bench), tmp_path)[proof_path(pack.pack_id)], "it")
    assert proof.state == "lost"


def test_with_the_authority_down_the_checkpoint_inside_says_so(tmp_path: Path) -> None:
    bench = desk()
    make(bench, authority=FailingAuthority())
    third = night(bench)
    assert carried(members(bench, third, tmp_path)) >= SEALS - {"checkpoint.json.tsr"}
    told = findings(verify_pack(archive(bench, third, tmp_path), TRUST))
    assert told["ledger proofs"][0] is Finding.OK
    assert "NOT TIME-STAMPED" in told["ledger proofs"][1]


@pytest.mark.slow
def test_a_checkpoint_by_a_signer_of_before_needs_to_be_established(tmp_path: Path) -> None:
    bench = desk()
    make(bench, signer=signer_of(trade().other_signer, trade().issuing))
    file = archive(bench, night(bench), tmp_path)
    by_fingerprint = Trust(trade().signer.fingerprint, (), (trade().stamp_root.der,))
    told = findings(verify_pack(file, by_fingerprint))
    assert told["ledger proofs"][0] is Finding.NOT_CHECKED
    assert "another signer" in told["ledger proofs"][1]
    both = replace(by_fingerprint, checkpoint_fingerprint=trade().other_signer.fingerprint)
    assert findings(verify_pack(file, both))["ledger proofs"][0] is Finding.OK
    assert findings(verify_pack(file, TRUST))["ledger proofs"][0] is Finding.OK


def test_the_next_pack_is_enough_to_prove_this_one(tmp_path: Path) -> None:
    bench = desk()
    first, second = night_packs(bench)
    make(bench)
    third = archive(bench, night(bench), tmp_path)
    found = verify_with_next(archive(bench, second, tmp_path), third, TRUST)
    told = findings(found)
    assert found.ok, told
    assert told["next pack"][0] is told["inclusion"][0] is told["renewal"][0] is Finding.OK
    fourth = archive(bench, night(bench, THIRD + timedelta(days=1)), tmp_path)
    told = findings(verify_with_next(archive(bench, first, tmp_path), fourth, TRUST))
    assert told["next pack"] == (Finding.FAILED, f"{fourth.stem} carries no proof of this pack.")


# --- attacks


def resealed(folder: Path, inside: Mapping[str, bytes], name: str, change: Callable[[dict[str, bytes]], None]) -> Path:
    """The pack changed and signed anew by its own signer: as an insider with the key would."""
    altered = dict(inside)
    change(altered)
    payload = {path: data for path, data in altered.items() if path.startswith("data/")}
    tags = {path: altered[path] for path in bag.SIGNED_TAGS}
    tags[bag.MANIFEST] = bag.manifest({path: bag.digest(data).sha256 for path, data in payload.items()})
    size = sum(map(len, payload.values()))
    tags[bag.BAG_INFO] = b"".join(
        f"Payload-Oxum: {size}.{len(payload)}\n".encode() if line.startswith(b"Payload-Oxum") else line
        for line in tags[bag.BAG_INFO].splitlines(keepends=True)
    )
    listed = bag.manifest({path: bag.digest(data).sha256 for path, data in tags.items()})
    sealed_at = json.loads(tags[bag.STATEMENT])["sealed_at"]
    from datetime import datetime

    at = datetime.fromisoformat(sealed_at)
    authority = the_authority(at)
    seals = {bag.SIGNATURE: the_signer().sign_detached(listed, at, authority), bag.STAMP: authority.stamp(listed)}
    return write_pack(folder, {**payload, **tags, bag.TAG_MANIFEST: listed, **seals}, name)


def changed_json(path: str, change: Callable[[dict[str, Any]], None]) -> Callable[[dict[str, bytes]], None]:
    def work(files: dict[str, bytes]) -> None:
        from evidence.ledger.entries import canonical

        content = json.loads(files[path])
        change(content)
        files[path] = canonical(content)

    return work


@pytest.mark.slow
def test_what_an_insider_changes_in_it_is_named(tmp_path: Path) -> None:
    bench = desk()
    second = night_packs(bench)[1]
    make(bench)
    third = night(bench)
    inside, proof = members(bench, third, tmp_path), proof_path(second.pack_id)
    entries = bench.parts.ledger.entries()

    def renamed(files: dict[str, bytes]) -> None:
        files[FOLDER + "another.proof.json"] = files.pop(proof)

    def another_root(files: dict[str, bytes]) -> None:
        files[CONSISTENCY] = prove_consistency(entries, 3, 5)

    def unsigned(files: dict[str, bytes]) -> None:
        del files[FOLDER + "checkpoint.json.p7s"]

    def unstamped(files: dict[str, bytes]) -> None:
        del files[FOLDER + "checkpoint.json.tsr"]

    def no_proof(files: dict[str, bytes]) -> None:
        for name in [one for one in files if one.endswith(".proof.json")]:
            del files[name]

    def something_else(files: dict[str, bytes]) -> None:
        files[FOLDER + "readme.txt"] = b"hello"

    def another_before(files: dict[str, bytes]) -> None:
        files[bag.STATEMENT] = files[bag.STATEMENT].replace(second.tagmanifest_sha256.encode(), b"e" * 64)

    attacks: dict[Callable[[dict[str, bytes]], None], str] = {
        renamed: "not about the pack that it is called by",
        another_root: "not shown to go on",
        unsigned: "is missing",
        unstamped: "is missing",
        no_proof: "no proof",
        something_else: "something else",
        another_before: "names another",
        changed_json(FOLDER + "checkpoint.json", lambda one: one["nights"].update(sealed=9)): "does not hold",
        changed_json(proof, lambda one: one["entries"][0]["path"].reverse()): "",
        changed_json(proof, lambda one: one["checkpoint"].update(size=1)): "",
    }
    for change, said in attacks.items():
        file = resealed(tmp_path / "forged", inside, third.pack_id, change)
        told = findings(verify_pack(file, TRUST))
        assert told["signature"][0] is Finding.OK
        assert told["ledger proofs"][0] is Finding.FAILED, change
        assert said in told["ledger proofs"][1], told["ledger proofs"]
        file.unlink()


@pytest.mark.slow
def test_a_next_pack_that_does_not_hold_proves_nothing(tmp_path: Path) -> None:
    bench = desk()
    pack = archive(bench, night_packs(bench)[1], tmp_path)
    make(bench)
    third = archive(bench, night(bench), tmp_path)
    third.write_bytes(third.read_bytes().replace(b'"state":"sealed"', b'"state":"buried"'))
    found = verify_with_next(pack, third, TRUST)
    assert findings(found)["next pack"][0] is Finding.FAILED
    assert "inclusion" not in findings(found)
    assert found.exit_code == 7
    stranger = Trust(trade().other_signer.fingerprint)
    assert verify_with_next(pack, pack, stranger).exit_code == 7


@pytest.mark.slow
@pytest.mark.parametrize("name", ["report", "text"])
def test_what_is_no_pack_is_proven_by_none(tmp_path: Path, name: str) -> None:
    bench = desk()
    make(bench)
    third = night(bench)
    file = tmp_path / name
    file.write_bytes(members(bench, third, tmp_path)[bag.REPORT] if name == "report" else b"no pack")
    found = verify_with_next(file, archive(bench, third, tmp_path), TRUST)
    assert findings(found)["next pack"][0] is Finding.FAILED
