"""Everything that looks like chance, as a function of a seed and of what it is for.

No state: the same question gets the same answer in any order, so a night can be computed without those before it.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Seed:
    """A source of values that are fixed by the seed and by their purpose."""

    value: int

    def _digest(self, purpose: Sequence[object]) -> bytes:
        text = "\x1f".join([str(self.value), *map(str, purpose)])
        return hashlib.blake2b(text.encode(), digest_size=32).digest()

    def guid(self, *purpose: object) -> str:
        """A GUID."""
        return str(uuid.UUID(bytes=self._digest(purpose)[:16], version=4))

    def fraction(self, *purpose: object) -> float:
        """A number from 0 to below 1."""
        return int.from_bytes(self._digest(purpose)[:7]) / (1 << 56)

    def between(self, low: int, high: int, *purpose: object) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + int(self.fraction(*purpose) * (high - low + 1))

    def digits(self, length: int, *purpose: object) -> str:
        """A decimal number of so many digits, as text."""
        return str(10 ** (length - 1) + int.from_bytes(self._digest(purpose)) % (9 * 10 ** (length - 1)))

    def hexadecimal(self, *purpose: object) -> str:
        """64 hexadecimal digits."""
        return self._digest(purpose).hex()

    def shuffled(self, values: Sequence[T], *purpose: object) -> list[T]:
        """The values in an order of the seed's."""
        keyed = [(self._digest((*purpose, number)), number) for number in range(len(values))]
        return [values[number] for _, number in sorted(keyed)]
