"""What was sent and what was tried: the fold of all recorded attempts.

Not here: where they are recorded (`evidence.runs.outbox`). Invariants: pure over the attempts given, in order of their making; a message that was
once delivered stays delivered; folding a part of the attempts that `standing` kept gives the same for whatever may still be told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from evidence.notify.interface import BUCKETS, ENDED, Message

FIRST_WAIT = timedelta(minutes=5)
LONGEST_WAIT = timedelta(hours=12)
REFUSED_WAIT = timedelta(hours=6)
"""After a refusal: only a person can change something, so once more later."""
KEPT = timedelta(days=35)
"""How long what has ended is remembered: a digest of a night is made for the newest night alone."""
_DIGEST = "digest"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to deliver one message."""

    message_id: str
    ticket: str
    exception_key: str | None
    episode: int | None
    occasion: str
    stage: str
    team: str
    channel: str
    bucket: str | None
    subject: str
    number: int
    """From 1 for each message."""
    at: datetime
    ok: bool
    status: str
    external_id: str | None
    retry: bool
    retry_after_s: int | None

    @property
    def next_at(self) -> datetime:
        """When the next attempt is due, where it failed."""
        waited = FIRST_WAIT * 2 ** min(self.number - 1, 10)
        wait = min(waited, LONGEST_WAIT) if self.retry else REFUSED_WAIT
        return self.at + max(wait, timedelta(seconds=self.retry_after_s or 0))


@dataclass(frozen=True, slots=True)
class Place:
    """One ticket as one team knows it by one channel."""

    delivered: bool
    """Whether anything of it was delivered there; an attempt without answer may have been, too."""
    uncertain: bool
    external_id: str | None
    ended: bool
    """Whether the last thing that was delivered there was its end."""
    bucket: int
    """Highest age that was told, as a place in BUCKETS; -1 before anything was."""


@dataclass(frozen=True, slots=True)
class History:
    """All that was tried."""

    last: Mapping[str, Attempt] = field(default_factory=dict)
    """Last attempt of each message; the one that was delivered, where one was."""
    places: Mapping[str, Mapping[tuple[str, str], Place]] = field(default_factory=dict)
    """By ticket, then by team and channel."""
    begun: Mapping[str, datetime] = field(default_factory=dict)
    """When anything of a ticket was first tried."""

    def sent(self, message_id: str) -> bool:
        """Whether a message was delivered."""
        found = self.last.get(message_id)
        return found is not None and found.ok

    def waits(self, message_id: str, now: datetime) -> bool:
        """Whether it is too early for the next attempt."""
        found = self.last.get(message_id)
        return found is not None and not found.ok and now < found.next_at

    def place(self, ticket: str, team: str, channel: str) -> Place | None:
        """A ticket as a team knows it by a channel."""
        return self.places.get(ticket, {}).get((team, channel))

    def number(self, message_id: str) -> int:
        """Of the next attempt."""
        found = self.last.get(message_id)
        return 1 if found is None else found.number + 1


def fold(attempts: Iterable[Attempt]) -> History:
    """The history that attempts add up to."""
    last: dict[str, Attempt] = {}
    places: dict[str, dict[tuple[str, str], Place]] = {}
    begun: dict[str, datetime] = {}
    for one in attempts:
        before = last.get(one.message_id)
        if before is None or not before.ok:
            last[one.message_id] = one
        here = places.setdefault(one.ticket, {})
        here[one.team, one.channel] = _place(here.get((one.team, one.channel)), one)
        begun[one.ticket] = min(begun.get(one.ticket, one.at), one.at)
    return History(last, places, begun)


def _place(before: Place | None, one: Attempt) -> Place:
    told = before or Place(delivered=False, uncertain=False, external_id=None, ended=False, bucket=-1)
    if not one.ok:
        return replace(told, uncertain=told.uncertain or one.retry)
    bucket = BUCKETS.index(one.bucket) if one.bucket in BUCKETS else -1
    return Place(
        delivered=True,
        uncertain=told.uncertain,
        external_id=one.external_id or told.external_id,
        ended=one.occasion in ENDED,
        bucket=max(told.bucket, bucket),
    )


def attempted(message: Message, number: int) -> Attempt:
    """The begin of a record of an attempt, before anything came of it."""
    return Attempt(
        message_id=message.message_id,
        ticket=message.ticket,
        exception_key=message.problem.key if message.problem else None,
        episode=message.problem.episode if message.problem else None,
        occasion=message.occasion.value,
        stage=message.stage,
        team=message.team,
        channel=message.channel,
        bucket=message.bucket,
        subject=message.subject,
        number=number,
        at=message.at,
        ok=False,
        status="",
        external_id=None,
        retry=False,
        retry_after_s=None,
    )


def standing(attempts: Iterable[Attempt], now: datetime) -> tuple[Attempt, ...]:
    """The attempts that may still matter, of tickets and digests that have not ended long ago.

    Of each message: the first, the first without answer, and the one that delivered it, or the last.
    """
    told = list(attempts)
    forgotten = {mark for mark, at in _ended(told).items() if at + KEPT < now}
    kept: dict[tuple[str, str], int] = {}
    delivered: set[str] = set()
    for place, one in enumerate(told):
        if _mark(one) in forgotten:
            continue
        kept.setdefault((one.message_id, "first"), place)
        if one.retry and not one.ok:
            kept.setdefault((one.message_id, "uncertain"), place)
        if one.message_id not in delivered:
            kept[one.message_id, "last"] = place
        if one.ok:
            delivered.add(one.message_id)
    return tuple(told[place] for place in sorted(set(kept.values())))


def _mark(one: Attempt) -> str:
    """What ends at once: a ticket, or one digest."""
    return one.message_id if one.occasion == _DIGEST else one.ticket


def _ended(attempts: Iterable[Attempt]) -> Mapping[str, datetime]:
    found: dict[str, datetime] = {}
    for one in attempts:
        if one.occasion in ENDED or one.occasion == _DIGEST:
            found[_mark(one)] = max(found.get(_mark(one), one.at), one.at)
    return found
