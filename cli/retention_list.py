"""`backup-evidence retention list` and `calendar`: single objects by what is asked, and what leaves month by month."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import Config, Output, compose, exits
from cli.output import Format, Result, emit, say
from cli.retention_rows import LIST, counted, day_after, read, row_of, size_of, told, words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    import numpy as np
    import numpy.typing as npt

    from evidence.retention.promises import Origin
    from evidence.retention.register import Register
    from evidence.retention.values import Registered

CALENDAR = ("month", "objects", "size", "first_may_go_on", "packs", "on_hold")
MOST_PACKS = 3


def list_objects(
    under: Annotated[str, typer.Option("--under", help="Only paths that begin so.")] = "",
    kind: Annotated[
        list[str] | None, typer.Option("--kind", help="Only of these kinds, such as packs or calls.")
    ] = None,
    state: Annotated[
        list[str] | None, typer.Option("--state", help="Only in these states [default: all but disposed].")
    ] = None,
    pack: Annotated[
        str | None, typer.Option("--pack", help="Only what belongs to this pack, or is of its nights.")
    ] = None,
    night: Annotated[
        str | None,
        typer.Option("--night", help="Only what is about a night, month or quarter, such as 2026-11-21 or 2026Q4."),
    ] = None,
    leaving: Annotated[
        str | None,
        typer.Option("--leaving", help="Only what is kept until a day of FROM..TO, or of a month, quarter or year."),
    ] = None,
    on_hold: Annotated[bool, typer.Option("--on-hold", help="Only what a hold keeps.")] = False,
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """List sealed objects by path, each with its last day, the rule that set it, its state and its holds.

    Examples:
      backup-evidence retention list --kind packs
      backup-evidence retention list --leaving 2028-01-01..2028-03-31 -o csv
      backup-evidence retention list --pack all-audit-internal-2026Q3-r0001 --on-hold
    """
    with exits():
        _, register = read(compose(config))
        chosen = _chosen(register, kind, state, pack, night, leaving)
        if on_hold:
            chosen &= register.held
        rows = [row_of(one) for one in _under(register, under, chosen)]
        size = sum(int(str(row["bytes"])) for row in rows)
        emit(Result("backup-evidence/retention-list/1", rows, LIST, {"objects": len(rows), "bytes": size}), output)
        say(f"{counted(len(rows), 'object')}, {size_of(size)}, as of {register.today}")


def _under(register: Register, under: str, chosen: npt.NDArray[np.bool_]) -> Iterator[Registered]:
    return register.rows([row for row in register.files.under(under) if chosen[row]])


def _chosen(
    register: Register,
    kind: list[str] | None,
    state: list[str] | None,
    pack: str | None,
    night: str | None,
    leaving: str | None,
) -> npt.NDArray[np.bool_]:
    import numpy as np

    from evidence.packs.period import parse_period
    from evidence.retention.calendar import number_of
    from evidence.retention.register import KINDS
    from evidence.retention.values import Kind, State

    states = register.states()
    wanted = words(state, State, "--state") or [one for one in State if one is not State.DISPOSED]
    chosen: npt.NDArray[np.bool_] = np.logical_or.reduce([states[State(one)] for one in wanted])
    if kind:
        chosen &= np.isin(register.kinds, [KINDS.index(Kind(one)) for one in words(kind, Kind, "--kind")])
    if leaving is not None:
        span = parse_period(leaving)
        chosen &= (register.days >= number_of(span.first)) & (register.days <= number_of(span.last))
    if pack is not None:
        chosen &= _of_origins(register, _of_pack(register, pack))
    if night is not None:
        span = parse_period(night)
        chosen &= _of_origins(register, lambda one: _is_about(one, span.first, span.last))
    return chosen


def _of_origins(register: Register, fits: Callable[[Origin], bool]) -> npt.NDArray[np.bool_]:
    import numpy as np

    by_origin = np.array([fits(one) for one in register.files.origins], np.bool_)
    found: npt.NDArray[np.bool_] = by_origin[register.files.owners]
    return found


def _of_pack(register: Register, pack: str) -> Callable[[Origin], bool]:
    from evidence.errors import ConfigurationError
    from evidence.retention.values import OF_NIGHTS

    if pack not in register.periods:
        raise ConfigurationError(f"No pack `{pack}` was ever sealed here.", next_step="backup-evidence pack list")
    first, last = register.periods[pack]
    return lambda one: one.pack_id == pack or (one.kind in OF_NIGHTS and _is_about(one, first, last))


def _is_about(one: Origin, first: date, last: date) -> bool:
    begin, end = one.first_night, one.last_night
    return begin is not None and end is not None and begin <= last and end >= first


def calendar(
    months: Annotated[int, typer.Option("--months", min=1, max=1200, help="So many months, this one first.")] = 24,
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """Show month by month what may go from when on: objects, bytes, packs; what may go already; what comes later, and what never may.

    Examples:
      backup-evidence retention calendar
      backup-evidence retention calendar --months 120 -o json
    """
    with exits():
        _, register = read(compose(config))
        rows = [row for row in _months(register, months) if row["objects"]]
        emit(Result("backup-evidence/retention-calendar/1", rows, CALENDAR, {"as_of": str(register.today)}), output)
        if not rows:
            say("nothing is kept")


def _months(register: Register, count: int) -> Iterator[dict[str, object]]:
    from datetime import timedelta

    from evidence.retention.calendar import NEVER, months_from, number_of

    spans = months_from(register.today, count)
    today, end = number_of(register.today), number_of(spans[-1][1])
    # What may go on a day is kept until the day before it.
    yield _month(register, "may go now", register.days < today)
    for first, last in spans:
        begin = max(number_of(first), number_of(register.today + timedelta(days=1)))
        yield _month(register, f"{first:%Y-%m}", (register.days >= begin - 1) & (register.days < number_of(last)))
    following = max(end, today)
    yield _month(register, "later", (register.days >= following) & (register.days < NEVER - 1))
    yield _month(register, "never", register.days >= NEVER - 1)  # no day follows the last of the calendar


def _month(register: Register, name: str, ending: npt.NDArray[np.bool_]) -> dict[str, object]:
    import numpy as np

    mask = ending & ~register.gone
    size = int(register.files.sizes[mask].sum())
    packs = register.packs_among(np.flatnonzero(mask))
    kinds = register.by_kind(mask)
    return {
        "month": name,
        "objects": int(mask.sum()),
        "size": size_of(size),
        "bytes": size,
        "first_may_go_on": told(day_after(register.first_day(mask))),
        "packs": _some(packs),
        "pack_ids": list(packs),
        "on_hold": int((register.held & mask).sum()),
        "by_kind": {str(kind): {"objects": count, "bytes": told} for kind, (count, told) in kinds.items()},
    }


def _some(names: tuple[str, ...]) -> str:
    more = len(names) - MOST_PACKS
    return ", ".join(names[:MOST_PACKS]) + (f" and {more} more" if more > 0 else "")
