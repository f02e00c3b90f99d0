"""The recorded world: bodies that Azure really sent, served as a static Azure.

Nothing is invented here but subscription ids (and the vault list's elements of vaults whose body was never recorded);
what was never recorded answers 404 `NotRecorded`.
"""

from simulator.recorded.manifest import Record, RecordingsError
from simulator.recorded.world import RecordedBody, RecordedWorld, recorded_world

__all__ = ["Record", "RecordedBody", "RecordedWorld", "RecordingsError", "recorded_world"]
