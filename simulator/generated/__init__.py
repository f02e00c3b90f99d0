"""A world made from a seed: an estate, what happens to it night by night, and how Azure would say it."""

from simulator.generated.world import GeneratedWorld, generated_world

__all__ = ["GeneratedWorld", "generated_world"]
