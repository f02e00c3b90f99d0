"""Records what a person decided of an exception: checked on the very state that the entry will follow.

Not here: which decisions may be made (`evidence.assess.exceptions.guards`), asking the person (`cli`). Invariants: of two decisions at once the
later is checked on the earlier; the same decision made again is the one that is there; a typed name is a person's statement (ADR 0031), and approves nothing:
a risk is accepted, and an exception closed, by a person who signed in (ADR 0047).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from evidence.assess.exceptions.guards import refusal, same_decision
from evidence.assess.exceptions.rules import ExceptionRules
from evidence.assess.exceptions.states import Act, Closure, Decision, Standing, State
from evidence.errors import ConfigurationError, RefusedError
from evidence.ledger.decisions import (
    PersonDecision,
    RecordedDecision,
    Removal,
    decision_subject,
    decisions,
    recorded_decision,
    told_decision,
)
from evidence.ledger.entries import Draft, EntryKind, LedgerEntry
from evidence.ledger.ledger import Guard
from evidence.ledger.persons import Account, checked_name, checked_text, same_name
from evidence.ledger.reviews import person_key
from evidence.runs.exceptions.removal import removal_of
from evidence.runs.exceptions.signing import SIGNED, SignIn, refuse_own, refuse_unsigned, standing_sha256
from evidence.runs.exceptions.state import as_decided, standing_exceptions
from evidence.runs.parts import Parts


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants to be recorded."""

    act: Act
    by: str
    account: Account
    approver: str | None = None
    reason: str | None = None
    until: date | None = None
    closure: Closure | None = None

    @classmethod
    def checked(
        cls,
        act: Act,
        by: str,
        account: Account,
        *,
        approver: str | None = None,
        reason: str | None = None,
        until: date | None = None,
        closure: Closure | None = None,
    ) -> Wish:
        """What can be recorded; raises ConfigurationError for what is no name and no text."""
        return cls(
            act,
            checked_name(by, "--by"),
            account,
            None if approver is None else checked_name(approver, "--approver"),
            None if reason is None else checked_text(reason, "--reason"),
            until,
            closure,
        )

    def of(self, sign_in: SignIn) -> Wish:
        """The same by the person who signed in, or approved by them; raises RefusedError for another than was named."""
        shown = checked_name(sign_in.identity.shown, "The name of the sign-in")
        if self.act not in SIGNED:
            return replace(self, by=shown)
        if self.approver is not None and not sign_in.goes_by(self.approver):
            raise RefusedError(f"{shown} signed in, and {self.approver} is named as the one who approves.")
        refuse_own(self.by, sign_in)
        return replace(self, approver=shown)


UNNAMED = "nobody yet"
"""Stands for whoever is to sign in, until they have."""


@dataclass(frozen=True, slots=True)
class Made:
    """A decision in the ledger."""

    recorded: RecordedDecision
    before: bool
    """Whether it was there already: the command was run again."""


@dataclass(frozen=True, slots=True)
class Shown:
    """An exception as a person reads it before they sign in."""

    standing: Standing
    sha256: str
    made: Made | None
    """The very decision, where it is there already."""


class _AlreadyError(Exception):
    """The very decision is there."""

    def __init__(self, found: RecordedDecision) -> None:
        super().__init__(found.entry.name)
        self.found = found


def show(parts: Parts, key: str, wish: Wish, rules: ExceptionRules) -> Shown:
    """What a person reads, after all that rules their decision out whoever signs in; raises RefusedError, ConfigurationError, StoreError."""
    entries = parts.ledger.entries()
    standing = named_exception(standing_exceptions(parts.store, entries).by_key, key)
    try:
        asked = _unnamed(wish, decisions(entries, standing.key)[-1:])
        _check(parts, entries, _decision(standing, asked, parts.clock.now()), rules)
        if wish.closure is Closure.DECOMMISSIONED:
            removal_of(parts, entries, standing)
    except _AlreadyError as error:
        return Shown(standing, standing_sha256(standing), Made(error.found, before=True))
    return Shown(standing, standing_sha256(standing), None)


def decide(parts: Parts, key: str, wish: Wish, rules: ExceptionRules, sign_in: SignIn | None = None) -> Made:
    """Record a decision; raises RefusedError where it may not be made, ConfigurationError for an unknown exception, StoreError."""
    entries = parts.ledger.entries()
    standing = named_exception(standing_exceptions(parts.store, entries).by_key, key)
    wish = wish if sign_in is None else wish.of(sign_in)
    decision = _decision(standing, wish, parts.clock.now())
    try:
        # Before anything is read for it: a person hears first what rules it out.
        _check(parts, entries, decision, rules, sign_in)
        refuse_unsigned(wish.act, sign_in)
        gone = removal_of(parts, entries, standing) if wish.closure is Closure.DECOMMISSIONED else None
        draft = _draft(parts, wish.account, _as_recorded(decision, gone), sign_in)
        appended = parts.ledger.append(draft, (_guard(parts, decision, rules, sign_in),))
        return Made(recorded_decision(appended), before=False)
    except _AlreadyError as error:
        return Made(error.found, before=True)


def _draft(parts: Parts, account: Account, recorded: PersonDecision, sign_in: SignIn | None) -> Draft:
    signed = None if sign_in is None else sign_in.signed(parts, recorded, account)
    proof = None if signed is None else (signed.claims, signed.statement_sha256)
    return Draft(
        kind=EntryKind.EXCEPTION_EVENTS,
        at=recorded.decided_at,
        actor=parts.actor,
        subject=decision_subject(recorded.key),
        payload=told_decision(recorded, account, parts.new_id(), proof),
        objects=() if signed is None else signed.objects,
    )


def _decision(standing: Standing, wish: Wish, now: datetime) -> Decision:
    return Decision(
        standing.key, standing.episode, wish.act, wish.by, now, wish.approver, wish.reason, wish.until, wish.closure
    )


def _unnamed(wish: Wish, newest: Sequence[RecordedDecision]) -> Wish:
    """The wish by nobody yet; by whoever signed the newest decision, to see whether it is this very one."""
    signed = next((one.decision for one in newest if one.claims is not None), None)
    if wish.act not in SIGNED:
        return replace(wish, by=signed.by if signed else UNNAMED)
    known = (signed.approver if signed else None) or UNNAMED
    if wish.approver is not None and (not signed or not same_name(wish.approver, known)):
        return wish
    return replace(wish, approver=known)


def named_exception(known: Mapping[str, Standing], key: str) -> Standing:
    """The exception whose key begins so; raises ConfigurationError where none does, or several."""
    begin = key.strip().lower()
    found = [one for name, one in sorted(known.items()) if begin and name.startswith(begin)]
    if len(found) == 1:
        return found[0]
    if not found:
        raise ConfigurationError(f"There is no exception {key[:80]!r}.", next_step="backup-evidence exceptions list")
    raise ConfigurationError(
        f"{len(found)} exceptions begin with {key[:80]!r}.",
        cause=", ".join(one.key[: len(begin) + 8] for one in found[:5]),
        next_step="Give more digits of the key.",
    )


def _guard(parts: Parts, decision: Decision, rules: ExceptionRules, sign_in: SignIn | None) -> Guard:
    return lambda entries: _check(parts, entries, decision, rules, sign_in)


def _check(
    parts: Parts,
    entries: Sequence[LedgerEntry],
    decision: Decision,
    rules: ExceptionRules,
    sign_in: SignIn | None = None,
) -> None:
    standing = standing_exceptions(parts.store, entries).by_key[decision.key]
    newest = decisions(entries, decision.key)[-1:]
    if newest and _is_theirs(newest[0], decision, sign_in) and _says_it(standing, newest[0], decision):
        raise _AlreadyError(newest[0])
    if standing.episode != decision.episode:
        why = f"It came back meanwhile, and is in its episode {standing.episode}."
    else:
        found = refusal(standing, decision, rules)
        if found is None and sign_in is not None and standing_sha256(standing) != sign_in.read_sha256:
            found = "It changed after it was read; read it again."
        if found is None:
            return
        why = found
    raise RefusedError(
        f"Exception {decision.key[:12]} ({standing.class_} of {standing.finding.subject}) cannot take `{decision.act}`.",
        cause=why,
        next_step=f"backup-evidence exceptions show {decision.key[:12]}",
    )


def _is_theirs(newest: RecordedDecision, decision: Decision, sign_in: SignIn | None) -> bool:
    """Whether a decision is proven as the new one would be: a typed name says nothing that takes a sign-in, and nobody says what another signed."""
    if newest.claims is None:
        return sign_in is None and decision.act not in SIGNED
    return sign_in is None or person_key(newest.claims) == sign_in.person


def _says_it(standing: Standing, newest: RecordedDecision, decision: Decision) -> bool:
    """Whether the newest decision is this one, and nothing that happened since undid it."""
    if not same_decision(as_decided(newest.decision), decision):
        return False
    stands = {
        Act.ACKNOWLEDGE: standing.state is State.ACKNOWLEDGED,
        Act.ACCEPT: standing.state_on(decision.at) is State.ACCEPTED,
        Act.CLOSE: standing.state is State.CLOSED,
        Act.REOPEN: standing.reopened_at == newest.decision.decided_at,
        Act.COMMENT: True,
    }
    return stands[decision.act]


def _as_recorded(decision: Decision, removal: Removal | None) -> PersonDecision:
    return PersonDecision(
        decision.key,
        decision.episode,
        str(decision.act),
        decision.by,
        decision.approver,
        decision.reason,
        decision.until,
        None if decision.closure is None else str(decision.closure),
        removal,
        decision.at,
    )
