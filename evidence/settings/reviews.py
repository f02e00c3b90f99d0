"""Which packs people must review, and how soon: settings.

Not here: the rest of the configuration (`model`), reviews themselves (`evidence.packs.oversight.reviews`).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from evidence.settings.strict import Strict

ReviewedKind = Literal["night", "audit", "restore-drills", "aging"]


class ReviewSettings(Strict):
    """Packs of these kinds must be reviewed within so many days of their sealing."""

    due_days: Annotated[int, Field(ge=1, le=366, strict=True)] = 30
    kinds: tuple[ReviewedKind, ...] = ("audit",)

    @field_validator("kinds")
    @classmethod
    def _kinds(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) != len(value):
            raise ValueError("a kind is named twice")
        return value
