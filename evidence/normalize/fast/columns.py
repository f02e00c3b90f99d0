"""What makes columns of waiting elements: the border that jobs, items and points share.

Not here: single tables. Invariant: each element either has its place in the columns or is among the refused.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from evidence.normalize.fast.vectors import Values
from evidence.normalize.fast.waiting import Arranged
from evidence.tables import Table


@dataclass(frozen=True, slots=True)
class Built:
    """Columns by name, missing ones null, and where the elements came that the reference must read."""

    columns: Mapping[str, Values]
    refused: Collection[int]


class Columns(Protocol):
    """Makes the columns of one table."""

    @property
    def table(self) -> Table:
        """The table filled."""
        ...

    @property
    def taken(self) -> str:
        """Field of an element that a column takes as it is: `id` or `name`."""
        ...

    @property
    def numbers_rows(self) -> bool:
        """Whether `ordinal` counts rows and not elements, of which one may give several."""
        ...

    @property
    def fields(self) -> Sequence[str]:
        """Fields of `properties` that `build` reads."""
        ...

    def build(self, elements: Arranged) -> Built:
        """The columns of all elements."""
        ...


def refused_by_keys(elements: Arranged, known: frozenset[str], details: Collection[str]) -> set[int]:
    """Places, in the order of groups, whose `properties` hold a known name in another case or with spaces around it, or one of the details."""
    found: set[int] = set()
    for group in elements.groups:
        if _spelled_otherwise(group.shape, known):
            found.update(group.places())
        for name in details:
            if name in group.shape:
                pairs = zip(group.places(), group.column(name), strict=True)
                found.update(place for place, value in pairs if value is not None)
    return found


@lru_cache(maxsize=4096)
def _spelled_otherwise(shape: tuple[str, ...], known: frozenset[str]) -> bool:
    folded = {name.casefold().strip() for name in known}
    return any(key not in known and key.casefold().strip() in folded for key in shape)
