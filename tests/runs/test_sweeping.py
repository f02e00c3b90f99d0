"""The sweep over columns tells of every item what judging it by itself tells: row for row, whatever happened to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import pyarrow as pa
import pyarrow.compute as pc
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.assess import AssessmentContext
from evidence.assess.slots.values import Part, PolicyVersion
from evidence.nights import Calendar, Window
from evidence.records import Vault
from evidence.runs.judging.carried import Carried
from evidence.runs.judging.columns import truths
from evidence.runs.judging.items import in_order
from evidence.runs.judging.lists import ItemLists
from evidence.runs.judging.night import NightJudged, judge_observed
from evidence.runs.judging.observed import Observed
from evidence.runs.judging.points import NEVER_KEPT, PointRows, PointsRead
from evidence.runs.judging.rules import JudgementRules
from evidence.runs.judging.slot_rows import outcomes, slot_rows
from evidence.runs.judging.sources import Read
from evidence.runs.judging.swept import sweep, swept_none
from evidence.tables import JOBS, PROTECTED_ITEMS, RECOVERY_POINTS, SLOTS, Table, ordered
from evidence.tables.columns import TIME
from evidence.tiers import TierMatch, TierRule
from tests.assess.slots.given import LONG_AGO, NIGHT
from tests.runs.sweeping import CHANGES, DAY, DUE, END, RUNS, VAULTS, Item, Row, changed, policies

CONTEXT = AssessmentContext("assessment", END, NIGHT, "run-2")
ITEM = (
    "item_key", "vault_id", "friendly_name", "workload", "management_type", "tenant_id", "capture_id", "call_id", "policy_id",
    "protection_state", "soft_deleted", "run_id", "observed_at", "ordinal", "last_recovery_point_at",
)  # fmt: skip
JOB = (
    "vault_id", "job_id", "item_key", "item_link", "item_candidates", "operation", "operation_kind", "status", "started_at",
    "ended_at", "user_triggered", "error_codes", "error_titles", "recommendations", "detailed", "observed_at", "call_id", "ordinal",
)  # fmt: skip
POINT = (
    "item_key", "recovery_point_id", "recovery_point_at", "range_start_at", "range_end_at", "point_type", "consistency", "tiers",
    "expires_at", "soft_deleted", "observed_at", "call_id", "ordinal",
)  # fmt: skip
PLAIN = JudgementRules()
TIERED = JudgementRules(tiers=(TierRule(match=TierMatch(name=("web*",)), tier=1),))


def columns(table: Table, names: Sequence[str], rows: list[Row]) -> pa.Table:
    """Rows as tables are read, texts of items and jobs once each."""
    fields = [table.schema().field(name).with_nullable(True) for name in names]
    found = pa.Table.from_pylist(rows, schema=pa.schema(fields))
    held = found["item_key"] if table is RECOVERY_POINTS else found["item_key"].dictionary_encode()
    return found.set_column(names.index("item_key"), "item_key", held)


def world(items: Sequence[Item]) -> tuple[Observed, Carried]:
    """What a night's rows tell of items of all vaults."""
    known = columns(PROTECTED_ITEMS, ITEM, [row for one in items for row in one.seen])
    jobs = columns(JOBS, JOB, [row for one in items for row in one.jobs])
    listed = columns(RECOVERY_POINTS, POINT, [row for one in items for row in one.points])
    listed = listed.append_column(NEVER_KEPT, pa.array(truths(listed["soft_deleted"])))
    of_vaults = {f"{name}{moved}": lists for name, (lists, _) in VAULTS.items() for moved in ("", "-moved")}
    vaults = {name: Vault(name, name, "recovery_services", "s", "g", "westeurope") for name in VAULTS}
    lists = ItemLists(of_vaults, frozenset(), vaults)
    told = known.filter(pc.greater_equal(known["last_recovery_point_at"], pa.scalar(DUE - DAY, TIME)))
    versions: dict[str, list[PolicyVersion]] = {}
    for one in (version for name in VAULTS for version in policies(name)):
        versions.setdefault(one.policy_id, []).append(one)
    before = {NIGHT - DAY: frozenset({(Part.FULL, DUE - DAY)})}
    again = {one.key: before for one in items if one.carried}
    observed = Observed(
        lists=lists,
        items=in_order(known, lists),
        policies=versions,
        jobs=jobs.sort_by([("started_at", "ascending"), ("job_id", "ascending")]),
        points=PointRows(listed, _least(listed)),
        told=told.group_by(["item_key", "last_recovery_point_at"]).aggregate([]),
        read=PointsRead({one.key: RUNS[1][0] for one in items if one.points_read}),
        jobs_read={name: Read((Window(LONG_AGO, until),)) for name, (_, until) in VAULTS.items()},
    )
    return observed, Carried(again, DUE - DAY) if again else Carried()


def _least(listed: pa.Table) -> pa.Table:
    at = listed["recovery_point_at"]
    full = pc.if_else(pc.equal(listed["point_type"], pa.scalar("Full")), at, pa.scalar(None, TIME))
    told = listed.select(["item_key", "recovery_point_at"]).append_column("full", full)
    named = told.rename_columns(["item", "at_min", "full_min"])
    return named.group_by(["item"]).aggregate([("at_min", "min"), ("full_min", "min")])


def judged_alike(items: Sequence[Item], rules: JudgementRules) -> NightJudged:
    """The judgement by sweep, once it is seen to be that of judging one by one."""
    observed, carried = world(items)
    by_sweep, one_by_one = (
        judge_observed(observed, carried, CONTEXT, Calendar(), rules, sweeping)
        for sweeping in (sweep, lambda *_: swept_none(observed, NIGHT))
    )
    rows, plain_rows = (ordered(SLOTS, slot_rows(one, CONTEXT)) for one in (by_sweep, one_by_one))
    assert rows.to_pylist() == plain_rows.to_pylist()
    assert outcomes(by_sweep, NIGHT) == outcomes(one_by_one, NIGHT)
    assert dict(by_sweep.abouts) == dict(one_by_one.abouts)
    as_values = dict(by_sweep.swept.judged_of(by_sweep.abouts))
    plainly = {one.about.item_key: one.judged for one in one_by_one.slots if one.about.item_key in as_values}
    # Whether a run was due may be unsure of an item that was first seen after it; nobody asks that of a success.
    assert as_values == {key: replace(one, slot=replace(one.slot, unsure=None)) for key, one in plainly.items()}
    assert by_sweep.swept.by_vault() == Counter(one.slot.vault_id for one in as_values.values())
    return by_sweep


def test_whatever_happens_to_an_item_it_is_judged_as_if_by_itself() -> None:
    found = judged_alike([changed(vault, [name]) for vault in VAULTS for name in CHANGES], PLAIN)
    swept = set(found.swept.keys.to_pylist())
    well = ("nothing", "unnamed", "listed-too", "listed-as-copy", "failed-the-day-before", "policy-agent", "link-name")
    assert {f"/good/{name}" for name in well} <= swept
    ill = ("failed-before", "two-jobs", "carried", "disable", "perhaps-anothers", "listed-as-snapshot", "by-a-person")
    assert not swept & {f"/good/{name}" for name in ill}
    assert {"/first-night/nothing", "/jobs-half-read/nothing"} <= swept
    assert "/jobs-unread/nothing" not in swept


def test_whatever_two_things_happen_to_an_item_it_is_judged_as_if_by_itself() -> None:
    judged_alike([changed("good", names) for names in combinations(CHANGES, 2)], TIERED)


@settings(max_examples=20)
@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(VAULTS)), st.lists(st.sampled_from(sorted(CHANGES)), min_size=2, max_size=4)),
        max_size=9,
    )
)
def test_whatever_happens_to_some_items_each_is_judged_as_if_by_itself(told: list[tuple[str, list[str]]]) -> None:
    items = {one.key: one for vault, names in told for one in [changed(vault, names)]}
    judged_alike(list(items.values()), PLAIN)
