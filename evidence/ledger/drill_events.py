"""What a `drill-event` entry must look like: its version, what it is about, who said it, and the file that it brings.

Not here: the spelling of events and what they mean (`evidence.drills`, which the ledger does not know). Invariants: the subject follows from what is
told; an attached file is named by its entry with the very hash and size that are told; what needs a sign-in names the claims of the person who speaks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from evidence.ledger.entries import LedgerEntry
from evidence.ledger.fields import Fields
from evidence.ledger.persons import Account, check_version, read_account

IDENTITY = "identity"
"""Key of the payload beside version and what is told: the account of the operating system, and the claims of a sign-in."""
SIGNED = frozenset({"plan_approved", "reviewed", "waived"})
"""Kinds that only a person who signed in can tell."""
_KEYS = frozenset({"v", "told"})
_OF_PLAN = frozenset({"plan_drafted", "plan_approved", "seed_revealed"})
_OF_DRILL = frozenset(
    {
        "execution_linked",
        "timing_stated",
        "evidence_attached",
        "validation_recorded",
        "deviation_recorded",
        "cleaned_up",
        "submitted",
        "reviewed",
        "missed",
        "cancelled",
        "waived",
        "superseded",
    }
)
_ID = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?")
"""Ids of drills and plans: they stand in paths."""
_LONGEST_JOB = 200


def checked_subject(entry: LedgerEntry) -> str:
    """The subject that an entry must have; raises IntegrityError where it is no event of a drill."""
    fields = Fields(f"The payload of {entry.name}", entry.payload)
    check_version(fields)
    fields.check_keys(_KEYS | ({IDENTITY} & fields.values.keys()))
    told = Fields(f"told in {fields.where}", fields.mapping("told"))
    kind = told.text("kind")
    subject = _subject(told, kind)
    _check_identity(fields, told, kind)
    if kind == "evidence_attached":
        _check_object(told, entry)
    return subject


def told_identity(account: Account | None, claims: Mapping[str, object] | None) -> dict[str, object]:
    """Who said it, as the payload holds it: by an account of the operating system, and where they signed in by their claims."""
    system = None if account is None else account.told()["operating_system"]
    return {"operating_system": system, "claims": None if claims is None else dict(claims)}


def account_of(entry: LedgerEntry) -> Account | None:
    """The account of the operating system under which an event was told; None where none was; raises IntegrityError."""
    told = entry.payload.get(IDENTITY)
    if not isinstance(told, Mapping) or told.get("operating_system") is None:
        return None
    return read_account(Fields(entry.name, {IDENTITY: {**told, "claims": None}}), IDENTITY)


def claims_of(entry: LedgerEntry) -> Mapping[str, object] | None:
    """The claims of the sign-in with which an event was told; None where nobody signed in."""
    told = entry.payload.get(IDENTITY)
    claims = told.get("claims") if isinstance(told, Mapping) else None
    return claims if isinstance(claims, Mapping) else None


def _subject(told: Fields, kind: str) -> str:
    if kind in _OF_PLAN:
        return f"plan/{_id(told, 'plan_id')}"
    if kind == "seed_committed":
        return f"seed/{_id(told, 'quarter')}"
    if kind in _OF_DRILL:
        return f"drill/{_id(told, 'drill_id')}"
    if kind == "drill_planned":
        return f"drill/{_id(Fields(f'planned in {told.where}', told.mapping('planned')), 'drill_id')}"
    if kind != "restore_classified":
        told.refuse(f"its kind {kind[:60]!r} is unknown to this program")
    job = told.text("job_id")
    if not job.isprintable() or len(job) > _LONGEST_JOB:
        told.refuse("job_id is no id of a job")
    return f"restore/{job}"


def _id(fields: Fields, key: str) -> str:
    text = fields.text(key)
    if not _ID.fullmatch(text):
        fields.refuse(f"{key} is no id: 1 to 100 letters, digits, full stops, lines and hyphens")
    return text


def _check_identity(fields: Fields, told: Fields, kind: str) -> None:
    claims = None
    if IDENTITY in fields.values:
        inner = Fields(f"{IDENTITY} in {fields.where}", fields.mapping(IDENTITY))
        inner.check_keys(frozenset({"operating_system", "claims"}))
        if inner.values["operating_system"] is not None:
            read_account(Fields(fields.where, {IDENTITY: {**inner.values, "claims": None}}), IDENTITY)
        if inner.values["claims"] is not None:
            claims = Fields(f"claims in {inner.where}", inner.mapping("claims"))
    if claims is not None:
        by = Fields(f"by in {told.where}", told.mapping("by"))
        for claim, key in (("tid", "tenant_id"), ("oid", "object_id")):
            if claims.text(claim).lower() != by.text(key).lower():
                claims.refuse(f"{claim} is not that of the person who says it")
    elif kind in SIGNED:
        fields.refuse(f"{kind} is told by a person who signed in, and no claims of a sign-in are there")


def _check_object(told: Fields, entry: LedgerEntry) -> None:
    evidence = Fields(f"evidence in {told.where}", told.mapping("evidence"))
    path, size, sha256 = evidence.text("path"), evidence.whole("bytes"), evidence.sha256("sha256")
    if path != f"drills/{_id(told, 'drill_id')}/{sha256}":
        evidence.refuse("its path is not that of the drill and the hash")
    named = [one for one in entry.objects if (one.path, one.bytes, one.sha256) == (path, size, sha256)]
    if len(named) != 1:
        evidence.refuse("the entry does not name the attached file with its hash and size")
