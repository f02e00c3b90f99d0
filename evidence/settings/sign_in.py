"""How persons sign in, who may review and who may approve: settings of `sign_in`.

Not here: signing in (`evidence.identity`). Invariants: one tenant is pinned, never `common`; plain http is for loopback only; no secret belongs here,
for the program is a public client.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints, ValidationInfo, field_validator

from evidence.addresses import checked_url
from evidence.settings.strict import NAME, Strict
from evidence.tiers import Span

Guid = Annotated[str, StringConstraints(pattern=r"^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$", to_lower=True)]
_SHORTEST, _LONGEST = timedelta(minutes=1), timedelta(hours=1)
_MANY_TENANTS = re.compile(r"/(common|organizations|consumers)(/|$)", re.IGNORECASE)


class SignInSettings(Strict):
    """One registration in Entra ID, and the persons who review."""

    tenant: Guid
    client_id: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z-]{1,64}$")]
    """Application id of the registration: a public client with the redirect `http://127.0.0.1/signed-in`."""
    issuer: str | None = None
    """Another than `https://login.microsoftonline.com/<tenant>/v2.0`, such as a sovereign cloud's."""
    device_code: bool = False
    """Whether a person may sign in on another device."""
    max_age: Span = timedelta(minutes=10)
    """How long ago the person may have proven who they are."""
    reviewers: dict[str, tuple[Guid, ...]] = Field(default_factory=dict)
    """Object ids of those who review drills, by scope; nobody else does."""
    approvers: dict[str, tuple[Guid, ...]] | None = None
    """Object ids of those who approve that a risk is accepted or an exception closed, by scope; not given, the reviewers."""

    records_managers: tuple[Guid, ...] = ()
    """Object ids of those who place and release legal holds, lengthen dates and approve disposals; nobody else does."""

    @property
    def who_approves(self) -> dict[str, tuple[str, ...]]:
        """Object ids of those who approve decisions on exceptions, by scope."""
        return self.reviewers if self.approvers is None else self.approvers

    @property
    def pinned_issuer(self) -> str:
        """The issuer to the letter."""
        return self.issuer or f"https://login.microsoftonline.com/{self.tenant}/v2.0"

    @field_validator("issuer")
    @classmethod
    def _issuer(cls, value: str | None) -> str | None:
        if value is None:
            return None
        checked_url(value, "issuer")
        if _MANY_TENANTS.search(urlsplit(value).path):
            raise ValueError("issuer must name one tenant, never common, organizations or consumers")
        return value

    @field_validator("max_age")
    @classmethod
    def _max_age(cls, value: timedelta | None) -> timedelta | None:
        if value is None or not _SHORTEST <= value <= _LONGEST:
            raise ValueError("must be a span of 1m to 1h")
        return value

    @field_validator("records_managers")
    @classmethod
    def _records_managers(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) != len(value):
            raise ValueError("records_managers must name nobody twice")
        return value

    @field_validator("reviewers", "approvers")
    @classmethod
    def _persons(
        cls, value: dict[str, tuple[str, ...]] | None, info: ValidationInfo
    ) -> dict[str, tuple[str, ...]] | None:
        for name, persons in (value or {}).items():
            if not NAME.fullmatch(name):
                raise ValueError(f"`{name}` is no name of a scope")
            if not persons or len(set(persons)) != len(persons):
                raise ValueError(f"{info.field_name} of `{name}` must name somebody, and nobody twice")
        return value
