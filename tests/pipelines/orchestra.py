"""A workbench for Dagster's own tests: real parts on a folder, a fake Azure and a fake clock, real keys."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path

import dagster as dg

from assets.workbench import Workbench
from evidence.clocks import Clock
from evidence.compose import Composition
from evidence.seals.development import create_development_keys
from evidence.settings import load_configuration
from evidence.sources.interface import Source
from pipelines.definitions import build_defs
from pipelines.jobs import NIGHTLY
from reports.renderer import ReportRenderer
from tests.fakes.bodies import SUBSCRIPTION
from tests.fakes.clock import FakeClock
from tests.fakes.source import FakeAzure

FIRST = date(2026, 11, 1)
CONFIGURATION = """\
organisation: Contoso
time_zone: {zone}
azure: {{endpoint: "http://127.0.0.1:9", subscriptions: [{subscription}]}}
store: {{kind: local, path: store}}
first_night: 2026-01-01
automation: {automation}
"""


@dataclass(frozen=True)
class Composed(Composition):
    """The composition with an Azure and a clock of the test's."""

    azure: FakeAzure
    moments: FakeClock

    @cached_property
    def clock(self) -> Clock:
        """The test's clock."""
        return self.moments

    @cached_property
    def source(self) -> Source:  # type: ignore[override]  # nothing is examined here
        """The test's Azure."""
        return self.azure


@dataclass
class Orchestra:
    """Definitions over a store in a folder."""

    folder: Path
    zone: str = "UTC"
    automation: str = "off"
    clock: FakeClock = field(default_factory=FakeClock)

    def __post_init__(self) -> None:
        self.azure = FakeAzure(self.clock)
        path = self.folder / "evidence.yaml"
        path.write_text(CONFIGURATION.format(zone=self.zone, subscription=SUBSCRIPTION, automation=self.automation))
        self.configuration = load_configuration(path)
        self.composition = Composed(self.configuration, self.azure, self.clock)

    def make_keys(self) -> None:
        """Keys that sign what this orchestra builds."""
        create_development_keys(
            self.folder, "Contoso", datetime(2026, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)
        )

    @cached_property
    def definitions(self) -> dg.Definitions:
        """All definitions, with this workbench in place of the resource."""
        return build_defs(self.configuration, workbench=Workbench(self.composition, ReportRenderer()))

    def night(self, instance: dg.DagsterInstance, night: date, **config: object) -> dg.ExecuteInProcessResult:
        """Run the nightly job for one night."""
        return self.definitions.resolve_job_def(NIGHTLY).execute_in_process(
            partition_key=str(night),
            instance=instance,
            run_config={"ops": {"calls": {"config": config}}} if config else None,
            raise_on_error=False,
        )
