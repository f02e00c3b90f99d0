"""`backup-evidence import`: files that people saved, kept, read, and told record by record."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import PARTIAL, Config, Output, Quiet, compose, exits
from cli.output import Format, Result, emit, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from evidence.ledger.entries import LedgerEntry
    from evidence.ledger.folds import SealedImport
    from evidence.records import Vault
    from evidence.runs.import_context import FileFindings, ImportOrder
    from evidence.runs.imports import ImportResult

COLUMNS = ("file", "state", "records", "accepted", "rejected", "disagreeing", "import")

KindName = Annotated[
    str,
    typer.Argument(
        metavar="KIND",
        help="az-jobs, az-job, az-items, az-recoverypoints, az-dp-jobs, az-dp-job, az-dp-items, az-dp-recoverypoints or inventory.",
    ),
]
Files = Annotated[
    list[Path], typer.Argument(metavar="FILE…", help="Files as saved; their names are kept, their folders not.")
]
VaultId = Annotated[str | None, typer.Option("--vault", help="ARM id of the vault of records that do not name theirs.")]
Night = Annotated[
    datetime | None,
    typer.Option(
        "--night",
        formats=["%Y-%m-%d"],
        help="Night the files tell of [default: the one that ended before --observed-at].",
    ),
]
ObservedAt = Annotated[
    str | None,
    typer.Option("--observed-at", help="When the files were saved: 2026-11-21T07:30:00Z or with an offset."),
]
Named = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        "--mapping",
        metavar="COLUMN=HEADER",
        help="Of an inventory: thing_key, name, resource_type, region, owner, environment, to_be_protected.",
    ),
]


def import_files(
    kind: KindName,
    files: Files,
    vault: VaultId = None,
    night: Night = None,
    observed_at: ObservedAt = None,
    by: Annotated[str | None, typer.Option("--by", help="Who saved the files [default: who runs this].")] = None,
    reason: Annotated[str | None, typer.Option("--reason", help="Why they are imported.")] = None,
    column: Named = None,
    config: Config = None,
    output: Output = Format.TABLE,
    quiet: Quiet = False,
) -> None:
    """Import files that people saved, as evidence of grade B: it fills what Azure's own answers never told, and never changes coverage.

    A file that is imported already is said to be, and left alone. Every rejected record is told with its place and reason.
    Ends 4 where records were rejected, 2 where a file cannot be used at all; nothing of any file is imported then.

    Examples:
      backup-evidence import az-jobs jobs.json --observed-at 2026-11-21T07:30:00Z
      backup-evidence import az-items items.json --vault /subscriptions/…/vaults/NAME --by "A. Person" --reason "no rights yet"
      backup-evidence import inventory cmdb.csv --column thing_key=ResourceId
    """
    with exits():
        from cli.progress import shown
        from evidence.runs.imports import import_files as run

        order = _order(kind, files, vault, night, observed_at, by, reason, column or [])
        composition = compose(config)
        with shown(quiet=quiet) as progress:
            result = run(composition.parts, order, progress)
        emit(Result("backup-evidence/import/1", _rows(result), COLUMNS, _meta(result)), output)
        for line in _remarks(result, quiet=quiet):
            say(line)
        if any(one.rejected for one in result.findings):
            raise typer.Exit(PARTIAL)


def _order(
    kind: str,
    files: Sequence[Path],
    vault: str | None,
    night: datetime | None,
    observed_at: str | None,
    by: str | None,
    reason: str | None,
    columns: Sequence[str],
) -> ImportOrder:
    from evidence.runs.import_context import ImportOrder

    return ImportOrder(
        kind=kind,
        paths=tuple(files),
        vault=None if vault is None else _vault(vault),
        night=None if night is None else night.date(),
        observed_at=None if observed_at is None else _moment(observed_at),
        by=(by or "").strip() or None,
        reason=(reason or "").strip() or None,
        columns=_columns(columns),
    )


def _vault(text: str) -> Vault:
    from evidence.errors import ConfigurationError
    from evidence.sources.saved.ids import vault_in

    found = vault_in(text.strip().rstrip("/"))
    if found is None or found.vault_id != text.strip().rstrip("/").lower():
        raise ConfigurationError(
            f"--vault {text!r} is no ARM id of a vault.",
            next_step="/subscriptions/…/resourceGroups/…/providers/Microsoft.RecoveryServices/vaults/NAME, or …/Microsoft.DataProtection/backupVaults/NAME.",
        )
    return found


def _moment(text: str) -> datetime:
    from datetime import UTC

    from evidence.errors import ConfigurationError

    try:
        moment = datetime.fromisoformat(text.strip())
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
        cause = "It has no time zone."
    except (ValueError, OverflowError) as error:
        cause = str(error)
    raise ConfigurationError(
        f"--observed-at {text!r} is no moment.", cause=cause, next_step="Write 2026-11-21T07:30:00Z, or with an offset."
    )


def _columns(told: Sequence[str]) -> Mapping[str, str]:
    from evidence.errors import ConfigurationError

    columns: dict[str, str] = {}
    for one in told:
        name, mark, header = one.partition("=")
        if not (mark and name.strip() and header.strip()) or name.strip() in columns:
            raise ConfigurationError(
                f"--column {one!r} names no column, or one twice.",
                next_step="Write COLUMN=HEADER, as thing_key=ResourceId.",
            )
        columns[name.strip()] = header.strip()
    return columns


def _rows(result: ImportResult) -> list[dict[str, object]]:
    rows = [_imported(one, result.sealed) for one in result.findings]
    rows += [_standing(name, sealed) for name, sealed in result.standing]
    rows += [{"file": name, "state": "the same bytes as another file named"} for name in result.repeated]
    return rows


def _imported(one: FileFindings, sealed: SealedImport | None) -> dict[str, object]:
    return {
        "file": one.file.name,
        "state": "imported",
        "records": one.records,
        "accepted": sum(one.accepted.values()),
        "rejected": one.rejected,
        "disagreeing": one.disagreeing,
        "import": sealed.import_id if sealed else None,
        "sha256": one.file.sha256,
        "bytes": one.file.bytes,
        "encoding": one.file.encoding,
        "form": one.form,
        "of": dict(one.accepted),
    }


def _standing(name: str, sealed: SealedImport) -> dict[str, object]:
    return {
        "file": name,
        "state": "there already",
        "import": sealed.import_id,
        "imported_at": sealed.entry.at.isoformat(),
        "by": sealed.by,
    }


def _meta(result: ImportResult) -> dict[str, object]:
    sealed = result.sealed
    names = {one.file.sha256: one.file.name for one in result.findings}
    return {
        "import_id": sealed.import_id if sealed else None,
        "night": str(sealed.night) if sealed else None,
        "observed_at": sealed.observed_at.isoformat() if sealed else None,
        "ledger_entry": sealed.entry.sequence if sealed else None,
        "evidence_grade": "B",
        "complete": not any(one.rejected for one in result.findings),
        "findings": [
            {
                "file_name": names[one.file.sha256],
                **{key: str(value) if key == "night" else value for key, value in row.items()},
            }
            for one in result.findings
            for row in one.rows
        ],
    }


def _remarks(result: ImportResult, *, quiet: bool) -> list[str]:
    """Every finding, a line each; of a quiet command the rejected ones alone."""
    told = [
        f"{one.file.name}: {_line(row)}"
        for one in result.findings
        for row in one.rows
        if not quiet or row["finding"] == "rejected"
    ]
    if quiet:
        return told
    for name, sealed in result.standing:
        told.append(f"{name} was imported already, by {sealed.import_id} of {sealed.by}; nothing to do")
    for one in result.findings:
        accepted = sum(one.accepted.values())
        told.append(
            f"{one.file.name}: {accepted:,} of {one.records:,} records accepted, {one.rejected:,} rejected, "
            f"{one.disagreeing:,} of {accepted:,} disagree with Azure's own answers"
        )
    if result.sealed is not None:
        told.append("grade B: it fills what Azure's own answers never told, and changes no coverage")
    return told


def _line(row: Mapping[str, object]) -> str:
    place = f"record {row['position']} (line {row['line']})" if row["position"] else "the file"
    if row["finding"] in {"disagrees", "moved_on"}:
        return (
            f"{place} {str(row['finding']).replace('_', ' ')}: {row['thing_key']}: {row['field']}: "
            f"Azure says {row['azure_says']}, the file {row['file_says']}; {row['detail']}"
        )
    return f"{place} {row['finding']}: {row['detail']}"


def imports_told(entries: Sequence[LedgerEntry]) -> list[dict[str, object]]:
    """What `status` tells of each import."""
    from evidence.ledger.folds import imports

    return [
        {
            "import": one.import_id,
            "kind": one.kind,
            "night": str(one.night),
            "imported_at": one.entry.at.isoformat(),
            "by": one.by,
            "files": len(one.files),
            "accepted": sum(file.accepted for file in one.files),
            "rejected": sum(file.rejected for file in one.files),
            "disagreeing": sum(file.disagreeing for file in one.files),
            "findings": next(
                (named.path for named in one.entry.objects if named.path.endswith("findings.parquet")), None
            ),
        }
        for one in imports(entries)
    ]


def import_remarks(told: object) -> list[str]:
    """The same in a line, and a line for each import that Azure's own rows contradict."""
    imports = [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []
    if not imports:
        return []
    files, rejected = (sum(one[name] for one in imports) for name in ("files", "rejected"))
    lines = [f"{len(imports)} imports of {files} uploaded files (grade B), {rejected} records rejected"]
    lines += [
        f"{one['disagreeing']} of {one['accepted']} records of {one['import']} ({one['kind']}) disagree with Azure's own answers: {one['findings']}"
        for one in imports
        if one["disagreeing"]
    ]
    return lines
