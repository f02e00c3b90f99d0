"""Counts the figures of recovery point objectives a second time, and that each item's times add up. Shares no counting with `evidence.packs.figures`.

Not here: comparing (`figures`). Source: docs/pack-format.md, section Figures.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pyarrow as pa

from evidence.errors import IntegrityError

Number = tuple[int | None, int | None]
_COLUMNS = ("item_key", "standing", "from_at", "to_at", "target_s", "within_s", "out_s", "unknown_s", "breaches")
_JUDGED = ("attained", "breached", "unknown")
_MICROSECOND = Fraction(1, 1_000_000)


def objectives_again(table: Callable[..., pa.Table]) -> dict[str, Number]:
    """By anchor; `table` gives some columns of a table of the pack. Raises IntegrityError where a row contradicts itself."""
    standings: list[str] = []
    within = whole = Fraction(0)
    for row in table("attainment", *_COLUMNS).to_pylist():
        if row["standing"] in _JUDGED:
            told = [_exact(row[name]) for name in ("within_s", "out_s", "unknown_s")]
            _check(row, told)
            standings.append(row["standing"])
            within, whole = within + told[0], whole + sum(told, Fraction(0))
    items = len(standings)
    return {
        **{f"F-{place}": (standings.count(word), items) for place, word in enumerate(_JUDGED, start=88)},
        "F-91": (int(within // 3600), int(whole // 3600)),
    }


def _exact(seconds: float) -> Fraction:
    """Seconds to the microsecond, which is what all times are told in."""
    return round(Fraction(seconds) / _MICROSECOND) * _MICROSECOND


def _check(row: dict[str, object], told: list[Fraction]) -> None:
    """That standing and times say the same, and that an item has no more time than its period."""
    within, out, unknown = told
    standing = "breached" if out else "unknown" if unknown else "attained"
    begin, end = row["from_at"], row["to_at"]
    longest = _exact((end - begin).total_seconds())  # type: ignore[operator]  # both are moments, by the schema
    if row["standing"] != standing or bool(row["breaches"]) != bool(out) or within + out + unknown > longest:
        raise IntegrityError(
            f"The attainment of {row['item_key']} contradicts itself.",
            cause=f"It is {row['standing']} with {within} s within, {out} s out and {unknown} s unknown of {longest} s.",
        )
