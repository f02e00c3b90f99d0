"""Resource Graph over a generated world: the vaults' own answers told again as rows, and the resources behind the items.

Not here: KQL. Of a query only the types and the times that it names are understood, which is all that a reader of backups asks.
Differences from the vaults' answers are planted, so that tests know the truth: a job that no vault lists, a machine that nothing
protects, a vault that is left out.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import orjson

from simulator.errors import arm_error, json_response
from simulator.generated.bodies.names import source_id
from simulator.generated.history import History
from simulator.generated.moments import american, ticks
from simulator.generated.schedules import night_start
from simulator.generated.seeded import Seed
from simulator.generated.values import Vault, Workload
from simulator.interface import ArmRequest, ArmResponse

Ask = Callable[[ArmRequest], ArmResponse]
Row = dict[str, object]

OK = 200
MOST = 1000
QUOTA = {"x-ms-user-quota-remaining": "14", "x-ms-user-quota-resets-after": "00:00:05"}
HIDDEN_VAULT = "rsv-sandbox-eus"
FORGOTTEN = "vm-forgotten-weu-01"
HOME_OF_THE_EXTRA_JOB = "rsv-prod-weu"
_TYPES = re.compile(r"type\s+in~\s*\((?P<types>[^)]*)\)", re.IGNORECASE)
_QUOTED = re.compile(r"'([^']*)'")
_TIMES = re.compile(r"\bdatetime\(([^)]+)\)")
_VAULT_TYPE = re.compile(r"microsoft\.(?:recoveryservices/vaults|dataprotection/backupvaults)")
_LISTS = {
    "microsoft.recoveryservices/vaults": "Microsoft.RecoveryServices/vaults",
    "microsoft.dataprotection/backupvaults": "Microsoft.DataProtection/backupVaults",
}
_BELOW = {
    "microsoft.recoveryservices/vaults/backupfabrics/protectioncontainers/protecteditems": "backupProtectedItems",
    "microsoft.recoveryservices/vaults/backupjobs": "backupJobs",
    "microsoft.dataprotection/backupvaults/backupinstances": "backupInstances",
    "microsoft.dataprotection/backupvaults/backupjobs": "backupJobs",
}


@dataclass(frozen=True, slots=True)
class _Query:
    """What is understood of one question."""

    subscriptions: frozenset[str]
    types: frozenset[str]
    window: tuple[datetime, datetime] | None
    top: int
    after: str | None
    """Key of the last row of the page before."""


class GraphDesk:
    """Answers queries by asking the world's own lists."""

    def __init__(self, history: History, seed: Seed, ask: Ask) -> None:
        self._history = history
        self._seed = seed
        self._ask = ask

    def answer(self, request: ArmRequest) -> ArmResponse:
        """One page of rows, in the order of their ids."""
        query = _parsed(request)
        if query is None:
            return arm_error(
                400, "BadRequest", "Please provide below info when asking for support: the query is not valid."
            )
        found = sorted(self._rows(request, query), key=_key)
        left = [row for row in found if query.after is None or _key(row) > query.after]
        page = left[: query.top]
        answer: Row = {"totalRecords": len(found), "count": len(page), "data": page, "facets": []}
        answer["resultTruncated"] = "false"
        if len(left) > len(page):
            answer["$skipToken"] = base64.urlsafe_b64encode(_key(page[-1]).encode()).decode()
        return json_response(answer, headers=QUOTA)

    def extra_job(self) -> Mapping[str, object]:
        """The job that Resource Graph alone tells, on the first night."""
        vault = next((one for one in self._history.estate.vaults if one.name == HOME_OF_THE_EXTRA_JOB), None)
        if vault is None:
            return {}
        started = night_start(self._history.first) + timedelta(hours=15)
        job_id = self._seed.guid("resource graph", "extra job")
        return {
            "vault_id": vault.id,
            "job_id": job_id,
            "started_at": started,
            "ended_at": started + timedelta(minutes=4),
        }

    def forgotten(self) -> Mapping[str, str]:
        """The machine that nothing protects."""
        vault = next((one for one in self._history.estate.vaults if one.name == HOME_OF_THE_EXTRA_JOB), None)
        if vault is None:
            return {}
        group = f"/subscriptions/{vault.subscription}/resourceGroups/RG-web-weu"
        return {"id": f"{group}/providers/Microsoft.Compute/virtualMachines/{FORGOTTEN}", "region": vault.region}

    def truth(self) -> Mapping[str, object]:
        """What was planted."""
        job, hidden = self.extra_job(), [one.id for one in self._history.estate.vaults if one.name == HIDDEN_VAULT]
        return {
            "graph_only_jobs": [{"vault_id": job["vault_id"], "job_id": job["job_id"]}] if job else [],
            "unprotected_resources": [self.forgotten()["id"]] if self.forgotten() else [],
            "vaults_not_in_graph": hidden,
        }

    def _rows(self, request: ArmRequest, query: _Query) -> Iterator[Row]:
        for subscription in self._history.estate.subscriptions:
            if subscription not in query.subscriptions:
                continue
            for kind, name in _LISTS.items():
                vaults = self._listed(request, f"/subscriptions/{subscription}/providers/{name}", {})
                if kind in query.types:
                    yield from (_row(one) for one in vaults if one["name"] != HIDDEN_VAULT)
                for below in query.types & _BELOW.keys():
                    if below.startswith(f"{kind}/"):
                        yield from self._below(request, query, vaults, below)
            yield from (row for row in self._resources(subscription) if row["type"] in query.types)

    def _below(self, request: ArmRequest, query: _Query, vaults: Sequence[Row], kind: str) -> Iterator[Row]:
        for vault in vaults:
            asked = {}
            if kind == "microsoft.recoveryservices/vaults/backupjobs" and query.window is not None:
                first, last = (_twelve_hours(moment) for moment in query.window)
                asked = {"$filter": f"startTime eq '{first}' and endTime eq '{last}'"}
            found = self._listed(request, f"{vault['id']}/{_BELOW[kind]}", asked)
            yield from (_row(one, kind, str(vault["location"])) for one in found if _inside(one, query.window))
            if kind.endswith("vaults/backupjobs"):
                yield from self._extra(request, query, str(vault["id"]))

    def _extra(self, request: ArmRequest, query: _Query, vault_id: str) -> Iterator[Row]:
        job = self.extra_job()
        if not job or str(job["vault_id"]).lower() != vault_id.lower():
            return
        started, ended = job["started_at"], job["ended_at"]
        if not isinstance(started, datetime) or not isinstance(ended, datetime) or ended > request.now:
            return
        properties = {
            "entityFriendlyName": FORGOTTEN,
            "backupManagementType": "AzureIaasVM",
            "operation": "Backup",
            "status": "Completed",
            "startTime": ticks(started),
            "endTime": ticks(ended),
        }
        body: Row = {"id": f"{vault_id}/backupJobs/{job['job_id']}", "name": job["job_id"], "properties": properties}
        if _inside(body, query.window):
            yield _row(body, "microsoft.recoveryservices/vaults/backupjobs")

    def _listed(self, request: ArmRequest, path: str, query: Mapping[str, str]) -> list[Row]:
        """All pages of one of the world's lists; none where it does not answer: the identity may not read it."""
        rows: list[Row] = []
        asked = {"api-version": "2023-04-01", **query}
        while True:
            answer = self._ask(ArmRequest("GET", path, asked, request.base_url, request.now))
            if answer.status != OK:
                return []
            body = orjson.loads(answer.body)
            rows += body["value"]
            link = body.get("nextLink")
            if link is None:
                return rows
            asked = {**asked, "$skiptoken": _skip_token(link)}

    def _resources(self, subscription: str) -> Iterator[Row]:
        told: dict[str, Row] = {}
        for item in self._history.estate.items:
            if item.vault.subscription == subscription:
                for row in _behind(
                    source_id(item), item.vault, database=item.workload in (Workload.SQL, Workload.HANA)
                ):
                    told.setdefault(str(row["id"]).lower(), row)
        forgotten = self.forgotten()
        if forgotten and f"/{subscription}/" in forgotten["id"]:
            row = _resource(forgotten["id"], "microsoft.compute/virtualmachines", forgotten["region"])
            told[forgotten["id"].lower()] = row
        yield from told.values()


def _behind(arm_id: str, vault: Vault, *, database: bool) -> Iterator[Row]:
    """A machine with its disk, and what runs on it; or an account of shares."""
    lowered = arm_id.lower()
    if "/storageaccounts/" in lowered:
        yield _resource(arm_id, "microsoft.storage/storageaccounts", vault.region) | {"kind": "StorageV2"}
        return
    yield _resource(arm_id, "microsoft.compute/virtualmachines", vault.region)
    name = arm_id.rsplit("/", 1)[1]
    group = arm_id.partition("/providers/")[0]
    disk = f"{group}/providers/Microsoft.Compute/disks/{name}_OsDisk"
    yield _resource(disk, "microsoft.compute/disks", vault.region) | {"managedBy": arm_id}
    if database and name.startswith("sql"):
        sql = f"{group}/providers/Microsoft.SqlVirtualMachine/sqlVirtualMachines/{name}"
        row = _resource(sql, "microsoft.sqlvirtualmachine/sqlvirtualmachines", vault.region)
        yield row | {"properties": {"virtualMachineResourceId": arm_id}}


def _resource(arm_id: str, kind: str, region: str) -> Row:
    properties = {"virtualMachineResourceId": None}
    told: Row = {"id": arm_id, "name": arm_id.rsplit("/", 1)[1], "location": region, "properties": properties}
    return _row(told, kind) | {"kind": "", "managedBy": "", "tags": None}


def _row(body: Row, kind: str = "", region: str = "") -> Row:
    arm_id = str(body["id"])
    parts = arm_id.strip("/").split("/")
    row: Row = {
        "id": arm_id,
        "name": body["name"],
        "type": kind or str(body["type"]).lower(),
        "location": body.get("location", region),
        "resourceGroup": parts[3].lower(),
        "subscriptionId": parts[1],
        "properties": body["properties"],
    }
    return row | ({"tags": body.get("tags")} if _VAULT_TYPE.fullmatch(str(row["type"])) else {})


def _parsed(request: ArmRequest) -> _Query | None:
    try:
        body = orjson.loads(request.body)
        subscriptions, query, options = body["subscriptions"], body["query"], body.get("options") or {}
        types = frozenset(_QUOTED.findall(_TYPES.search(query)["types"].lower()))  # type: ignore[index]  # no type named is no query that is understood
        times = [datetime.fromisoformat(text).astimezone(UTC) for text in _TIMES.findall(query)]
        token = options.get("$skipToken")
        after = None if token is None else base64.urlsafe_b64decode(token).decode()
        window = (min(times), max(times)) if times else None
        top = min(int(options.get("$top", MOST)), MOST)
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError, binascii.Error):
        return None
    return _Query(frozenset(str(one).lower() for one in subscriptions), types, window, top, after)


def _inside(body: Row, window: tuple[datetime, datetime] | None) -> bool:
    properties = body["properties"]
    text = properties.get("startTime") if isinstance(properties, dict) else None
    if window is None or not isinstance(text, str):
        return True
    started = datetime.fromisoformat(text)
    return window[0] <= (started if started.tzinfo else started.replace(tzinfo=UTC)) < window[1]


def _twelve_hours(moment: datetime) -> str:
    clock, half = american(moment).split(" ")[1:]
    return f"{moment:%Y-%m-%d} {clock.zfill(8)} {half}"


def _skip_token(link: str) -> str:
    asked = {name.lower(): values[0] for name, values in parse_qs(urlsplit(link).query).items()}
    return asked["$skiptoken"]


def _key(row: Row) -> str:
    return str(row["id"]).lower()
