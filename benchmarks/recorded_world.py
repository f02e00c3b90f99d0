"""What `benchmarks.normalize` reads: recorded jobs, points, details and items, as many of the jobs as are wanted, each under its own id and times.

Not here: the ways that are measured. Invariant: the same recordings and numbers give the same pages.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from evidence.normalize.fast.templates import USUAL
from evidence.records import Attempt, Call, Capture, Identity, Kind
from tests.normalize.recorded import recorded

Json = dict[str, Any]

VAULT = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-backup/providers/Microsoft.RecoveryServices/vaults/rsv-north-001"
NOW = datetime(2026, 11, 21, 6, 5, tzinfo=UTC)
FIRST = datetime(2026, 11, 18, 6, 0, tzinfo=UTC)
SECONDS, MINUTE = 3 * 86_400, 60
OF_RECOVERY_SERVICES = "microsoft.recoveryservices/"
POINTS_AGAIN = 3


@dataclass(frozen=True)
class World:
    """What is read."""

    pages: list[bytes]
    lines: bytes
    items: list[bytes]
    points: list[bytes]
    details: list[bytes]
    jobs: int


def recorded_elements(*kinds: Kind) -> Iterator[Json]:
    for one in recorded():
        if one.kind in kinds:
            body = orjson.loads(one.file.read_bytes())
            yield from (
                one for one in body.get("value", [body]) if OF_RECOVERY_SERVICES in str(one.get("type")).lower()
            )


def lists_of(kind: Kind) -> Iterator[bytes]:
    """The recorded lists of a kind, each as it came but for spaces between its parts: a list of points is about one item."""
    for one in recorded():
        body = orjson.loads(one.file.read_bytes())
        told = body.get("value", []) if one.kind is kind else []
        if told and all(OF_RECOVERY_SERVICES in str(element.get("type")).lower() for element in told):
            yield orjson.dumps(body)


def as_listed(job: Json) -> Json:
    return {**job, "properties": {key: value for key, value in job["properties"].items() if key != "extendedInfo"}}


def is_restore(job: Json) -> bool:
    return "restore" in str(job["properties"].get("operation")).lower()


def again(job: Json, chance: random.Random) -> Json:
    """The job under its own id and times, as another run of it would be told."""
    name, activity = (str(random_id(chance)) for _ in range(2))
    began, lasted = FIRST + timedelta(seconds=chance.randrange(SECONDS)), chance.randrange(MINUTE, 3_000)
    told = {
        "startTime": f"{began:%Y-%m-%dT%H:%M:%S}.{chance.randrange(10**7):07}Z",
        "endTime": f"{began + timedelta(seconds=lasted):%Y-%m-%dT%H:%M:%S}.{chance.randrange(10**7):07}Z",
        "duration": f"PT{lasted // MINUTE}M{lasted % MINUTE}.{chance.randrange(10**7):07}S",
        "activityId": activity,
    }
    properties = {key: told.get(key, value) for key, value in job["properties"].items()}
    return {**job, "id": f"{VAULT}/backupJobs/{name}", "name": name, "properties": properties}


def random_id(chance: random.Random) -> str:
    digits = f"{chance.getrandbits(128):032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def world(jobs: int, page: int, restores: float) -> World:
    chance = random.Random(1)  # noqa: S311  # the same jobs every time
    told = [as_listed(job) for job in recorded_elements(Kind.JOBS, Kind.JOB_DETAILS) if tuple(job) == USUAL]
    restored, others = [job for job in told if is_restore(job)], [job for job in told if not is_restore(job)]
    made = [again(chance.choice(restored if chance.random() < restores else others), chance) for _ in range(jobs)]
    return World(
        pages=list(in_pages(made, page)),
        lines=b"\n".join(orjson.dumps(readable(job)) for job in made),
        items=list(in_pages(items_of_one_vault(), page)),
        points=[page for page in lists_of(Kind.RECOVERY_POINTS) for _ in range(POINTS_AGAIN)],
        details=[
            orjson.dumps({**job, "id": f"{VAULT}/backupJobs/{job['name']}"})
            for job in recorded_elements(Kind.JOB_DETAILS)
        ],
        jobs=jobs,
    )


def items_of_one_vault() -> list[Json]:
    """The recorded items, of those of one name the first: many vaults were recorded, and one of them could not hold all."""
    named: dict[tuple[object, ...], Json] = {}
    for item in recorded_elements(Kind.PROTECTED_ITEMS):
        told = item["properties"]
        named.setdefault((told.get("backupManagementType"), str(told.get("friendlyName")).lower()), item)
    return list(named.values())


def in_pages(elements: Sequence[Json], size: int) -> Iterator[bytes]:
    yield from (orjson.dumps({"value": elements[first : first + size]}) for first in range(0, len(elements), size))


def readable(job: Json) -> Json:
    """The job as pyarrow can read it beside the others: a list of one type."""
    actions = job["properties"].get("actionsInfo")
    told = {**job["properties"], "actionsInfo": [str(one) for one in actions]} if actions else job["properties"]
    return {**job, "properties": told}


def capture_of(kind: Kind, bodies: Sequence[bytes], items: Sequence[bytes] = ()) -> Capture:
    calls = [_call(f"items-{number:05}", Kind.PROTECTED_ITEMS, body) for number, body in enumerate(items)]
    calls += [_call(f"page-{number:05}", kind, body) for number, body in enumerate(bodies)]
    return Capture("2026-11-21T06-05-00Z-capture", VAULT.lower(), None, tuple(calls), ())


def _call(call_id: str, kind: Kind, body: bytes) -> Call:
    attempt = Attempt(NOW, NOW, 200, body=body)
    address = "https://management.azure.com/"
    return Call(call_id, kind, None, address, "2024-04-01", None, {}, Identity(), (attempt,), "ok", None, None, None)


def elements_in(pages: Sequence[bytes]) -> int:
    return sum(len(orjson.loads(body)["value"]) for body in pages)
