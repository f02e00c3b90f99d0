"""A sample that nobody picked by hand: strata, sizes, and an order that follows from a seed committed to beforehand.

Not here: which items are due for other reasons (`due`). Invariants: the same seed, quarter and population give the same sample, in any order of the
population; each stratum that holds items gives at least one. Source: the design's reference on restore drills, 1.5; RFC 2104.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil


@dataclass(frozen=True, slots=True)
class Stratum:
    """Items of one workload, region and tier."""

    workload: str
    region: str
    tier: int | None

    @property
    def name(self) -> str:
        """Such as `SQLDataBase/westeurope/tier 2`."""
        return f"{self.workload}/{self.region}/{'no tier' if self.tier is None else f'tier {self.tier}'}"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An item that may be drawn."""

    item_key: str
    workload: str
    region: str
    tier: int | None
    drilled_lately: bool = False
    """In one of the two quarters before: drawn only where its stratum has nobody else."""

    @property
    def stratum(self) -> Stratum:
        """Where it is drawn from."""
        return Stratum(self.workload, self.region, self.tier)


def commitment(seed: bytes) -> str:
    """What is published before the quarter: SHA-256 of the seed, in lower-case hex."""
    return hashlib.sha256(seed).hexdigest()


def draw(
    candidates: Collection[Candidate], quarter: str, seed: bytes, share: Fraction
) -> Mapping[Stratum, Sequence[str]]:
    """Item keys by stratum: of each its share, rounded up, in the order of HMAC-SHA256(seed, quarter and key).

    Raises ValueError for a share that is not above 0 and at most 1, and for an item that is there twice.
    """
    if not 0 < share <= 1:
        raise ValueError("the share of a sample lies above 0 and is at most 1")
    keys = [one.item_key for one in candidates]
    if len(set(keys)) != len(keys):
        raise ValueError("an item is in the population twice")
    strata: defaultdict[Stratum, list[Candidate]] = defaultdict(list)
    for one in candidates:
        strata[one.stratum].append(one)
    ordered = sorted(strata.items(), key=lambda pair: pair[0].name)
    return {stratum: _drawn(members, quarter, seed, share) for stratum, members in ordered}


def _drawn(members: Sequence[Candidate], quarter: str, seed: bytes, share: Fraction) -> Sequence[str]:
    size = max(1, ceil(share * len(members)))
    order = sorted(members, key=lambda one: (one.drilled_lately, _place(one.item_key, quarter, seed)))
    return [one.item_key for one in order[:size]]


def _place(item_key: str, quarter: str, seed: bytes) -> bytes:
    return hmac.new(seed, f"{quarter}\n{item_key}".encode(), hashlib.sha256).digest()
