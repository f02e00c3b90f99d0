"""Recovery times of a quarter's drills against their objectives, one line each. Pure.

Not here: the line on each card (`chapters.drill_cards`). Invariant: times are from declared loss to usable service, never of a job; a drill without a measured time is
drawn without a dot and says why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evidence.packs.charts.values import Chart, RestoreTime, RestoreTimes

Row = Mapping[str, object]
MOST_LINES = 60
"""So many drills are drawn; the table below the chart holds all."""
_ACCEPTED = frozenset({"accepted", "accepted_with_deviations"})


def objectives_chart(drills: Sequence[Row]) -> Chart | None:
    """The chart; None where no drill of the quarter was executed with an objective."""
    rows = [row for row in drills if row["executions"] and isinstance(row["rto_s"], int) and row["rto_s"] > 0]
    if not rows:
        return None
    words = [str(row["rto_reached"]) for row in rows]
    met, missed, unknown = (words.count(word) for word in ("met", "missed", "not measured"))
    finding = f"Of {len(rows)} executed drills with a recovery time objective {met} met it, {missed} did not, {unknown} were not measured."
    shown = sorted(rows, key=_worst)[:MOST_LINES]
    if len(shown) < len(rows):
        finding += f" Drawn are {len(shown)}, those furthest beyond their objective first; all stand on cards."
    return Chart(
        "C-08",
        "Recovery time against objective",
        finding,
        RestoreTimes(tuple(map(_line, shown))),
        source="Counted from data/drills.csv: recovery_time_s and rto_s of rows with executions.",
    )


def _worst(row: Row) -> tuple[float, str]:
    took, target = row["recovery_time_s"], row["rto_s"]
    share = took / target if isinstance(took, int) and isinstance(target, int) else float("inf")
    return -share, str(row["drill_id"])


def _line(row: Row) -> RestoreTime:
    took, target = row["recovery_time_s"], row["rto_s"]
    state = "" if row["state"] in _ACCEPTED else str(row["state"]).replace("_", " ")
    return RestoreTime(
        label=str(row["name"]),
        began=state,
        minutes=took / 60 if isinstance(took, int) else None,
        target_minutes=target / 60 if isinstance(target, int) else 1,
        note="not measured",
    )
