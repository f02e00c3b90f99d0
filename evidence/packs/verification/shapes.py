"""Shapes of JSON values: small predicates that compose, so that a whole document is held to one table.

Not here: which document has which shape (`saying`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime

from evidence.errors import IntegrityError

Shape = Callable[[object], bool]

_SHA256 = re.compile(r"[0-9a-f]{64}")


def text(value: object) -> bool:
    """A text that is not empty."""
    return isinstance(value, str) and bool(value)


def optional(shape: Shape) -> Shape:
    """What it says, or null."""
    return lambda value: value is None or shape(value)


def count(value: object) -> bool:
    """A number of things."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def whole(value: object) -> bool:
    """A whole number."""
    return isinstance(value, int) and not isinstance(value, bool)


def flag(value: object) -> bool:
    """True or false."""
    return isinstance(value, bool)


def sha256(value: object) -> bool:
    """A hash in lower-case hexadecimal digits."""
    return isinstance(value, str) and _SHA256.fullmatch(value) is not None


def one_of(*words: str) -> Shape:
    """One of these words."""
    return lambda value: value in words


def moment(value: object) -> bool:
    """A moment in UTC, with its Z."""
    return isinstance(value, str) and value.endswith("Z") and datetime.fromisoformat(value).tzinfo is not None


def day(value: object) -> bool:
    """A day."""
    return isinstance(value, str) and date.fromisoformat(value).isoformat() == value


def has(**shapes: Shape) -> Shape:
    """An object with exactly these keys."""

    def holds(value: object) -> bool:
        check_shape("a part", value, shapes)
        return True

    return holds


def either(*shapes: Shape) -> Shape:
    """A value of one of these shapes."""

    def holds(value: object) -> bool:
        for shape in shapes[:-1]:
            try:
                if shape(value):
                    return True
            except IntegrityError:
                continue
        return shapes[-1](value)

    return holds


def list_of(shape: Shape) -> Shape:
    """A list of values of one shape."""
    return lambda value: isinstance(value, list) and all(shape(one) for one in value)


def counts(value: object) -> bool:
    """An object of counts."""
    return isinstance(value, dict) and all(count(one) for one in value.values())


def check_shape(name: str, value: object, shapes: Mapping[str, Shape]) -> None:
    """Raise IntegrityError where a value has not exactly these keys, or one has not its shape."""
    if not isinstance(value, dict) or set(value) != set(shapes):
        keys = set(value) if isinstance(value, dict) else set()
        raise IntegrityError(f"Keys are missing or unknown in {name}: {', '.join(sorted(keys ^ set(shapes)))}.")
    for key, shape in shapes.items():
        try:
            right = shape(value[key])
        except ValueError:
            right = False
        if not right:
            raise IntegrityError(f"`{key}` is not of the form that {name} must have.")
