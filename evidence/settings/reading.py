"""The configuration file, read and validated: each mistake with its line."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from evidence.errors import ConfigurationError
from evidence.plain_yaml import read_plain_yaml
from evidence.settings.model import Settings


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
