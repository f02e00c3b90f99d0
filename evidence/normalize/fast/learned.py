"""What the reference told of values that return again and again: once a key, then by its number.

Not here: which fields make a key. Invariant: what is remembered was computed by the reference's own functions from the
fields of the key alone; where the reference looked at any other field, that is seen, and nothing is remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence

import pyarrow as pa

from evidence.normalize.fast.vectors import Values

REFUSED = 0
"""Number of keys that the reference must read itself, row by row."""


class Watched(Mapping[str, object]):
    """An object that Azure sent, which remembers the names it was asked for."""

    __slots__ = ("_sent", "asked")

    def __init__(self, sent: Mapping[str, object]) -> None:
        self._sent = sent
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> object:
        self.asked.add(name)
        return self._sent[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._sent)

    def __len__(self) -> int:
        return len(self._sent)

    def within(self, known: Collection[str]) -> bool:
        """Whether no other names were asked for."""
        return self.asked <= frozenset(known)


class Learned:
    """Values by the number of their key, and their columns; number 0 is the refused key's and all null."""

    __slots__ = ("_arrays", "_kinds", "_new", "numbers")

    def __init__(self, columns: Mapping[str, pa.DataType]) -> None:
        self.numbers: dict[object, int] = {}
        self._kinds = dict(columns)
        self._arrays: dict[str, Values] = {name: pa.array([None], kind) for name, kind in columns.items()}
        self._new: list[Sequence[object]] = []

    def refuse(self, key: object) -> int:
        """Remember that the reference must read the rows of a key."""
        self.numbers[key] = REFUSED
        return REFUSED

    def learn(self, key: object, values: Sequence[object]) -> int:
        """The number of a key whose values are told for the first time, column by column."""
        number = len(next(iter(self._arrays.values()))) + len(self._new)
        self._new.append(values)
        self.numbers[key] = number
        return number

    def columns(self, numbers: Values) -> dict[str, Values]:
        """The columns of rows whose keys have these numbers."""
        if self._new:
            told = dict(zip(self._arrays, zip(*self._new, strict=True), strict=True))
            for name, array in self._arrays.items():
                self._arrays[name] = pa.concat_arrays([array, pa.array(told[name], self._kinds[name])])
            self._new.clear()
        return {name: array.take(numbers) for name, array in self._arrays.items()}

    def number(self, keys: Sequence[Hashable], learn: Callable[[int], int]) -> list[int]:
        """The numbers of keys; `learn` tells that of a place whose key is met for the first time."""
        try:
            found = list(map(self.numbers.get, keys))
        except TypeError:  # a list or an object where a text should be
            found = [self._number(key) for key in keys]
        if None in found:
            for place, key in enumerate(keys):
                if found[place] is None:
                    known = self.numbers.get(key)
                    found[place] = learn(place) if known is None else known
        return [REFUSED if number is None else number for number in found] if None in found else found  # type: ignore[return-value]  # no None is left

    def _number(self, key: Hashable) -> int | None:
        try:
            return self.numbers.get(key)
        except TypeError:
            return REFUSED


def refused_of(numbers: Sequence[int]) -> set[int]:
    """Places whose key the reference must read."""
    return {place for place, number in enumerate(numbers) if number == REFUSED} if REFUSED in numbers else set()
