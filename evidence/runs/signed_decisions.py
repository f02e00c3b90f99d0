"""Decisions of persons as signed statements: what was decided, about which bytes, by whom as the sign-in told, from where; kept and read back.

Not here: signing in (`evidence.identity`), what a decision is and whether it may be made (`runs.drills.signing` and others). Invariants: a statement has one
spelling, canonical JSON; it is signed by whoever sealed by the ledger then; a signature that was not read back exists for nobody.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from evidence.drills.values import Person
from evidence.errors import IntegrityError, TimestampError
from evidence.identity.interface import Identity
from evidence.ledger.disposals import gone
from evidence.ledger.entries import LedgerEntry, LedgerObject, canonical
from evidence.ledger.fields import Fields, read_json
from evidence.ledger.persons import Account, read_account
from evidence.ledger.rotations import standing_signer
from evidence.runs.parts import Parts, told
from evidence.seals.envelope import Seal, read_detached
from evidence.seals.interface import Signer, TimestampAuthority
from evidence.stores.interface import EvidenceStore
from evidence.stores.layout import DECISIONS, decision_folder

FORMAT = "backup-evidence-signed-decision"
VERSION = 1
STATEMENT = "decision.json"
SIGNATURE = f"{STATEMENT}.p7s"
_KEYS = frozenset(
    {"format", "v", "tenant", "ledger", "configuration_sha256", "at", "decision", "record_sha256", "identity", "from"}
)
_CLAIMS = frozenset({"iss", "tid", "oid", "auth_time", "amr", "name", "preferred_username"})


@dataclass(frozen=True, slots=True)
class Sealer:
    """With what statements are signed."""

    signer: Signer
    """Who seals by the ledger."""
    authority: TimestampAuthority | None


@dataclass(frozen=True, slots=True)
class Wording:
    """What a person decides."""

    decision: Mapping[str, object]
    """JSON values without fractions."""
    record_sha256: str | None
    """Of what they read; None where the decision itself is all."""
    at: datetime
    account: Account | None
    """Under which account of which machine they decided."""


@dataclass(frozen=True, slots=True)
class SignedDecision:
    """A signed statement in the store; it fits `runs.drills.recording.SignIn`."""

    identity: Identity
    statement_sha256: str
    objects: tuple[LedgerObject, ...]

    @property
    def person(self) -> Person:
        """Who it is."""
        return person_of(self.identity)

    @property
    def claims(self) -> Mapping[str, object]:
        """What the token told that was checked."""
        return self.identity.claims()


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement as it was read back, its signature checked."""

    decision: Mapping[str, object]
    record_sha256: str | None
    claims: Mapping[str, object]
    account: Account | None
    at: datetime
    configuration_sha256: str
    sha256: str
    path: str
    seal: Seal
    established: bool
    """Whether the ledger knew the signer then; False where nothing had been sealed yet."""


def person_of(identity: Identity) -> Person:
    """Who signed in, as records of drills name them."""
    return Person(identity.tenant_id, identity.object_id, identity.shown)


def signed_decision(parts: Parts, sealer: Sealer, identity: Identity, wording: Wording) -> SignedDecision:
    """Sign what a person decided, and keep statement and signature; the entry that follows must name its objects.

    Raises SealError, RefusedError for a certificate that is not valid, StoreError, IntegrityError.
    """
    statement = _statement(parts, identity, wording)
    sha256 = hashlib.sha256(statement).hexdigest()
    folder = decision_folder(sha256, parts.new_id())
    files = {STATEMENT: statement, SIGNATURE: _signed(sealer, statement, wording.at)}
    objects = tuple(_kept(parts.store, f"{folder}{name}", data) for name, data in files.items())
    return SignedDecision(identity, sha256, objects)


def read_signed_decision(store: EvidenceStore, entries: Sequence[LedgerEntry], entry: LedgerEntry) -> Statement:
    """The statement that an entry names; raises IntegrityError where it, its signature or its signer does not hold, StoreError."""
    named = {one.path: one for one in entry.objects if one.path.startswith(DECISIONS)}
    path = next((one for one in named if one.endswith(f"/{STATEMENT}")), "")
    if named.keys() != {path, path.removesuffix(STATEMENT) + SIGNATURE}:
        Fields(entry.name, {}).refuse("it does not name one signed statement and its signature")
    data, signature = (_read(store, named[one]) for one in sorted(named))
    seal = read_detached(signature, data)
    fields = _fields(data, path)
    ledger = Fields(f"ledger in {path}", fields.mapping("ledger"))
    known = _entries_then(ledger, entries, entry)
    at = fields.moment("at")
    _check_seal(fields, seal, at)
    return Statement(
        decision=fields.mapping("decision"),
        record_sha256=fields.optional_sha256("record_sha256"),
        claims=fields.mapping("identity"),
        account=_account(fields),
        at=at,
        configuration_sha256=fields.sha256("configuration_sha256"),
        sha256=hashlib.sha256(data).hexdigest(),
        path=path,
        seal=seal,
        established=_is_established(fields, seal, standing_signer(known)),
    )


def still_kept(entries: Sequence[LedgerEntry]) -> Callable[[LedgerEntry], bool]:
    """Tells of entries whether their statements were not disposed of: what a tombstone stands for is not looked for."""
    stones = gone(entries)
    return lambda entry: not any(one.path in stones for one in entry.objects if one.path.startswith(DECISIONS))


def check_same(entry: LedgerEntry, statement: Statement, same: Mapping[str, tuple[object, object]]) -> None:
    """Raise IntegrityError where a ledger entry says otherwise than its signed statement; by what is compared, what each of them says."""
    other = [name for name, (signed, recorded) in same.items() if signed != recorded]
    if other:
        raise IntegrityError(
            f"{entry.name} says otherwise than its signed statement {statement.path}.",
            cause=f"Not the same: {', '.join(other)}.",
            next_step="Compare the entry with a checkpoint, and find out what wrote it.",
        )


def _statement(parts: Parts, identity: Identity, wording: Wording) -> bytes:
    entries = parts.ledger.entries()
    return canonical(
        {
            "format": FORMAT,
            "v": VERSION,
            "tenant": str(entries[0].payload["tenant"]),
            "ledger": {"size": len(entries), "head_sha256": entries[-1].sha256},
            "configuration_sha256": parts.configuration_sha256,
            "at": told(wording.at),
            "decision": dict(wording.decision),
            "record_sha256": wording.record_sha256,
            "identity": identity.claims(),
            "from": None if wording.account is None else wording.account.told()["operating_system"],
        }
    )


def _signed(sealer: Sealer, statement: bytes, at: datetime) -> bytes:
    """Stamped where the authority answers; a decision does not wait for it, the next checkpoint stamps it too."""
    try:
        return sealer.signer.sign_detached(statement, at, sealer.authority)
    except TimestampError:
        return sealer.signer.sign_detached(statement, at, None)


def _kept(store: EvidenceStore, path: str, data: bytes) -> LedgerObject:
    store.create(path, data)
    if store.read(path) != data:
        raise IntegrityError(f"{path} reads back otherwise than it was written.")
    return LedgerObject(path, len(data), hashlib.sha256(data).hexdigest())


def _read(store: EvidenceStore, named: LedgerObject) -> bytes:
    data = store.read(named.path)
    if (len(data), hashlib.sha256(data).hexdigest()) != (named.bytes, named.sha256):
        Fields(named.path, {}).refuse("it is not what its ledger entry names")
    return data


def _fields(data: bytes, path: str) -> Fields:
    fields = read_json(data, path)
    if fields.text("format") != FORMAT or fields.whole("v") != VERSION:
        fields.refuse(f"it is no signed decision of version {VERSION}")
    fields.check_keys(_KEYS)
    Fields(f"identity in {path}", fields.mapping("identity")).check_keys(_CLAIMS)
    if canonical(fields.values) != data:
        fields.refuse("it is not spelled canonically")
    return fields


def _entries_then(ledger: Fields, entries: Sequence[LedgerEntry], entry: LedgerEntry) -> Sequence[LedgerEntry]:
    """The ledger that the statement was made on, which is this one and ends before the entry."""
    ledger.check_keys(frozenset({"size", "head_sha256"}))
    size = ledger.whole("size")
    if not 0 < size < entry.sequence or entries[size - 1].sha256 != ledger.sha256("head_sha256"):
        ledger.refuse("it was signed for another ledger, or for a later place in it")
    return entries[:size]


def _check_seal(fields: Fields, seal: Seal, at: datetime) -> None:
    if seal.claimed_at != at.replace(microsecond=0):
        fields.refuse("its signature was made at another moment than it says")
    if not seal.identity.not_before <= at <= seal.identity.not_after:
        fields.refuse("its signer's certificate was not valid then")


def _is_established(fields: Fields, seal: Seal, standing: str | None) -> bool:
    if standing is not None and standing != seal.identity.fingerprint_sha256:
        fields.refuse(f"it is signed by {seal.identity.subject}, and another certificate sealed then")
    return standing is not None


def _account(fields: Fields) -> Account | None:
    if fields.values["from"] is None:
        return None
    inner = {"operating_system": fields.mapping("from"), "claims": None}
    return read_account(Fields(fields.where, {"from": inner}), "from")
