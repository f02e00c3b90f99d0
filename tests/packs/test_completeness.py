"""Completeness may never be judged too well: every way in which something was not read must be a gap."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tests.strategies  # noqa: F401 - sets the profile
from evidence.packs.completeness import (
    CompletenessResult,
    Covered,
    Expected,
    NightInput,
    judge,
)
from evidence.records import (
    ESSENTIAL,
    KINDS_OF,
    RECOVERY_SERVICES,
    SECOND_KINDS,
    SUBSCRIPTION_KINDS,
    SUBSCRIPTION_LIST,
    WHOLE,
    Completeness,
    Kind,
    Outcome,
    Vault,
)

FIRST = date(2026, 11, 20)
NIGHTS = tuple(FIRST + timedelta(days=number) for number in range(3))
VAULT_KINDS = KINDS_OF[RECOVERY_SERVICES]
S1, S2 = "/subscriptions/s1", "/subscriptions/s2"


def vault(name: str, subscription: str = "S1") -> Vault:
    path = f"/subscriptions/{subscription}/resourcegroups/rg/providers/microsoft.recoveryservices/vaults/{name}"
    return Vault(path.lower(), name, "recovery_services", subscription, "rg", "westeurope")


V1, V2 = vault("v1"), vault("v2")


class World:
    """A period in which everything was read, until a test says otherwise."""

    def __init__(self, *vaults: Vault, nights: tuple[date, ...] = NIGHTS) -> None:
        self.nights = nights
        self.expected = Expected()
        self.sealed = {night: NightInput(night, frozenset({S1}), vaults) for night in nights}
        self.rows = {
            (night, subject, kind): Covered(night, subject, kind, Outcome.COLLECTED, None)
            for night in nights
            for subject, kind in [
                *((S1, kind) for kind in SUBSCRIPTION_KINDS),
                *((one.vault_id, kind) for one in vaults for kind in VAULT_KINDS),
            ]
        }

    def spoil(self, night: date, subject: str, kind: Kind, outcome: Outcome, reason: str | None = "why") -> None:
        self.rows[night, subject, kind] = Covered(night, subject, kind, outcome, reason)

    def forget(self, night: date, one: Vault) -> None:
        """The night's lists do not show a vault, so it is not asked either."""
        found = self.sealed[night]
        self.sealed[night] = replace(found, vaults=tuple(v for v in found.vaults if v != one))
        for kind in VAULT_KINDS:
            del self.rows[night, one.vault_id, kind]

    def judge(self) -> CompletenessResult:
        return judge(self.nights, self.sealed, list(self.rows.values()), self.expected)

    def told(self) -> list[tuple[date, str | None, str | None, str]]:
        return [(gap.night, gap.subject_id, gap.kind, gap.outcome) for gap in self.judge().gaps]


def test_lists_of_subscriptions_vaults_jobs_and_items_are_essential() -> None:
    assert {Kind.SUBSCRIPTIONS, Kind.VAULTS, Kind.BACKUP_VAULTS, Kind.JOBS, Kind.PROTECTED_ITEMS} == ESSENTIAL


def test_everything_read_is_complete() -> None:
    found = World(V1, V2).judge()
    assert found == CompletenessResult(Completeness.COMPLETE, 2, 2, 3, 3, ())


def test_a_list_that_was_read_and_empty_is_whole() -> None:
    world = World(V1)
    world.spoil(FIRST, V1.vault_id, Kind.JOBS, Outcome.COLLECTED_ZERO, None)
    assert world.judge().state is Completeness.COMPLETE


@pytest.mark.parametrize("outcome", sorted(set(Outcome) - WHOLE))
@pytest.mark.parametrize("kind", VAULT_KINDS)
def test_whatever_was_not_read_whole_is_a_gap(kind: Kind, outcome: Outcome) -> None:
    world = World(V1, V2)
    world.spoil(NIGHTS[1], V2.vault_id, kind, outcome)
    found = world.judge()
    essential = kind in ESSENTIAL
    assert [(gap.night, gap.subject_id, gap.kind, gap.outcome, gap.reason) for gap in found.gaps] == [
        (NIGHTS[1], V2.vault_id, kind, outcome, "why")
    ]
    assert found.state is (Completeness.INCOMPLETE if essential else Completeness.WITH_GAPS)
    assert (found.vaults_expected, found.vaults_read) == (2, 1 if essential else 2)


@pytest.mark.parametrize("kind", [Kind.VAULTS, *VAULT_KINDS])
def test_a_row_that_should_be_there_and_is_not_is_a_gap(kind: Kind) -> None:
    world = World(V1)
    subject = S1 if kind is Kind.VAULTS else V1.vault_id
    del world.rows[FIRST, subject, kind]
    assert world.told() == [(FIRST, subject, kind, "not_reached")]


def test_a_gap_without_reason_says_so() -> None:
    world = World(V1)
    world.spoil(FIRST, V1.vault_id, Kind.JOBS, Outcome.PARTIAL, None)
    assert world.judge().gaps[0].reason


@pytest.mark.parametrize("outcome", sorted(set(Outcome) - WHOLE))
def test_a_vault_list_that_was_not_read_whole_is_incomplete(outcome: Outcome) -> None:
    world = World(V1)
    world.spoil(NIGHTS[2], S1, Kind.VAULTS, outcome)
    assert world.told() == [(NIGHTS[2], S1, Kind.VAULTS, outcome)]
    assert world.judge().state is Completeness.INCOMPLETE


def test_a_night_without_run_is_incomplete() -> None:
    world = World(V1)
    del world.sealed[NIGHTS[1]]
    found = world.judge()
    assert found.state is Completeness.INCOMPLETE
    assert (found.nights_expected, found.nights_sealed) == (3, 2)
    assert [(gap.night, gap.subject_id, gap.kind, gap.outcome) for gap in found.gaps] == [
        (NIGHTS[1], None, None, "not_sealed")
    ]


def test_a_period_without_any_run_is_incomplete_night_by_night() -> None:
    world = World(V1)
    world.sealed.clear()
    world.rows.clear()
    found = world.judge()
    assert (found.state, found.nights_sealed, found.vaults_expected) == (Completeness.INCOMPLETE, 0, 0)
    assert [gap.night for gap in found.gaps] == list(NIGHTS)


def test_no_vault_at_all_is_never_complete() -> None:
    assert World().judge().state is Completeness.INCOMPLETE


def test_a_vault_that_a_whole_list_no_longer_shows_is_gone() -> None:
    world = World(V1, V2)
    world.forget(NIGHTS[2], V2)
    found = world.judge()
    assert (found.state, found.vaults_expected, found.vaults_read) == (Completeness.COMPLETE, 2, 2)


@pytest.mark.parametrize("night", [NIGHTS[0], NIGHTS[1], NIGHTS[2]])
@pytest.mark.parametrize("outcome", [Outcome.PARTIAL, Outcome.NOT_REACHED])
def test_a_vault_that_a_list_cut_short_does_not_show_was_not_read(night: date, outcome: Outcome) -> None:
    # Also on the first night: that it was found later says that it may have been there.
    world = World(V1, V2)
    world.forget(night, V2)
    world.spoil(night, S1, Kind.VAULTS, outcome)
    found = world.judge()
    assert (night, V2.vault_id, Kind.JOBS, "not_reached") in world.told()
    assert (found.state, found.vaults_read) == (Completeness.INCOMPLETE, 1)


def test_a_vault_that_the_list_of_a_late_run_does_not_show_was_not_read() -> None:
    # The list is of the day of the capture; a vault may have been deleted since the night.
    world = World(V1, V2)
    world.forget(NIGHTS[1], V2)
    world.sealed[NIGHTS[1]] = replace(world.sealed[NIGHTS[1]], late=True)
    assert world.told() == [(NIGHTS[1], V2.vault_id, Kind.JOBS, "not_reached")]


@pytest.mark.parametrize("night", NIGHTS)
def test_a_subscription_that_was_not_asked_on_a_night_was_not_read(night: date) -> None:
    other = vault("v9", "S2")
    world = World(V1)
    for one in NIGHTS:
        world.sealed[one] = replace(world.sealed[one], subscriptions=frozenset({S1, S2}), vaults=(V1, other))
        for kind in SUBSCRIPTION_KINDS:
            world.spoil(one, S2, kind, Outcome.COLLECTED, None)
        for kind in VAULT_KINDS:
            world.spoil(one, other.vault_id, kind, Outcome.COLLECTED, None)
    assert world.judge().state is Completeness.COMPLETE
    world.sealed[night] = replace(world.sealed[night], subscriptions=frozenset({S1}), vaults=(V1,))
    for kind in SUBSCRIPTION_KINDS:
        del world.rows[night, S2, kind]
    for kind in VAULT_KINDS:
        del world.rows[night, other.vault_id, kind]
    told = world.told()
    assert (night, S2, Kind.VAULTS, "not_reached") in told
    assert (night, other.vault_id, Kind.JOBS, "not_reached") in told
    assert world.judge().vaults_read == 1


def test_a_run_that_asked_no_subscription_is_incomplete() -> None:
    world = World(V1)
    world.sealed[FIRST] = NightInput(FIRST, frozenset(), ())
    assert world.judge().state is Completeness.INCOMPLETE


def test_a_subscription_that_the_scope_names_and_nobody_asked_is_a_gap_on_every_night() -> None:
    world = World(V1)
    world.expected = Expected(subscriptions=frozenset({S2}))
    assert set(world.told()) == {(night, S2, kind, "not_reached") for night in NIGHTS for kind in SUBSCRIPTION_KINDS}
    assert world.judge().state is Completeness.INCOMPLETE


def test_a_list_of_subscriptions_that_was_not_read_makes_it_incomplete() -> None:
    world = World(V1)
    for night in NIGHTS:
        world.sealed[night] = replace(world.sealed[night], listed=True)
        world.spoil(night, SUBSCRIPTION_LIST, Kind.SUBSCRIPTIONS, Outcome.COLLECTED, None)
    assert world.judge().state is Completeness.COMPLETE
    world.spoil(FIRST, SUBSCRIPTION_LIST, Kind.SUBSCRIPTIONS, Outcome.PARTIAL)
    assert world.told() == [(FIRST, SUBSCRIPTION_LIST, Kind.SUBSCRIPTIONS, "partial")]
    assert world.judge().state is Completeness.INCOMPLETE
    del world.rows[FIRST, SUBSCRIPTION_LIST, Kind.SUBSCRIPTIONS]
    assert world.judge().state is Completeness.INCOMPLETE


def test_second_sources_that_failed_are_gaps_and_those_turned_off_are_not_expected() -> None:
    world = World(V1)
    for kind in SECOND_KINDS:
        world.spoil(FIRST, S1, kind, Outcome.NOT_REACHED)
    assert world.judge().state is Completeness.WITH_GAPS
    assert len(world.told()) == len(SECOND_KINDS)
    for kind in SECOND_KINDS:
        del world.rows[FIRST, S1, kind]
    assert world.judge().state is Completeness.WITH_GAPS
    world.sealed[FIRST] = replace(world.sealed[FIRST], second_sources=False)
    assert world.judge().state is Completeness.COMPLETE


def test_a_vault_that_the_scope_names_and_nobody_found_is_a_gap() -> None:
    world = World(V1)
    world.expected = Expected(unmatched=("rsv-typo", "rsv-other"))
    found = world.judge()
    assert found.state is Completeness.INCOMPLETE
    assert [(gap.night, gap.subject_id, gap.outcome) for gap in found.gaps] == [(FIRST, None, "no_vault")]
    assert "rsv-typo" in found.gaps[0].reason
    assert "rsv-other" in found.gaps[0].reason


def test_of_two_runs_of_a_night_the_better_reading_counts() -> None:
    world = World(V1)
    rows = list(world.rows.values())
    worse = [Covered(FIRST, V1.vault_id, Kind.JOBS, outcome, "x") for outcome in Outcome if outcome not in WHOLE]
    for mixed in (worse + rows, rows + worse):
        assert judge(NIGHTS, world.sealed, mixed).state is Completeness.COMPLETE


def test_of_two_bad_readings_the_better_one_is_told_whatever_their_order() -> None:
    world = World(V1)
    del world.rows[FIRST, V1.vault_id, Kind.JOBS]
    both = [Covered(FIRST, V1.vault_id, Kind.JOBS, one, str(one)) for one in (Outcome.NOT_REACHED, Outcome.PARTIAL)]
    for order in (both, both[::-1]):
        found = judge(NIGHTS, world.sealed, [*world.rows.values(), *order])
        assert [(gap.outcome, gap.reason) for gap in found.gaps] == [("partial", "partial")]


def test_a_reading_of_another_night_does_not_help() -> None:
    world = World(V1)
    del world.rows[NIGHTS[1], V1.vault_id, Kind.JOBS]
    assert world.told() == [(NIGHTS[1], V1.vault_id, Kind.JOBS, "not_reached")]


def test_the_worst_gaps_come_first() -> None:
    world = World(V1, V2)
    world.spoil(NIGHTS[0], V1.vault_id, Kind.POLICIES, Outcome.NOT_REACHED)
    world.spoil(NIGHTS[1], V2.vault_id, Kind.JOBS, Outcome.PARTIAL)
    del world.sealed[NIGHTS[2]]
    assert [gap.essential for gap in world.judge().gaps] == [True, True, False]


def test_no_gap_is_told_twice() -> None:
    world = World(V1, V2)
    for night in NIGHTS:
        world.forget(night, V2) if night != FIRST else None
        world.spoil(night, S1, Kind.VAULTS, Outcome.PARTIAL)
    told = world.told()
    assert len(set(told)) == len(told)


places = st.tuples(
    st.sampled_from(NIGHTS),
    st.sampled_from([V1.vault_id, V2.vault_id, S1]),
    st.sampled_from(VAULT_KINDS),
    st.none() | st.sampled_from(list(Outcome)),
)


@given(st.lists(places, max_size=6), st.sets(st.sampled_from(NIGHTS)), st.lists(st.sampled_from(NIGHTS), max_size=2))
def test_complete_means_that_every_row_was_read_and_every_night_sealed(
    changes: list[tuple[date, str, Kind, Outcome | None]], unsealed: set[date], hidden: list[date]
) -> None:
    world = World(V1, V2)
    for night in set(hidden):
        world.forget(night, V2)
    for night, subject, kind, outcome in changes:
        where = (night, subject, Kind.VAULTS if subject == S1 else kind)
        if where not in world.rows:
            continue
        if outcome is None:
            del world.rows[where]
        else:
            world.spoil(*where, outcome)
    for night in unsealed:
        del world.sealed[night]
    found = world.judge()
    seen = list(world.sealed.values())
    expected = {
        (one.night, subject, kind)
        for one in seen
        for subject, kind in [
            *((S1, k) for k in SUBSCRIPTION_KINDS),
            *((v.vault_id, k) for v in one.vaults for k in VAULT_KINDS),
        ]
    }
    whole = all(where in world.rows and world.rows[where].outcome in WHOLE for where in expected)
    if found.state is Completeness.COMPLETE:
        assert whole
        assert not unsealed
        assert found.vaults_read == found.vaults_expected
    if not whole or unsealed:
        assert found.gaps
    essential = any(gap.essential for gap in found.gaps)
    assert (found.state is Completeness.INCOMPLETE) is essential
    assert 0 <= found.vaults_read <= found.vaults_expected
