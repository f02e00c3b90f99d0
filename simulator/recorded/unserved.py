"""Why a recorded body cannot be had from the world.

Every body of the recordings is either reachable or has its reason here.
"""

from __future__ import annotations

from typing import NamedTuple

from simulator.recorded.groups import Group
from simulator.recorded.kinds import kind_of
from simulator.recorded.manifest import Record


class Unserved(NamedTuple):
    """A category of recorded bodies and the reason why they are not served."""

    category: str
    reason: str


def reason_unserved(record: Record, group: Group) -> str | None:
    """The reason, or None for a body that is served whole or by its elements."""
    if record.is_request:
        return "a request that was sent to Azure, not an answer"
    if record.method != "GET":
        return f"the answer to a {record.method}; the world answers GET only"
    if record.status not in (200, 404):
        return "an error that passed (429 or 5xx); it would stand for ever here"
    path = group.path(record)
    if record.status == 200 and kind_of(path) is not None:
        return None
    final = group.final[path]
    if final.sha1 == record.sha1:
        return None
    return "a later answer of the same path is served" if record.status == final.status else "the path answered 200 too"
