"""Open exceptions by age, split by region, with the change since a week earlier as text. Pure.

Not here: what an exception is and how old it is. Invariant: no exception open is said apart from exceptions not judged, and the
parts of a bar add up to what is open.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import ascii_uppercase

from evidence.packs.charts.values import CODE, OTHER, AgingBars, AgingBucket, Chart, Part
from evidence.packs.texts import plural

NOT_JUDGED = "How old open exceptions are is not judged in this version."
MOST_REGIONS = 8
"""Regions with a part of their own; the others are one part together."""


@dataclass(frozen=True, slots=True)
class OpenBySpan:
    """What is open of one span of ages."""

    label: str
    by_region: Mapping[str, int]
    before: int | None
    """How many there were a week earlier; None where that is not known."""
    told: bool = True
    """False for those whose age nobody can tell; they are no span, and stand last."""


def aging_chart(spans: Sequence[OpenBySpan], source: str) -> Chart:
    """One bar a span, youngest first; no span at all means that nothing was judged."""
    regions = _ranked(spans)
    named = regions if len(regions) <= MOST_REGIONS + 1 else regions[:MOST_REGIONS]
    parts = tuple(Part(region, CODE, key) for region, key in zip(named, ascii_uppercase, strict=False))
    if rest := regions[len(named) :]:
        parts = (*parts, Part(plural(len(rest), "other region"), OTHER, "+"))
    buckets = tuple(_bucket(span, named, rest) for span in spans)
    compared = any(bucket.before is not None for bucket in buckets)
    last = ("open", "a week earlier") if compared else ("open",)
    return Chart(
        anchor="C-04",
        title="Open exceptions by age and region",
        finding=_finding(spans, parts, buckets),
        drawing=AgingBars(parts, buckets) if parts else None,
        columns=("Age", *(f"{part.key} {part.label}" for part in parts), *last) if buckets else (),
        rows=tuple(_row(bucket)[: 1 + len(parts) + len(last)] for bucket in buckets),
        source=source if buckets else "",
    )


def delta(bucket: AgingBucket) -> str:
    """`+2`, `−1`, `±0`, or that the week before is not known."""
    if bucket.before is None:
        return "week before not known"
    change = sum(bucket.amounts) - bucket.before
    return f"{change:+,}".replace("-", "−") if change else "±0"


def _ranked(spans: Sequence[OpenBySpan]) -> list[str]:
    """Regions with anything open, most first."""
    totals: dict[str, int] = {}
    for span in spans:
        for region, number in span.by_region.items():
            totals[region] = totals.get(region, 0) + number
    return sorted((region for region in totals if totals[region]), key=lambda region: (-totals[region], region))


def _bucket(span: OpenBySpan, named: Sequence[str], rest: Sequence[str]) -> AgingBucket:
    amounts = [span.by_region.get(region, 0) for region in named]
    if rest:
        amounts.append(sum(span.by_region.get(region, 0) for region in rest))
    return AgingBucket(span.label, tuple(amounts), span.before)


def _row(bucket: AgingBucket) -> tuple[str, ...]:
    before = "not known" if bucket.before is None else f"{bucket.before:,}"
    return (bucket.label, *(f"{amount:,}" for amount in bucket.amounts), f"{sum(bucket.amounts):,}", before)


def _finding(spans: Sequence[OpenBySpan], parts: Sequence[Part], buckets: Sequence[AgingBucket]) -> str:
    if not buckets:
        return NOT_JUDGED
    whole = sum(sum(bucket.amounts) for bucket in buckets)
    known = [bucket.before for bucket in buckets if bucket.before is not None]
    since = f"{sum(known):,} a week earlier" if len(known) == len(buckets) else "how many a week earlier is not known"
    if not whole:
        return f"No exception is open; {since}."
    said = [f"{whole:,} open, {since}"]
    aged = [bucket for span, bucket in zip(spans, buckets, strict=True) if span.told and any(bucket.amounts)]
    if aged:
        said.append(f"{sum(aged[-1].amounts):,} of {whole:,} in the oldest span, {aged[-1].label}")
    untold = whole - sum(sum(bucket.amounts) for span, bucket in zip(spans, buckets, strict=True) if span.told)
    if untold:
        said.append(f"of {untold:,} of {whole:,} the age cannot be told")
    most = sum(bucket.amounts[0] for bucket in buckets)
    return f"{'; '.join(said)}; most are in {parts[0].label}, {most:,} of {whole:,}."
