"""`backup-evidence drills`: planned test restores, what was found of them, what persons say, and where each stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import Config, Output, compose, exits
from cli.drills_approve import approve
from cli.drills_classify import classify
from cli.drills_decide import cancel, clean_up, submit, supersede
from cli.drills_deviation import deviation
from cli.drills_due import due
from cli.drills_facts import attach, times, validate
from cli.drills_link import link
from cli.drills_plan import commit_seed, plan, plans
from cli.drills_record import DrillId, step_line
from cli.drills_restores import overdue, restores, settle
from cli.drills_rows import COLUMNS, FACT_COLUMNS, board_of, event_row, fact_rows, for_terminal, in_order, row_of
from cli.drills_runbook import runbook
from cli.drills_sign import certificates, sign
from cli.drills_waive import waive
from cli.help import Commands
from cli.output import Format, Result, emit, say

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from evidence.drills.values import Drill

app = Commands(help="Test restores: planned, found, proven, reviewed.", no_args_is_help=True, rich_markup_mode=None)

Quarter = Annotated[str | None, typer.Option("--quarter", help="Only of this quarter, such as 2026Q3.")]


def list_drills(
    quarter: Quarter = None,
    state: Annotated[list[str] | None, typer.Option("--state", help="Only in these states.")] = None,
    tier: Annotated[list[int] | None, typer.Option("--tier", help="Only of these tiers.")] = None,
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """List drills: where each stands, what it lacks for its next state, and the hash of its record.

    Examples:
      backup-evidence drills list --quarter 2026Q3
      backup-evidence drills list --state in_review --tier 0 --tier 1 -o json
    """
    with exits():
        states = _states(state)
        every = _drills(config, quarter)
        found = [
            one for one in every if (not states or str(one.state) in states) and (not tier or one.planned.tier in tier)
        ]
        if not found:
            say(_why_none(every, quarter))
        emit(Result("backup-evidence/drill-list/1", [row_of(one) for one in found], COLUMNS), output)


def board(quarter: Quarter = None, config: Config = None, output: Output = Format.TABLE) -> None:
    """Show drills in columns by state; as JSON or CSV one row a drill, in the same order.

    Example: backup-evidence drills board --quarter 2026Q3
    """
    with exits():
        found = _drills(config, quarter)
        names, lines = board_of(found)
        rows = lines if output is Format.TABLE else [row_of(one) for one in found]
        emit(Result("backup-evidence/drill-board/1", rows, names if output is Format.TABLE else COLUMNS), output)


def show(drill: DrillId, config: Config = None, output: Output = Format.TABLE) -> None:
    """Show a drill's whole record with its SHA-256: timeline, each fact with its grade, deviations, and what is missing.

    Grade A is Azure's own record, B an attached file or a signed statement, C a person's word. Recovery time runs from the declared loss until the
    service was usable; the time of the restore job stands apart. As JSON the record itself and its ledger entries are there too.

    Examples:
      backup-evidence drills show DR-2026Q3-0007
      backup-evidence drills show DR-2026Q3-0007 -o json
    """
    with exits():
        from evidence.drills.fold import named_drill
        from evidence.drills.next_steps import next_step
        from evidence.drills.spelling import record_of
        from evidence.runs.drills.book import read_book, told_events

        entries = compose(config).ledger.entries()
        one = named_drill(read_book(entries), drill)
        told = [event_row(event) for event in told_events(entries, drill)]
        meta = {**row_of(one), "record": record_of(one), "ledger": told}
        rows = for_terminal(fact_rows(one)) if output is Format.TABLE else fact_rows(one)
        emit(Result("backup-evidence/drill/1", rows, FACT_COLUMNS, meta), output)
        say(step_line(next_step(one).missing, one))


def _why_none(every: Sequence[Drill], quarter: str | None) -> str:
    of = f" of {quarter}" if quarter else ""
    if every:
        return f"None of {len(every)} drills{of} is in these states and tiers."
    return f"No drill{of} is planned in an approved plan; see what is due: backup-evidence drills due"


def _drills(config: Path | None, quarter: str | None) -> Sequence[Drill]:
    from evidence.runs.drills.book import read_book

    book = read_book(compose(config).ledger.entries())
    return in_order(one for one in book.drills.values() if quarter in {None, one.planned.quarter})


def _states(given: Sequence[str] | None) -> frozenset[str]:
    from evidence.drills.values import State
    from evidence.errors import ConfigurationError

    asked = {one.strip().lower().replace("-", "_") for one in given or ()}
    every = {str(one) for one in State}
    if asked - every:
        raise ConfigurationError(
            f"--state does not know {', '.join(sorted(asked - every))[:200]}.",
            next_step=f"One or more of: {', '.join(every)}.",
        )
    return frozenset(asked)


IN_ORDER: Mapping[str, Callable[..., None]] = {
    "list": list_drills,
    "board": board,
    "show": show,
    "due": due,
    "commit-seed": commit_seed,
    "plan": plan,
    "plans": plans,
    "approve": approve,
    "runbook": runbook,
    "restores": restores,
    "classify": classify,
    "overdue": overdue,
    "settle": settle,
    "link": link,
    "times": times,
    "validate": validate,
    "attach": attach,
    "deviation": deviation,
    "clean-up": clean_up,
    "submit": submit,
    "sign": sign,
    "certificates": certificates,
    "cancel": cancel,
    "waive": waive,
    "supersede": supersede,
}
"""As the work goes: seen, planned, found, proven, reviewed, ended; help lists them so."""
for _name, _command in IN_ORDER.items():
    app.command(_name)(_command)
