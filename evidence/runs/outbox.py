"""The store's side of the outbox: reads what was told, sends what is due, and records every attempt in one entry a run.

Not here: what is due and how it is sent (`evidence.notify`). Invariants: one run sends at a time, by a claim that is created once and ends by itself;
an attempt that was made is recorded even where the run then fails; what was sent and not recorded (a crash) is sent again, and each channel that
can be asked finds it there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import orjson

from evidence.errors import ObjectExistsError, ObjectMissingError
from evidence.ledger.entries import Draft, EntryKind, LedgerEntry, LedgerObject
from evidence.ledger.folds import named_paths
from evidence.notify.history import Attempt, History, fold, standing
from evidence.notify.interface import Channel, Message, Problem
from evidence.notify.links import Links
from evidence.notify.outbox import Desk, due, teams_of
from evidence.notify.owners import Owners
from evidence.notify.sending import Sender
from evidence.runs.owners import OWNERS, kept_owners, told_owners
from evidence.runs.parts import Parts
from evidence.runs.sealed import SealedRows
from evidence.stores.interface import EvidenceStore
from evidence.stores.layout import notifications_file, outbox_file, sending_claim
from evidence.tables import NOTIFICATIONS, from_rows, read_parquet, to_parquet

CLAIMED = timedelta(minutes=8)
"""How long one run may send before another may take over; it stops a good while before."""
MARGIN = timedelta(minutes=4)
"""Longer than the longest attempt, for which a channel makes several requests."""

SKEW = timedelta(minutes=5)
"""How far the clock of another machine may be ahead."""


@dataclass(frozen=True, slots=True)
class Office:
    """By whom and over what people are told."""

    owners: Owners
    channels: Mapping[str, Channel]
    links: Links
    sleep: Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Told:
    """What one run told."""

    entry: LedgerEntry | None
    """None where nothing was tried."""
    attempts: tuple[Attempt, ...]
    left: tuple[Message, ...]
    """Due, and not delivered by this run."""
    held_by_other: bool = False
    """Another run is sending: it, or the next one, sends what is due."""
    history: History = field(default_factory=History, repr=False)
    """As it was before."""

    @property
    def delivered(self) -> int:
        """Messages that the other side took."""
        return sum(one.ok for one in self.attempts)


def tell(
    parts: Parts,
    office: Office,
    problems: Sequence[Problem],
    *,
    night: date | None = None,
    again: bool = False,
    more: Sequence[Message] = (),
) -> Told:
    """Send what is due of the problems as they stand, and record it.

    `night`: the newest judged one, for digests; None for none. `more`: messages besides, each sent once by its id. `again`: failed
    messages do not wait for their time. Never raises for what a channel meets; raises StoreError, IntegrityError where the store does not
    hold.
    """
    entries = parts.ledger.entries()
    before, kept = recorded(parts.store, entries)
    history = fold(kept)
    besides = [one for one in more if not history.sent(one.message_id)]
    messages = [*due_now(parts, office, problems, history, night), *besides]
    waiting = [one for one in messages if again or not history.waits(one.message_id, parts.clock.now())]
    if not waiting:
        return Told(None, (), tuple(messages), history=history)
    claim = _claimed(parts, before)
    if claim is None:
        return Told(None, (), tuple(messages), held_by_other=True, history=history)
    attempts: list[Attempt] = []
    until = claim.until - MARGIN
    sender = Sender(office.channels, parts.clock.now, office.sleep, lambda: parts.clock.now() >= until)
    try:
        attempts.extend(sender.send(messages, teams_of(office.owners, messages), history, again=again))
    finally:
        # Whatever ends the sending: what left is recorded, or it would leave once more.
        entry = _record(parts, office.owners, claim, kept, attempts) if attempts else None
    sent = {one.message_id for one in attempts if one.ok}
    left = tuple(one for one in messages if one.message_id not in sent)
    return Told(entry, tuple(attempts), left, history=history)


def due_now(
    parts: Parts, office: Office, problems: Sequence[Problem], history: History, night: date | None
) -> tuple[Message, ...]:
    """What is due of the problems as they stand, whether or not its next attempt has to wait."""
    now = parts.clock.now()
    kinds = {name: channel.kind for name, channel in office.channels.items()}
    today = now.astimezone(ZoneInfo(parts.calendar.time_zone)).date()
    return due(problems, Desk(office.owners, kinds, office.links, now, today, night), history)


def recorded(store: EvidenceStore, entries: Sequence[LedgerEntry]) -> tuple[int, tuple[Attempt, ...]]:
    """Number of the newest entry of deliveries (0: none), and the attempts that still matter after it."""
    newest = next((one for one in reversed(entries) if one.kind is EntryKind.DELIVERY_RECORDED), None)
    if newest is None:
        return 0, ()
    path = outbox_file(str(newest.payload["run_id"]))
    return newest.sequence, _attempts(SealedRows(store, named_paths([newest])).content(path))


def all_attempts(store: EvidenceStore, entries: Sequence[LedgerEntry]) -> tuple[Attempt, ...]:
    """Every recorded attempt whose record was not disposed of, in order."""
    named = named_paths(entries)
    sealed = SealedRows(store, named)
    runs = [str(one.payload["run_id"]) for one in entries if one.kind is EntryKind.DELIVERY_RECORDED]
    files = [path for run_id in runs if (path := notifications_file(run_id)) not in named.gone]
    return tuple(one for path in files for one in _attempts(sealed.content(path)))


@dataclass(frozen=True, slots=True)
class _Claim:
    run_id: str
    until: datetime
    named: LedgerObject


def _claimed(parts: Parts, before: int) -> _Claim | None:
    """The right to send alone behind an entry of deliveries; None where another run has it."""
    number = 0
    while True:
        path, now = sending_claim(before, number), parts.clock.now()
        try:
            theirs = parts.store.read(path)
        except ObjectMissingError:
            return _create(parts, path, now)
        if _holds(theirs, now):
            return None
        number += 1


def _holds(claim: bytes, now: datetime) -> bool:
    """Whether a claim still stands; one that no run of ours can have made would silence everybody, so it does not."""
    try:
        until = datetime.fromisoformat(orjson.loads(claim)["until"])
        return now < until <= now + CLAIMED + SKEW
    except (ValueError, TypeError, KeyError):  # no JSON, no object, no moment, or one without a zone
        return False


def _create(parts: Parts, path: str, now: datetime) -> _Claim | None:
    run_id, until = parts.new_id(), now + CLAIMED
    data = orjson.dumps({"run_id": run_id, "until": until.isoformat()}, option=orjson.OPT_SORT_KEYS)
    try:
        parts.store.create(path, data)
    except ObjectExistsError:
        return None
    return _Claim(run_id, until, LedgerObject(path, len(data), hashlib.sha256(data).hexdigest()))


def _record(
    parts: Parts, owners: Owners, claim: _Claim, kept: Sequence[Attempt], attempts: Sequence[Attempt]
) -> LedgerEntry:
    after = standing([*kept, *attempts], parts.clock.now())
    objects = (
        _keep(parts.store, notifications_file(claim.run_id), claim.run_id, attempts),
        _keep(parts.store, outbox_file(claim.run_id), claim.run_id, after),
    )
    by_channel: dict[str, dict[str, int]] = {}
    for one in attempts:
        counts = by_channel.setdefault(one.channel, {"attempts": 0, "delivered": 0})
        counts["attempts"] += 1
        counts["delivered"] += one.ok
    draft = Draft(
        kind=EntryKind.DELIVERY_RECORDED,
        at=parts.clock.now(),
        actor=parts.actor,
        subject=f"deliveries/{claim.run_id}",
        payload={
            "v": 1,
            "run_id": claim.run_id,
            "attempts": len(attempts),
            "delivered": sum(one.ok for one in attempts),
            "channels": by_channel,
            OWNERS: told_owners(owners),
        },
        objects=(*objects, claim.named, *kept_owners(parts.store, owners)),
    )
    return parts.ledger.append(draft)


def _keep(store: EvidenceStore, path: str, run_id: str, attempts: Sequence[Attempt]) -> LedgerObject:
    rows = [{"run_id": run_id, "ordinal": place, **_row(one)} for place, one in enumerate(attempts)]
    data = to_parquet(NOTIFICATIONS, from_rows(NOTIFICATIONS, rows))
    store.create(path, data)
    return LedgerObject(path, len(data), hashlib.sha256(data).hexdigest())


_FIELDS = tuple(name for name in NOTIFICATIONS.names() if name not in {"run_id", "ordinal"})


def _row(attempt: Attempt) -> dict[str, object]:
    return {name: getattr(attempt, name) for name in _FIELDS}


def _attempts(data: bytes) -> tuple[Attempt, ...]:
    rows = read_parquet(NOTIFICATIONS, data).sort_by("ordinal").select(list(_FIELDS)).to_pylist()
    return tuple(Attempt(**row) for row in rows)
