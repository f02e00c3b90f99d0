"""What the ledger holds of disposals: proposals, deletions begun, tombstones, certificates.

Not here: approvals of persons (`keeping`), what may follow what (`evidence.retention.disposition`). Invariants: a tombstone names every object with its size,
its hash and until when it was kept by which rule, and no content; what a proposal and a certificate say lies in a file that their entry names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from evidence.ledger.entries import EntryKind, LedgerEntry, LedgerObject
from evidence.ledger.fields import Fields
from evidence.ledger.keeping import ID, By, approval
from evidence.ledger.persons import VERSION, check_version

KINDS = (
    EntryKind.DISPOSAL_PROPOSED,
    EntryKind.DISPOSAL_BEGUN,
    EntryKind.DISPOSED,
    EntryKind.DISPOSAL_CERTIFIED,
)
PERSONS = 2
"""Who must approve."""
FOLDER = "retention/"
"""Folder of proposals and certificates."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """A proposal as it was named."""

    proposal_id: str
    day: date
    ledger_size: int
    """It says what was due by the ledger of this size."""
    sha256: str
    count: int
    bytes: int
    file: LedgerObject


@dataclass(frozen=True, slots=True)
class Begun:
    """That objects are deleted from here on."""

    proposal_id: str
    sha256: str
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pack:
    """What stays known of a pack that is gone."""

    pack_id: str
    tagmanifest_sha256: str


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What stays of an object that is gone."""

    object: LedgerObject
    sequence: int
    """Of the entry that sealed it."""
    until: date
    rule: str
    pack: Pack | None


@dataclass(frozen=True, slots=True)
class Buried:
    """Objects that were deleted, and by whose approval."""

    proposal_id: str
    sha256: str
    begun: int
    """Entry by which their deletion began."""
    approvals: tuple[int, ...]
    approvers: tuple[By, ...]
    stones: tuple[Tombstone, ...]
    entry: LedgerEntry


@dataclass(frozen=True, slots=True)
class Certified:
    """That objects are gone beyond recovery, as far as the store tells."""

    proposal_id: str
    sha256: str
    tombstones: tuple[int, ...]
    """Entries whose objects the certificate covers."""
    count: int
    file: LedgerObject


def told_tombstone(stone: Tombstone) -> dict[str, object]:
    """One tombstone in the payload; size and hash stand among the entry's objects."""
    pack = stone.pack
    return {
        "path": stone.object.path,
        "sequence": stone.sequence,
        "until": str(stone.until),
        "rule": stone.rule,
        "pack": None if pack is None else {"id": pack.pack_id, "tagmanifest_sha256": pack.tagmanifest_sha256},
    }


def told_payload(**told: object) -> dict[str, object]:
    """A payload with its version."""
    return {"v": VERSION, **told}


def proposed(entry: LedgerEntry) -> Proposed:
    """What a disposal-proposed entry says; raises IntegrityError."""
    fields = _payload(entry, {"proposal", "day", "ledger_size", "sha256", "count", "bytes"})
    file = _one_file(fields, entry, f"{FOLDER}{_id(fields)}/proposal-{fields.sha256('sha256')}.json")
    if file.sha256 != fields.sha256("sha256"):
        fields.refuse("its file has another hash")
    return Proposed(
        _id(fields),
        fields.day("day"),
        fields.whole("ledger_size"),
        fields.sha256("sha256"),
        fields.whole("count"),
        fields.whole("bytes"),
        file,
    )


def begun(entry: LedgerEntry) -> Begun:
    """What a disposal-begun entry says; raises IntegrityError."""
    fields = _payload(entry, {"attempt", "proposal", "sha256", "paths"})
    fields.text("attempt")
    paths = fields.texts("paths")
    if not paths or paths != sorted(set(paths)):
        fields.refuse("its paths are none, not sorted, or named twice")
    if entry.objects:
        fields.refuse("it names objects, and what is being deleted is told by paths")
    return Begun(_id(fields), fields.sha256("sha256"), tuple(paths))


def buried(entry: LedgerEntry) -> Buried:
    """What a disposed entry says; raises IntegrityError."""
    fields = _payload(entry, {"attempt", "proposal", "sha256", "begun", "approvals", "approvers", "stones"})
    fields.text("attempt")
    told = list(fields.elements("stones"))
    if not told or [one.text("path") for one in told] != [named.path for named in entry.objects]:
        fields.refuse("its tombstones are not those of the objects that it names, in order")
    approvers = tuple(_by(one) for one in fields.elements("approvers"))
    numbers = _numbers(fields, "approvals")
    if len(numbers) != len(approvers):
        fields.refuse("it does not name one person for each approval")
    return Buried(
        _id(fields),
        fields.sha256("sha256"),
        fields.whole("begun"),
        numbers,
        approvers,
        tuple(_stone(one, named) for one, named in zip(told, entry.objects, strict=True)),
        entry,
    )


def certified(entry: LedgerEntry) -> Certified:
    """What a disposal-certified entry says; raises IntegrityError."""
    fields = _payload(entry, {"attempt", "proposal", "sha256", "tombstones", "count"})
    fields.text("attempt")
    paths = [one.path for one in entry.objects]
    folder = paths[0].rpartition("/")[0] if paths else ""
    if not folder.startswith(f"{FOLDER}{_id(fields)}/") or paths != [
        f"{folder}/certificate.json",
        f"{folder}/certificate.json.p7s",
    ]:
        fields.refuse("the entry does not name one certificate of the proposal and its signature, and nothing else")
    if entry.objects[0].sha256 != fields.sha256("sha256"):
        fields.refuse("its file has another hash")
    return Certified(
        _id(fields), fields.sha256("sha256"), _numbers(fields, "tombstones"), fields.whole("count"), entry.objects[0]
    )


def gone(entries: Iterable[LedgerEntry]) -> Mapping[str, LedgerEntry]:
    """The tombstone of each object that was disposed of, by path: after a beginning that names it and approvals of two persons.

    A tombstone without those counts for nothing, so that what it names is still looked for; `evidence.runs.retention` refuses such a ledger.
    """
    approvals: dict[int, tuple[str, str, str]] = {}
    begun_paths: dict[tuple[str, str], set[str]] = {}
    found: dict[str, LedgerEntry] = {}
    for entry in entries:
        if entry.kind is EntryKind.DISPOSAL_APPROVED:
            said = approval(entry)
            person = f"{said.by.tenant_id}/{said.by.object_id}".lower()
            approvals[entry.sequence] = (said.proposal_id, said.proposal_sha256, person)
        elif entry.kind is EntryKind.DISPOSAL_BEGUN:
            start = begun(entry)
            begun_paths.setdefault((start.proposal_id, start.sha256), set()).update(start.paths)
        elif entry.kind is EntryKind.DISPOSED:
            told = buried(entry)
            about = (told.proposal_id, told.sha256)
            rests_on = [approvals[one] for one in told.approvals if one in approvals]
            if len({person for *which, person in rests_on if tuple(which) == about}) >= PERSONS:
                mine = begun_paths.get(about, set())
                found |= {one.path: entry for one in entry.objects if one.path in mine}
    return found


def checked_subject(entry: LedgerEntry) -> str:
    """The subject that an entry of these kinds must have; raises IntegrityError where it cannot be folded."""
    match entry.kind:
        case EntryKind.DISPOSAL_PROPOSED:
            found = proposed(entry).proposal_id
        case EntryKind.DISPOSAL_BEGUN:
            found = begun(entry).proposal_id
        case EntryKind.DISPOSED:
            found = buried(entry).proposal_id
        case _:
            found = certified(entry).proposal_id
    return f"disposal/{found}"


def _payload(entry: LedgerEntry, keys: set[str]) -> Fields:
    fields = Fields(f"The payload of {entry.name}", entry.payload)
    check_version(fields)
    fields.check_keys(frozenset({"v", *keys}))
    return fields


def _id(fields: Fields) -> str:
    text = fields.text("proposal")
    if not ID.fullmatch(text):
        fields.refuse("proposal is no id")
    return text


def _one_file(fields: Fields, entry: LedgerEntry, path: str) -> LedgerObject:
    if [one.path for one in entry.objects] != [path]:
        fields.refuse(f"the entry does not name {path} and nothing else")
    return entry.objects[0]


def _numbers(fields: Fields, key: str) -> tuple[int, ...]:
    values: Mapping[str, object] = fields.values
    found = values.get(key)
    if not isinstance(found, list) or not found or any(type(one) is not int or one < 1 for one in found):
        fields.refuse(f"{key} is no list of numbers of entries")
    if found != sorted(set(found)):
        fields.refuse(f"{key} is not in order, or names one twice")
    return tuple(found)


def _by(fields: Fields) -> By:
    fields.check_keys(frozenset({"tenant_id", "object_id", "name"}))
    return By(fields.text("tenant_id"), fields.text("object_id"), fields.text("name"))


def _stone(fields: Fields, named: LedgerObject) -> Tombstone:
    fields.check_keys(frozenset({"path", "sequence", "until", "rule", "pack"}))
    pack = None
    if fields.values["pack"] is not None:
        inner = Fields(f"pack in {fields.where}", fields.mapping("pack"))
        inner.check_keys(frozenset({"id", "tagmanifest_sha256"}))
        pack = Pack(inner.text("id"), inner.sha256("tagmanifest_sha256"))
    return Tombstone(named, fields.whole("sequence"), fields.day("until"), fields.text("rule"), pack)
