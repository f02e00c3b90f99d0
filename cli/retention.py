"""`backup-evidence retention`: what is kept, until when and by which rule, what leaves, what is held, and what it costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from cli.context import PARTIAL, Config, Output, compose, exits
from cli.help import Commands
from cli.output import Format, Result, emit, say
from cli.retention_check import check
from cli.retention_cost import cost
from cli.retention_dispose import approve, certificate, certificates, dispose, proposals, propose, review
from cli.retention_holds import app as holds
from cli.retention_holds import extend
from cli.retention_list import calendar, list_objects
from cli.retention_rows import counted, read, size_of, told
from cli.retention_show import show

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from evidence.retention.register import Register
    from evidence.runs.retention.overview import Overview
    from evidence.settings.retention import Retention

COLUMNS = ("kind", "objects", "size", "first_may_go_on", "last_may_go_on", "may_go", "on_hold", "disposed")
MOST_NAMED = 5
"""Packs and holds that a sentence names; `-o json` and the other commands name all."""

app = Commands(
    help="How long evidence is kept, and what is kept from going.", no_args_is_help=True, rich_markup_mode=None
)


@app.callback()
def group() -> None:
    """Retention: what is kept, until when and by which rule, what leaves next, what is on hold, and what it costs."""


def status(config: Config = None, output: Output = Format.TABLE) -> None:
    """Show at one glance how much is kept and until when, what leaves next, what is on hold, and what the store was seen to enforce.

    Ends 4 where the day of some objects cannot be told, because a configuration that applied to them cannot be read or their folder is unknown; those never go.

    Examples:
      backup-evidence retention status
      backup-evidence retention status -o json
    """
    with exits():
        from evidence.runs.retention.overview import overview

        composition = compose(config)
        entries, register = read(composition)
        rules = composition.settings.retention
        found = overview(composition.store, entries, register, rules.rules)
        lines = list(_lines(found, rules))
        meta = {**_meta(found), "remarks": lines, "store": composition.store.description}
        emit(Result("backup-evidence/retention-status/1", list(_rows(found)), COLUMNS, meta), output)
        for line in lines:
            say(line)
        if found.unsettled:
            raise typer.Exit(PARTIAL)


def _rows(found: Overview) -> Iterator[dict[str, object]]:
    import numpy as np

    from evidence.retention.register import KINDS
    from evidence.runs.retention.overview import kinds_there

    register = found.register
    for kind in kinds_there(register):
        yield _row(register, str(kind), register.kinds == KINDS.index(kind))
    yield _row(register, "all", np.ones(len(register), np.bool_))


def _row(register: Register, name: str, mask: object) -> dict[str, object]:
    import numpy as np

    from cli.retention_rows import day_after
    from evidence.retention.values import State

    of_kind = np.asarray(mask, np.bool_)
    there = of_kind & ~register.gone
    states = register.states()
    size = int(register.files.sizes[there].sum())
    first, last = register.first_day(there), register.last_day(there)
    return {
        "kind": name,
        "objects": int(there.sum()),
        "size": size_of(size),
        "bytes": size,
        "first_may_go_on": told(day_after(first)),
        "last_may_go_on": told(day_after(last)),
        "never": int((there & (register.days == _never())).sum()),
        "may_go": int((there & states[State.ELIGIBLE] & ~register.held).sum()),
        "on_hold": int((there & register.held).sum()),
        "in_review": int((there & states[State.IN_REVIEW]).sum()),
        "approved": int((there & states[State.APPROVED]).sum()),
        "disposed": int((of_kind & register.gone).sum()),
    }


def _never() -> int:
    from evidence.retention.calendar import NEVER

    return NEVER


def _meta(found: Overview) -> dict[str, object]:
    test, register = found.test, found.register
    return {
        "as_of": str(register.today),
        "ledger_entries": register.ledger_size,
        "states": {str(state): count for state, count in found.states.items()},
        "leaves_next_on": told(found.next_day),
        "holds": [
            {"hold": one.hold.hold_id, "case": one.hold.case, "objects": one.objects, "bytes": one.bytes}
            for one in found.holds
        ],
        "enforced": None if test is None else dict(test.states),
        "enforcement_read_at": None if test is None else test.tested_at.isoformat(),
        "mismatched": None if test is None else test.counts.mismatched,
        "not_looked_at": None if test is None else test.counts.unknown,
        "never_confirmed": found.never_confirmed,
        "all_confirmed_since": None if found.confirmed_since is None else found.confirmed_since.isoformat(),
        "without_a_day": dict(found.unsettled),
        "rules_that_cover_nothing": list(found.idle_rules),
    }


def _lines(found: Overview, rules: Retention) -> Iterator[str]:
    """What a person who answers for the evidence asks, a line each."""
    register = found.register
    there = int((~register.gone).sum())
    size = int(register.files.sizes[~register.gone].sum())
    yield f"kept: {counted(there, 'object')}, {size_of(size)}, as of {register.today} and ledger entry {register.ledger_size}"
    yield (
        f"rules: {rules.default} by default, floor {rules.floor}, audit year from {rules.audit_year_starts}; "
        f"{counted(len(rules.rules), 'more rule')}, {counted(len(rules.engagements), 'engagement')}"
    )
    yield _next(found)
    yield _going(found)
    yield _holds(found)
    yield from _enforced(found)
    for why, count in found.unsettled.items():
        yield f"WITHOUT A DAY: {counted(count, 'object')}: {why}"
    if found.idle_rules:
        yield f"these rules cover nothing that is kept: {', '.join(found.idle_rules)}"


def _next(found: Overview) -> str:
    if found.next_day is None:
        return "leaves next: nothing, ever"
    leaving = found.register.leaving(found.next_day, found.next_day)
    packs = leaving.packs[:MOST_NAMED]
    more = len(leaving.packs) - len(packs)
    named = f", among them {', '.join(packs)}{f' and {more} more packs' if more else ''}" if packs else ""
    days = (found.next_day - found.register.today).days
    held = f"; {leaving.held:,} of them on hold" if leaving.held else ""
    return (
        f"leaves next: {found.next_day} (in {counted(days, 'day')}), "
        f"{counted(leaving.objects, 'object')}, {size_of(leaving.bytes)}{named}{held}"
    )


def _going(found: Overview) -> str:
    from evidence.retention.values import State

    eligible = found.register.states()[State.ELIGIBLE]
    free = int((eligible & ~found.register.held).sum())
    told = (
        f"may go now: {free:,}; in review {found.states[State.IN_REVIEW]:,}, approved {found.states[State.APPROVED]:,}"
    )
    told += f", disposed of {found.states[State.DISPOSED]:,}"
    return f"{told}; nothing goes by itself: backup-evidence retention propose" if free else told


def _holds(found: Overview) -> str:
    if not found.holds:
        return "on hold: nothing"
    named = [f"{one.hold.hold_id} ({counted(one.objects, 'object')})" for one in found.holds[:MOST_NAMED]]
    more = len(found.holds) - len(named)
    total = int((found.register.held & ~found.register.gone).sum())
    return f"on hold: {counted(total, 'object')} by {', '.join(named)}{f' and {more} more holds' if more else ''}"


def _enforced(found: Overview) -> Iterator[str]:
    test = found.test
    if test is None:
        yield "enforced by the store: not read; nothing is known to be enforced: backup-evidence retention check"
    else:
        states = ", ".join(f"{state} {count:,}" for state, count in sorted(test.states.items()) if count) or "nothing"
        yield f"enforced by the store, as read {test.tested_at:%Y-%m-%d %H:%M} UTC: {states}"
        if test.counts.mismatched or test.counts.unknown:
            yield (
                f"NOT AS PROMISED: {test.counts.mismatched:,} differ, {test.counts.unknown:,} could not be looked at: "
                "backup-evidence exceptions list"
            )
    since = (
        "" if found.confirmed_since is None else f"; all others were read whole since {found.confirmed_since:%Y-%m-%d}"
    )
    yield f"never confirmed by reading: {counted(found.never_confirmed, 'object')}{since}"


IN_ORDER: Mapping[str, Callable[..., None]] = {
    "status": status,
    "list": list_objects,
    "show": show,
    "calendar": calendar,
    "cost": cost,
    "check": check,
    "extend": extend,
    "propose": propose,
    "proposals": proposals,
    "review": review,
    "approve": approve,
    "dispose": dispose,
    "certificate": certificate,
    "certificates": certificates,
}
"""As the work goes: seen, tested, lengthened, ended; help lists them so."""
for _name, _command in IN_ORDER.items():
    app.command(_name)(_command)
app.add_typer(holds, name="hold")
