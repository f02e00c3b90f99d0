"""Examines what the identity may read and do, vault by vault, and how Azure's clock and api-versions stand to ours.

Not here: judging permissions (`privileges`), and which right is for what (`rights`). Nothing is kept: these answers are no evidence.
Invariant: reads only, and whatever could not be found out is `unknown` with the reason.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Final

from azure.core.rest import HttpRequest

from evidence.nights import Window
from evidence.records import WHOLE, Call, Capture, CaptureRequest, Coverage, Discovery, Kind, Outcome, Vault
from evidence.sources.azure.cross_region import CROSS_REGION_API_VERSION, is_enabled
from evidence.sources.azure.probes import PROBES, Make, scope_of
from evidence.sources.azure.questions import Question, Reading, Shape
from evidence.sources.azure.session import (
    BACKUP_API_VERSION,
    PROTECTION_API_VERSION,
    VAULTS_API_VERSION,
    Line,
    Session,
    open_session,
)
from evidence.sources.examination import Access, ClockSkew, Examination, Finding, Privilege, Version
from evidence.sources.privileges import excesses
from evidence.sources.rights import (
    ABOVE_VAULTS,
    OF_MANAGEMENT_GROUP,
    PERMISSIONS,
    PROVIDERS,
    VAULT_ACTIONS,
    named_action,
)

PERMISSIONS_API_VERSION: Final = "2022-04-01"
PROVIDERS_API_VERSION: Final = "2021-04-01"
PINNED: Final = (
    ("Microsoft.RecoveryServices", "vaults", VAULTS_API_VERSION),
    ("Microsoft.RecoveryServices", "vaults", BACKUP_API_VERSION),
    ("Microsoft.RecoveryServices", "locations/backupCrrJobs", CROSS_REGION_API_VERSION),
    ("Microsoft.DataProtection", "backupVaults", PROTECTION_API_VERSION),
)
"""Provider, resource type and the api-version that is asked for."""
CAPTURE_ID: Final = "doctor"
_FORBIDDEN: Final = frozenset({401, 403})
_MISSING: Final = 404
_ALLOWED_OUTCOMES: Final = WHOLE | {Outcome.NOT_OBSERVED_THEN}

Progress = Callable[[str, int, int], None]


def examine(line: Line, discovery: Discovery, request: CaptureRequest, progress: Progress) -> Examination:
    """Everything about the subscriptions and vaults that were found."""
    above = [_above(line, capture) for capture in discovery.captures]
    subscriptions = [capture.subject_id for capture in discovery.captures if capture.subject_id.count("/") > 1]
    calls = [call for capture in discovery.captures for call in capture.calls]
    access = [one for found in above for one in found]
    privileges: list[Privilege] = []
    versions: list[Version] = []
    for subject in subscriptions:
        with open_session(line, subject.rpartition("/")[2], CAPTURE_ID) as session:
            privileges.append(_privilege(session, subject, subject))
            versions += _versions(session, subject)
            calls += session.calls
    total = len(discovery.vaults)
    progress("rights", 0, total)
    with ThreadPoolExecutor(max_workers=line.options.max_workers, thread_name_prefix="doctor") as pool:
        found = pool.map(lambda vault: _vault(line, vault, request.window), discovery.vaults)
        for done, (rights, privilege, asked) in enumerate(found, start=1):
            access += rights
            privileges.append(privilege)
            calls += asked
            progress(discovery.vaults[done - 1].name, done, total)
    return Examination(tuple(access), tuple(privileges), tuple(versions), clock_skew(calls), len(subscriptions), total)


def _above(line: Line, capture: Capture) -> Iterator[Access]:
    """What the coverage of a subscription tells of the rights that its lists need."""
    for row in capture.coverage:
        needed = ABOVE_VAULTS.get(row.kind, ())
        if row.kind is Kind.SUBSCRIPTIONS and line.options.management_group is not None:
            needed = (OF_MANAGEMENT_GROUP,)
        yield Access(capture.subject_id, row.kind, *_told(row, needed[0] if needed else None))


def _told(row: Coverage, needed: str | None) -> tuple[Finding, str | None, str | None]:
    if row.outcome in _ALLOWED_OUTCOMES:
        return Finding.OK, needed, None
    refused = "HTTP 403" in (row.reason or "") or "HTTP 401" in (row.reason or "")
    return (Finding.MISSING if refused else Finding.UNKNOWN), named_action(row.reason) or needed, row.reason


def _vault(line: Line, vault: Vault, window: Window) -> tuple[list[Access], Privilege, tuple[Call, ...]]:
    with open_session(line, vault.subscription_id, CAPTURE_ID) as session:
        told = dict(_probed(session, vault, window))
        privilege = _privilege(session, vault.vault_id, scope_of(vault))
        calls = session.calls
    access = [
        Access(vault.vault_id, kind, *told[action])
        for kind, actions in VAULT_ACTIONS[vault.kind].items()
        for action in actions
    ]
    return _worst_first(access), privilege, calls


def _worst_first(access: Sequence[Access]) -> list[Access]:
    """One row a kind: of several rights that it needs, the one that is not fine."""
    rank = {Finding.MISSING: 0, Finding.UNKNOWN: 1, Finding.OK: 2, Finding.NOT_NEEDED: 3}
    found: dict[Kind, Access] = {}
    for one in access:
        if one.kind not in found or rank[one.finding] < rank[found[one.kind].finding]:
            found[one.kind] = one
    return list(found.values())


def _probed(
    session: Session, vault: Vault, window: Window
) -> Iterator[tuple[str, tuple[Finding, str | None, str | None]]]:
    readings: list[Reading] = []
    for action, make in PROBES[vault.kind].items():
        if action not in VAULT_ACTIONS[vault.kind].get(Kind.CROSS_REGION_JOBS, ()):
            reading, told = _ask(session, vault, window, action, make)
            readings.append(reading)
        elif (enabled := is_enabled(readings)) is None:
            told = Finding.UNKNOWN, action, "whether cross-region restore is enabled could not be read"
        elif not enabled:
            told = Finding.NOT_NEEDED, action, "cross-region restore is not enabled"
        else:
            _, told = _ask(session, vault, window, action, make)
        yield action, told


def _ask(
    session: Session, vault: Vault, window: Window, action: str, make: Make
) -> tuple[Reading, tuple[Finding, str | None, str | None]]:
    probe = make(vault, window)
    if probe is None:
        nothing = f"the region paired with {vault.region} is not known, so it cannot be asked"
        return Reading(()), (Finding.UNKNOWN, action, nothing)
    question = Question(Kind.VAULT, Shape.DOCUMENT, body=probe.body, essential=True)
    reading = session.send(question, probe.request)
    finding = finding_of(reading, made_up=probe.made_up)
    return reading, (finding, _named(reading, action), None if finding is Finding.OK else reading.failure)


def _named(reading: Reading, action: str) -> str:
    return named_action(reading.failure) or action


def finding_of(reading: Reading, *, made_up: bool = False) -> Finding:
    """Whether a right is there: answered, refused, or nothing that says so."""
    if reading.whole:
        return Finding.OK
    status = reading.answers[-1].call.last.status if reading.answers else None
    if status in _FORBIDDEN:
        return Finding.MISSING
    return Finding.OK if made_up and status == _MISSING else Finding.UNKNOWN


def _privilege(session: Session, subject: str, scope: str) -> Privilege:
    """What Azure says the caller may do at a scope."""
    request = HttpRequest(
        "GET", f"{scope}/providers/Microsoft.Authorization/permissions?api-version={PERMISSIONS_API_VERSION}"
    )
    reading = session.send_list(Question(Kind.VAULT, Shape.LIST, essential=True), request)
    if not reading.whole:
        return Privilege(subject, Finding.UNKNOWN, detail=f"{reading.failure} (needs {PERMISSIONS})")
    if not reading.rows:
        return Privilege(subject, Finding.UNKNOWN, detail="Azure told no permissions at all, yet answers to reads")
    found = excesses(reading.rows)
    return Privilege(subject, Finding.TOO_MUCH if found else Finding.OK, found)


def _versions(session: Session, subject: str) -> Iterator[Version]:
    told: dict[str, tuple[Mapping[str, Sequence[str]], str | None]] = {}
    for provider, kind, version in PINNED:
        if provider not in told:
            told[provider] = _supported(session, subject, provider)
        supported, reason = told[provider]
        name = f"{provider}/{kind}"
        if kind.lower() not in supported:
            detail = reason or "Azure does not list this resource type"
            yield Version(subject, name, version, Finding.UNKNOWN, detail)
        elif version in supported[kind.lower()]:
            yield Version(subject, name, version, Finding.OK)
        else:
            listed = sorted(supported[kind.lower()])
            yield Version(
                subject, name, version, Finding.MISSING, f"of {len(listed)} listed the newest is {listed[-1]}"
            )


def _supported(session: Session, subject: str, provider: str) -> tuple[Mapping[str, Sequence[str]], str | None]:
    """Api-versions by lower-cased resource type, or why they are not known."""
    request = HttpRequest("GET", f"{subject}/providers/{provider}?api-version={PROVIDERS_API_VERSION}")
    reading = session.send(Question(Kind.VAULT, Shape.DOCUMENT, essential=True), request)
    if not reading.whole:
        return {}, f"{reading.failure} (needs {PROVIDERS})"
    types = reading.rows[0].get("resourceTypes")
    found: dict[str, Sequence[str]] = {}
    for one in types if isinstance(types, list) else []:
        if isinstance(one, Mapping) and isinstance(one.get("apiVersions"), list) and one["apiVersions"]:
            found[str(one.get("resourceType")).lower()] = [str(version) for version in one["apiVersions"]]
    return found, None


def clock_skew(calls: Iterable[Call]) -> ClockSkew:
    """The middle of the distances that answers show between our clock and their `Date`, which tells whole seconds."""
    told = [
        _distance(attempt.started_at, attempt.finished_at, date)
        for call in calls
        for attempt in call.attempts
        if (date := _date(attempt.response_headers.get("date"))) is not None
    ]
    return ClockSkew(statistics.median(told) if told else None, len(told))


def _distance(started: datetime, finished: datetime, date: datetime) -> float:
    """The smallest distance at which Azure could have written `date` between the two of ours."""
    least, most = (started - date).total_seconds() - 1, (finished - date).total_seconds()
    return least if least > 0 else most if most < 0 else 0.0


def _date(text: str | None) -> datetime | None:
    try:
        found = parsedate_to_datetime(text) if text else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None
