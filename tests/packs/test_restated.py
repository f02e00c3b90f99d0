"""Jobs that run over the cut-over: pending in their night's pack, restated by the pack of the night that sees them end or gone."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from evidence.packs.build import PackOrder, build_pack
from evidence.packs.interface import Report, ReportTable
from evidence.packs.night import ensure_night_pack
from evidence.packs.period import span_period
from evidence.packs.scope import PackScope
from evidence.packs.sealing import Sealing
from tests.fakes.bench import NIGHT, Bench, backup
from tests.fakes.bodies import FakeVault
from tests.fakes.packing import FakeRenderer, sealing

ALL = PackScope("all")
DAYS = [NIGHT + timedelta(days=number) for number in range(5)]


class Nights:
    """Nights run one after the other, each with its pack."""

    def __init__(self) -> None:
        self.bench, self.renderer = Bench(), FakeRenderer()
        self.vault: FakeVault = self.bench.vault()
        backup(self.vault)

    def run(self, night: date, *, again: bool = False) -> Report:
        self.bench.run(night, again=again, reason="rights were granted" if again else None)
        ensure_night_pack(self.bench.parts, self.sealing, ALL, night)
        return self.renderer.reports[-1]

    def audit(self, first: date, last: date) -> Report:
        build_pack(self.bench.parts, self.sealing, PackOrder("audit", ALL, span_period(first, last)))
        return self.renderer.reports[-1]

    @property
    def sealing(self) -> Sealing:
        return sealing(self.bench, renderer=self.renderer)


@pytest.fixture
def nights() -> Nights:
    return Nights()


def table(report: Report, anchor: str) -> ReportTable:
    return next(one for section in report.sections for one in section.tables if one.anchor == anchor)


def pending(report: Report) -> list[tuple[str, ...]]:
    """Item, state, age and job id."""
    return [(row[1], row[4], row[6], row[7]) for row in table(report, "T-10").rows]


def restated(report: Report) -> list[tuple[str, ...]]:
    """Night, item, both states, earlier pack and job id."""
    return [(row[0], row[1], row[3], row[4], row[6], row[7]) for row in table(report, "T-11").rows]


@pytest.mark.slow
def test_a_job_that_runs_over_the_cut_over_is_pending_and_then_restated_once(nights: Nights) -> None:
    job = backup(nights.vault, DAYS[0], "slow", status="InProgress")
    first = nights.run(DAYS[0])
    ((item, state, age, job_id),) = pending(first)
    assert (item, state, job_id) == ("slow", "InProgress", job.job_id)
    assert age.startswith("8 h ")
    assert restated(first) == []
    assert restated(nights.run(DAYS[1])) == []
    job.status = "Failed"
    changed = ("2026-11-20", "slow", "InProgress", "Failed", "all-night-internal-2026-11-20-r0001", job.job_id)
    assert restated(nights.run(DAYS[2])) == [changed]
    assert restated(nights.run(DAYS[3])) == []
    audit = nights.audit(DAYS[0], DAYS[3])
    assert pending(audit) == []
    assert [row[1] for row in table(audit, "T-01").rows] == ["Failed"]
    assert not [one for section in audit.sections for one in section.tables if one.anchor == "T-11"]


@pytest.mark.slow
def test_a_job_that_is_gone_is_restated_as_gone_and_stays_pending_in_audits(nights: Nights) -> None:
    job = backup(nights.vault, DAYS[0], "slow", status="InProgress")
    nights.run(DAYS[0])
    job.gone = True
    ((night, _, before, now, pack, job_id),) = restated(nights.run(DAYS[1]))
    assert (night, before, now, job_id) == ("2026-11-20", "InProgress", "gone (404)", job.job_id)
    assert pack == "all-night-internal-2026-11-20-r0001"
    assert restated(nights.run(DAYS[2])) == []
    ((_, state, _, _),) = pending(nights.audit(DAYS[0], DAYS[2]))
    assert state.startswith("InProgress, gone (404) since 2026-11-22")


@pytest.mark.slow
def test_a_job_that_changes_twice_is_restated_against_the_pack_of_its_night_each_time(nights: Nights) -> None:
    job = backup(nights.vault, DAYS[0], "slow", status="InProgress")
    nights.run(DAYS[0])
    states = []
    for number, status in ((1, "Cancelling"), (2, "Cancelled")):
        job.status = status
        states += [row[2:4] for row in restated(nights.run(DAYS[number]))]
    assert states == [("InProgress", "Cancelling"), ("InProgress", "Cancelled")]


@pytest.mark.slow
def test_a_new_revision_of_the_earlier_pack_that_already_tells_it_leaves_nothing_to_restate(nights: Nights) -> None:
    job = backup(nights.vault, DAYS[0], "slow", status="InProgress")
    nights.run(DAYS[0])
    job.status = "Failed"
    assert pending(nights.run(DAYS[0], again=True)) == []
    assert restated(nights.run(DAYS[1])) == []


def test_a_job_that_no_earlier_pack_tells_is_not_restated(nights: Nights) -> None:
    nights.run(DAYS[0])
    backup(nights.vault, DAYS[0], "late", status="Failed")
    assert restated(nights.run(DAYS[1])) == []
