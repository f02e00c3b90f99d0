"""How much of each tier was within its recovery point objective: drawn from judged slots alone. Pure.

Not here: the judging. Invariant: nothing is drawn without judged amounts: recovery points expire and are not listed every night,
so that attainment cannot be read from them afterwards; where nothing was judged the chart says so.
"""

from __future__ import annotations

from collections.abc import Sequence

from evidence.packs.charts.values import AttainmentRow, AttainmentStrip, Chart

NOT_JUDGED = (
    "RPO attainment is not judged in this version. Recovery points expire, and not every list is read every night: what was"
    " within its objective cannot be told afterwards from the points that are left."
)


def attainment_chart(rows: Sequence[AttainmentRow], unit: str, source: str) -> Chart:
    """One strip a tier with its count; rows as they are to stand, `unit` as `item nights`."""
    judged = tuple(row for row in rows if _whole(row))
    return Chart(
        anchor="C-02",
        title="Within the recovery point objective, by tier",
        finding=_finding(judged, unit) if judged else NOT_JUDGED,
        drawing=AttainmentStrip(unit, judged) if judged else None,
        columns=("Tier", "within RPO", "not within", "not known", "of all") if judged else (),
        rows=tuple(
            (row.label, f"{row.met:,}", f"{row.missed:,}", f"{row.unknown:,}", f"{row.met:,} / {_whole(row):,}")
            for row in judged
        ),
        source=source if judged else "",
    )


def runs_chart(rows: Sequence[AttainmentRow], source: str) -> Chart:
    """One strip a tier: runs that policies called for, proven by a job and its point, not proven, or not known; in the place of attainment."""
    judged = tuple(row for row in rows if _whole(row))
    words = ("proven", "not proven", "not known")
    told = "; ".join(f"{row.label} {row.met:,} of {_whole(row):,}" for row in judged)
    return Chart(
        anchor="C-02",
        title="Expected runs with a proven backup, by tier",
        finding=f"Expected runs with a proven backup: {told}." if judged else "No expected run was judged.",
        drawing=AttainmentStrip("expected runs", judged, words) if judged else None,
        columns=("Tier", *words, "of all") if judged else (),
        rows=tuple(
            (row.label, f"{row.met:,}", f"{row.missed:,}", f"{row.unknown:,}", f"{row.met:,} / {_whole(row):,}")
            for row in judged
        ),
        source=source if judged else "",
    )


def _whole(row: AttainmentRow) -> int:
    return row.met + row.missed + row.unknown


def _finding(rows: Sequence[AttainmentRow], unit: str) -> str:
    """Each tier's share, least attained first."""
    ordered = sorted(rows, key=lambda row: (row.met / _whole(row), row.label))
    told = (
        f"{row.label} {row.met:,} of {_whole(row):,}" + (f" ({row.unknown:,} not known)" if row.unknown else "")
        for row in ordered
    )
    return f"{unit[:1].upper()}{unit[1:]} within the recovery point objective: {'; '.join(told)}."
