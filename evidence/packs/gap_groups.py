"""Gaps as people read them: one line for each subject and cause, its kinds and nights counted. Pure.

Every gap with its whole reason stands in `data/completeness.json`; here the cause is named in the words that say most.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from evidence.packs.completeness import Gap
from evidence.packs.texts import plural, subject_name

_ANSWER = re.compile(r"HTTP \d{3}(?: \w+)?")
_BROKEN = re.compile(r"no whole answer came: (\w+)")
_SEVERAL = re.compile(r"questions not answered whole: (?:page \d+: )?(.+?) \(\d+, first in call")


@dataclass(frozen=True, slots=True)
class GapGroup:
    """Gaps of one subject with one cause."""

    subject: str
    outcome: str
    cause: str
    kinds: tuple[str, ...]
    nights: tuple[date, ...]
    essential: bool
    gaps: int

    @property
    def when(self) -> str:
        """`2026-11-01`, or `10 nights from 2026-11-01 to 2026-11-10`."""
        first, last = self.nights[0], self.nights[-1]
        return str(first) if first == last else f"{plural(len(self.nights), 'night')} from {first} to {last}"

    @property
    def sentence(self) -> str:
        """The whole in one sentence."""
        what = f" ({', '.join(self.kinds)})" if self.kinds else ""
        return f"{self.subject}{what}, {self.when}: {self.outcome}, {self.cause}."


def cause_of(reason: str) -> str:
    """The words of a reason that say most, so that equal causes of many questions are told once.

    Azure's answer, or how the connection broke, where the reason names one; of several questions what their failures have in common;
    else all up to the first colon or full stop.
    """
    answer = _ANSWER.search(reason)
    if answer:
        return answer.group()
    broken = _BROKEN.search(reason)
    if broken:
        return f"no whole answer came ({broken[1]})"
    several = _SEVERAL.search(reason)
    if several:
        return several[1]
    return re.split(r"[:.](?:\s|$)", reason, maxsplit=1)[0]


def group_gaps(gaps: Sequence[Gap], names: Mapping[str, str]) -> tuple[GapGroup, ...]:
    """Groups in the order of their worst gap."""
    grouped: dict[tuple[str, str, str], list[Gap]] = defaultdict(list)
    for gap in gaps:
        grouped[subject_name(gap.subject_id, names), gap.outcome, cause_of(gap.reason)].append(gap)
    return tuple(_group(subject, outcome, cause, found) for (subject, outcome, cause), found in grouped.items())


def _group(subject: str, outcome: str, cause: str, found: Sequence[Gap]) -> GapGroup:
    return GapGroup(
        subject=subject,
        outcome=outcome.replace("_", " "),
        cause=cause,
        kinds=tuple(sorted({gap.kind.replace("_", " ") for gap in found if gap.kind})),
        nights=tuple(sorted({gap.night for gap in found})),
        essential=any(gap.essential for gap in found),
        gaps=len(found),
    )
