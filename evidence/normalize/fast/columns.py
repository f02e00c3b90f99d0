"""What makes columns of waiting elements: the border that jobs, items and points share.

Not here: single tables. Invariant: each element either has its place in the columns or is among the refused.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from evidence.normalize.fast.pages import Page
from evidence.normalize.fast.vectors import Values
from evidence.normalize.fast.waiting import Waiting
from evidence.tables import Table


@dataclass(frozen=True, slots=True)
class Built:
    """Columns by name, missing ones null, and the places of elements that the reference must read."""

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
    def whole_pages(self) -> bool:
        """Whether the reference must read a whole page where it must read one element of it."""
        ...

    @property
    def fields(self) -> Sequence[str]:
        """Fields of `properties` that `build` reads."""
        ...

    def unfit(self, page: Page, keys: set[str]) -> set[int]:
        """Places of elements that the reference must read."""
        ...

    def build(self, waiting: Waiting) -> Built:
        """The columns of all waiting elements."""
        ...


def spelled_otherwise(page: Page, keys: set[str], known: frozenset[str]) -> set[int]:
    """Places whose `properties` hold a known name in another case or with spaces around it."""
    odd = _odd(frozenset(keys), known)
    return {at for at, sent in enumerate(page.properties) if not odd.isdisjoint(sent)} if odd else set()


@lru_cache(maxsize=1024)
def _odd(keys: frozenset[str], known: frozenset[str]) -> frozenset[str]:
    folded = {name.casefold().strip() for name in known}
    return frozenset(key for key in keys - known if key.casefold().strip() in folded)
