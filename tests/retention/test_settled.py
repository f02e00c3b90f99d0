"""What rests on what, and that nothing shortens a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

import tests.strategies  # noqa: F401 - sets the profile
from evidence.retention.policies import Policy
from evidence.retention.promises import Adopted, Origin, Regime
from evidence.retention.settled import settled
from evidence.retention.values import Candidate, Kind, Promise
from evidence.settings.retention import Engagement, Retention, RetentionRule

DAY = date(2026, 3, 2)
NIGHT = date(2026, 3, 1)
NEVER = date.max


def origin(kind: Kind, sequence: int = 1, night: date | None = NIGHT, **told: Any) -> Origin:
    sealed = datetime.combine(DAY, time(6), UTC)
    return replace(Origin(sequence, sealed, kind, night, night), **told)


def pack(until: date, pack_id: str = "p", sequence: int = 2, **told: Any) -> Origin:
    stated = Candidate(until, "as sealed", f"sealed pack {pack_id}")
    return origin(Kind.PACKS, sequence, pack_id=pack_id, stated=stated, **{"audience": "internal", **told})


def under(*settings: Retention | None) -> Regime:
    """A regime whose configurations were adopted by entries 0, 10, 20 …; the last is in use; None cannot be read."""
    adopted = [
        Adopted(
            number * 10, str(number) * 64, None if one is None else Policy(one), "it is gone" if one is None else ""
        )
        for number, one in enumerate(settings)
    ]
    return Regime(tuple(adopted), replace(adopted[-1], sequence=1 << 62))


def days(regime: Regime, *origins: Origin, merged: dict[int, tuple[int, ...]] | None = None) -> list[date | None]:
    return [one.day for one in settled(origins, merged or {}, regime, {})]


ONE = under(Retention())


def test_what_is_of_a_night_stays_as_long_as_every_pack_that_covers_it() -> None:
    long, short = pack(date(2040, 5, 5), "long"), pack(date(2027, 1, 1), "short")
    for kind in (
        Kind.CALLS,
        Kind.TABLES,
        Kind.ASSESSMENTS,
        Kind.IMPORTS,
        Kind.NOTIFICATIONS,
        Kind.DRILLS,
        Kind.DECISIONS,
    ):
        found = settled([origin(kind), long, short], {}, ONE, {})[0]
        assert found.day == date(2040, 5, 5)
        assert found.rule == "as long as pack long, which covers its nights: as sealed [pack long]"
        assert days(ONE, origin(kind, night=NIGHT + timedelta(days=1)), long) == [date(2028, 1, 1), date(2040, 5, 5)]


def test_a_pack_over_years_keeps_each_of_its_nights() -> None:
    years = pack(date(2050, 1, 1), first_night=date(2024, 7, 1), last_night=date(2027, 6, 30))
    for night, day in (
        (date(2024, 6, 30), date(2027, 3, 2)),
        (date(2024, 7, 1), date(2050, 1, 1)),
        (date(2026, 1, 1), date(2050, 1, 1)),
        (date(2027, 6, 30), date(2050, 1, 1)),
        (date(2027, 7, 1), date(2029, 1, 1)),
    ):
        assert days(ONE, origin(Kind.CALLS, night=night), years)[0] == day, night


def test_a_pack_over_all_time_costs_no_more_than_the_nights_that_there_are() -> None:
    ever = pack(date(2050, 1, 1), first_night=date.min, last_night=date.max)
    assert days(ONE, origin(Kind.CALLS), ever) == [date.max, date.max], "its audit year ends with the calendar"
    assert days(ONE, ever) == [date.max]


def test_a_night_without_a_pack_has_its_own_rule_and_a_late_capture_counts_from_its_sealing() -> None:
    assert days(ONE, origin(Kind.CALLS)) == [date(2028, 1, 1)]
    assert days(ONE, origin(Kind.CALLS, night=date(2019, 5, 5))) == [date(2027, 3, 2)]


def test_what_belongs_to_a_pack_stays_as_long_as_it() -> None:
    external = pack(date(2041, 1, 1), "ext", audience="external-acme")
    later = pack(date(2044, 1, 1), "ext2", audience="external-acme")
    stamp, other = origin(Kind.STAMPS, night=None, pack_id="ext"), origin(Kind.STAMPS, night=None, pack_id="gone")
    word = origin(Kind.DECISIONS, night=None, pack_id="ext")
    names = origin(Kind.ENGAGEMENTS, pack_id="ext", audience="external-acme")
    key = origin(Kind.ENGAGEMENTS, night=None, audience="external-acme")
    assert days(ONE, stamp, word, names, key, other, external, later)[:5] == [
        date(2041, 1, 1),
        date(2041, 1, 1),
        date(2041, 1, 1),
        date(2044, 1, 1),
        date(2027, 3, 2),
    ]


def test_what_proves_and_what_is_unknown_never_ends() -> None:
    for kind in (Kind.LEDGER, Kind.CHECKPOINTS, Kind.CERTIFICATES, Kind.RETENTION, Kind.UNKNOWN):
        assert days(ONE, origin(kind)) == [None]
    assert days(ONE, origin(Kind.DECISIONS, lasting=True)) == [None]


def test_a_configuration_stays_as_long_as_what_was_sealed_until_the_next_one() -> None:
    regime = Regime(
        (Adopted(1, "a" * 64, Policy(Retention())), Adopted(5, "b" * 64, Policy(Retention()))),
        Adopted(1 << 62, "b" * 64, Policy(Retention())),
    )
    first, second = (origin(Kind.CONFIGURATION, sequence, None) for sequence in (1, 5))
    found = days(
        regime,
        first,
        origin(Kind.CALLS, 2),
        second,
        pack(date(2060, 1, 1), sequence=6, first_night=date(2026, 4, 1), last_night=date(2026, 4, 1)),
    )
    assert found == [date(2028, 1, 1), date(2028, 1, 1), date(2060, 1, 1), date(2060, 1, 1)]
    owners = origin(Kind.CONFIGURATION, 6, None)
    assert days(regime, owners, pack(date(2060, 1, 1), sequence=6))[0] == date(2060, 1, 1)


def test_an_object_of_several_entries_stays_as_long_as_the_longest_of_them() -> None:
    old, new = origin(Kind.IMPORTS, 1, date(2020, 1, 1)), origin(Kind.IMPORTS, 7, date(2026, 3, 1))
    both = origin(Kind.IMPORTS, 1, None)
    assert days(ONE, old, new, both, merged={2: (0, 1)}) == [date(2027, 3, 2), date(2028, 1, 1), date(2028, 1, 1)]


def test_a_configuration_that_cannot_be_read_lets_nothing_go_that_lived_under_it() -> None:
    regime = under(Retention(), None, Retention())
    before, during, after = (origin(Kind.CALLS, sequence) for sequence in (5, 15, 25))
    found = settled([before, during, after], {}, regime, {})
    assert [one.day for one in found] == [None, None, date(2028, 1, 1)]
    assert found[0].rule == f"configuration {'1' * 64} applied to it and cannot be read: it is gone"


def test_rules_of_before_sealing_do_not_count_but_all_since_do() -> None:
    long = Retention(default="9y")
    assert days(under(long, Retention(), Retention()), origin(Kind.CALLS, 15)) == [date(2028, 1, 1)]
    assert days(under(long, Retention(), Retention()), origin(Kind.CALLS, 5)) == [date(2036, 1, 1)]
    assert days(under(Retention(), long, Retention()), origin(Kind.CALLS, 5)) == [date(2036, 1, 1)]


def test_every_candidate_is_shown_latest_first() -> None:
    regime = under(Retention(), Retention(default="3y"), Retention(default="2y"))
    found = settled([origin(Kind.CALLS, 5)], {}, regime, {})[0]
    assert [(one.day.year, one.source[-1]) for one in found.candidates] == [(2030, "1"), (2029, "2"), (2028, "0")]
    assert found.rule == "end of the audit year (from 01-01) of 2026-03-01 + 3 years [configuration 111111111111]"


# A store's life: configurations are adopted, and nights, packs, stamps and the rest are sealed, in any order.

kinds = st.sampled_from([one for one in Kind if one is not Kind.PACKS])
nights = st.dates(date(2024, 1, 1), date(2028, 12, 31))
terms = st.one_of(
    st.integers(1, 20).map(lambda count: f"{count}y"),
    st.integers(12, 200).map(lambda count: f"{count}m"),
    st.integers(366, 5000).map(lambda count: f"{count}d"),
)
policies = st.builds(
    Retention,
    default=st.integers(1, 12).map(lambda count: f"{count}y"),
    audit_year_starts=st.dates(date(2001, 1, 1), date(2001, 12, 31)).map(lambda day: f"{day:%m-%d}"),
    rules=st.lists(terms, max_size=2).map(
        lambda keep: tuple(RetentionRule(name=str(number), keep=one) for number, one in enumerate(keep))
    ),
    engagements=st.lists(st.dates(date(2024, 1, 1), date(2060, 1, 1)), max_size=1).map(
        lambda found: tuple(Engagement(name="e", release=one, first_night=date(2026, 1, 1)) for one in found)
    ),
)


_Step = Retention | tuple[Kind, date] | tuple[date, int, date] | None


@dataclass
class Life:
    origins: list[Origin] = field(default_factory=list)
    adopted: list[Adopted] = field(default_factory=list)
    sequence: int = 0

    def step(self, told: _Step) -> None:
        self.sequence += 1
        match told:
            case (Kind() as kind, date() as night):
                self._seal(kind, night, night)
            case (date() as first, int(length), date() as until):
                stated = Candidate(until, "as sealed", f"sealed pack {self.sequence}")
                last = first + timedelta(days=length)
                self._seal(Kind.PACKS, first, last, pack_id=str(self.sequence), audience="internal", stated=stated)
            case None | Retention():
                policy = None if told is None else Policy(told)
                self.adopted.append(Adopted(self.sequence, f"{self.sequence:064x}", policy, "it is gone"))
                self._seal(Kind.CONFIGURATION, None, None)

    def _seal(self, kind: Kind, first: date | None, last: date | None, **told: Any) -> None:
        sealed = datetime(2026, 1, 1, 6, tzinfo=UTC) + timedelta(days=self.sequence)
        self.origins.append(replace(Origin(self.sequence, sealed, kind, first, last), **told))

    def promises(self) -> list[Promise]:
        regime = Regime(tuple(self.adopted), replace(self.adopted[-1], sequence=1 << 62))
        return settled(self.origins, {}, regime, {})


steps = st.lists(
    st.one_of(
        policies,
        policies,
        st.none(),
        st.tuples(kinds, nights),
        st.tuples(kinds, nights),
        st.tuples(nights, st.integers(0, 500), st.dates(date(2025, 1, 1), date(2060, 1, 1))),
    ),
    max_size=10,
)


@settings(max_examples=40)
@given(policies, steps)
def test_no_sequence_of_configurations_and_seals_shortens_a_day(first: Retention, steps: Sequence[_Step]) -> None:
    life, before = Life(), list[date]()
    for told in (first, *steps):
        life.step(told)
        found = [NEVER if one.day is None else one.day for one in life.promises()]
        assert all(now >= then for now, then in zip(found, before, strict=False)), (told, before, found)
        before = found


@settings(max_examples=30)
@given(policies, policies, nights)
def test_a_configuration_that_is_not_adopted_can_only_lengthen(used: Retention, wished: Retention, night: date) -> None:
    adopted = (Adopted(1, "a" * 64, Policy(used)),)
    now, then = (
        settled([origin(Kind.CALLS, 2, night)], {}, Regime(adopted, Adopted(1 << 62, name * 64, Policy(one))), {})[
            0
        ].day
        for name, one in (("a", used), ("b", wished))
    )
    assert now is not None
    assert then is not None
    assert then >= now
