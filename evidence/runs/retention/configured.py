"""Settings of a store to what protects and tests it.

Not here: protecting and testing. Invariant: where nothing is configured to be set, nothing is set, and what is there is read all the same.
"""

from __future__ import annotations

from evidence.retention.truth import Demand
from evidence.runs.parts import Parts
from evidence.runs.retention.at_sealing import FirstPromise
from evidence.runs.retention.protecting import Guardian, Protector
from evidence.runs.retention.register import Keeper
from evidence.runs.retention.truth import TruthTester
from evidence.settings import Settings, StoreSettings
from evidence.settings.stores import AzureBlobStoreSettings
from evidence.stores.grounds import Grounds
from evidence.stores.keeping import KeepingStore, Mode
from evidence.stores.opening import read_account


def demand_of(settings: StoreSettings) -> Demand:
    """What the configuration asks of the store; of a folder nothing, for it enforces nothing."""
    if not isinstance(settings, AzureBlobStoreSettings):
        return Demand()
    return Demand(settings.immutability.mode, settings.immutability.days)


def guardian_of(keeper: Keeper, store: KeepingStore, settings: StoreSettings) -> Guardian | None:
    """What protects the objects of each new entry; None where nothing is to be set."""
    demand = demand_of(settings)
    if demand.mode == Mode.OFF:
        return None
    promised = FirstPromise(keeper.calendar, keeper.retention, keeper.configuration_sha256, demand.days)
    return Guardian(Protector(store), Mode(demand.mode), promised)


def truth_tester_of(parts: Parts, store: KeepingStore, settings: Settings) -> TruthTester:
    """What tests the store against its register."""

    def grounds() -> Grounds | None:
        return read_account(settings.store, endpoint=settings.azure.endpoint, cloud=settings.azure.cloud)

    return TruthTester(parts, store, settings.retention, demand_of(settings.store), grounds)
