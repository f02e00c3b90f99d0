"""A message by which a person tries a channel out; it is about no problem and is not recorded.

Not here: sending. Invariant: a channel of tickets creates nothing for it, and an alert that it triggers is resolved at once.
"""

from __future__ import annotations

from datetime import datetime

from evidence.notify.interface import Message, Occasion, Team
from evidence.notify.wording import text_of


def trial(channel: str, team: Team, now: datetime, organisation: str) -> Message:
    """The message; its id holds the moment, so that each trial arrives."""
    mark = f"{now:%Y%m%dT%H%M%S.%fZ}"
    facts = (
        ("What", f"a trial of channel {channel} for {team.name}"),
        ("Since", f"{now:%Y-%m-%d %H:%M} UTC"),
        ("Effect", "none"),
        ("Azure says", "nothing"),
        ("Next", "nothing is to be done; whoever reads this can be reached"),
    )
    return Message(
        message_id=f"trial:{mark}/{Occasion.TEST.value}//{team.key}/{channel}",
        occasion=Occasion.TEST,
        team=team.key,
        channel=channel,
        subject=f"Trial of backup notifications of {organisation}",
        text=text_of(facts),
        at=now,
        ticket=f"trial:{mark}",
        facts=facts,
        assign=False,
    )
