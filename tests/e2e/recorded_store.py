"""A store made by the command from the recorded world, for the tests that ask what it holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

from evidence.seals.development import create_development_keys
from simulator.recorded import RecordedWorld, recorded_world
from tests.e2e.command import Command
from tests.paths import RECORDINGS
from tests.simulator.serving import running

CONFIGURATION = """\
organisation: Recorded
azure: {{endpoint: "{url}", credential: managed_identity, subscriptions: [{subscriptions}]}}
store: {{kind: local, path: store}}
timestamp: {{url: "{url}/tsa"}}
first_night: {first}
clock: simulator
"""


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


@contextmanager
def recorded_store(folder: Path, subscriptions: Sequence[str], nights: Sequence[date]) -> Iterator[Command]:
    """The command on a store that holds these nights of these subscriptions, while their simulator serves."""
    create_development_keys(folder, "Recorded", datetime(2015, 1, 1, tzinfo=UTC), datetime(2035, 1, 1, tzinfo=UTC))
    clock = f"{nights[0]}T06:00:00Z"
    with running(folder, "--recordings", str(RECORDINGS), "--clock", clock) as url:
        text = CONFIGURATION.format(url=url, subscriptions=", ".join(subscriptions), first=nights[0])
        (folder / "evidence.yaml").write_text(text)
        command = Command(folder, url)
        for night in nights:
            code, rows = command("run", "--night", str(night))
            assert code == 4, rows  # what was never recorded answers 404
        yield command
