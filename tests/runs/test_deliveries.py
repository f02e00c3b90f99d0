"""Real deliveries from a store: whatever the other sides do, a problem is one ticket, one alert and one thread, from its opening to its end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from evidence.notify.interface import Problem
from evidence.runs.outbox import Office, Told, all_attempts, tell
from tests.fakes.bench import NIGHT, Bench
from tests.fakes.receivers.jira import JiraReceiver
from tests.fakes.receivers.pagerduty import PagerDutyReceiver
from tests.fakes.receivers.post import PostOffice
from tests.fakes.receivers.server import Fault
from tests.fakes.receivers.servicenow import ServiceNowReceiver
from tests.notify.problems import CODE, JOB, LINKS, NOW, OWNERS, owners, problem
from tests.notify.sites import Site, site

KINDS = ("servicenow", "pagerduty", "jira", "teams", "webhook", "mail")
RULES = OWNERS.replace(
    b"new: [servicenow], digest: [mail]", b"new: [servicenow, pagerduty, jira, teams, webhook, mail], digest: []"
)
CALM = b"\n".join(line for line in RULES.splitlines() if b"escalate" not in line)
"""The same without steps, which would be due as time passes."""
DAY = timedelta(days=1)


@dataclass
class World:
    bench: Bench
    sites: dict[str, Site]

    def tell(self, *problems: Problem, rules: bytes = RULES) -> Told:
        channels = {kind: one.channel for kind, one in self.sites.items()}
        return tell(self.bench.parts, Office(owners(rules), channels, LINKS, lambda _: None), problems)

    def counts(self) -> dict[str, int]:
        return {kind: len(one.texts()) for kind, one in self.sites.items()}


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with ExitStack() as stack:
        sites = {kind: stack.enter_context(site(kind, monkeypatch)) for kind in KINDS}
        yield begun(sites)
        assert [one.mistakes() for one in sites.values()] == [[]] * len(KINDS)


def begun(sites: dict[str, Site]) -> World:
    bench = Bench()
    bench.clock.moment = NOW
    bench.parts.ledger.open(tenant="t", organisation="o", first_night=NIGHT, at=NOW, actor="x")
    return World(bench, sites)


def test_a_failed_database_job_reaches_its_dba_with_job_vault_and_code_once_everywhere(world: World) -> None:
    first = world.tell(problem())
    assert (first.delivered, first.left) == (6, ())
    assert world.tell(problem()).attempts == ()
    assert world.counts() == dict.fromkeys(KINDS, 1)
    for one in world.sites.values():
        (text,) = one.texts()
        assert all(wanted in text.replace("\\", "").replace("=\n", "") for wanted in (JOB, CODE, "rsv-euw-prd"))
    snow = world.sites["servicenow"].receiver
    assert isinstance(snow, ServiceNowReceiver)
    (record,) = snow.records.values()
    assert (record["assignment_group"], record["impact"]) == ("DBA EU", "2")
    assert [one["file_name"] for one in snow.files] == [f"exception-{problem().key[:12]}.csv"]


def test_from_opening_over_reminder_and_step_to_the_end_on_one_ticket(world: World) -> None:
    world.tell(problem())
    world.bench.clock.moment += 2 * DAY
    world.tell(problem(bucket="2-3", nights=3))
    world.tell(problem(bucket="2-3", nights=3, state="closed"))
    snow, issues, pager, post = (world.sites[kind].receiver for kind in ("servicenow", "jira", "pagerduty", "mail"))
    assert isinstance(snow, ServiceNowReceiver)
    (record,) = snow.records.values()
    assert (record["state"], record["assignment_group"]) == ("6", "Cloud Platform")
    assert record["work_notes"].count("What: ") == 3  # reminder, step and end, though two teams were told
    assert isinstance(issues, JiraReceiver)
    (issue,) = issues.issues.values()
    assert (issue["status"], len(issue["comments"])) == ("done", 2)
    assert isinstance(pager, PagerDutyReceiver)
    assert list(pager.alerts.values()) == ["resolve"]
    assert isinstance(post, PostOffice)
    assert len({str(one["References"]) for one in post.arrived}) == 1
    assert len({str(one["Message-ID"]) for one in post.arrived}) == len(post.arrived)
    assert {str(one["Auto-Submitted"]) for one in post.arrived} == {"auto-generated"}
    assert str(post.arrived[0]["List-Id"]) == "Backup Evidence <dba-eu.backup-evidence.example.com>"


def test_a_ticket_that_a_person_closed_too_early_is_opened_anew_by_the_next_reminder(world: World) -> None:
    world.tell(problem())
    snow = world.sites["servicenow"].receiver
    assert isinstance(snow, ServiceNowReceiver)
    next(iter(snow.records.values()))["active"] = "false"
    world.tell(problem(bucket="2-3"))
    assert [one["active"] for one in snow.records.values()] == ["false", "true"]


def test_a_problem_that_comes_back_opens_its_ticket_again(world: World) -> None:
    for state in (problem(), problem(state="closed"), problem(reopened=1)):
        world.tell(state)
    snow, pager = world.sites["servicenow"].receiver, world.sites["pagerduty"].receiver
    assert isinstance(snow, ServiceNowReceiver)
    assert [one["state"] for one in snow.records.values()] == ["2"]
    assert isinstance(pager, PagerDutyReceiver)
    assert list(pager.alerts.values()) == ["trigger"]


FAULTS = st.lists(
    st.none()
    | st.sampled_from(
        [
            Fault(400),
            Fault(429, {"Retry-After": "1"}),
            Fault(429, {"Retry-After": "900"}),
            Fault(503),
            Fault(),
            Fault(done_first=True),
        ]
    ),
    max_size=4,
)


@pytest.mark.slow
@given(st.fixed_dictionaries(dict.fromkeys(KINDS, FAULTS)), st.booleans())
@settings(max_examples=20, phases=[Phase.generate])
def test_whatever_the_other_sides_answer_nothing_is_lost_and_nothing_doubled(
    faults: dict[str, list[Fault | None]], ended: bool
) -> None:
    with pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        world = begun({kind: stack.enter_context(site(kind, patch)) for kind in KINDS})
        for kind, told in faults.items():
            for one in told:
                world.sites[kind].order(one)
        for state in (problem(), problem(state="closed") if ended else problem()):
            for _ in range(6):
                last = world.tell(state, rules=CALM)
                world.bench.clock.moment += DAY / 2
        assert (last.attempts, last.left) == ((), ())
        things = world.counts()
        assert {kind: things[kind] for kind in ("servicenow", "pagerduty", "jira")} == dict.fromkeys(
            ("servicenow", "pagerduty", "jira"), 1
        )
        words = 2 if ended else 1
        # What cannot be asked may come twice, and is known by its id; an opening that was refused until the end is not told any more.
        assert all(1 <= things[kind] <= words for kind in ("teams", "webhook", "mail"))
        delivered = [
            one.message_id for one in all_attempts(world.bench.store, world.bench.parts.ledger.entries()) if one.ok
        ]
        assert len(delivered) == len(set(delivered)) == 6 * words
        assert not ended or all(one.ended() for one in world.sites.values())
