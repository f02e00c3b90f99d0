"""What a checkpoint says: the root of the ledger at a size, and what an auditor wants to hold against it later.

Not here: signing, keeping and publishing one. Invariant: a checkpoint has exactly one spelling, canonical JSON (RFC 8785),
and everything in it but the circumstances of its making is a function of the entries that it covers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from evidence.errors import IntegrityError
from evidence.ledger.entries import EntryKind, LedgerEntry, canonical
from evidence.ledger.fields import Fields, read_json
from evidence.ledger.folds import packs, sealed_nights
from evidence.ledger.merkle import consistency_proof, leaf_hash, root
from evidence.ledger.publications import Purpose

FORMAT = "backup-evidence-checkpoint"
VERSION = 1
FILE = "checkpoint.json"
SIGNATURE = f"{FILE}.p7s"
STAMP = f"{FILE}.tsr"
CERTIFICATES = "certificates.pem"
REVOCATION_LISTS = "revocation-lists.pem"

_AT = "%Y-%m-%dT%H:%M:%S.%fZ"


@dataclass(frozen=True, slots=True)
class Extent:
    """What the covered entries add up to."""

    tenant: str
    size: int
    root_sha256: str
    head_sha256: str
    nights: Mapping[str, object]
    """`sealed`, `first`, `last`, and `missing`: nights between those two that no entry seals."""
    series: tuple[Mapping[str, object], ...]
    """Packs of each series, and its head: from now on none of them can be dropped unseen."""
    disposed: int
    """Objects that entries say were disposed of."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """When, by whom and what for a checkpoint is made."""

    purpose: Purpose
    made_at: datetime
    signer: Mapping[str, object]
    """`subject`, `fingerprint_sha256`, `development`."""
    time_stamp: Mapping[str, object]
    """`state` (`inside` or `none`), `authority`, `reason`."""
    previous: Mapping[str, object] | None
    """`size`, `root_sha256` and `consistency`: the proof that this checkpoint goes on from that one."""
    renewal: Mapping[str, object] | None = None
    """`files` beside the checkpoint, `revoked` certificates, and `without_revocation_list`: authorities for which no list
    was given."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A checkpoint's file, read."""

    extent: Extent
    about: Circumstances


def leaves_of(entries: Iterable[LedgerEntry]) -> list[bytes]:
    """The tree's leaves: hashes of the entries' files."""
    return [leaf_hash(entry.to_bytes()) for entry in entries]


def extent_of(entries: Sequence[LedgerEntry], leaves: Sequence[bytes] | None = None) -> Extent:
    """What a checkpoint over these entries covers; there must be at least one. `leaves` are theirs, where known."""
    return Extent(
        tenant=str(entries[0].payload["tenant"]),
        size=len(entries),
        root_sha256=root(leaves_of(entries) if leaves is None else leaves).hex(),
        head_sha256=entries[-1].sha256,
        nights=_nights(entries),
        series=tuple(
            {
                "scope": key.scope,
                "kind": key.kind,
                "audience": key.audience,
                "packs": len(found),
                "head_tagmanifest_sha256": found[-1].tagmanifest_sha256,
            }
            for key, found in packs(entries).items()
        ),
        disposed=len(disposed(entries)),
    )


def _nights(entries: Sequence[LedgerEntry]) -> Mapping[str, object]:
    sealed = sorted(sealed_nights(entries))
    if not sealed:
        return {"sealed": 0, "first": None, "last": None, "missing": []}
    return {
        "sealed": len(sealed),
        "first": str(sealed[0]),
        "last": str(sealed[-1]),
        "missing": [str(night) for night in _between(sealed)],
    }


def _between(sealed: Sequence[date]) -> list[date]:
    every = (sealed[0] + timedelta(days=number) for number in range((sealed[-1] - sealed[0]).days))
    known = set(sealed)
    return [night for night in every if night not in known]


def disposed(entries: Iterable[LedgerEntry]) -> Mapping[str, LedgerEntry]:
    """The tombstone of each object that was disposed of, by the object's path: its `disposed` entry names it."""
    return {named.path: entry for entry in entries if entry.kind is EntryKind.DISPOSED for named in entry.objects}


def previous_of(entries: Sequence[LedgerEntry], size: int) -> Mapping[str, object]:
    """An earlier checkpoint of this ledger, with the proof that these entries go on from it."""
    leaves = leaves_of(entries)
    return {
        "size": size,
        "root_sha256": root(leaves[:size]).hex(),
        "consistency": [one.hex() for one in consistency_proof(leaves, size)],
    }


def refuse_rewritten(entries: Sequence[LedgerEntry], name: str, size: int, root_sha256: str) -> None:
    """Raise IntegrityError where the ledger no longer has the root that a checkpoint of it names."""
    if root(leaves_of(entries[:size])).hex() != root_sha256:
        raise IntegrityError(
            f"The ledger no longer has the root that {name} names.",
            cause="Entries that it covers were changed, and the chain after them was made anew.",
            next_step="Compare the ledger with a copy: backup-evidence checkpoint verify",
        )


def to_bytes(extent: Extent, about: Circumstances) -> bytes:
    """The checkpoint's file."""
    return canonical(
        {
            "format": FORMAT,
            "v": VERSION,
            "tenant": extent.tenant,
            "ledger": {
                "size": extent.size,
                "root_sha256": extent.root_sha256,
                "head_sha256": extent.head_sha256,
            },
            "nights": dict(extent.nights),
            "series": [dict(one) for one in extent.series],
            "disposed": extent.disposed,
            "purpose": about.purpose.value,
            "made_at": about.made_at.strftime(_AT),
            "signer": dict(about.signer),
            "time_stamp": dict(about.time_stamp),
            "previous": None if about.previous is None else dict(about.previous),
            "renewal": None if about.renewal is None else dict(about.renewal),
        }
    )


def parse_checkpoint(data: bytes, where: str) -> Checkpoint:
    """A checkpoint's file read; raises IntegrityError for the least deviation from the format."""
    fields = read_json(data, where)
    if fields.values.get("format") != FORMAT:
        fields.refuse(f"its format is not {FORMAT}")
    if fields.whole("v") != VERSION:
        fields.refuse(f"its format is version {fields.whole('v')}, and this program reads version {VERSION}")
    fields.check_keys(_KEYS)
    found = Checkpoint(_extent(fields), _about(fields))
    if to_bytes(found.extent, found.about) != data:
        fields.refuse("its bytes are not the one spelling of what it says")
    return found


_KEYS = frozenset(
    {
        *("format", "v", "tenant", "ledger", "nights", "series", "disposed", "purpose", "made_at", "signer"),
        *("time_stamp", "previous", "renewal"),
    }
)


def _extent(fields: Fields) -> Extent:
    ledger = _inner(fields, "ledger", {"size", "root_sha256", "head_sha256"})
    nights = _inner(fields, "nights", {"sealed", "first", "last", "missing"})
    if not isinstance(nights.values["missing"], list):
        nights.refuse("missing is no list")
    nights.whole("sealed")
    series = []
    for one in fields.elements("series"):
        one.check_keys(frozenset({"scope", "kind", "audience", "packs", "head_tagmanifest_sha256"}))
        one.whole("packs"), one.sha256("head_tagmanifest_sha256")
        one.text("scope"), one.text("kind"), one.text("audience")
        series.append(one.values)
    return Extent(
        fields.text("tenant"),
        ledger.whole("size"),
        ledger.sha256("root_sha256"),
        ledger.sha256("head_sha256"),
        nights.values,
        tuple(series),
        fields.whole("disposed"),
    )


def _about(fields: Fields) -> Circumstances:
    purpose = fields.text("purpose")
    if purpose not in set(Purpose):
        fields.refuse(f"its purpose {purpose!r} is unknown")
    signer = _inner(fields, "signer", {"subject", "fingerprint_sha256", "development"})
    signer.text("subject"), signer.sha256("fingerprint_sha256"), signer.flag("development")
    stamp = _inner(fields, "time_stamp", {"state", "authority", "reason"})
    if stamp.text("state") not in {"inside", "none"}:
        stamp.refuse("its state is neither `inside` nor `none`")
    renewal = None if fields.values["renewal"] is None else _renewal(fields)
    if (renewal is None) == (purpose == Purpose.RENEWAL):
        fields.refuse("a renewal, and only a renewal, holds certificates")
    return Circumstances(
        Purpose(purpose), fields.moment("made_at"), signer.values, stamp.values, _previous(fields), renewal
    )


def _previous(fields: Fields) -> Mapping[str, object] | None:
    if fields.values["previous"] is None:
        return None
    found = _inner(fields, "previous", {"size", "root_sha256", "consistency"})
    found.whole("size"), found.sha256("root_sha256"), found.hashes("consistency")
    return found.values


def _renewal(fields: Fields) -> Mapping[str, object]:
    found = _inner(fields, "renewal", {"files", "without_revocation_list", "revoked"})
    for one in found.elements("files"):
        one.check_keys(frozenset({"name", "bytes", "sha256"}))
        one.text("name"), one.whole("bytes"), one.sha256("sha256")
    found.texts("without_revocation_list")
    for one in found.elements("revoked"):
        one.check_keys(frozenset({"sha256", "subject", "revoked_at"}))
        one.sha256("sha256"), one.text("subject"), one.moment("revoked_at")
    return found.values


def _inner(fields: Fields, key: str, keys: set[str]) -> Fields:
    inner = Fields(f"{key} of {fields.where}", fields.mapping(key))
    inner.check_keys(frozenset(keys))
    return inner
