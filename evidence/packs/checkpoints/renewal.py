"""What a renewal checkpoint holds beside the root: the certificates that all seals so far rest on, and lists of revoked ones.

A stamp is worth as much as its authority's certificate; before that ends, a newer stamp over everything shows that all of it
existed while it was valid (the idea of RFC 4998). Not here: making the checkpoint (`make`). Invariant: what is not covered by
a list of revoked certificates is named.
"""

from __future__ import annotations

import hashlib
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from evidence.ledger.checkpoints import CERTIFICATES, FILE, REVOCATION_LISTS, SIGNATURE, STAMP
from evidence.ledger.entries import LedgerEntry, LedgerObject
from evidence.ledger.folds import SealedPack, later_stamps, packs
from evidence.ledger.publications import MadeCheckpoint, checkpoints
from evidence.packs import bag
from evidence.packs.checkpoints.certificates import certificates_of
from evidence.packs.fetch import fetch_pack
from evidence.packs.handing_over import read_named
from evidence.runs.parts import Parts, told
from evidence.seals.certificates import describe, to_pem
from evidence.seals.reading import reading
from evidence.seals.revocation import Revocation, RevocationList, read_revocation_lists
from evidence.seals.stamps import read_response


@dataclass(frozen=True, slots=True)
class Renewal:
    """What is kept beside the checkpoint."""

    files: Mapping[str, bytes]
    without_list: tuple[str, ...]
    """Names of authorities for whose certificates no list was given."""
    revoked: tuple[Revocation, ...]

    def told(self) -> Mapping[str, object]:
        """As the checkpoint says it, by hash."""
        return {
            "files": [
                {"name": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
                for name, data in sorted(self.files.items())
            ],
            "without_revocation_list": list(self.without_list),
            "revoked": [
                {
                    "sha256": hashlib.sha256(one.certificate).hexdigest(),
                    "subject": describe(one.certificate).subject,
                    "revoked_at": told(one.at),
                }
                for one in self.revoked
            ],
        }


def gather_renewal(
    parts: Parts, more_certificates: Sequence[bytes], lists: Mapping[str, bytes], at: datetime
) -> Renewal:
    """Gather the certificates inside all seals, with those given (roots, say), and check the lists given against them.

    Of packs, the first and the last of each signer and those stamped later are looked into; checkpoints all are. Raises
    SealError for a list that cannot be used, IntegrityError for something sealed that does not hold.
    """
    entries = parts.ledger.entries()
    every = tuple(dict.fromkeys((*_of_checkpoints(parts, entries), *_of_packs(parts, entries), *more_certificates)))
    found = [one for name, data in lists.items() for one in read_revocation_lists(data, name, every, at)]
    files = {CERTIFICATES: to_pem(every)}
    if found:
        files[REVOCATION_LISTS] = b"".join(one.pem for one in found)
    revoked = tuple(gone for one in found for gone in one.revoked(every))
    return Renewal(files, _without_list(every, found), revoked)


def _of_checkpoints(parts: Parts, entries: Sequence[LedgerEntry]) -> list[bytes]:
    found: list[bytes] = []
    known: set[str] = set()
    for made in checkpoints(entries):
        if not {one.sha256 for one in made.certificates} <= known:
            document, signature, stamp = checkpoint_files(parts, made)
            found += certificates_of(document, signature, stamp)
            known |= {one.sha256 for one in made.certificates}
    return found


def checkpoint_files(parts: Parts, made: MadeCheckpoint) -> tuple[bytes, bytes, bytes | None]:
    """A checkpoint's own files out of the store; raises IntegrityError, ObjectMissingError."""
    by_name = {one.path.rpartition("/")[2]: one for one in made.entry.objects}
    stamp = by_name.get(STAMP)
    return (
        read_named(parts.store, by_name[FILE]),
        read_named(parts.store, by_name[SIGNATURE]),
        None if stamp is None else read_named(parts.store, stamp),
    )


def _of_packs(parts: Parts, entries: Sequence[LedgerEntry]) -> list[bytes]:
    found: list[bytes] = []
    for pack in _telling(entries):
        with tempfile.TemporaryDirectory(prefix="backup-evidence-renewal-") as folder:
            found += _inside(fetch_pack(parts.store, pack, Path(folder)).path, pack)
    stamps: list[LedgerObject] = [one.entry.objects[0] for given in later_stamps(entries).values() for one in given]
    for named in stamps:
        found += read_response(read_named(parts.store, named)).certificates
    return found


def _telling(entries: Sequence[LedgerEntry]) -> list[SealedPack]:
    """The first and the last pack of each signer."""
    by_signer: dict[object, list[SealedPack]] = {}
    every = (pack for series in packs(entries).values() for pack in series)
    for pack in sorted(every, key=lambda one: one.entry.sequence):
        by_signer.setdefault(pack.entry.payload.get("signer_fingerprint_sha256"), []).append(pack)
    return [one for found in by_signer.values() for one in (found[:1] if len(found) == 1 else [found[0], found[-1]])]


def _inside(archive: Path, pack: SealedPack) -> tuple[bytes, ...]:
    with reading(pack.pack_id), zipfile.ZipFile(archive) as source:
        names = set(source.namelist())
        path = f"{pack.pack_id}/"
        stamp = source.read(path + bag.STAMP) if path + bag.STAMP in names else None
        return certificates_of(source.read(path + bag.TAG_MANIFEST), source.read(path + bag.SIGNATURE), stamp)


def _without_list(certificates: Sequence[bytes], lists: Sequence[RevocationList]) -> tuple[str, ...]:
    covered = {describe(one.issuer).subject for one in lists}
    # A root vouches for itself; nobody else could revoke it.
    issuers = {one.issuer for one in map(describe, certificates) if one.issuer != one.subject}
    return tuple(sorted(issuers - covered))
