"""How events are spelled in the ledger: JSON without fractions, one spelling each.

Not here: the entry around it (`evidence.ledger.entries`). Invariants: what was written reads back as the same value; anything that does not spell
itself again exactly as found (an unknown field, another form of a date) is refused; an event of a newer version is refused, not skipped.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any

import rfc8785
from pydantic import Field, TypeAdapter, ValidationError

from evidence.drills.events import Event, PlanDrafted
from evidence.drills.values import Drill
from evidence.errors import IntegrityError

VERSION = 1
"""Of the payload of a `drill-event`."""


@cache
def _events() -> TypeAdapter[Event]:
    return TypeAdapter(Annotated[Event, Field(discriminator="kind")])


@cache
def _drills() -> TypeAdapter[Drill]:
    return TypeAdapter(Drill)


def told_event(event: Event) -> dict[str, object]:
    """The event as a ledger payload holds it: JSON values, moments in UTC, spans as ISO 8601 durations."""
    told: dict[str, object] = _events().dump_python(event, mode="json")
    return {"v": VERSION, "told": told}


def read_event(payload: Mapping[str, object], where: str) -> Event:
    """The event in a payload; raises IntegrityError for anything that is not exactly one."""
    told: Any = payload.get("told")
    if payload.get("v") != VERSION or not isinstance(told, dict):
        raise _refused(where, f"it is of version {payload.get('v')!r}, and this program reads version {VERSION}")
    try:
        event = _events().validate_python(told)
    except ValidationError as error:
        raise _refused(where, str(error.errors(include_url=False, include_input=False)[0])) from error
    if told_event(event)["told"] != told:
        raise _refused(where, "it holds fields, or spells values, as no event does")
    return event


def record_of(drill: Drill) -> dict[str, object]:
    """The record of a drill as JSON values: what a reviewer reads, and what the pack holds."""
    told: dict[str, object] = _drills().dump_python(drill, mode="json")
    return told


def record_sha256(drill: Drill) -> str:
    """SHA-256 of the record as canonical JSON (RFC 8785): what a sign-off is bound to."""
    return hashlib.sha256(rfc8785.dumps(record_of(drill))).hexdigest()  # type: ignore[arg-type]  # JSON values


def plan_sha256(plan: PlanDrafted) -> str:
    """SHA-256 of a plan as canonical JSON (RFC 8785): what its approval is bound to."""
    return hashlib.sha256(rfc8785.dumps(told_event(plan)["told"])).hexdigest()  # type: ignore[arg-type]  # JSON values


def _refused(where: str, why: str) -> IntegrityError:
    return IntegrityError(
        f"{where} is no drill event that can be read.",
        cause=f"As found, {why}.",
        next_step="Use a newer version of this program, or compare the entry with a checkpoint.",
    )
