"""Decisions on exceptions by persons who signed in: who must, what they read, the signed statement, and that statement read again.

Not here: whether a decision may be made (`evidence.assess.exceptions.guards`), recording it (`decided`), asking the person (`cli`). Invariants: whoever approves is
the person who signed in, and never the one who asks; what was signed is the recorded decision to the letter, of the very state that was read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from evidence.assess.exceptions.states import Act, Standing
from evidence.assess.exceptions.telling import told_standing
from evidence.errors import RefusedError
from evidence.identity.interface import Identity
from evidence.ledger.decisions import PersonDecision, RecordedDecision, decisions, told_words
from evidence.ledger.entries import LedgerEntry
from evidence.ledger.persons import Account, same_name
from evidence.ledger.reviews import person_key
from evidence.runs.parts import Parts
from evidence.runs.signed_decisions import (
    Sealer,
    SignedDecision,
    Statement,
    Wording,
    check_same,
    read_signed_decision,
    signed_decision,
    still_kept,
)
from evidence.stores.interface import EvidenceStore

SIGNED = frozenset({Act.ACCEPT, Act.CLOSE})
"""What takes a person's approval, and their sign-in."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """Who signed in, with what their decision is signed, and what they read before."""

    identity: Identity
    sealer: Sealer
    read_sha256: str
    """Of the exception as it was shown."""

    @property
    def person(self) -> tuple[str, str]:
        """Tenant and object id."""
        return person_key(self.identity.claims())

    def goes_by(self, name: str) -> bool:
        """Whether a name that was typed is one of theirs."""
        own = (self.identity.name, self.identity.username, self.identity.object_id)
        return any(one is not None and same_name(one, name) for one in own)

    def signed(self, parts: Parts, decision: PersonDecision, account: Account) -> SignedDecision:
        """The decision as a signed statement in the store; raises SealError, RefusedError, StoreError."""
        wording = Wording(told_words(decision), self.read_sha256, decision.decided_at, account)
        return signed_decision(parts, self.sealer, self.identity, wording)


def standing_sha256(standing: Standing) -> str:
    """What is read before a decision, as one hash."""
    return hashlib.sha256(told_standing(standing).encode()).hexdigest()


def refuse_unsigned(act: Act, sign_in: SignIn | None) -> None:
    """Raise RefusedError where a decision needs a person who signed in."""
    if act in SIGNED and sign_in is None:
        raise RefusedError(
            f"To {act} an exception takes the sign-in of the person who approves it.",
            cause="A typed name proves nobody.",
            next_step="Let the person who approves run the command at a terminal, and sign in.",
        )


def refuse_own(asks: str, sign_in: SignIn) -> None:
    """Raise RefusedError where whoever asks signed in to approve it."""
    if sign_in.goes_by(asks):
        raise RefusedError(
            f"{sign_in.identity.shown} ({sign_in.identity.object_id}) may not approve what they ask for.",
            cause=f"{asks} asks for it, so somebody else must approve it.",
            next_step="Let another person sign in.",
        )


def check_signed_decisions(store: EvidenceStore, entries: Sequence[LedgerEntry], key: str | None = None) -> int:
    """Read the statements of decisions again, of all exceptions or of one, but for those that were disposed of; how many there are.

    Raises IntegrityError where one does not hold, or says something else than its entry; StoreError.
    """
    kept = still_kept(entries)
    signed = [one for one in decisions(entries, key) if one.claims is not None and kept(one.entry)]
    for one in signed:
        _check(read_signed_decision(store, entries, one.entry), one)
    return len(signed)


def _check(statement: Statement, one: RecordedDecision) -> None:
    check_same(
        one.entry,
        statement,
        {
            "the statement": (statement.sha256, one.statement_sha256),
            "the decision": (statement.decision, told_words(one.decision)),
            "the claims": (statement.claims, one.claims),
            "the moment": (statement.at, one.decision.decided_at),
            "the account": (statement.account, one.account),
            "the person's name": (True, same_name(_name(statement), _named(one.decision))),
        },
    )


def _name(statement: Statement) -> str:
    claims = statement.claims
    return str(claims["name"] or claims["preferred_username"] or claims["oid"])


def _named(decision: PersonDecision) -> str:
    """Who the entry says it was that signed in."""
    return (decision.approver or "") if Act(decision.act) in SIGNED else decision.by
