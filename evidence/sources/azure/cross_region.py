"""Asks the paired region for the restores of a vault that ran there, and for the details of each.

Not here: which region is paired (`regions`). Azure takes both questions by POST only (docs/adr/0006), and lists such a restore
nowhere else. Invariant: a vault without cross-region restore is asked nothing; where it cannot be told whether it has it, or where to
ask, that is coverage and not silence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import orjson
from azure.core.rest import HttpRequest

from evidence.nights import Window
from evidence.records import CaptureRequest, Coverage, Kind, Vault
from evidence.sources.azure.checks import with_duplicates, with_window
from evidence.sources.azure.coverage import cover
from evidence.sources.azure.filters import jobs_filter, slices, whole_seconds
from evidence.sources.azure.questions import Question, Reading, Row, Shape, ask_each
from evidence.sources.azure.regions import paired_region
from evidence.sources.azure.session import Session

CROSS_REGION_API_VERSION: Final = "2021-11-15"
"""Newest api-version of which cross-region restore jobs were recorded."""
NOT_ENABLED: Final = "cross-region restore is not enabled, so there is nothing to ask"
_WORDS: Final = {"enabled": True, "disabled": False}
_IN_ONE_REGION: Final = ("locallyredundant", "zoneredundant")
UNTOLD: Final = "whether cross-region restore is enabled is not known, as neither storage configuration nor vault tells"


@dataclass(frozen=True, slots=True)
class CrossRegion:
    """What the paired region told."""

    coverage: Coverage
    jobs: frozenset[str] = frozenset()
    """Lower-cased ids of jobs that belong there: the vault's own region does not know them."""


def read_cross_region(
    session: Session, vault: Vault, request: CaptureRequest, settings: Sequence[Reading], elsewhere: Sequence[str]
) -> CrossRegion:
    """The cross-region restores of the windows asked for; `settings` tell whether there can be any.

    `elsewhere` are jobs last seen unfinished that the vault's own lists do not hold: they may be of the paired region.
    """
    enabled, region = is_enabled(settings), paired_region(vault.region)
    if enabled is None or (enabled and region is None):
        doubt = (
            UNTOLD if enabled is None else f"the region paired with {vault.region} is not known, so it cannot be asked"
        )
        return CrossRegion(cover(Kind.CROSS_REGION_JOBS, [], doubt=doubt))
    if region is None or not enabled:
        return CrossRegion(cover(Kind.CROSS_REGION_JOBS, [], notes=[NOT_ENABLED]))
    return _read(_Desk(session, vault, region), request, elsewhere)


def is_enabled(settings: Sequence[Reading]) -> bool | None:
    """Whether one of a vault's settings says so; None where none says anything."""
    told = [flag for reading in settings for row in reading.rows if (flag := _flag(row)) is not None]
    return any(told) if told else None


def _flag(row: Row) -> bool | None:
    """What the storage configuration or the vault tells; storage that is in one region alone cannot have it."""
    properties = row.get("properties")
    if not isinstance(properties, Mapping):
        return None
    if isinstance(flag := properties.get("crossRegionRestoreFlag"), bool):
        return flag
    redundancy = properties.get("redundancySettings")
    inside = redundancy if isinstance(redundancy, Mapping) else {}
    if (told := _WORDS.get(_folded(inside.get("crossRegionRestore")))) is not None:
        return told
    kind = _folded(properties.get("storageModelType") or inside.get("standardTierStorageRedundancy"))
    return False if kind in _IN_ONE_REGION else None


def _folded(value: object) -> str:
    return value.lower() if isinstance(value, str) else ""


def _read(desk: _Desk, request: CaptureRequest, elsewhere: Sequence[str]) -> CrossRegion:
    lists = ask_each([partial(desk.listed, part) for part in slices(whole_seconds(request.jobs_window))])
    named = {name.lower(): name for row in lists.rows if isinstance(name := row.get("name"), str) and name}
    details = ask_each([partial(desk.job, name) for name in named.values()])
    tried = [name for name in dict.fromkeys(elsewhere) if name.lower() not in named]
    again = ask_each([partial(desk.unfinished, name) for name in tried])
    # A job that the paired region could not be asked about may be its own: the vault's own 404 would then prove nothing.
    answered = zip(tried, again.readings, strict=False)
    not_there = {name.lower() for name, reading in answered if reading.missing}
    readings = [*lists.readings, *details.readings, *again.readings]
    coverage = cover(Kind.CROSS_REGION_JOBS, readings, not_asked=lists.not_asked + details.not_asked + again.not_asked)
    return CrossRegion(coverage, frozenset(named) | {name.lower() for name in tried} - not_there)


@dataclass(frozen=True, slots=True)
class _Desk:
    """Asks one region about one vault."""

    session: Session
    vault: Vault
    region: str

    def listed(self, window: Window) -> Reading:
        """The restores that began in a window."""
        body = orjson.dumps({"resourceId": self._vault_id()}).decode()
        question = Question(Kind.CROSS_REGION_JOBS, Shape.LIST, body=body)
        request = self._request("backupCrrJobs", body, {"$filter": jobs_filter(window)})
        return with_window(with_duplicates(self.session.send_list(question, request)), window)

    def job(self, job_id: str) -> Reading:
        """One restore with its details."""
        body = orjson.dumps({"resourceId": self._vault_id(), "jobName": job_id}).decode()
        question = Question(Kind.CROSS_REGION_JOBS, Shape.OBJECT, subject=job_id, name=job_id, body=body)
        return self.session.send(question, self._request("backupCrrJob", body, {}))

    def unfinished(self, job_id: str) -> Reading:
        """A job that may be of this region; that it is not is an answer."""
        reading = self.job(job_id)
        return Reading(reading.answers) if reading.missing else reading

    def _request(self, path: str, body: str, query: Mapping[str, str]) -> HttpRequest:
        return HttpRequest(
            "POST",
            f"/subscriptions/{self.vault.subscription_id}/providers/Microsoft.RecoveryServices/locations/{self.region}/{path}",
            params={"api-version": CROSS_REGION_API_VERSION, **query},
            headers={"Content-Type": "application/json", "Accept": "application/json"},
            content=body,
        )

    def _vault_id(self) -> str:
        vault = self.vault
        group = f"/subscriptions/{vault.subscription_id}/resourceGroups/{vault.resource_group}"
        return f"{group}/providers/Microsoft.RecoveryServices/vaults/{vault.name}"
