"""The counts that a claim comes out by. Nothing else."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Counted:
    """The counts of one claim: how many, how many exceptions, how many nobody can judge."""

    population: int
    exceptions: int = 0
    unknown: int = 0
