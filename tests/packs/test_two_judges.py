"""Builder and verifier judge completeness by two programs; over any world they must agree."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.errors import IntegrityError
from evidence.packs.completeness import CompletenessResult, Covered, Expected, NightInput, judge
from evidence.packs.statement import completeness
from evidence.packs.verification import coverage
from evidence.packs.verification.saying import Statement
from evidence.records import (
    KINDS_OF,
    RECOVERY_SERVICES,
    SECOND_KINDS,
    SUBSCRIPTION_KINDS,
    SUBSCRIPTION_LIST,
    WHOLE,
    Kind,
    Outcome,
    Vault,
)

FIRST = date(2026, 11, 20)
NIGHTS = tuple(FIRST + timedelta(days=number) for number in range(3))


def vault(name: str, subscription: str) -> Vault:
    path = f"/subscriptions/{subscription}/resourcegroups/rg/providers/microsoft.recoveryservices/vaults/{name}"
    return Vault(path, name, "recovery_services", subscription, "rg", None)


VAULTS = tuple(vault(f"v{number}", f"s{number % 2}") for number in range(3))
outcomes = st.none() | st.sampled_from(list(Outcome))


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Mapping[date, NightInput], list[Covered], Expected]:
    sealed, rows = {}, []
    for night in draw(st.sets(st.sampled_from(NIGHTS))):
        asked = draw(st.sets(st.sampled_from(["/subscriptions/s0", "/subscriptions/s1"])))
        found = [one for one in VAULTS if f"/subscriptions/{one.subscription_id}" in asked and draw(st.booleans())]
        listed, second = draw(st.booleans()), draw(st.booleans())
        sealed[night] = NightInput(night, frozenset(asked), tuple(found), draw(st.booleans()), listed, second)
        kinds = [kind for kind in SUBSCRIPTION_KINDS if second or kind not in SECOND_KINDS]
        subjects = [(one, kind) for one in sorted(asked) for kind in kinds]
        subjects += [(SUBSCRIPTION_LIST, Kind.SUBSCRIPTIONS)] if listed else []
        subjects += [(one.vault_id, kind) for one in found for kind in KINDS_OF[RECOVERY_SERVICES]]
        spoilt = draw(st.dictionaries(st.sampled_from(subjects), outcomes, max_size=4)) if subjects else {}
        for subject, kind in subjects:
            outcome = spoilt.get((subject, kind), Outcome.COLLECTED)
            if outcome is not None:
                rows.append(Covered(night, subject, kind, outcome, None if outcome in WHOLE else "why"))
    named = draw(st.sampled_from([frozenset(), frozenset({"/subscriptions/s9"})]))
    return sealed, rows, Expected(named, draw(st.sampled_from([(), ("typo",)])))


def verify(judged: CompletenessResult, rows: list[Covered], sealed: Mapping[date, NightInput]) -> None:
    """What the verifier asks of a statement and its coverage rows."""
    told: dict[str, Any] = completeness(judged)
    keys = [(one["night"], one["subject_id"], one["kind"], one["outcome"]) for one in told["gaps"]]
    assert len(set(keys)) == len(keys)
    gaps = {
        coverage._Key(date.fromisoformat(one["night"]), one["subject_id"], one["kind"]): one["outcome"]
        for one in told["gaps"]
    }
    best = {coverage._Key(row.night, row.subject_id, str(row.kind)): str(row.outcome) for row in rows}
    statement = cast("Statement", SimpleNamespace(completeness=told, nights=NIGHTS, sealed_nights=frozenset(sealed)))
    coverage._check_rows(best, gaps)
    coverage._check_nights(statement, gaps)
    coverage._check_vaults(statement, best, gaps)
    if coverage._state(gaps) != told["state"]:
        raise IntegrityError("another state")


World = tuple[Mapping[date, NightInput], list[Covered], Expected]


@settings(max_examples=150)
@given(worlds())
def test_the_verifier_accepts_every_judgement_of_the_builder(world: World) -> None:
    sealed, rows, expected = world
    verify(judge(NIGHTS, sealed, rows, expected), rows, sealed)


@settings(max_examples=60)
@given(worlds(), st.integers(0, 50))
def test_and_notices_when_a_row_was_worse_than_told(world: World, place: int) -> None:
    sealed, rows, expected = world
    judged = judge(NIGHTS, sealed, rows, expected)
    whole = [number for number, row in enumerate(rows) if row.outcome in WHOLE]
    if not whole:
        return
    number = whole[place % len(whole)]
    worse = Covered(rows[number].night, rows[number].subject_id, rows[number].kind, Outcome.NOT_REACHED, "x")
    with pytest.raises(IntegrityError):
        verify(judged, [*rows[:number], worse, *rows[number + 1 :]], sealed)
