"""Charts of numbers that others judge: drawn from what they are given, in words where that is nothing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from evidence.packs.charts.aging import MOST_REGIONS, OpenBySpan, aging_chart, delta
from evidence.packs.charts.attainment import NOT_JUDGED, attainment_chart
from evidence.packs.charts.values import AgingBars, AgingBucket, AttainmentRow, AttainmentStrip

SPANS = ("under 1 day", "1 to 7 days", "over 7 days")


def test_attainment_is_not_drawn_before_it_is_judged() -> None:
    for rows in ([], [AttainmentRow("Tier 0", 0, 0, 0)]):
        chart = attainment_chart(rows, "item nights", "Counted.")
        assert (chart.drawing, chart.finding, chart.rows, chart.source) == (None, NOT_JUDGED, (), "")


def test_attainment_tells_the_least_attained_first_and_what_is_not_known() -> None:
    rows = [AttainmentRow("Tier 0", 10, 0, 0), AttainmentRow("Tier 1", 3, 1, 2), AttainmentRow("Tier 2", 0, 0, 0)]
    chart = attainment_chart(rows, "item nights", "Counted.")
    assert chart.finding == (
        "Item nights within the recovery point objective: Tier 1 3 of 6 (2 not known); Tier 0 10 of 10."
    )
    assert isinstance(chart.drawing, AttainmentStrip)
    assert [row.label for row in chart.drawing.rows] == ["Tier 0", "Tier 1"]
    assert chart.rows[1] == ("Tier 1", "3", "1", "2", "3 / 6")


def test_aging_is_not_drawn_before_it_is_judged_and_none_open_is_said() -> None:
    assert "not judged" in aging_chart([], "Counted.").finding
    chart = aging_chart([OpenBySpan(span, {"westeurope": 0}, 2) for span in SPANS], "Counted.")
    assert (chart.drawing, chart.finding) == (None, "No exception is open; 6 a week earlier.")
    assert [row[-2:] for row in chart.rows] == [("0", "2")] * 3, "zero is stated"


def test_aging_says_what_is_oldest_and_where_most_are() -> None:
    spans = [
        OpenBySpan(SPANS[0], {"northeurope": 2, "westeurope": 1}, 3),
        OpenBySpan(SPANS[1], {"westeurope": 5}, None),
        OpenBySpan(SPANS[2], {}, 1),
    ]
    chart = aging_chart(spans, "Counted.")
    assert chart.finding == (
        "8 open, how many a week earlier is not known; 5 of 8 in the oldest span, 1 to 7 days;"
        " most are in westeurope, 6 of 8."
    )
    assert chart.columns == ("Age", "A westeurope", "B northeurope", "open", "a week earlier")
    assert chart.rows[1] == (SPANS[1], "5", "0", "5", "not known")


def test_what_has_no_known_age_is_no_oldest_span() -> None:
    spans = [OpenBySpan(SPANS[0], {"westeurope": 2}, 0), OpenBySpan("age not known", {"westeurope": 3}, 0, told=False)]
    chart = aging_chart(spans, "Counted.")
    assert chart.finding == (
        "5 open, 0 a week earlier; 2 of 5 in the oldest span, under 1 day; of 3 of 5 the age cannot be told;"
        " most are in westeurope, 5 of 5."
    )


@given(st.lists(st.dictionaries(st.text(min_size=1, max_size=3), st.integers(0, 50)), min_size=1, max_size=5))
def test_the_parts_of_a_span_add_up_whatever_the_regions(found: list[dict[str, int]]) -> None:
    spans = [OpenBySpan(f"span {place}", regions, None) for place, regions in enumerate(found)]
    chart = aging_chart(spans, "Counted.")
    whole = sum(sum(regions.values()) for regions in found)
    assert (chart.drawing is None) is (whole == 0)
    if isinstance(chart.drawing, AgingBars):
        assert [sum(bucket.amounts) for bucket in chart.drawing.buckets] == [sum(one.values()) for one in found]
        assert len(chart.drawing.parts) <= MOST_REGIONS + 1
        assert all(len(row) == len(chart.columns) for row in chart.rows)


def test_a_change_is_told_with_its_sign() -> None:
    assert [delta(AgingBucket("x", (5,), before)) for before in (3, 5, 9, None)] == [
        "+2", "±0", "−4", "week before not known",
    ]  # fmt: skip
