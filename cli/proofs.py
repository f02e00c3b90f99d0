"""`backup-evidence checkpoint prove` and `consistency`: proofs for those who hold a checkpoint and not the store."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import PARTIAL, Config, Output, compose, exits
from cli.output import Format, Result, emit, say

if TYPE_CHECKING:
    from evidence.compose import Composition
    from evidence.ledger.publications import MadeCheckpoint
    from evidence.packs.checkpoints.prove import Proven

INTEGRITY = 7


def prove(
    subject: Annotated[str, typer.Argument(help="A pack's id, or a night as YYYY-MM-DD.")],
    size: Annotated[int | None, typer.Option("--checkpoint", help="Which one [default: the newest].")] = None,
    to: Annotated[Path, typer.Option("--to", help="The folder for proof and checkpoint.")] = Path(),
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """Write the proof that a checkpoint covers a pack or a night, with the checkpoint; for `verify --checkpoint --proof`.

    State `sealed`: it is there. `disposed`: its tombstone is proven too. `lost`: named, not there, and nobody disposed
    of it (ends 7). `missing`: no entry seals that night, so there is nothing to prove (ends 4).

    Examples:
      backup-evidence checkpoint prove all-night-internal-2026-11-21-r0001 --to for-the-auditor
      backup-evidence checkpoint prove 2026-11-21
    """
    with exits():
        composition = compose(config)
        proven = _proven(composition, subject, size)
        row: dict[str, object] = {"subject": proven.subject, "state": proven.state, "absent": list(proven.absent)}
        if proven.checkpoint is not None and proven.proof is not None:
            from evidence.packs.handing_over import write_new

            name = f"{subject}.{proven.checkpoint.size}.proof.json"
            row["checkpoint"] = hand_over_files(composition, proven.checkpoint, to)
            row["proof"] = str(write_new(to / name, proven.proof))
        emit(Result("backup-evidence/checkpoint-proof/1", [row], ("subject", "state", "checkpoint", "proof")), output)
        if proven.state == "missing":
            say(
                f"No entry of the ledger seals {proven.subject}: the night is missing, which no proof can show otherwise."
            )
            raise typer.Exit(PARTIAL)
        if proven.state == "lost":
            say(f"{len(proven.absent)} objects of {proven.subject} are not in the store, and nobody disposed of them.")
            raise typer.Exit(INTEGRITY)


def consistency(
    older: Annotated[int, typer.Argument(help="Entries that the older checkpoint covers.")],
    newer: Annotated[int, typer.Argument(help="Entries that the newer one covers.")],
    to: Annotated[Path, typer.Option("--to", help="The folder for the proof.")] = Path(),
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """Write the proof that one checkpoint goes on from another: nothing before was changed or dropped.

    Example: backup-evidence checkpoint consistency 42 97 --to for-the-auditor
    """
    with exits():
        from evidence.packs.checkpoints.prove import prove_between
        from evidence.packs.handing_over import write_new

        proof = prove_between(compose(config).parts, older, newer)
        file = write_new(to / f"consistency.{older}.{newer}.proof.json", proof)
        row = {"older": older, "newer": newer, "proof": str(file)}
        emit(Result("backup-evidence/checkpoint-consistency/1", [row], list(row)), output)


def _proven(composition: Composition, subject: str, size: int | None) -> Proven:
    from evidence.packs.checkpoints.prove import prove_night, prove_pack

    try:
        night = date.fromisoformat(subject)
    except ValueError:
        return prove_pack(composition.parts, subject, size)
    return prove_night(composition.parts, night, size)


def hand_over_files(composition: Composition, made: MadeCheckpoint, to: Path) -> str:
    """Copy a checkpoint's files into a folder of their own; tells which."""
    from evidence.packs.handing_over import hand_over

    folder = to / made.folder.rstrip("/").rpartition("/")[2]
    for named in made.entry.objects:
        hand_over(composition.store, named, folder / named.path.rpartition("/")[2])
    return str(folder)
