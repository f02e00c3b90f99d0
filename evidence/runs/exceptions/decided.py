"""Records what a person decided of an exception: checked on the very state that the entry will follow.

Not here: which decisions may be made (`evidence.assess.exceptions.guards`), asking the person (`cli`). Invariants: of two decisions at once the
later is checked on the earlier; the same decision made again is the one that is there; a name is a person's statement (ADR 0031).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

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
from evidence.ledger.persons import Account, checked_name, checked_text
from evidence.runs.exceptions.removal import removal_of
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


@dataclass(frozen=True, slots=True)
class Made:
    """A decision in the ledger."""

    recorded: RecordedDecision
    before: bool
    """Whether it was there already: the command was run again."""


class _AlreadyError(Exception):
    """The very decision is there."""

    def __init__(self, found: RecordedDecision) -> None:
        super().__init__(found.entry.name)
        self.found = found


def decide(parts: Parts, key: str, wish: Wish, rules: ExceptionRules) -> Made:
    """Record a decision; raises RefusedError where it may not be made, ConfigurationError for an unknown exception, StoreError."""
    entries = parts.ledger.entries()
    standing = named_exception(standing_exceptions(parts.store, entries).by_key, key)
    now = parts.clock.now()
    decision = Decision(
        standing.key, standing.episode, wish.act, wish.by, now, wish.approver, wish.reason, wish.until, wish.closure
    )
    try:
        # Before anything is read for it: a person hears first what rules it out.
        _check(parts, entries, decision, rules)
        gone = removal_of(parts, entries, standing) if wish.closure is Closure.DECOMMISSIONED else None
        draft = Draft(
            kind=EntryKind.EXCEPTION_EVENTS,
            at=now,
            actor=parts.actor,
            subject=decision_subject(standing.key),
            payload=told_decision(_as_recorded(decision, gone), wish.account, parts.new_id()),
        )
        return Made(recorded_decision(parts.ledger.append(draft, (_guard(parts, decision, rules),))), before=False)
    except _AlreadyError as error:
        return Made(error.found, before=True)


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


def _guard(parts: Parts, decision: Decision, rules: ExceptionRules) -> Guard:
    return lambda entries: _check(parts, entries, decision, rules)


def _check(parts: Parts, entries: Sequence[LedgerEntry], decision: Decision, rules: ExceptionRules) -> None:
    standing = standing_exceptions(parts.store, entries).by_key[decision.key]
    newest = decisions(entries, decision.key)[-1:]
    if newest and _says_it(standing, newest[0], decision):
        raise _AlreadyError(newest[0])
    if standing.episode != decision.episode:
        why = f"It came back meanwhile, and is in its episode {standing.episode}."
    else:
        found = refusal(standing, decision, rules)
        if found is None:
            return
        why = found
    raise RefusedError(
        f"Exception {decision.key[:12]} ({standing.class_} of {standing.finding.subject}) cannot take `{decision.act}`.",
        cause=why,
        next_step=f"backup-evidence exceptions show {decision.key[:12]}",
    )


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
