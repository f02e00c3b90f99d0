"""A scripted server with a whole vault, and sources that ask it without ever really waiting."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

import tests.strategies  # noqa: F401  # loads the profile of all property tests
from evidence.records import Capture, CaptureRequest
from evidence.sources.azure import AzureOptions, AzureSource, azure_source
from tests.sources.loopback import Loopback, serving
from tests.sources.world import SUBSCRIPTION, VAULT, TickingClock, request, token, whole


@dataclass(slots=True)
class Bench:
    """A server, and what a source that asked it has slept."""

    server: Loopback
    slept: list[float] = field(default_factory=list)

    def source(self, **options: Any) -> AzureSource:
        told = {
            "subscriptions": (SUBSCRIPTION,),
            "endpoint": self.server.base_url,
            "credential": "static",
            "static_token": token(),
            "read_timeout_s": 5.0,
            "second_sources": False,  # the tests about them turn them on
            **options,
        }
        return azure_source(AzureOptions(**told), TickingClock(), entropy=bytes, sleep=self.slept.append)

    def capture(self, asked: CaptureRequest | None = None, **options: Any) -> Capture:
        return self.source(**options).capture(VAULT, asked or request())


@pytest.fixture
def bench() -> Iterator[Bench]:
    """A server that answers a whole vault."""
    with serving() as server:
        whole(server)
        yield Bench(server)
