"""One vault's recorded exchanges, moved to a subscription of their own.

The masked subscription id is replaced byte for byte by one of the same length, and that is the only change to a body:
other ids, of whatever kind, stay. In every recording the id stands in lower case, so the replacement can be undone.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from simulator.recorded.manifest import GroupKey, Record, RecordingsError

_VAULT_ID = re.compile(r"/subscriptions/[^/]+/resourcegroups/[^/]+/providers/([^/]+/[^/]+)/([^/]+)", re.IGNORECASE)


class Group:
    """The exchanges of one (repository, path, commit, vault), oldest first."""

    def __init__(self, key: GroupKey, records: Iterable[Record], folder: Path) -> None:
        self.key = key
        self.records: Sequence[Record] = tuple(sorted(records, key=lambda record: record.interaction))
        self.subscription_id = str(uuid.uuid5(uuid.NAMESPACE_URL, "\n".join((*key[:3], key.vault or ""))))
        self._folder = folder
        masked = {record.subscription_id for record in self.records} - {None}
        if len(masked) > 1:
            raise RecordingsError(f"{key.path} names one vault in several subscriptions: this world cannot hold it.")
        self._masked = next(iter(masked), None)

    def body(self, record: Record) -> bytes:
        """A recorded body with this group's subscription id."""
        body = (self._folder / record.file).read_bytes()
        return body if self._masked is None else body.replace(self._masked.encode(), self.subscription_id.encode())

    def url(self, record: Record) -> str:
        """A recorded URL with this group's subscription id."""
        return self._moved(record.url)

    def path(self, record: Record) -> str:
        """A recorded path with this group's subscription id, lower-cased."""
        return self._moved(record.path).lower()

    @cached_property
    def answers(self) -> Sequence[tuple[str, Record]]:
        """Path and record of each GET that was answered with 200, oldest first."""
        return [(self.path(record), record) for record in self.records if _is_get(record, 200)]

    @cached_property
    def final(self) -> Mapping[str, Record]:
        """The answer of each path: the last 200, or the last 404 where no 200 was recorded."""
        found = {self.path(record): record for record in self.records if _is_get(record, 404)}
        return found | dict(self.answers)

    @cached_property
    def vault(self) -> tuple[str, str, str] | None:
        """Id, name and type of the vault, spelled as its first served URL spells them."""
        served = (_VAULT_ID.match(self._moved(record.path)) for record in self.final.values())
        found = next((match for match in served if match is not None), None)
        return None if found is None else (found[0], found[2], found[1])

    def _moved(self, text: str) -> str:
        return text if self._masked is None else text.replace(self._masked, self.subscription_id)


def group_records(records: Iterable[Record], folder: Path) -> Mapping[GroupKey, Group]:
    """Every group, in order of first appearance."""
    grouped: dict[GroupKey, list[Record]] = {}
    for record in records:
        grouped.setdefault(record.key, []).append(record)
    return {key: Group(key, members, folder) for key, members in grouped.items()}


def _is_get(record: Record, status: int) -> bool:
    return record.method == "GET" and record.status == status and not record.is_request
