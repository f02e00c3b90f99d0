"""A file of plain YAML held to a model: each mistake with its line, or the model's values.

Not here: which keys there are (`runs.approved`, `packs.controls`), the configuration itself (`settings`). Invariant: a file with one
mistake gives nothing but an error that names all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from evidence.errors import ConfigurationError
from evidence.plain_yaml import Document, read_plain_yaml

Model = TypeVar("Model", bound=BaseModel)


def read_named_file(path: Path, what: str, next_step: str) -> bytes:
    """The bytes of a file that the configuration names; raises ConfigurationError where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            f"The {what} {path} cannot be read.", cause=error.strerror or str(error), next_step=next_step
        ) from error


def parse_model(model: type[Model], raw: bytes, name: str, what: str, next_step: str) -> Model:
    """The values in the bytes of a file; raises ConfigurationError naming every mistake with its line."""
    document = read_plain_yaml(raw, name)
    if not isinstance(document.content, dict):
        raise ConfigurationError(f"{name} holds no {what}.", next_step=next_step)
    try:
        return model.model_validate(document.content)
    except ValidationError as error:
        mistakes = [_mistake(name, what, document, one["loc"], one["type"], one["msg"]) for one in error.errors()]
        raise ConfigurationError(
            f"The {what} is not valid.", cause="\n  ".join(mistakes), next_step=next_step
        ) from error


def refused(
    raw: bytes, name: str, what: str, mistakes: Sequence[tuple[Sequence[int | str], str]], next_step: str
) -> ConfigurationError:
    """The error for mistakes that only show between values: each by its path in the file, and what is wrong."""
    document = read_plain_yaml(raw, name)
    told = [_mistake(name, what, document, where, "", said) for where, said in mistakes]
    return ConfigurationError(f"The {what} is not valid.", cause="\n  ".join(told), next_step=next_step)


def _mistake(name: str, what: str, document: Document, location: Sequence[int | str], kind: str, message: str) -> str:
    where = "".join(f"{part}." for part in location).rstrip(".")
    said = f"is no key of the {what}" if kind == "extra_forbidden" else message.removeprefix("Value error, ")
    return f"{name}:{document.line(location)}: {f'{where}: ' if where else ''}{said}"
