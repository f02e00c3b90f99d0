"""The chapter on expected runs: what came of each run that policies called for, and the exceptions that are open. Pure.

Not here: judging a run (`evidence.assess.slots`), restore jobs. Invariants: every run that was due is in exactly one column of its workload; a pack
whose nights were sealed before runs were judged says so.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from evidence.assess.aging import BUCKETS
from evidence.assess.findings import Severity
from evidence.assess.slots.values import GOOD, OPEN, Outcome
from evidence.packs.chapters.material import Material
from evidence.packs.charts.attainment import runs_chart
from evidence.packs.charts.values import AttainmentRow, Chart
from evidence.packs.columns import plain
from evidence.packs.interface import Fact, ReportColumn, ReportTable, Section
from evidence.packs.select import Selection
from evidence.packs.texts import plural, text
from evidence.tables import EXCEPTIONS, SLOTS

FILE, OF_EXCEPTIONS = "data/slots.csv", "data/exceptions.csv"
NOT_JUDGED = "The nights of this pack were sealed before expected runs were judged."
_COLUMNS: Sequence[tuple[str, frozenset[Outcome]]] = (
    ("Proven", GOOD),
    ("No point", frozenset({Outcome.SUCCESS_NO_POINT})),
    ("Warning", frozenset({Outcome.WARNING})),
    ("Failed", frozenset({Outcome.FAILED})),
    ("Cancelled", frozenset({Outcome.CANCELLED})),
    ("Silent", frozenset({Outcome.SILENT})),
    ("Late", frozenset({Outcome.RUNNING_LATE})),
    ("Pending", frozenset({Outcome.PENDING})),
    ("Unknown", frozenset({Outcome.UNKNOWN})),
)
"""Every outcome of a run that was due."""
_ENDED = ("closed", "withdrawn")
_SEVERITIES = tuple(str(one) for one in Severity)
Tally = Mapping[str, Counter[str]]


def runs_chapter(of: Material) -> Section:
    """The chapter; pure."""
    due = due_runs(of.selection)
    by_workload = _tally(due, "workload")
    sentences = _cited(of) if judged(of.selection) else (NOT_JUDGED,)
    tables = (_runs(of, by_workload), *((_exceptions(of),) if EXCEPTIONS.name in of.selection.tables else ()))
    return Section("S-16", "Expected runs and exceptions", sentences, (), tables, None if of.is_night else _chart(due))


def judged(selection: Selection) -> bool:
    """Whether any run of the period was judged."""
    return SLOTS.name in selection.tables and selection.tables[SLOTS.name].num_rows > 0


def due_runs(selection: Selection) -> pa.Table:
    """`workload`, `tier`, `outcome`, `vault_id` and `event_night` of runs that were due."""
    columns = ["workload", "tier", "outcome", "vault_id", "event_night"]
    rows = plain(selection.tables[SLOTS.name].select(columns))
    return rows.filter(pc.not_equal(rows["outcome"], pa.scalar(str(Outcome.NOT_EXPECTED))))


def nights_not_due(selection: Selection) -> frozenset[tuple[str, date]]:
    """Nights of vaults on which no policy called for a run: runs of other vaults were judged, and of this one none was due."""
    due = due_runs(selection).group_by(["vault_id", "event_night"]).aggregate([])
    days: list[Any] = due["event_night"].to_pylist()
    pairs: set[tuple[str | None, date]] = set(zip(due["vault_id"].to_pylist(), days, strict=True))
    nights = {night for _, night in pairs}
    return frozenset(
        (vault.vault_id, night)
        for vault in selection.vaults
        for night in nights
        if (vault.vault_id, night) not in pairs
    )


def runs_fact(selection: Selection) -> Fact:
    """What the cover says of expected runs."""
    due = due_runs(selection)
    return Fact("Scheduled runs expected", _sentences(due)[0] if judged(selection) else NOT_JUDGED)


def _sentences(due: pa.Table) -> tuple[str, ...]:
    outcomes = _tally(due, None)[""]
    whole, good = sum(outcomes.values()), sum(outcomes[str(one)] for one in GOOD)
    unsure = [f"{outcomes[str(one)]:,} {one}" for one in sorted(OPEN) if outcomes[str(one)]]
    told = f"Of {plural(whole, 'run')} that policies called for, {good:,} are proven by a job and its recovery point"
    return (f"{told}; not known: {', '.join(unsure)}." if unsure else f"{told}.",)


def _cited(of: Material) -> tuple[str, ...]:
    proven = f"Of the runs that policies called for, a job and its recovery point prove {of.cite('F-51')}; not known: {of.cite('F-52')}."
    recovered = f"Failed first and recovered by a later job: {of.cite('F-53')}"
    if not of.any("F-53"):
        return proven, f"{recovered}."
    return proven, f"{recovered}; median minutes from when the run was due: {of.cite('F-54')}."


def _tally(due: pa.Table, column: str | None) -> Tally:
    """Runs by a column's value and outcome."""
    keys = ["outcome"] if column is None else [column, "outcome"]
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for row in due.group_by(keys).aggregate([([], "count_all")]).to_pylist():
        found["" if column is None else text(row[column])][row["outcome"]] += row["count_all"]
    return found


def _runs(of: Material, by_workload: Tally) -> ReportTable:
    rows = []
    for workload, outcomes in sorted(by_workload.items()):
        counts = [sum(outcomes[str(one)] for one in wanted) for _, wanted in _COLUMNS]
        rows.append((workload, *(f"{count:,}" for count in counts), f"{counts[0]:,} / {sum(counts):,}"))
    columns = (
        ReportColumn("Workload", 16),
        *(ReportColumn(name, 8, align_right=True) for name, _ in _COLUMNS),
        ReportColumn("Proven / due", 13, align_right=True),
    )
    return of.table(
        "T-45",
        "Expected runs by workload and outcome",
        f"Each run that a policy, as it stood then, called for; the rows are {FILE}. Unknown is neither good nor bad; pending is not final.",
        columns,
        rows,
        total=len(rows),
        file=None,
        empty=NOT_JUDGED if not judged(of.selection) else "No policy called for a run.",
    )


def _exceptions(of: Material) -> ReportTable:
    found = of.selection.tables[EXCEPTIONS.name].select(["state", "hint", "severity", "bucket"])
    open_ = found.filter(pc.invert(pc.is_in(found["state"], value_set=pa.array(_ENDED))))
    counted: Counter[tuple[str, str]] = Counter()
    for row in open_.filter(pc.invert(open_["hint"])).to_pylist():
        counted[row["bucket"], row["severity"]] += 1
    rows = [
        (
            name,
            *(f"{counted[name, one]:,}" for one in _SEVERITIES),
            f"{sum(counted[name, one] for one in _SEVERITIES):,}",
        )
        for name in BUCKETS
        if any(counted[name, one] for one in _SEVERITIES)
    ]
    columns = (
        ReportColumn("Age in days", 20),
        *(ReportColumn(one.capitalize(), 12, align_right=True) for one in _SEVERITIES),
        ReportColumn("Open", 12, align_right=True),
    )
    return of.table(
        "T-46",
        "Exceptions open at the end, by age",
        f"Hints are left out; each exception, with what closed those that ended, is a row of {OF_EXCEPTIONS}.",
        columns,
        rows,
        total=len(rows),
        file=None,
        empty="No exception was open.",
    )


def _chart(due: pa.Table) -> Chart:
    return runs_chart(_strips(_tally(due, "tier")), f"Counted from {FILE}.")


def _strips(by_tier: Tally) -> Sequence[AttainmentRow]:
    rows = []
    for tier, outcomes in sorted(by_tier.items()):
        good, open_ = (sum(outcomes[str(one)] for one in many) for many in (GOOD, OPEN))
        label = f"Tier {tier}" if tier.isdigit() else "No tier"
        rows.append(AttainmentRow(label, good, sum(outcomes.values()) - good - open_, open_))
    return rows
