from __future__ import annotations

from pathlib import Path

import pytest

from evidence.stores.interface import EvidenceStore
from tests.stores.places import KINDS, Place, new_place


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    return new_place(request.param, tmp_path)


@pytest.fixture
def store(place: Place) -> EvidenceStore:
    return place.open()
