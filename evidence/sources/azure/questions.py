"""What is asked of Azure, and what came of it: one question may take several calls (pages).

Values only. Invariant: an answer's rows are the elements of a body that parses; a body that does not has none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from evidence.records import ESSENTIAL, Call, Kind

Row = Mapping[str, object]
_NAMED: Final = 3
"""How many of the things left out are named in a reason."""


class Shape(Enum):
    """What a body must be."""

    LIST = "list"
    OBJECT = "object"
    GRAPH = "graph"
    """A page of Resource Graph: rows in `data`, the way to the next one in `$skipToken`."""
    DOCUMENT = "document"
    """Any JSON object, such as what ARM tells of a resource provider."""


@dataclass(frozen=True, slots=True)
class Question:
    """What one call is about."""

    kind: Kind
    shape: Shape
    subject: str | None = None
    name: str | None = None
    """Name that the object answered must bear, compared without case; None where any will do."""
    body: str | None = None
    """What is sent with a query that Azure takes by POST only."""
    essential: bool = False
    """Whether it comes before others although its kind is not essential, as details of a restore do."""
    yields: bool = False
    """Whether it leaves the last of a budget to others although its kind is essential, as the watch does between nights."""

    @property
    def is_essential(self) -> bool:
        """Whether the last of a budget may be spent on it."""
        return not self.yields and (self.essential or self.kind in ESSENTIAL)


@dataclass(frozen=True, slots=True)
class Answer:
    """One call with the rows of its body."""

    call: Call
    rows: tuple[Row, ...]
    brief: str | None
    """The call's reason without what differs from item to item, so that equal failures can be counted."""
    throttled: bool
    """Whether Azure asked for a longer wait than is allowed."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of one question: its calls in order, and whether all of it was read."""

    answers: tuple[Answer, ...]
    failure: str | None = None
    """Why it was not read whole; None where it was."""
    brief: str | None = None
    notes: tuple[str, ...] = ()
    """What a reader of whole rows should still know."""
    doubts: tuple[str, ...] = ()
    """Why the answers, although every one came, may not be what was asked for."""
    refused: bool = False
    """Whether it ended because the budget did not allow a question; then nothing was sent for that one."""

    @property
    def whole(self) -> bool:
        """Whether every page was read."""
        return self.failure is None

    @property
    def rows(self) -> tuple[Row, ...]:
        """All rows of all pages, in order."""
        return tuple(row for answer in self.answers for row in answer.rows)

    @property
    def throttled(self) -> bool:
        """Whether it ended because Azure asked for too long a wait."""
        return any(answer.throttled for answer in self.answers)

    @property
    def missing(self) -> bool:
        """Whether Azure said that there is no such thing (404)."""
        return bool(self.answers) and self.answers[-1].call.last.status == 404  # noqa: PLR2004


@dataclass(frozen=True, slots=True)
class Readings:
    """What came of many questions of one kind."""

    readings: tuple[Reading, ...]
    not_asked: int
    """Questions left out because the budget did not allow them, or Azure throttles the kind for longer than may be waited."""
    left_out: tuple[str, ...] = ()
    """What they were about, in the order of their turn, where it has names."""
    why: str | None = None
    """Why they were left out."""

    @property
    def rows(self) -> tuple[Row, ...]:
        """All rows of all readings, in order."""
        return tuple(row for reading in self.readings for row in reading.rows)

    @property
    def whole(self) -> bool:
        """Whether every question was asked and answered whole."""
        return not self.not_asked and all(reading.whole for reading in self.readings)

    @property
    def quota(self) -> str | None:
        """What was left out and why, beginning with `quota:`; None where nothing was."""
        if not self.not_asked:
            return None
        total = self.not_asked + len(self.readings)
        names = f" ({_first_of(self.left_out)})" if self.left_out else ""
        why = f": {self.why}" if self.why else ""
        return f"quota: {self.not_asked} of {total} questions were not asked{names}{why}"


def ask_each(questions: Sequence[Callable[[], Reading]], names: Sequence[str] = ()) -> Readings:
    """Ask one after the other, and stop where budget or throttling ends it: more questions would only be refused too.

    `names` say what the questions are about, one each, where it has names.
    """
    readings: list[Reading] = []
    why = None
    for ask in questions:
        reading = ask()
        if reading.answers or not reading.refused:
            readings.append(reading)
        if reading.throttled or reading.refused:
            why = (reading.brief if reading.refused else reading.failure) or ""
            break
    asked = len(readings)
    return Readings(
        tuple(readings), len(questions) - asked, tuple(names[asked:]), (why or "").removeprefix("quota: ") or None
    )


def _first_of(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
