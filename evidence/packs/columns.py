"""Counting over Arrow columns: how often each value comes, first elements, groups. Pure.

Not here: what is counted. Invariant: no whole table becomes Python objects; what does is as long as the answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

Column: TypeAlias = "pa.ChunkedArray[Any] | pa.Array[Any]"


def plain(rows: pa.Table) -> pa.Table:
    """The rows with every text as itself, which Arrow sorts, joins and searches; first choose the rows and columns that are wanted."""
    for place, field in enumerate(rows.schema):
        if pa.types.is_dictionary(field.type):
            kind = field.type.value_type
            rows = rows.set_column(place, field.with_type(kind), rows.column(place).cast(kind))
    return rows


def distinct(values: Column) -> pa.Array[Any]:
    """The different values, texts as texts."""
    found: Any = pc.unique(values)
    texts: pa.Array[Any] = found.cast(found.type.value_type) if pa.types.is_dictionary(found.type) else found
    return texts


def tallied(values: Column) -> Counter[Any]:
    """How often each value comes; null is one of them."""
    if len(values) == 0:
        return Counter()
    found: Any = pc.value_counts(values)
    return Counter({row["values"]: row["counts"] for row in found.to_pylist()})


def one_of(values: Column, *words: str) -> Column:
    """Whether each value is one of these words; null is none."""
    return pc.is_in(values, value_set=pa.array(words, pa.string()))


def total(mask: Column) -> int:
    """How many are true; null is not."""
    return int(pc.sum(mask.cast(pa.int64()), min_count=0).as_py())


def first_of(lists: Column) -> Column:
    """The first element of each list; null of an empty one, or of none."""
    padded = pc.list_slice(lists, 0, 1, return_fixed_size_list=True)
    return pc.list_element(padded, 0)


def groups(rows: pa.Table, keys: Sequence[str], **columns: Column) -> pa.Table:
    """How many rows (`rows`) each combination of keys has, most first, then by keys; `columns` are added before."""
    for name, values in columns.items():
        rows = rows.append_column(name, values)
    slim = rows.select(list(keys))
    counted = slim.append_column("_one", pa.repeat(1, slim.num_rows)).group_by(list(keys)).aggregate([("_one", "sum")])
    named = plain(counted).rename_columns(["rows" if name == "_one_sum" else name for name in counted.column_names])
    return named.sort_by([("rows", "descending"), *((key, "ascending") for key in keys)])
