"""The elements of some pages on their way into columns, each with its template.

Not here: what their fields mean. Invariant: each text is as sent, and each element can be given to the reference as the reference
itself would parse it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from evidence.normalize.answers import Element
from evidence.normalize.capture import Reader
from evidence.normalize.fast.cutting import Cut, Numbers, in_turns
from evidence.normalize.fast.templates import REMEMBERED, Json, Path, Template
from evidence.normalize.fast.vectors import Values, repeated
from evidence.tables.columns import COMMON, TEXT

_ID, _NAME = ("id",), ("name",)
_HEAD = '{"id":"","name":"","type":,"properties":'
"""What stands before the `properties` of a usual element, beside its id, name and type."""


@lru_cache(maxsize=4 * REMEMBERED)
def _at(template: Template, paths: tuple[Path, ...]) -> tuple[tuple[int, ...], tuple[str | None, ...] | None]:
    """Holes at paths, -1 where there is none, and the fixed texts there, if any."""
    fixed = tuple(template.fixed.get(path) for path in paths)
    return tuple(template.holes.get(path, -1) for path in paths), fixed if any(fixed) else None


class Elements:
    """All elements of pages that were cut together: in the order they came, or by call and name as files of rows are sorted."""

    def __init__(
        self,
        readers: Sequence[Reader],
        cut: Cut,
        templates: Sequence[Template],
        paths: Sequence[Path],
        *,
        by_name: bool = False,
    ) -> None:
        self.readers = readers
        self.templates = templates
        self.codes = cut.codes
        """The number of each element's template."""
        self.sizes = cut.sizes
        """Elements of each page."""
        self.pages: Numbers = np.repeat(np.arange(len(readers)), cut.sizes)
        self.ordinals: Numbers = np.arange(len(self.codes)) - (np.cumsum(cut.sizes) - cut.sizes)[self.pages]
        self._cut = cut
        self._paths = (_ID, _NAME, *paths)
        for template, met in zip(templates, np.bincount(cut.codes).tolist(), strict=True):
            template.met += met
        at = [_at(template, self._paths) for template in templates]
        self._holes = np.array([holes for holes, _ in at])
        self._fixed = [fixed for _, fixed in at]
        self._order: Numbers = np.arange(len(self.codes))
        """Which of those that came each is."""
        self._firsts = cut.firsts[:-1]
        if by_name:
            self._arrange(self._by_name())

    def _by_name(self) -> Numbers:
        calls = [reader.call.call_id for reader in self.readers]
        ranks = np.argsort(np.argsort(calls, kind="stable"))
        keys = pa.table({"rank": pa.array(ranks[self.pages]), "name": self.texts(_NAME)})
        found = pc.sort_indices(keys, sort_keys=[("rank", "ascending"), ("name", "ascending")])
        return found.to_numpy().astype(np.int64)

    def _arrange(self, order: Numbers) -> None:
        self._order, self._firsts = order, self._firsts[order]
        self.codes, self.pages, self.ordinals = self.codes[order], self.pages[order], self.ordinals[order]

    def __len__(self) -> int:
        return len(self.codes)

    @cached_property
    def ids(self) -> Values:
        """Ids, of usual elements at least."""
        return self.texts(_ID)

    @cached_property
    def names(self) -> Values:
        """Names, of usual elements at least."""
        return self.texts(_NAME)

    def texts(self, path: Path) -> Values:
        """The texts at one of the paths that were asked for; null where there is none."""
        at = self._paths.index(path)
        return self._texts(self._holes[:, at], [None if one is None else one[at] for one in self._fixed])

    def texts_by(self, paths: Sequence[Path | None]) -> Values:
        """The texts at a path that each template has of its own; null where there is none."""
        places = [-1 if path is None else self._paths.index(path) for path in paths]
        holes = np.where(np.array(places) < 0, -1, self._holes[np.arange(len(places)), places])
        fixed = [one[at] if one and at >= 0 else None for one, at in zip(self._fixed, places, strict=True)]
        return self._texts(holes, fixed)

    def _texts(self, holes: Numbers, fixed: Sequence[str | None]) -> Values:
        found = self._in_holes(holes)
        return pc.coalesce(found, self.told(fixed, TEXT)) if any(fixed) else found

    def _in_holes(self, holes: Numbers) -> Values:
        """The texts in a hole that each template has of its own; null where that is less than 0."""
        if holes.max() < 0:
            none: Values = pa.nulls(len(self), TEXT)
            return none
        wanted = holes[self.codes]
        index: Any = pa.array(2 * (self._firsts + wanted), mask=wanted < 0 if holes.min() < 0 else None)
        return self._cut.spans.take(index).view(TEXT)

    def told(self, values: Sequence[object], kind: pa.DataType) -> Values:
        """What templates tell, one value each, for all elements."""
        one: Values = pa.array(values, kind)
        return one.take(self.codes)

    def told_texts(self, values: Sequence[object]) -> Values:
        """Texts that templates tell, one each, for all elements: each text is held once."""
        return repeated(pa.array(values, TEXT), self.codes)

    def where(self, templates: Sequence[bool]) -> Numbers:
        """Places of the elements of some templates."""
        return np.flatnonzero(np.array(templates)[self.codes]) if any(templates) else np.empty(0, np.int64)

    def sent(self, at: int) -> Json:
        """An element parsed."""
        came = int(self._order[at])
        found: Json = orjson.loads(self._cut.body[self._cut.begins[came] : self._cut.begins[came + 1] - 1])
        return found

    def element(self, at: int) -> Element:
        """An element as the reference takes it."""
        sent = self.sent(at)
        properties = sent.get("properties")
        return Element(int(self.ordinals[at]), sent, properties if isinstance(properties, dict) else {}, None)

    def reader(self, at: int) -> Reader:
        """What reads the call of an element."""
        return self.readers[int(self.pages[at])]

    def count(self, *, without: Collection[int]) -> None:
        """Count the elements of each call that gave rows: all but some."""
        for reader, size in zip(self.readers, self.sizes.tolist(), strict=True):
            reader.frame.findings.elements[reader.call.call_id] += size
        for reader in map(self.reader, without):
            reader.frame.findings.elements[reader.call.call_id] -= 1

    def common(self) -> dict[str, Values]:
        """The columns that rows of one call share."""
        found = {}
        for column in COMMON:
            told: Values = pa.array([reader.common[column.name] for reader in self.readers], column.type)
            found[column.name] = repeated(told, self.pages) if column.type == TEXT else told.take(self.pages)
        return found

    def as_sent(self, taken: str) -> dict[str, Values]:
        """The columns `properties` and `envelope`, of usual elements; `taken` is the field that another column holds."""
        texts: Any
        kept, texts = ("id", self.ids) if taken == "name" else ("name", self.names)
        kinds: Any = self.told([f'","type":{one.kind}}}' if one.usual else None for one in self.templates], TEXT)
        envelopes: Values = pc.binary_join_element_wise(f'{{"{kept}":"', texts, kinds, "")
        return {"properties": self._properties(), "envelope": envelopes}

    def _properties(self) -> Values:
        """What stands in each element after its type, but its last brace."""
        cut, firsts = self._cut, self._cut.firsts[:-1]
        heads = np.array([len(_HEAD + one.kind) if one.kind else 0 for one in self.templates])[cut.codes]
        names = np.maximum(self._holes[:, self._paths.index(_NAME)], 0)[cut.codes]
        before = np.where(heads, heads + cut.lengths[firsts] + cut.lengths[firsts + names], 0)
        parts = in_turns(cut.body, cut.begins[:-1] + before, cut.begins[1:] - 2)
        return parts.take(2 * self._order).view(TEXT)
