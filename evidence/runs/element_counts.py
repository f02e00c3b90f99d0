"""Counts the elements that became rows, call by call, and compares them with what each answer held.

Not here: how rows are made. Invariant: it counts in the rows themselves as they are handed on, so a row that was lost is seen, whoever
lost it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

import pyarrow as pa

from evidence.errors import IntegrityError
from evidence.normalize.capture import OK
from evidence.normalize.fast.tabulate import Take
from evidence.normalize.results import Unread
from evidence.records import Call, Kind

_NUMBERED: Mapping[str, str] = {
    **dict.fromkeys(
        ("vaults", "policies", "containers", "protected_items", "jobs", "activity", "inventory"), "ordinal"
    ),
    "recovery_points": "element",
}
"""Column that tells an element's place in its answer; ranges of log backups are several rows of one element."""


class ElementCounts:
    """Passes rows of one capture on, and counts their elements."""

    __slots__ = ("_found", "_take")

    def __init__(self, take: Take) -> None:
        self._take = take
        self._found: Counter[str] = Counter()

    def take(self, name: str, rows: pa.Table) -> None:
        """Count the elements of rows, then hand the rows on; all rows of an element come together."""
        column = _NUMBERED.get(name)
        if column is not None:
            counted = rows.group_by("call_id").aggregate([(column, "count_distinct")])
            for call_id, number in zip(*(counted[one].to_pylist() for one in counted.column_names), strict=True):
                self._found[call_id] += number
        self._take(name, rows)

    def check(self, calls: Iterable[Call], unread: Iterable[Unread]) -> None:
        """Raise IntegrityError where a call's elements are neither rows nor counted as unread."""
        missed = Counter(one.call_id for one in unread if one.ordinal is not None)
        whole = {one.call_id for one in unread if one.ordinal is None}
        for call in calls:
            if call.outcome != OK or call.call_id in whole or call.rows is None or call.kind is Kind.GUARD_PROXIES:
                continue
            found = self._found[call.call_id]
            if found + missed[call.call_id] != call.rows:
                raise IntegrityError(
                    f"Call {call.call_id} gave {call.rows} elements, but {found} became rows and {missed[call.call_id]} are unread."
                )
