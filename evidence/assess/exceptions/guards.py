"""Which decisions a person may make of an exception as it stands.

Not here: whether an item is really gone (`evidence.runs.exceptions.decided`), recording. Invariants: what ended is not accepted; a risk is accepted
until a day that comes, by another person than the one who asks; a failing backup is closed by nobody's word but that its item is gone.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, timedelta

from evidence.assess.exceptions.endings import APPROVABLE, BY_JOB, ENDINGS
from evidence.assess.exceptions.rules import ExceptionRules
from evidence.assess.exceptions.states import ENDED, Act, Closure, Decision, Standing, State


def refusal(standing: Standing, decision: Decision, rules: ExceptionRules) -> str | None:
    """Why a decision may not be made, in one sentence; None where it may."""
    return _RULES[decision.act](standing, decision, rules)


def _acknowledge(standing: Standing, decision: Decision, _: ExceptionRules) -> str | None:
    state = standing.state_on(decision.at)
    if state in {State.OPEN, State.ACKNOWLEDGED}:
        return None
    return f"It is {_words(state)}, so there is nothing to acknowledge."


def _accept(standing: Standing, decision: Decision, rules: ExceptionRules) -> str | None:
    state = standing.state_on(decision.at)
    if state in ENDED:
        return f"It is {_words(state)}: nothing is left of it whose risk could be accepted."
    if state is State.PROVISIONALLY_CLOSED:
        return "It is provisionally closed: the next good run closes it, and a bad one opens it again."
    return _unapproved(decision, "accept the risk") or _date(decision, rules)


def _date(decision: Decision, rules: ExceptionRules) -> str | None:
    today = decision.at.astimezone(UTC).date()
    if decision.until is None:
        return "A risk is accepted until a day, and none is given."
    if decision.until < today:
        return f"{decision.until} has passed already."
    last = today + timedelta(days=rules.accept_at_most_days)
    if decision.until > last:
        return f"A risk is accepted for at most {rules.accept_at_most_days} days, until {last}."
    return None


def _close(standing: Standing, decision: Decision, _: ExceptionRules) -> str | None:
    state = standing.state_on(decision.at)
    if state in ENDED:
        return f"It is {_words(state)} already."
    if decision.closure is Closure.APPROVED and standing.class_ not in APPROVABLE:
        ending = f"; it ends by {ENDINGS[standing.class_]}" if standing.class_ in BY_JOB else ""
        return f"`{standing.class_}` is no change that somebody could have wanted{ending}."
    if decision.closure is Closure.DECOMMISSIONED and standing.finding.item_key is None:
        return "It is about no single item that could have been removed."
    if decision.closure is None:
        return "A person closes an exception as decommissioned, or as an approved change, and as nothing else."
    return _unapproved(decision, "close it")


def _reopen(standing: Standing, decision: Decision, _: ExceptionRules) -> str | None:
    state = standing.state_on(decision.at)
    if state in {State.OPEN, State.ACKNOWLEDGED}:
        return f"It is {_words(state)}, so there is nothing to reopen."
    return None if decision.reason else "To reopen it needs a reason."


def _comment(_: Standing, decision: Decision, __: ExceptionRules) -> str | None:
    return None if decision.reason else "A comment says something."


def _unapproved(decision: Decision, what: str) -> str | None:
    if not decision.reason:
        return f"To {what} needs a reason."
    if not decision.approver:
        return f"To {what} needs a person who approves it."
    if _folded(decision.approver) == _folded(decision.by):
        return f"{decision.approver} asks for it, so somebody else must approve it."
    return None


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def _words(state: State) -> str:
    return str(state).replace("_", " ")


_RULES: Mapping[Act, Callable[[Standing, Decision, ExceptionRules], str | None]] = {
    Act.ACKNOWLEDGE: _acknowledge,
    Act.ACCEPT: _accept,
    Act.CLOSE: _close,
    Act.REOPEN: _reopen,
    Act.COMMENT: _comment,
}


def same_decision(one: Decision, other: Decision) -> bool:
    """Whether two decisions say the same of the same episode, whenever they were made."""
    return _said(one) == _said(other)


def _said(one: Decision) -> tuple[object, ...]:
    return (one.key, one.episode, one.act, _folded(one.by), one.approver, one.reason, one.until, one.closure)
