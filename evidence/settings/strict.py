"""What all settings share: unknown keys are mistakes, and values do not change."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?")
"""Of a scope or a target: it becomes part of paths and pack ids."""
SubscriptionId = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z-]{1,64}$")]
Pattern = Annotated[str, StringConstraints(min_length=1)]
"""A name, an id, or either with wildcards."""


class Strict(BaseModel):
    """A part of the configuration."""

    model_config = ConfigDict(extra="forbid", frozen=True)
