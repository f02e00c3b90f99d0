"""Checkpoints of the ledger, and time stamps: settings of `checkpoint` and `timestamp`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator

from evidence.addresses import checked_url
from evidence.settings.publishing import MailPublishing, WebhookPublishing
from evidence.settings.stores import OF_STORE, AzureBlobStoreSettings, LocalStore
from evidence.settings.strict import NAME, Strict

PublishSettings = Annotated[
    LocalStore | AzureBlobStoreSettings | MailPublishing | WebhookPublishing, Field(discriminator="kind")
]


class TimestampSettings(Strict):
    """The time-stamp authority."""

    url: str

    @field_validator("url")
    @classmethod
    def _url(cls, value: str) -> str:
        # RFC 3161 answers are signed and bound to the question by hash and nonce: many authorities offer http only.
        return checked_url(value, "timestamp.url", http_anywhere=True)


class CheckpointSettings(Strict):
    """Checkpoints of the ledger: where they are sent, and how early certificates are renewed."""

    publish: dict[str, PublishSettings] = Field(default_factory=dict)
    """Stores of others, mail and webhooks, by name."""
    renew_within_days: Annotated[int, Field(ge=1, le=730)] = 60

    @field_validator("publish")
    @classmethod
    def _names(cls, value: dict[str, PublishSettings]) -> dict[str, PublishSettings]:
        for name, target in value.items():
            if not NAME.fullmatch(name) or name == "store":
                raise ValueError(
                    f"`{name}` must be lower-case letters, digits and hyphens, at most 40, and not `store`"
                )
            if isinstance(target, AzureBlobStoreSettings) and OF_STORE & target.model_fields_set:
                raise ValueError(
                    f"`{name}`: `immutability` and `account_id` are of `store` only; who keeps a target protects it"
                )
        return value
