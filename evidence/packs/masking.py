"""Keeps out of packs what Azure sends beside evidence: key material of encrypted machines, addresses of configuration blobs.

The calls in the store keep every byte as received; what is packed is shown to others (DESIGN section 11, principle 9).
Invariant: only the values of named fields are replaced, by a word that says so; texts without them stay as they are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

MASKED = "masked: kept in the organisation's store"
SECRET_FIELDS = frozenset({"keyandsecret", "config blob uri", "template blob uri"})
"""Field names, lower case: `keyAndSecret` of encrypted VM points; blob addresses in the property bag of restores."""


_WORDS = (b"keyandsecret", b"blob uri")
"""One of them is in each of those names."""


def mask(rows: pa.Table) -> pa.Table:
    """The rows with named fields inside `properties` and `envelope` replaced where they hold something."""
    for name in ("properties", "envelope"):
        if name in rows.schema.names:
            rows = _column(rows, name)
    return rows


def mask_text(text: str) -> str:
    """One JSON text, masked; the same text where nothing in it is to be masked."""
    lowered = text.lower()
    if not any(field in lowered for field in SECRET_FIELDS):
        return text
    try:
        return json.dumps(_masked(json.loads(text)), ensure_ascii=False, separators=(",", ":"))
    except RecursionError:
        return json.dumps(MASKED)  # nested too deeply to be looked through: nothing of it is packed


def _column(rows: pa.Table, name: str) -> pa.Table:
    """Chunks without such a field, which are most, stay as they are in Arrow's memory."""
    chunks = [_chunk(chunk) for chunk in rows[name].chunks]
    field = rows.schema.field(name)
    return rows.set_column(rows.schema.get_field_index(name), field, pa.chunked_array(chunks, field.type))


def _chunk(texts: pa.Array[Any]) -> pa.Array[Any]:
    if not _may_hold(texts):
        return texts
    holding = pc.match_substring_regex(texts, "|".join(sorted(SECRET_FIELDS)), ignore_case=True)
    if not pc.any(holding).as_py():
        return texts
    return pa.array([None if text is None else mask_text(str(text)) for text in texts.to_pylist()], pa.string())


def _may_hold(texts: pa.Array[Any]) -> bool:
    """Whether the bytes of all texts hold a field's name anywhere: most hold none, and are not searched one by one."""
    data = texts.buffers()[-1]
    if data is None:
        return False
    lowered = data.to_pybytes().lower()
    # Two letters outside ASCII are letters of a name to whoever ignores case: K of kelvin, and the long s.
    other = () if lowered.isascii() else (b"\xe2\x84\xaa", b"\xc5\xbf")
    return any(word in lowered for word in (*_WORDS, *other))


def _masked(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _of(str(key), inner) for key, inner in value.items()}
    return [_masked(one) for one in value] if isinstance(value, list) else value


def _of(key: str, value: object) -> object:
    return MASKED if key.strip().lower() in SECRET_FIELDS and value else _masked(value)
