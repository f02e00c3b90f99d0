"""What entries add up to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from evidence.errors import ConfigurationError, IntegrityError
from evidence.ledger import Ledger, LedgerObject
from evidence.ledger.folds import (
    Series,
    as_known_at,
    assessments,
    named_paths,
    objects_under,
    orphans,
    packs,
    sealed_nights,
)
from tests.ledger.drafts import assessment_sealed, night_sealed, opened, pack_sealed
from tests.ledger.memory import Memory

FIRST, SECOND = date(2026, 11, 21), date(2026, 11, 22)
HASH = "12" * 32


@dataclass(frozen=True)
class Found:
    path: str


def obj(path: str, sha256: str = HASH) -> LedgerObject:
    return LedgerObject(path, 3, sha256)


@pytest.fixture
def ledger() -> Ledger:
    ledger = opened(Ledger(Memory()))
    ledger.append(night_sealed(SECOND, "run-2", (obj("calls/2"), obj("tables/jobs/2"))))
    ledger.append(night_sealed(FIRST, "run-1", (obj("calls/1"),)))
    ledger.append(assessment_sealed(FIRST, "assessment-1", 3))
    ledger.append(pack_sealed(1))
    ledger.append(night_sealed(FIRST, "run-3", (obj("calls/3"),), again=True))
    ledger.append(pack_sealed(2, revision=2, previous=f"{1:064x}", supersedes=f"{1:064x}"))
    ledger.append(pack_sealed(1, scope="eu"))
    ledger.append(assessment_sealed(FIRST, "assessment-2", 8))
    return ledger


def test_the_last_run_of_a_night_stands(ledger: Ledger) -> None:
    nights = sealed_nights(ledger.entries())
    assert list(nights) == [FIRST, SECOND]
    assert [(one.run_id, one.again, one.entry.sequence) for one in nights[FIRST]] == [
        ("run-1", False, 3),
        ("run-3", True, 6),
    ]
    assert nights[SECOND][-1].tables == {"jobs": 12, "coverage": 3}
    assert FIRST + timedelta(days=9) not in nights


def test_assessments_in_order(ledger: Ledger) -> None:
    found = assessments(ledger.entries())
    assert {night: [(one.assessment_id, one.ledger_size) for one in all_] for night, all_ in found.items()} == {
        FIRST: [("assessment-1", 3), ("assessment-2", 8)]
    }


def test_packs_by_series(ledger: Ledger) -> None:
    found = packs(ledger.entries())
    assert list(found) == [Series("all", "night", "internal"), Series("eu", "night", "internal")]
    first, second = found[Series("all", "night", "internal")]
    assert (first.revision, first.series_sequence, first.previous_in_series, first.supersedes) == (1, 1, None, None)
    assert (second.revision, second.series_sequence) == (2, 2)
    assert second.previous_in_series == second.supersedes == first.tagmanifest_sha256
    assert second.entry.payload["completeness"] == "COMPLETE"
    assert second.first_night == FIRST


def test_objects_that_entries_name(ledger: Ledger) -> None:
    expected = dict.fromkeys(("calls/1", "calls/2", "calls/3", "tables/jobs/2"), (3, HASH))
    assert named_paths(ledger.entries()) == expected
    assert list(objects_under(ledger.entries(), "calls/")) == ["calls/1", "calls/2", "calls/3"]


def test_two_entries_may_name_one_object_but_not_two_contents(ledger: Ledger) -> None:
    ledger.append(night_sealed(date(2026, 11, 23), "run-4", (obj("calls/1"),)))
    assert named_paths(ledger.entries())["calls/1"] == (3, HASH)
    ledger.append(night_sealed(date(2026, 11, 24), "run-5", (obj("calls/1", "34" * 32),)))
    with pytest.raises(IntegrityError, match=r"ledger entry 11 .* names calls/1"):
        named_paths(ledger.entries())


def test_the_past_is_the_fold_up_to_then(ledger: Ledger) -> None:
    entries = ledger.entries()
    assert sealed_nights(as_known_at(entries, 5))[FIRST][-1].run_id == "run-1"
    assert as_known_at(entries, 0) == ()
    assert as_known_at(entries, 9) == entries
    for size in (-1, 10):
        with pytest.raises(ConfigurationError, match=r"9 entries|never"):
            as_known_at(entries, size)


def test_orphans_are_what_no_entry_names(ledger: Ledger) -> None:
    listing = [Found(path) for path in ("calls/1", "calls/left", "ledger/000000000001.json", "packs/half/x.zip")]
    assert orphans(listing, named_paths(ledger.entries())) == (Found("calls/left"), Found("packs/half/x.zip"))
