"""Options that every command shares, and how errors become exit codes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.output import Format, say

if TYPE_CHECKING:
    from datetime import datetime

    from evidence.compose import Composition
    from evidence.errors import EvidenceError

Config = Annotated[
    Path | None,
    typer.Option(
        "--config", "-c", help="The configuration file [default: $BACKUP_EVIDENCE_CONFIG, else evidence.yaml]."
    ),
]
Output = Annotated[Format, typer.Option("--output", "-o", help="How data is printed on stdout.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no remarks on stderr.")]

PARTIAL = 4
"""Exit code: a source could not be read, or a pack is not COMPLETE."""


def compose(config: Path | None) -> Composition:
    """The parts that the configuration describes."""
    from evidence.compose import Composition, find_configuration

    return Composition(find_configuration(config))


def moment_of_reading(composition: Composition) -> datetime:
    """The moment as of which something is told: now; where a simulator has stopped, that of the ledger's last entry.

    For commands that write nothing: what they tell is as known then, and they say so.
    """
    from evidence.errors import UnavailableError

    try:
        return composition.clock.now()
    except UnavailableError:
        entries = composition.ledger.entries() if composition.settings.clock == "simulator" else ()
        if not entries:
            raise
        _say_once(
            f"The simulator has stopped: told as of the ledger's last entry, {entries[-1].at:%Y-%m-%d %H:%M:%S} UTC."
        )
        return entries[-1].at


@cache
def _say_once(text: str) -> None:
    say(text)


@contextmanager
def exits() -> Iterator[None]:
    """Turn an error of the product into its lines on stderr and its exit code."""
    try:
        yield
    except Exception as error:
        found = _own(error)
        if found is None:
            raise
        _explain(found)
        raise typer.Exit(found.exit_code) from error


def _own(error: BaseException | None) -> EvidenceError | None:
    """The product's own error in a chain: Dagster wraps what a step raises."""
    from evidence.errors import EvidenceError

    seen: set[int] = set()  # a chain may lead back to itself, where something raises an error that it was handling
    while error is not None and id(error) not in seen:
        if isinstance(error, EvidenceError):
            return error
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return None


def _explain(error: EvidenceError) -> None:
    first, *rest = error.diagnostics()
    say(f"error: {first}")
    for line in rest:
        say(f"  {line}")
