"""Where evidence rests: settings of `store`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from evidence.addresses import checked_url, is_loopback
from evidence.settings.strict import NAME, Strict

_CONTAINER = r"^[a-z0-9](-?[a-z0-9]){2,62}$"


_ACCOUNT_ID = (
    r"^/subscriptions/[0-9A-Za-z-]{1,64}/resourceGroups/[^/]{1,90}"
    r"/providers/Microsoft\.Storage/storageAccounts/[a-z0-9]{3,24}$"
)
OF_STORE = frozenset({"immutability", "account_id"})
"""Keys that only the store itself honours: other stores are protected by whoever keeps them."""
MOST_DAYS = 146_000
"""What Azure takes at most for a policy."""


class LocalStore(Strict):
    """A folder; relative to the configuration file."""

    kind: Literal["local"] = "local"
    path: Path = Path("evidence-store")


class ImmutabilitySettings(Strict):
    """What is set on each blob that the ledger names, until the day that its retention promises."""

    mode: Literal["locked", "unlocked", "off"] = "unlocked"
    """`locked`: nobody can take it back. `off`: nothing is set; what somebody else set is read all the same."""
    days: Annotated[int, Field(ge=0, le=MOST_DAYS, strict=True)] = 0
    """At least so many days from sealing, where the promise is shorter."""


class AzureBlobStoreSettings(Strict):
    """A container of Azure Blob Storage."""

    kind: Literal["azure_blob"]
    account_url: str
    container: Annotated[str, StringConstraints(pattern=_CONTAINER, max_length=63)] = "evidence"
    credential: Literal["default", "managed_identity", "workload", "cli", "shared_key"] = "default"
    """`shared_key` (loopback only, for Azurite) reads the key from BACKUP_EVIDENCE_STORE_KEY."""
    immutability: ImmutabilitySettings = ImmutabilitySettings()
    account_id: Annotated[str, StringConstraints(pattern=_ACCOUNT_ID)] | None = None
    """ARM id of the account, by which its policies, soft delete and lifecycle rules are read. None: they are not read."""

    @field_validator("account_url")
    @classmethod
    def _account_url(cls, value: str) -> str:
        return checked_url(value, "account_url")

    @model_validator(mode="after")
    def _shared_key_is_local(self) -> AzureBlobStoreSettings:
        if self.credential == "shared_key" and not is_loopback(self.account_url):
            raise ValueError("credential `shared_key` is for a loopback account_url only")
        return self


StoreSettings = Annotated[LocalStore | AzureBlobStoreSettings, Field(discriminator="kind")]


def checked_replicas(value: dict[str, StoreSettings]) -> dict[str, StoreSettings]:
    """Second stores by name; raises ValueError for a name that is none, and for what only the first store honours."""
    for name, store in value.items():
        if not NAME.fullmatch(name):
            raise ValueError(f"`{name}` must be lower-case letters, digits and hyphens, at most 40")
        if isinstance(store, AzureBlobStoreSettings) and OF_STORE & store.model_fields_set:
            raise ValueError(
                f"`{name}`: `immutability` and `account_id` are of `store` only; who keeps a replica protects it"
            )
    return value
