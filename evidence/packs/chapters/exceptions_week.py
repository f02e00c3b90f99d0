"""The chapter on the exceptions of a week: the five oldest with owner and state, what moved, each region, and all of them. Pure.

Not here: which there are (`evidence.packs.aging.exceptions`), failures of jobs that nothing resolved (`aging`). Invariant: hints are counted apart; a week of which no
night was judged says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from evidence.assess.aging import BUCKETS, UNKNOWN
from evidence.assess.exceptions.weekly import Moved
from evidence.packs.chapters.material import Material
from evidence.packs.charts.aging import OpenBySpan, aging_chart
from evidence.packs.charts.values import Chart
from evidence.packs.interface import ReportColumn, ReportTable, Section
from evidence.packs.texts import moment, plural, text
from evidence.tables import EXCEPTIONS_WEEK

OLDEST = 5
FILE = f"data/{EXCEPTIONS_WEEK.name}.csv"
NOT_JUDGED = "No night of this week was judged, so that no exception is told."
NO_REGION, NOBODY = "region not known", "nobody"
_ENDED = ("closed", "withdrawn")
_AGES = tuple(one for one in BUCKETS if one != UNKNOWN)
Row = Mapping[str, object]
_LINE = (
    ReportColumn("Item or vault", 20),
    ReportColumn("Problem", 14),
    ReportColumn("Owner", 12),
    ReportColumn("State", 16),
    ReportColumn("Since (UTC)", 13),
    ReportColumn("Age, days", 7, align_right=True),
    ReportColumn("Bucket", 8),
    ReportColumn("Past due", 6),
    ReportColumn("What was found", 40, below=True),
)


def exceptions_chapter(of: Material) -> Section:
    """The chapter; pure."""
    rows = sorted(of.selection.tables[EXCEPTIONS_WEEK.name].to_pylist(), key=_place)
    standing = [row for row in rows if row["state"] not in _ENDED and not row["hint"]]
    tables = (_oldest(of, standing), _moved(of, rows), _regions(of, rows, standing), _every(of, standing))
    return Section(
        "S-19", "Exceptions of the week", tuple(_sentences(rows, standing)), (), tables, _chart(rows, standing)
    )


def _place(row: Row) -> int:
    return int(str(row["place"]))


def _sentences(rows: Sequence[Row], standing: Sequence[Row]) -> Iterator[str]:
    if not rows:
        yield "No exception stands at the end of the week and none moved in it, or no night of it was judged; S-16 tells which runs were."
        return
    states = Counter(str(row["state"]) for row in standing)
    told = ", ".join(f"{state.replace('_', ' ')} {number:,}" for state, number in sorted(states.items()))
    late = sum(bool(row["past_due"]) for row in standing)
    ownerless = sum(row["owner"] is None for row in standing)
    first = rows[0]
    yield (
        f"{plural(len(standing), 'exception')} stand as the assessment of the night of {first['night']} left them "
        f"({moment(first['as_of'])} UTC): {told or 'none'}; {late:,} past due, {ownerless:,} without an owner."
    )
    hints = sum(bool(row["hint"]) for row in rows)
    yield f"Hints are counted apart and decide nothing: {hints:,}."
    moved = Counter(str(row["moved"]) for row in rows if row["moved"])
    if any(row["previous_state"] or row["moved"] for row in rows):
        yield f"Since a week before: {', '.join(f'{one} {moved[str(one)]:,}' for one in Moved if moved[str(one)]) or 'nothing moved'}."
    else:
        yield "What moved is not told: no night before the week was judged, or nothing was known then."


def _cells(row: Row) -> tuple[str, ...]:
    return (
        text(row["subject"]),
        text(row["class"]).replace("_", " "),
        text(row["owner"] or NOBODY),
        _state(row),
        moment(row["first_seen"]),
        text(row["age_days"]),
        text(row["bucket"]),
        "yes" if row["past_due"] else "no",
        text(row["summary"]),
    )


def _state(row: Row) -> str:
    """The state as people say it: an accepted risk with its last day and whose approval it is, an end with its proof."""
    state = str(row["state"]).replace("_", " ")
    grade = f" (grade {row['decision_grade']})" if row["decision_grade"] else ""
    if row["state"] == "accepted":
        return f"accepted until {row['accepted_until']} by {text(row['approver'])}{grade}"
    if row["state"] == "acknowledged":
        return f"acknowledged by {text(row['decided_by'])}{grade}"
    if row["state"] == "closed":
        return "closed with proof" if row["closed_by_job_id"] else f"closed{grade}"
    return state


def _oldest(of: Material, standing: Sequence[Row]) -> ReportTable:
    return of.table(
        "T-90",
        "The five oldest exceptions",
        "By when the problem arose first in its episode; hints left out.",
        _LINE,
        [_cells(row) for row in standing[:OLDEST]],
        total=min(len(standing), OLDEST),
        file=FILE,
        empty="No exception stands.",
    )


def _moved(of: Material, rows: Sequence[Row]) -> ReportTable:
    order = {str(one): place for place, one in enumerate(Moved)}
    moved = sorted((row for row in rows if row["moved"]), key=lambda row: (order[str(row["moved"])], _place(row)))
    columns = (
        ReportColumn("Moved", 10),
        ReportColumn("Item or vault", 20),
        ReportColumn("Problem", 14),
        ReportColumn("Owner", 12),
        ReportColumn("Before", 14),
        ReportColumn("Now", 16),
        ReportColumn("Why", 40, below=True),
    )
    cells = [
        (
            text(row["moved"]),
            text(row["subject"]),
            text(row["class"]).replace("_", " "),
            text(row["owner"] or NOBODY),
            _before(row),
            f"{_state(row)}, {row['bucket']} days",
            text(row["closed_because"] or row["summary"]),
        )
        for row in moved
    ]
    return of.table(
        "T-91",
        "What moved since a week before",
        "Closed ones name the job and the recovery point that prove it in the file; a person closes only what was removed or wanted.",
        columns,
        cells,
        total=len(cells),
        file=FILE,
        empty="Nothing moved, or nothing was compared.",
    )


def _before(row: Row) -> str:
    state, bucket = row["previous_state"], row["previous_bucket"]
    if state is None:
        return "not there"
    told = str(state).replace("_", " ")
    return told if bucket is None else f"{told}, {bucket} days"


def _regions(of: Material, rows: Sequence[Row], standing: Sequence[Row]) -> ReportTable:
    names = sorted({_region(row) for row in rows})
    ages = Counter((_region(row), str(row["bucket"])) for row in standing)
    late = Counter(_region(row) for row in standing if row["past_due"])
    hints = Counter(_region(row) for row in rows if row["hint"])
    columns = (
        ReportColumn("Region", 20),
        *(ReportColumn(name, 8, align_right=True) for name in _AGES),
        ReportColumn("All", 8, align_right=True),
        ReportColumn("Past due", 9, align_right=True),
        ReportColumn("Hints", 8, align_right=True),
    )
    cells = [
        (
            name,
            *(f"{ages[name, age]:,}" for age in _AGES),
            f"{sum(ages[name, age] for age in _AGES):,}",
            f"{late[name]:,}",
            f"{hints[name]:,}",
        )
        for name in names
    ]
    return of.table(
        "T-92",
        "Exceptions by region and age in days",
        "Those that stand; hints in a column of their own.",
        columns,
        cells,
        total=len(cells),
        file=FILE,
        empty="No exception stands or moved.",
    )


def _every(of: Material, standing: Sequence[Row]) -> ReportTable:
    return of.table(
        "T-93",
        "Every exception that stands",
        "Oldest first.",
        _LINE,
        [_cells(row) for row in standing],
        total=len(standing),
        file=FILE,
        empty="No exception stands.",
    )


def _region(row: Row) -> str:
    return str(row["region"] or NO_REGION)


def _chart(rows: Sequence[Row], standing: Sequence[Row]) -> Chart:
    """Those of a week before are the ones that stand still, and the ones that ended since."""
    judged = [row for row in rows if not row["hint"]]
    compared = any(row["previous_state"] for row in judged)
    before = Counter(str(row["previous_bucket"]) for row in judged if row["previous_bucket"])
    spans = [
        OpenBySpan(
            f"{name} days",
            dict(Counter(_region(row) for row in standing if row["bucket"] == name)),
            before[name] if compared else None,
        )
        for name in _AGES
    ]
    return replace(aging_chart(spans, f"Counted from {FILE}."), anchor="C-06")
