"""The register as the commands show it: read once, and one row for each object, kind and month."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

from cli.context import moment_of_reading

if TYPE_CHECKING:
    from datetime import date

    from evidence.compose import Composition
    from evidence.ledger.entries import LedgerEntry
    from evidence.retention.register import Register
    from evidence.retention.values import Registered

LIST = ("path", "kind", "size", "kept_until", "state", "on_hold", "rule")
_STEP = 1000


def read(composition: Composition) -> tuple[Sequence[LedgerEntry], Register]:
    """The ledger and its register as of now."""
    from evidence.errors import RefusedError
    from evidence.runs.retention.standing import register_now

    entries = composition.ledger.entries()
    if not entries:
        raise RefusedError(
            "Nothing is sealed in this store yet, so nothing is kept.",
            next_step="backup-evidence run --night YYYY-MM-DD",
        )
    return entries, register_now(composition.keeper, entries, moment_of_reading(composition))


def row_of(one: Registered) -> dict[str, object]:
    """One object."""
    file = one.file
    return {
        "path": file.path,
        "kind": str(file.kind),
        "size": size_of(file.bytes),
        "bytes": file.bytes,
        "sha256": file.sha256,
        "kept_until": told(one.promise.day),
        "may_go_on": told(day_after(one.promise.day)),
        "state": str(one.state),
        "on_hold": ", ".join(hold.hold_id for hold in one.holds) or None,
        "rule": one.promise.rule,
        "sealed_at": file.sealed_at.isoformat(),
        "ledger_entry": file.sequence,
        "first_night": told(file.first_night),
        "last_night": told(file.last_night),
        "scope": file.scope,
        "pack_kind": file.pack_kind,
        "audience": file.audience,
        "pack_id": file.pack_id,
    }


def day_after(day: date | None) -> date | None:
    """The first day on which something may go; None where it never may."""
    from datetime import date, timedelta

    return None if day is None or day == date.max else day + timedelta(days=1)


def told(value: object) -> str | None:
    """A value as text; None stays."""
    return None if value is None else str(value)


def size_of(count: int) -> str:
    """Bytes as a person reads them, in thousands."""
    size = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if size < _STEP:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= _STEP
    return f"{size:.1f} TB"


def counted(count: int, what: str) -> str:
    """`1 object`, `3 objects`."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def words(given: Sequence[str] | None, known: type[StrEnum], option: str) -> list[str]:
    """Words that a person gave for an option, as the values of one list; raises ConfigurationError for another."""
    from evidence.errors import ConfigurationError

    asked = [one.strip().lower().replace("-", "_") for one in given or ()]
    every = {str(one) for one in known}
    odd = sorted(set(asked) - every)
    if odd:
        raise ConfigurationError(f"{option} is none of {', '.join(sorted(every))}: {', '.join(odd)[:100]}.")
    return asked
