"""The recorded world: answers GETs from recorded bodies and from lists put together of them.

It is static: the clock, `api-version`, `$top` and `$skiptoken` change nothing. A single resource is answered with its last
recorded body, a list as `lists` says (an empty one with its recorded body). Answers to POST, PUT, PATCH and DELETE are not
reachable, nor is a request that was sent to Azure. Recorded quota headers are not sent: they were true of one moment only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from simulator.errors import JSON, arm_error
from simulator.filters import FilterError
from simulator.interface import ArmRequest, ArmResponse
from simulator.posts import is_read
from simulator.recorded.elements import Element
from simulator.recorded.groups import Group, group_records
from simulator.recorded.kinds import ListKind, kind_of
from simulator.recorded.lists import compose, list_body
from simulator.recorded.manifest import read_manifest
from simulator.recorded.nights import nights_of
from simulator.recorded.unserved import Unserved, reason_unserved
from simulator.recorded.vaults import VaultLists


@dataclass(frozen=True, slots=True)
class RecordedBody:
    """One recorded answer to a GET, with its group's subscription id in place of the masked one."""

    file: str
    category: str
    subscription_id: str
    url: str
    body: bytes


class RecordedWorld:
    """What Azure really sent, one subscription a vault."""

    def __init__(self, folder: Path) -> None:
        self._records = read_manifest(folder)
        self._groups = group_records(self._records, folder)
        self._by_subscription = {group.subscription_id: group for group in self._groups.values()}
        self._vaults = VaultLists(self._groups)
        self._composed: dict[str, Sequence[Element]] = {}

    def answer(self, request: ArmRequest) -> ArmResponse:
        """Answer one GET; what was not recorded is 404 `NotRecorded`, and so is every query by POST."""
        if request.method != "GET":
            if is_read(request.method, request.path):
                return _not_recorded(request.path)
            return arm_error(405, "MethodNotAllowed", f"The recorded world answers GET only, not {request.method}.")
        path = request.path.rstrip("/").lower()
        group = self._group(path)
        if group is None:
            return _not_recorded(request.path)
        try:
            listed = self._listed(group, path, request.query.get("$filter", ""))
        except FilterError as error:
            return arm_error(400, "BMSUserErrorInvalidInput", f"The inputs specified are incorrect: $filter, {error}.")
        return listed or _whole(group, path) or _not_recorded(request.path)

    def subscriptions(self) -> Sequence[str]:
        """Ids of the groups of one vault that answer anything, in the manifest's order."""
        return [group.subscription_id for group in self._groups.values() if group.vault is not None]

    def nights(self) -> Sequence[date]:
        """Backup nights on which a served job of either kind of vault starts, oldest first."""
        return sorted({night for held in self._nights.values() for night in held})

    def nights_in(self, subscription_id: str) -> Sequence[date]:
        """Backup nights on which a job of one subscription starts, oldest first; none for an unknown one."""
        return sorted(self._nights.get(subscription_id, ()))

    def bodies(self) -> Iterator[RecordedBody]:
        """Every recorded answer to a GET with status 200, superseded ones too, in the manifest's order."""
        for record in self._records:
            if record.method == "GET" and record.status == 200 and not record.is_request:
                group = self._groups[record.key]
                yield RecordedBody(
                    record.file, record.category, group.subscription_id, group.url(record), group.body(record)
                )

    def unserved(self) -> Counter[Unserved]:
        """How many recorded bodies cannot be had from `answer`, by category and reason."""
        reasons = ((record, reason_unserved(record, self._groups[record.key])) for record in self._records)
        return Counter(Unserved(record.category, reason) for record, reason in reasons if reason is not None)

    def synthetic_vaults(self) -> Sequence[str]:
        """Subscriptions whose vault is listed with id, name and type alone, its body not being recorded."""
        served = (group for group in self._groups.values() if group.vault is not None)
        return [group.subscription_id for group in served if self._vaults.recorded(group) is None]

    @cached_property
    def _nights(self) -> Mapping[str, set[date]]:
        return {group.subscription_id: nights_of(group) for group in self._groups.values()}

    def _group(self, path: str) -> Group | None:
        parts = path.split("/")
        return self._by_subscription.get(parts[2]) if parts[:2] == ["", "subscriptions"] and len(parts) > 2 else None

    def _listed(self, group: Group, path: str, text: str) -> ArmResponse | None:
        """The list at `path`, None if it is none or no element of it was recorded. Raises FilterError."""
        kind = kind_of(path)
        match = kind.match(text) if kind is not None else lambda _: True
        held = self._vaults.listed(group, path)
        if held is None and kind is not None:
            held = self._elements(group, kind, path) or None
        return None if held is None else ArmResponse(200, list_body(filter(match, held)), {"content-type": JSON})

    def _elements(self, group: Group, kind: ListKind, path: str) -> Sequence[Element]:
        held = self._composed.get(path) or compose(group, kind, path)
        if held:
            self._composed[path] = held
        return held


def recorded_world(folder: Path) -> RecordedWorld:
    """The world of the recordings in a folder. Raises RecordingsError if they are not as their manifest says."""
    return RecordedWorld(folder)


def _whole(group: Group, path: str) -> ArmResponse | None:
    record = group.final.get(path)
    return None if record is None else ArmResponse(record.status, group.body(record), {"content-type": JSON})


def _not_recorded(path: str) -> ArmResponse:
    return arm_error(404, "NotRecorded", f"Nothing was recorded for '{path}'.")
