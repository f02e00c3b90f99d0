"""The simulator's nights are judged alike by sweep and one by one, run for run, over the very stores that the command wrote."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from evidence.assess import AssessmentContext
from evidence.ledger.folds import named_paths, sealed_nights
from evidence.ledger.ledger import Ledger
from evidence.nights import Calendar
from evidence.runs.judging.carried import carried_slots
from evidence.runs.judging.night import judge_observed
from evidence.runs.judging.observed import observe
from evidence.runs.judging.rules import JudgementRules
from evidence.runs.judging.slot_rows import slot_rows
from evidence.runs.judging.swept import sweep, swept_none
from evidence.runs.sealed import SealedRows
from evidence.stores.directory import DirectoryStore
from evidence.tables import SLOTS, ordered
from tests.e2e.watched import BEFORE, FIRST, office

pytestmark = pytest.mark.slow


def test_the_simulators_nights_are_judged_alike_by_sweep_and_one_by_one(tmp_path: Path) -> None:
    calendar, nights = Calendar(), [BEFORE, FIRST, FIRST + timedelta(days=1)]
    with office(tmp_path, "branch-backups", "database-job") as made:
        for night in nights[1:]:
            made.run(night)
        store = DirectoryStore(made.scene.folder / "store")
    entries = Ledger(store).entries()
    sealed = SealedRows(store, named_paths(entries))
    swept = 0
    for night in nights:
        run = sealed_nights(entries)[night][-1]
        context = AssessmentContext("compared", calendar.window(night).end + timedelta(hours=1), night, run.run_id)
        carried = carried_slots(sealed, entries, night)
        observed = observe(sealed, entries, calendar, night, carried)
        by_sweep = judge_observed(observed, carried, context, calendar, JudgementRules(), sweep)
        plainly = judge_observed(
            observed, carried, context, calendar, JudgementRules(), lambda *told: swept_none(told[0], told[3])
        )
        rows, plain_rows = (ordered(SLOTS, slot_rows(one, context)) for one in (by_sweep, plainly))
        assert rows.num_rows > 0
        assert rows.to_pylist() == plain_rows.to_pylist()
        swept += len(by_sweep.swept)
    assert swept > 0, "nothing was compared"
