"""Reviews of packs by persons who signed in: their decision as a signed statement, and that statement read again.

Not here: whether a review may be made (`reviews`), what an entry says (`evidence.ledger.reviews`). Invariant: what was signed is the recorded decision to the
letter; a pack that tells of a signed review has read its statement.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evidence.identity.interface import Identity
from evidence.ledger.entries import LedgerEntry
from evidence.ledger.persons import Account
from evidence.ledger.reviews import Decision, Review, person_key, reviews, told_decision
from evidence.runs.parts import Parts, told
from evidence.runs.signed_decisions import (
    Sealer,
    SignedDecision,
    Wording,
    check_same,
    read_signed_decision,
    signed_decision,
    still_kept,
)
from evidence.stores.interface import EvidenceStore


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The reviewer's sign-in, and with what their decision is signed."""

    identity: Identity
    sealer: Sealer

    @property
    def person(self) -> tuple[str, str]:
        """Tenant and object id."""
        return person_key(self.identity.claims())

    def signed(self, parts: Parts, decision: Decision, account: Account) -> SignedDecision:
        """The decision as a signed statement in the store; raises SealError, RefusedError, StoreError."""
        at = decision.decided_at
        wording = Wording(told_decision(decision, told(at)), decision.tagmanifest_sha256, at, account)
        return signed_decision(parts, self.sealer, self.identity, wording)


def check_signed_reviews(store: EvidenceStore, entries: Sequence[LedgerEntry], pack_id: str | None = None) -> None:
    """Read the statements of signed reviews again, of all or of one pack's, but for those that were disposed of; raises IntegrityError where one does not hold, or says something else."""
    kept = still_kept(entries)
    for name, found in reviews(entries).items():
        for one in found:
            if one.claims is not None and pack_id in {None, name} and kept(one.entry):
                _check_statement(store, entries, one)


def _check_statement(store: EvidenceStore, entries: Sequence[LedgerEntry], one: Review) -> None:
    statement, decision = read_signed_decision(store, entries, one.entry), one.decision
    same = {
        "the statement": (statement.sha256, one.statement_sha256),
        "the decision": (statement.decision, told_decision(decision, told(decision.decided_at))),
        "the claims": (statement.claims, one.claims),
        "the hash that was typed": (statement.record_sha256, decision.tagmanifest_sha256),
        "the moment": (statement.at, decision.decided_at),
        "the account": (statement.account, one.account),
    }
    check_same(one.entry, statement, same)
