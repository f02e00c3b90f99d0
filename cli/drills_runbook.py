"""`backup-evidence drills runbook`: the commands with which a person restores for a drill, and its window for a calendar."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import Config, Output, compose, exits
from cli.drills_record import DrillId
from cli.output import Format, Result, emit, say

if TYPE_CHECKING:
    from evidence.compose import Composition
    from evidence.drills.fold import Book
    from evidence.drills.runbook import Runbook, Surroundings
    from evidence.drills.values import Drill, Planned

COLUMNS = ("drill", "kind", "shell", "script")


def runbook(
    drill: DrillId,
    shell: Annotated[str, typer.Option("--shell", help="az (bash with Azure CLI), powershell, or both.")] = "both",
    ics: Annotated[
        Path | None, typer.Option("--ics", help="Write the window as a calendar file; - for stdout.")
    ] = None,
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """Print the commands that restore for a drill: to its target group, under its name, with the tag backup-drill.

    This program restores nothing itself: a person reads the script, fills in the blanks and runs it with rights of their own. Names are quoted, whatever they
    hold. A blank that nobody fills in stops the script. On stderr: what to know before, and what to do after.

    Examples:
      backup-evidence drills runbook DR-2026Q3-0007
      backup-evidence drills runbook DR-2026Q3-0007 --shell az > drill.sh
      backup-evidence drills runbook DR-2026Q3-0007 --ics drill.ics
    """
    with exits():
        from evidence.drills import runbook as runbooks
        from evidence.drills.fold import named_drill
        from evidence.runs.drills.book import read_book

        shells = _shells(shell)
        composition = compose(config)
        book = read_book(composition.ledger.entries())
        _refuse_drafted(book, drill)
        found = named_drill(book, drill)
        _refuse_over(found)
        if ics is not None:
            _write_calendar(composition, found.planned, ics)
            if str(ics) == "-":
                return
        made = runbooks.runbook(found.planned, _around(composition, found.planned))
        rows = _rows(found.planned, made, shells)
        if output is Format.TABLE:
            sys.stdout.write("\n".join(str(row["script"]) for row in rows))
        else:
            meta = {"kind": made.kind, "notes": list(made.notes), "blanks": dict(made.blanks)}
            emit(Result("backup-evidence/drill-runbook/1", rows, COLUMNS, meta), output)
        _say(made, rows, shells)


def _shells(text: str) -> tuple[str, ...]:
    from evidence.errors import ConfigurationError

    found = {"both": ("az", "powershell"), "az": ("az",), "bash": ("az",), "powershell": ("powershell",)}.get(
        text.strip().lower()
    )
    if found is None:
        raise ConfigurationError(f"--shell: {text[:40]!a} is no shell.", next_step="One of: az, powershell, both.")
    return found


def _refuse_drafted(book: Book, drill: str) -> None:
    """A drill of a plan that nobody approved is none yet."""
    from evidence.errors import RefusedError

    plan = next(
        (one.drafted.plan_id for one in book.plans.values() if drill in {made.drill_id for made in one.drafted.drills}),
        None,
    )
    if plan is not None and drill not in book.drills:
        raise RefusedError(
            f"Drill {drill} is drafted only: plan {plan} is not approved.",
            next_step=f"backup-evidence drills approve {plan}",
        )


def _refuse_over(found: Drill) -> None:
    """A drill that is at its end is not restored again under its name."""
    from evidence.drills.guards import BEFORE_REVIEW
    from evidence.errors import RefusedError

    if found.state not in BEFORE_REVIEW:
        name = found.planned.drill_id
        raise RefusedError(
            f"Drill {name} is {found.state}: a restore now would prove nothing of it.",
            next_step=f"Plan another: backup-evidence drills plan --retest-of {name}",
        )


def _around(composition: Composition, planned: Planned) -> Surroundings:
    from evidence.drills.configured import server_of
    from evidence.drills.runbook import Surroundings
    from evidence.runs.drills.reviewing import vault_of
    from evidence.tiers import ItemFacts

    vault = vault_of(composition.store, composition.ledger.entries(), planned.vault_id)
    item = ItemFacts(planned.subject, planned.item_key, vault.name, vault.vault_id, vault.region, planned.workload)
    return Surroundings(vault.region, server_of(item, composition.settings.drills))


def _rows(planned: Planned, made: Runbook, shells: tuple[str, ...]) -> list[dict[str, object]]:
    scripts = {"az": made.az, "powershell": made.powershell}
    return [
        {"drill": planned.drill_id, "kind": made.kind, "shell": shell, "script": script}
        for shell in shells
        if (script := scripts[shell]) is not None
    ]


def _write_calendar(composition: Composition, planned: Planned, path: Path) -> None:
    from evidence.drills.calendar_file import calendar_file
    from evidence.errors import ConfigurationError

    data = calendar_file(planned, composition.clock.now())
    if str(path) == "-":
        sys.stdout.buffer.write(data)
        return
    try:
        path.write_bytes(data)
    except OSError as error:
        raise ConfigurationError(
            f"The calendar file {path} cannot be written.", cause=error.strerror or str(error)
        ) from error
    say(f"window {planned.window_start:%Y-%m-%d %H:%MZ} to {planned.window_end:%Y-%m-%d %H:%MZ} written to {path}")


def _say(made: Runbook, rows: list[dict[str, object]], shells: tuple[str, ...]) -> None:
    if not rows:
        say(
            "nothing to run: "
            + ("; ".join(made.notes[:1]) if not (made.az or made.powershell) else f"no script for {', '.join(shells)}")
        )
    for name, what in made.blanks:
        say(f"fill in {name}: {what}")
    for number, note in enumerate(made.notes, 1):
        say(f"{number}. {note}")
