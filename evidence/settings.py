"""The configuration file, read and validated: each mistake with its line, unknown keys refused, never a secret inside.

Not here: what is made of it (`compose`). Invariant: a setting that this version cannot honour is refused, not ignored.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from evidence.addresses import checked_url, is_loopback
from evidence.errors import ConfigurationError
from evidence.plain_yaml import read_plain_yaml
from evidence.publishing_settings import MailPublishing, WebhookPublishing
from evidence.review_settings import ReviewSettings
from evidence.sealing_settings import KeyVaultSigning, Pkcs12Signing
from evidence.tiers import Span, TierRule

_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_CONTAINER = r"^[a-z0-9](-?[a-z0-9]){2,62}$"
SubscriptionId = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z-]{1,64}$")]
EVERY_SUBSCRIPTION = "all"
"""Stands for all subscriptions that the identity sees."""
Pattern = Annotated[str, StringConstraints(min_length=1)]
"""A name, an id, or either with wildcards."""


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class VaultPatterns(_Strict):
    """Which vaults are read, by name or id; `*` and `?` are wildcards."""

    include: tuple[Pattern, ...] = Field(default=("*",), min_length=1)
    exclude: tuple[Pattern, ...] = ()


class AzureSettings(_Strict):
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


class LocalStore(_Strict):
    """A folder; relative to the configuration file."""

    kind: Literal["local"] = "local"
    path: Path = Path("evidence-store")


class AzureBlobStoreSettings(_Strict):
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


class FileSigning(_Strict):
    """A key and its certificate in files; relative to the configuration file."""

    kind: Literal["file"] = "file"
    key: Path = Path("keys/signer.key")
    certificate: Path = Path("trust/signer.pem")
    passphrase_file: Path | None = None
    development: bool = False
    """Whether a DEVELOPMENT key may sign although the endpoint is a real Azure; its packs say NOT EVIDENCE."""


class TimestampSettings(_Strict):
    """The time-stamp authority."""

    url: str

    @field_validator("url")
    @classmethod
    def _url(cls, value: str) -> str:
        # RFC 3161 answers are signed and bound to the question by hash and nonce: many authorities offer http only.
        return checked_url(value, "timestamp.url", http_anywhere=True)


StoreSettings = Annotated[LocalStore | AzureBlobStoreSettings, Field(discriminator="kind")]


PublishSettings = Annotated[
    LocalStore | AzureBlobStoreSettings | MailPublishing | WebhookPublishing, Field(discriminator="kind")
]


class CheckpointSettings(_Strict):
    """Checkpoints of the ledger: where they are sent, and how early certificates are renewed."""

    publish: dict[str, PublishSettings] = {}
    """Stores of others, mail and webhooks, by name."""
    renew_within_days: Annotated[int, Field(ge=1, le=730)] = 60

    @field_validator("publish")
    @classmethod
    def _names(cls, value: dict[str, StoreSettings]) -> dict[str, StoreSettings]:
        for name in value:
            if not _NAME.fullmatch(name) or name == "store":
                raise ValueError(
                    f"`{name}` must be lower-case letters, digits and hyphens, at most 40, and not `store`"
                )
        return value


class Scope(_Strict):
    """Which vaults a pack is about; empty lists restrict nothing."""

    regions: tuple[Pattern, ...] = ()
    subscriptions: tuple[SubscriptionId, ...] = ()
    vaults: tuple[Pattern, ...] = ()


class Retention(_Strict):
    """How long packs are kept at least."""

    default: str = "1y"
    audit_year_starts: str = "01-01"

    @field_validator("default")
    @classmethod
    def _default(cls, value: str) -> str:
        if not re.fullmatch(r"[1-9]\d?y", value):
            raise ValueError("must be whole years, 1y to 99y; one year is the floor")
        return value

    @field_validator("audit_year_starts")
    @classmethod
    def _starts(cls, value: str) -> str:
        try:
            date.fromisoformat(f"2001-{value}")
        except ValueError:
            raise ValueError("must be month and day as MM-DD, other than 02-29") from None
        return value


class Settings(_Strict):
    """The whole configuration; every key has a default but `azure`."""

    organisation: str = Field(default="Organisation", min_length=1, max_length=200)
    time_zone: str = "UTC"
    night_starts_at: str = "06:00"
    azure: AzureSettings
    store: StoreSettings = LocalStore()
    signing: Annotated[FileSigning | Pkcs12Signing | KeyVaultSigning, Field(discriminator="kind")] = FileSigning()
    timestamp: TimestampSettings | None = None
    scopes: dict[str, Scope] = {"all": Scope()}
    first_night: date = date(2026, 1, 1)
    automation: bool = False
    clock: Literal["system", "simulator"] = "system"
    tiers: tuple[TierRule, ...] = ()
    """Which items matter most; the first rule that fits decides."""
    retention: Retention = Retention()
    checkpoint: CheckpointSettings = CheckpointSettings()
    reviews: ReviewSettings = ReviewSettings()
    population: Path | None = None
    """The approved list of subscriptions and vaults; relative to the configuration file."""
    controls: Path | None = None
    """The control map; relative to the configuration file. None: the one that is shipped."""

    @field_validator("organisation")
    @classmethod
    def _organisation(cls, value: str) -> str:
        if value != value.strip() or not value.isprintable():
            raise ValueError("begins or ends with a space, or holds a character that cannot be printed")
        return value

    @field_validator("store", mode="before")
    @classmethod
    def _store(cls, value: object) -> object:
        return {"kind": "local", **value} if isinstance(value, dict) else value

    @field_validator("signing", mode="before")
    @classmethod
    def _signing(cls, value: object) -> object:
        return {"kind": "file", **value} if isinstance(value, dict) else value

    @field_validator("time_zone")
    @classmethod
    def _time_zone(cls, value: str) -> str:
        if value not in _zones():
            raise ValueError("is no IANA time zone, such as Europe/Berlin")
        return value

    @field_validator("night_starts_at", mode="before")
    @classmethod
    def _night_starts_at(cls, value: object) -> object:
        if not isinstance(value, str) or not _TIME.fullmatch(value):
            raise ValueError('must be a time in quotes, such as "06:00"')
        return value

    @field_validator("scopes")
    @classmethod
    def _scopes(cls, value: dict[str, Scope]) -> dict[str, Scope]:
        if not value:
            raise ValueError("needs at least one scope: without one no pack is ever built")
        for name in value:
            if not _NAME.fullmatch(name):
                raise ValueError(f"scope name `{name}` must be lower-case letters, digits and hyphens, at most 40")
        return value

    @model_validator(mode="after")
    def _simulator_is_local(self) -> Settings:
        if self.clock == "simulator" and not is_loopback(self.azure.endpoint):
            raise ValueError("clock `simulator` needs a loopback azure.endpoint")
        return self


class Configuration:
    """Settings with the file they came from."""

    def __init__(self, path: Path, raw: bytes, settings: Settings) -> None:
        self.path = path
        self.raw = raw
        self.settings = settings
        self.sha256 = hashlib.sha256(raw).hexdigest()

    def resolve(self, relative: Path) -> Path:
        """A path of the file, relative to the file's folder."""
        return relative if relative.is_absolute() else self.path.parent / relative


def load_configuration(path: Path) -> Configuration:
    """Read and validate a file; raises ConfigurationError naming every mistake with its line."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            f"The configuration {path} cannot be read.",
            cause=error.strerror or str(error),
            next_step="Name the file with --config or BACKUP_EVIDENCE_CONFIG.",
        ) from error
    # Not resolved: where a link stands its folder is meant, as with files that an orchestrator mounts.
    return Configuration(path.absolute(), raw, parse_settings(raw, str(path)))


def parse_settings(raw: bytes, name: str) -> Settings:
    """Settings from the bytes of a file; raises ConfigurationError."""
    document = read_plain_yaml(raw, name)
    if not isinstance(document.content, dict):
        raise ConfigurationError(
            f"{name} holds no settings.", next_step="Begin with `azure:`; see docs/configuration.md."
        )
    try:
        return Settings.model_validate(document.content)
    except ValidationError as error:
        mistakes = [
            f"{name}:{document.line(e['loc'])}: {_where(e['loc'])}{_say(e['type'], e['msg'])}" for e in error.errors()
        ]
        raise ConfigurationError(
            "The configuration is not valid.",
            cause="\n  ".join(mistakes),
            next_step="See docs/configuration.md for all settings.",
        ) from error


def _say(kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return "is not a setting of this version"
    return message.removeprefix("Value error, ")


def _where(location: Sequence[int | str]) -> str:
    # After `store` or `signing` comes the kind that was recognized, which is no key of the file.
    kinds = {"store", "signing"}
    named = ".".join(str(part) for at, part in enumerate(location) if not (at == 1 and location[0] in kinds))
    return f"{named}: " if named else ""
