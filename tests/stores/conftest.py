from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from evidence.stores.interface import EvidenceStore
from tests.fakes.azurite import Azurite, shared_azurite
from tests.stores.places import KINDS, Place, new_place
from tests.stores.proxy import Proxy, proxy_before


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    return new_place(request.param, tmp_path)


@pytest.fixture
def store(place: Place) -> EvidenceStore:
    return place.open()


@pytest.fixture
def azurite() -> Azurite:
    return shared_azurite()


@pytest.fixture
def proxy(azurite: Azurite) -> Iterator[Proxy]:
    with proxy_before(azurite.port) as proxy:
        yield proxy


@pytest.fixture
def container(tmp_path: Path) -> Place:
    """A new container of Azurite."""
    return new_place("azure_blob", tmp_path)


@pytest.fixture
def direct(container: Place) -> EvidenceStore:
    return container.open()


@pytest.fixture
def proxied(container: Place, proxy: Proxy) -> EvidenceStore:
    """The same container, through the proxy."""
    return container.behind(proxy.port).open()
