"""What is told to people, and what a channel must do.

Not here: who owns what (`owners`), what was sent already (`outbox`), adapters (`channels`). Invariants: a problem's key never changes while it
is the same problem; a channel never raises for an answer of the other side, it returns a `Delivery` that says what came.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

BUCKETS = ("0-1", "2-3", "4-7", "8-14", "15-30", "31-60", "61-90", "over 90")
"""Ages of problems, youngest first, as in the table `exceptions`."""
ENDED = frozenset({"closed", "withdrawn"})
"""States of a problem that is over."""


class Occasion(StrEnum):
    """Why something is sent."""

    OPENED = "opened"
    RECURRING = "recurring"
    """Found to recur: on the ticket of the failure where there is one, else as a problem of its own."""
    REMINDED = "reminded"
    """Still open in a higher bucket of age."""
    ESCALATED = "escalated"
    ACKNOWLEDGED = "acknowledged"
    """A person knows of it, or accepted the risk."""
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    DIGEST = "digest"
    """A summary for a team; `Message.problem` is None."""
    TEST = "test"
    """A person tries a channel out."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One exception as owners, messages and channels see it; the layer above makes it."""

    key: str
    episode: int
    class_: str
    severity: str
    """`critical, error, warning` or `info`."""
    state: str
    """As in the table `exceptions`: `open, acknowledged, accepted, provisionally_closed, closed, withdrawn`."""
    subject: str
    item_key: str | None
    vault_id: str
    vault_name: str
    region: str | None
    workload: str | None
    tier: int | None
    tags: Mapping[str, str] = field(default_factory=dict)
    error_family: str | None = None
    error_codes: tuple[str, ...] = ()
    job_ids: tuple[str, ...] = ()
    summary: str = ""
    recommendation: str | None = None
    effect: str | None = None
    """Such as `RPO 24 h exceeded by 31 h`."""
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    nights: int = 1
    bucket: str = BUCKETS[0]
    tenant_id: str | None = None
    evidence: tuple[str, ...] = ()
    """Where the evidence is: pack ids, paths in the store, or links."""
    parent_key: str | None = None
    """The outbreak that it belongs to: while that is open, it is told of and not this."""
    reopened: int = 0
    """How often it came back in this episode, soon after its end."""
    again: str = ""
    """What a person decided that is over by itself, or undone, so that it is told anew: the last day of an accepted risk, a reopening."""
    hint: bool = False
    """It only tells where to look: it stands in digests and opens nothing."""

    @property
    def ticket(self) -> str:
        """What a ticket is found by on the other side: key and episode."""
        return f"{self.key}:{self.episode}"


@dataclass(frozen=True, slots=True)
class Team:
    """Whom something is sent to, and how each kind of channel reaches them."""

    key: str
    name: str
    routes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By kind of channel: `{"mail": {"to": …}, "servicenow": {"assignment_group": …}}`; no secret, but names of secrets."""


@dataclass(frozen=True, slots=True)
class Message:
    """One thing to send to one team over one channel."""

    message_id: str
    """Stable: of the same problem, episode, occasion and stage the same; sent once."""
    occasion: Occasion
    team: str
    channel: str
    subject: str
    text: str
    """Five lines: what, since, effect, what Azure says, next step with owner and link."""
    at: datetime
    problem: Problem | None = None
    external_id: str | None = None
    """The other side's id from an earlier delivery: an incident's `sys_id`, an issue's key."""
    attachments: tuple[tuple[str, bytes], ...] = ()
    """Name and content."""
    ticket: str = ""
    """What all messages of one problem share; of a digest, of one team."""
    stage: str = ""
    """Which reminder, escalation or night."""
    facts: tuple[tuple[str, str], ...] = ()
    """The lines of the text as name and value, for channels that lay them out."""
    details: tuple[tuple[str, str], ...] = ()
    """What a ticket says besides: vault, item, jobs, error codes, where the evidence is."""
    table: tuple[tuple[str, ...], ...] = ()
    """Of a digest: its rows, the first of them names."""
    link: str | None = None
    bucket: str | None = None
    """Age of the problem when it was told."""
    assign: bool = True
    """Whether the team is to work on it; else it is only told."""

    @property
    def reference(self) -> str:
        """A short form of the id that is written into tickets, so that the other side can be searched for it."""
        return f"be-{_digest(self.message_id)[:20]}"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What came of one attempt."""

    message_id: str
    channel: str
    ok: bool
    at: datetime
    status: str
    """`sent`, `updated`, or what the other side or the network said, without secrets."""
    external_id: str | None = None
    retry: bool = False
    """Whether a later attempt may succeed: time-outs, 429, 5xx."""
    retry_after_s: float | None = None


class Channel(Protocol):
    """A way to teams."""

    @property
    def name(self) -> str:
        """As the configuration calls it."""
        ...

    @property
    def kind(self) -> str:
        """Which of a team's routes it needs."""
        ...

    def send(self, message: Message, team: Team) -> Delivery:
        """Send or update, after a look whether it was done already; never raises for what the other side answers."""
        ...


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
