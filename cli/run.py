"""`backup-evidence run`: capture, tables, seal, links and packs of nights, by the same assets as the schedule."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import PARTIAL, Config, Output, Quiet, compose, exits
from cli.output import Format, Result, emit, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from evidence.compose import Composition
    from evidence.ledger.folds import SealedPack
    from evidence.runs.parts import Progress

Night = Annotated[
    datetime | None, typer.Option("--night", formats=["%Y-%m-%d"], help="One night, named by its first day.")
]
First = Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First of several nights.")]
Last = Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last of several nights.")]

COLUMNS = ("night", "scope", "state", "completeness", "jobs", "pack")


def run(
    night: Night = None,
    first: First = None,
    last: Last = None,
    again: Annotated[bool, typer.Option("--again", help="Capture sealed nights once more; needs --reason.")] = False,
    reason: Annotated[str | None, typer.Option("--reason", help="Why a sealed night is captured again.")] = None,
    config: Config = None,
    output: Output = Format.TABLE,
    quiet: Quiet = False,
) -> None:
    """Capture nights and build their packs. A sealed night is left alone and said to be sealed.

    Ends 4 where a source could not be read whole, so that a pack is not COMPLETE.

    Examples:
      backup-evidence run --night 2026-11-21
      backup-evidence run --from 2026-11-01 --to 2026-11-10
      backup-evidence run --night 2026-11-21 --again --reason "vault rights were granted"
    """
    with exits():
        nights = _nights(night, first, last)
        _check_reason(again=again, reason=reason)
        rows: list[dict[str, object]] = []
        complete = False
        try:
            rows.extend(_run(compose(config), nights, again=again, reason=reason, quiet=quiet))
            # A night that was sealed before is left alone: what its pack lacks was told when it was sealed.
            complete = all(row["completeness"] == "COMPLETE" for row in rows if row["state"] != "sealed")
        finally:
            # What was done before a night failed is done, and told.
            if rows:
                emit(Result("backup-evidence/run/1", rows, COLUMNS, {"complete": complete}), output)
        if not complete:
            raise typer.Exit(PARTIAL)


def _nights(night: datetime | None, first: datetime | None, last: datetime | None) -> Sequence[date]:
    from evidence.errors import ConfigurationError
    from evidence.nights import nights_between

    if night is not None and first is None and last is None:
        return [night.date()]
    if night is None and first is not None and last is not None:
        return list(nights_between(first.date(), last.date()))
    raise ConfigurationError("Name one night with --night, or a range with --from and --to.")


def _check_reason(*, again: bool, reason: str | None) -> None:
    from evidence.errors import ConfigurationError

    if again != bool((reason or "").strip()):
        raise ConfigurationError(
            "--again and --reason belong together: a sealed night is captured again only with a reason."
        )


def _run(
    composition: Composition, nights: Sequence[date], *, again: bool, reason: str | None, quiet: bool
) -> Iterator[dict[str, object]]:
    from cli.progress import shown
    from cli.publishing import checkpoint_remarks, complete_checkpoint
    from cli.retention_seen import protection_remarks
    from evidence.errors import ConfigurationError

    before = [night for night in nights if night < composition.settings.first_night]
    if before:
        raise ConfigurationError(
            f"Night {before[0]} lies before first_night {composition.settings.first_night}.",
            next_step="Choose later nights, or set an earlier first_night.",
        )
    done = {} if again else {night: found for night in nights if (found := _standing(composition, night))}
    for night, packs in done.items():
        if not quiet:
            say(f"night {night} is sealed, and so are its packs; nothing to do")
        yield from _rows(night, "sealed", packs)
    todo = [night for night in nights if night not in done]
    if todo:
        with shown(quiet=quiet) as progress:
            yield from _execute(composition, todo, progress, again=again, reason=reason)
    else:
        complete_checkpoint(composition, [pack for packs in done.values() for pack in packs.values()])
    for line in () if quiet else (*checkpoint_remarks(composition), *protection_remarks(composition)):
        say(line)


def _execute(
    composition: Composition, nights: Sequence[date], progress: Progress, *, again: bool, reason: str | None
) -> Iterator[dict[str, object]]:
    from pipelines.nightly import Nightly, open_instance

    _refuse_unfit_signer(composition, nights[0])
    composition.targets()  # a secret that is missing shows now, and not when the packs are sealed
    with open_instance(composition) as instance:
        nightly = Nightly(composition, instance, progress)
        for night in nights:
            _refuse_unfit_signer(composition, night)
            nightly.run(night, again=again, reason=reason)
            packs = _standing(composition, night)
            yield from [_unfinished(night)] if packs is None else _rows(night, "captured", packs)


def _refuse_unfit_signer(composition: Composition, night: date) -> None:
    """Whatever is wrong with the key shows before anything is asked of Azure, and before anything is written."""
    from reports.renderer import ReportRenderer

    # A simulator's clock will be moved to the night's end first.
    sealed_at = max(composition.clock.now(), composition.calendar.window(night).end)
    composition.sealing(ReportRenderer()).keep_until(night, sealed_at)


def _standing(composition: Composition, night: date) -> dict[str, SealedPack] | None:
    """The night's packs where nothing is left to do: sealed, assessed, and a pack for each scope since then."""
    from evidence.ledger.folds import sealed_nights
    from evidence.packs.night import standing_night_packs
    from evidence.runs.assess import standing_assessment

    entries = composition.ledger.entries()
    if night not in sealed_nights(entries) or standing_assessment(entries, night) is None:
        return None
    return standing_night_packs(entries, composition.scopes(), night)


def _unfinished(night: date) -> dict[str, object]:
    """A night that was run and is not done: another run sealed it once more meanwhile."""
    rest = dict.fromkeys(("scope", "completeness", "jobs", "pack", "path", "time_stamp", "keep_until"))
    return {"night": str(night), "state": "to be run again", **rest}


def _rows(night: date, state: str, packs: dict[str, SealedPack]) -> Iterator[dict[str, object]]:
    for scope, pack in packs.items():
        payload = pack.entry.payload
        counts = payload["counts"]
        jobs = counts.get("jobs") if isinstance(counts, dict) else None
        yield {
            "night": str(night),
            "scope": scope,
            "state": state,
            "completeness": payload["completeness"],
            # No job in a pack that lacks a list is not the same as no job.
            "jobs": None if not jobs and payload["completeness"] == "INCOMPLETE" else jobs,
            "pack": pack.pack_id,
            "path": pack.archive.path,
            "time_stamp": payload["time_stamp"],
            "keep_until": payload["keep_until"],
        }
