"""Says of each kind of thing what was read of it, and why not all.

Not here: asking. Invariants: `collected_zero` needs every answer whole and without a row; what could not be read is
counted and named, never dropped.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from evidence.records import WHOLE, Call, Coverage, Kind, Outcome
from evidence.sources.azure.questions import Reading

AS_OF_NOW: Final = frozenset(
    {
        Kind.VAULT,
        Kind.VAULT_CONFIG,
        Kind.STORAGE_CONFIG,
        Kind.ENCRYPTION_CONFIG,
        Kind.GUARD_PROXIES,
        Kind.POLICIES,
        Kind.PROTECTED_ITEMS,
        Kind.DELETED_ITEMS,
        Kind.CONTAINERS,
        Kind.BACKUP_ENGINES,
    }
)
"""Kinds of which Azure tells only the present state."""
LATE: Final = "captured after the following night had ended: what was read is the state at capture, not of that night"
GONE: Final = "every question was answered with 404, as for a vault that was deleted after it was listed"


def cover(
    kind: Kind,
    readings: Sequence[Reading],
    *,
    notes: Sequence[str] = (),
    not_asked: int = 0,
    quota: str | None = None,
    doubt: str | None = None,
) -> Coverage:
    """The coverage of a kind from what its questions brought.

    `not_asked` counts questions that should have been asked and were not, `quota` says which and why; `doubt` says why more of them may exist than
    anyone knows; a reading's own doubts say why its rows may not be all that was asked for; notes explain and change nothing.
    """
    answered = sum(reading.whole for reading in readings)
    collected = sum(len(reading.rows) for reading in readings)
    expected = len(readings) + not_asked
    pages = sum(answer.call.outcome == "ok" for reading in readings for answer in reading.answers)
    calls = [answer.call.call_id for reading in readings for answer in reading.answers]
    throttled = f"quota: {not_asked} further questions were not asked, as Azure throttles them"
    skipped = [quota or throttled] if not_asked else []
    doubts = [*([doubt] if doubt else []), *_counted(reading.doubts for reading in readings)]
    told = _counted(reading.notes for reading in readings)
    said = [*skipped, *doubts, *_failures(readings, expected), *told, *notes]
    return Coverage(
        kind=kind,
        outcome=_outcome(expected, answered, collected, unsure=bool(doubts), anything=answered > 0 or pages > 0),
        reason="; ".join(said) or None,
        expected=expected,
        answered=answered,
        collected=collected,
        first_call_id=calls[0] if calls else None,
        last_call_id=calls[-1] if calls else None,
    )


def seen_late(coverage: Coverage) -> Coverage:
    """The same in a late capture: present state tells nothing of a night long past."""
    if coverage.kind not in AS_OF_NOW or coverage.outcome not in WHOLE:
        return coverage
    reason = f"{LATE}; {coverage.reason}" if coverage.reason else LATE
    return replace(coverage, outcome=Outcome.NOT_OBSERVED_THEN, reason=reason)


def gone_vault(coverage: Sequence[Coverage], calls: Sequence[Call]) -> tuple[Coverage, ...]:
    """Says that the vault is gone, where every call was answered with 404."""
    if not calls or any(call.last.status != 404 for call in calls):  # noqa: PLR2004
        return tuple(coverage)
    return tuple(
        replace(row, outcome=Outcome.NOT_REACHED, reason=f"{GONE}; {row.reason}" if row.reason else GONE)
        for row in coverage
    )


def _outcome(expected: int, answered: int, collected: int, *, unsure: bool, anything: bool) -> Outcome:
    if answered == expected and not unsure:
        return Outcome.COLLECTED if collected else Outcome.COLLECTED_ZERO
    return Outcome.PARTIAL if anything else Outcome.NOT_REACHED


def _failures(readings: Sequence[Reading], expected: int) -> list[str]:
    failed = [reading for reading in readings if not reading.whole]
    if not failed:
        return []
    if expected == 1:
        return [failed[0].failure or ""]
    counts = Counter(reading.brief or "" for reading in failed)
    first = {reading.brief or "": _last_call(reading) for reading in reversed(failed)}
    told = [f"{brief} ({count}, first in call {first.get(brief)})" for brief, count in counts.most_common()]
    return [f"{len(failed)} of {expected} questions not answered whole: {', '.join(told)}"]


def _last_call(reading: Reading) -> str:
    return reading.answers[-1].call.call_id if reading.answers else "none: it was not sent"


def _counted(notes: Iterable[Sequence[str]]) -> list[str]:
    counts = Counter(note for told in notes for note in told)
    return [note if count == 1 else f"{note} (in each of {count} lists)" for note, count in counts.items()]
