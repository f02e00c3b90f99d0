"""Jobs that took much longer, or moved much more or less, than their like: hints by robust statistics on logarithms (analytics 6.8).

Not here: verdicts, the statistics (`robust`). Invariants: fewer than ten earlier runs of the same kind and weekday class tell nothing; bytes that
Azure does not tell are compared with nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from statistics import median

from evidence.assess.findings import Class, Finding, Severity
from evidence.assess.points.attainment import spoken
from evidence.assess.trends.robust import Score, baseline, scored
from evidence.assess.trends.values import Run

TIMES = 2
"""Medians that a value must exceed, whatever its score."""
EXCESS_S = 15 * 60
EXCESS_BYTES = 2**30
LITTLE = 0.1
"""Share of the median below which a backup may have been empty."""
_WEEKEND = 5


def anomalies(run: Run, earlier: Sequence[Run]) -> Iterator[Finding]:
    """Hints about a successful run; `earlier` are the item's successful runs before it, in order of time (only its like are used)."""
    like = [one for one in earlier if one.kind == run.kind and weekday_class(one.night) == weekday_class(run.night)]
    yield from _longer(run, like)
    sizes = [one for one in like if one.bytes_transferred is not None]
    if run.bytes_transferred is not None and baseline([0.0] * len(sizes)) is not None:
        yield from _sizes(run, float(run.bytes_transferred), like, sizes)


def weekday_class(night: date) -> str:
    """`weekday` or `weekend`: backups of a night are compared with their like."""
    return "weekend" if night.weekday() >= _WEEKEND else "weekday"


def _longer(run: Run, like: Sequence[Run]) -> Iterator[Finding]:
    if run.duration_s <= EXCESS_S:
        return
    durations = [one.duration_s for one in like]
    kept = baseline(durations)
    # The floors first: they cost nearly nothing, and nearly every run ends here.
    if kept is None or run.duration_s <= max(TIMES * median(kept), median(kept) + EXCESS_S):
        return
    found = scored(run.duration_s, durations)
    if found is not None and found.high:
        yield _hint(run, Class.DURATION, f"Took {_time(found.value)}, usually {_time(found.median)}", found)


def _sizes(run: Run, moved: float, like: Sequence[Run], sizes: Sequence[Run]) -> Iterator[Finding]:
    found = scored(moved, [float(one.bytes_transferred or 0) for one in sizes])
    if found is None:
        return
    if found.high and moved > TIMES * found.median and moved - found.median > EXCESS_BYTES:
        yield _hint(run, Class.SIZE, f"Moved {_bytes(moved)}, usually {_bytes(found.median)}", found)
    elif moved < LITTLE * found.median:
        short = scored(run.duration_s, [one.duration_s for one in like])
        if short is not None and short.low and run.duration_s < short.median / TIMES:
            told = f"Took {_time(run.duration_s)}, usually {_time(short.median)}, and moved {_bytes(moved)}, usually {_bytes(found.median)}"
            yield _hint(run, Class.SIZE, f"{told}: it may have been empty", short)
        elif found.low and found.median - moved > EXCESS_BYTES:
            yield _hint(run, Class.SIZE, f"Moved {_bytes(moved)}, usually {_bytes(found.median)}", found)


def _hint(run: Run, class_: Class, told: str, score: Score) -> Finding:
    about = run.about
    far = "" if score.score is None else f", score {score.score:.1f}"
    return Finding(
        class_,
        Severity.INFO,
        about.vault_id,
        about.item_key,
        about.name,
        None,
        run.started_at,
        run.night,
        f"{told} ({score.of} earlier runs{far}). A hint, no verdict.",
        about.workload,
        job_ids=(run.job_id,),
        error_codes=run.error_codes,
    )


def _time(seconds: float) -> str:
    return spoken(timedelta(seconds=seconds)) if seconds >= 60 else f"{seconds:.0f} s"  # noqa: PLR2004 - seconds of a minute


def _bytes(count: float) -> str:
    size = count
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024:  # noqa: PLR2004 - the next unit
            return f"{size:.0f} {unit}"
        size /= 1024
    return f"{size:.1f} TiB"
