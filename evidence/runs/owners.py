"""The owners file as evidence: kept in the store by its hash, named by the entries that were judged or sent by it, read back as it stood then.

Not here: what the rules mean (`evidence.notify.owners`). Invariant: whose something was on a night is answered by the file that the night's
assessment names, whatever the configuration says today.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from evidence.ledger.entries import LedgerEntry, LedgerObject
from evidence.ledger.folds import assessments, named_paths
from evidence.notify.interface import Problem
from evidence.notify.owners import Owners
from evidence.notify.owners_file import parse_owners
from evidence.runs.files import kept_configuration
from evidence.runs.sealed import SealedRows
from evidence.stores.interface import EvidenceStore
from evidence.stores.layout import configuration_file

OWNERS = "owners"
"""Key in the payload of an entry that was made with owners: `{"sha256": …, "version": …}`."""


def kept_owners(store: EvidenceStore, owners: Owners | None) -> tuple[LedgerObject, ...]:
    """The file as an entry names it, written where it is not there yet; nothing without owners."""
    return () if owners is None else (kept_configuration(store, owners.raw),)


def told_owners(owners: Owners | None) -> Mapping[str, object] | None:
    """How a payload names them, under OWNERS."""
    return None if owners is None else {"sha256": owners.sha256, "version": owners.version}


def owners_then(store: EvidenceStore, entries: Sequence[LedgerEntry], night: date) -> Owners | None:
    """The owners by which a night was judged, of its last assessment that names some; None where none does.

    Raises IntegrityError for a file that is not as named.
    """
    for one in reversed(assessments(entries).get(night, ())):
        told = one.entry.payload.get(OWNERS)
        if isinstance(told, dict) and isinstance(told.get("sha256"), str):
            path = configuration_file(str(told["sha256"]))
            return parse_owners(SealedRows(store, named_paths(entries)).content(path), path)
    return None


def namer(owners: Owners | None) -> Callable[[Problem], tuple[str, str] | None]:
    """Team and rule of a problem, as the table `exceptions` has them; None where there are no owners."""

    def name(problem: Problem) -> tuple[str, str] | None:
        if owners is None:
            return None
        owned = owners.owner_of(problem)
        return owned.team.key, owned.rule.rule_id

    return name
