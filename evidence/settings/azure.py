"""Whom to ask, and as whom: settings of `azure`."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints, ValidationInfo, field_validator, model_validator

from evidence.addresses import checked_url, is_loopback
from evidence.settings.strict import Pattern, Strict, SubscriptionId
from evidence.tiers import Span

EVERY_SUBSCRIPTION = "all"
"""Stands for all subscriptions that the identity sees."""


class VaultPatterns(Strict):
    """Which vaults are read, by name or id; `*` and `?` are wildcards."""

    include: tuple[Pattern, ...] = Field(default=("*",), min_length=1)
    exclude: tuple[Pattern, ...] = ()


class AzureSettings(Strict):
    """Whom to ask, and as whom."""

    cloud: Literal["public", "usgov", "china"] = "public"
    endpoint: str | None = None
    credential: Literal["default", "managed_identity", "workload", "cli", "static"] = "default"
    management_group: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_().-]{1,90}$")] | None = None
    """Id of the group whose subscriptions are read."""
    subscriptions: tuple[SubscriptionId, ...] = Field(default=(), validate_default=True)
    """Ids, or the word `all` for all that the identity sees; empty with a management group."""
    second_sources: bool = True
    """Whether Resource Graph and the Activity Log are asked, against which what the vaults answer is compared."""
    vaults: VaultPatterns = VaultPatterns()
    workers: int = Field(default=8, ge=1, le=64, strict=True)
    """Vaults that are read at the same time."""
    run_may_wait: Span = timedelta(minutes=30)
    """Longest total of all waits of a run that Azure's throttling asks for."""

    @field_validator("endpoint")
    @classmethod
    def _endpoint(cls, value: str | None) -> str | None:
        checked = None if value is None else checked_url(value, "endpoint")
        if checked is not None and urlsplit(checked).path:
            raise ValueError("endpoint must be scheme, host and port alone")
        return checked

    @property
    def all_subscriptions(self) -> bool:
        """Whether all subscriptions are read that the identity sees."""
        return self.subscriptions == (EVERY_SUBSCRIPTION,)

    @field_validator("subscriptions", mode="before")
    @classmethod
    def _all(cls, value: object, info: ValidationInfo) -> object:
        grouped = info.data.get("management_group") is not None
        if grouped and value:
            raise ValueError("and `management_group` both say what is read; keep one of them")
        # Without a group they are needed; a group that is not valid is a mistake of its own.
        if not value and not grouped and "management_group" in info.data:
            raise ValueError("names no subscription: give ids, or `all`, or a `management_group`")
        return [EVERY_SUBSCRIPTION] if value == EVERY_SUBSCRIPTION else value

    @field_validator("subscriptions")
    @classmethod
    def _subscriptions(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len({one.lower() for one in value}) != len(value):
            raise ValueError("a subscription is named twice")
        if EVERY_SUBSCRIPTION in value and len(value) > 1:
            raise ValueError("`all` stands alone: name subscriptions, or write `subscriptions: all`")
        return value

    @model_validator(mode="after")
    def _static_is_local(self) -> AzureSettings:
        if self.credential == "static" and not is_loopback(self.endpoint):
            raise ValueError("credential `static` is for a loopback endpoint only")
        return self
