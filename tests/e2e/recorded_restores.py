"""What the recorded chains really were, beside the executions that a store made of them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import unquote

from evidence.drills.classify import ClassifyRules
from evidence.drills.values import Execution, Verdict
from evidence.ledger.ledger import Ledger
from evidence.runs.drills.book import read_book
from evidence.runs.drills.found import FoundRestore, restores
from evidence.runs.parts import Parts
from evidence.stores.directory import DirectoryStore
from tests.fakes.bench import Bench
from tests.paths import RECORDINGS

FIRST_YEAR = 2010
SECOND = timedelta(seconds=1)
Chain = Mapping[str, str]


@dataclass(frozen=True)
class Job:
    """The job of a chain as it was last answered."""

    started_at: datetime
    ended_at: datetime | None
    status: str


def executions_of(folder: Path) -> Mapping[str, FoundRestore]:
    """All restores of a store, by their job."""
    store = DirectoryStore(folder)
    parts: Parts = Bench(store=store).parts
    entries = Ledger(store).entries()
    return {one.execution.job_id: one for one in restores(parts, entries, ClassifyRules(), read_book(entries))}


def job_of(chain: str) -> Job:
    """From the chain's own files, which nothing of the product has read."""
    path = max((RECORDINGS / "chains" / chain).glob("*_job_*_poll.json"))
    told = json.loads(path.read_text())
    told = told.get("properties") or told["body"]["properties"]
    ended = _moment(told["endTime"]) if told.get("endTime") else None
    # Of a job that runs Azure sends no end, or in 2016 one of the year 1 or 2001.
    return Job(_moment(told["startTime"]), ended if ended and ended.year >= FIRST_YEAR else None, told["status"])


def compared(found: Mapping[str, FoundRestore], chains: Mapping[str, Chain]) -> Counter[tuple[str, str, str]]:
    """By workload, of each chain: how its item and its point came out; `WRONG` where one is another than asked for."""
    counted: Counter[tuple[str, str, str]] = Counter()
    for name, chain in chains.items():
        one, job = found[chain["job_id"]].execution, job_of(name)
        assert one.started_at is not None
        assert abs(one.started_at - job.started_at) < SECOND, name
        assert (one.ended_at is None) == (job.ended_at is None), name
        assert one.ended_at is None or job.ended_at is None or abs(one.ended_at - job.ended_at) < SECOND, name
        assert one.status == job.status
        counted[chain["workload"], _item(one, chain), _point(one, chain)] += 1
    return counted


def none_is_a_drill(found: Mapping[str, FoundRestore]) -> bool:
    """Nothing was planned, and nothing recorded bears a sign of a drill."""
    return all(one.classification.verdict is not Verdict.DRILL and not one.waiting for one in found.values())


def _item(one: Execution, chain: Chain) -> str:
    if one.item_key is None:
        return "not known"
    return "right" if one.item_key.rpartition("/")[2] == unquote(chain["protected_item"]).lower() else "WRONG"


def _point(one: Execution, chain: Chain) -> str:
    if one.recovery_point_id is None:
        return one.link
    return one.link if one.recovery_point_id == chain["recovery_point_id"] else "WRONG"


def _moment(text: str) -> datetime:
    head, _, tail = text.replace("Z", "+00:00").partition(".")
    digits, zone = tail[:6], tail[tail.find("+") :] if "+" in tail else ""
    return datetime.fromisoformat(f"{head}.{digits}{zone}" if digits and tail else text.replace("Z", "+00:00"))
