"""Which packs people must review, and how soon: settings.

Not here: the rest of the configuration (`settings`), reviews themselves (`evidence.packs.reviews`).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

ReviewedKind = Literal["night", "audit", "restore-drills", "aging"]


class ReviewSettings(BaseModel):
    """Packs of these kinds must be reviewed within so many days of their sealing."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    due_days: Annotated[int, Field(ge=1, le=366, strict=True)] = 30
    kinds: tuple[ReviewedKind, ...] = ("audit",)

    @field_validator("kinds")
    @classmethod
    def _kinds(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) != len(value):
            raise ValueError("a kind is named twice")
        return value
