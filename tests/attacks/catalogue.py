"""The attacks on a pack, one function each: from a pack to what its attacker hands over.

Not here: who notices (`judges`, `test_table`). Invariant: an attack changes what it says and nothing else, and is tried on every kind of pack.
Source of the numbers: A1 to A16 of the threat table, and traps 19 to 33.
"""

from __future__ import annotations

import json
import re
import struct
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path

from evidence.packs import bag
from evidence.seals.interface import Signer, TimestampAuthority
from tests.attacks.forging import appended, edited, relisted
from tests.attacks.worlds import Target
from tests.fakes.authority import FakeAuthority
from tests.fakes.certificates import authority, issue, trade
from tests.fakes.packs import json_bytes, plain_pdf, signer_of, the_authority, the_signer, write_pack

Members = dict[str, bytes]
CSV, PARQUET, PDF = "data/jobs.csv", "data/parquet/jobs.parquet", bag.REPORT


class Who(Enum):
    """What the attacker has."""

    ANYBODY = "anybody who has the pack"
    COLLEAGUE = "another certificate"
    INSIDER = "the signing key"


@dataclass(frozen=True, slots=True)
class Attack:
    """One attack, and what `verify` must say of it."""

    name: str
    who: Who
    apply: Callable[[Target], Members]
    file: str | None
    """The file that `verify` must name; None for what is wrong with a ZIP as such."""
    zipped: Callable[[Target, Path], Path] | None = None
    """How it is handed over where the ZIP itself is attacked, and nothing remains once it is unpacked."""
    alone: bool = True
    """Whether the pack alone tells; if not, only what its reader holds beside it does: a checkpoint with the proof."""


def _listed(change: Callable[[Target], Members]) -> Callable[[Target], Members]:
    return lambda target: relisted(change(target))


def _resealed(
    change: Callable[[Target], Members], signer: Callable[[], Signer] = the_signer
) -> Callable[[Target], Members]:
    """List and sign anew, with a stamp of the time at which the pack says that it was sealed."""
    return lambda target: _sealed(relisted(change(target)), signer(), _stamps(target), target)


def _sealed(members: Members, signer: Signer, stamps: TimestampAuthority | None, target: Target) -> Members:
    signed, at = members[bag.TAG_MANIFEST], sealed_at(target)
    bare = {path: data for path, data in members.items() if path not in {bag.SIGNATURE, bag.STAMP}}
    seals = {bag.SIGNATURE: signer.sign_detached(signed, at, stamps)}
    return {**bare, **seals, **({bag.STAMP: stamps.stamp(signed)} if stamps else {})}


def sealed_at(target: Target) -> datetime:
    """When the pack says that it was sealed."""
    return datetime.fromisoformat(str(json.loads(target.members[bag.STATEMENT])["sealed_at"]))


def _stamps(target: Target, later: timedelta = timedelta(seconds=2)) -> TimestampAuthority:
    return the_authority(sealed_at(target) + later)


# --- files


def _cell(target: Target) -> Members:
    return edited(target.members, CSV, b"Failed", b"Passed")


def _typed_table(target: Target) -> Members:
    return {**target.members, PARQUET: target.rebuilt[PARQUET]}


def _but_the_report(target: Target) -> Members:
    """All data and the statement as they would be had nothing failed; the report still tells the truth."""
    return {**target.rebuilt, PDF: target.members[PDF]}


def _dropped(target: Target) -> Members:
    return {path: data for path, data in target.members.items() if path != "data/coverage.csv"}


def _added(path: str) -> Callable[[Target], Members]:
    return lambda target: {**target.members, path: b"job_id,status\r\n"}


def _mixed(target: Target) -> Members:
    return {**target.members, CSV: target.earlier[CSV], PARQUET: target.earlier[PARQUET]}


def _climbing(target: Target) -> Members:
    """A manifest that names a file outside."""
    members = dict(target.members)
    members[bag.MANIFEST] += b"0" * 64 + b"  data/../../outside.csv\n"
    hashes = bag.read_manifest(members[bag.TAG_MANIFEST])
    hashes[bag.MANIFEST] = bag.digest(members[bag.MANIFEST]).sha256
    members[bag.TAG_MANIFEST] = bag.manifest(hashes)
    return members


def _as_complete(target: Target) -> Members:
    """The statement and its twin boast; the tables do not."""
    statement = json.loads(target.members[bag.STATEMENT])
    completeness = {
        **statement["completeness"],
        "state": "INCOMPLETE" if statement["completeness"]["state"] == "COMPLETE" else "COMPLETE",
    }
    statement["completeness"] = completeness
    return {**target.members, bag.STATEMENT: json_bytes(statement), "data/completeness.json": json_bytes(completeness)}


def _says(**changes: object) -> Callable[[Target], Members]:
    def change(target: Target) -> Members:
        statement = json.loads(target.members[bag.STATEMENT]) | changes
        return {**target.members, bag.STATEMENT: json_bytes(statement)}

    return change


# --- signature and stamp


def _without(path: str) -> Callable[[Target], Members]:
    return lambda target: {name: data for name, data in target.members.items() if name != path}


def _other_of_the_authority() -> Signer:
    return signer_of(trade().other_signer, trade().issuing)


def _self_made() -> Signer:
    return signer_of(trade().forged_signer, trade().forged_issuing)


def _stamp_of_another(target: Target) -> Members:
    return {**target.members, bag.STAMP: target.earlier[bag.STAMP]}


def _unknown_authority(target: Target) -> Members:
    stranger = authority("Stranger")
    unit = issue("Stamp unit", stranger, purposes=trade().stamper_purposes, serial=7)
    stamp = FakeAuthority(lambda: sealed_at(target), unit, chain=()).stamp(target.members[bag.TAG_MANIFEST])
    return {**target.members, bag.STAMP: stamp}


def _late(target: Target) -> Members:
    """Sealed a month after it says so, by the signer."""
    late = _stamps(target, timedelta(days=31))
    report = the_signer().sign_pdf(plain_pdf(target.pack.pack_id), sealed_at(target), late)
    return _sealed(relisted({**target.members, PDF: report}), the_signer(), late, target)


def _flipped(path: str, needle: bytes) -> Callable[[Target], Members]:
    """One bit of a name that openssl does not look at."""

    def change(target: Target) -> Members:
        data = bytearray(target.members[path])
        data[data.rindex(needle)] ^= 1
        return {**target.members, path: bytes(data)}

    return change


def _dressed(target: Target) -> Members:
    return {**target.members, bag.SIGNATURE: b"Signed by the auditor himself\n" + target.members[bag.SIGNATURE]}


# --- the report


def _appended(target: Target) -> Members:
    return {**target.members, PDF: appended(target.members[PDF])}


def _another_report(target: Target) -> Members:
    report = the_signer().sign_pdf(plain_pdf("Nothing failed"), sealed_at(target), _stamps(target))
    return {**target.members, PDF: report}


def _unsigned_report(target: Target) -> Members:
    return {**target.members, PDF: plain_pdf(target.pack.pack_id)}


# --- the ZIP itself


def _same(target: Target) -> Members:
    return dict(target.members)


def _with_more(name: str, mode: int = 0o100644) -> Callable[[Target, Path], Path]:
    def zipped(target: Target, folder: Path) -> Path:
        file = write_pack(folder, target.members, target.pack.pack_id)
        info = zipfile.ZipInfo(name.format(pack=target.pack.pack_id), (1980, 1, 1, 0, 0, 0))
        info.create_system, info.external_attr = 3, mode << 16
        with zipfile.ZipFile(file, "a") as more:
            more.writestr(info, b"/etc/passwd")
        return file

    return zipped


def _bomb(target: Target, folder: Path) -> Path:
    """A member that grows a thousandfold."""
    file = write_pack(folder, target.members, target.pack.pack_id)
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED, compresslevel=9) as more:
        more.writestr(f"{target.pack.pack_id}/data/more.csv", b"0" * (64 << 20))
    return file


def _between(target: Target, folder: Path) -> Path:
    """Bytes behind the members, which no reader shows."""
    file = write_pack(folder, target.members, target.pack.pack_id)
    data = bytearray(file.read_bytes())
    start = data.rindex(b"PK\5\6")
    offset = struct.unpack_from("<L", data, start + 16)[0]
    struct.pack_into("<L", data, start + 16, offset + 6)
    file.write_bytes(bytes(data[:offset]) + b"hidden" + bytes(data[offset:]))
    return file


def _packed_otherwise(target: Target, folder: Path) -> Path:
    """The same files, zipped by another program."""
    file = folder / f"{target.pack.pack_id}.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as other:
        for path, data in sorted(target.members.items()):
            other.writestr(f"{target.pack.pack_id}/{path}", data)
    return file


def _damaged(target: Target, folder: Path) -> Path:
    """One byte of a packed member."""
    file = write_pack(folder, target.members, target.pack.pack_id)
    data = bytearray(file.read_bytes())
    at = data.index(b"data/jobs.csv") + 200
    data[at] ^= 0xFF
    file.write_bytes(data)
    return file


def attacks() -> Iterator[Attack]:
    """Every attack, in the order of the table."""
    anybody, colleague, insider = Who
    yield Attack("A1 a CSV cell is edited", anybody, _cell, CSV)
    yield Attack("A1 the Parquet file of a table is exchanged", anybody, _typed_table, PARQUET)
    yield Attack("A2 a cell is edited, and all lists made anew", anybody, _listed(_cell), bag.SIGNATURE)
    yield Attack("A5 a file is dropped", anybody, _dropped, "data/coverage.csv")
    yield Attack("A5 a file is dropped, and all lists made anew", anybody, _listed(_dropped), bag.SIGNATURE)
    yield Attack("A6 a file is added", anybody, _added("data/more.csv"), "data/more.csv")
    yield Attack("A6 a hidden file is added", anybody, _added("data/.more"), "data/.more")
    yield Attack("T22 tables of another pack", anybody, _mixed, CSV)
    yield Attack("A13 a list names a file outside", anybody, _climbing, bag.MANIFEST)
    yield Attack("A12 the signature is taken away", anybody, _without(bag.SIGNATURE), bag.SIGNATURE)
    yield Attack("A12 the time stamp is taken away", anybody, _without(bag.STAMP), bag.STAMP)
    yield Attack("A11 the time stamp of another pack", anybody, _stamp_of_another, bag.STAMP)
    yield Attack("A11 a time stamp of an unknown authority", anybody, _unknown_authority, bag.STAMP)
    yield Attack("T23 words before the signature", anybody, _dressed, bag.SIGNATURE)
    yield Attack("A14 a revision is appended to the report", anybody, _appended, PDF)
    yield Attack("A7 an old pack under a new id", anybody, lambda target: dict(target.earlier), bag.STATEMENT)
    yield Attack("T28 a ZIP member that climbs out", anybody, _same, None, _with_more("../outside.csv"))
    yield Attack("T28 a ZIP member with an absolute path", anybody, _same, None, _with_more("/etc/outside.csv"))
    yield Attack("T28 a ZIP member that is a link", anybody, _same, None, _with_more("{pack}/data/link.csv", 0o120777))
    yield Attack("T28 a ZIP that grows a thousandfold", anybody, _same, None, _bomb)
    yield Attack("T28 bytes between the members of the ZIP", anybody, _same, None, _between)
    yield Attack("T28 the same files in another ZIP", anybody, _same, None, _packed_otherwise)
    yield Attack("T28 a byte of a packed member", anybody, _same, None, _damaged)
    yield Attack(
        "A3 edited, signed by another of the same authority",
        colleague,
        _resealed(_cell, _other_of_the_authority),
        bag.SIGNATURE,
    )
    yield Attack(
        "A4 edited, signed by a self-made certificate of the same name",
        colleague,
        _resealed(_cell, _self_made),
        bag.SIGNATURE,
    )
    yield Attack("A9 a cell of the CSV alone, signed anew", insider, _resealed(_cell), CSV)
    yield Attack("A9 a file left out, signed anew", insider, _resealed(_dropped), bag.STATEMENT)
    yield Attack(
        "A9 completeness said otherwise, signed anew", insider, _resealed(_as_complete), "data/completeness.json"
    )
    yield Attack(
        "A9 more rows counted than there are, signed anew", insider, _resealed(_says(counts={})), bag.STATEMENT
    )
    yield Attack("A9 another report, signed anew", insider, _resealed(_another_report), None, alone=False)
    yield Attack("A9 an unsigned report, signed anew", insider, _resealed(_unsigned_report), PDF)
    yield Attack("A15 sealed a month later, and dated back", insider, _late, bag.SIGNATURE)
    yield Attack(
        "A9 all built anew from other answers, but the report",
        insider,
        _resealed(_but_the_report),
        None,
        alone=False,
    )
    yield Attack(
        "A9 the whole pack built anew from other answers",
        insider,
        lambda target: dict(target.rebuilt),
        None,
        alone=False,
    )


def anchor(name: str) -> str:
    """A name for a test's id."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


CONTROL = Attack("none: the pack as it was sealed", Who.ANYBODY, _same, None)
"""Without it no attack proves anything."""
