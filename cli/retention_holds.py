"""`backup-evidence retention hold` and `retention extend`: what is kept beyond its date, for which case and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import Config, Output, compose, exits
from cli.help import Commands
from cli.output import Format, Result, emit, say
from cli.retention_decide import (
    Everything,
    First,
    Items,
    Last,
    Packs,
    Paths,
    Reason,
    Scopes,
    already,
    confirm,
    covered_by,
    records_manager,
    refuse_early,
    registers,
    say_covered,
)
from cli.signing_in import DeviceCode

if TYPE_CHECKING:
    from evidence.compose import Composition
    from evidence.retention.register import Register
    from evidence.retention.values import Hold, HoldScope
    from evidence.runs.retention.deciding import Recorded

app = Commands(
    help="Legal holds: a hold always wins, whatever date has passed.", no_args_is_help=True, rich_markup_mode=None
)
COLUMNS = ("hold", "case", "state", "covers", "objects", "placed_at", "placed_by", "reason", "ledger_entry")
DECIDED = ("what", "subject", "who", "object_id", "recorded", "ledger_entry")
Case = Annotated[str, typer.Argument(metavar="CASE", help="The case, such as 2027-LIT-14.")]


@app.command("place")
def place(
    case: Case,
    reason: Reason,
    item: Items = None,
    first: First = None,
    last: Last = None,
    pack: Packs = None,
    scope: Scopes = None,
    path: Paths = None,
    everything: Everything = False,
    device_code: DeviceCode = False,
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """Hold evidence for a case: nothing that it covers is disposed of until it is released, what is sealed later included.

    A file is held that meets every condition; several values of one condition are alternatives. What cannot be told apart is held: a file of all items,
    or about no night, is held with any of them. A pack is held with the files of its nights. A case may have several holds.
    Needs a terminal and a person named under `sign_in.records_managers`.

    Examples:
      backup-evidence retention hold place 2027-LIT-14 --from 2026-11-01 --to 2026-11-30 --reason "Claim of the insurer"
      backup-evidence retention hold place AUDIT-3 --pack "all-audit-internal-2026Q4*" --reason "Auditor asked"
    """
    with exits():
        from evidence.runs.retention.holds import held_paths, place_hold, placing

        composition = compose(config)
        covered = covered_by((item, pack, scope, path), (first, last), everything=everything)
        word = placing(composition.ledger.entries(), case, covered, reason)
        already(composition, word)
        refuse_early(composition, "A hold")
        say_covered(composition, covered)
        confirm("To place the hold, type the case", case)
        person = records_manager(composition, device_code=device_code)
        found = place_hold(composition.parts, person, word)
        emit(_recorded(found), output)
        _flag(composition, held_paths(_register(composition), str(decided_row(found)["hold"])), on=True)
        _say_begun(composition)


@app.command("release")
def release(
    case: Case,
    reason: Reason,
    hold: Annotated[list[str] | None, typer.Option("--hold", help="Only this hold of the case [default: all].")] = None,
    device_code: DeviceCode = False,
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """Release the holds of a case, or some of them; holds of other cases stay, and nothing is disposed of by itself.

    Needs a terminal and a person named under `sign_in.records_managers`.

    Example: backup-evidence retention hold release 2027-LIT-14 --reason "Settled on 3 March"
    """
    with exits():
        from evidence.runs.retention.holds import release_holds, released_paths, releasing

        composition = compose(config)
        word = releasing(composition.ledger.entries(), case, hold or (), reason)
        already(composition, word)
        refuse_early(composition, "A release")
        say(f"It releases {', '.join(map(str, _list(word.fields['holds'])))}.")
        confirm("To release, type the case", case)
        person = records_manager(composition, device_code=device_code)
        emit(_recorded(release_holds(composition.parts, person, word)), output)
        ended = [str(one) for one in _list(word.fields["holds"])]
        _flag(composition, released_paths(_register(composition), ended), on=False)


@app.command("list")
def list_holds(
    every: Annotated[bool, typer.Option("--all", help="Released ones too.")] = False,
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """List holds: which case, who placed it, why, and how many objects it keeps now.

    Example: backup-evidence retention hold list --all -o json
    """
    with exits():
        from evidence.runs.retention.book import holds_of

        composition = compose(config)
        entries = composition.ledger.entries()
        holds = [one for one in holds_of(entries) if every or one.stands]
        register = registers(composition)(entries, entries[-1].at) if holds else None
        rows = [
            _row(one, 0 if register is None else int((register.covered(one) & ~register.gone).sum())) for one in holds
        ]
        emit(Result("backup-evidence/retention-holds/1", rows, COLUMNS), output)


def extend(
    until: Annotated[str, typer.Option("--until", help="Last day on which it is kept, YYYY-MM-DD.")],
    reason: Reason,
    item: Items = None,
    first: First = None,
    last: Last = None,
    pack: Packs = None,
    scope: Scopes = None,
    path: Paths = None,
    everything: Everything = False,
    device_code: DeviceCode = False,
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """Keep evidence until a day at least; a date that is later already stays, and nothing takes an extension back.

    Conditions are those of `retention hold place`. Needs a terminal and a person named under `sign_in.records_managers`.

    Example: backup-evidence retention extend --until 2030-12-31 --pack "all-audit-*2026Q4*" --reason "Contract of the auditor"
    """
    with exits():
        from cli.moments import typed_day
        from evidence.errors import RefusedError
        from evidence.runs.retention.holds import extend as extended
        from evidence.runs.retention.holds import extending

        composition = compose(config)
        covered = covered_by((item, pack, scope, path), (first, last), everything=everything)
        day = typed_day(until, "--until")
        if day < composition.clock.now().date():
            raise RefusedError(f"{day} is over.", next_step="Name a day that is to come.")
        word = extending(day, covered, reason)
        already(composition, word)
        refuse_early(composition, "An extension")
        say_covered(composition, covered)
        confirm("Nothing takes it back. To extend, type the day", str(day))
        person = records_manager(composition, device_code=device_code)
        emit(_recorded(extended(composition.parts, person, word)), output)


def decided_row(found: Recorded) -> dict[str, object]:
    """One decision."""
    entry = found.entry
    told = entry.payload["told"]
    by = told["by"] if isinstance(told, dict) else {}
    return {
        "what": str(entry.kind),
        "subject": entry.subject,
        "hold": told.get("hold") if isinstance(told, dict) else None,
        "who": by.get("name"),
        "object_id": by.get("object_id"),
        "recorded": "before" if found.before else "now",
        "ledger_entry": entry.sequence,
    }


def _recorded(found: Recorded) -> Result:
    if found.before:
        say(f"recorded before, as ledger entry {found.entry.sequence}; nothing was added")
    return Result("backup-evidence/retention-decision/1", [decided_row(found)], DECIDED)


def _register(composition: Composition) -> Register:
    return registers(composition)(composition.ledger.entries(), composition.clock.now())


def _flag(composition: Composition, paths: list[str], *, on: bool) -> None:
    """Set or clear the store's own legal hold, where it knows such; the ledger's hold stands or ends whatever the store says."""
    from evidence.runs.retention.holds import flag

    found = flag(composition.store, paths, on=on)
    what = "set on" if on else "cleared on"
    if found.done:
        say(f"The store's own legal hold was {what} {found.done} objects, and reads back so.")
    if found.unknown:
        say(
            f"The store knows no legal holds ({found.unknown} objects): the ledger's hold is what `retention dispose` obeys."
        )
    for path, why in list(found.failed.items())[:3]:
        say(f"The store's own legal hold was not {what} {path}: {why}")
    if found.failed:
        say(f"{len(found.failed)} objects in all; `retention check` tells of each.")


def _say_begun(composition: Composition) -> None:
    """Whoever places a hold hears of disposals that are under way: what went before it does not come back."""
    from evidence.runs.retention.book import read_keeping

    for one in read_keeping(composition.ledger.entries()).dispositions.proposals.values():
        if one.begun:
            say(
                f"Deletions of proposal {one.proposal_id} had begun ({len(one.begun)} objects); what still stood is held from now on. "
                "`ledger verify` tells what is gone."
            )


def _row(hold: Hold, objects: int) -> dict[str, object]:
    return {
        "hold": hold.hold_id,
        "case": hold.case,
        "state": "stands" if hold.stands else "released",
        "covers": sentence(hold.scope),
        "objects": objects,
        "placed_at": hold.placed_at.isoformat(),
        "placed_by": hold.by,
        "reason": hold.why,
        "released_at": None if hold.released_at is None else hold.released_at.isoformat(),
        "released_by": hold.released_by,
        "released_why": hold.released_why,
        "ledger_entry": hold.sequence,
    }


def sentence(scope: HoldScope) -> str:
    """What a scope covers, for people."""
    nights = f"nights {scope.first_night or 'from the first'} to {scope.last_night or 'the last'}"
    parts = [nights] if scope.first_night or scope.last_night else []
    told = {"items": scope.items, "packs": scope.packs, "scopes": scope.scopes, "paths": scope.paths}
    parts += [f"{name} {', '.join(many)}" for name, many in told.items() if many]
    return "; ".join(parts) or "everything"


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
