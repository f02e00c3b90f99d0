"""Everything that can happen to a drill; each is one `drill-event` of the ledger, and the state is their fold.

Not here: what an event does (`fold`), whether it may happen (`guards`), its spelling in the ledger (`spelling`). Invariant: an event tells
facts and decisions; what follows from them (states, automatic deviations, hashes) is derived, never told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from evidence.drills.values import (
    Classification,
    Deviation,
    Evidence,
    Execution,
    Person,
    Planned,
    SignOff,
    Timing,
    Validation,
    Waiver,
)


@dataclass(frozen=True, slots=True)
class SeedCommitted:
    """The hash of the seed of a quarter's samples, told before anybody may know the seed."""

    quarter: str
    seed_sha256: str
    signer_sha256: str
    """Fingerprint of the certificate whose key the seed follows from."""
    at: datetime
    by: Person | None
    kind: Literal["seed_committed"] = "seed_committed"


@dataclass(frozen=True, slots=True)
class PlanDrafted:
    """A plan for a quarter; its drills are due once a person approves it, and a later draft replaces one that is not approved."""

    plan_id: str
    quarter: str
    drills: tuple[Planned, ...]
    population_sha256: str
    """Of the list of items that could be drawn, a file that the entry names."""
    seed_sha256: str
    """Commits to the seed of the sample before the quarter."""
    at: datetime
    by: Person | None
    scope: str | None = None
    """Whose vaults it is about; None: all."""
    incomplete: tuple[str, ...] = ()
    """What of the population was not read, each in a sentence."""
    configuration_sha256: str | None = None
    """The settings by which it was drawn."""
    kind: Literal["plan_drafted"] = "plan_drafted"


@dataclass(frozen=True, slots=True)
class PlanApproved:
    """A person approved a plan as it was read."""

    plan_id: str
    plan_sha256: str
    at: datetime
    by: Person
    kind: Literal["plan_approved"] = "plan_approved"


@dataclass(frozen=True, slots=True)
class SeedRevealed:
    """The seed that the plan committed to."""

    plan_id: str
    seed: str
    """Hex."""
    at: datetime
    by: Person | None
    kind: Literal["seed_revealed"] = "seed_revealed"


@dataclass(frozen=True, slots=True)
class DrillPlanned:
    """One drill outside a plan: a retest, or one that was asked for."""

    planned: Planned
    at: datetime
    by: Person
    kind: Literal["drill_planned"] = "drill_planned"


@dataclass(frozen=True, slots=True)
class RestoreClassified:
    """What a person holds a restore job to be."""

    vault_id: str
    job_id: str
    classification: Classification
    at: datetime
    by: Person
    kind: Literal["restore_classified"] = "restore_classified"


@dataclass(frozen=True, slots=True)
class ExecutionLinked:
    """A restore job belongs to a drill; told again, the later word about the same job stands."""

    drill_id: str
    execution: Execution
    classification: Classification
    at: datetime
    by: Person | None
    kind: Literal["execution_linked"] = "execution_linked"


@dataclass(frozen=True, slots=True)
class TimingStated:
    """When the loss was declared and when the service was usable again."""

    drill_id: str
    timing: Timing
    at: datetime
    by: Person
    kind: Literal["timing_stated"] = "timing_stated"


@dataclass(frozen=True, slots=True)
class EvidenceAttached:
    """A file was put into the store as evidence."""

    drill_id: str
    evidence: Evidence
    at: datetime
    by: Person
    kind: Literal["evidence_attached"] = "evidence_attached"


@dataclass(frozen=True, slots=True)
class ValidationRecorded:
    """One check of what was restored; of the same check id the last one stands."""

    drill_id: str
    validation: Validation
    at: datetime
    by: Person | None
    kind: Literal["validation_recorded"] = "validation_recorded"


@dataclass(frozen=True, slots=True)
class DeviationRecorded:
    """A person records a deviation, or gives one its owner, date, action or retest; of the same id the last word stands."""

    drill_id: str
    deviation: Deviation
    at: datetime
    by: Person
    kind: Literal["deviation_recorded"] = "deviation_recorded"


@dataclass(frozen=True, slots=True)
class CleanedUp:
    """The restored copy is gone."""

    drill_id: str
    known_by: str
    gone_at: datetime
    at: datetime
    by: Person | None
    kind: Literal["cleaned_up"] = "cleaned_up"


@dataclass(frozen=True, slots=True)
class Submitted:
    """The tester hands the record in for review."""

    drill_id: str
    sign_off: SignOff
    at: datetime
    by: Person
    kind: Literal["submitted"] = "submitted"


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A reviewer decides."""

    drill_id: str
    sign_off: SignOff
    at: datetime
    by: Person
    kind: Literal["reviewed"] = "reviewed"


@dataclass(frozen=True, slots=True)
class Missed:
    """The window and its grace passed without an execution."""

    drill_id: str
    at: datetime
    by: Person | None
    kind: Literal["missed"] = "missed"


@dataclass(frozen=True, slots=True)
class Cancelled:
    """A person called the drill off."""

    drill_id: str
    reason: str
    at: datetime
    by: Person
    kind: Literal["cancelled"] = "cancelled"


@dataclass(frozen=True, slots=True)
class Waived:
    """A person accepts the risk of not testing until a date."""

    drill_id: str
    waiver: Waiver
    at: datetime
    by: Person
    kind: Literal["waived"] = "waived"


@dataclass(frozen=True, slots=True)
class Superseded:
    """A signed record is replaced by another drill's, with a reason."""

    drill_id: str
    by_drill_id: str
    reason: str
    at: datetime
    by: Person
    kind: Literal["superseded"] = "superseded"


OfDrill = (
    ExecutionLinked
    | TimingStated
    | EvidenceAttached
    | ValidationRecorded
    | DeviationRecorded
    | CleanedUp
    | Submitted
    | Reviewed
    | Missed
    | Cancelled
    | Waived
    | Superseded
)
"""Events about one drill that is there already."""
Event = SeedCommitted | PlanDrafted | PlanApproved | SeedRevealed | DrillPlanned | RestoreClassified | OfDrill
"""Every event."""
