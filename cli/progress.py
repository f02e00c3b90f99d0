"""Progress of long work: bars on a terminal, one line a step elsewhere, nothing when asked to be quiet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from cli.output import errors
from evidence.runs.parts import Progress as Told
from evidence.runs.parts import silent


@contextmanager
def shown(*, quiet: bool) -> Iterator[Told]:
    """Something to tell progress to, for the time of the work."""
    console = errors()
    if quiet or not console.is_terminal:
        yield silent
        return
    bars = Progress(
        TextColumn("{task.description:<28}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    )
    with bars:
        yield _Bars(bars)


class _Bars:
    """One bar, begun anew by each stage."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._task: TaskID | None = None

    def __call__(self, what: str, done: int, total: int) -> None:
        """Draw `done` of `total`."""
        if self._task is None:
            self._task = self._bars.add_task(what, total=total)
        self._bars.update(self._task, description=what[:28], completed=done, total=total)
