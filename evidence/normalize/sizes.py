"""Sizes as Azure writes them in property bags to bytes.

Invariant: a text without unit is megabytes, and each unit is 1,024 of the one before; a text that is no size is a ValueError.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Decimal

BYTES_PER_GIGABYTE = 1024**3
LARGEST = 2**63 - 1
"""Largest number of bytes that the tables hold."""

_SIZE = re.compile(r"(?P<number>[0-9]{1,18}(?:\.[0-9]{1,18})?) ?(?P<unit>[KMGTP]?B|bytes)?s?", re.IGNORECASE)
_POWERS = {"b": 0, "bytes": 0, "kb": 1, "mb": 2, "gb": 3, "tb": 4, "pb": 5}


def parse_size(text: str) -> int:
    """Bytes of `63 MB`, `20.1147` (megabytes) or `127 GBs`, rounded to whole bytes.

    A comma could divide thousands or fractions, so it is refused. Raises ValueError for what is no size.
    """
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"not a size: {text!r}")
    power = _POWERS[(match["unit"] or "MB").lower()]
    size = int((Decimal(match["number"]) * 1024**power).to_integral_value(ROUND_HALF_EVEN))
    if size > LARGEST:
        raise ValueError(f"larger than any size: {text!r}")
    return size
