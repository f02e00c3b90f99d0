"""The items that a quarter's drills are drawn from: each with all that decides whether it is due, and what of them could not be read.

Not here: reading them (`evidence.runs.drills.population`), who is due (`due`). Invariants: an item that was seen and is not drawn from is listed with the
reason; the same population has the same bytes; bytes that are not to the letter those of a population are refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import orjson
import rfc8785
from pydantic import TypeAdapter, ValidationError

from evidence.drills.due import InScope
from evidence.drills.sampling import Candidate
from evidence.drills.values import Target
from evidence.errors import IntegrityError

FORMAT = "backup-evidence-drill-population"
VERSION = 1
UNKNOWN = "unknown"
"""Stands for a workload or region that Azure did not tell: a stratum of its own."""


@dataclass(frozen=True, slots=True)
class PopulationItem:
    """One item that could be drilled."""

    item_key: str
    vault_id: str
    subject: str
    """Its friendly name."""
    workload: str | None
    region: str | None
    tier: int | None
    application: str | None
    rto: timedelta | None
    rpo: timedelta | None
    drill_type: str
    target: Target
    """As configured; name and tag follow when the drill is planned."""
    seen_on: date
    """The last night that listed it."""
    protected_since: date | None
    """The first night that listed it; None: the first sealed night of all, so that it may be older."""
    last_accepted: date | None = None
    """When the restore of its last accepted drill ended."""
    last_accepted_drill: str | None = None
    rejected_drill: str | None = None
    """That waits for an accepted retest."""
    planned: tuple[str, ...] = ()
    """Its drills of this quarter that are under way or accepted."""
    drilled_lately: bool = False
    """In one of the two quarters before."""
    waived_until: date | None = None
    changed: tuple[str, ...] = ()
    """What matters and changed since its last accepted drill."""
    unknown: tuple[str, ...] = ()
    """What of that cannot be told."""

    @property
    def in_scope(self) -> InScope:
        """What decides whether it is due."""
        return InScope(
            item_key=self.item_key,
            subject=self.subject,
            tier=self.tier,
            application=self.application,
            protected_since=self.protected_since,
            last_accepted=self.last_accepted,
            rejected_drill=self.rejected_drill,
            changed=self.changed,
            waived_until=self.waived_until,
        )

    @property
    def candidate(self) -> Candidate:
        """What decides where it is drawn from."""
        return Candidate(
            self.item_key, self.workload or UNKNOWN, self.region or UNKNOWN, self.tier, self.drilled_lately
        )


@dataclass(frozen=True, slots=True)
class Absent:
    """An item that was seen in the quarter, or lately, and cannot be drilled."""

    item_key: str
    vault_id: str
    subject: str
    why: str


@dataclass(frozen=True, slots=True)
class Population:
    """All items as of one night."""

    quarter: str
    night: date
    """The newest sealed night."""
    items: tuple[PopulationItem, ...]
    """By key."""
    absent: tuple[Absent, ...] = ()
    incomplete: tuple[str, ...] = ()
    """What was not read, each in a sentence: where one stands here, items may be missing."""
    remarks: tuple[str, ...] = ()
    """What is not known of items that are there."""


@cache
def _adapter() -> TypeAdapter[Population]:
    return TypeAdapter(Population)


def population_bytes(population: Population) -> bytes:
    """Canonical JSON (RFC 8785), as the store keeps it."""
    told = _adapter().dump_python(population, mode="json")
    return rfc8785.dumps({"format": FORMAT, "v": VERSION, "population": told})


def read_population(data: bytes, where: str) -> Population:
    """The population in a file; raises IntegrityError for anything that is not exactly one."""
    try:
        told = orjson.loads(data)
        if told["format"] != FORMAT or told["v"] != VERSION:
            raise _refused(where, f"it is {told['format']!r} of version {told['v']!r}")
        found = _adapter().validate_python(told["population"])
    except (orjson.JSONDecodeError, KeyError, TypeError, ValidationError) as error:
        raise _refused(where, f"{type(error).__name__} while it was read") from error
    if population_bytes(found) != data:
        raise _refused(where, "it is not spelled as this program spells it")
    return found


def _refused(where: str, why: str) -> IntegrityError:
    return IntegrityError(
        f"{where} is no population of drills.",
        cause=f"As found, {why}.",
        next_step="Use a newer version of this program, or compare its ledger entry with a checkpoint.",
    )
