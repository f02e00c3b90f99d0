"""The signed statements of decisions as a pack carries them: two files each, read without any store.

Not here: whether the signer may be trusted (`evidence.packs.verification`), how they came about (`evidence.runs.signed_decisions`). Invariants: a statement that
is not canonical, or whose signature does not hold, is an error; what it says is compared with the ledger entry that it belongs to, to the letter.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from evidence.drills.events import PlanApproved, Reviewed, Submitted, Waived
from evidence.drills.spelling import told_event
from evidence.errors import IntegrityError
from evidence.ledger.drill_events import IDENTITY
from evidence.ledger.entries import canonical
from evidence.ledger.fields import Fields, read_json
from evidence.packs.restore_drills.places import statement_path
from evidence.runs.drills.book import ToldEvent
from evidence.runs.drills.signing import read_sha256, with_statement
from evidence.runs.parts import told
from evidence.runs.signed_decisions import FORMAT, SIGNATURE, STATEMENT, VERSION
from evidence.seals.envelope import Seal, read_detached
from evidence.stores.layout import DECISIONS

ENDING = ".p7s"


@dataclass(frozen=True, slots=True)
class Carried:
    """A statement and its signature, as bytes."""

    statement: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Proof:
    """What a statement proves of a decision."""

    claims: Mapping[str, object]
    configuration_sha256: str
    sha256: str
    seal: Seal


def statement_hashes(one: ToldEvent) -> tuple[str, str] | None:
    """Hashes of the statement and the signature that an entry names; None where nobody signed in."""
    named = {found.path: found.sha256 for found in one.entry.objects if found.path.startswith(DECISIONS)}
    statement = next((path for path in named if path.endswith(f"/{STATEMENT}")), None)
    if statement is None:
        return None
    return named[statement], named[statement.removesuffix(STATEMENT) + SIGNATURE]


def read_proof(one: ToldEvent, carried: Carried) -> Proof:
    """The proof of one decision; raises IntegrityError where hash, spelling, signature or words do not agree with its entry."""
    event, where = one.event, statement_path(one.entry.sequence)
    hashes = tuple(hashlib.sha256(data).hexdigest() for data in (carried.statement, carried.signature))
    if not isinstance(event, PlanApproved | Reviewed | Submitted | Waived) or hashes != statement_hashes(one):
        raise IntegrityError(f"{where} is not the statement, or has not the signature, that {one.entry.name} names.")
    fields = read_json(carried.statement, where)
    if fields.text("format") != FORMAT or fields.whole("v") != VERSION or canonical(fields.values) != carried.statement:
        fields.refuse(f"it is no canonical statement of version {VERSION}")
    seal = read_detached(carried.signature, carried.statement)
    if seal.claimed_at != event.at.replace(microsecond=0):
        fields.refuse("its signature was made at another moment than the decision")
    identity = Fields(where, one.entry.payload).mapping(IDENTITY)
    same = {
        "decision": told_event(with_statement(event, None)),
        "identity": identity.get("claims"),
        "from": identity.get("operating_system"),
        "record_sha256": read_sha256(event),
        "at": told(event.at),
    }
    if other := [name for name, value in same.items() if fields.values.get(name) != value]:
        raise IntegrityError(
            f"{where} says otherwise than {one.entry.name}.", cause=f"Not the same: {', '.join(other)}."
        )
    return Proof(fields.mapping("identity"), fields.sha256("configuration_sha256"), hashes[0], seal)
