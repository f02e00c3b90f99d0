"""What lies in a store is counted once, by the tier that the store tells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from evidence.retention.costs import Share, outlook, shares
from evidence.retention.values import Kind
from evidence.runs.retention.stock import NOT_TOLD, take_stock
from evidence.stores.interface import Enforcement
from evidence.stores.keeping import Surveyed
from tests.fakes.kept import Kept
from tests.fakes.memory_store import MemoryStore

NIGHT = date(2026, 3, 10)
NOTHING = Enforcement("none", None, "not enforced")


@dataclass
class Tiered(MemoryStore):
    """Tells tiers, and of some objects that nothing can be told."""

    tiers: dict[str, str] = field(default_factory=dict)
    troubles: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__()

    def survey(self, prefix: str) -> Iterator[Surveyed]:
        for path, data in sorted(self.files.items()):
            found = Surveyed(path, len(data), None, NOTHING, tier=self.tiers.get(path))
            yield replace(found, trouble=self.troubles.get(path, ""))
        yield Surveyed("gone/x", None, None, NOTHING, gone="soft-deleted")


def test_everything_is_counted_once_by_kind_age_and_tier() -> None:
    store = Tiered()
    kept = Kept(store)
    kept.night(NIGHT, vaults=3)
    kept.night(date(2024, 1, 9))
    kept.keep("views/x", b"four")
    register = kept.register(datetime(2026, 3, 20, tzinfo=UTC))
    calls = [one.file.path for one in register.under("calls/night=2026")]
    store.tiers = {calls[0]: "Cool", calls[1]: "Archive"}
    store.troubles = {calls[2]: "403"}
    stock = take_stock(store, register)  # type: ignore[arg-type]  # only `survey` is asked
    assert (stock.ledger[0], stock.leftovers, stock.missing) == (3, (1, 4), 1)
    found = list(shares(register, stock.tiers, stock.numbers))
    assert found == [
        Share(Kind.CALLS, "under 90 days", "not found", 1, 1),
        Share(Kind.CALLS, "under 90 days", "Cool", 1, 1),
        Share(Kind.CALLS, "under 90 days", "Archive", 1, 1),
        Share(Kind.CALLS, "over 2 years", NOT_TOLD, 1, 1),
        Share(Kind.TABLES, "under 90 days", NOT_TOLD, 1, 1),
        Share(Kind.TABLES, "over 2 years", NOT_TOLD, 1, 1),
    ]
    assert sum(one.objects for one in found) == len(register)


def test_what_comes_is_reckoned_from_what_came_and_what_goes_waits_for_persons() -> None:
    kept = Kept()
    for day in range(1, 31):
        kept.night(date(2026, 3, day))
    kept.held(
        "c", datetime(2026, 4, 1, 8, tzinfo=UTC), first_night="2026-03-01", last_night="2026-03-10", paths=["calls/*"]
    )
    # Sealed from 2 to 31 March: two objects each morning, and the hold's own two; measured over 31 days to 1 April.
    ahead = outlook(kept.register(datetime(2026, 4, 1, 12, tzinfo=UTC)), 90)
    assert (ahead.measured_days, ahead.adds_objects) == (31, 62 * 90 // 31)
    assert ahead.frees_objects == 0
    later = outlook(kept.register(datetime(2027, 12, 1, tzinfo=UTC)), 90)
    assert (later.adds_objects, later.frees_objects, later.held_objects) == (0, 50, 10)
    empty = outlook(Kept().register(datetime(2026, 4, 1, tzinfo=UTC)), 90)
    assert (empty.measured_days, empty.adds_objects, empty.frees_objects) == (1, 0, 0)
