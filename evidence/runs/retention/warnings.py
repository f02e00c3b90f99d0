"""Messages that promises are about to end, for the team that owns whatever no other rule names.

Not here: what ends (`evidence.retention.warnings`), sending (`evidence.runs.outbox`). Invariants: the id of a message follows from week, stage, team and channel, so
that it is sent once; every pack that leaves is named, in the text or in its attachment.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import date, datetime

from evidence.errors import EvidenceError
from evidence.ledger.entries import LedgerEntry
from evidence.notify.interface import Message, Occasion, Team
from evidence.notify.routing import NO_DIGEST, Kinds, channels_for
from evidence.notify.wording import MOST_IN_TEXT, Facts, text_of
from evidence.retention.register import Register
from evidence.retention.warnings import Ending, endings
from evidence.runs.outbox import Office
from evidence.runs.retention.register import Keeper, read_register

_NEXT = "nothing is deleted by itself; to keep something longer, extend it or place a hold before it is proposed:"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def expiry_messages(
    keeper: Keeper, entries: Sequence[LedgerEntry], office: Office, now: datetime
) -> tuple[tuple[Message, ...], str]:
    """What is to be told of today; and why nothing can be told, where the register cannot be read: other messages do not wait for it."""
    kinds = {name: channel.kind for name, channel in office.channels.items()}
    try:
        register = read_register(keeper, entries, now)
    except EvidenceError as error:
        return (), f"no warning of what leaves could be made: {' '.join(error.diagnostics())}"
    return tuple(warnings_of(register, office, kinds, now)), ""


def warnings_of(register: Register, office: Office, kinds: Kinds, now: datetime) -> Iterator[Message]:
    """A message for each week that is near and each channel of the team; tickets and alerts are opened for none."""
    rule = office.owners.rules[-1]
    team = office.owners.team(rule.team)
    channels = [one for one in channels_for(rule, team, Occasion.DIGEST, kinds) if kinds.get(one) not in NO_DIGEST]
    for ending in endings(register):
        attached = (f"leaving-{ending.week}.csv", csv_of(register, ending))
        for channel in channels:
            yield _message(ending, attached, team, channel, now)


def _message(ending: Ending, attached: tuple[str, bytes], team: Team, channel: str, now: datetime) -> Message:
    ticket, facts = f"retention:{ending.week}", facts_of(ending)
    return Message(
        message_id=f"{ticket}/{Occasion.DIGEST.value}/{ending.stage}/{team.key}/{channel}",
        occasion=Occasion.DIGEST,
        team=team.key,
        channel=channel,
        subject=f"Evidence leaves in {ending.days_left} days: {len(ending.leaving.packs)} packs, {ending.leaving.objects} objects",
        text=text_of(facts),
        at=now,
        attachments=(attached,),
        ticket=ticket,
        stage=str(ending.stage),
        facts=facts,
        assign=False,
    )


def facts_of(ending: Ending) -> Facts:
    """The lines of a message."""
    leaving = ending.leaving
    until = f"{ending.first}" if ending.first == ending.last else f"{ending.first} to {ending.last}"
    kinds = ", ".join(f"{count} {kind} ({size} bytes)" for kind, (count, size) in ending.kinds.items())
    return (
        ("What", f"the promise to keep {leaving.objects} objects ends: {kinds}"),
        ("When", f"kept until {until}, {ending.days_left} days from now"),
        ("Packs", _some(leaving.packs)),
        ("Raw calls", _calls(ending.calls)),
        ("On hold", f"{leaving.held} of the objects stay whatever their day" if leaving.held else "none"),
        ("Next", f"{_NEXT} backup-evidence retention list --leaving {ending.first}..{ending.last}"),
    )


def csv_of(register: Register, ending: Ending) -> bytes:
    """Every pack that leaves and, by kind and night, whatever else does; as CSV (RFC 4180)."""
    sink = io.StringIO(newline="")
    writer = csv.writer(sink, lineterminator="\r\n")
    writer.writerow(("kind", "pack", "night", "kept_until", "objects", "bytes"))
    writer.writerows(_rows(register, ending.first, ending.last))
    return sink.getvalue().encode()


def _rows(register: Register, first: date, last: date) -> Iterator[tuple[object, ...]]:
    counted: dict[tuple[str, str, str, str], list[int]] = {}
    for one in register.between(first, last):
        file = one.file
        key = str(file.kind), _cell(file.pack_id), str(file.first_night or ""), str(one.promise.day)
        sums = counted.setdefault(key, [0, 0])
        sums[0] += 1
        sums[1] += file.bytes
    return ((*key, *sums) for key, sums in sorted(counted.items()))


def _cell(text: str | None) -> str:
    """What a spreadsheet would take for a formula begins with an apostrophe."""
    return f"'{text}" if text and text.startswith(_FORMULA) else text or ""


def _calls(runs: Sequence[tuple[date, date]]) -> str:
    if not runs:
        return "none"
    nights = [str(first) if first == last else f"{first} to {last}" for first, last in runs]
    return f"of nights {_some(nights)}; no pack that stays covers them"


def _some(names: Sequence[str]) -> str:
    more = len(names) - MOST_IN_TEXT
    told = ", ".join(names[:MOST_IN_TEXT]) or "none"
    return f"{told} and {more} more, in the attachment" if more > 0 else told
