"""What the ledger holds of decisions on keeping: holds placed and released, dates lengthened, disposals approved; each by a person who signed in.

Not here: what follows from them (`evidence.retention`). Invariants: every one names its person with the claims of their sign-in, and the statement that was
signed with its signature; the subject follows from what is told; nothing is known of a payload but what is read here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from evidence.ledger.entries import EntryKind, LedgerEntry
from evidence.ledger.fields import Fields
from evidence.ledger.persons import check_version, read_account

DECIDED = frozenset(
    {EntryKind.HOLD_PLACED, EntryKind.HOLD_RELEASED, EntryKind.RETENTION_EXTENDED, EntryKind.DISPOSAL_APPROVED}
)
"""Kinds that only a person who signed in can tell."""
ID = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,78}[A-Za-z0-9])?")
"""Ids of cases, holds and proposals: they stand in subjects and paths."""
_KEYS = frozenset({"v", "told", "identity"})
_BY = frozenset({"tenant_id", "object_id", "name"})
_SCOPE = frozenset({"items", "first_night", "last_night", "packs", "scopes", "paths"})
_STATEMENT, _SIGNATURE = "/decision.json", "/decision.json.p7s"


@dataclass(frozen=True, slots=True)
class By:
    """The person who decided."""

    tenant_id: str
    object_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Covered:
    """What a decision covers; empty conditions cover everything."""

    items: tuple[str, ...] = ()
    first_night: date | None = None
    last_night: date | None = None
    packs: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()

    def told(self) -> dict[str, object]:
        """As payloads hold it."""
        return {
            "items": list(self.items),
            "first_night": None if self.first_night is None else str(self.first_night),
            "last_night": None if self.last_night is None else str(self.last_night),
            "packs": list(self.packs),
            "scopes": list(self.scopes),
            "paths": list(self.paths),
        }


@dataclass(frozen=True, slots=True)
class PlacedHold:
    """A hold as it was placed."""

    case: str
    hold_id: str
    covered: Covered
    why: str
    by: By
    at: datetime


@dataclass(frozen=True, slots=True)
class ReleasedHolds:
    """Holds of a case that ended."""

    case: str
    hold_ids: tuple[str, ...]
    why: str
    by: By
    at: datetime


@dataclass(frozen=True, slots=True)
class Extension:
    """That what is covered is kept until a day at least."""

    until: date
    covered: Covered
    why: str
    by: By
    at: datetime


@dataclass(frozen=True, slots=True)
class Approval:
    """That a person approved the disposal of what a proposal names."""

    proposal_id: str
    proposal_sha256: str
    by: By
    at: datetime


def placed_hold(entry: LedgerEntry) -> PlacedHold:
    """What a hold-placed entry says; raises IntegrityError."""
    fields = _told(entry, {"case", "hold", "scope", "reason"})
    case, hold_id = _id(fields, "case"), _id(fields, "hold")
    if hold_id.rpartition("-")[0] != case or not hold_id.rpartition("-")[2].isdigit():
        fields.refuse("hold is not its case and a number")
    return PlacedHold(case, hold_id, _covered(fields), fields.text("reason"), _by(fields), fields.moment("at"))


def released_holds(entry: LedgerEntry) -> ReleasedHolds:
    """What a hold-released entry says; raises IntegrityError."""
    fields = _told(entry, {"case", "holds", "reason"})
    holds = tuple(fields.texts("holds"))
    if not holds or list(holds) != sorted(set(holds)):
        fields.refuse("holds names none, or is not sorted, or names one twice")
    return ReleasedHolds(_id(fields, "case"), holds, fields.text("reason"), _by(fields), fields.moment("at"))


def extension(entry: LedgerEntry) -> Extension:
    """What a retention-extended entry says; raises IntegrityError."""
    fields = _told(entry, {"until", "scope", "reason"})
    return Extension(fields.day("until"), _covered(fields), fields.text("reason"), _by(fields), fields.moment("at"))


def approval(entry: LedgerEntry) -> Approval:
    """What a disposal-approved entry says; raises IntegrityError."""
    fields = _told(entry, {"proposal", "proposal_sha256"})
    return Approval(_id(fields, "proposal"), fields.sha256("proposal_sha256"), _by(fields), fields.moment("at"))


def checked_subject(entry: LedgerEntry) -> str:
    """The subject that an entry of these kinds must have; raises IntegrityError where it cannot be folded."""
    match entry.kind:
        case EntryKind.HOLD_PLACED:
            return f"case/{placed_hold(entry).case}"
        case EntryKind.HOLD_RELEASED:
            return f"case/{released_holds(entry).case}"
        case EntryKind.RETENTION_EXTENDED:
            return f"retention/{extension(entry).until}"
        case _:
            return f"disposal/{approval(entry).proposal_id}"


def told_of(fields: Mapping[str, object], by: By, at: str) -> dict[str, object]:
    """What is told, with who says it and when: the same in the entry and in the statement that was signed."""
    return {**fields, "by": {"tenant_id": by.tenant_id, "object_id": by.object_id, "name": by.name}, "at": at}


def claims_of(entry: LedgerEntry) -> Mapping[str, object]:
    """The claims of the sign-in with which it was decided; raises IntegrityError."""
    fields = Fields(f"The payload of {entry.name}", entry.payload)
    return Fields(f"identity in {fields.where}", fields.mapping("identity")).mapping("claims")


def _told(entry: LedgerEntry, keys: set[str]) -> Fields:
    fields = Fields(f"The payload of {entry.name}", entry.payload)
    check_version(fields)
    fields.check_keys(_KEYS)
    told = Fields(f"told in {fields.where}", fields.mapping("told"))
    told.check_keys(frozenset({*keys, "by", "at"}))
    _check_identity(fields, _by(told))
    _check_statement(fields, entry)
    return told


def _check_identity(fields: Fields, by: By) -> None:
    inner = Fields(f"identity in {fields.where}", fields.mapping("identity"))
    inner.check_keys(frozenset({"operating_system", "claims"}))
    if inner.values["operating_system"] is not None:
        read_account(Fields(fields.where, {"identity": {**inner.values, "claims": None}}), "identity")
    claims = Fields(f"claims in {inner.where}", inner.mapping("claims"))
    for claim, own in (("tid", by.tenant_id), ("oid", by.object_id)):
        if claims.text(claim).lower() != own.lower():
            claims.refuse(f"{claim} is not that of the person who says it")


def _check_statement(fields: Fields, entry: LedgerEntry) -> None:
    paths = [one.path for one in entry.objects]
    folder = paths[0].removesuffix(_STATEMENT) if paths else ""
    if not folder.startswith("decisions/") or paths != [f"{folder}{_STATEMENT}", f"{folder}{_SIGNATURE}"]:
        fields.refuse("the entry does not name one signed statement and its signature, and nothing else")


def _by(told: Fields) -> By:
    by = Fields(f"by in {told.where}", told.mapping("by"))
    by.check_keys(_BY)
    return By(by.text("tenant_id"), by.text("object_id"), by.text("name"))


def _covered(told: Fields) -> Covered:
    scope = Fields(f"scope in {told.where}", told.mapping("scope"))
    scope.check_keys(_SCOPE)
    first, last = (None if scope.values[key] is None else scope.day(key) for key in ("first_night", "last_night"))
    if first is not None and last is not None and last < first:
        scope.refuse("its period ends before it begins")
    texts = {key: tuple(scope.texts(key)) for key in ("items", "packs", "scopes", "paths")}
    if any(list(many) != sorted(set(many)) or "" in many for many in texts.values()):
        scope.refuse("a condition is not sorted, names one twice, or is empty text")
    return Covered(texts["items"], first, last, texts["packs"], texts["scopes"], texts["paths"])


def _id(fields: Fields, key: str) -> str:
    text = fields.text(key)
    if not ID.fullmatch(text):
        fields.refuse(f"{key} is no id: 1 to 80 letters, digits, full stops, lines and hyphens")
    return text
