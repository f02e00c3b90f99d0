"""Whatever an entry names is protected once the entry was read back: on a service that honours it, one that refuses, and Azurite, which ignores it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from azure.core.credentials import AzureNamedKeyCredential

from evidence.ledger.chain import path_of
from evidence.ledger.folds import named_paths
from evidence.ledger.ledger import Ledger
from evidence.retention.register import Register, Standing
from evidence.retention.truth import Demand, Fault
from evidence.retention.values import Hold, HoldScope
from evidence.runs.parts import Parts
from evidence.runs.retention.at_sealing import FirstPromise
from evidence.runs.retention.protecting import Guardian, Protector, Wish
from evidence.runs.retention.register import read_register
from evidence.runs.retention.truth import TruthTester, check_truth
from evidence.settings.retention import Retention
from evidence.stores.azure_blob_keeping import open_keeping_azure_blob
from evidence.stores.keeping import KeepingStore, Mode
from tests.fakes.bench import Bench, backup
from tests.fakes.keeping_store import KeepingMemoryStore
from tests.fakes.worm.service import ACCOUNT, CONTAINER, WormService, worm_service
from tests.fakes.worm.state import Container
from tests.stores.places import new_place


@dataclass
class Guarded(Bench):
    """A bench whose ledger has a guardian."""

    mode: Mode = Mode.LOCKED
    guardian: Guardian = field(init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        promised = FirstPromise(self.calendar, Retention(), self.configuration.sha256)
        self.guardian = Guardian(Protector(self.keeping, workers=2), self.mode, promised)

    @property
    def keeping(self) -> KeepingStore:
        return self.store  # type: ignore[return-value]  # every store of these tests keeps

    @property
    def parts(self) -> Parts:
        return replace(super().parts, ledger=Ledger(self.store, self.guardian))


@pytest.fixture
def service() -> Iterator[WormService]:
    with worm_service(Container(lambda: datetime(2026, 11, 21, tzinfo=UTC))) as running:
        yield running


def opened(service: WormService) -> KeepingStore:
    credential = AzureNamedKeyCredential(ACCOUNT, service.key)
    return open_keeping_azure_blob(service.account_url, CONTAINER, credential, create_container=True, retry_wait_s=0)


def test_all_that_a_night_seals_is_locked_until_its_promise(service: WormService) -> None:
    bench = Guarded(store=opened(service))
    backup(bench.vault())
    bench.run()
    entries = bench.parts.ledger.entries()
    sealed = {*named_paths(entries), *(path_of(entry.sequence) for entry in entries)}
    kept = {one.name: one for one in service.container.versions if one.mode == "locked"}
    assert kept.keys() == sealed
    assert bench.guardian.troubles == []
    assert kept[path_of(1)].until == datetime(2029, 1, 1, tzinfo=UTC)  # for ever: to the end of the year after next
    calls = next(one for path, one in kept.items() if path.startswith("calls/"))
    assert calls.until == datetime(2028, 1, 2, tzinfo=UTC)
    tested = check_truth(TruthTester(bench.parts, bench.keeping, Retention(), Demand("locked")), contents="all")
    assert (tested.mismatches, tested.test.states) == ([], {"locked": tested.test.counts.expected})


@pytest.mark.slow
@pytest.mark.parametrize("code", [(403, "AuthorizationPermissionMismatch"), (501, "NotImplemented"), (0, "")])
def test_a_refused_or_ignored_setting_stops_no_seal_and_is_told(service: WormService, code: tuple[int, str]) -> None:
    if code[0]:
        service.refuse["comp=immutabilityPolicies"] = code
    service.ignores_policies = True
    bench = Guarded(store=opened(service))
    backup(bench.vault())
    bench.run()
    assert len(bench.guardian.troubles) == 1
    assert (code[1] or "keeps nothing by it") in bench.guardian.troubles[0]
    assert sum("comp=immutabilityPolicies" in one for one in service.asked) == 3  # asked little, and no more
    tested = check_truth(TruthTester(bench.parts, bench.keeping, Retention(), Demand("locked")), contents="none")
    assert {one.fault for one in tested.mismatches} == {Fault.PROTECTION}
    assert {one.real for one in tested.mismatches} == {"not enforced"}
    assert tested.test.states == {"none": tested.test.counts.expected}


@pytest.mark.slow
def test_azurite_is_noticed_and_said_to_enforce_nothing(tmp_path: Path) -> None:
    bench = Guarded(store=new_place("azure_blob", tmp_path).open())
    bench.run()
    assert [one.partition(" ")[0] for one in bench.guardian.troubles] == ["501"]
    tested = check_truth(TruthTester(bench.parts, bench.keeping, Retention(), Demand("locked")), contents="all")
    assert tested.test.counts.whole == tested.test.counts.expected
    assert {one.fault for one in tested.mismatches} == {Fault.PROTECTION}
    assert tested.test.states == {"none": tested.test.counts.expected}
    assert tested.test.not_renewed.startswith("501")


def test_a_lost_answer_leaves_its_objects_protected_all_the_same() -> None:
    """The entry was written, its answer was not heard: appended again it is found, and protected."""
    store = KeepingMemoryStore()
    bench = Guarded(store=store)
    bench.run()
    first = dict(store.policies)
    store.policies.clear()
    entry = bench.parts.ledger.entries()[-1]
    bench.guardian(entry)
    assert store.policies.keys() == {path_of(entry.sequence), *(one.path for one in entry.objects)}
    assert store.policies.items() <= first.items()


def test_mode_off_sets_nothing() -> None:
    store = KeepingMemoryStore()
    bench = Guarded(store=store, mode=Mode.OFF)
    bench.run()
    assert (store.asked, bench.guardian.troubles) == (0, [])


def test_one_object_that_fails_does_not_stop_the_others(service: WormService) -> None:
    store = opened(service)
    for name in ("0", "1", "2", "3"):
        store.create(f"a/{name}", b"")
    service.refuse["/a/1?comp=immutabilityPolicies"] = (409, "BlobImmutableDueToPolicy")
    protector = Protector(store, workers=1)
    wishes = [Wish(f"a/{name}", datetime(2099, 1, 1, tzinfo=UTC), Mode.LOCKED) for name in ("0", "1", "gone", "2", "3")]
    found = {one.path: one.ok for one in protector.protect(wishes)}
    assert found == {"a/0": True, "a/1": False, "a/gone": False, "a/2": True, "a/3": True}
    assert (protector.done, protector.stopped) == (3, "")


def test_a_hold_is_set_by_the_test_and_cleared_once_it_was_released(monkeypatch: pytest.MonkeyPatch) -> None:
    from evidence.runs.retention import truth

    store = KeepingMemoryStore()
    bench = Guarded(store=store)
    bench.run()
    foreign = path_of(1)
    store.holds.add(foreign)  # somebody else's: no hold of ours, released or not, covers it
    hold = Hold("h1", "case", HoldScope(paths=("calls/*",)), bench.clock.moment, "Ada Example", "why", 1)
    told = [hold]

    def register(*arguments: object) -> Register:
        found = read_register(*arguments)  # type: ignore[arg-type]  # passed on as they come
        return replace(found, standing=Standing(tuple(told)))

    monkeypatch.setattr(truth, "read_register", register)

    def check() -> list[Fault]:
        tester = TruthTester(bench.parts, bench.keeping, Retention(), Demand("locked"))
        return [one.fault for one in check_truth(tester, contents="none").mismatches]

    calls = {path for path in store.files if path.startswith("calls/")}
    assert check() == []
    assert store.holds == {foreign, *calls}
    told[0] = replace(hold, released_at=bench.clock.moment, released_by="Ada Example", released_why="over")
    assert check() == []
    assert store.holds == {foreign}
