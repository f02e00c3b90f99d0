"""Many vaults alike, for measuring: one generated vault is told again under each vault's name."""

from __future__ import annotations

from simulator.fleet.world import FleetWorld, fleet_world

__all__ = ["FleetWorld", "fleet_world"]
