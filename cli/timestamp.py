"""`backup-evidence timestamp`: time stamps for packs that were sealed while the authority was down."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import Config, Output, Quiet, compose, exits
from cli.help import Commands
from cli.output import Format, Result, emit, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from evidence.compose import Composition
    from evidence.ledger.folds import SealedPack
    from evidence.packs.later_stamp import GivenStamp
    from evidence.seals.interface import TimestampAuthority

app = Commands(help="Time stamps given to packs after they were sealed.", no_args_is_help=True, rich_markup_mode=None)

COLUMNS = ("pack", "state", "stamped_at", "after_sealing", "stamp")


@app.callback()
def group() -> None:
    """Time stamps given to packs after they were sealed."""


@app.command()
def retry(
    pack_id: Annotated[str | None, typer.Argument(help="The pack's id, as `pack list` shows it.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every pack that has no time stamp.")] = False,
    config: Config = None,
    output: Output = Format.TABLE,
    quiet: Quiet = False,
) -> None:
    """Ask the authority now for stamps of packs that were sealed without one. The packs themselves stay as they are.

    Ends 6 where the authority gives none; what was stamped before that is kept and told.

    Examples:
      backup-evidence timestamp retry all-night-internal-2026-11-21-r0001
      backup-evidence timestamp retry --all
    """
    with exits():
        composition = compose(config)
        authority = _authority(composition)
        packs = _wanted(composition, pack_id, every=every)
        if not packs and not quiet:
            say("every pack is time-stamped; nothing to do")
        rows: list[dict[str, object]] = []
        try:
            rows.extend(_stamped(composition, authority, packs))
        finally:
            emit(Result("backup-evidence/timestamp/1", rows, COLUMNS, {"asked": len(packs)}), output)


@app.command()
def fetch(
    pack_id: Annotated[str, typer.Argument(help="The pack's id, as `pack list` shows it.")],
    to: Annotated[Path, typer.Option("--to", help="The folder to put it in, made where it is missing.")] = Path(),
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """Copy a pack's later time stamp out of the store, for `verify PACK --stamp FILE`.

    Example: backup-evidence timestamp fetch all-night-internal-2026-11-21-r0001 --to packs
    """
    with exits():
        from evidence.errors import ConfigurationError
        from evidence.ledger.folds import later_stamps
        from evidence.packs.handing_over import hand_over

        composition = compose(config)
        found = later_stamps(composition.ledger.entries()).get(pack_id)
        if not found:
            raise ConfigurationError(
                f"{pack_id} has been given no later time stamp.", next_step=f"backup-evidence timestamp retry {pack_id}"
            )
        file = hand_over(composition.store, found[0].entry.objects[0], to / f"{pack_id}.tsr")
        row = {"pack": pack_id, "file": str(file), "stamped_at": found[0].stamped_at.isoformat()}
        emit(Result("backup-evidence/timestamp-fetch/1", [row], list(row)), output)


def _authority(composition: Composition) -> TimestampAuthority:
    from evidence.errors import ConfigurationError

    if composition.authority is None:
        raise ConfigurationError("No time-stamp authority is configured.", next_step="Set `timestamp.url`.")
    return composition.authority


def _wanted(composition: Composition, pack_id: str | None, *, every: bool) -> Sequence[SealedPack]:
    from evidence.errors import ConfigurationError
    from evidence.ledger.folds import packs, unstamped_packs

    if every == (pack_id is not None):
        raise ConfigurationError("Name one pack, or give --all.")
    entries = composition.ledger.entries()
    if every:
        return unstamped_packs(entries)
    found = [one for series in packs(entries).values() for one in series if one.pack_id == pack_id]
    if not found:
        raise ConfigurationError(f"There is no pack {pack_id}.", next_step="backup-evidence pack list")
    return found


def _stamped(
    composition: Composition, authority: TimestampAuthority, packs: Sequence[SealedPack]
) -> Iterator[dict[str, object]]:
    from evidence.packs.later_stamp import stamp_later

    for pack in packs:
        yield _row(stamp_later(composition.parts, authority, pack))


def _row(given: GivenStamp) -> dict[str, object]:
    from evidence.packs.verification.later_stamp import told_delay

    return {
        "pack": given.stamp.pack_id,
        "state": "stamped" if given.new else "was stamped already",
        "stamped_at": given.stamp.stamped_at.isoformat(),
        "after_sealing": told_delay(given.delay),
        "authority": given.stamp.authority,
        "stamp": given.stamp.path,
        "ledger_entry": given.stamp.entry.sequence,
    }
