"""Draws an auditor's sample from the rows of a pack, so that anybody can draw the same one again.

Pure. A row's place in the draw is the SHA-256 of seed, pack, table and the row's key, written one a line: whoever knows the seed can
compute it with `sha256sum`, and nobody who makes a pack can know it before (the seed is the auditor's). Invariant: every row of
the population has the same chance within its stratum; the order of the rows plays no part.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evidence.errors import ConfigurationError

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Draw:
    """What is drawn, from what, and with which seed."""

    tagmanifest_sha256: str
    table: str
    key: tuple[str, ...]
    """Columns that name one row."""
    seed: str
    size: int
    stratify: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Drawn:
    """One row of the sample."""

    number: int
    """From 1, in the order of the draw."""
    stratum: str
    place: str
    """The SHA-256 by which it was drawn."""
    row: Row


@dataclass(frozen=True, slots=True)
class Stratum:
    """How many rows of one kind there are, and how many were drawn."""

    name: str
    population: int
    drawn: int


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample with its strata; without stratification there is one, called `all`."""

    rows: tuple[Drawn, ...]
    strata: tuple[Stratum, ...]

    @property
    def population(self) -> int:
        """Rows that could have been drawn."""
        return sum(one.population for one in self.strata)


def draw_sample(rows: Sequence[Row], draw: Draw) -> Sample:
    """The sample; raises ConfigurationError for a size below the number of strata or below one.

    Each stratum gives at least one row, the rest by its share of the population (largest remainder). A size beyond the population
    draws every row.
    """
    if draw.size < 1 or not draw.seed:
        raise ConfigurationError("A sample needs a size of at least 1 and a seed.")
    strata: dict[str, list[tuple[str, Row]]] = defaultdict(list)
    for row in rows:
        strata[_stratum(row, draw)].append((place_of(row, draw), row))
    sizes = {name: len(found) for name, found in strata.items()}
    if draw.size < len(sizes):
        raise ConfigurationError(
            f"{draw.size} rows cannot stand for {len(sizes)} strata.",
            next_step=f"Give --size {len(sizes)} or more, or stratify by fewer columns.",
        )
    shares = allot(sizes, draw.size)
    chosen = [
        (name, place, row)
        for name in sorted(strata)
        for place, row in sorted(strata[name], key=lambda one: one[0])[: shares[name]]
    ]
    return Sample(
        tuple(Drawn(number, name, place, row) for number, (name, place, row) in enumerate(chosen, start=1)),
        tuple(Stratum(name, sizes[name], shares[name]) for name in sorted(sizes)),
    )


def place_of(row: Row, draw: Draw) -> str:
    """The SHA-256 that decides over a row: seed, tag manifest's hash, table and the parts of its key, each followed by a line feed."""
    parts = (draw.seed, draw.tagmanifest_sha256, draw.table, *(str(row[name]) for name in draw.key))
    return hashlib.sha256("".join(f"{part}\n" for part in parts).encode()).hexdigest()


def allot(sizes: Mapping[str, int], wanted: int) -> Mapping[str, int]:
    """Rows to draw of each stratum: one, then by share of what is left of it, remainders to the largest ones by name."""
    shares = Counter(dict.fromkeys(sizes, 1))
    left = min(wanted, sum(sizes.values())) - len(sizes)
    rest = {name: size - 1 for name, size in sizes.items()}
    total = sum(rest.values())
    if left <= 0 or not total:
        return shares
    exact = {name: (left * size) // total for name, size in rest.items()}
    remainders = sorted(rest, key=lambda name: (-(left * rest[name] % total), name))
    shares.update(exact)
    for name in remainders[: left - sum(exact.values())]:
        shares[name] += 1
    return shares


def _stratum(row: Row, draw: Draw) -> str:
    return " · ".join(str(row[name]) if row[name] is not None else "(none)" for name in draw.stratify) or "all"
