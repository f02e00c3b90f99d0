"""A night sealed on a store that keeps objects under policies, for tests of what is kept."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from datetime import UTC, datetime

from evidence.assess.findings import Class
from evidence.ledger.folds import named_paths
from evidence.retention.truth import Demand
from evidence.runs.exceptions.state import standing_exceptions
from evidence.runs.retention.truth import TruthFound, TruthTester, check_truth
from evidence.settings.retention import Retention
from evidence.stores.grounds import Grounds
from tests.fakes.bench import Bench, backup, entropy
from tests.fakes.keeping_store import KeepingMemoryStore

LOCKED = Demand("locked")


class Kept(Bench):
    """A bench on a store that keeps objects under policies, with one sealed night."""

    def __init__(self, files: Mapping[str, bytes] | None = None) -> None:
        self.kept = KeepingMemoryStore()
        super().__init__(store=self.kept)
        backup(self.vault())
        if files is None:
            self.run()
        else:  # sealed once for all tests: each has its own copy
            self.kept.files.update(files)
            self.chance = entropy(1000)
            self.clock.reach(datetime(2026, 11, 22, tzinfo=UTC))

    def check(
        self, demand: Demand = LOCKED, contents: str = "rotation", grounds: Grounds | None = None, scope: str = ""
    ) -> TruthFound:
        tester = TruthTester(self.parts, self.kept, Retention(), demand, lambda: grounds, workers=2)
        return check_truth(tester, contents=contents, scope=scope)

    def path(self, prefix: str) -> str:
        return min(path for path in named_paths(self.parts.ledger.entries()) if path.startswith(prefix))

    def standing(self) -> dict[str | None, Class]:
        found = standing_exceptions(self.store, self.parts.ledger.entries()).by_key.values()
        return {one.finding.item_key: one.class_ for one in found if one.ended_at is None}

    def summary(self, path: str) -> str:
        found = standing_exceptions(self.store, self.parts.ledger.entries()).by_key.values()
        return next(one.finding.summary for one in found if one.finding.item_key == path)


@functools.cache
def sealed_night() -> Mapping[str, bytes]:
    return dict(Kept().kept.files)
