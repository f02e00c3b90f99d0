"""A small Azure in memory that tests change between nights; implements `evidence.sources.interface.Source` without HTTP.

Bodies have the shapes that the recordings show, written by us. `spoiled` says what cannot be read of a vault; what it does not name is whole.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import orjson

from evidence.clocks import Clock
from evidence.errors import SignInError
from evidence.nights import Window
from evidence.records import (
    KINDS_OF,
    RECOVERY_SERVICES,
    Attempt,
    Call,
    Capture,
    CaptureRequest,
    Coverage,
    Discovery,
    Identity,
    Kind,
    Outcome,
    Vault,
)
from evidence.sources.interface import subscription_key, vault_key
from tests.fakes.bodies import (
    SUBSCRIPTION,
    FakeJob,
    FakeVault,
    below_body,
    item_body,
    job_body,
    listing,
    points_body,
    ranges_body,
    vault_body,
)
from tests.fakes.second_sources import FakeGraph

OTHER_SUBSCRIPTION = "5a1c0000-0000-4000-8000-00000000b002"
TENANT = "7e4a0000-0000-4000-8000-000000000001"
PRINCIPAL = "0b1e0000-0000-4000-8000-000000000001"
API_VERSION = "2025-02-01"
_ONE_AT_A_TIME = threading.Lock()
VAULT_KINDS = KINDS_OF[RECOVERY_SERVICES]
STATE_KINDS = frozenset(VAULT_KINDS) - {Kind.JOBS, Kind.CROSS_REGION_JOBS, Kind.JOB_DETAILS, Kind.RECOVERY_POINTS}


@dataclass(slots=True)
class FakeSubscription:
    """A subscription, its vaults, and whether they can be listed."""

    subscription_id: str = SUBSCRIPTION
    vaults: list[FakeVault] = field(default_factory=list)
    outcome: Outcome = Outcome.COLLECTED
    hidden: set[str] = field(default_factory=set)
    """Vaults that a list which was cut short does not show."""
    graph: FakeGraph = field(default_factory=FakeGraph)


@dataclass
class FakeAzure:
    """All subscriptions; `clock` dates every answer."""

    clock: Clock
    subscriptions: list[FakeSubscription] = field(default_factory=lambda: [FakeSubscription()])
    tenant: str | None = TENANT
    asked: list[tuple[str, Kind, str | None]] = field(default_factory=list)
    """Vault name, kind and subject of every question, in order."""
    description: str = "Azure in memory"
    notes: str | None = None
    """What the coverage of a whole vault list explains."""

    @property
    def vaults(self) -> list[FakeVault]:
        """Vaults of all subscriptions."""
        return [vault for one in self.subscriptions for vault in one.vaults]

    def discover(self, request: CaptureRequest) -> Discovery:
        """The vaults of all subscriptions; raises SignInError where none may be asked."""
        captures, vaults = [], []
        for one in self.subscriptions:
            line = _Line(self, f"{request.run_id}.{subscription_key(one.subscription_id)}", one.subscription_id)
            listed = [vault for vault in one.vaults if vault.name not in one.hidden]
            if one.outcome is Outcome.NOT_REACHED:
                listed = []
                line.refused(Kind.VAULTS, None, "subscriptions")
                line.refused(Kind.BACKUP_VAULTS, None, "subscriptions")
            else:
                line.answered(Kind.VAULTS, None, "subscriptions", listing([vault_body(vault) for vault in listed]))
                line.answered(Kind.BACKUP_VAULTS, None, "subscriptions", listing([]))
            refused = "HTTP 403 AuthorizationFailed"
            told = self.notes if one.outcome is Outcome.COLLECTED else refused
            rows = (
                line.covered(Kind.VAULTS, one.outcome, told, len(listed)),
                line.covered(Kind.BACKUP_VAULTS, one.outcome, None if told == self.notes else refused, 0),
            )
            second = [line.second(one, kind, request) for kind in one.graph.kinds()]
            subject = f"/subscriptions/{one.subscription_id}"
            captures.append(Capture(line.capture_id, subject, None, tuple(line.calls), (*rows, *second)))
            vaults += [vault.vault for vault in listed]
        if captures and all(one.outcome is Outcome.NOT_REACHED for one in self.subscriptions):
            raise SignInError("Azure let us read none of the subscriptions.")
        return Discovery(tuple(captures), tuple(vaults))

    def capture(self, vault: Vault, request: CaptureRequest) -> Capture:
        """All that one vault answers."""
        (found,) = (one for one in self.vaults if one.vault.vault_id == vault.vault_id)
        line = _Line(self, f"{request.run_id}.{vault_key(vault.vault_id, vault.name)}", vault.name)
        coverage = [row for kind in VAULT_KINDS for row in _read(line, found, kind, request)]
        if found.error is not None:
            raise found.error
        return Capture(line.capture_id, vault.vault_id, vault, tuple(line.calls), tuple(coverage))


@dataclass
class _Line:
    """Makes the calls of one capture."""

    azure: FakeAzure
    capture_id: str
    name: str
    calls: list[Call] = field(default_factory=list)

    def answered(self, kind: Kind, subject: str | None, path: str, body: bytes, next_link: str | None = None) -> Call:
        """A call that was answered."""
        parsed = orjson.loads(body)
        rows = len(parsed["value"]) if isinstance(parsed.get("value"), list) else 1
        return self._call(kind, subject, path, 200, body, "ok", None, rows, next_link)

    def second(self, one: FakeSubscription, kind: Kind, request: CaptureRequest) -> Coverage:
        """What a second source tells of a subscription."""
        if one.outcome is Outcome.NOT_REACHED or kind in one.graph.refused:
            self.refused(kind, None, "second")
            return self.covered(kind, Outcome.NOT_REACHED, "HTTP 403 AuthorizationFailed", 0)
        window = Window(request.long_jobs_window.start, request.window.end)
        body, rows = one.graph.body(kind, one.vaults, window)
        self._call(kind, None, "second", 200, body, "ok", None, rows, None)
        late = request.late and kind is not Kind.GRAPH_JOBS
        outcome, reason = (Outcome.NOT_OBSERVED_THEN, "captured late") if late else (Outcome.COLLECTED, None)
        return self.covered(kind, outcome, reason, rows)

    def refused(self, kind: Kind, subject: str | None, path: str, status: int = 403) -> Call:
        """A call that Azure said no to."""
        body = b'{"error":{"code":"AuthorizationFailed"}}'
        return self._call(kind, subject, path, status, body, "error", f"HTTP {status} AuthorizationFailed", None, None)

    def covered(self, kind: Kind, outcome: Outcome, reason: str | None, collected: int) -> Coverage:
        """The coverage row of a kind from its calls so far."""
        calls = [call.call_id for call in self.calls if call.kind is kind]
        if outcome is Outcome.COLLECTED and not collected:
            outcome = Outcome.COLLECTED_ZERO
        answered = sum(call.outcome == "ok" for call in self.calls if call.kind is kind)
        first, last = (calls[0], calls[-1]) if calls else (None, None)
        return Coverage(kind, outcome, reason, max(len(calls), 1), answered, collected, first, last)

    def _call(
        self,
        kind: Kind,
        subject: str | None,
        path: str,
        status: int,
        body: bytes,
        outcome: str,
        reason: str | None,
        rows: int | None,
        next_link: str | None,
    ) -> Call:
        with _ONE_AT_A_TIME:
            self.azure.asked.append((self.name, kind, subject))
            begin, end = self.azure.clock.now(), self.azure.clock.now()
        number = len(self.calls)
        headers = {"content-type": "application/json", "x-ms-request-id": f"{self.capture_id}.{number}"}
        attempt = Attempt(
            begin, end, status, response_headers=headers, body=body, sha256=hashlib.sha256(body).hexdigest()
        )
        call = Call(
            call_id=f"{self.capture_id}.{number:04d}",
            kind=kind,
            subject=subject,
            url=f"https://management.azure.com/{path}?api-version={API_VERSION}",
            api_version=API_VERSION,
            filter=None,
            request_headers={"accept": "application/json"},
            identity=Identity(self.azure.tenant, PRINCIPAL),
            attempts=(attempt,),
            outcome=outcome,
            reason=reason,
            rows=rows,
            next_link=next_link,
        )
        self.calls.append(call)
        return call


def _read(line: _Line, vault: FakeVault, kind: Kind, request: CaptureRequest) -> Iterator[Coverage]:
    spoiled = vault.spoiled.get(kind, (Outcome.COLLECTED, None))
    if spoiled is None:
        return
    outcome, reason = spoiled
    collected = 0
    if outcome is Outcome.NOT_REACHED:
        line.refused(kind, None, f"{vault.name}/{kind}")
    elif kind is Kind.JOB_DETAILS:
        collected = _details(line, vault, request)
    else:
        collected = _lists(line, vault, kind, request)
    if request.late and kind in STATE_KINDS and outcome is Outcome.COLLECTED:
        outcome, reason = Outcome.NOT_OBSERVED_THEN, "captured after the following night had ended"
    yield line.covered(kind, outcome, reason, collected)


def _lists(line: _Line, vault: FakeVault, kind: Kind, request: CaptureRequest) -> int:
    collected = 0
    for subject, rows in _questions(vault, kind, request):
        pages = [rows[at : at + vault.page_size] for at in range(0, len(rows), vault.page_size)] or [rows]
        for number, page in enumerate(pages, start=1):
            path = f"{vault.name}/{kind}/{subject or ''}"
            following = f"https://management.azure.com/{path}?page={number + 1}" if number < len(pages) else None
            if kind in {Kind.VAULT, Kind.VAULT_CONFIG, Kind.STORAGE_CONFIG, Kind.ENCRYPTION_CONFIG}:
                line.answered(kind, subject, path, orjson.dumps(page[0]))
            else:
                line.answered(kind, subject, path, listing(page, following), following)
            collected += len(page)
    return collected


def _questions(vault: FakeVault, kind: Kind, request: CaptureRequest) -> Iterator[tuple[str | None, Sequence[object]]]:
    match kind:
        case Kind.JOBS:
            yield None, [job_body(vault, job, detailed=False) for job in _listed(vault, request.jobs_window)]
        case Kind.PROTECTED_ITEMS:
            yield None, [item_body(vault, item) for item in vault.items]
        case Kind.POLICIES:
            yield None, [below_body(vault, f"backupPolicies/{name}", told) for name, told in vault.policies.items()]
        case Kind.RECOVERY_POINTS:
            for item in vault.items:
                yield vault.item_id(item), points_body(vault, item)
                if item.database:
                    yield vault.item_id(item), ranges_body(vault, item)
        case Kind.GUARD_PROXIES | Kind.CONTAINERS | Kind.BACKUP_ENGINES | Kind.CROSS_REGION_JOBS:
            yield None, []
        case Kind.VAULT:
            yield None, [vault_body(vault)]
        case _:
            path, name, value = {
                Kind.VAULT_CONFIG: ("backupconfig/vaultconfig", "softDeleteFeatureState", "Enabled"),
                Kind.STORAGE_CONFIG: ("backupstorageconfig/vaultstorageconfig", "storageType", "GeoRedundant"),
                Kind.ENCRYPTION_CONFIG: (
                    "backupEncryptionConfigs/backupResourceEncryptionConfig",
                    "encryptionAtRestType",
                    "MicrosoftManaged",
                ),
            }[kind]
            yield None, [below_body(vault, path, {name: value})]


def _listed(vault: FakeVault, window: Window) -> list[FakeJob]:
    return [job for job in vault.jobs if not job.gone and (job.started_at is None or job.started_at in window)]


def _details(line: _Line, vault: FakeVault, request: CaptureRequest) -> int:
    listed = _listed(vault, request.jobs_window)
    wanted = [job.job_id for job in listed if job.operation.startswith("Restore") or job.status != "Completed"]
    jobs = {job.job_id: job for job in vault.jobs if not job.gone}
    collected = 0
    for job_id in dict.fromkeys((*wanted, *request.unfinished.get(vault.vault.vault_id, ()))):
        if job_id not in jobs:
            line.refused(Kind.JOB_DETAILS, job_id, f"{vault.name}/jobs/{job_id}", status=404)
            continue
        body = orjson.dumps(job_body(vault, jobs[job_id], detailed=True))
        line.answered(Kind.JOB_DETAILS, job_id, f"{vault.name}/jobs/{job_id}", body)
        collected += 1
    return collected
