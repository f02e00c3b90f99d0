"""A store made by the command from the recorded world, for the tests that ask what it holds."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from simulator.recorded import RecordedWorld, recorded_world
from tests.e2e.scene import Scene, scene
from tests.paths import RECORDINGS


def chain_subscriptions(world: RecordedWorld) -> dict[str, tuple[str, ...]]:
    """Chains by the subscription that serves them."""
    found: dict[str, set[str]] = {}
    for body in world.bodies():
        folder, _, rest = body.file.partition("/")
        if folder == "chains":
            found.setdefault(body.subscription_id, set()).add(rest.partition("/")[0])
    return {subscription: tuple(sorted(chains)) for subscription, chains in sorted(found.items())}


def load_world() -> RecordedWorld:
    """The recorded world, in this process; the command meets it over HTTP."""
    return recorded_world(RECORDINGS)


def recorded_ids(world: RecordedWorld, subscriptions: Sequence[str], kind: str) -> set[str]:
    """Lower-cased ARM ids of all recorded elements of a kind, such as `backupJobs`, found by their own `id` and `type`."""
    ending = f"/{kind}".lower()
    found: set[str] = set()
    for body in world.bodies():
        if body.subscription_id in subscriptions:
            found.update(_ids(json.loads(body.body), ending))
    return found


def _ids(value: object, ending: str) -> Iterator[str]:
    if isinstance(value, dict):
        identity, kind = value.get("id"), value.get("type")
        if isinstance(identity, str) and isinstance(kind, str) and kind.lower().endswith(ending):
            yield identity.lower()
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _ids(one, ending)


@contextmanager
def recorded_store(folder: Path, subscriptions: Sequence[str], nights: Sequence[date]) -> Iterator[Scene]:
    """The command on a store that holds these nights of these subscriptions, while their simulator serves."""
    arguments = ("--recordings", str(RECORDINGS), "--clock", f"{nights[0]}T06:00:00Z")
    with scene(folder, *arguments, subscriptions=tuple(subscriptions), first=nights[0]) as made:
        for night in nights:
            made("run", "--night", night, code=4)  # what was never recorded answers 404
        yield made
