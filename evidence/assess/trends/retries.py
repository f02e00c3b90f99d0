"""Attempts at one backup: the ordered jobs of a slot (analytics 6.5).

Azure gives a retry a new job id, so jobs are linked by item and slot. Invariant: an attempt after the slot's end belongs to the next slot.
"""

from __future__ import annotations

from collections.abc import Iterable

from evidence.assess.slots.values import Expected, SlotJob
from evidence.assess.trends.values import Chain


def retry_chain(slot: Expected, jobs: Iterable[SlotJob], *, starter_told: bool = True) -> Chain | None:
    """The chain of a slot in which a job failed; None where none did. `starter_told`: False for Files, whose jobs always deny a person."""
    raise NotImplementedError
