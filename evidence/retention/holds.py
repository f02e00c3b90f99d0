"""What a legal hold covers, and how holds are placed and released.

Not here: how the ledger spells them (`evidence.ledger.keeping`), who may place one (`runs.retention`). Invariants: what cannot be told apart is held, never
left out; holds are independent, and a release ends the ones it names and no other; a scope is judged on files there now and on those sealed later alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache

from evidence.errors import RefusedError
from evidence.retention.values import OF_NIGHTS, Hold, HoldScope, KeptFile, Kind
from evidence.sources.interface import vault_key

Periods = Mapping[str, tuple[date, date]]
"""First and last night of packs, by pack id."""
_VAULT = re.compile(r"(?P<vault>/subscriptions/[^*]+?/(?:vaults|backupvaults)/(?P<name>[^/*]+))(?:/|$)", re.IGNORECASE)
_OF_SUBSCRIPTION = "_subscription-"


@dataclass(frozen=True, slots=True)
class Release:
    """That holds end."""

    hold_ids: tuple[str, ...]
    at: datetime
    by: str
    why: str


def pack_periods(files: Iterable[KeptFile]) -> Periods:
    """Nights of each pack, from its own files."""
    return {
        file.pack_id: (file.first_night, file.last_night)
        for file in files
        if file.kind is Kind.PACKS and file.pack_id and file.first_night and file.last_night
    }


def holding(holds: Iterable[Hold], file: KeptFile, periods: Periods) -> tuple[Hold, ...]:
    """The holds that stand and cover a file."""
    return tuple(hold for hold in holds if hold.stands and covers(hold.scope, file, periods))


def covers(scope: HoldScope, file: KeptFile, periods: Periods) -> bool:
    """Whether every condition of a scope covers a file; a condition that says nothing of such a file covers it."""
    return (
        _nights(scope, file)
        and _packs(scope.packs, file, periods)
        and (not scope.scopes or file.scope is None or matches(scope.scopes, file.scope))
        and (not scope.paths or matches(scope.paths, file.path))
        and (not scope.items or _items(scope.items, file))
    )


def matches(patterns: Sequence[str], text: str) -> bool:
    """Whether a text is as one of the patterns says; `*` stands for any text, and letters of either case are equal."""
    return any(_pattern(one).fullmatch(text) for one in patterns)


def place(holds: Sequence[Hold], hold: Hold) -> tuple[Hold, ...]:
    """The holds with one more; raises RefusedError for an id that is taken, a period that ends before it begins, or no reason."""
    if any(one.hold_id == hold.hold_id for one in holds):
        raise RefusedError(f"Hold {hold.hold_id} is there already.", next_step="Run it again: it gets the next number.")
    first, last = hold.scope.first_night, hold.scope.last_night
    if first and last and last < first:
        raise RefusedError(f"Hold {hold.hold_id}: its period ends on {last}, before it begins on {first}.")
    if not hold.why.strip():
        raise RefusedError(f"Hold {hold.hold_id} has no reason.", next_step="Say why with --reason.")
    return (*holds, hold)


def release(holds: Sequence[Hold], ended: Release) -> tuple[Hold, ...]:
    """The holds with some released; raises RefusedError for one that is not there or was released before."""
    standing = {one.hold_id for one in holds if one.stands}
    odd = sorted(set(ended.hold_ids) - standing)
    if odd or not ended.hold_ids:
        raise RefusedError(
            f"No hold {', '.join(odd) or 'of that name'} stands.",
            next_step="backup-evidence retention hold list",
        )
    if not ended.why.strip():
        raise RefusedError("A release needs a reason.", next_step="Say why with --reason.")
    told = {"released_at": ended.at, "released_by": ended.by, "released_why": ended.why}
    return tuple(replace(one, **told) if one.hold_id in ended.hold_ids else one for one in holds)  # type: ignore[arg-type]  # each field by its name


def next_id(holds: Iterable[Hold], case: str) -> str:
    """Id of the next hold of a case: its number follows the case."""
    return f"{case}-{1 + sum(one.case == case for one in holds)}"


def _nights(scope: HoldScope, file: KeptFile) -> bool:
    """A file that is about no night may be about each."""
    first, last = file.first_night, file.last_night
    begins_late = scope.last_night is not None and first is not None and first > scope.last_night
    ends_early = scope.first_night is not None and last is not None and last < scope.first_night
    return not (begins_late or ends_early)


def _packs(patterns: Sequence[str], file: KeptFile, periods: Periods) -> bool:
    """The packs, what is about them, and the files of their nights, without which nobody re-performs them."""
    if not patterns:
        return True
    if file.pack_id is not None:
        return matches(patterns, file.pack_id)
    if file.kind not in OF_NIGHTS:
        # What packs rest on beside the rows of their nights: configurations, decisions, evidence of drills.
        # A file of several packs is of no one: what cannot be told apart is held.
        return True
    first, last = file.first_night, file.last_night
    held = [period for pack_id, period in periods.items() if matches(patterns, pack_id)]
    return first is None or last is None or any(first <= end and last >= begin for begin, end in held)


def _items(patterns: Sequence[str], file: KeptFile) -> bool:
    """Only calls are kept vault by vault, and only a full id tells its vault: all other files may hold rows of the item."""
    name = file.path.rpartition("/")[2]
    if file.kind is not Kind.CALLS or not name.endswith(".parquet") or name.startswith(_OF_SUBSCRIPTION):
        return True
    keys = [_vault_of(one) for one in patterns]
    return None in keys or name.removesuffix(".parquet") in keys


@lru_cache(maxsize=4096)
def _vault_of(pattern: str) -> str | None:
    """Key of the vault in the full id of an item; None where the pattern does not tell it."""
    found = _VAULT.match(pattern.lower())
    return vault_key(found["vault"], found["name"]) if found else None


@lru_cache(maxsize=4096)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in text.split("*")), re.IGNORECASE | re.DOTALL)
