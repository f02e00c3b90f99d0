"""Open exceptions by age, split by region, with the change since a week earlier as text. Pure.

Not here: what an exception is and how old it is. Invariant: no exception open is said apart from exceptions not judged.
"""

from __future__ import annotations

from collections.abc import Sequence

from evidence.packs.charts.values import AgingBars, AgingBucket, Chart

NOT_JUDGED = "How old open exceptions are is not judged in this version."


def aging_chart(regions: Sequence[str], buckets: Sequence[AgingBucket], source: str) -> Chart:
    """One bar a bucket, youngest first; no bucket at all means that nothing was judged.

    Every bucket has one amount for each region, zero among them.
    """
    return Chart(
        anchor="C-04",
        title="Open exceptions by age and region",
        finding=_finding(regions, buckets),
        drawing=AgingBars(tuple(regions), tuple(buckets)) if _open(buckets) else None,
        columns=("Age", *regions, "open", "a week earlier") if buckets else (),
        rows=tuple(_row(bucket) for bucket in buckets),
        source=source if buckets else "",
    )


def delta(bucket: AgingBucket) -> str:
    """`+2`, `−1`, `±0`, or that the week before is not known."""
    if bucket.before is None:
        return "week before not known"
    change = sum(bucket.amounts) - bucket.before
    return f"±{change}" if not change else f"{change:+,}".replace("-", "−")


def _open(buckets: Sequence[AgingBucket]) -> int:
    return sum(sum(bucket.amounts) for bucket in buckets)


def _row(bucket: AgingBucket) -> tuple[str, ...]:
    before = "not known" if bucket.before is None else f"{bucket.before:,}"
    return (bucket.label, *(f"{amount:,}" for amount in bucket.amounts), f"{sum(bucket.amounts):,}", before)


def _finding(regions: Sequence[str], buckets: Sequence[AgingBucket]) -> str:
    if not buckets:
        return NOT_JUDGED
    whole = _open(buckets)
    before = None if any(bucket.before is None for bucket in buckets) else sum(bucket.before or 0 for bucket in buckets)
    since = "how many a week earlier is not known" if before is None else f"{before:,} a week earlier"
    if not whole:
        return f"No exception is open; {since}."
    oldest = next(bucket for bucket in reversed(buckets) if sum(bucket.amounts))
    by_region = ((sum(bucket.amounts[index] for bucket in buckets), region) for index, region in enumerate(regions))
    most, region = max(by_region, key=lambda found: (found[0], found[1]))
    return (
        f"{whole:,} open, {since}; {sum(oldest.amounts):,} of {whole:,} in the oldest span, {oldest.label};"
        f" most are in {region}, {most:,} of {whole:,}."
    )
