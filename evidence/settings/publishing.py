"""Where checkpoints are sent that is no store: settings of mail and of webhooks.

Not here: the rest of the configuration (`model`). Invariants: no secret stands in it; nothing leaves this machine without
TLS but over loopback.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from evidence.addresses import LOOPBACK, checked_url
from evidence.settings.strict import Strict

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9]([A-Za-z0-9.-]{0,253}[A-Za-z0-9])?")


class MailPublishing(Strict):
    """A mail with the checkpoint's files, to people or to an archive."""

    kind: Literal["mail"]
    host: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z.:-]{1,255}$")]
    port: int = Field(default=587, ge=1, le=65535, strict=True)
    sender: str = Field(alias="from")
    recipients: tuple[str, ...] = Field(alias="to", min_length=1, max_length=50)
    tls: Literal["starttls", "implicit", "none"] = "starttls"
    """`implicit` from the first byte on (port 465); `none` for loopback only."""
    user: Annotated[str, StringConstraints(min_length=1)] | None = None
    password_file: Path | None = None
    """Else the password is in the environment; see docs/configuration.md."""

    @field_validator("recipients", mode="before")
    @classmethod
    def _one_or_more(cls, value: object) -> object:
        return [value] if isinstance(value, str) else value

    @field_validator("sender")
    @classmethod
    def _sender(cls, value: str) -> str:
        return checked_address(value)

    @field_validator("recipients")
    @classmethod
    def _recipients(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(checked_address(one) for one in value)

    @model_validator(mode="after")
    def _tls_but_over_loopback(self) -> MailPublishing:
        if self.tls == "none" and self.host not in LOOPBACK:
            raise ValueError("tls `none` is for a host on loopback only")
        if self.password_file is not None and self.user is None:
            raise ValueError("password_file needs a `user`")
        return self


class WebhookPublishing(Strict):
    """A signed CloudEvent by POST."""

    kind: Literal["webhook"]
    url: str
    secret_file: Path | None = None
    """Else the secret is in the environment; see docs/configuration.md."""

    @field_validator("url")
    @classmethod
    def _url(cls, value: str) -> str:
        return checked_url(value, "url")


def checked_address(value: str) -> str:
    """A plain mail address; raises ValueError for anything else."""
    if not _ADDRESS.fullmatch(value):
        raise ValueError(f"`{value[:80]}` is no plain mail address, such as audit@example.com")
    return value
