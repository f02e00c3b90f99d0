"""`backup-evidence exceptions`: what needs an owner, its whole life, and what persons decide of it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import PARTIAL, Config, Output, compose, exits
from cli.exceptions_decide import accept, acknowledge, close, comment, reopen
from cli.exceptions_reports import aging, export
from cli.exceptions_rows import COLUMNS, SHORT, Known, in_scope, known, row_of, unread
from cli.help import Commands
from cli.output import Format, Result, emit, say

if TYPE_CHECKING:
    from evidence.assess.exceptions.states import Event, Standing
    from evidence.compose import Composition
    from evidence.ledger.entries import LedgerEntry
    from evidence.runs.exceptions.state import Happened

FINDINGS, INTEGRITY = 3, 7
NOBODY = "none"

app = Commands(help="Problems that need an owner.", no_args_is_help=True, rich_markup_mode=None)
app.command("acknowledge")(acknowledge)
app.command("accept")(accept)
app.command("close")(close)
app.command("reopen")(reopen)
app.command("comment")(comment)
app.command("aging")(aging)
app.command("export")(export)


class FailOn(StrEnum):
    """What among the exceptions listed ends the command with 3."""

    ANY = "any"
    OPEN = "open"
    """Open or acknowledged: neither accepted nor provisionally closed."""
    PAST_DUE = "past-due"
    CRITICAL = "critical"


@app.command("list")
def list_exceptions(
    scope: Annotated[str | None, typer.Option("--scope", help="Only of vaults of this scope.")] = None,
    state: Annotated[
        list[str] | None, typer.Option("--state", help="Only in these states [default: all that did not end].")
    ] = None,
    owner: Annotated[str | None, typer.Option("--owner", help="Only of this team; `none`: those without one.")] = None,
    class_: Annotated[list[str] | None, typer.Option("--class", help="Only of these classes.")] = None,
    min_age: Annotated[int, typer.Option("--min-age", min=0, help="Only those at least so many days old.")] = 0,
    fail_on: Annotated[FailOn | None, typer.Option("--fail-on", help="End 3 where such a one is listed.")] = None,
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """List exceptions, the oldest first: what is wrong with what since when, and whose it is.

    Ends 4 where the last night that has ended was not captured, judged and read whole: then the list may lack something. Else ends 3
    where --fail-on is given and such an exception is listed.

    Examples:
      backup-evidence exceptions list
      backup-evidence exceptions list --scope eu --class failed --class silent --min-age 2 -o json
      backup-evidence exceptions list --owner none --fail-on any
      backup-evidence exceptions list --state closed --state withdrawn -o csv
    """
    with exits():
        from evidence.assess.exceptions.states import State
        from evidence.assess.findings import Class

        states = _words(state, State, "--state")
        classes = _words(class_, Class, "--class")
        composition = compose(config)
        limits = None if scope is None else composition.scope(scope)
        found = known(composition)
        rows = [
            row_of(one, found)
            for one in sorted(found.standing.values(), key=lambda one: (one.first_seen, one.key))
            if limits is None or in_scope(one, limits)
        ]
        listed = [row for row in rows if _wanted(row, states, classes, owner, min_age)]
        gaps = list(unread(composition))
        emit(Result("backup-evidence/exceptions/1", listed, COLUMNS, {"unread": gaps}), output)
        for line in gaps:
            say(line)
        if gaps:
            raise typer.Exit(PARTIAL)
        if fail_on is not None and any(_fails(row, fail_on) for row in listed):
            raise typer.Exit(FINDINGS)


def _words(given: Sequence[str] | None, words: type[StrEnum], option: str) -> frozenset[str]:
    from evidence.errors import ConfigurationError

    asked = {one.strip().lower().replace("-", "_") for one in given or ()}
    every = {str(one) for one in words}
    if asked - every:
        raise ConfigurationError(
            f"{option} does not know {', '.join(sorted(asked - every))[:200]}.",
            next_step=f"One or more of: {', '.join(sorted(every))}.",
        )
    return frozenset(asked)


def _wanted(
    row: dict[str, object], states: frozenset[str], classes: frozenset[str], owner: str | None, min_age: int
) -> bool:
    age = row["age_days"]
    return (
        (row["state"] in states if states else row["state"] not in {"closed", "withdrawn"})
        and (not classes or row["class"] in classes)
        and (owner is None or (row["owner"] or NOBODY) == owner)
        and isinstance(age, int)
        and age >= min_age
    )


def _fails(row: dict[str, object], fail_on: FailOn) -> bool:
    if fail_on is FailOn.ANY:
        return True
    if fail_on is FailOn.PAST_DUE:
        return bool(row["past_due"])
    standing = row["state"] in {"open", "acknowledged"}
    return standing and (fail_on is FailOn.OPEN or row["severity"] == "critical")


@app.command()
def show(
    key: Annotated[str, typer.Argument(help="Its key, or as many digits as are unlike all others.")],
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """Show the whole life of one exception: each event and decision with its ledger entry, its proof, jobs, points and packs.

    Example: backup-evidence exceptions show 3f9a1c2b4d5e
    """
    with exits():
        from evidence.runs.exceptions.decided import named_exception
        from evidence.runs.exceptions.signing import check_signed_decisions
        from evidence.runs.exceptions.state import lives

        composition = compose(config)
        entries = composition.ledger.entries()
        found = known(composition, entries)
        one = named_exception(found.standing, key)
        check_signed_decisions(composition.store, entries, one.key)
        rows = [_lived(happened) for happened in lives(composition.store, entries, one.key)]
        meta = {**row_of(one, found), "packs": _packs(composition, entries, one)}
        columns = ("ledger_entry", "recorded_at", "what", "episode", "at", "who", "told")
        emit(Result("backup-evidence/exception/1", rows, columns, meta), output)
        for line in _said(one, found, meta):
            say(line)


@app.command()
def verify(config: Config = None, output: Output = Format.TABLE) -> None:
    """Add up every event and decision that the ledger names, and compare with the state that is served from the newest tables.

    Each signed statement is read again and verified. Ends 7 where a hash, an event, a statement, its signature or the state differs.

    Example: backup-evidence exceptions verify
    """
    with exits():
        from evidence.runs.exceptions.signing import check_signed_decisions
        from evidence.runs.exceptions.state import folded_exceptions, standing_exceptions

        composition = compose(config)
        entries = composition.ledger.entries()
        signed = check_signed_decisions(composition.store, entries)
        served = standing_exceptions(composition.store, entries)
        whole = folded_exceptions(composition.store, entries)
        keys = sorted(served.by_key.keys() | whole.by_key.keys())
        odd = [key for key in keys if served.by_key.get(key) != whole.by_key.get(key)]
        row = {"exceptions": len(keys), "batches": whole.batches, "signed_decisions": signed, "different": len(odd)}
        emit(Result("backup-evidence/exceptions-verify/1", [row], tuple(row), {"different": odd}), output)
        for key in odd:
            say(f"exception {key} is served otherwise than its events and decisions add up to")
        if odd:
            raise typer.Exit(INTEGRITY)


def _lived(happened: Happened) -> dict[str, object]:
    row: dict[str, object] = {
        "ledger_entry": happened.entry.sequence,
        "entry_id": happened.entry.entry_id,
        "recorded_at": happened.entry.at.isoformat(),
    }
    if happened.event is not None:
        return row | _event(happened.event)
    assert happened.decision is not None  # noqa: S101 - one of the two is there
    from cli.exceptions_decide import decision_row

    return row | decision_row(happened.decision)


def _event(event: Event) -> dict[str, object]:
    finding, proof = event.finding, event.proof
    return {
        "what": str(event.kind),
        "episode": event.episode,
        "at": event.at.isoformat(),
        "who": None,
        "told": proof.reason if proof else finding.summary if finding else None,
        "job_ids": [proof.job_id] if proof and proof.job_id else list(finding.job_ids) if finding else [],
        "recovery_point_ids": (
            [proof.recovery_point_id]
            if proof and proof.recovery_point_id
            else list(finding.recovery_point_ids)
            if finding
            else []
        ),
        "nights": [str(night) for night, _ in event.sightings],
    }


def _packs(composition: Composition, entries: Sequence[LedgerEntry], one: Standing) -> list[str]:
    """Packs of the nights on which it was found, of scopes that hold its vault."""
    from evidence.ledger.folds import packs

    scopes = {scope.name for scope in composition.scopes() if in_scope(one, scope)}
    nights = [night for night, _ in one.sightings]
    return [
        pack.pack_id
        for series, sealed in packs(entries).items()
        for pack in sealed
        if series.scope in scopes and any(pack.first_night <= night <= pack.last_night for night in nights)
    ]


def _said(one: Standing, found: Known, meta: dict[str, object]) -> list[str]:
    packs = meta["packs"]
    what = f"{one.finding.severity} {one.class_} of {one.finding.subject}, episode {one.episode}"
    state = str(one.state_on(found.moment)).replace("_", " ")
    told = [
        f"{one.key[:SHORT]}: {what}, {state}, {meta['age_days']} days, owner {meta['owner'] or NOBODY}",
        f"ends by: {meta['ends_by']}",
    ]
    if meta["closed_because"]:
        told.append(f"ended: {meta['closed_because']}")
    return [*told, f"in packs: {', '.join(packs) if isinstance(packs, list) and packs else 'none'}"]
