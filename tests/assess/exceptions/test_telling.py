"""Every field of every value survives its JSON; a new field that is forgotten there fails here."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.assess.exceptions.states import Event, EventKind, Facts, Proof, Standing
from evidence.assess.exceptions.telling import read_event, read_standing, told_event, told_standing
from evidence.assess.findings import Finding
from evidence.errors import IntegrityError

WORDS = st.text(max_size=5)
TIMES = st.datetimes(datetime(1, 1, 2), datetime(9999, 1, 1), timezones=st.just(UTC))
TEXTS = st.lists(WORDS, max_size=3).map(tuple)
SIGHTINGS = st.lists(st.tuples(st.dates(), TIMES), min_size=1, max_size=3).map(tuple)
st.register_type_strategy(datetime, TIMES)
FINDINGS = st.builds(
    Finding, job_ids=TEXTS, recovery_point_ids=TEXTS, error_codes=TEXTS, children=TEXTS, part=st.none() | WORDS
)
FACTS, PROOFS = st.builds(Facts), st.builds(Proof)
STANDINGS = st.builds(
    Standing,
    finding=FINDINGS,
    facts=FACTS,
    sightings=SIGHTINGS,
    proof=st.none() | PROOFS,
    reopened=st.integers(0, 9),
    reopened_at=st.none() | TIMES,
    changed_in=st.integers(0, 99),
    decided_by=st.none() | WORDS,
    accepted_until=st.none() | st.dates(),
    ended_at=st.none() | TIMES,
)
EVENTS = st.builds(
    Event,
    finding=st.none() | FINDINGS,
    sightings=SIGHTINGS,
    facts=st.none() | FACTS,
    proof=st.none() | PROOFS,
)


@settings(max_examples=40, deadline=None)
@given(STANDINGS)
def test_an_exception_is_read_back_as_it_was_told(one: Standing) -> None:
    assert read_standing(told_standing(one)) == one
    assert told_standing(read_standing(told_standing(one))) == told_standing(one)


@settings(max_examples=40, deadline=None)
@given(EVENTS)
def test_an_event_is_read_back_as_it_was_told(one: Event) -> None:
    assert read_event(one.key, one.episode, str(one.kind), one.at, one.recorded_at, told_event(one)) == one


def test_each_field_is_told() -> None:
    from evidence.assess.exceptions.fold import Standings
    from tests.assess.exceptions.making import FIRST, finding, lived, look, only

    one = only(lived(Standings(), look(0, finding(0)))[0])
    told = json.loads(told_standing(one))
    assert told.keys() == {"v"} | {field.name for field in fields(Standing)}
    assert told["finding"].keys() == {field.name for field in fields(Finding)}
    assert FIRST.isoformat() in told["sightings"][0]


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"v":2}', '{"v":1}', '{"v":1,"finding":[],"facts":null}', "null", "1"]
)
def test_what_is_no_event_is_refused(text: str) -> None:
    at = datetime(2026, 11, 1, tzinfo=UTC)
    with pytest.raises(IntegrityError, match="cannot be read"):
        read_event("k", 1, "opened", at, at, text)
    with pytest.raises(IntegrityError, match="cannot be read"):
        read_standing(text)


def test_an_unknown_kind_of_event_is_refused() -> None:
    at = datetime(2026, 11, 1, tzinfo=UTC)
    plain = told_event(Event("k", 1, EventKind.CLOSED, at, at, proof=Proof("because")))
    with pytest.raises(IntegrityError, match="cannot be read"):
        read_event("k", 1, "escalated", at, at, plain)
