"""The nightly step of drills: what goes wrong in it is told, and stops no pack; the next night does what was left undone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import NoReturn

import dagster as dg
import pytest

from evidence.errors import IntegrityError
from evidence.ledger.folds import packs
from evidence.runs.drills.nightly import settle_drills
from tests.fakes.bench import at, backup
from tests.fakes.bodies import FakeVault
from tests.pipelines.orchestra import Orchestra

NIGHT = date(2026, 11, 1)


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as made:
        yield made


@pytest.mark.slow
@pytest.mark.parametrize(
    ("error", "said"),
    [
        (IntegrityError("000000000007 is no drill event.", next_step="Compare it."), "000000000007 is no drill event."),
        (KeyError("not foreseen"), "KeyError: 'not foreseen'"),
    ],
    ids=["known", "unforeseen"],
)
def test_a_step_that_fails_is_told_and_packs_are_built(
    tmp_path: Path,
    instance: dg.DagsterInstance,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    error: Exception,
    said: str,
) -> None:
    orchestra = Orchestra(tmp_path)
    orchestra.make_keys()
    vault = FakeVault("v1")
    orchestra.azure.subscriptions[0].vaults.append(vault)
    backup(vault, NIGHT)

    def fails(*_: object) -> NoReturn:
        raise error

    monkeypatch.setattr("assets.drills.settle_drills", fails)
    orchestra.clock.reach(at(NIGHT, 31))
    result = orchestra.night(instance, NIGHT)
    assert result.success
    assert len(packs(orchestra.composition.ledger.entries())) == 1
    (check,) = [one for one in result.get_asset_check_evaluations() if one.check_name == "drills_settled"]
    assert not check.passed
    assert said in (check.description or "")
    assert check.metadata["failed"].value is True
    assert "Drills were not settled" in capfd.readouterr().err
    monkeypatch.setattr("assets.drills.settle_drills", settle_drills)
    backup(vault, NIGHT + timedelta(days=1))
    orchestra.clock.reach(at(NIGHT, 55))
    again = orchestra.night(instance, NIGHT + timedelta(days=1))
    (check,) = [one for one in again.get_asset_check_evaluations() if one.check_name == "drills_settled"]
    assert check.passed
