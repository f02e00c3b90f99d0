"""What makes columns of elements: the border that jobs, items and points share.

Not here: single tables. Invariant: each element either has its place in the columns or is among the refused.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from evidence.normalize.fast.elements import Elements
from evidence.normalize.fast.templates import Path
from evidence.normalize.fast.vectors import Values
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
    def numbers_rows(self) -> bool:
        """Whether `ordinal` counts rows and not elements, of which one may give several."""
        ...

    @property
    def paths(self) -> Sequence[Path]:
        """Where the texts are that `build` asks for."""
        ...

    def build(self, elements: Elements) -> Built:
        """The columns of all elements; what stands in those of the refused, or of elements without the usual keys, is not read."""
        ...
