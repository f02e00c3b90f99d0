"""`backup-evidence pack`: build, list, show and fetch evidence packs."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import PARTIAL, Config, Output, Quiet, compose, exits
from cli.output import Format, Result, emit, say
from cli.pack_fetch import deliveries_told, fetch
from cli.pack_named import named_pack
from cli.pack_review import review, reviews_told
from cli.pack_tools import diff, sample

if TYPE_CHECKING:
    from collections.abc import Mapping

    from evidence.compose import Composition
    from evidence.ledger.folds import LaterStamp, SealedPack
    from evidence.packs.period import Period

app = typer.Typer(help="Signed evidence packs.", no_args_is_help=True, rich_markup_mode=None)

app.command("fetch")(fetch)
app.command("review")(review)
app.command("sample")(sample)
app.command("diff")(diff)

COLUMNS = ("pack", "completeness", "time_stamp", "keep_until")
KINDS = ("night", "audit", "aging")


@app.command()
def build(
    kind: Annotated[str, typer.Option("--kind", help="night, audit or aging.")] = "audit",
    scope: Annotated[str, typer.Option("--scope", help="A scope of the configuration.")] = "all",
    period: Annotated[
        str | None, typer.Option("--period", help="2026Q3, 2026-11, 2026-W47, 2026, 2026-11-21 or 2026-11-01..2026-11-10.")
    ] = None,
    first: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First night.")] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last night.")] = None,
    audience: Annotated[str, typer.Option("--audience", help="internal.")] = "internal",
    again: Annotated[bool, typer.Option("--again", help="Supersede a sealed pack; needs --reason.")] = False,
    reason: Annotated[str | None, typer.Option("--reason", help="Why a sealed pack is superseded.")] = None,
    with_calls: Annotated[
        bool, typer.Option("--with-calls", help="Seal the calls that its rows rest on beside it, for re-performance.")
    ] = False,
    config: Config = None,
    output: Output = Format.TABLE,
    quiet: Quiet = False,
) -> None:
    """Build, sign, time-stamp, verify and seal one pack. One that is sealed already is said to be, and kept.

    Ends 4 where the pack is not COMPLETE.

    Examples:
      backup-evidence pack build --kind audit --period 2026-11-01..2026-11-10
      backup-evidence pack build --kind audit --scope eu --period 2026Q3
      backup-evidence pack build --kind aging --period 2026-W47
    """
    with exits():
        wanted = _period(period, first, last)
        _check(kind, audience, again=again, reason=reason)
        composition, wanted = compose(config), _of_kind(kind, wanted)
        pack = _build(
            composition, kind, scope, wanted, reason=reason if again else None, quiet=quiet, with_calls=with_calls
        )
        row = _row(composition, pack)
        complete = row["completeness"] == "COMPLETE"
        emit(Result("backup-evidence/pack/1", [row], COLUMNS, {"complete": complete}), output)
        if with_calls and pack.calls is None:
            say(f"{pack.pack_id} is sealed without calls; to supersede it: --with-calls --again --reason TEXT")
        if output is Format.TABLE:
            # A path is too long for a column of a terminal; JSON and CSV hold it as `file`.
            say(f"file: {row['file']}")
        if not complete:
            raise typer.Exit(PARTIAL)


@app.command("list")
def list_packs(
    scope: Annotated[str | None, typer.Option("--scope", help="Only of this scope.")] = None,
    kind: Annotated[str | None, typer.Option("--kind", help="Only of this kind.")] = None,
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """List sealed packs, with the one that supersedes each where there is one.

    Example: backup-evidence pack list --kind audit -o json
    """
    with exits():
        from evidence.ledger.folds import later_stamps, packs

        composition = compose(config)
        entries = composition.ledger.entries()
        found, stamps = packs(entries), later_stamps(entries)
        rows = [
            _row(composition, pack) | _later(pack, stamps) | {"superseded_by": _successor(pack, series)}
            for key, series in found.items()
            for pack in series
            if scope in {None, key.scope} and kind in {None, key.kind}
        ]
        emit(Result("backup-evidence/pack-list/1", rows, (*COLUMNS, "superseded_by")), output)


@app.command()
def show(
    pack_id: Annotated[str, typer.Argument(help="The pack's id, as `pack list` shows it.")],
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """Show what the ledger says of one pack.

    Example: backup-evidence pack show all-audit-internal-2026Q3-r0001
    """
    with exits():
        from evidence.ledger.folds import later_stamps

        composition = compose(config)
        entry = named_pack(composition, pack_id).entry
        later = later_stamps(composition.ledger.entries()).get(pack_id, ())
        told: Mapping[str, object] = {
            **entry.payload,
            "ledger_entry": entry.sequence,
            "sealed_at": entry.at.isoformat(),
            "later_time_stamps": [
                {"stamped_at": one.stamped_at.isoformat(), "authority": one.authority, "path": one.path}
                for one in later
            ],
            "reviews": reviews_told(composition.ledger.entries(), pack_id),
            "deliveries": deliveries_told(composition.ledger.entries(), pack_id),
            "objects": [{"path": one.path, "bytes": one.bytes, "sha256": one.sha256} for one in entry.objects],
        }
        rows = [told] if output is not Format.TABLE else [{"what": key, "value": value} for key, value in told.items()]
        emit(Result("backup-evidence/pack-show/1", rows, ("what", "value")), output)


def _period(period: str | None, first: datetime | None, last: datetime | None) -> Period:
    from evidence.errors import ConfigurationError
    from evidence.packs.period import parse_period, span_period

    if period is not None and first is None and last is None:
        return parse_period(period)
    if period is None and first is not None and last is not None:
        return span_period(first.date(), last.date())
    raise ConfigurationError("Name the period with --period, or with --from and --to.")


def _of_kind(kind: str, period: Period) -> Period:
    from evidence.packs.added import ordered_period

    return ordered_period(kind, period)


def _check(kind: str, audience: str, *, again: bool, reason: str | None) -> None:
    from evidence.errors import ConfigurationError

    if kind not in KINDS:
        raise ConfigurationError(
            f"There is no pack kind `{kind}` in this version.", next_step=f"One of: {', '.join(KINDS)}."
        )
    if audience != "internal":
        raise ConfigurationError(f"There is no audience `{audience}` in this version.", next_step="Use internal.")
    if again != bool((reason or "").strip()):
        raise ConfigurationError("--again and --reason belong together: a pack is superseded only with a reason.")


def _build(
    composition: Composition,
    kind: str,
    scope: str,
    period: Period,
    *,
    reason: str | None,
    quiet: bool,
    with_calls: bool,
) -> SealedPack:
    from cli.progress import shown
    from evidence.errors import ConfigurationError
    from evidence.ledger.folds import Series
    from evidence.packs.build import PackOrder, build_pack
    from evidence.packs.series import reason_for_revision, standing
    from reports.renderer import ReportRenderer

    if kind == "night" and period.first != period.last:
        raise ConfigurationError(
            "A night pack is of one night.", next_step="Give --period YYYY-MM-DD, or --kind audit."
        )
    chosen = composition.scope(scope)
    found = standing(composition.ledger.entries(), Series(scope, kind, "internal"), period)
    if found is not None and reason is None:
        since = reason_for_revision(composition.ledger.entries(), found, period.nights())
        if since:
            say(f"{found.pack_id} is sealed already, and since then: {since}. To supersede it: --again --reason TEXT")
        elif not quiet:
            say(f"{found.pack_id} is sealed already; nothing to do")
        return found
    order = PackOrder(kind, chosen, period, reason, with_calls=with_calls)
    with shown(quiet=quiet) as progress:
        return build_pack(composition.parts, composition.sealing(ReportRenderer()), order, progress).pack


def _row(composition: Composition, pack: SealedPack) -> dict[str, object]:
    payload = pack.entry.payload
    path = pack.archive.path
    return {
        "pack": pack.pack_id,
        "scope": pack.series.scope,
        "kind": pack.series.kind,
        "first_night": str(pack.first_night),
        "last_night": str(pack.last_night),
        "revision": pack.revision,
        "series_sequence": pack.series_sequence,
        "completeness": payload["completeness"],
        "time_stamp": payload["time_stamp"] if payload["time_stamp"] == "inside" else "NOT TIME-STAMPED",
        "keep_until": payload["keep_until"],
        "sealed_at": pack.entry.at.isoformat(),
        "tagmanifest_sha256": pack.tagmanifest_sha256,
        "file": str(composition.place(path)),
        "calls": None if pack.calls is None else str(composition.place(pack.calls.path)),
    }


def _later(pack: SealedPack, stamps: Mapping[str, tuple[LaterStamp, ...]]) -> dict[str, object]:
    """A stamp that the pack was given after it was sealed, which it cannot say of itself."""
    given = stamps.get(pack.pack_id)
    return {"time_stamp": f"later: {given[0].stamped_at.isoformat()}"} if given else {}


def _successor(pack: SealedPack, series: tuple[SealedPack, ...]) -> str | None:
    return next((one.pack_id for one in series if one.supersedes == pack.tagmanifest_sha256), None)
