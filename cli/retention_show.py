"""`backup-evidence retention show`: why one object is kept until its day, derived again, and what the store enforces of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import Config, Output, compose, exits
from cli.output import Format, Result, emit, say
from cli.retention_rows import counted, day_after, read, row_of, size_of, told

if TYPE_CHECKING:
    from evidence.compose import Composition
    from evidence.ledger.entries import LedgerEntry
    from evidence.retention.register import Register
    from evidence.retention.values import Registered

COLUMNS = ("kept_until", "rule", "source")


def show(
    path: Annotated[str, typer.Argument(help="Path of an object, or id of a pack.")],
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """Derive until when one object is kept: each rule that asks for a day, from which configuration, pack or person; the latest stands first and wins.

    Reads back from the store what keeps the object from change, and tells when its content was last read whole.

    Examples:
      backup-evidence retention show all-night-internal-2026-11-21-r0001
      backup-evidence retention show packs/all/night/internal/2026-11-21/r0001-20261122T060004Z-2b2ed99e/report.pdf -o json
    """
    with exits():
        composition = compose(config)
        entries, register = read(composition)
        one = _found(register, path)
        rows = [
            {"kept_until": str(candidate.day), "rule": candidate.rule, "source": candidate.source}
            for candidate in one.promise.candidates
        ]
        meta = {**row_of(one), "holds": _holds(one), **_enforced(composition, entries, one)}
        emit(Result("backup-evidence/retention-show/1", rows, COLUMNS, meta), output)
        for line in _lines(one, meta):
            say(line)


def _found(register: Register, path: str) -> Registered:
    from evidence.errors import ConfigurationError

    one = register.find(path.strip())
    if one is None and path in register.periods:
        end = f"/{path}.zip"
        one = next((found for found in register.under("packs/") if found.file.path.endswith(end)), None)
    if one is None:
        raise ConfigurationError(
            f"No ledger entry names `{path[:300]}`.",
            cause="Only sealed objects have a promise; what a run left that ended early has none.",
            next_step="backup-evidence retention list --under BEGIN",
        )
    return one


def _holds(one: Registered) -> list[dict[str, object]]:
    return [
        {
            "hold": hold.hold_id,
            "case": hold.case,
            "by": hold.by,
            "why": hold.why,
            "placed_at": hold.placed_at.isoformat(),
            "ledger_entry": hold.sequence,
        }
        for hold in one.holds
    ]


def _enforced(composition: Composition, entries: Sequence[LedgerEntry], one: Registered) -> dict[str, object]:
    """What the store says now of one object, and what tests said before; what cannot be read says why."""
    from evidence.errors import EvidenceError
    from evidence.retention.values import State
    from evidence.runs.retention.last_seen import last_seen

    path = one.file.path
    seen = last_seen(composition.store, entries, {path: one.file.sealed_at})
    whole = seen.whole_at.get(path)
    found: dict[str, object] = {
        "last_read_whole": None if whole is None else whole.isoformat(),
        "found_wrong": seen.standing.get(path),
    }
    if one.state is State.DISPOSED:
        return {**found, "enforced": None, "enforced_until": None, "enforced_detail": _tombstone(entries, path)}
    try:
        enforcement = composition.store.enforcement(path)
    except EvidenceError as error:
        return {**found, "enforced": None, "enforced_until": None, "enforced_detail": f"not read: {error.message}"}
    return {
        **found,
        "enforced": enforcement.state,
        "enforced_until": enforcement.until,
        "enforced_detail": enforcement.detail,
    }


def _tombstone(entries: Sequence[LedgerEntry], path: str) -> str:
    from evidence.runs.retention.book import read_keeping

    stone, entry = read_keeping(entries).stones[path]
    return (
        f"it was disposed of on {entry.at:%Y-%m-%d} by ledger entry {entry.sequence} ({entry.subject}), "
        f"kept until {stone.until}: {stone.rule}"
    )


def _lines(one: Registered, meta: dict[str, object]) -> Iterator[str]:
    file, day = one.file, one.promise.day
    nights = "" if file.first_night is None else f", about {_span(one)}"
    yield f"{file.path}: {size_of(file.bytes)}, sealed {file.sealed_at:%Y-%m-%d} by ledger entry {file.sequence}{nights}"
    if day is None:
        yield f"never goes: {one.promise.rule}"
    else:
        yield f"kept until {day}, may go on {told(day_after(day))} in UTC and in the store's zone: {one.promise.rule}"
    yield f"state: {str(one.state).replace('_', ' ')}{', on hold' if one.on_hold else ''}"
    for hold in one.holds:
        yield f"hold {hold.hold_id}, placed {hold.placed_at:%Y-%m-%d} by {hold.by}: {hold.why}"
    if one.holds:
        yield f"{counted(len(one.holds), 'hold')} must be released before it may go"
    until = f" until {meta['enforced_until']}" if meta["enforced_until"] else ""
    yield f"enforced by the store, read just now: {meta['enforced'] or 'not read'}{until}; {meta['enforced_detail']}"
    yield f"content last read whole: {meta['last_read_whole'] or 'never'}"
    if meta["found_wrong"]:
        yield f"NOT AS PROMISED: {meta['found_wrong']}"


def _span(one: Registered) -> str:
    first, last = one.file.first_night, one.file.last_night
    return f"night {first}" if first == last else f"nights {first} to {last}"
