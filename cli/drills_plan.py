"""`backup-evidence drills plan|commit-seed|plans`: what is drilled in a quarter, drawn by a seed that nobody chose, and single drills."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import PARTIAL, Config, Output, compose, exits
from cli.drills_due import QuarterOption, Scope, quarter_of
from cli.drills_plan_rows import DRILL_COLUMNS, PLAN_COLUMNS, drill_rows, plan_row, say_plan
from cli.drills_record import By, ObjectId, person
from cli.moments import typed_day
from cli.output import Format, Result, emit, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from evidence.compose import Composition
    from evidence.drills.values import Person
    from evidence.ledger.entries import LedgerEntry
    from evidence.runs.drills.planning_one import Wish
    from evidence.runs.drills.recording import Recorded

_ONE_COLUMNS = (
    "drill",
    "subject",
    "tier",
    "drill_type",
    "window_start",
    "window_end",
    "retest_of",
    "recorded",
    "ledger_entry",
)


def plan(
    by: By,
    object_id: ObjectId,
    quarter: QuarterOption = None,
    scope: Scope = None,
    item: Annotated[
        str | None, typer.Option("--item", help="Plan one drill of this item: its key, name, or vault/name.")
    ] = None,
    retest_of: Annotated[str | None, typer.Option("--retest-of", help="Plan the retest of this drill.")] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why one drill is planned; needed with --item.")] = "",
    window_start: Annotated[
        str | None, typer.Option("--window-start", help="First day of one drill's window [default: tomorrow].")
    ] = None,
    drill_type: Annotated[
        str | None, typer.Option("--type", help="What one drill restores [default: as configured].")
    ] = None,
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """Draft a quarter's plan: a drill for each item that is due, with window, objectives, checks and target; or plan one drill.

    The sample is drawn by the seed that was committed to before the quarter; the draft reveals it. There is no trial run, for whoever sees a draft knows
    the sample: each is recorded. A draft replaces one that is not approved; an approved plan stays, and single drills are added by name. Whoever drafts
    does not approve. Ends 4 where a vault was not read: the plan says which.

    Examples:
      backup-evidence drills plan --quarter 2026Q3 --by "Ada Example" --object-id 3f2c...
      backup-evidence drills plan --retest-of DR-2026Q3-0007 --by "Ada Example" --object-id 3f2c...
      backup-evidence drills plan --item vault1/payments --reason "CHG0042, new engine" --by "Ada Example" --object-id 3f2c...
    """
    with exits():
        _refuse_mixed(item, retest_of, quarter, scope, reason)
        composition = compose(config)
        who = person(_opened(composition), by, object_id)
        if item is None and retest_of is None:
            _whole(composition, quarter, scope, who, output)
        else:
            _single(composition, item, retest_of, _wish(who, reason, window_start, drill_type), output)


def commit_seed(
    by: By,
    object_id: ObjectId,
    quarter: QuarterOption = None,
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """Record the hash of a quarter's seed before the quarter begins, so that nobody can say the sample was chosen.

    The seed follows from the evidence key, the tenant and the quarter: nobody chooses it, and nobody without the key can tell it beforehand. It is kept nowhere; the
    first draft of the plan reveals it. Without this command the first `drills plan` commits to it; in a quarter that has begun that is late, and said so.

    Example: backup-evidence drills commit-seed --quarter 2026Q4 --by "Ada Example" --object-id 3f2c...
    """
    with exits():
        from cli.account import account
        from evidence.drills.events import SeedCommitted
        from evidence.drills.spelling import read_event
        from evidence.runs.drills import seeds

        composition = compose(config)
        who = person(_opened(composition), by, object_id)
        asked = quarter_of(quarter, composition.clock.now())
        found = seeds.commit_seed(composition.parts, composition.sealing_signer, asked, who, account=account())
        told = read_event(found.entry.payload, found.entry.name)
        assert isinstance(told, SeedCommitted)  # noqa: S101 - what was recorded just now
        row = {
            "quarter": asked.name,
            "seed_sha256": told.seed_sha256,
            "committed_at": told.at.isoformat(),
            "late": seeds.is_late(told.at, asked),
            "recorded": "before" if found.before else "now",
            "ledger_entry": found.entry.sequence,
        }
        emit(Result("backup-evidence/drill-seed/1", [row], tuple(row)), output)
        if row["late"]:
            say(f"LATE: {asked.name} began on {asked.first}; the plan and the pack say so")


def plans(
    named: Annotated[str | None, typer.Argument(metavar="[PLAN]", help="Show its drills, such as DP-2026Q3.")] = None,
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """List plans, or show one: its drills, its hash, seed and sample, and what of its population was not read.

    Examples:
      backup-evidence drills plans
      backup-evidence drills plans DP-2026Q3 -o json
    """
    with exits():
        from evidence.runs.drills.book import read_book
        from evidence.runs.drills.planning import read_plan

        composition = compose(config)
        entries = composition.ledger.entries()
        if named is None:
            rows = [plan_row(one) for _, one in sorted(read_book(entries).plans.items())]
            emit(Result("backup-evidence/drill-plans/1", rows, PLAN_COLUMNS), output)
            return
        found = read_plan(composition.store, entries, named)
        emit(
            Result("backup-evidence/drill-plan/1", drill_rows(found), DRILL_COLUMNS, plan_row(found.plan, found)),
            output,
        )
        say_plan(found)


def _whole(composition: Composition, quarter: str | None, scope: str | None, who: Person, output: Format) -> None:
    from cli.account import account
    from evidence.runs.drills.planning import Asked, draft_plan, read_plan
    from evidence.runs.seal import adopt_configuration

    asked = Asked(quarter_of(quarter, composition.clock.now()), scope, who, account())
    rules, signer = composition.drill_rules(scope), composition.sealing_signer
    # The settings by which it is drawn are kept with it.
    adopt_configuration(composition.parts, composition.configuration.raw)
    made = draft_plan(composition.parts, signer, rules, asked)
    found = read_plan(composition.store, composition.ledger.entries(), asked.plan_id)
    meta = {**plan_row(found.plan, found), "recorded": "before" if made.before else "now"}
    emit(Result("backup-evidence/drill-plan/1", drill_rows(found), DRILL_COLUMNS, meta), output)
    say_plan(found)
    if made.before:
        say(f"drafted before, as ledger entry {made.entry.sequence}; nothing was added")
    say(f"another person approves it: backup-evidence drills approve {asked.plan_id}")
    if found.plan.drafted.incomplete:
        raise typer.Exit(PARTIAL)


def _single(composition: Composition, item: str | None, retest_of: str | None, wish: Wish, output: Format) -> None:
    from evidence.runs.drills.book import read_book
    from evidence.runs.drills.planning_one import plan_item, plan_retest

    planning: Callable[..., tuple[Recorded, str]] = plan_item if retest_of is None else plan_retest
    made, name = planning(composition.parts, composition.drill_rules(), retest_of or item or "", wish)
    planned = read_book(composition.ledger.entries()).drills[name].planned
    row = {
        "drill": name,
        "subject": planned.subject,
        "item_key": planned.item_key,
        "tier": planned.tier,
        "drill_type": planned.drill_type,
        "window_start": planned.window_start.isoformat(),
        "window_end": planned.window_end.isoformat(),
        "reason": planned.reason,
        "retest_of": planned.retest_of,
        "recorded": "before" if made.before else "now",
        "ledger_entry": made.entry.sequence,
    }
    emit(Result("backup-evidence/drill-planned/1", [row], _ONE_COLUMNS), output)
    if made.before:
        say(f"planned before, as ledger entry {made.entry.sequence}; nothing was added")
    say(f"how it is restored: backup-evidence drills runbook {name}")


def _wish(who: Person, reason: str, window_start: str | None, drill_type: str | None) -> Wish:
    from cli.account import account
    from evidence.ledger.persons import checked_text
    from evidence.runs.drills.planning_one import Wish

    day = None if window_start is None else typed_day(window_start, "--window-start")
    why = checked_text(reason, "--reason") if reason.strip() else ""
    return Wish(day, why, None if drill_type is None else _checked_type(drill_type), who, account())


def _checked_type(text: str) -> str:
    from typing import get_args

    from evidence.errors import ConfigurationError
    from evidence.settings.drills import DrillType

    found = text.strip().lower().replace("-", "_")
    if found not in get_args(DrillType):
        raise ConfigurationError(
            f"--type: {text[:40]!a} is no kind of drill.", next_step=f"One of: {', '.join(get_args(DrillType))}."
        )
    return found


def _refuse_mixed(item: str | None, retest_of: str | None, quarter: str | None, scope: str | None, reason: str) -> None:
    from evidence.errors import ConfigurationError

    if item is not None and retest_of is not None:
        raise ConfigurationError(
            "--item and --retest-of are two wishes.", next_step="A retest is of the item of its drill."
        )
    if (item or retest_of) and (quarter or scope):
        raise ConfigurationError(
            "One drill takes no --quarter and no --scope: its window says which quarter it is of.",
            next_step="Give --window-start instead.",
        )
    if item is not None and not reason.strip():
        raise ConfigurationError("--item needs --reason: why it is drilled beside the plan.")


def _opened(composition: Composition) -> LedgerEntry:
    from evidence.errors import RefusedError

    entries = composition.ledger.entries()
    if not entries:
        raise RefusedError("The store is empty: no item is known yet.", next_step="backup-evidence run --night …")
    return entries[0]
