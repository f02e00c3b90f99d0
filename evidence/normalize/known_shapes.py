"""The shapes of Azure's bodies that are known: key paths, JSON types and words of enumerations, by resource type.

Facts only, gathered from recorded bodies and, where none exists, from the SDK's models by tools/known_shapes.py; no value of
anybody's is among them. Invariant: the file is part of the code version, so equal code sees equal drift.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import orjson

FILE = "known_shapes.json"
OPAQUE = frozenset({"tags", "userAssignedIdentities"})
"""Objects whose keys are data of the customer's, not part of a schema."""


@dataclass(frozen=True, slots=True)
class KnownGroup:
    """What is known of the elements of one resource type and management or object type."""

    types: Mapping[str, frozenset[str]]
    """JSON types by path; `[]` stands for a list's elements."""
    values: Mapping[str, frozenset[str]]
    """Words met, by path, of fields that are enumerations; numbers as text."""
    modelled: bool
    """Whether it is known from the SDK's models only."""


@cache
def known_groups() -> Mapping[str, KnownGroup]:
    """All that is known, read once."""
    told = orjson.loads(files("evidence.normalize").joinpath(FILE).read_bytes())
    return {
        group: KnownGroup(
            {path: frozenset(types) for path, types in found["types"].items()},
            {path: frozenset(words) for path, words in found["values"].items()},
            modelled=found["modelled"],
        )
        for group, found in told["groups"].items()
    }
