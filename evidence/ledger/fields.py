"""Reads fields out of JSON, each of exactly one type, and names the place where one is not.

Not here: which fields an entry or a payload has. Invariant: nothing is converted, defaulted or guessed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import NoReturn

from evidence.errors import IntegrityError

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Fields:
    """One JSON object and where it was found; every method raises IntegrityError for what is not as asked."""

    where: str
    values: Mapping[str, object]

    def refuse(self, why: str) -> NoReturn:
        """Raise IntegrityError for the place."""
        raise IntegrityError(
            f"{self.where} is not valid.",
            cause=f"As found, {why}.",
            next_step="Compare it with a copy or a checkpoint, and find out what wrote or changed it.",
        )

    def check_keys(self, expected: frozenset[str]) -> None:
        """No field more, none less."""
        if self.values.keys() != expected:
            odd = ", ".join(sorted(self.values.keys() ^ expected))
            self.refuse(f"these fields are missing or unknown: {odd[:200]}")

    def whole(self, key: str) -> int:
        """A whole number, zero or more."""
        value = self.values.get(key)
        if type(value) is not int or value < 0:
            self.refuse(f"{key} is no whole number")
        return value

    def flag(self, key: str) -> bool:
        """True or false."""
        value = self.values.get(key)
        if not isinstance(value, bool):
            self.refuse(f"{key} is neither true nor false")
        return value

    def text(self, key: str) -> str:
        """Text that is not empty."""
        value = self.values.get(key)
        if not isinstance(value, str) or not value:
            self.refuse(f"{key} is no text")
        return value

    def optional_text(self, key: str) -> str | None:
        """Text, or null."""
        return None if key in self.values and self.values[key] is None else self.text(key)

    def sha256(self, key: str) -> str:
        """A SHA-256 in lower-case hex."""
        value = self.text(key)
        if not _SHA256.fullmatch(value):
            self.refuse(f"{key} is no SHA-256 in lower-case hex")
        return value

    def optional_sha256(self, key: str) -> str | None:
        """A SHA-256 in lower-case hex, or null."""
        return None if key in self.values and self.values[key] is None else self.sha256(key)

    def day(self, key: str) -> date:
        """A day, YYYY-MM-DD."""
        value = self.text(key)
        try:
            return datetime.strptime(value, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            self.refuse(f"{key} is no day (YYYY-MM-DD)")

    def moment(self, key: str) -> datetime:
        """A moment in UTC, to the microsecond."""
        value = self.text(key)
        try:
            return datetime.strptime(value, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
        except ValueError:
            self.refuse(f"{key} is no moment in UTC")

    def mapping(self, key: str) -> Mapping[str, object]:
        """An object."""
        value = self.values.get(key)
        if not isinstance(value, dict):
            self.refuse(f"{key} is no object")
        return value

    def counts(self, key: str) -> Mapping[str, int]:
        """An object of whole numbers."""
        inner = Fields(f"{key} in {self.where}", self.mapping(key))
        return {name: inner.whole(name) for name in inner.values}

    def texts(self, key: str) -> list[str]:
        """A list of texts."""
        value = self.values.get(key)
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            self.refuse(f"{key} is no list of texts")
        return value

    def hashes(self, key: str) -> list[bytes]:
        """A list of SHA-256 in lower-case hex."""
        texts = self.texts(key)
        if not all(_SHA256.fullmatch(one) for one in texts):
            self.refuse(f"{key} is no list of SHA-256 in lower-case hex")
        return [bytes.fromhex(one) for one in texts]

    def elements(self, key: str) -> Iterator[Fields]:
        """A list of objects."""
        value = self.values.get(key)
        if not isinstance(value, list):
            self.refuse(f"{key} is no list")
        for number, element in enumerate(value):
            if not isinstance(element, dict):
                self.refuse(f"{key}[{number}] is no object")
            yield Fields(f"{key}[{number}] of {self.where}", element)


def read_json(data: bytes, where: str) -> Fields:
    """The JSON object in a file's bytes; fractions are refused, because they have no one spelling everywhere."""
    try:
        value = json.loads(data.decode(), parse_float=_no_fraction, parse_constant=_no_fraction)
    except (ValueError, RecursionError) as error:
        Fields(where, {}).refuse(f"it cannot be read as JSON of whole numbers: {str(error)[:200]}")
    if not isinstance(value, dict):
        Fields(where, {}).refuse("it is no JSON object")
    return Fields(where, value)


def _no_fraction(text: str) -> NoReturn:
    raise ValueError(f"{text[:40]} is not a whole number")
