"""The whole configuration as values: what is set, and what is not and has a default.

Not here: reading the file (`reading`), what is made of it (`evidence.compose`). Invariant: a setting that this version cannot honour is refused, not ignored.
"""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import available_timezones

from pydantic import Field, field_validator, model_validator

from evidence.addresses import is_loopback
from evidence.settings.azure import AzureSettings
from evidence.settings.checkpoints import CheckpointSettings, TimestampSettings
from evidence.settings.drills import DrillSettings
from evidence.settings.exceptions import ExceptionSettings
from evidence.settings.judgement import JudgementSettings
from evidence.settings.notify import ChannelSettings, LinkSettings, SecretSettings, checked_names
from evidence.settings.retention import Retention
from evidence.settings.reviews import ReviewSettings
from evidence.settings.sign_in import SignInSettings
from evidence.settings.signing import FileSigning, KeyVaultSigning, Pkcs12Signing
from evidence.settings.stores import LocalStore, StoreSettings, checked_replicas
from evidence.settings.strict import NAME, Pattern, Strict, SubscriptionId
from evidence.settings.watch import WatchSettings
from evidence.tiers import TierRule

_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


class Scope(Strict):
    """Which vaults a pack is about; empty lists restrict nothing."""

    regions: tuple[Pattern, ...] = ()
    subscriptions: tuple[SubscriptionId, ...] = ()
    vaults: tuple[Pattern, ...] = ()


class Settings(Strict):
    """The whole configuration; every key has a default but `azure`."""

    organisation: str = Field(default="Organisation", min_length=1, max_length=200)
    time_zone: str = "UTC"
    night_starts_at: str = "06:00"
    azure: AzureSettings
    store: StoreSettings = LocalStore()
    replicas: dict[str, StoreSettings] = Field(default_factory=dict)
    """Second stores that evidence is copied to, by name."""
    signing: Annotated[FileSigning | Pkcs12Signing | KeyVaultSigning, Field(discriminator="kind")] = FileSigning()
    timestamp: TimestampSettings | None = None
    scopes: dict[str, Scope] = Field(default_factory=lambda: {"all": Scope()})
    first_night: date = date(2026, 1, 1)
    automation: bool = False
    clock: Literal["system", "simulator"] = "system"
    tiers: tuple[TierRule, ...] = ()
    """Which items matter most; the first rule that fits decides."""
    retention: Retention = Retention()
    checkpoint: CheckpointSettings = CheckpointSettings()
    reviews: ReviewSettings = ReviewSettings()
    sign_in: SignInSettings | None = None
    """How persons sign in who decide. None: nobody can."""
    judgement: JudgementSettings = JudgementSettings()
    """What of a backup is in time, and what rates count."""
    exceptions: ExceptionSettings = ExceptionSettings()
    drills: DrillSettings = DrillSettings()
    """How often what is drilled, where to, and what is known for a drill."""
    watch: WatchSettings = WatchSettings()
    """How vaults are watched between nights, where `automation` is on."""
    population: Path | None = None
    """The approved list of subscriptions and vaults; relative to the configuration file."""
    controls: Path | None = None
    """The control map; relative to the configuration file. None: the one that is shipped."""
    owners: Path | None = None
    """Who owns what; relative to the configuration file. None: nobody is told of anything."""
    channels: dict[str, ChannelSettings] = Field(default_factory=dict)
    """How teams are reached, by name."""
    links: LinkSettings = LinkSettings()
    secrets: SecretSettings | None = None
    """The key vault that secrets of channels are read from."""

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

    @field_validator("replicas")
    @classmethod
    def _replicas(cls, value: dict[str, StoreSettings]) -> dict[str, StoreSettings]:
        return checked_replicas(value)

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
            if not NAME.fullmatch(name):
                raise ValueError(f"scope name `{name}` must be lower-case letters, digits and hyphens, at most 40")
        return value

    @field_validator("channels")
    @classmethod
    def _channels(cls, value: dict[str, ChannelSettings]) -> dict[str, ChannelSettings]:
        return checked_names(value)

    @model_validator(mode="after")
    def _reviewers_of_scopes(self) -> Settings:
        for role in ("reviewers", "approvers"):
            given = getattr(self.sign_in, role, None) or {}
            unknown = given.keys() - self.scopes.keys()
            if unknown:
                raise ValueError(f"sign_in.{role} names scopes that there are not: {', '.join(sorted(unknown))}")
        return self

    @model_validator(mode="after")
    def _simulator_is_local(self) -> Settings:
        if self.clock == "simulator" and not is_loopback(self.azure.endpoint):
            raise ValueError("clock `simulator` needs a loopback azure.endpoint")
        return self
