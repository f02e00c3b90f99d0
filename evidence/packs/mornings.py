"""The morning's summaries of all scopes: the gate asked of each, with what stands open there.

Not here: wording (`evidence.runs.morning`), sending. Invariant: each scope is asked for itself, so that one that cannot be looked at hides no other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from evidence.errors import SourceError
from evidence.ledger.watches import last_look
from evidence.notify.interface import Message
from evidence.packs.gate import GateOrder, ask_gate
from evidence.packs.scope import PackScope
from evidence.records import Vault
from evidence.runs.gate import LEAST_CRITICAL, last_ended
from evidence.runs.morning import Morning, standing_in, summary_messages
from evidence.runs.outbox import Office
from evidence.runs.parts import Parts
from evidence.runs.problems import standing_problems
from evidence.runs.watch.asking import known_vaults
from evidence.settings.watch import WatchSettings
from evidence.tiers import TierRule


def mornings(
    parts: Parts, scopes: Sequence[PackScope], before: datetime, tiers: Sequence[TierRule]
) -> Iterator[Morning]:
    """What is known of each scope and the night that ended last before a moment."""
    entries = parts.ledger.entries()
    night = last_ended(parts.calendar, before)
    problems = standing_problems(parts.store, entries, tiers)
    vaults, look = _vaults(parts), last_look(entries)
    for scope in scopes:
        mine = {vault.vault_id: vault.name for vault in scope.chosen(vaults)}
        order = GateOrder(scope, night, before, LEAST_CRITICAL if tiers else None)
        verdict = ask_gate(parts, order, tiers)
        yield Morning(scope.name, night, before, verdict, standing_in(problems, mine), look, mine)


def morning_messages(office: Office, found: Sequence[Morning], watch: WatchSettings, now: datetime) -> list[Message]:
    """The summaries as messages to the teams of the scopes."""
    kinds = {name: channel.kind for name, channel in office.channels.items()}
    return [one for morning in found for one in summary_messages(morning, office.owners, kinds, watch.summary_to, now)]


def _vaults(parts: Parts) -> Sequence[Vault]:
    try:
        return known_vaults(parts, parts.ledger.entries())
    except SourceError:
        return ()  # before the first night: the gate says that nobody looked
