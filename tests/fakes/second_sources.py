"""What Resource Graph and the Activity Log of the Azure in memory tell: what its vaults hold, but for what a test changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import orjson

from evidence.nights import Window
from evidence.records import SECOND_KINDS, Kind
from tests.fakes.bodies import FakeJob, FakeVault, Json, item_body, job_body, vault_body

Change = Callable[[list[Json]], list[Json]]


def unchanged(rows: list[Json]) -> list[Json]:
    """As the vaults tell it."""
    return rows


@dataclass(slots=True)
class FakeGraph:
    """Whether and how second sources answer for one subscription."""

    on: bool = True
    refused: set[Kind] = field(default_factory=set)
    changed: dict[Kind, Change] = field(default_factory=dict)
    """By kind: what is told instead of the true rows."""
    resources: list[Json] = field(default_factory=list)
    events: list[Json] = field(default_factory=list)

    def kinds(self) -> Sequence[Kind]:
        """What is asked."""
        return SECOND_KINDS if self.on else ()

    def body(self, kind: Kind, vaults: Sequence[FakeVault], window: Window) -> tuple[bytes, int]:
        """The answer of one kind, and its number of rows."""
        rows = self.changed.get(kind, unchanged)(self._true(kind, vaults, window))
        if kind is Kind.ACTIVITY_LOG:
            return orjson.dumps({"value": rows}), len(rows)
        counts = {"totalRecords": len(rows), "count": len(rows), "facets": [], "resultTruncated": "false"}
        return orjson.dumps({**counts, "data": rows}), len(rows)

    def _true(self, kind: Kind, vaults: Sequence[FakeVault], window: Window) -> list[Json]:
        match kind:
            case Kind.GRAPH_VAULTS:
                return [_row(vault_body(vault)) for vault in vaults]
            case Kind.GRAPH_ITEMS:
                return [_row(item_body(vault, item)) for vault in vaults for item in vault.items]
            case Kind.GRAPH_JOBS:
                held = [(vault, job) for vault in vaults for job in vault.jobs if _told(job, window)]
                return [_row(job_body(vault, job, detailed=False)) for vault, job in held]
            case Kind.GRAPH_RESOURCES:
                return list(self.resources)
            case _:
                return list(self.events)


def _told(job: FakeJob, window: Window) -> bool:
    return not job.gone and (job.started_at is None or job.started_at in window)


def _row(body: Json) -> Json:
    return {**body, "type": str(body["type"]).lower()}


def machine(name: str, subscription: str) -> Json:
    """A machine as Resource Graph lists it."""
    path = f"/subscriptions/{subscription}/resourceGroups/RG-Main/providers/Microsoft.Compute/virtualMachines/{name}"
    return {
        "id": path,
        "name": name,
        "type": "microsoft.compute/virtualmachines",
        "location": "westeurope",
        "properties": {},
    }
