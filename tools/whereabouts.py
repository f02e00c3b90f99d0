"""Where the things of a finished demonstration lie, and the lines that open them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = ".venv/bin"


@dataclass(frozen=True, slots=True)
class Demonstrated:
    """What one demonstration left behind."""

    home: Path
    audit: Path
    """The audit pack's ZIP; beside it lies its report, where the store is a folder."""
    drills: Path
    """The pack of restore drills."""
    fingerprint: str
    as_planned: bool


def where_to_look(done: Demonstrated) -> Sequence[str]:
    """Lines for a person who stands in the checkout."""
    home = shown(done.home)
    report = done.audit.with_name("report.pdf")
    lines = [f"  audit pack     {shown(done.audit)}"]
    if report.exists():
        lines.append(f"  its report     {shown(report)}")
        lines.append(f"  drills         {shown(done.drills.with_name('report.pdf'))}")
    lines += [
        f"  trust files    {home}/trust: root.pem, tsa-root.pem, and the signer's SHA-256 fingerprint",
        f"                 {done.fingerprint}",
        f"  every pack     {_with_store(home)}BACKUP_EVIDENCE_CONFIG={home}/evidence.yaml {BIN}/backup-evidence pack list",
    ]
    if not report.exists():
        lines.append(f"                 while this runs elsewhere: {BIN}/python tools/azurite.py {home}/azurite")
    return [*lines, f"  Dagster's UI   {ui_line(done.home)}"]


def shown(path: Path) -> Path:
    """A path as seen from the checkout."""
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


def ui_line(home: Path) -> str:
    """The line that opens Dagster's pages on a demonstration's store, read-only, on loopback, from any folder."""
    return (
        f"DAGSTER_HOME={home / 'dagster'} BACKUP_EVIDENCE_CONFIG={home / 'evidence.yaml'} "
        f"{ROOT / BIN / 'dagster-webserver'} -w {ROOT / 'workspace.yaml'} -h 127.0.0.1 -p 3000 --read-only"
    )


def _with_store(home: Path) -> str:
    key = home / "azurite" / "account-key"
    return f'BACKUP_EVIDENCE_STORE_KEY="$(cat {key})" ' if (ROOT / key).exists() else ""
