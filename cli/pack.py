"""`backup-evidence pack`: build, list, show and fetch evidence packs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import Config, Output, compose, exits
from cli.help import Commands
from cli.output import Format, Result, emit
from cli.pack_build import build
from cli.pack_fetch import deliveries_told, fetch
from cli.pack_named import named_pack
from cli.pack_review import review, reviews_told
from cli.pack_rows import COLUMNS, pack_row
from cli.pack_tools import diff, sample

if TYPE_CHECKING:
    from collections.abc import Mapping

    from evidence.ledger.folds import LaterStamp, SealedPack

app = Commands(help="Signed evidence packs.", no_args_is_help=True, rich_markup_mode=None)

app.command("build")(build)
app.command("fetch")(fetch)
app.command("review")(review)
app.command("sample")(sample)
app.command("diff")(diff)


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
            pack_row(composition, pack) | _later(pack, stamps) | {"superseded_by": _successor(pack, series)}
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
        from evidence.packs.oversight.signed_reviews import check_signed_reviews

        composition = compose(config)
        entry = named_pack(composition, pack_id).entry
        check_signed_reviews(composition.store, composition.ledger.entries(), pack_id)
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


def _later(pack: SealedPack, stamps: Mapping[str, tuple[LaterStamp, ...]]) -> dict[str, object]:
    """A stamp that the pack was given after it was sealed, which it cannot say of itself."""
    given = stamps.get(pack.pack_id)
    return {"time_stamp": f"later: {given[0].stamped_at.isoformat()}"} if given else {}


def _successor(pack: SealedPack, series: tuple[SealedPack, ...]) -> str | None:
    return next((one.pack_id for one in series if one.supersedes == pack.tagmanifest_sha256), None)
