"""What charts count of a selection: every night and every failure once, and nothing unread among the good."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta

import pytest

from evidence.packs.charts.failures import MOST_BARS, MOST_CODES, failures_chart
from evidence.packs.charts.nights import MOST_VAULTS, nights_chart
from evidence.packs.charts.restores import MOST_LINES, objectives, restores_chart
from evidence.packs.charts.values import (
    FAILED,
    GOOD,
    NO_CODE,
    NO_DATA,
    NONE_BEGAN,
    NOT_DUE,
    OTHER,
    WARNING,
    Chart,
    NightCalendar,
    RestoreTimes,
    StackedBars,
)
from evidence.packs.judging import judge_selection
from evidence.packs.select import Selection
from evidence.packs.texts import vault_names
from evidence.records import KINDS_OF, Kind, Outcome
from evidence.tiers import TierRule
from tests.fakes.bench import Bench, backup, restore
from tests.packs.choosing import DAYS, chosen

UNREACHED = (Outcome.NOT_REACHED, "HTTP 403")


def calendar(bench: Bench, last: date, not_due: frozenset[tuple[str, date]] = frozenset()) -> Chart:
    selection = chosen(bench, DAYS[0], last)
    return nights_chart(selection, judge_selection(selection), vault_names(selection.vaults), not_due)


def states(chart: Chart) -> Mapping[str, list[str]]:
    assert isinstance(chart.drawing, NightCalendar)
    return {panel.label: [cell.state for cell in panel.cells] for panel in chart.drawing.panels}


def failed(bench: Bench, last: date = DAYS[0]) -> Chart:
    selection = chosen(bench, DAYS[0], last)
    return failures_chart(selection, judge_selection(selection), vault_names(selection.vaults))


def test_each_night_shows_the_worst_of_its_vault() -> None:
    bench = Bench()
    vault = bench.vault("a")
    for day, status in zip(DAYS, ["Completed", "Failed", "CompletedWithWarnings", None, "InProgress"], strict=False):
        backup(vault, day, f"vm-{day}", status)
        backup(vault, day, "vm-ok")
    bench.nights(6)
    chart = calendar(bench, DAYS[5])
    assert states(chart) == {"a": [GOOD, FAILED, WARNING, WARNING, WARNING, NONE_BEGAN]}
    assert chart.finding.startswith("1 of 6 nights of 1 vault were good; a 1 with a failure, 3 with warnings of 6.")
    assert chart.columns == ("Vault", "good", "with warnings", "with a failure", "without a backup", "nights")
    assert chart.rows == (("a", "1", "3", "1", "1", "6"),)


def test_a_night_that_nobody_looked_at_is_neither_good_nor_quiet() -> None:
    bench = Bench()
    backup(bench.vault("a"), DAYS[0])
    blind = bench.vault("b")
    blind.spoiled |= dict.fromkeys(KINDS_OF["recovery_services"], UNREACHED)
    half = bench.vault("c")
    backup(half, DAYS[0])
    half.spoiled[Kind.JOBS] = (Outcome.PARTIAL, "HTTP 500 on page 2")
    bench.run(DAYS[0])
    bench.run(DAYS[2])
    found = states(calendar(bench, DAYS[2]))
    assert found["a"] == [GOOD, NO_DATA, NONE_BEGAN], "the second night was never sealed"
    assert found["b"] == [NO_DATA] * 3
    assert found["c"][:2] == [WARNING, NO_DATA], "a list read in part may hide a failure"


def test_a_vault_has_no_cell_on_nights_before_it_was_there() -> None:
    bench = Bench()
    backup(bench.vault("a"), DAYS[0])
    bench.run(DAYS[0])
    backup(bench.vault("b"), DAYS[1])
    bench.run(DAYS[1])
    chart = calendar(bench, DAYS[1])
    assert isinstance(chart.drawing, NightCalendar)
    assert [[cell.night for cell in panel.cells] for panel in chart.drawing.panels] == [DAYS[:2], [DAYS[1]]]
    assert "of 3 nights of 2 vaults" in chart.finding


def test_what_was_not_due_is_told_apart_from_what_never_began() -> None:
    bench = Bench()
    vault = bench.vault("a")
    backup(vault, DAYS[0])
    bench.nights(3)
    pair = (vault.vault.vault_id, DAYS[1])
    assert states(calendar(bench, DAYS[2], frozenset({pair}))) == {"a": [GOOD, NOT_DUE, NONE_BEGAN]}


def test_many_vaults_are_shown_by_region_with_the_worst_of_each_night() -> None:
    bench = Bench()
    for number in range(MOST_VAULTS + 1):
        vault = bench.vault(f"v{number:02}", region="westeurope" if number % 2 else "northeurope")
        backup(vault, DAYS[0], status="Failed" if number == 1 else "Completed")
    bench.vault("nowhere", region=None)
    bench.run(DAYS[0])
    chart = calendar(bench, DAYS[0])
    assert states(chart) == {"northeurope": [GOOD], "region not told": [NONE_BEGAN], "westeurope": [FAILED]}
    assert chart.columns[0] == "Region"


def test_without_a_vault_there_is_nothing_to_draw_and_it_says_so() -> None:
    bench = Bench()
    bench.run(DAYS[0])
    chart = calendar(bench, DAYS[0])
    assert chart.drawing is None
    assert "No vault was seen" in chart.finding


def fail(bench: Bench, vault: str, code: str, count: int) -> None:
    home = next((one for one in bench.azure.subscriptions[0].vaults if one.name == vault), None) or bench.vault(vault)
    for number in range(count):
        job = backup(home, DAYS[0], f"{vault}-{code}-{number}", "Failed")
        details = [{"errorCode": 400001, "errorTitle": code}] if code else []
        job.properties = {"errorDetails": details}


def stacked(chart: Chart) -> StackedBars:
    assert isinstance(chart.drawing, StackedBars)
    return chart.drawing


def test_failures_are_split_by_code_largest_first_and_counted_once() -> None:
    bench = Bench()
    for code, count in {"Agent": 3, "Disk": 1, "": 2}.items():
        fail(bench, "a", code, count)
    fail(bench, "b", "Disk", 4)
    backup(bench.azure.subscriptions[0].vaults[0], DAYS[0])
    bench.run(DAYS[0])
    chart = failed(bench)
    drawing = stacked(chart)
    assert [(part.label.split()[0], part.kind, part.key) for part in drawing.parts] == [
        ("Disk", "code", "A"),
        ("Agent", "code", "B"),
        ("no", NO_CODE, "?"),
    ]
    (panel,) = drawing.panels
    assert [(bar.label, bar.amounts) for bar in panel.bars] == [("a", (1, 3, 2)), ("b", (4, 0, 0))]
    assert chart.finding.startswith("10 of 11 backup jobs failed (VM 10); the largest part is Disk")
    assert [row[-1] for row in chart.rows] == ["5 / 10", "3 / 10", "2 / 10"]


def test_many_codes_and_many_vaults_are_summed_and_none_is_lost() -> None:
    bench = Bench()
    for number in range(MOST_CODES + 3):
        fail(bench, "a", f"Code{number:02}", 20 - number)
    for number in range(MOST_BARS + 3):
        fail(bench, f"v{number}", "Code00", 1)
    bench.run(DAYS[0])
    drawing = stacked(failed(bench))
    assert [part.kind for part in drawing.parts] == ["code"] * MOST_CODES + [OTHER]
    assert drawing.parts[-1].label == "3 other codes"
    (panel,) = drawing.panels
    assert len(panel.bars) == MOST_BARS + 1
    assert panel.bars[-1].label == "4 other vaults"
    total = sum(20 - number for number in range(MOST_CODES + 3)) + MOST_BARS + 3
    assert sum(sum(bar.amounts) for bar in panel.bars) == total


def test_no_failure_is_said_apart_from_no_job_and_from_nothing_read() -> None:
    good = Bench()
    backup(good.vault(), DAYS[0])
    good.run(DAYS[0])
    quiet = Bench()
    quiet.vault()
    quiet.run(DAYS[0])
    blind = Bench()
    blind.vault().spoiled |= dict.fromkeys(KINDS_OF["recovery_services"], UNREACHED)
    blind.run(DAYS[0])
    charts = [failed(bench) for bench in (good, quiet, blind)]
    assert [chart.drawing for chart in charts] == [None] * 3
    assert [chart.finding for chart in charts] == [
        "No backup job failed, of 1 seen.",
        "No backup job was seen in the period.",
        "Whether backup jobs failed is not known: no job list was read.",
    ]


RULES = (
    TierRule.model_validate({"match": {"name": "vm1"}, "tier": 0, "rto": "4h"}),
    TierRule.model_validate({"match": {"region": "northeurope"}, "tier": 1, "rto": "8h"}),
    TierRule.model_validate({"match": {"name": "*"}, "tier": 2}),
)


def timed(selection: Selection, rules: tuple[TierRule, ...] = RULES) -> Chart:
    return restores_chart(selection, objectives(selection, rules))


def lines(chart: Chart) -> list[tuple[str, float | None, float, str]]:
    assert isinstance(chart.drawing, RestoreTimes)
    return [(row.label, row.minutes, row.target_minutes, row.note) for row in chart.drawing.rows]


@pytest.fixture
def restored() -> Selection:
    bench = Bench()
    vault = bench.vault()
    backup(vault, DAYS[0])
    backup(vault, DAYS[0], "vm2")
    restore(vault, DAYS[0], DAYS[0])
    restore(vault, DAYS[0], DAYS[0], "vm2", job_id="r2")
    restore(vault, DAYS[0], DAYS[0], job_id="r3", status="Failed")
    bench.run(DAYS[0])
    return chosen(bench)


def test_restores_are_drawn_only_against_an_objective_and_those_that_failed_have_no_time(restored: Selection) -> None:
    chart = timed(restored)
    lost, quick = lines(chart)
    assert lost == ("vm1", None, 240.0, "Failed: no time to compare")
    assert (quick[0], quick[1] is None) == ("vm1", False)
    assert chart.finding == (
        "1 of 2 restore jobs took no longer than the objective of the item; 1 did not complete or tell no time;"
        " no recovery time objective is set for the items of 1 more."
        " It is the job's time, not the time until the data could be used."
    )


def test_the_first_rule_that_fits_an_item_sets_its_objective(restored: Selection) -> None:
    found = Counter(objectives(restored, RULES).values())
    assert found == {timedelta(hours=4): 1}, "vm2 is met by the last rule, which sets none"
    assert objectives(restored, ()) == {}


def test_without_an_objective_nothing_is_drawn_and_it_says_so(restored: Selection) -> None:
    chart = timed(restored, ())
    assert chart.drawing is None
    assert chart.finding.startswith("Restore time is not compared: no recovery time objective is set")
    nothing = Bench()
    nothing.vault()
    nothing.run(DAYS[0])
    assert timed(chosen(nothing)).finding.startswith("No restore job was seen")


def test_where_names_are_masked_nothing_is_compared(restored: Selection) -> None:
    chart = restores_chart(restored, None)
    assert (chart.drawing, "masked" in chart.finding) == (None, True)


def test_of_many_restores_those_that_weigh_most_are_drawn() -> None:
    bench = Bench()
    vault = bench.vault()
    backup(vault, DAYS[0])
    for number in range(MOST_LINES + 5):
        restore(vault, DAYS[0], DAYS[0], job_id=f"r{number}")
    bench.run(DAYS[0])
    chart = timed(chosen(bench))
    assert len(lines(chart)) == MOST_LINES
    assert chart.source.startswith(f"The {MOST_LINES} of {MOST_LINES + 5} that weigh most.")
