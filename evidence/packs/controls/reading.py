"""The control map: which controls of which framework each claim bears on; versioned data that a person reviews.

Not here: claims and how they are judged (`claims`, `judged`). Invariants: a mistake is refused with its line; a map
that nobody reviewed says so wherever it is shown; the bytes that were used go into the pack.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from evidence.packs.controls.drill_claims import EVERY
from evidence.yaml_models import parse_model, read_named_file

PATH = "data/controls.yaml"
"""Path of the map in a pack."""
NIST = "nist_800_53"
"""The framework that OSCAL names controls of."""
_NIST_ID = re.compile(r"([A-Z]{2}-[1-9][0-9]?)(?:\(([1-9][0-9]?)\))?")
_KEY = r"^[a-z0-9]([a-z0-9_-]{0,38}[a-z0-9])?$"
_WHAT = "control map"
_NEXT = "See docs/configuration.md, The control map."
_PLAIN = StringConstraints(min_length=1, max_length=400, strip_whitespace=True)
Line = Annotated[str, _PLAIN]
Key = Annotated[str, StringConstraints(pattern=_KEY)]
ControlId = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=r"^\S(.*\S)?$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    @field_validator("*")
    @classmethod
    def _printable(cls, value: object) -> object:
        if isinstance(value, str) and not value.isprintable():
            raise ValueError("holds a character that cannot be printed")
        return value


class _Framework(_Strict):
    title: Line
    edition: Line
    note: Line | None = None


class _Object(_Strict):
    title: Line
    claims: tuple[Key, ...] = Field(min_length=1)
    controls: dict[Key, Annotated[tuple[ControlId, ...], Field(min_length=1)]]

    @field_validator("claims")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for one in value:
            if one not in EVERY:
                raise ValueError(f"`{one}` is no claim; claims are {', '.join(EVERY)}")
        return _once(value)

    @field_validator("controls")
    @classmethod
    def _ids(cls, value: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        for ids in value.values():
            _once(ids)
            if bad := [one for one in ids if not one.isprintable()]:
                raise ValueError(f"{bad[0]!r} holds a character that cannot be printed")
        for one in value.get(NIST, ()):
            oscal_id(one)
        return value


class _File(_Strict):
    version: int = Field(ge=1, strict=True)
    title: Line
    source: Line
    reviewed_by: Line | None
    reviewed_on: date | None
    frameworks: dict[Key, _Framework] = Field(min_length=1)
    objects: dict[Key, _Object] = Field(min_length=1)

    @model_validator(mode="after")
    def _whole(self) -> _File:
        if (self.reviewed_by is None) != (self.reviewed_on is None):
            raise ValueError("`reviewed_by` and `reviewed_on` belong together: give both, or null for both")
        for name, one in self.objects.items():
            if unknown := sorted(set(one.controls) - set(self.frameworks)):
                raise ValueError(f"objects.{name}.controls names `{unknown[0]}`, which is not among `frameworks`")
        if not any(NIST in one.controls for one in self.objects.values()):
            raise ValueError(f"names no control of `{NIST}`, which the OSCAL file of a pack is about")
        return self


def _once(values: tuple[str, ...]) -> tuple[str, ...]:
    if twice := sorted({one for one in values if values.count(one) > 1}):
        raise ValueError(f"`{twice[0]}` is named twice")
    return values


def oscal_id(control: str) -> str:
    """The id that OSCAL's catalogue gives a NIST control: `CP-9(8)` is `cp-9.8`; raises ValueError for what is none."""
    found = _NIST_ID.fullmatch(control)
    if found is None:
        raise ValueError(f"`{control}` is no id of a NIST control, such as CP-9 or CP-9(8)")
    return found[1].lower() + (f".{found[2]}" if found[2] else "")


@dataclass(frozen=True, slots=True)
class Framework:
    """One framework."""

    key: str
    title: str
    edition: str
    note: str | None


@dataclass(frozen=True, slots=True)
class ControlMap:
    """A control map with the bytes that it was read from."""

    raw: bytes
    version: int
    title: str
    source: str
    reviewed_by: str | None
    reviewed_on: date | None
    frameworks: tuple[Framework, ...]
    objects: tuple[tuple[str, tuple[str, ...], Mapping[str, tuple[str, ...]]], ...]
    """Title, claims, and control ids by framework."""

    @property
    def sha256(self) -> str:
        """Of the file."""
        return hashlib.sha256(self.raw).hexdigest()

    @property
    def review(self) -> str:
        """Who reviewed it, or that nobody did."""
        if self.reviewed_by is None:
            return "not reviewed: a proposal"
        return f"reviewed by {self.reviewed_by} on {self.reviewed_on}"

    def controls_of(self, claim: str, framework: str) -> tuple[str, ...]:
        """Controls that a claim bears on, in the map's order."""
        bearing = (controls.get(framework, ()) for _, claims, controls in self.objects if claim in claims)
        return tuple(dict.fromkeys(control for controls in bearing for control in controls))

    def titles_of(self, claim: str) -> tuple[str, ...]:
        """Titles of what the map groups a claim under."""
        return tuple(title for title, claims, _ in self.objects if claim in claims)

    def titles_bearing_on(self, framework: str, control: str) -> tuple[str, ...]:
        """Titles of what bears on a control."""
        return tuple(title for title, _, controls in self.objects if control in controls.get(framework, ()))

    def claims_of(self, framework: str) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Each control of a framework with the claims that bear on it, in the map's order."""
        found: dict[str, list[str]] = {}
        for _, claims, controls in self.objects:
            for control in controls.get(framework, ()):
                found.setdefault(control, []).extend(claims)
        for control, bearing in found.items():
            yield control, tuple(dict.fromkeys(bearing))


@cache
def shipped_control_map() -> ControlMap:
    """The map that comes with this version."""
    return parse_control_map(files("evidence.packs.controls").joinpath("controls.yaml").read_bytes(), "controls.yaml")


def load_control_map(path: Path) -> ControlMap:
    """Read and validate a file; raises ConfigurationError naming every mistake with its line."""
    without = "Name it under `controls`, relative to the configuration file; without the key the shipped map is used."
    return parse_control_map(read_named_file(path, _WHAT, without), str(path))


def parse_control_map(raw: bytes, name: str) -> ControlMap:
    """The map in the bytes of a file; raises ConfigurationError."""
    file = parse_model(_File, raw, name, _WHAT, _NEXT)
    return ControlMap(
        raw=raw,
        version=file.version,
        title=file.title,
        source=file.source,
        reviewed_by=file.reviewed_by,
        reviewed_on=file.reviewed_on,
        frameworks=tuple(Framework(key, one.title, one.edition, one.note) for key, one in file.frameworks.items()),
        objects=tuple((one.title, one.claims, dict(one.controls)) for one in file.objects.values()),
    )
