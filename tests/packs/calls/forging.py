"""What an insider does with calls.zip and its pack: changes a member, and signs the pack anew with the real key."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa

from evidence.packs import archive, bag
from evidence.packs.machine.descriptor import LEFT_OUT
from evidence.tables import ALL, ordered, read_parquet, to_parquet
from tests.attacks.forging import relisted
from tests.fakes.authority import FakeAuthority
from tests.fakes.csv_files import csv_bytes
from tests.fakes.packs import the_signer
from tests.packs.calls.world import Packed

Rows = Callable[[list[dict[str, Any]]], list[dict[str, Any]]]


def members_of(file: Path) -> dict[str, bytes]:
    """The members of one of our ZIPs."""
    with zipfile.ZipFile(file) as source:
        return {name.partition("/")[2]: source.read(name) for name in source.namelist()}


def folder_of(file: Path) -> str:
    """The one folder in it."""
    with zipfile.ZipFile(file) as source:
        return source.namelist()[0].partition("/")[0]


def zipped(target: Path, folder: str, members: Mapping[str, bytes]) -> Path:
    """A ZIP that equals its own rebuild."""
    entries = (archive.entry(f"{folder}/{path}", members[path], deflate=False) for path in sorted(members))
    target.write_bytes(b"".join(archive.archive(entries)))
    return target


def forged_calls(found: Packed, folder: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """calls.zip with other members, under its own name in another folder."""
    folder.mkdir(parents=True, exist_ok=True)
    members = members_of(found.calls)
    change(members)
    return zipped(folder / found.calls.name, folder_of(found.calls), members)


def signed_for(found: Packed, calls: Path, folder: Path) -> Packed:
    """The pack, signed anew over a statement that names these calls."""
    members = members_of(found.file)
    said = orjson.loads(members[bag.STATEMENT])
    digest = bag.digest(calls)
    said["calls"] = {"bytes": digest.size, "sha256": digest.sha256}
    return resealed(found, {**members, bag.STATEMENT: json_bytes(said)}, calls, folder)


def with_rows(found: Packed, name: str, change: Rows, folder: Path) -> Packed:
    """The pack with other rows in one table, consistent in CSV, Parquet, descriptor and statement, and signed anew."""
    members, table = members_of(found.file), ALL[name]
    rows = change(read_parquet(table, members[f"data/parquet/{name}.parquet"]).to_pylist())
    data = pa.Table.from_pylist(rows, schema=table.schema())
    members[f"data/parquet/{name}.parquet"] = to_parquet(table, data)
    members[f"data/{name}.csv"] = csv_bytes(table, ordered(table, data), LEFT_OUT & frozenset(table.names()))
    said = orjson.loads(members[bag.STATEMENT])
    said["counts"][name] = len(rows)
    members[bag.STATEMENT] = json_bytes(said)
    return resealed(found, _named_anew(members), found.calls, folder)


def _named_anew(members: dict[str, bytes]) -> dict[str, bytes]:
    """With the OSCAL file and the descriptor naming the files as they are now."""
    oscal, descriptor = "data/oscal-assessment-results.json", "data/datapackage.json"
    content = orjson.loads(members[oscal])
    for one in content["assessment-results"]["back-matter"]["resources"]:
        digest = bag.digest(members[one["title"]]) if one["title"] in members else None
        if digest is not None and "rlinks" in one:
            one["rlinks"][0]["hashes"][0]["value"], one["props"][0]["value"] = digest.sha256, str(digest.size)
    members = members | {oscal: json_bytes(content)}
    described = orjson.loads(members[descriptor])
    for one in described["resources"]:
        digest = bag.digest(members[f"data/{one['path']}"])
        one |= {"bytes": digest.size, "hash": f"sha256:{digest.sha256}"}
    return members | {descriptor: json_bytes(described)}


def resealed(found: Packed, members: dict[str, bytes], calls: Path, folder: Path) -> Packed:
    """Listed, signed and stamped anew, with the real key, at the moment at which the pack says that it was sealed."""
    said = orjson.loads(members[bag.STATEMENT])
    sealed_at = datetime.fromisoformat(said["sealed_at"]).astimezone(UTC)
    authority = FakeAuthority(lambda: sealed_at)
    listed = relisted(members)
    signed = listed[bag.TAG_MANIFEST]
    seals = {
        bag.SIGNATURE: the_signer().sign_detached(signed, sealed_at, authority),
        bag.STAMP: authority.stamp(signed),
    }
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / found.file.name
    with target.open("wb") as file:
        bag.write_zip(file, found.pack.pack_id, listed | seals)
    return Packed(found.pack, target, calls)


def json_bytes(value: object) -> bytes:
    """As a statement is written."""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"
