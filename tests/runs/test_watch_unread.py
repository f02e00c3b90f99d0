"""What a look could not ask is recorded and shown, is never nothing, and does not fill the ledger."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest

from evidence.errors import SourceError
from evidence.ledger.watches import watch_looks
from evidence.records import Outcome
from evidence.runs.manifest import parse_run_manifest
from evidence.runs.watch.asking import OVER, Asking, known_vaults
from evidence.runs.watch.look import SETTLE, Watching, look
from evidence.stores.layout import watch_file
from tests.fakes.bench import NIGHT, Bench, subscription
from tests.fakes.bodies import FakeVault
from tests.fakes.watched import WatchedAzure
from tests.runs.evening import NEXT, Scene


@pytest.fixture
def scene() -> Scene:
    return Scene()


# --- what was not read


def test_a_vault_that_cannot_be_asked_is_recorded_and_is_not_without_failures(scene: Scene) -> None:
    scene.source.refused["v2"] = "HTTP 403 AuthorizationFailed"
    scene.fails(scene.second)
    found = scene.look()
    assert [(one.vault_id, one.reason) for one in found.unread] == [
        (scene.second.vault.vault_id, "HTTP 403 AuthorizationFailed")
    ]
    (recorded,) = watch_looks(scene.bench.parts.ledger.entries())
    assert recorded.unread == found.unread
    assert recorded.jobs == ()
    manifest = parse_run_manifest(scene.bench.store.read(watch_file(NEXT, found.run_id)))
    assert ["/v2-" in file.path for file in manifest.calls] == [True]


def test_the_failures_of_other_vaults_are_told_all_the_same(scene: Scene) -> None:
    scene.source.broken["v2"] = ValueError("no such thing")
    scene.fails(scene.first)
    found = scene.look()
    assert len(found.fresh) == 1
    assert "ValueError: no such thing" in found.unread[0].reason


def test_a_vault_that_stays_unread_is_recorded_once_and_when_it_is_read_again(scene: Scene) -> None:
    scene.source.refused["v2"] = "quota: Azure answers no more questions"
    entries = [scene.look(minutes).entry for minutes in (0, 2, 30, 60)]
    assert [entry is not None for entry in entries] == [True, False, False, False]
    del scene.source.refused["v2"]
    last = scene.look(62)
    assert last.entry is not None
    assert last.unread == ()


def test_a_vault_that_comes_and_goes_does_not_fill_the_ledger(scene: Scene) -> None:
    for number in range(10):
        scene.source.refused = {"v2": "quota: no"} if number % 2 else {}
        scene.look(2 * number)
    assert len(watch_looks(scene.bench.parts.ledger.entries())) <= 1 + 20 // (SETTLE.seconds // 60)


def test_a_fresh_failure_never_waits_for_it(scene: Scene) -> None:
    scene.source.refused["v2"] = "quota: no"
    scene.look()
    scene.fails(scene.first)
    assert scene.look(2).entry is not None


def test_a_failed_job_that_does_not_tell_what_it_did_is_not_passed_over(scene: Scene) -> None:
    scene.fails(scene.first, properties={"operation": None})
    found = scene.look()
    assert found.fresh == ()
    assert [one.reason for one in found.unread] == ["1 failed jobs do not tell what they did"]


def test_when_the_looks_time_is_over_the_rest_is_not_asked_and_comes_first_next(scene: Scene) -> None:
    times = itertools.chain([0.0, 0.0], itertools.repeat(31.0))
    scene.elapsed = lambda: next(times)
    found = scene.look()
    assert scene.source.asked == ["v1"]
    assert [(one.vault_id, one.reason) for one in found.unread] == [(scene.second.vault.vault_id, OVER)]
    scene.elapsed = lambda: 0.0
    scene.source.asked.clear()
    scene.look(2, first=[one.vault_id for one in found.unread])
    assert scene.source.asked == ["v2", "v1"]


def test_vaults_that_the_newest_night_could_not_list_are_asked_all_the_same() -> None:
    bench = Bench()
    bench.vault("v1")
    other = subscription(bench, "00000000-0000-4000-8000-000000000009")
    lost = FakeVault("v9", subscription=other.subscription_id)
    other.vaults.append(lost)
    bench.seal(NIGHT)
    other.outcome = Outcome.NOT_REACHED
    bench.seal(NEXT)
    bench.azure.subscriptions[0].vaults.clear()
    bench.seal(NEXT + timedelta(days=1))
    vaults = known_vaults(bench.parts, bench.parts.ledger.entries())
    assert [one.vault_id for one in vaults] == [lost.vault.vault_id]  # v1 was listed no more, so it is gone


def test_without_a_sealed_night_nobody_knows_what_to_ask() -> None:
    bench = Bench()
    asking = Asking(WatchedAzure(bench.azure), 30.0, 1, lambda: 0.0)
    with pytest.raises(SourceError, match="No night is sealed"):
        look(bench.parts, Watching(asking, timedelta(hours=24), bench.configuration.raw))
