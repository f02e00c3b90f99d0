"""What is told to people, and what a channel must do.

Not here: who owns what (`owners`), what was sent already (`outbox`), adapters (`channels`). Invariants: a problem's key never changes while it
is the same problem; a channel never raises for an answer of the other side, it returns a `Delivery` that says what came.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Occasion(StrEnum):
    """Why something is sent."""

    OPENED = "opened"
    RECURRING = "recurring"
    """Seen again in a higher bucket of age, or found to recur."""
    REMINDED = "reminded"
    ESCALATED = "escalated"
    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    DIGEST = "digest"
    """A summary by scope; `Message.problem` is None."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One exception as owners, messages and channels see it; the layer above makes it."""

    key: str
    episode: int
    class_: str
    severity: str
    """`critical, error, warning` or `info`."""
    state: str
    subject: str
    item_key: str | None
    vault_id: str
    vault_name: str
    region: str | None
    workload: str | None
    tier: int | None
    tags: dict[str, str] = field(default_factory=dict)
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
    bucket: str = "0-1"
    tenant_id: str | None = None
    evidence: tuple[str, ...] = ()
    """Where the evidence is: pack ids, paths in the store, or links."""


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
    """A way to a team."""

    name: str

    def send(self, message: Message, team: object) -> Delivery:
        """Send or update; never raises for what the other side answers."""
        ...
