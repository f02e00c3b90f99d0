"""Where evidence rests: settings of `store`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from evidence.addresses import checked_url, is_loopback
from evidence.settings.strict import Strict

_CONTAINER = r"^[a-z0-9](-?[a-z0-9]){2,62}$"


class LocalStore(Strict):
    """A folder; relative to the configuration file."""

    kind: Literal["local"] = "local"
    path: Path = Path("evidence-store")


class AzureBlobStoreSettings(Strict):
    """A container of Azure Blob Storage."""

    kind: Literal["azure_blob"]
    account_url: str
    container: Annotated[str, StringConstraints(pattern=_CONTAINER, max_length=63)] = "evidence"
    credential: Literal["default", "managed_identity", "workload", "cli", "shared_key"] = "default"
    """`shared_key` (loopback only, for Azurite) reads the key from BACKUP_EVIDENCE_STORE_KEY."""

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
