"""The recorded world over the recordings themselves: every number here was counted in them."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import reduce
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from simulator.interface import ArmRequest, ArmResponse
from simulator.recorded import RecordedBody, RecordedWorld, recorded_world
from simulator.recorded.kinds import BACKUP_JOBS, ITEMS, JOBS, POINTS, ListKind, kind_of
from simulator.recorded.raw_json import elements
from tests.paths import RECORDINGS, needs_recordings

pytestmark = needs_recordings
NOW = datetime(2030, 1, 1, tzinfo=UTC)
Fields = Mapping[str, Any]


@pytest.fixture(scope="module")
def world() -> RecordedWorld:
    return recorded_world(RECORDINGS)


@pytest.fixture(scope="module")
def manifest() -> Mapping[str, Fields]:
    return {row["file"]: row for row in json.loads((RECORDINGS / "manifest.json").read_bytes())}


@pytest.fixture(scope="module")
def bodies(world: RecordedWorld) -> Mapping[str, RecordedBody]:
    return {body.file: body for body in world.bodies()}


@pytest.fixture(scope="module")
def chains() -> Sequence[Fields]:
    return [dict(chain) for chain in json.loads((RECORDINGS / "chains" / "ground_truth.json").read_bytes())]


def ask(world: RecordedWorld, path: str, method: str = "GET") -> ArmResponse:
    return world.answer(ArmRequest(method, path, {}, "http://127.0.0.1:1", NOW))


def listed(world: RecordedWorld, path: str) -> Sequence[Fields]:
    answer = ask(world, path)
    assert answer.status == 200, (path, answer.body)
    return list(json.loads(answer.body)["value"])


def path_of(body: RecordedBody) -> str:
    return unquote(urlsplit(body.url).path)


def vault_path(body: RecordedBody) -> str:
    found = re.match(r".*/providers/[^/]+/[^/]+/[^/]+", path_of(body), re.IGNORECASE)
    assert found is not None
    return found[0].split("/backup")[0] if "/backupVaults/" not in found[0] else found[0]


def job_poll(bodies: Mapping[str, RecordedBody], manifest: Mapping[str, Fields], chain: Fields) -> RecordedBody:
    polls = [file for file in chain["files"] if re.search(r"job_(first|last)_poll", file)]
    return bodies[max(polls, key=lambda file: int(manifest[file]["source"]["interaction"]))]


def test_every_group_has_a_subscription_of_its_own(world: RecordedWorld, manifest: Mapping[str, Fields]) -> None:
    groups: dict[str, set[tuple[str, ...]]] = {}
    for body in world.bodies():
        source = manifest[body.file]["source"]
        name = re.search(r"/(?:vaults|backupVaults)/([^/]+)", path_of(body), re.IGNORECASE)
        key = (source["repo"], source["path"], source["commit"], name[1].lower() if name else "")
        groups.setdefault(body.subscription_id, set()).add(key)
    assert {len(keys) for keys in groups.values()} == {1}
    keys = [key for held in groups.values() for key in held]
    assert len(keys) == len(set(keys)) == 493
    assert Counter(bool(key[3]) for key in keys) == {True: 482, False: 11}
    assert len(world.subscriptions()) == len(set(world.subscriptions())) == 487  # five answer a 404 alone


def test_a_body_is_its_recording_but_for_the_subscription_id(
    bodies: Mapping[str, RecordedBody], manifest: Mapping[str, Fields]
) -> None:
    assert len(bodies) == 1670
    for body in bodies.values():
        masked = re.search(r"(?i)/subscriptions/([^/?]+)", manifest[body.file]["request"]["url"])
        assert masked is not None
        raw = (RECORDINGS / body.file).read_bytes()
        assert body.body.replace(body.subscription_id.encode(), masked[1].encode()) == raw
        assert body.subscription_id.encode() not in raw
        assert masked[1].lower().encode() not in body.body.lower()


def test_every_body_is_served_or_has_its_reason(
    world: RecordedWorld, bodies: Mapping[str, RecordedBody], manifest: Mapping[str, Fields]
) -> None:
    whole = composed = 0
    for body in bodies.values():
        if kind_of(path_of(body).rstrip("/").lower()) is not None:
            composed += 1
        else:
            whole += ask(world, path_of(body)).body == body.body
    errors = sum(row["response"]["status"] == 404 and row["request"]["method"] == "GET" for row in manifest.values())
    superseded = {one: count for one, count in world.unserved().items() if one.reason == "the path answered 200 too"}
    assert (
        whole + composed + errors - sum(superseded.values()) + sum(world.unserved().values()) == len(manifest) == 1876
    )
    assert sum(world.unserved().values()) == 500
    categories = Counter({one.category: 0 for one in world.unserved()})
    for one, count in world.unserved().items():
        categories[one.category] += count
    assert categories["resource_graph"] == 22
    assert categories["crr_job_detail"] == 9
    assert Counter(one.category for one in world.unserved().elements() if one.reason.startswith("a request")) == {
        "chains": 67
    }


def test_no_request_and_no_answer_to_another_method_is_reachable(
    world: RecordedWorld, bodies: Mapping[str, RecordedBody], manifest: Mapping[str, Fields]
) -> None:
    others = {row["sha1"]: row for row in manifest.values() if row["request"]["method"] != "GET"}
    got = {row["sha1"] for row in manifest.values() if row["request"]["method"] == "GET"}
    assert not [file for file in bodies if manifest[file]["request"]["method"] != "GET"]
    places = {manifest[file]["source"]["blob"]: body.subscription_id for file, body in bodies.items()}
    for row in others.values():
        place = places.get(row["source"]["blob"])
        path = re.sub(r"(?i)(?<=/subscriptions/)[^/]+", place or "", unquote(urlsplit(row["request"]["url"]).path))
        served = ask(world, path)
        masked = place is not None and served.body.replace(place.encode(), b"00000000-0000-0000-0000-000000000000")
        assert row["sha1"] in got or masked != (RECORDINGS / row["file"]).read_bytes()
        assert ask(world, path, "POST").status in (404, 405), "a query by POST is not recorded, all else is refused"


def test_every_chains_job_is_listed_and_its_detail_is_the_last_poll(
    world: RecordedWorld, bodies: Mapping[str, RecordedBody], manifest: Mapping[str, Fields], chains: Sequence[Fields]
) -> None:
    assert len(chains) == 78
    subscriptions, dates, nights = set(), set(), set()
    for chain in chains:
        poll = job_poll(bodies, manifest, chain)
        last = max(
            (file for file in chain["files"] if "job_" in file), key=lambda f: manifest[f]["source"]["interaction"]
        )
        assert ask(world, path_of(poll)).body == bodies[last].body
        detail = json.loads(poll.body)
        jobs = [job for job in listed(world, vault_path(poll) + "/backupJobs") if job["name"] == chain["job_id"]]
        assert len(jobs) == 1
        later = {"extendedInfo", "duration"}  # a list after the last poll of a running job counts on
        kept = {key: value for key, value in detail["properties"].items() if key not in later}
        assert {key: value for key, value in jobs[0]["properties"].items() if key not in later} == kept
        assert "extendedInfo" not in jobs[0]["properties"]
        start = datetime.fromisoformat(detail["properties"]["startTime"])
        subscriptions.add(poll.subscription_id)
        dates.add(start.date())
        nights |= {night for night in world.nights_in(poll.subscription_id) if 0 <= (start.date() - night).days <= 1}
    assert (len(subscriptions), len(dates)) == (52, 35)
    assert nights <= set(world.nights())


def test_every_chains_item_and_true_point_are_listed(
    world: RecordedWorld, bodies: Mapping[str, RecordedBody], manifest: Mapping[str, Fields], chains: Sequence[Fields]
) -> None:
    for chain in chains:
        vault = vault_path(job_poll(bodies, manifest, chain))
        name = f"/{unquote(chain['container'])}/protectedItems/{unquote(chain['protected_item'])}".lower()
        items = [
            item for item in listed(world, vault + "/backupProtectedItems") if item["id"].lower().endswith(name.lower())
        ]
        assert len(items) == 1, chain["chain"]
        points = [
            point
            for point in listed(world, items[0]["id"] + "/recoveryPoints")
            if point["name"] == chain["recovery_point_id"]
        ]
        assert len(points) == 1, chain["chain"]


def _recorded_lists(bodies: Mapping[str, RecordedBody], kind: ListKind) -> Iterator[tuple[RecordedBody, str]]:
    for body in bodies.values():
        if kind.path.fullmatch(path_of(body).rstrip("/").lower()):
            for raw in elements(body.body.decode()):
                yield body, raw


@pytest.mark.parametrize(("kind", "count"), [(JOBS, 114), (ITEMS, 460), (POINTS, 3018), (BACKUP_JOBS, 216)])
def test_no_recorded_list_sends_what_is_taken_from_single_answers(
    bodies: Mapping[str, RecordedBody], kind: ListKind, count: int
) -> None:
    sent: Counter[str] = Counter()
    seen = 0
    for _, raw in _recorded_lists(bodies, kind):
        seen += 1
        properties = json.loads(raw)["properties"]
        for part in kind.get_only:
            if part.management_type in (None, properties.get("backupManagementType")):
                held = reduce(lambda inner, name: (inner or {}).get(name), part.path, properties)
                sent[".".join(part.path)] += held is not None
    assert seen == count
    assert not +sent


def _less(kind: ListKind, raw: str) -> Fields:
    """An answer about one resource as a list would hold it, by dict instead of by slice."""
    fields: dict[str, Any] = json.loads(raw)
    for part in kind.get_only:
        if part.management_type in (None, fields["properties"].get("backupManagementType")):
            held = reduce(lambda inner, name: inner.get(name) or {}, part.path[:-1], fields["properties"])
            held.pop(part.path[-1], None)
    return fields


def test_every_listed_element_is_recorded_text_or_a_single_answer_less_some_parts(
    world: RecordedWorld, bodies: Mapping[str, RecordedBody]
) -> None:
    texts: dict[str, list[str]] = {}
    for body in bodies.values():
        texts.setdefault(body.subscription_id, []).append(body.body.decode())
    found: Counter[str] = Counter()
    for subscription in world.subscriptions():
        for kind, path, raw in _composed(world, subscription):
            if any(raw in text for text in texts[subscription]):
                found["slice"] += 1
                continue
            fields = json.loads(raw)
            singles = [
                text for text in texts[subscription] if fields["name"] in text and "properties" in json.loads(text)
            ]
            assert any(_less(kind, text) == fields for text in singles), path
            found["less"] += 1
    assert found == {"slice": 1531, "less": 410}


def _composed(world: RecordedWorld, subscription: str) -> Iterator[tuple[ListKind, str, str]]:
    """Each element of the job, item and point lists of a subscription's vault."""
    for vault in listed(world, f"/subscriptions/{subscription}/providers/Microsoft.RecoveryServices/vaults"):
        items = list(_raw(world, vault["id"] + "/backupProtectedItems"))
        paths = [(JOBS, vault["id"] + "/backupJobs")]
        paths += [(POINTS, json.loads(item)["id"] + "/recoveryPoints") for item in items]
        yield from ((ITEMS, vault["id"], item) for item in items)
        yield from ((kind, path, raw) for kind, path in paths for raw in _raw(world, path))


def _raw(world: RecordedWorld, path: str) -> Iterator[str]:
    answer = ask(world, path)
    return elements(answer.body.decode()) if answer.status == 200 else iter(())


def test_the_whole_in_numbers(world: RecordedWorld) -> None:
    found: Counter[str] = Counter()
    for subscription in world.subscriptions():
        above = f"/subscriptions/{subscription}/providers/"
        found["vaults"] += len(listed(world, above + "Microsoft.RecoveryServices/vaults"))
        found["backup vaults"] += len(listed(world, above + "Microsoft.DataProtection/backupVaults"))
        for kind, _, _ in _composed(world, subscription):
            found[{id(JOBS): "jobs", id(ITEMS): "items", id(POINTS): "points"}[id(kind)]] += 1
    assert found == {"vaults": 417, "backup vaults": 70, "jobs": 436, "items": 454, "points": 1051}
    assert len(world.synthetic_vaults()) == 423
    assert len(world.nights()) == 177


def test_backup_vaults_in_numbers(world: RecordedWorld) -> None:
    found: Counter[str] = Counter()
    for subscription in world.subscriptions():
        for vault in listed(world, f"/subscriptions/{subscription}/providers/Microsoft.DataProtection/backupVaults"):
            for below in ("backupJobs", "backupInstances", "deletedBackupInstances", "backupPolicies"):
                found[below] += sum(1 for _ in _raw(world, f"{vault['id']}/{below}"))
            for instance in map(json.loads, _raw(world, f"{vault['id']}/backupInstances")):
                found["recoveryPoints"] += sum(1 for _ in _raw(world, f"{instance['id']}/recoveryPoints"))
    assert found == {
        "backupJobs": 271,
        "backupInstances": 27,
        "deletedBackupInstances": 1,
        "backupPolicies": 1,
        "recoveryPoints": 4,
    }
