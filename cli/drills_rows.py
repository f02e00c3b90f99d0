"""Drills as the commands show them: one row each, and one row a fact."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import zip_longest
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evidence.drills.facts import Fact
    from evidence.drills.values import Drill
    from evidence.runs.drills.book import ToldEvent

COLUMNS = ("drill", "state", "tier", "subject", "window_end", "tester", "deviations_open", "missing")
FACT_COLUMNS = ("part", "fact", "value", "grade", "told_by")
ALWAYS = ("planned", "executed", "evidence_linked", "validated", "in_review", "accepted")
"""Columns that a board has without a drill in them too: the way that each should go."""


def row_of(drill: Drill) -> dict[str, object]:
    """One drill."""
    from evidence.drills.next_steps import next_step
    from evidence.drills.spelling import record_sha256

    planned, step = drill.planned, next_step(drill)
    return {
        "drill": planned.drill_id,
        "quarter": planned.quarter,
        "state": str(drill.state),
        "tier": planned.tier,
        "subject": planned.subject,
        "item_key": planned.item_key,
        "vault_id": planned.vault_id,
        "workload": planned.workload,
        "application": planned.application,
        "drill_type": planned.drill_type,
        "reason": planned.reason,
        "window_start": planned.window_start.isoformat(),
        "window_end": planned.window_end.isoformat(),
        "tester": None if planned.tester is None else planned.tester.name,
        "retest_of": planned.retest_of,
        "superseded_by": drill.superseded_by,
        "job_ids": [one.job_id for one in drill.executions],
        "deviations": [one.deviation_id for one in drill.deviations],
        "deviations_open": sum(one.closed_at is None for one in drill.deviations),
        "next": step.towards,
        "missing": list(step.missing),
        "who": step.who,
        "events": drill.version,
        "record_sha256": record_sha256(drill),
    }


def in_order(drills: Iterable[Drill]) -> list[Drill]:
    """By quarter, state on the way, and id."""
    from evidence.drills.values import State

    places = {state: number for number, state in enumerate(State)}
    return sorted(drills, key=lambda one: (one.planned.quarter, places[one.state], one.planned.drill_id))


def board_of(drills: Sequence[Drill]) -> tuple[tuple[str, ...], list[Mapping[str, object]]]:
    """Columns by state, and lines in which each drill stands below its state."""
    from evidence.drills.values import State

    by_state: dict[str, list[str]] = {str(state): [] for state in State}
    for one in drills:
        tier = "no tier" if one.planned.tier is None else f"tier {one.planned.tier}"
        by_state[str(one.state)].append(f"{one.planned.drill_id} {tier} {one.planned.subject}")
    names = tuple(name for name, there in by_state.items() if there or name in ALWAYS)
    lines = zip_longest(*(by_state[name] for name in names))
    return names, [dict(zip(names, line, strict=True)) for line in lines]


def fact_rows(drill: Drill) -> list[dict[str, object]]:
    """The whole record, fact by fact, with what is measured of it first and what is missing last."""
    from evidence.drills.facts import facts, measured
    from evidence.drills.next_steps import next_step
    from evidence.drills.spelling import record_sha256

    step = next_step(drill)
    told = {"state": str(drill.state), "quarter": drill.planned.quarter, "record SHA-256": record_sha256(drill)}
    ahead: dict[str, object] = {"state": step.towards, "who": step.who, "command": step.command}
    return [
        *(_plain("record", name, value) for name, value in told.items()),
        *(_row(one) for one in (*measured(drill), *facts(drill))),
        *(_plain("next", name, value) for name, value in ahead.items()),
        *(_plain("next", "missing", one) for one in step.missing),
    ]


def for_terminal(rows: Iterable[dict[str, object]]) -> list[dict[str, object]]:
    """The same for a table: of what Azure or a person could have told and did not, that is said; a blank would tell nothing."""
    told = ("timeline", "execution", "timing", "clean-up")
    return [
        {**row, "value": "not told"} if row["value"] is None and str(row["part"]).startswith(told) else row
        for row in rows
    ]


def event_row(one: ToldEvent) -> dict[str, object]:
    """One event of a drill's life and its ledger entry."""
    from evidence.ledger.drill_events import account_of, claims_of

    by, account = one.event.by, account_of(one.entry)
    return {
        "ledger_entry": one.entry.sequence,
        "entry_id": one.entry.entry_id,
        "recorded_at": one.entry.at.isoformat(),
        "what": one.event.kind,
        "at": one.event.at.isoformat(),
        "who": None if by is None else by.name,
        "object_id": None if by is None else by.object_id,
        "account": None if account is None else account.sentence,
        "signed_in": claims_of(one.entry) is not None,
    }


def _row(fact: Fact) -> dict[str, object]:
    grade = None if fact.grade is None else str(fact.grade)
    return {**_plain(fact.part, fact.name, fact.value), "grade": grade, "told_by": fact.told_by}


def _plain(part: str, name: str, value: object) -> dict[str, object]:
    return {"part": part, "fact": name, "value": _value(value), "grade": None, "told_by": None}


def _value(value: object) -> object:
    """A moment, day or span as text; numbers and texts as they are."""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}Z"
    return str(value) if isinstance(value, date | timedelta) else value
