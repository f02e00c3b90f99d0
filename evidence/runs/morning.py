"""The summary before work begins: for each scope whether its backups are proven, what stands against it, and what nobody could look at.

Not here: the verdict (`gate`), sending (`outbox`). Invariants: a night that is not sealed gives a summary that says so; a summary of one night,
scope and team is sent once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from evidence.errors import ConfigurationError
from evidence.ledger.watches import WatchLook
from evidence.notify.interface import ENDED, Message, Occasion, Problem, Team
from evidence.notify.owners import Owners, Rule
from evidence.notify.patterns import Match
from evidence.notify.routing import NO_DIGEST, Kinds, channels_for
from evidence.notify.wording import Facts, one_line, text_of
from evidence.runs.gate import Code, Obstacle, Verdict

COLUMNS = ("what", "subject", "tier", "due", "outcome", "reason")
_SAID = {Code.OPEN: "proven", Code.CLOSED: "NOT PROVEN", Code.BLIND: "NOT KNOWN: we could not look"}
_SEVERITIES = ("critical", "error", "warning", "info")
MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Morning:
    """What is known of one scope when the summary is written."""

    scope: str
    night: date
    before: datetime
    verdict: Verdict
    open: tuple[Problem, ...]
    """Exceptions of the scope that stand, hints left out."""
    look: WatchLook | None
    """The last look that was recorded; None where none ever was."""
    vaults: Mapping[str, str]
    """Names of the scope's vaults by id."""


def standing_in(problems: Sequence[Problem], vaults: Mapping[str, str]) -> tuple[Problem, ...]:
    """The problems of some vaults that have not ended, hints left out."""
    return tuple(one for one in problems if one.vault_id in vaults and one.state not in ENDED and not one.hint)


def summary_messages(
    morning: Morning, owners: Owners, kinds: Kinds, to: Mapping[str, str], now: datetime
) -> Iterator[Message]:
    """The summary of a scope, one for each channel of its team; raises ConfigurationError for a team that nobody knows."""
    team = _team(morning.scope, owners, to)
    rule = next((one for one in owners.rules if one.team == team.key), Rule("", Match(), team.key))
    for channel in channels_for(rule, team, Occasion.DIGEST, kinds):
        if kinds.get(channel) is None or kinds[channel] in NO_DIGEST:
            continue  # a summary opens no ticket
        ticket, facts = f"summary:{morning.scope}", summary_facts(morning)
        yield Message(
            message_id="/".join((ticket, Occasion.DIGEST.value, str(morning.night), team.key, channel)),
            occasion=Occasion.DIGEST,
            team=team.key,
            channel=channel,
            subject=one_line(f"Backups of {morning.scope}, night {morning.night}: {facts[0][1]}"),
            text=text_of(facts),
            at=now,
            ticket=ticket,
            stage=str(morning.night),
            facts=facts,
            table=_table(morning.verdict.obstacles),
            assign=False,
        )


def summary_facts(morning: Morning) -> Facts:
    """The lines of a summary; that nothing stands against it is said too."""
    verdict = morning.verdict
    state = f"{_SAID[verdict.code]}, {verdict.proven} of {verdict.critical} critical items"
    against = "; ".join(f"{one.subject}: {one.reason}" for one in verdict.obstacles[:MOST_NAMED])
    more = len(verdict.obstacles) - MOST_NAMED
    counts = Counter(one.severity for one in morning.open)
    told = ", ".join(f"{counts[one]} {one}" for one in _SEVERITIES if counts[one])
    lines = (
        ("Backups", state),
        ("Before", f"{morning.before:%Y-%m-%d %H:%M} UTC, of night {morning.night}"),
        ("Against", (against + (f"; and {more} more" if more > 0 else "")) or "nothing"),
        ("Open", f"{len(morning.open)} exceptions: {told}" if morning.open else "no exception"),
        ("Watch", _watch(morning)),
    )
    return tuple((name, one_line(value)) for name, value in lines)


def _watch(morning: Morning) -> str:
    if morning.look is None:
        return "no look between nights was ever recorded"
    unread = [morning.vaults[one.vault_id] for one in morning.look.unread if one.vault_id in morning.vaults]
    when = f"as of the look of {morning.look.looked_at:%Y-%m-%d %H:%M} UTC, the last that found something new,"
    return (
        f"{when} {len(unread)} vaults could not be asked: {', '.join(unread)}" if unread else f"{when} all were asked"
    )


def _table(obstacles: Sequence[Obstacle]) -> tuple[tuple[str, ...], ...]:
    if not obstacles:
        return ()
    rows = tuple(
        (
            one.what,
            one_line(one.subject),
            "" if one.tier is None else str(one.tier),
            "" if one.slot_at is None else f"{one.slot_at:%Y-%m-%d %H:%M} UTC",
            one.outcome or "",
            one_line(one.reason),
        )
        for one in obstacles
    )
    return (COLUMNS, *rows)


def _team(scope: str, owners: Owners, to: Mapping[str, str]) -> Team:
    key = to.get(scope, owners.rules[-1].team)
    if key not in owners.teams:
        raise ConfigurationError(
            f"watch.summary_to names team `{key}` for scope `{scope}`, which is not in the owners file.",
            next_step=f"Teams are {', '.join(sorted(owners.teams))}.",
        )
    return owners.team(key)
