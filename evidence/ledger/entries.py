"""What one ledger entry is: its fields, its canonical bytes, and its strict reading back.

Not here: how entries follow each other (`chain`) and what payloads mean (`folds`). Invariant: an entry has exactly one
spelling, canonical JSON (RFC 8785), and bytes that are not that spelling are refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

import orjson
import rfc8785

from evidence.errors import ConfigurationError, IntegrityError
from evidence.ledger.fields import Fields, read_json

VERSION = 1
"""Version of the entry format that is written; the newest that is read."""
RUN_KEYS = ("run_id", "assessment_id", "attempt")
"""Payload keys that name the run or attempt behind an entry; the first that is there goes into the entry id."""

_KEYS = frozenset(
    {"v", "sequence", "entry_id", "kind", "at", "actor", "subject", "objects", "payload", "previous_sha256"}
)
_OBJECT_KEYS = frozenset({"path", "bytes", "sha256"})
_PLAIN = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER
"""A ledger is read whole again and again: what needs nothing of RFC 8785 but order is written an order of magnitude faster."""
_MOST_PLAIN = 1_000_000
"""Values that are looked at; what holds more, or itself, is left to the reference."""
_AT = "%Y-%m-%dT%H:%M:%S.%fZ"


class EntryKind(StrEnum):
    """Everything that is sealed, decided or disposed of (DESIGN section 4)."""

    STORE_OPENED = "store-opened"
    CONFIGURATION_ADOPTED = "configuration-adopted"
    NIGHT_SEALED = "night-sealed"
    IMPORT_SEALED = "import-sealed"
    ASSESSMENT_SEALED = "assessment-sealed"
    PACK_SEALED = "pack-sealed"
    PACK_SUPERSEDED = "pack-superseded"
    PACK_DELIVERED = "pack-delivered"
    PACK_REVIEWED = "pack-reviewed"
    TIME_STAMPED = "time-stamped"
    CHECKPOINT_PUBLISHED = "checkpoint-published"
    DRILL_EVENT = "drill-event"
    EXCEPTION_EVENTS = "exception-events"
    DELIVERY_RECORDED = "delivery-recorded"
    GRANT_GIVEN = "grant-given"
    GRANT_ENDED = "grant-ended"
    HOLD_PLACED = "hold-placed"
    HOLD_RELEASED = "hold-released"
    RETENTION_EXTENDED = "retention-extended"
    DISPOSAL_PROPOSED = "disposal-proposed"
    DISPOSAL_APPROVED = "disposal-approved"
    DISPOSAL_BEGUN = "disposal-begun"
    DISPOSED = "disposed"
    DISPOSAL_CERTIFIED = "disposal-certified"
    ACCESS_HEAD = "access-head"
    KEY_ROTATED = "key-rotated"
    WATCH_LOOKED = "watch-looked"
    TRUTH_TESTED = "truth-tested"


@dataclass(frozen=True, slots=True, order=True)
class LedgerObject:
    """An object of the store that an entry names."""

    path: str
    bytes: int
    sha256: str
    """Lower-case hex."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry before it has its place in the ledger."""

    kind: EntryKind
    at: datetime
    """Aware; kept in UTC to the microsecond."""
    actor: str
    """Who, or which run, says so."""
    subject: str
    """What it is about, such as `night/2026-11-21`."""
    payload: Mapping[str, object]
    """JSON of text, whole numbers, booleans, null, lists and objects; no fractions, whose spelling could change."""
    objects: tuple[LedgerObject, ...] = ()

    @property
    def entry_id(self) -> str:
        """The id the entry will have, wherever it lands."""
        return entry_id(self.kind, self.subject, self.payload)

    def placed(self, sequence: int, previous_sha256: str | None) -> LedgerEntry:
        """The entry at its place; raises ConfigurationError where it cannot be written faithfully."""
        if self.at.tzinfo is None:
            raise _unwritable(f"{self.kind} of {self.subject}", "its time has no zone")
        entry = LedgerEntry(
            VERSION,
            sequence,
            self.entry_id,
            self.kind,
            self.at.astimezone(UTC),
            self.actor,
            self.subject,
            tuple(sorted(self.objects)),
            self.payload,
            previous_sha256,
        )
        try:
            return parse(entry.to_bytes(), f"{self.kind} of {self.subject}")
        except IntegrityError as error:
            raise _unwritable(f"{self.kind} of {self.subject}", error.cause) from error


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One entry of the ledger; treat the payload as read-only."""

    v: int
    sequence: int
    """From 1, without gap."""
    entry_id: str
    """SHA-256 over canonical JSON of kind, subject, payload and run; equal for a repeated attempt at the same fact."""
    kind: EntryKind
    at: datetime
    actor: str
    subject: str
    objects: tuple[LedgerObject, ...]
    """Sorted by path, no path twice."""
    payload: Mapping[str, object]
    previous_sha256: str | None
    """SHA-256 of the file of the entry before; None for the first."""

    def to_bytes(self) -> bytes:
        """The entry's file: canonical JSON (RFC 8785), UTF-8."""
        return canonical(
            {
                "v": self.v,
                "sequence": self.sequence,
                "entry_id": self.entry_id,
                "kind": self.kind.value,
                "at": self.at.strftime(_AT),
                "actor": self.actor,
                "subject": self.subject,
                "objects": [{"path": o.path, "bytes": o.bytes, "sha256": o.sha256} for o in self.objects],
                "payload": self.payload,
                "previous_sha256": self.previous_sha256,
            }
        )

    @property
    def sha256(self) -> str:
        """SHA-256 of the entry's file, lower-case hex."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    @property
    def name(self) -> str:
        """Number, kind and subject, for messages."""
        return f"ledger entry {self.sequence} ({self.kind} of {self.subject})"


def entry_id(kind: EntryKind, subject: str, payload: Mapping[str, object]) -> str:
    """SHA-256 over canonical JSON of kind, subject, payload and run, recomputable from the entry alone.

    `run` is the payload's first of RUN_KEYS, null where it has none.
    """
    run = next((payload[key] for key in RUN_KEYS if key in payload), None)
    identity = {"kind": kind.value, "subject": subject, "payload": payload, "run": run}
    return hashlib.sha256(canonical(identity)).hexdigest()


def canonical(value: Mapping[str, object]) -> bytes:
    """Canonical JSON (RFC 8785); raises ConfigurationError for what JSON cannot say."""
    if _is_plain(value):
        try:
            return orjson.dumps(value, option=_PLAIN)
        except orjson.JSONEncodeError:
            return _of_reference(value)
    return _of_reference(value)


def _of_reference(value: Mapping[str, object]) -> bytes:
    """As the reference library writes it, slowly, or refuses it."""
    try:
        # The library's own type is private; what it cannot write it refuses.
        return rfc8785.dumps(value)  # type: ignore[arg-type]
    except (ValueError, RecursionError) as error:
        raise _unwritable("in canonical JSON", str(error)) from error


def _is_plain(value: object) -> bool:
    """Whether both libraries spell it the same: no fractions, and names in ASCII, which sort alike in UTF-8 and UTF-16."""
    waiting: list[object] = [value]
    for _ in range(_MOST_PLAIN):
        if not waiting:
            return True
        one = waiting.pop()
        kind = type(one)
        if isinstance(one, dict) and kind is dict and all(type(name) is str and name.isascii() for name in one):
            waiting.extend(one.values())
        elif isinstance(one, list) and kind is list:
            waiting.extend(one)
        elif not (kind is str or kind is int or kind is bool or one is None):
            return False
    return False


def parse(data: bytes, where: str) -> LedgerEntry:
    """The entry in a file's bytes; raises IntegrityError naming `where` for the least deviation from the format."""
    fields = read_json(data, where)
    version = fields.whole("v")
    if version != VERSION:
        fields.refuse(f"its format is version {version}, and this program reads version {VERSION}")
    fields.check_keys(_KEYS)
    entry = LedgerEntry(
        version,
        fields.whole("sequence"),
        fields.sha256("entry_id"),
        _kind(fields),
        _at(fields),
        fields.text("actor"),
        fields.text("subject"),
        _objects(fields),
        fields.mapping("payload"),
        fields.optional_sha256("previous_sha256"),
    )
    try:
        if entry.to_bytes() != data:
            fields.refuse("its bytes are not the canonical spelling of what they say (RFC 8785)")
        if entry.entry_id != entry_id(entry.kind, entry.subject, entry.payload):
            fields.refuse("its entry_id is not the hash of its kind, subject, payload and run")
    except ConfigurationError as error:
        fields.refuse(f"it has no canonical spelling: {error.cause}")
    return entry


def _unwritable(what: str, why: str) -> ConfigurationError:
    return ConfigurationError(
        f"A ledger entry {what} cannot be written.",
        cause=why,
        next_step="This is a mistake in the program that makes the entry; report it.",
    )


def _kind(fields: Fields) -> EntryKind:
    value = fields.text("kind")
    try:
        return EntryKind(value)
    except ValueError:
        fields.refuse(f"its kind {value[:100]!r} is unknown to this program")


def _at(fields: Fields) -> datetime:
    try:
        return datetime.strptime(fields.text("at"), _AT).replace(tzinfo=UTC)
    except ValueError:
        fields.refuse("at is no moment in UTC")


def _objects(fields: Fields) -> tuple[LedgerObject, ...]:
    found = []
    for element in fields.elements("objects"):
        element.check_keys(_OBJECT_KEYS)
        found.append(LedgerObject(element.text("path"), element.whole("bytes"), element.sha256("sha256")))
    paths = [named.path for named in found]
    if paths != sorted(set(paths)):
        fields.refuse("its objects are not sorted by path, or one is named twice")
    return tuple(found)
