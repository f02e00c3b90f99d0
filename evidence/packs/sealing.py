"""What packs are sealed with."""

from __future__ import annotations

from dataclasses import dataclass

from evidence.packs.interface import Renderer
from evidence.seals.interface import Signer, TimestampAuthority


@dataclass(frozen=True, slots=True)
class Sealing:
    """What packs are sealed with."""

    signer: Signer
    authority: TimestampAuthority | None
    renderer: Renderer
    organisation: str
    keep_years: int
    audit_year_starts: str
