"""Lists of elements, many pages at once, cut into templates and the texts in their holes, without parsing them.

Not here: what templates mean, and whether they are JSON at all (`templates`). A hole is the text of a key whose texts are no words of
an enumeration; a template is an element without the texts in its holes, so most elements share theirs with many others. Invariant:
template and holes put together again are the very bytes of the element, and no hole holds a quote, a backslash, a control character
or anything but UTF-8: what a template is proven to be with some texts in its holes, it is with any.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from evidence.normalize.fast.vectors import Values
from evidence.normalize.known_shapes import known_groups

Numbers: TypeAlias = npt.NDArray[np.int64]
_Bytes: TypeAlias = npt.NDArray[np.uint8]

OPENING = b'{"id":"'
"""How each element begins."""
NEXT = b"," + OPENING
"""What stands between the holes of one element and those of the next; a template ends with it."""
_BEFORE, _AFTER = b"}", OPENING + b'"'
"""An element begins after another, so the first is made to, and the last is followed by the beginning of one more."""
_QUOTE, _COLON, _COMMA, _OPEN, _CLOSE = b'":,{}'
_FIRST_PRINTABLE = 32
_ID, _D = b"id"
_AT_A_TIME = 1 << 18
"""Bytes looked through at a time: no more than stay close to the processor."""
_LONGEST = 2**30
"""Bytes that are cut together at most: places are told in 32 bits."""
_TOLD_BY_REFERENCE = frozenset({"type", "errorCode", "errorTitle", "errorString"})
"""Keys of texts that row functions read from a template as they are; those of enumerations beside them."""
_CODES = 1 << 21


@dataclass(frozen=True, slots=True)
class Cut:
    """Elements in their order."""

    body: bytes
    begins: Numbers
    """Where each element begins in `body`; one more at the end."""
    spans: Values
    """Holes and what stands between them: the text of hole n is at 2 n."""
    lengths: Numbers
    """Bytes in each hole."""
    firsts: Numbers
    """The hole of each element's id, its first; one more at the end."""
    codes: Numbers
    """The number of each element's template."""
    templates: Sequence[bytes]
    places: Sequence[tuple[int, ...]]
    """Where the holes of each template are."""
    sizes: Numbers
    """Elements of each page."""


def cut(pages: Sequence[memoryview]) -> Cut | None:
    """What stands between the brackets of lists, cut; None where any of them is not as usual."""
    body = b",".join((_BEFORE, *pages, _AFTER))
    data = np.frombuffer(body, np.uint8)
    if len(body) > _LONGEST or data.min() < _FIRST_PRINTABLE or not _is_utf8(body):
        return None
    escapes = np.fromiter(_escapes(body), np.int64)
    quotes = _quotes(data, escapes)
    if len(quotes) % 2:
        return None
    opens, closes = quotes[0::2].copy(), quotes[1::2].copy()
    keys = _keys_of_holes(data, opens, closes, escapes)
    starts, ends = opens[keys + 1] + 1, closes[keys + 1]
    firsts = _begin_elements(data, opens[keys], closes[keys])
    begins: Numbers = starts[firsts].astype(np.int64) - len(OPENING)
    first_pages = len(_BEFORE) + 1 + np.concatenate(([0], np.cumsum([len(page) + 1 for page in pages])))
    page_ends = np.searchsorted(begins, first_pages)
    if page_ends[-1] == len(begins) or (begins[page_ends] != first_pages).any():  # the last is one element more
        return None
    spans = in_turns(body, starts, ends)
    templates, codes, places = _templates(spans, firsts)
    return Cut(
        body,
        begins,
        spans,
        np.subtract(ends, starts, dtype=np.int64),
        firsts,
        codes,
        templates,
        places,
        np.diff(page_ends),
    )


def _is_utf8(body: bytes) -> bool:
    try:
        return body.isascii() or bool(body.decode())
    except UnicodeDecodeError:
        return False


def _escapes(body: bytes) -> Iterator[int]:
    """Places of backslashes, but those that another one escapes."""
    at = body.find(b"\\")
    while at >= 0:
        yield at
        at = body.find(b"\\", at + 2)


def _quotes(data: _Bytes, escapes: Numbers) -> npt.NDArray[np.int32]:
    """Places of quotes where texts begin and end, in turns."""
    begins = range(0, len(data), _AT_A_TIME)
    found = [np.flatnonzero(data[begin : begin + _AT_A_TIME] == _QUOTE).astype(np.int32) + begin for begin in begins]
    quotes = np.concatenate(found, dtype=np.int32)
    escaped = escapes[data[escapes + 1] == _QUOTE] + 1 if len(escapes) else escapes
    return np.delete(quotes, np.searchsorted(quotes, escaped)) if len(escaped) else quotes


def _keys_of_holes(
    data: _Bytes, opens: npt.NDArray[np.int32], closes: npt.NDArray[np.int32], escapes: Numbers
) -> Numbers:
    """Texts that are the key of a hole, by their number; the hole is the next text."""
    near = np.flatnonzero(opens[1:] - closes[:-1] == len('":'))
    keys = near[_at(data, closes[near] + 1) == _COLON]
    if len(escapes):
        spoiled = np.zeros(len(opens) + 1, np.bool_)
        spoiled[np.searchsorted(opens, escapes) - 1] = True
        keys = keys[~spoiled[keys + 1]]
    found: Numbers = keys[_holes().take(_codes(data, opens[keys], closes[keys]))]
    return found


def _at(data: _Bytes, places: npt.NDArray[Any]) -> _Bytes:
    """The bytes at places, all of which are there: numpy takes half as long where it need not say so."""
    return data.take(places, mode="clip")


def _codes(data: _Bytes, opens: npt.NDArray[np.int32], closes: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """Numbers below `_CODES` by which keys are known, from their length and last letters; where one of several that share it is of words, all are."""
    codes: npt.NDArray[np.int32] = (closes - opens) & 63
    for back in (1, 2, 3):
        codes = codes << 5 | _at(data, closes - back) & 31
    return codes


@cache
def _holes() -> npt.NDArray[np.bool_]:
    """By the code of a key, whether its texts are holes."""
    found = np.ones(_CODES, np.bool_)
    for key in told_keys():
        data = np.frombuffer(f'"{key}"'.encode(), np.uint8)
        found[_codes(data, np.zeros(1, np.int32), np.array([len(data) - 1], np.int32))] = False
    return found


@cache
def told_keys() -> Collection[str]:
    """Keys whose texts are no holes: those of enumerations, which schema drift is judged by, and what row functions read."""
    paths: Iterable[str] = (path for group in known_groups().values() for path in group.values)
    return _TOLD_BY_REFERENCE | {path.rpartition(".")[2].removesuffix("[]") for path in paths}


def _begin_elements(data: _Bytes, opens: npt.NDArray[np.int32], closes: npt.NDArray[np.int32]) -> Numbers:
    """Which keys are the `id` that an element begins with."""
    short = np.flatnonzero(closes - opens == len("id") + 1)
    at = opens[short]
    found: Numbers = short[
        (data[at + 1] == _ID)
        & (data[at + 2] == _D)
        & (data[at - 1] == _OPEN)
        & (data[at - 2] == _COMMA)
        & (data[at - 3] == _CLOSE)
    ]
    return found


def in_turns(body: bytes, begins: npt.NDArray[Any], ends: npt.NDArray[Any]) -> Values:
    """Parts of a body that follow one another, and what stands between them, in turns and where they are: nothing is copied."""
    offsets = np.stack((begins, ends), axis=1).ravel().astype(np.int32, copy=False)
    buffers = [None, pa.py_buffer(offsets.data), pa.py_buffer(body)]
    found: Values = pa.Array.from_buffers(pa.binary(), len(offsets) - 1, buffers)
    return found


def _templates(spans: Values, firsts: Numbers) -> tuple[Sequence[bytes], Numbers, Sequence[tuple[int, ...]]]:
    """Distinct templates, the number of each element's, and where the holes of each template are."""
    between = spans.take(np.arange(1, len(spans), 2))
    buffers: Any = between.buffers()
    at = np.frombuffer(buffers[1], np.int32)[: len(between) + 1]
    bounds = [None, pa.py_buffer(at[firsts].data), buffers[2]]
    encoded: Any = pa.Array.from_buffers(pa.binary(), len(firsts) - 1, bounds).dictionary_encode()
    codes = encoded.indices.to_numpy().astype(np.int64)
    examples = first_of_each(codes, len(encoded.dictionary))
    shift = [len(OPENING) - at[firsts[one]] for one in examples]
    places = [tuple((at[firsts[one] : firsts[one + 1]] + by).tolist()) for one, by in zip(examples, shift, strict=True)]
    texts = [OPENING + text[: -len(NEXT)] for text in encoded.dictionary.to_pylist()]
    return texts, codes, places


def first_of_each(codes: Numbers, distinct: int) -> Numbers:
    """The first place of each number below `distinct`."""
    found = np.empty(distinct, np.int64)
    found[codes[::-1]] = np.arange(len(codes))[::-1]  # of several, the last that is written stays
    return found
