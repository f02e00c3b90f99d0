"""The approved list: which subscriptions and vaults somebody answers for, in a file of its own, validated like the settings.

Not here: comparing it with what was found (`assess`). Invariant: a mistake is refused with its line; a list that cannot be read whole
confirms nothing, so it stops the program.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from evidence.assess.sides import APPROVED, ExpectedList, Told
from evidence.yaml_models import parse_model, read_named_file

_VAULT = re.compile(
    r"/subscriptions/[^/]+/resourceGroups/[^/]+/providers/(?:Microsoft\.RecoveryServices/vaults|Microsoft\.DataProtection/backupVaults)/[^/]+",
    re.IGNORECASE,
)
_SUBSCRIPTION = re.compile(r"[0-9A-Za-z-]{1,64}")
_WHAT = "approved list"
_NEXT = "See docs/configuration.md, The approved list."


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Thing(_Strict):
    """One entry; a plain text stands for its id."""

    id: str
    name: str | None = None
    until: date | None = None
    """Last day on which it is expected."""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: object) -> object:
        return {"id": value} if isinstance(value, str) else value


class _File(_Strict):
    approved_by: Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
    approved_on: date
    until: date | None = None
    """Last day of the whole list."""
    subscriptions: tuple[_Thing, ...] = Field(min_length=1)
    vaults: tuple[_Thing, ...] | None = None
    """None: the list does not speak of vaults."""

    @field_validator("subscriptions")
    @classmethod
    def _ids(cls, value: tuple[_Thing, ...]) -> tuple[_Thing, ...]:
        for one in value:
            if not _SUBSCRIPTION.fullmatch(one.id):
                raise ValueError(f"`{one.id}` is no id of a subscription")
        return _once(value)

    @field_validator("vaults")
    @classmethod
    def _vault_ids(cls, value: tuple[_Thing, ...] | None) -> tuple[_Thing, ...] | None:
        for one in value or ():
            if not _VAULT.fullmatch(one.id):
                raise ValueError(f"`{one.id}` is no ARM id of a vault")
        return None if value is None else _once(value)

    @model_validator(mode="after")
    def _in_order(self) -> _File:
        if self.until is not None and self.until < self.approved_on:
            raise ValueError("`until` lies before `approved_on`")
        return self


def _once(value: tuple[_Thing, ...]) -> tuple[_Thing, ...]:
    ids = [one.id.lower() for one in value]
    twice = sorted({one for one in ids if ids.count(one) > 1})
    if twice:
        raise ValueError(f"`{twice[0]}` is named twice")
    return value


@dataclass(frozen=True, slots=True)
class ApprovedPopulation:
    """An approved list with the bytes that it was read from."""

    raw: bytes
    approved_by: str
    approved_on: date
    until: date | None
    subscriptions: Mapping[str, date | None]
    """Last day by `/subscriptions/<id>`, lower-cased."""
    vaults: Mapping[str, date | None] | None
    """The same by lower-cased ARM id; None where it does not speak of vaults."""

    @property
    def sha256(self) -> str:
        """Of the file."""
        return hashlib.sha256(self.raw).hexdigest()

    @property
    def title(self) -> str:
        """How reports and reasons name it."""
        return f"the list approved by {self.approved_by} on {self.approved_on}"

    def expects(self, subscription: str, night: date) -> bool:
        """Whether a subscription (`/subscriptions/<id>`) is expected on a night."""
        return subscription in self.subscriptions and _stands(self.subscriptions[subscription], night)

    def expected(self, night: date) -> ExpectedList:
        """What it says of a night."""
        ended = self.until is not None and self.until < night
        return ExpectedList(
            source=APPROVED,
            title=self.title,
            subscriptions=_standing(self.subscriptions, night),
            vaults=None if self.vaults is None else _standing(self.vaults, night),
            ended={
                key: day
                for told in (self.subscriptions, self.vaults or {})
                for key, day in told.items()
                if day is not None and day < night
            },
            obstacle=f"{self.title} ended on {self.until}: have it approved anew" if ended else None,
        )


def _stands(until: date | None, night: date) -> bool:
    return until is None or until >= night


def _standing(told: Mapping[str, date | None], night: date) -> Mapping[str, Told]:
    return {key: Told(key) for key, until in told.items() if _stands(until, night)}


def load_approved(path: Path) -> ApprovedPopulation:
    """Read and validate a file; raises ConfigurationError naming every mistake with its line."""
    raw = read_named_file(path, _WHAT, "Name it under `population`, relative to the configuration file.")
    return parse_approved(raw, str(path))


def parse_approved(raw: bytes, name: str) -> ApprovedPopulation:
    """The list in the bytes of a file; raises ConfigurationError."""
    file = parse_model(_File, raw, name, _WHAT, _NEXT)
    return ApprovedPopulation(
        raw=raw,
        approved_by=file.approved_by,
        approved_on=file.approved_on,
        until=file.until,
        subscriptions=_days(file.subscriptions, "/subscriptions/"),
        vaults=None if file.vaults is None else _days(file.vaults),
    )


def _days(things: Iterable[_Thing], prefix: str = "") -> Mapping[str, date | None]:
    return {f"{prefix}{one.id.lower()}": one.until for one in things}
