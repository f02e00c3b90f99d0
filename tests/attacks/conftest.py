from __future__ import annotations

from collections.abc import Mapping

import pytest

from evidence.packs.verification import Trust
from tests.fakes.certificates import trade
from tests.fakes.packs import Recipe


@pytest.fixture(scope="session")
def good() -> Mapping[str, bytes]:
    """The members of a pack that verifies."""
    return Recipe().members()


@pytest.fixture(scope="session")
def trust() -> Trust:
    """What an auditor brings along."""
    world = trade()
    return Trust(world.signer.fingerprint, (world.root.der,), (world.stamp_root.der,))
