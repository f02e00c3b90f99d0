"""`backup-evidence doctor`: what a night needs, each thing tried; what the identity may read, and what it may do beyond that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from cli.context import Config, Output, Quiet, compose, exits
from cli.output import Format, Result, emit

if TYPE_CHECKING:
    from cli.doctor.rows import Row
    from evidence.compose import Composition
    from evidence.runs.parts import Progress
    from evidence.sources.examination import Examination


def doctor(config: Config = None, output: Output = Format.TABLE, quiet: Quiet = False) -> None:
    """Try everything that a night needs, and look at every right, without writing anything.

    Ends with the code of the first check that failed; else 5 where a right is missing, 4 where something could not be found out, 3
    where the identity may do more than read, a clock is wrong, an api-version is gone or certificates are to be renewed; else 0.

    Example: backup-evidence doctor -c evidence.yaml -o json
    """
    from cli.doctor.basics import basic_rows
    from cli.doctor.rows import COLUMNS, exit_code
    from cli.progress import shown

    with exits():
        composition = compose(config)
        rows = list(basic_rows(composition))
        with shown(quiet=quiet) as progress:
            rows += _of_azure(composition, output, progress)
        code = exit_code(rows)
        meta = {"ok": code == 0, "exit_code": code}
        emit(Result("backup-evidence/doctor/2", [row.shown() for row in rows], COLUMNS, meta), output)
        if code:
            raise typer.Exit(code)


def _of_azure(composition: Composition, output: Format, progress: Progress) -> list[Row]:
    """Sign-in first; where nobody lets us in there is nothing more to look at."""
    from cli.doctor.basics import tried_row
    from cli.doctor.findings import complete_rows, grouped_rows, store_row

    found: list[Examination] = []

    def sign_in() -> str:
        found.append(_examined(composition, progress))
        return f"{found[0].subscriptions} subscriptions, {found[0].vaults} vaults in scope"

    rows = [tried_row("sign-in", sign_in)]
    for one in found:
        rows += grouped_rows(one) if output is Format.TABLE else complete_rows(one)
    store = store_row(getattr(composition.settings.store, "account_url", None))
    return [*rows, *([store] if found and store else [])]


def _examined(composition: Composition, progress: Progress) -> Examination:
    from evidence.records import CaptureRequest

    parts, now = composition.parts, composition.clock.now()
    night = parts.calendar.night_of(now)
    window = parts.calendar.window(night)
    request = CaptureRequest(night, "doctor", window, window, window, late=False)
    return composition.source.examine(request, progress)
