"""Failures that come again: the same item and error family in expected slots, not in calendar nights (analytics 6.4).

Not here: outbreaks. Invariants: an unknown or open slot is neither a failure nor a bridge between two; a weekly policy recurs by its weeks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from evidence.assess.findings import Class, Finding, Severity
from evidence.assess.slots.values import BAD, OPEN, Judged, Outcome, Part
from evidence.assess.trends.values import SlotHistory

CONSECUTIVE = 2
"""Expected slots in a row from which a failure is recurring."""
FLAPPING, OF_LAST = 3, 7
"""Failures of so many last expected slots from which it is."""


@dataclass(frozen=True, slots=True)
class Recurrence:
    """How often one family failed, ending with the slot that is looked at."""

    family: str
    slots: tuple[Judged, ...]
    """The failures that show it, in order."""
    in_a_row: int
    of_last: int
    """Expected slots that were looked at for it."""


def family_of(judged: Judged) -> str:
    """The error family of a bad slot; where no job told an error, its outcome's name."""
    return judged.error_family or str(judged.outcome)


def recurring(histories: Iterable[SlotHistory], night: date) -> Iterator[Finding]:
    """Findings of items whose slot of this night failed again; hand over items with a bad slot this night, from all vaults and regions."""
    for history in histories:
        found: dict[str, Recurrence] = {}
        for slots in _sequences(history.slots):
            tonight = [number for number, one in enumerate(slots) if one.night == night and one.outcome in BAD]
            for number in tonight:
                one = recurrence(slots[: number + 1])
                if one is not None and one.in_a_row >= (found[one.family].in_a_row if one.family in found else 0):
                    found[one.family] = one
        for family in sorted(found):
            yield _finding(history, found[family], night)


def recurrence(slots: Sequence[Judged]) -> Recurrence | None:
    """Whether the last of these slots failed for a family that recurs; slots of one part, or of all parts but logs, in order."""
    if not slots or slots[-1].outcome not in BAD:
        return None
    # What was not expected is no slot; a run of full backups is judged by its own weeks.
    expected = [one for one in slots if one.outcome is not Outcome.NOT_EXPECTED]
    family = family_of(slots[-1])
    row: list[Judged] = []
    for one in reversed(expected):
        if one.outcome not in BAD or family_of(one) != family:
            break
        row.append(one)
    last = [one for one in expected if one.outcome is not Outcome.PENDING][-OF_LAST:]
    failures = [one for one in last if one.outcome in BAD and family_of(one) == family]
    if len(row) >= CONSECUTIVE:
        return Recurrence(family, tuple(reversed(row)), len(row), len(last))
    return Recurrence(family, tuple(failures), len(row), len(last)) if len(failures) >= FLAPPING else None


def failing_since(slots: Sequence[Judged]) -> int:
    """Expected slots since the last success, whatever the error; unknown and open ones are not counted, and hide no success."""
    count = 0
    for one in reversed(slots):
        if one.outcome in BAD:
            count += 1
        elif one.outcome not in OPEN and one.outcome is not Outcome.NOT_EXPECTED:
            break
    return count


def weekly_counts(histories: Iterable[SlotHistory]) -> Mapping[tuple[str, str], Mapping[tuple[int, int], int]]:
    """Failed slots by item and family, then by ISO year and week of the slot's night."""
    found: dict[tuple[str, str], dict[tuple[int, int], int]] = defaultdict(lambda: defaultdict(int))
    for history in histories:
        for one in history.slots:
            if one.outcome in BAD:
                year, week, _ = one.night.isocalendar()
                found[history.about.item_key, family_of(one)][year, week] += 1
    return {key: dict(sorted(weeks.items())) for key, weeks in sorted(found.items())}


def _sequences(slots: Sequence[Judged]) -> Iterator[Sequence[Judged]]:
    """The slots of each part, and those of all parts but logs together: full and differential backups take turns."""
    by_part: dict[Part, list[Judged]] = defaultdict(list)
    for one in slots:
        by_part[one.slot.part].append(one)
    yield from by_part.values()
    backups = [one for one in slots if one.slot.part is not Part.LOG]
    if sum(part is not Part.LOG for part in by_part) > 1:
        yield backups


def _finding(history: SlotHistory, found: Recurrence, night: date) -> Finding:
    about, last = history.about, found.slots[-1]
    row = found.in_a_row >= CONSECUTIVE
    how = (
        f"in {found.in_a_row} expected runs in a row"
        if row
        else f"in {len(found.slots)} of the last {found.of_last} expected runs"
    )
    codes = tuple(dict.fromkeys(code for one in found.slots for code in one.error_codes))
    return Finding(
        Class.RECURRING,
        about.severity(Severity.ERROR),
        about.vault_id,
        about.item_key,
        about.name,
        found.family,
        last.slot.slot_at,
        night,
        f"{found.family}: {how}, first on {found.slots[0].slot.slot_at:%Y-%m-%d %H:%M} UTC.",
        about.workload,
        job_ids=tuple(dict.fromkeys(job for one in found.slots for job in one.job_ids)),
        error_codes=codes,
        recommendation=history.recommendation,
        slots=len(found.slots),
        part=last.slot.part,
    )
