"""`backup-evidence pack fetch`: hand a pack to a person, and what `pack show` lists of that."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import Config, Output, compose, exits
from cli.output import Format, Result, emit, say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from evidence.compose import Composition
    from evidence.ledger.entries import LedgerEntry
    from evidence.packs.oversight.deliveries import HandedOut, Receiver

COLUMNS = ("pack", "file", "bytes", "verified", "recorded", "for")


def fetch(
    pack_id: Annotated[str, typer.Argument(help="The pack's id, as `pack list` shows it.")],
    to: Annotated[Path, typer.Option("--to", help="The folder to put it in, made where it is missing.")] = Path(),
    receiver: Annotated[
        str | None, typer.Option("--for", help="The person who is given it; recorded in the ledger.")
    ] = None,
    purpose: Annotated[str | None, typer.Option("--purpose", help="What for; recorded with it.")] = None,
    with_calls: Annotated[bool, typer.Option("--with-calls", help="The calls that were sealed beside it too.")] = False,
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """Copy one pack's ZIP out of the store, hash it against the ledger, verify it, and record whom it is for.

    A file that is there is never overwritten. A pack that does not verify is not handed out (ends 7). Without --for nothing is
    recorded, and that is said.

    Examples:
      backup-evidence pack fetch all-audit-internal-2026Q3-r0001 --to packs --for "Ada Example, internal audit"
      backup-evidence pack fetch all-audit-internal-2026Q3-r0001 --to packs --for "Ada Example" --purpose "SOC 2, sample 14"
    """
    with exits():
        from cli.pack_named import named_pack
        from evidence.packs.fetch import fetch_calls
        from evidence.packs.oversight.deliveries import hand_out

        composition = compose(config)
        person = _receiver(receiver, purpose)
        pack = named_pack(composition, pack_id)
        calls = fetch_calls(composition.store, pack, to) if with_calls else None
        found = hand_out(composition.parts, pack, to, person)
        row = _row(pack_id, found)
        emit(Result("backup-evidence/pack-fetch/2", [row], COLUMNS), output)
        for line in _remarks(composition, pack_id, found):
            say(line)
        if calls is not None:
            say(
                f"its calls: {calls.path} ({calls.bytes} bytes, SHA-256 {calls.sha256}, as the pack's statement names them)"
            )


def deliveries_told(entries: Iterable[LedgerEntry], pack_id: str) -> list[dict[str, object]]:
    """Every delivery of a pack, for `pack show`."""
    from evidence.ledger.deliveries import deliveries

    return [
        {
            "for": one.receiver,
            "purpose": one.purpose,
            "asked_by": one.asked_by.sentence,
            "copied_at": one.copied_at.isoformat(),
            "recorded_at": one.entry.at.isoformat(),
            "bytes": one.bytes,
            "sha256": one.sha256,
            "ledger_entry": one.entry.sequence,
        }
        for one in deliveries(entries).get(pack_id, ())
    ]


def _receiver(name: str | None, purpose: str | None) -> Receiver | None:
    from cli.account import account
    from evidence.errors import ConfigurationError
    from evidence.packs.oversight.deliveries import Receiver

    if name is not None:
        return Receiver.checked(name, purpose, account())
    if purpose is not None:
        raise ConfigurationError("--purpose is recorded with the person it is for.", next_step="Name them with --for.")
    return None


def _row(pack_id: str, found: HandedOut) -> dict[str, object]:
    recorded = found.delivery
    return {
        "pack": pack_id,
        "file": str(found.file.path),
        "bytes": found.file.bytes,
        "sha256": found.file.sha256,
        "verified": f"{found.checks} checks held",
        "recorded": "no" if recorded is None else "now" if found.new else "before",
        "for": None if recorded is None else recorded.receiver,
        "purpose": None if recorded is None else recorded.purpose,
        "ledger_entry": None if recorded is None else recorded.entry.sequence,
    }


def _remarks(composition: Composition, pack_id: str, found: HandedOut) -> list[str]:
    from evidence.ledger.folds import packs

    told = []
    if found.delivery is None:
        told.append("delivery not recorded: to record whom this copy is for, give --for PERSON")
    elif not found.new:
        told.append(f"this copy was recorded before, as ledger entry {found.delivery.entry.sequence}")
    every = [one for series in packs(composition.ledger.entries()).values() for one in series]
    mine = next(one for one in every if one.pack_id == pack_id)
    later = [one.pack_id for one in every if one.supersedes == mine.tagmanifest_sha256]
    return [*told, *(f"{pack_id} is superseded by {name}" for name in later)]
