"""The chapter on failures that nothing resolved: the five oldest, what moved, and all of them by age, region and workload. Pure.

Not here: the judgement (`evidence.assess.aging`). Invariant: what is unknown is counted by itself, and nothing unresolved is left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from evidence.assess.aging import BUCKETS, UNKNOWN
from evidence.packs.aging.pack import WHOLE_VAULT
from evidence.packs.chapters.material import Material
from evidence.packs.charts.aging import OpenBySpan, aging_chart
from evidence.packs.interface import ReportColumn, ReportTable, Section
from evidence.packs.texts import item_name, moment, plural, text
from evidence.tables import AGING

OLDEST = 5
FILE = "data/aging.csv"
NO_REGION, NO_WORKLOAD = "region not known", "workload not told"
Row = Mapping[str, object]
_LINE = (
    ReportColumn("Item", 22),
    ReportColumn("Vault", 22, below=True),
    ReportColumn("Operation", 14),
    ReportColumn("First failure (UTC)", 14),
    ReportColumn("Age, days", 7, align_right=True),
    ReportColumn("Nights failing", 8, align_right=True),
    ReportColumn("State", 10),
    ReportColumn("Last error", 36),
    ReportColumn("Why", 36, below=True),
)


def aging_chapter(of: Material) -> Section:
    """The chapter; pure."""
    rows = of.selection.tables[AGING.name].to_pylist()
    failures = sorted((row for row in rows if _is_open(row)), key=_age)
    unread = [row for row in rows if row["subject"] == WHOLE_VAULT]
    split = (
        _split(of, "T-62", "region", failures, lambda row: text_or(row["region"], NO_REGION)),
        _split(of, "T-63", "workload", failures, lambda row: text_or(row["workload"], NO_WORKLOAD)),
    )
    # Where there is no failure the table of them all says so, once.
    oldest = (_oldest(of, failures),) if failures else ()
    tables = (*oldest, _moved(of, rows), *(split if failures else ()), _every(of, [*failures, *unread]))
    chart = aging_chart(_spans(rows, failures), f"Counted from {FILE}.")
    return Section(
        "S-15", "Failures that nothing resolved", tuple(_sentences(rows, failures, unread)), (), tables, chart
    )


def text_or(value: object, instead: str) -> str:
    """A text, or what stands for none."""
    return str(value) if value else instead


def _is_open(row: Row) -> bool:
    return row["bucket"] is not None and row["subject"] != WHOLE_VAULT


def _age(row: Row) -> tuple[str, str, str, str]:
    return (str(row["first_failure_at"]), str(row["vault_id"]), str(row["subject"]), str(row["operation"]))


def _sentences(rows: Sequence[Row], failures: Sequence[Row], unread: Sequence[Row]) -> Iterator[str]:
    unknown = sum(row["bucket"] == UNKNOWN for row in failures)
    yield (
        f"{plural(len(failures), 'unresolved failure')} at the end of the period, counted by item and operation; "
        f"of {unknown:,} of them it cannot be told whether they were resolved."
    )
    yield "A failure is resolved by a later completed job together with a recovery point of that job, and by nothing less."
    yield "The age runs from the first failed job since the last success to the end of the period's last night."
    if unread:
        yield f"Job lists of {plural(len(unread), 'vault')} were not read whole: failures of other items there are not known."
    before = {str(row["previous_pack"]) for row in rows if row["previous_pack"]}
    if before:
        moved = Counter(str(row["moved"]) for row in rows if row["moved"])
        told = ", ".join(f"{word} {number:,}" for word, number in sorted(moved.items()))
        yield f"Since {', '.join(sorted(before))}: {told or 'nothing'}."
    else:
        yield "What moved is not told: no failure of an earlier weekly pack of this series was compared."


def _spans(rows: Sequence[Row], failures: Sequence[Row]) -> Sequence[OpenBySpan]:
    compared = any(row["previous_pack"] for row in rows)
    before = Counter(str(row["previous_bucket"]) for row in rows if row["previous_bucket"])
    spans = []
    for name in BUCKETS:
        regions = Counter(text_or(row["region"], NO_REGION) for row in failures if row["bucket"] == name)
        told = name != UNKNOWN
        label = f"{name} days" if told else "age not known"
        spans.append(OpenBySpan(label, dict(regions), before[name] if compared else None, told))
    return spans


def _cells(of: Material, row: Row) -> tuple[str, ...]:
    age = row["age_days"]
    return (
        _item(row),
        of.vault(row["vault_id"]),
        text(row["operation"]),
        moment(row["first_failure_at"]),
        text(age),
        text(row["nights_failing"]),
        text(row["state"]),
        text(row["error"]),
        text(row["reason"]),
    )


def _item(row: Row) -> str:
    return "all items" if row["subject"] == WHOLE_VAULT else item_name(row["subject"], row["name"])


def _oldest(of: Material, failures: Sequence[Row]) -> ReportTable:
    return of.table(
        "T-60",
        "The five oldest",
        "By when the first job failed.",
        _LINE,
        [_cells(of, row) for row in failures[:OLDEST]],
        total=min(len(failures), OLDEST),
        file=FILE,
        empty="No failure is unresolved.",
    )


def _moved(of: Material, rows: Sequence[Row]) -> ReportTable:
    moved = sorted((row for row in rows if row["moved"] not in {None, "same bucket"}), key=_order)
    columns = (
        ReportColumn("Moved", 11),
        ReportColumn("Item", 20),
        ReportColumn("Vault", 20, below=True),
        ReportColumn("Operation", 12),
        ReportColumn("Before, days", 9),
        ReportColumn("Now, days", 9),
        ReportColumn("Why", 29),
    )
    cells = [
        (
            text(row["moved"]),
            _item(row),
            of.vault(row["vault_id"]),
            text(row["operation"]),
            text(row["previous_bucket"]),
            text(row["bucket"]),
            text(row["reason"]),
        )
        for row in moved
    ]
    compared = any(row["previous_pack"] for row in rows)
    return of.table(
        "T-61",
        "What moved since the weekly pack before",
        "Resolved ones name the job and the recovery point in the file; what is no longer told is not proven to be resolved.",
        columns,
        cells,
        total=len(cells),
        file=FILE,
        empty="Nothing moved." if compared else "Not known: nothing was compared.",
    )


def _order(row: Row) -> tuple[str, ...]:
    return (str(row["moved"]), *_age(row))


def _split(of: Material, anchor: str, word: str, failures: Sequence[Row], part: Callable[[Row], str]) -> ReportTable:
    counts: dict[str, Counter[str]] = {}
    for row in failures:
        counts.setdefault(part(row), Counter())[str(row["bucket"])] += 1
    columns = (
        ReportColumn(word.capitalize(), 20),
        *(ReportColumn(name, 8, align_right=True) for name in BUCKETS),
        ReportColumn("All", 8, align_right=True),
    )
    rows = [
        (name, *(f"{found[bucket]:,}" for bucket in BUCKETS), f"{found.total():,}")
        for name, found in sorted(counts.items())
    ]
    return of.table(
        anchor,
        f"By {word} and age in days",
        "Unresolved failures; unknown ones in a column of their own.",
        columns,
        rows,
        total=len(rows),
        file=FILE,
        empty="No failure is unresolved.",
    )


def _every(of: Material, rows: Sequence[Row]) -> ReportTable:
    return of.table(
        "T-64",
        "Every failure that nothing resolved",
        "Oldest first, then vaults whose jobs were not read.",
        _LINE,
        [_cells(of, row) for row in rows],
        total=len(rows),
        file=FILE,
        empty="No failure is unresolved.",
    )
