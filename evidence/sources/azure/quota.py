"""What Azure's request budgets still allow: per vault and action, and per subscription, as its own answers tell.

A pure state machine: the time is given, nothing is sent and nobody waits here (`governing`, `retrying`). No limit is built in, for
limits differ over time and scope (azure-backup.md section 7): the newest answer is believed. Invariant: what Azure has closed until a
moment is not asked before it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import unquote, urlsplit

BELIEVED_FOR: Final = timedelta(seconds=3750)
"""How long a remaining number is believed: recorded windows began anew after 3,600 to 3,750 s."""
READS_BELIEVED_FOR: Final = timedelta(seconds=1)
"""The same for the reads of a subscription, a bucket that ARM fills by the second."""
CLOSED_UNTOLD: Final = timedelta(minutes=5)
"""How long an action rests after a 429 that names no time."""
_VAULTS: Final = frozenset({"vaults", "backupvaults"})


@dataclass(frozen=True, slots=True)
class Action:
    """What a budget is for."""

    scope: str
    """Lower-cased id of the vault, or of the subscription above its vaults; empty above subscriptions."""
    name: str
    """As role definitions and Azure's 429 name it, lower-cased: `microsoft.recoveryservices/vaults/backupjobs/read`."""

    @property
    def subscription(self) -> str:
        """Lower-cased id of the subscription; empty where there is none."""
        return "/".join(self.scope.split("/")[:3])

    @property
    def short(self) -> str:
        """The last part of the name, for people: `backupjobs`."""
        return self.name.removesuffix("/read").rpartition("/")[2]


def action_of(url: str) -> Action:
    """The budget that a question counts against; ids in the address do not matter, nor does its case."""
    parts = unquote(urlsplit(url).path).lower().strip("/").split("/")
    at = parts.index("providers") if "providers" in parts else len(parts)
    provider, below = parts[at + 1 : at + 2], parts[at + 2 :]
    types, names = below[::2], below[1::2]
    held = at + 4 if types and types[0] in _VAULTS and names else min(at, 2)
    return Action(
        "/" + "/".join(parts[:held]) if parts[0] == "subscriptions" else "", "/".join([*provider, *types, "read"])
    )


@dataclass(frozen=True, slots=True)
class Told:
    """What one answer says about budgets."""

    asked_at: datetime
    at: datetime
    """When it had come."""
    status: int
    remaining: int | None = None
    """Requests left for the action."""
    reads: int | None = None
    """Reads left for the subscription."""
    wait_s: float | None = None
    """Seconds that a 429 asks to wait; None where it names none."""
    action: str | None = None
    """Action that a 429 names; None where it names none."""
    whole_subscription: bool = False
    """Whether a 429 is about the subscription and not about one action."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a question may be asked: now, after a wait, or not (then `refusal` says why, and begins with `quota:`)."""

    wait_s: float = 0.0
    refusal: str | None = None


ASK: Final = Verdict()
_OK: Final = 200
_THROTTLED: Final = 429


@dataclass(slots=True)
class _Gate:
    remaining: int | None = None
    told_at: datetime | None = None
    closed_at: datetime | None = None
    closed_until: datetime | None = None

    def close(self, at: datetime, rest: timedelta) -> None:
        """Shut it; what remains when it opens again is not known."""
        self.closed_at, self.closed_until, self.remaining = at, at + rest, None

    def answered(self, asked_at: datetime) -> None:
        """A good answer to a question that was asked after it had closed shows that it is open."""
        if self.closed_at is not None and asked_at >= self.closed_at:
            self.closed_at = self.closed_until = None

    def closed_for(self, now: datetime) -> float:
        """Seconds until it opens; 0 where it is open."""
        return max(0.0, (self.closed_until - now).total_seconds()) if self.closed_until else 0.0

    def left(self, now: datetime, believed_for: timedelta) -> int | None:
        """What remains, as far as that is still to be believed."""
        fresh = self.told_at is not None and now - self.told_at < believed_for
        return self.remaining if fresh else None


class Governor:
    """Budgets of all vaults and subscriptions; safe for several threads."""

    def __init__(self, reserve: int, longest_wait_s: float) -> None:
        """`reserve` requests of each budget are left to essential questions; nobody is told to wait longer than `longest_wait_s`."""
        self._reserve, self._longest_wait_s = reserve, longest_wait_s
        self._gates: dict[tuple[str, str], _Gate] = {}
        self._lock = threading.Lock()

    def may_ask(self, action: Action, now: Callable[[], datetime], *, essential: bool) -> Verdict:
        """The verdict on one question; the time is only asked for where it matters."""
        with self._lock:
            gate, reads = self._gates.get(_key(action)), self._gates.get((action.subscription, ""))
            if gate is None and reads is None:
                return ASK
            moment = now()
            return (
                self._closed(action, (gate, reads), moment)
                or self._spent(action, gate, moment, essential)
                or self._refilling(reads, moment, essential)
            )

    def _closed(self, action: Action, gates: tuple[_Gate | None, ...], now: datetime) -> Verdict | None:
        wait_s = max((gate.closed_for(now) for gate in gates if gate is not None), default=0.0)
        if not wait_s:
            return None
        if wait_s <= self._longest_wait_s:
            return Verdict(wait_s=wait_s)
        opens = now + timedelta(seconds=wait_s)
        return Verdict(
            refusal=f"quota: Azure answers no more questions of {action.short} until {opens:%Y-%m-%d %H:%M:%S} UTC"
        )

    def _spent(self, action: Action, gate: _Gate | None, now: datetime, essential: bool) -> Verdict | None:
        left = gate.left(now, BELIEVED_FOR) if gate is not None else None
        # An essential question is asked even where nothing remains: the refusal tells when to come back.
        if left is None or essential or left > self._reserve:
            return None
        return Verdict(
            refusal=f"quota: {left} questions of {action.short} remain, which are kept for what is essential"
        )

    def _refilling(self, reads: _Gate | None, now: datetime, essential: bool) -> Verdict:
        left = reads.left(now, READS_BELIEVED_FOR) if reads is not None else None
        if left is None or left > (0 if essential else self._reserve):
            return ASK
        return Verdict(wait_s=min(READS_BELIEVED_FOR.total_seconds(), self._longest_wait_s))

    def learn(self, action: Action, told: Told) -> None:
        """Take in one answer; the newest is believed."""
        with self._lock:
            if told.reads is not None:
                self._remains((action.subscription, ""), told.reads, told.at)
            if told.status == _THROTTLED:
                self._close(action, told)
            elif told.remaining is not None:
                self._remains(_key(action), told.remaining, told.at)
            elif (gate := self._gates.get(_key(action))) is not None and gate.remaining:
                gate.remaining -= 1
            if told.status == _OK:
                for key in (_key(action), (action.subscription, "")):
                    if key in self._gates:
                        self._gates[key].answered(told.asked_at)

    def _remains(self, key: tuple[str, str], remaining: int, at: datetime) -> None:
        gate = self._gates.setdefault(key, _Gate())
        gate.remaining, gate.told_at = remaining, at

    def _close(self, action: Action, told: Told) -> None:
        rest = CLOSED_UNTOLD if told.wait_s is None else timedelta(seconds=told.wait_s)
        key = (action.subscription, "") if told.whole_subscription else (action.scope, told.action or action.name)
        self._gates.setdefault(key, _Gate()).close(told.at, rest)


def _key(action: Action) -> tuple[str, str]:
    return action.scope, action.name
