"""`backup-evidence pack build`: which pack is wanted, and building it where it is not sealed already."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import PARTIAL, Config, Output, Quiet, compose, exits
from cli.output import Format, Result, emit, say
from cli.pack_rows import COLUMNS, pack_row

if TYPE_CHECKING:
    from evidence.compose import Composition
    from evidence.ledger.folds import SealedPack
    from evidence.packs.build import PackOrder
    from evidence.packs.period import Period

KINDS = ("night", "audit", "restore-drills", "aging")


WithCalls = Annotated[
    bool, typer.Option("--with-calls", help="Seal the calls that its rows rest on beside it, for re-performance.")
]


def build(
    kind: Annotated[str, typer.Option("--kind", help="night, audit, restore-drills or aging.")] = "audit",
    scope: Annotated[str, typer.Option("--scope", help="A scope of the configuration.")] = "all",
    period: Annotated[
        str | None,
        typer.Option("--period", help="2026Q3, 2026-11, 2026-W47, 2026, 2026-11-21 or 2026-11-01..2026-11-10."),
    ] = None,
    first: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First night.")] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last night.")] = None,
    audience: Annotated[
        str, typer.Option("--audience", help="internal; external: names and ids are masked.")
    ] = "internal",
    engagement: Annotated[
        str | None,
        typer.Option("--engagement", help="Whose masks, where there are several: each has a key of its own."),
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Supersede a sealed pack; needs --reason.")] = False,
    reason: Annotated[str | None, typer.Option("--reason", help="Why a sealed pack is superseded.")] = None,
    with_calls: WithCalls = False,
    config: Config = None,
    output: Output = Format.TABLE,
    quiet: Quiet = False,
) -> None:
    """Build, sign, time-stamp, verify and seal one pack. One that is sealed already is said to be, and kept.

    Ends 4 where the pack is not COMPLETE. For an external audience every name and id is masked, under a key that stays in
    the store; what --reason says is printed as it is.

    Examples:
      backup-evidence pack build --kind audit --period 2026-11-01..2026-11-10
      backup-evidence pack build --kind audit --scope eu --period 2026Q3 --with-calls
      backup-evidence pack build --kind aging --period 2026-W47
      backup-evidence pack build --kind restore-drills --scope eu --period 2026Q3
      backup-evidence pack build --period 2026Q3 --audience external --engagement auditor-2026
    """
    with exits():
        from evidence.packs.added import ordered_period
        from evidence.packs.audience.engagements import audience_of
        from evidence.packs.build import PackOrder

        wanted = _period(period, first, last)
        _check(kind, wanted, again=again, reason=reason)
        of, composition = audience_of(audience, engagement), compose(config)
        order = PackOrder(
            kind, composition.scope(scope), ordered_period(kind, wanted), reason if again else None, of, with_calls
        )
        pack = _build(composition, order, quiet=quiet)
        row = pack_row(composition, pack)
        complete = row["completeness"] == "COMPLETE"
        emit(Result("backup-evidence/pack/1", [row], COLUMNS, {"complete": complete}), output)
        if with_calls and pack.calls is None:
            say(f"{pack.pack_id} is sealed without calls; to supersede it: --with-calls --again --reason TEXT")
        if output is Format.TABLE:
            # A path is too long for a column of a terminal; JSON and CSV hold it as `file`.
            say(f"file: {row['file']}")
        if not complete:
            raise typer.Exit(PARTIAL)


def _period(period: str | None, first: datetime | None, last: datetime | None) -> Period:
    from evidence.errors import ConfigurationError
    from evidence.packs.period import parse_period, span_period

    if period is not None and first is None and last is None:
        return parse_period(period)
    if period is None and first is not None and last is not None:
        return span_period(first.date(), last.date())
    raise ConfigurationError("Name the period with --period, or with --from and --to.")


def _check(kind: str, period: Period, *, again: bool, reason: str | None) -> None:
    from evidence.errors import ConfigurationError

    if kind not in KINDS:
        raise ConfigurationError(
            f"There is no pack kind `{kind}` in this version.", next_step=f"One of: {', '.join(KINDS)}."
        )
    if kind == "night" and period.first != period.last:
        raise ConfigurationError(
            "A night pack is of one night.", next_step="Give --period YYYY-MM-DD, or --kind audit."
        )
    if again != bool((reason or "").strip()):
        raise ConfigurationError("--again and --reason belong together: a pack is superseded only with a reason.")


def _build(composition: Composition, order: PackOrder, *, quiet: bool) -> SealedPack:
    from cli.progress import shown
    from evidence.packs.build import build_pack
    from evidence.packs.series import reason_for_revision, standing
    from reports.renderer import ReportRenderer

    entries = composition.ledger.entries()
    found = standing(entries, order.series, order.period)
    if found is not None and order.reason is None:
        since = reason_for_revision(entries, found, order.period.nights())
        if since:
            say(f"{found.pack_id} is sealed already, and since then: {since}. To supersede it: --again --reason TEXT")
        elif not quiet:
            say(f"{found.pack_id} is sealed already; nothing to do")
        return found
    with shown(quiet=quiet) as progress:
        return build_pack(composition.parts, composition.sealing(ReportRenderer()), order, progress).pack
