"""What a chart shows: cells, bars and dots with their counts, and the sentence that says what is to be seen.

Not here: where anything stands on the page and how it is coloured (`reports.charts`), how the numbers are counted (the other
modules of this package). Invariant: every share has its denominator, what is not known has a state or an amount of its own,
and a chart that has nothing to draw says in words why.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

GOOD, WARNING, FAILED, NO_DATA, NONE_BEGAN, NOT_DUE = "good", "warning", "failed", "no_data", "none_began", "not_due"
NIGHT_STATES = (GOOD, WARNING, FAILED, NO_DATA, NONE_BEGAN, NOT_DUE)
"""States of a night of one vault or region. `no_data`: nobody looked, or not at all of it; `none_began`: it was read, and no
backup began; `not_due`: no policy called for a run."""
CODE, OTHER, NO_CODE = "code", "other", "no_code"
PART_KINDS = (CODE, OTHER, NO_CODE)
"""What a part of a bar stands for: one code or region, all others together, or what told none."""


@dataclass(frozen=True, slots=True)
class NightCell:
    """One night of one panel."""

    night: date
    state: str
    """One of NIGHT_STATES."""


@dataclass(frozen=True, slots=True)
class NightPanel:
    """The nights of one vault or region; nights on which it was not there have no cell."""

    label: str
    cells: tuple[NightCell, ...]


@dataclass(frozen=True, slots=True)
class NightCalendar:
    """Weeks by weekdays for each vault or region."""

    first: date
    last: date
    panels: tuple[NightPanel, ...]


@dataclass(frozen=True, slots=True)
class AttainmentRow:
    """How much of a tier was within its recovery point objective."""

    label: str
    met: int
    missed: int
    unknown: int
    """Looked at and not to be judged: never among the met."""


@dataclass(frozen=True, slots=True)
class AttainmentStrip:
    """One strip a tier."""

    unit: str
    """What is counted, as `item hours`."""
    rows: tuple[AttainmentRow, ...]
    words: tuple[str, str, str] = ("within", "not within", "not known")
    """What is said of what was met, missed and not known."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part that bars are split into."""

    label: str
    kind: str
    """One of PART_KINDS."""
    key: str
    """One letter or sign that stands for it in the drawing."""


@dataclass(frozen=True, slots=True)
class StackedBar:
    """One bar: amounts in the order of the chart's parts."""

    label: str
    amounts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class StackedPanel:
    """The bars of one workload, longest first."""

    label: str
    bars: tuple[StackedBar, ...]


@dataclass(frozen=True, slots=True)
class StackedBars:
    """Small multiples of stacked bars on one scale."""

    parts: tuple[Part, ...]
    """Largest first; others and unknown ones stand last."""
    panels: tuple[StackedPanel, ...]


@dataclass(frozen=True, slots=True)
class AgingBucket:
    """Open exceptions of one span of ages."""

    label: str
    amounts: tuple[int, ...]
    """In the order of the chart's parts."""
    before: int | None
    """How many there were a week earlier; None where that is not known."""


@dataclass(frozen=True, slots=True)
class AgingBars:
    """Open exceptions by age, each bar split by region; buckets youngest first."""

    parts: tuple[Part, ...]
    """Regions, most exceptions first."""
    buckets: tuple[AgingBucket, ...]


@dataclass(frozen=True, slots=True)
class RestoreTime:
    """How long one restore took, and how long it may take."""

    label: str
    """What was restored."""
    began: str
    minutes: float | None
    """None where it did not end, or its times are not known."""
    target_minutes: float
    note: str
    """What stands beside it, as the reason why there is no time."""


@dataclass(frozen=True, slots=True)
class RestoreTimes:
    """Times and targets on one logarithmic axis of minutes, one line a drill or restore."""

    rows: tuple[RestoreTime, ...]


@dataclass(frozen=True, slots=True)
class DrillLine:
    """The time of one drill, in minutes from the declared loss: the job by itself, when the service was usable, and when it had to be."""

    says: str
    """The same in words."""
    job: tuple[float, float] | None
    """Begin and end of the restore job, which is no recovery time."""
    usable: float | None
    """None: not stated."""
    target: float | None
    """Recovery time objective; None: no target set."""
    met: bool | None
    """None: not measured, or no target."""


Drawing = NightCalendar | AttainmentStrip | StackedBars | AgingBars | RestoreTimes


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart with its finding and the numbers it is drawn from."""

    anchor: str
    """`C-01`, the same in every pack of a kind."""
    title: str
    finding: str
    """What is to be seen, with counts; where nothing is drawn, why. It is also what a reader hears who does not see."""
    drawing: Drawing | None
    """None where nothing can be drawn honestly."""
    columns: tuple[str, ...] = ()
    """Headings of the numbers below the drawing; the first column is text, all others are numbers. None where all of
    them stand in the drawing; of stacked bars one row a part."""
    rows: tuple[tuple[str, ...], ...] = ()
    source: str = ""
    """Sentence that names the file of the pack that holds the rows counted here."""
