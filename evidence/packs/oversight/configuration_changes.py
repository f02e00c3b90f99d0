"""Which settings changed in a period: the configurations that the ledger says were adopted, compared setting by setting.

Not here: reading a configuration to work with it (`evidence.settings`). Invariants: a kept file is compared only when it has the hash that
the ledger names; a value that could be a secret is not shown, although the configuration must hold none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import pyarrow as pa

from evidence.errors import ConfigurationError
from evidence.ledger.entries import EntryKind, LedgerEntry
from evidence.ledger.folds import sealed_nights
from evidence.nights import Window
from evidence.packs.period import Period
from evidence.plain_yaml import read_plain_yaml
from evidence.runs.sealed import SealedRows
from evidence.stores.layout import configuration_file
from evidence.tables import CONFIGURATION_CHANGES, from_rows

NOT_SHOWN = "(not shown)"
WHOLE = "*"
_SECRET = re.compile(r"secret|password|passphrase|token|credentials|account_key|connection|sas\b", re.IGNORECASE)
_ADDRESS_WITH_MORE = re.compile(r"://[^/\s]*@|[?&](sig|code|key|token)=", re.IGNORECASE)
Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Change:
    """One setting that differs."""

    setting: str
    change: str
    before: str | None
    after: str | None


def configuration_table(sealed: SealedRows, entries: Sequence[LedgerEntry], period: Period, window: Window) -> pa.Table:
    """Changes that came with the configurations adopted for the nights of a period; raises IntegrityError, ObjectMissingError."""
    adopted = [entry for entry in entries if entry.kind is EntryKind.CONFIGURATION_ADOPTED]
    rows: list[Row] = []
    for place, entry in enumerate(adopted):
        if _in_period(entry, entries, period, window):
            before = adopted[place - 1] if place else None
            rows += [_row(entry, before, change) for change in _changes(sealed, before, entry)]
    return from_rows(CONFIGURATION_CHANGES, rows)


def _in_period(entry: LedgerEntry, entries: Sequence[LedgerEntry], period: Period, window: Window) -> bool:
    """From the seal of the night before the period to that of its last night; by time where those are not sealed.

    A configuration is adopted when its first night is sealed, which is after that night has ended.
    """
    nights = sealed_nights(entries)
    before, last = nights.get(period.first - timedelta(days=1)), nights.get(period.last)
    begun = entry.sequence > before[0].entry.sequence if before else entry.at >= window.start
    ended = entry.sequence > last[0].entry.sequence if last else entry.at >= window.end
    return begun and not ended


def _row(entry: LedgerEntry, before: LedgerEntry | None, change: Change) -> Row:
    return {
        "adopted_at": entry.at,
        "adopted_by": entry.actor,
        "setting": change.setting,
        "change": change.change,
        "before": change.before,
        "after": change.after,
        "configuration_sha256": entry.payload["sha256"],
        "previous_sha256": None if before is None else before.payload["sha256"],
        "code_version": str(entry.payload.get("code_version")),
        "ledger_entry": entry.sequence,
    }


def _changes(sealed: SealedRows, before: LedgerEntry | None, after: LedgerEntry) -> Iterator[Change]:
    if before is None:
        yield Change(WHOLE, "first", None, None)
        return
    versions = [str(one.payload.get("code_version")) for one in (before, after)]
    if versions[0] != versions[1]:
        yield Change("program version", "program", *map(_json, versions))
    try:
        old, new = (_settings(sealed, one) for one in (before, after))
    except ConfigurationError as error:
        yield Change(WHOLE, "not read", None, _json(error.message))
        return
    found = list(compare(old, new))
    yield from found
    if not found and before.payload["sha256"] != after.payload["sha256"]:
        yield Change(WHOLE, "same settings", None, None)


def _settings(sealed: SealedRows, entry: LedgerEntry) -> Mapping[str, object]:
    path = configuration_file(str(entry.payload["sha256"]))
    content = read_plain_yaml(sealed.content(path), path).content
    return content if isinstance(content, dict) else {}


def compare(before: Mapping[str, object], after: Mapping[str, object]) -> Iterator[Change]:
    """Every setting that two documents tell differently, by its path; a list is one setting."""
    old, new = dict(_flat(before)), dict(_flat(after))
    for setting in sorted(old.keys() | new.keys()):
        was, now = old.get(setting), new.get(setting)
        if was == now:
            continue
        change = "added" if setting not in old else "removed" if setting not in new else "changed"
        yield Change(setting, change, *(None if one is None else _shown(setting, one) for one in (was, now)))


def _flat(content: Mapping[str, object], above: str = "") -> Iterator[tuple[str, str]]:
    for key, value in content.items():
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", _json(value)


def _shown(setting: str, value: str) -> str:
    return NOT_SHOWN if _SECRET.search(setting) or _SECRET.search(value) or _ADDRESS_WITH_MORE.search(value) else value


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
