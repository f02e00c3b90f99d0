"""What every asset is given: the parts, the renderer and who watches. A plain value, so that tests pass plain fakes."""

from dataclasses import dataclass

from evidence.compose import Composition
from evidence.packs.interface import Renderer
from evidence.packs.sealing import Sealing
from evidence.runs.parts import Progress, silent


@dataclass(frozen=True)
class Workbench:
    """The resource that all assets share."""

    composition: Composition
    renderer: Renderer
    progress: Progress = silent

    @property
    def sealing(self) -> Sealing:
        """What packs are sealed with."""
        return self.composition.sealing(self.renderer)
