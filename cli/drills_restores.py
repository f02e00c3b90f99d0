"""`backup-evidence drills restores|overdue|settle`: which restores were found and what they are held to be, and what a night makes of them."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import Config, Output, compose, exits, moment_of_reading
from cli.output import Format, Result, emit, say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from evidence.compose import Composition
    from evidence.runs.drills.found import FoundRestore

COLUMNS = ("job", "verdict", "drill", "waiting", "item", "started_at", "initiator", "point", "why")
OVERDUE_COLUMNS = ("drill", "outcome", "subject", "window_end", "reason")
SETTLED_COLUMNS = ("what", "which")


class Held(StrEnum):
    """What a restore is held to be."""

    DRILL = "drill"
    PRODUCTION = "production-recovery"
    UNCLASSIFIED = "unclassified"


def restores(
    verdict: Annotated[list[Held] | None, typer.Option("--verdict", help="Only those held to be this.")] = None,
    unlinked: Annotated[bool, typer.Option("--unlinked", help="Only those in no drill's record.")] = False,
    vault: Annotated[str | None, typer.Option("--vault", help="Only of the vault with this ARM id.")] = None,
    config: Config = None,
    output: Output = Format.TABLE,
) -> None:
    """List every restore job that was read: drill, production recovery or unclassified, with each reason and its weight.

    Hard rules come first, then signals with their weights, then a person's word; an unclassified restore never counts and is always listed.
    As JSON with who started it, how that and its recovery point are known, and the drills that wait for it.

    Examples:
      backup-evidence drills restores
      backup-evidence drills restores --verdict unclassified -o json
    """
    with exits():
        wanted = {one.value.replace("-", "_") for one in verdict or ()}
        every = found(compose(config))
        shown = [
            one
            for one in every
            if (not wanted or str(one.classification.verdict) in wanted)
            and not (unlinked and one.drill_id)
            and (vault is None or one.execution.vault_id == vault.lower())
        ]
        emit(Result("backup-evidence/drill-restores/1", [row_of(one) for one in shown], COLUMNS), output)
        say(_counted(every, shown))


def overdue(config: Config = None, output: Output = Format.TABLE) -> None:
    """List planned drills whose window and grace are over: missed, tried in vain, or not known, and why.

    A drill is missed only where every night of its window was read and no restore that was read could be its own.

    Example: backup-evidence drills overdue
    """
    with exits():
        from evidence.ledger.folds import named_paths
        from evidence.runs.drills.around import Around
        from evidence.runs.drills.book import read_book
        from evidence.runs.drills.missing import overdue_drills
        from evidence.runs.sealed import SealedRows

        composition = compose(config)
        parts, entries = composition.parts, composition.ledger.entries()
        around = Around(SealedRows(parts.store, named_paths(entries)), parts.calendar)
        late = overdue_drills(read_book(entries), lambda: found(composition), around, moment_of_reading(composition))
        rows = [
            {
                "drill": one.drill.planned.drill_id,
                "outcome": str(one.outcome),
                "subject": one.drill.planned.subject,
                "window_end": one.drill.planned.window_end.isoformat(),
                "reason": one.reason,
            }
            for one in late
        ]
        emit(Result("backup-evidence/drills-overdue/1", rows, OVERDUE_COLUMNS), output)


def settle(config: Config = None, output: Output = Format.TABLE) -> None:
    """Do now what each night does: link restores to the drills that wait for them, count files, see copies gone, record missed drills.

    Done again it adds nothing. Azure is not asked: it rests on the nights that are sealed.

    Example: backup-evidence drills settle
    """
    with exits():
        from evidence.errors import ConfigurationError
        from evidence.ledger.folds import sealed_nights
        from evidence.runs.drills.nightly import sentences, settle_drills

        composition = compose(config)
        nights = sealed_nights(composition.ledger.entries())
        if not nights:
            raise ConfigurationError("No night is sealed.", next_step="backup-evidence run --night …")
        done = settle_drills(composition.parts, composition.classify_rules, max(nights))
        told = {
            "linked": done.linked,
            "told again": done.told_again,
            "files counted": done.checked,
            "copy gone": done.cleaned_up,
            "missed": done.missed,
            "left to persons": sentences(done),
        }
        rows = [{"what": what, "which": one} for what, many in told.items() for one in many]
        emit(Result("backup-evidence/drills-settled/1", rows, SETTLED_COLUMNS), output)


def found(composition: Composition) -> Sequence[FoundRestore]:
    """All restores of the store, by the configured rules."""
    from evidence.runs.drills.book import read_book
    from evidence.runs.drills.found import restores as restores_of

    entries = composition.ledger.entries()
    return restores_of(composition.parts, entries, composition.classify_rules, read_book(entries))


def found_of(config: Path | None, job: str, vault: str | None) -> tuple[Composition, FoundRestore]:
    """One restore by its job, and what it was read from."""
    from evidence.runs.drills.found import found_restore

    composition = compose(config)
    return composition, found_restore(found(composition), job, None if vault is None else vault.lower())


def row_of(one: FoundRestore) -> dict[str, object]:
    """One restore."""
    job, held, initiator = one.execution, one.classification, one.execution.initiator
    return {
        "job": job.job_id,
        "vault_id": job.vault_id,
        "verdict": str(held.verdict),
        "score": held.score,
        "decided_by": None if held.decided_by is None else held.decided_by.name,
        "drill": one.drill_id,
        "waiting": list(one.waiting),
        "item": None if job.item_key is None else job.item_key.rpartition("/")[2],
        "item_key": job.item_key,
        "status": job.status,
        "started_at": None if job.started_at is None else job.started_at.isoformat(),
        "ended_at": None if job.ended_at is None else job.ended_at.isoformat(),
        "location": job.location_type,
        "target_resource_group": job.target.resource_group,
        "target_name": job.target.name,
        "initiator": None if initiator is None else initiator.name,
        "initiator_id": None if initiator is None else initiator.object_id,
        "initiator_is_service": None if initiator is None else initiator.is_service,
        "initiator_known_by": job.initiator_known_by,
        "point": job.recovery_point_id,
        "point_at": None if job.recovery_point_at is None else job.recovery_point_at.isoformat(),
        "point_known_by": job.link,
        "why": list(held.reasons),
        "known_by": list(one.known_by),
    }


def _counted(every: Sequence[FoundRestore], shown: Sequence[FoundRestore]) -> str:
    count = {
        held: sum(str(one.classification.verdict) == held.value.replace("-", "_") for one in every) for held in Held
    }
    told = ", ".join(f"{number} {held.value.replace('-', ' ')}" for held, number in count.items())
    return f"{len(every)} restores: {told}; {len(shown)} shown"
