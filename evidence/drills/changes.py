"""What of an item changed since its last accepted drill, so that the drill no longer proves it: policy, vault, region, engine, encryption.

Not here: finding what an item was like (`evidence.runs.drills.looks`). Invariant: what was not told on either side is `not known`, and neither changed nor
the same. Source: the design's reference on restore drills, 1.5.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

VERSION_NEVER_TOLD = "version of the operating system or engine: Azure Backup does not tell it"
_DIGITS = 8
"""Of a hash, where two are told apart for a person."""


@dataclass(frozen=True, slots=True)
class Look:
    """What an item was like as one night saw it; None: not told."""

    night: date
    vault_id: str
    policy_sha256: str | None = None
    """Of what its policy ordered."""
    region: str | None = None
    engine: str | None = None
    """Operating system of a machine, kind of a database or share."""
    encryption: str | None = None
    """By whose key the vault encrypts, and whether the machine's disks were encrypted."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What changed between two looks, and what cannot be told."""

    changed: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def compared(before: Look | None, after: Look, drilled_on: date) -> Compared:
    """What changed since a drill; `before` is None where no sealed night tells what the item was like then."""
    if before is None:
        return Compared(
            unknown=(f"what it was like on {drilled_on}: no sealed night of that time shows it", VERSION_NEVER_TOLD)
        )
    changed, unknown = [], []
    for name, then, now in _aspects(before, after):
        if then is None or now is None:
            unknown.append(f"{name}: not told {'then' if then is None else 'now'}")
        elif then.lower() != now.lower():
            changed.append(f"{name} ({_short(then)} on {before.night}, {_short(now)} on {after.night})")
    return Compared(tuple(changed), (*unknown, VERSION_NEVER_TOLD))


def _aspects(before: Look, after: Look) -> tuple[tuple[str, str | None, str | None], ...]:
    return (
        ("policy", before.policy_sha256, after.policy_sha256),
        ("vault", before.vault_id, after.vault_id),
        ("region", before.region, after.region),
        ("engine", before.engine, after.engine),
        ("encryption", before.encryption, after.encryption),
    )


def _short(value: str) -> str:
    """A hash by its first digits, an ARM id by its name."""
    if len(value) == 64 and not set(value) - set("0123456789abcdef"):  # noqa: PLR2004  # digits of SHA-256
        return value[:_DIGITS]
    return value.rpartition("/")[2] if value.startswith("/") else value
