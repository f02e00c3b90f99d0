"""A scene of branch offices and databases with owners, a ServiceNow and a post office: what the tests of judgement play in.

Not here: what is asserted. The simulator's clock stands still but where it is moved, so that times can be told to the second.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow.parquet as pq
import pytest

from evidence.ledger.folds import named_paths
from evidence.ledger.ledger import Ledger
from evidence.settings import load_configuration
from evidence.stores.directory import DirectoryStore
from pipelines.definitions import build_defs
from pipelines.watch import ALERTS
from tests.e2e.scene import Row, Scene, Told, scene
from tests.fakes.receivers import servicenow
from tests.fakes.receivers.post import PostOffice, post_office
from tests.fakes.receivers.server import served
from tests.fakes.receivers.servicenow import ServiceNowReceiver
from tests.simulator.serving import signed_in

FIRST = date(2026, 11, 5)
BEFORE = FIRST - timedelta(days=1)
"""A quiet night, whose run tells which vaults and items there are."""
OWNERS = """\
version: 1
teams:
  dba-eu: {name: EU databases, email: dba-eu@example.com, servicenow: {assignment_group: DBA EU}}
  west: {name: Branches West, email: west@example.com, servicenow: {assignment_group: Branches West}}
  north: {name: Branches North, email: north@example.com, servicenow: {assignment_group: Branches North}}
  east: {name: Branches East, email: east@example.com, servicenow: {assignment_group: Branches East}}
  plat: {name: Platform, email: plat@example.com, servicenow: {assignment_group: Cloud Platform}}
rules:
  - {id: databases, match: {workload: [sql, hana]}, owner: dba-eu, notify: {new: [tickets], digest: [post]}}
  - {id: west, match: {region: westeurope}, owner: west, notify: {new: [tickets], digest: [post]}}
  - {id: north, match: {region: northeurope}, owner: north, notify: {new: [tickets], digest: [post]}}
  - {id: east, match: {region: eastus}, owner: east, notify: {new: [tickets], digest: [post]}}
  - {id: default, match: {}, owner: plat, notify: {new: [tickets], digest: [post]}}
"""
MORE = """\
owners: owners.yaml
channels:
  tickets: {{kind: servicenow, url: "{tickets}", user: {user}, secret: "env:SN_PASSWORD"}}
  post: {{kind: mail, host: 127.0.0.1, port: {port}, from: evidence@example.com, tls: none}}
"""


@dataclass(frozen=True)
class Office:
    """The store, the simulator, and where people are told."""

    scene: Scene
    desk: ServiceNowReceiver
    post: PostOffice

    def planted(self, scenario: str) -> Sequence[Row]:
        """What a scenario planted, by item and night."""
        found: Sequence[Row] = self.scene.truth()["scenarios"][scenario]
        return found

    def failed(self, scenario: str, night: date = FIRST) -> list[Row]:
        """Its failed jobs of a night with their items, in the order in which they end."""
        jobs = [
            {**job, "item": one["name"], "item_id": one["item_id"], "vault_id": one["vault_id"], **_error(one)}
            for one in self.planted(scenario)
            if one["night"] == str(night)
            for job in one["jobs"]
            if job["status"] == "Failed"
        ]
        return sorted(jobs, key=lambda job: str(job["ended_at"]))

    def run(self, night: date) -> Told:
        """Run a night as the schedule does."""
        return self.scene("run", "--night", night, code=(0, 4))

    def watch(self, at: datetime) -> Told:
        """Look at a moment, as the sensor does."""
        self.scene.reach(at)
        return self.scene("watch", "--once")

    def tick(self) -> dict[str, Any]:
        """One tick of the sensor in Dagster, and the runs that it asks for; gives its cursor."""
        with pytest.MonkeyPatch.context() as patched, dg.DagsterInstance.ephemeral() as instance:
            for name, value in self.scene.variables.items():
                patched.delenv(name, raising=False) if value is None else patched.setenv(name, value)
            definitions = build_defs(load_configuration(self.scene.config))
            sensor = definitions.resolve_sensor_def("watch_sensor")
            with dg.build_sensor_context(instance) as context:
                found = sensor.evaluate_tick(context)
            for _ in found.run_requests or ():
                assert definitions.resolve_job_def(ALERTS).execute_in_process(instance=instance).success
            told: dict[str, Any] = json.loads(found.cursor or "{}")
            return told

    @property
    def tickets(self) -> list[dict[str, str]]:
        """All tickets, in the order in which they were opened."""
        return list(self.desk.records.values())

    @property
    def opened(self) -> int:
        """How often a ticket was asked for."""
        return sum(one.method == "POST" and one.path == "/api/now/table/incident" for one in self.desk.requests)

    def tickets_of(self, text: str) -> list[dict[str, str]]:
        """Tickets that tell something."""
        return [one for one in self.tickets if text in "\n".join(one.values())]

    def job(self, vault_id: str, job_id: str) -> Row:
        """A job as Azure tells it now."""
        found: Row = self._asked(f"{vault_id}/backupJobs/{job_id}")["properties"]
        return found

    def points(self, item_key: str) -> list[Row]:
        """Points of an item as Azure tells them now."""
        return [one["properties"] for one in self._asked(f"{item_key}/recoveryPoints")["value"]]

    def _asked(self, path: str) -> Any:
        with signed_in(self.scene.url) as client:
            return client.get(path).raise_for_status().json()

    def exceptions(self, class_: str | None = None) -> list[dict[str, Any]]:
        """Exceptions as the newest look or night left them."""
        store = DirectoryStore(self.scene.folder / "store")
        named = [one.path for entry in Ledger(store).entries() for one in entry.objects]
        path = [path for path in named if path.startswith("assessments/exceptions/")][-1]
        assert path in named_paths(Ledger(store).entries())
        rows: list[dict[str, Any]] = pq.read_table(io.BytesIO(store.read(path))).to_pylist()
        return [row for row in rows if class_ in {None, row["class"]}]


def _error(one: Mapping[str, Any]) -> Row:
    return {"error_code": one["error_code"], "error_title": one["error_title"]}


@contextmanager
def office(folder: Path, *scenarios: str, more: str = "", still: bool = True) -> Iterator[Office]:
    """A scene with these scenarios, after its quiet night; its clock stands, or runs as ours does."""
    words = [
        "--first-night",
        str(FIRST),
        "--nights",
        "5",
        "--clock",
        f"{BEFORE}T06:00:00Z",
        *(["--still"] if still else []),
    ]
    words += [word for one in scenarios for word in ("--scenario", one)]
    with scene(folder, *words) as made, served(ServiceNowReceiver()) as desk, post_office() as post:
        assert isinstance(desk, ServiceNowReceiver)
        made.environment = {"SN_PASSWORD": servicenow.PASSWORD}
        (made.folder / "owners.yaml").write_text(OWNERS)
        made.configure(MORE.format(tickets=desk.url, user=servicenow.USER, port=post.port) + more)
        found = Office(made, desk, post)
        found.run(BEFORE)
        yield found
        assert desk.mistakes == [], "a ticket that the vendor would refuse"


def moment(text: object) -> datetime:
    """A moment of the truth."""
    return datetime.fromisoformat(str(text))
