"""`backup-evidence replicate`: a second copy of the evidence in another store, each object hashed against the ledger and read back."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import PARTIAL, Config, Output, Quiet, compose, exits, moment_of_reading
from cli.output import Format, Result, emit, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evidence.compose import Composition
    from evidence.runs.retention.replicating import Copy, Replication

COLUMNS = ("path", "state", "why")
FINDINGS = 3
INTEGRITY = 7


class Contents(StrEnum):
    """Which copies of earlier runs are read back."""

    ALL = "all"
    ROTATION = "rotation"


def replicate(
    to: Annotated[str, typer.Option("--to", help="Name of a store under `replicas` in the configuration.")],
    scope: Annotated[
        str | None,
        typer.Option(
            "--scope",
            help="Only packs of this scope, what belongs to them and what proves them; no raw calls, no tables.",
        ),
    ] = None,
    contents: Annotated[
        Contents, typer.Option(help="Copies of earlier runs that are read back: all, or those whose turn it is.")
    ] = Contents.ALL,
    config: Config = None,
    output: Output = Format.TABLE,
    quiet: Quiet = False,
) -> None:
    """Copy what is sealed to a second store: each object is hashed against the ledger, written once, and read back.

    Nothing there is overwritten; a run that was cut short is continued by the next one. Only what was not copied is listed.

    Ends 7 where something here or there is not what was sealed, 3 where something that was disposed of still lies there, 4 where something could not be copied.

    Examples:
      backup-evidence replicate --to second
      backup-evidence replicate --to second --scope eu --contents rotation -o json
    """  # fmt: skip
    with exits():
        from cli.progress import shown
        from evidence.runs.retention.replicating import DONE
        from evidence.runs.retention.replicating import replicate as copied

        order = _order(compose(config), to, scope, read_all=contents is Contents.ALL)
        with shown(quiet=quiet) as progress:
            found = list(copied(order, progress=progress))
        rows = [_row(one) for one in found if one.state not in DONE]
        meta = _meta(order, found)
        emit(Result("backup-evidence/replicate/1", rows, COLUMNS, meta), output)
        if not quiet:
            say(f"{order.source.description} to {order.target.description}: {meta['told']}")
        if code := _code(found):
            raise typer.Exit(code)


def _order(composition: Composition, to: str, scope: str | None, *, read_all: bool) -> Replication:
    from evidence.errors import RefusedError
    from evidence.runs.retention.register import read_register
    from evidence.runs.retention.replicating import Replication
    from evidence.runs.retention.wanted import Promises

    if scope is not None:
        composition.scope(scope)
    target = composition.replica(to)
    entries = tuple(composition.ledger.entries())
    if not entries:
        raise RefusedError("Nothing is sealed in this store yet: there is nothing to copy.")
    register = read_register(composition.keeper, entries, moment_of_reading(composition))
    promises = Promises(register, entries, composition.calendar.time_zone)
    return Replication(composition.store, target, promises, entries, scope, read_all)


def _row(one: Copy) -> dict[str, object]:
    return {"path": one.path, "state": one.state.value, "bytes": one.bytes, "why": one.why}


def _meta(order: Replication, found: Sequence[Copy]) -> dict[str, object]:
    from collections import Counter

    counts = Counter(one.state.value for one in found)
    copied = sum(one.bytes for one in found if one.state.value == "copied")
    told = ", ".join(f"{count} {state}" for state, count in sorted(counts.items())) or "nothing"
    return {
        "to": order.target.description,
        "ledger_entries": len(order.entries),
        "scope": order.scope,
        "counts": dict(sorted(counts.items())),
        "bytes_copied": copied,
        "told": told,
    }


def _code(found: Sequence[Copy]) -> int:
    from evidence.runs.retention.replicating import SPOILT, State

    states = {one.state for one in found}
    if states & SPOILT:
        return INTEGRITY
    if State.NOT_COPIED in states:
        return PARTIAL
    return FINDINGS if State.LEFT_THERE in states else 0
