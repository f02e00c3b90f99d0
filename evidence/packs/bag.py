"""The bag of a pack: manifests, tag files and one ZIP, always the same bytes for the same members.

Not here: what goes into a pack, who signs it, how it is judged (`verification`). Invariant: builder and verifier make
the ZIP with the same function, so a pack's ZIP must equal its own rebuild byte for byte. Nothing is held in memory whole
but what was given as bytes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import BinaryIO

from evidence.errors import ConfigurationError, IntegrityError
from evidence.packs import archive, deflating

Source = bytes | Path | archive.Written
"""A member's bytes, the file that holds them, or what was summed and packed while it was written."""

MANIFEST = "manifest-sha256.txt"
TAG_MANIFEST = "tagmanifest-sha256.txt"
SIGNATURE = "tagmanifest-sha256.txt.p7s"
STAMP = "tagmanifest-sha256.txt.tsr"
STATEMENT = "statement.json"
HOW_TO_VERIFY = "HOW-TO-VERIFY.txt"
DECLARATION = "bagit.txt"
BAG_INFO = "bag-info.txt"
REPORT = "data/report.pdf"
PAYLOAD = "data/"

SIGNED_TAGS = frozenset({BAG_INFO, DECLARATION, HOW_TO_VERIFY, MANIFEST, STATEMENT})
"""What the tag manifest lists: the one file that is signed."""

DECLARED = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
_SAFE_PART = r"[A-Za-z0-9_][A-Za-z0-9._-]*"
_SAFE_PATH = re.compile(rf"{_SAFE_PART}(/{_SAFE_PART})*")
_LINE = re.compile(r"([0-9a-f]{64})  (\S+)")
_LONGEST_PATH = 240


@dataclass(frozen=True, slots=True)
class Digest:
    """Length and SHA-256 of a member."""

    size: int
    sha256: str


def is_safe(path: str) -> bool:
    """Whether a path stays inside its folder on every system: plain ASCII parts, none hidden, none `..`."""
    return len(path) <= _LONGEST_PATH and _SAFE_PATH.fullmatch(path) is not None


def digest(source: Source) -> Digest:
    """Length and hash of a member, read piece by piece where they are not known."""
    if isinstance(source, archive.Written):
        return Digest(source.size, source.sha256)
    total, sha256 = 0, hashlib.sha256()
    for chunk in archive.chunks(source):
        total += len(chunk)
        sha256.update(chunk)
    return Digest(total, sha256.hexdigest())


def content(source: Source) -> bytes:
    """The bytes of a small member, unpacked where it was packed."""
    if isinstance(source, archive.Written):
        return archive.content(source)
    return source if isinstance(source, bytes) else source.read_bytes()


def tag_files(
    pack_id: str,
    payload: Mapping[str, Source],
    *,
    statement: bytes,
    how_to_verify: str,
    organisation: str,
    bagging_date: date,
) -> dict[str, bytes]:
    """Every tag file of a bag, the tag manifest included; what is still missing is its signature and stamp.

    `payload` maps paths under `data/` to their bytes or files. Raises ConfigurationError for a path that is not safe.
    """
    digests = {path: digest(source) for path, source in payload.items()}
    for path in (pack_id, *payload):
        if not is_safe(path) or (path != pack_id and not path.startswith(PAYLOAD)):
            raise ConfigurationError(
                f"A pack cannot hold `{path}`: its paths are plain ASCII, and data lies under data/."
            )
    tags = {
        DECLARATION: DECLARED,
        BAG_INFO: _bag_info(pack_id, digests, organisation, bagging_date),
        STATEMENT: statement,
        HOW_TO_VERIFY: how_to_verify.encode(),
        MANIFEST: manifest({path: found.sha256 for path, found in digests.items()}),
    }
    tags[TAG_MANIFEST] = manifest({path: hashlib.sha256(data).hexdigest() for path, data in tags.items()})
    return tags


def _bag_info(pack_id: str, digests: Mapping[str, Digest], organisation: str, bagging_date: date) -> bytes:
    # RFC 8493 section 2.2.2: one element a line; a line break in a value would begin another element.
    if not organisation.isprintable():
        raise ConfigurationError("The organisation's name holds a character that cannot be printed.")
    size = sum(found.size for found in digests.values())
    return (
        f"Bagging-Date: {bagging_date.isoformat()}\n"
        f"External-Identifier: {pack_id}\n"
        f"Payload-Oxum: {size}.{len(digests)}\n"
        f"Source-Organization: {organisation}\n"
    ).encode()


def manifest(hashes: Mapping[str, str]) -> bytes:
    """A manifest: `<sha256>  <path>` a line, sorted by path; `sha256sum -c` reads it."""
    return "".join(f"{hashes[path]}  {path}\n" for path in sorted(hashes)).encode()


def read_manifest(data: bytes) -> dict[str, str]:
    """Paths and hashes of a manifest that is written exactly as `manifest` writes it; raises IntegrityError."""
    hashes: dict[str, str] = {}
    for number, line in enumerate(data.decode("ascii", "replace").split("\n")[:-1], start=1):
        match = _LINE.fullmatch(line)
        if match is None or not is_safe(match[2]):
            raise IntegrityError(f"Line {number} is no `<sha256>  <path>` with a path inside the pack.")
        if match[2] in hashes:
            raise IntegrityError(f"Line {number} names {match[2]} a second time.")
        hashes[match[2]] = match[1]
    if manifest(hashes) != data:
        raise IntegrityError("It is not written as manifests are: sorted by path, one line feed after each line.")
    return hashes


def zip_chunks(pack_id: str, members: Mapping[str, Source]) -> Iterator[bytes]:
    """The pack's ZIP piece by piece: docs/pack-format.md, section Members."""
    for path in members:
        if not is_safe(path):
            raise ConfigurationError(f"A pack cannot hold `{path}`: its paths are plain ASCII.")
    entries = (
        archive.entry(
            f"{pack_id}/{path}", members[path], deflate=path.endswith(".csv") and deflating.deflates_as_reference()
        )
        for path in sorted(members)
    )
    return archive.archive(entries)


def write_zip(target: BinaryIO, pack_id: str, members: Mapping[str, Source]) -> Digest:
    """Write the pack's ZIP; returns its length and hash."""
    total, sha256 = 0, hashlib.sha256()
    for chunk in zip_chunks(pack_id, members):
        target.write(chunk)
        total += len(chunk)
        sha256.update(chunk)
    return Digest(total, sha256.hexdigest())
