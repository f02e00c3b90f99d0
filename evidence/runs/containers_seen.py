"""Management types of the containers that earlier nights saw: such a type is asked for every night, item or not.

Not here: which types there are. Invariant: only sealed rows are looked at, and far enough back that a weekly turn is among them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date

from evidence.nights import look_back
from evidence.runs.sealed import SealedRows
from evidence.tables import CONTAINERS

NIGHTS_SEARCHED = 14
"""Two of a list's turns, so that one that could not be read forgets nothing."""


def containers_seen(sealed: SealedRows, night: date) -> Mapping[str, tuple[str, ...]]:
    """Management types by vault id, as Azure spells them."""
    columns = ["vault_id", "management_type"]
    first, last = look_back(night, NIGHTS_SEARCHED + 1), look_back(night, 2)
    found: dict[str, set[str]] = defaultdict(set)
    for row in sealed.distinct(CONTAINERS, columns, first, last).to_pylist():
        if row["management_type"]:
            found[row["vault_id"]].add(row["management_type"])
    return {vault_id: tuple(sorted(types)) for vault_id, types in sorted(found.items())}
