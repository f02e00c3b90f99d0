"""Lists the subscriptions: all that the identity sees, or those below a management group.

Not here: what they hold (`discovery`). Invariant: the list shows what the identity may see, so a subscription that is not in it
any more is not thereby gone; whoever was met before is asked again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from azure.core.rest import HttpRequest

from evidence.records import SUBSCRIPTION_LIST, Capture, CaptureRequest, Kind
from evidence.sources.azure.checks import with_duplicates
from evidence.sources.azure.coverage import cover
from evidence.sources.azure.ids import segments
from evidence.sources.azure.options import AzureOptions
from evidence.sources.azure.questions import Question, Reading, Shape
from evidence.sources.azure.session import Line, open_session

KEY: Final = "_subscriptions"
"""Name of the file of calls, beside those of subscriptions and vaults."""
SUBSCRIPTIONS_API_VERSION: Final = "2022-12-01"
GROUPS_API_VERSION: Final = "2020-05-01"
_PARTS_OF_ID: Final = 2


@dataclass(frozen=True, slots=True)
class Listed:
    """The list, and how it was read."""

    capture: Capture
    reading: Reading
    subscriptions: tuple[str, ...]
    """Lower-cased ids, in the order of the list."""


def list_subscriptions(line: Line, request: CaptureRequest) -> Listed:
    """The list that the options ask for, in a capture of its own."""
    capture_id = f"{request.run_id}.{KEY}"
    with open_session(line, "", capture_id) as session:
        question = Question(Kind.SUBSCRIPTIONS, Shape.LIST)
        reading = with_duplicates(session.send_list(question, HttpRequest("GET", _address(line.options))))
        calls = session.calls
    found = tuple(dict.fromkeys(one for row in reading.rows if (one := subscription_of(row)) is not None))
    coverage = cover(Kind.SUBSCRIPTIONS, [reading])
    return Listed(Capture(capture_id, SUBSCRIPTION_LIST, None, calls, (coverage,)), reading, found)


def _address(options: AzureOptions) -> str:
    if options.management_group is None:
        return f"/subscriptions?api-version={SUBSCRIPTIONS_API_VERSION}"
    group = quote(options.management_group, safe="")
    path = f"/providers/Microsoft.Management/managementGroups/{group}/descendants"
    return f"{path}?api-version={GROUPS_API_VERSION}"


def subscription_of(row: Mapping[str, object]) -> str | None:
    """The subscription that a row tells of, in lower case; None for another thing, such as a management group."""
    arm_id = row.get("id")
    if not isinstance(arm_id, str) or len(arm_id.strip("/").split("/")) != _PARTS_OF_ID:
        return None
    return segments(arm_id.lower()).get("subscriptions") or None
