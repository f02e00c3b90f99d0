"""The resource that builds the plain parts; only this file knows both worlds."""

from pathlib import Path

import dagster as dg

from assets.workbench import Workbench
from evidence.compose import Composition
from evidence.settings import load_configuration
from reports.renderer import ReportRenderer


class EvidenceResource(dg.ConfigurableResource[Workbench]):
    """Gives assets the workbench of a configuration file."""

    configuration: str

    def create_resource(self, context: dg.InitResourceContext) -> Workbench:  # noqa: ARG002
        """The workbench; raises ConfigurationError."""
        return Workbench(Composition(load_configuration(Path(self.configuration))), ReportRenderer())
