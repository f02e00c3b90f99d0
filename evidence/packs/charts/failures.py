"""Failed backup jobs by workload, vault and error code: which code weighs most, and where. Pure.

Not here: jobs that failed otherwise than by Azure's status Failed. Invariant: every failed job is in exactly one part of one bar;
a job that told several codes counts under the first, one that told none is a part of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from string import ascii_uppercase

from evidence.packs.charts.values import CODE, NO_CODE, OTHER, Chart, Part, StackedBar, StackedBars, StackedPanel
from evidence.packs.completeness import CompletenessResult
from evidence.packs.select import Selection, matching
from evidence.packs.texts import plural
from evidence.packs.unread import unread
from evidence.records import Kind

MOST_CODES = 8
"""Codes with a part of their own; the others are one part together."""
MOST_BARS = 6
"""Vaults with a bar of their own within a workload; the others are one bar together."""
MOST_COLUMNS = 5
WORKLOAD_NOT_TOLD = "workload not told"
_COLUMNS = ["operation_kind", "status", "workload", "vault_id", "error_codes", "error_titles"]
_Place = tuple[str, str]
"""A workload and a vault's name."""


def failures_chart(selection: Selection, judged: CompletenessResult, names: Mapping[str, str]) -> Chart:
    """The bars; in words where no job failed, or where nobody knows."""
    backups = matching(selection.tables["jobs"].select(_COLUMNS), "operation_kind", "backup")
    failed = matching(backups, "status", "Failed")
    counted: Counter[tuple[_Place, str]] = Counter()
    for row in failed.to_pylist():
        place = (row["workload"] or WORKLOAD_NOT_TOLD, names.get(row["vault_id"], row["vault_id"]))
        counted[place, _code(row)] += 1
    parts = _parts(counted)
    panels = _panels(counted, parts)
    nobody_knows = not backups.num_rows and unread(judged).nothing(Kind.JOBS)
    return Chart(
        anchor="C-03",
        title="Failed backup jobs by workload, vault and error code",
        finding=_finding(parts, panels, backups.num_rows, nobody_knows=nobody_knows),
        drawing=StackedBars(parts, panels) if panels else None,
        columns=_headings(panels) if panels else (),
        rows=_rows(parts, panels),
        source="Counted from data/jobs.csv (operation_kind backup, status Failed); a job with several codes counts under the first.",
    )


def _code(row: Mapping[str, object]) -> str:
    """`Name (number)`, or what of it Azure sent; empty where it sent neither."""
    codes, titles = row["error_codes"], row["error_titles"]
    code = str(codes[0]) if isinstance(codes, list) and codes else ""
    title = str(titles[0]) if isinstance(titles, list) and titles else ""
    return f"{title} ({code})" if title and code else title or code


def _parts(counted: Mapping[tuple[_Place, str], int]) -> tuple[Part, ...]:
    totals: Counter[str] = Counter()
    for (_, code), number in counted.items():
        totals[code] += number
    ranked = sorted((code for code in totals if code), key=lambda code: (-totals[code], code))
    # One code alone beyond the limit is as well named as called another.
    named = ranked if len(ranked) <= MOST_CODES + 1 else ranked[:MOST_CODES]
    others = len(ranked) - len(named)
    return (
        *(Part(code, CODE, key) for code, key in zip(named, ascii_uppercase, strict=False)),
        *((Part(plural(others, "other code"), OTHER, "+"),) if others else ()),
        *((Part("no code sent", NO_CODE, "?"),) if "" in totals else ()),
    )


def _panels(counted: Mapping[tuple[_Place, str], int], parts: Sequence[Part]) -> tuple[StackedPanel, ...]:
    """Workloads and, within one, vaults: most failures first."""
    named = {part.label: index for index, part in enumerate(parts) if part.kind == CODE}
    kinds = {part.kind: index for index, part in enumerate(parts)}
    amounts: dict[_Place, list[int]] = {}
    for (place, code), number in counted.items():
        row = amounts.setdefault(place, [0] * len(parts))
        row[named[code] if code in named else kinds[OTHER if code else NO_CODE]] += number
    panels = []
    for workload in {workload for workload, _ in amounts}:
        bars = [StackedBar(vault, tuple(row)) for (of, vault), row in amounts.items() if of == workload]
        panels.append(StackedPanel(workload, _bars(bars)))
    return tuple(sorted(panels, key=lambda panel: (-_total(panel), panel.label)))


def _bars(bars: Sequence[StackedBar]) -> tuple[StackedBar, ...]:
    ranked = sorted(bars, key=lambda bar: (-sum(bar.amounts), bar.label))
    if len(ranked) <= MOST_BARS + 1:
        return tuple(ranked)
    rest = ranked[MOST_BARS:]
    together = tuple(sum(column) for column in zip(*(bar.amounts for bar in rest), strict=True))
    return (*ranked[:MOST_BARS], StackedBar(f"{len(rest):,} other vaults", together))


def _total(panel: StackedPanel) -> int:
    return sum(sum(bar.amounts) for bar in panel.bars)


def _of_part(panel: StackedPanel, index: int) -> int:
    return sum(bar.amounts[index] for bar in panel.bars)


def _headings(panels: Sequence[StackedPanel]) -> tuple[str, ...]:
    by_workload = tuple(panel.label for panel in panels) if len(panels) <= MOST_COLUMNS else ()
    return ("Error code", *by_workload, "failed jobs")


def _rows(parts: Sequence[Part], panels: Sequence[StackedPanel]) -> tuple[tuple[str, ...], ...]:
    """One row a part: by workload where they fit, and of all."""
    whole = sum(map(_total, panels))
    rows = []
    for index, part in enumerate(parts):
        numbers = [_of_part(panel, index) for panel in panels]
        shown = numbers if len(panels) <= MOST_COLUMNS else []
        rows.append((part.label, *(f"{number:,}" for number in shown), f"{sum(numbers):,} / {whole:,}"))
    return tuple(rows)


def _finding(parts: Sequence[Part], panels: Sequence[StackedPanel], backups: int, *, nobody_knows: bool) -> str:
    if nobody_knows:
        return "Whether backup jobs failed is not known: no job list was read."
    if not panels:
        return f"No backup job failed, of {backups:,} seen." if backups else "No backup job was seen in the period."
    whole = sum(map(_total, panels))
    first = max(range(len(parts)), key=lambda index: (sum(_of_part(panel, index) for panel in panels), -index))
    most = sum(_of_part(panel, first) for panel in panels)
    by_workload = ", ".join(f"{panel.label} {_total(panel):,}" for panel in panels)
    begin = f"{whole:,} of {backups:,} backup jobs failed ({by_workload})"
    if len(parts) == 1:
        return f"{begin}, all with {parts[0].label}."
    return f"{begin}; the largest part is {parts[first].label} with {most:,} of {whole:,}."
