"""`backup-evidence retention check`: what the store really holds and enforces, against what is promised."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import PARTIAL, Config, Output, Quiet, compose, exits
from cli.output import Format, Result, emit, say

if TYPE_CHECKING:
    from evidence.ledger.truths import TruthTest
    from evidence.runs.retention.truth import TruthFound

COLUMNS = ("path", "fault", "promised", "real")
FINDINGS = 3
LOST = 7


class Contents(StrEnum):
    """Which contents are read and hashed."""

    ALL = "all"
    ROTATION = "rotation"
    NONE = "none"


def check(
    contents: Annotated[
        Contents,
        typer.Option(
            help="Contents that are read and hashed: all, those whose turn it is (each within 30 days), or none."
        ),
    ] = Contents.ROTATION,
    under: Annotated[str, typer.Option(help="Only objects whose path begins so.")] = "",
    config: Config = None,
    output: Output = Format.TABLE,
    quiet: Quiet = False,
) -> None:
    """Test the store against the register: each object is there, whole, and protected until its promised day; holds and settings too.

    Protection that falls short is set first. What was found is sealed, and each difference is an exception with the promised and the real value.

    Ends 7 where something sealed is missing or changed, 3 where something else differs, 4 where something could not be looked at.

    Examples:
      backup-evidence retention check
      backup-evidence retention check --contents all -o json
      backup-evidence retention check --under packs/ --contents all
    """  # fmt: skip
    with exits():
        from cli.progress import shown
        from evidence.runs.retention.truth import check_truth

        tester = compose(config).truth_tester
        with shown(quiet=quiet) as progress:
            found = check_truth(tester, contents=contents.value, scope=under, progress=progress)
        meta = {**meta_of(found.test), "orphans": found.passed.orphans}
        emit(Result("backup-evidence/retention-check/1", _rows(found), COLUMNS, meta), output)
        if not quiet:
            for line in lines_of(found.test):
                say(line)
        if code := _code(found):
            raise typer.Exit(code)


def _rows(found: TruthFound) -> list[dict[str, object]]:
    return [
        {"path": one.path, "fault": one.fault.value, "promised": one.promised, "real": one.real}
        for one in found.mismatches
    ]


def _code(found: TruthFound) -> int:
    if found.lost:
        return LOST
    if len(found.unknown) < len(found.mismatches):
        return FINDINGS
    return PARTIAL if found.unknown else 0


def meta_of(test: TruthTest) -> dict[str, object]:
    """What a test came to."""
    counts = test.counts
    return {
        "check_id": test.check_id,
        "tested_at": test.tested_at.isoformat(),
        "ledger_entry": test.entry.sequence,
        "contents": test.contents,
        "under": test.scope,
        "objects": counts.expected,
        "seen": counts.seen,
        "read": counts.read,
        "read_bytes": counts.read_bytes,
        "whole": counts.whole,
        "mismatched": counts.mismatched,
        "unknown": counts.unknown,
        "faults": dict(test.faults),
        "protection": dict(test.states),
        "protection_configured": test.mode,
        "protection_set": test.renewed,
        "protection_not_set": test.not_renewed or None,
    }


def lines_of(test: TruthTest) -> list[str]:
    """The same for people."""
    counts = test.counts
    looked = (
        f"{counts.seen} of {counts.expected} objects seen, {counts.read} contents read, {counts.whole} of them whole"
    )
    differ = f"{counts.mismatched} differ from the promise, {counts.unknown} could not be looked at"
    states = ", ".join(f"{state} {count}" for state, count in sorted(test.states.items()))
    told = [
        f"tested {test.tested_at:%Y-%m-%d %H:%M}Z: {looked}; {differ}",
        f"protection as read back (configured: {test.mode}): {states}",
    ]
    if test.not_renewed:
        told.append(f"NOT ENFORCED: protection could not be set: {test.not_renewed}")
    return told
