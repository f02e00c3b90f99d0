"""What must be true before a seed is committed to, and a plan drafted, approved or its seed revealed; every refusal says why.

Not here: guards of drills (`guards`), how a plan is drawn (`plan`). Invariants: of a quarter no second seed can be chosen by the same key, nor any once
somebody saw a draft; what is approved is to the letter what was read, by another person than drafted it. Every function raises RefusedError (exit code 8).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from evidence.drills.due import Quarter
from evidence.drills.events import PlanApproved, PlanDrafted, SeedCommitted, SeedRevealed
from evidence.drills.sampling import commitment
from evidence.drills.spelling import plan_sha256
from evidence.drills.values import Planned
from evidence.errors import RefusedError

_ID = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?")
"""As entries of the ledger take it: ids stand in paths."""


def check_committed(event: SeedCommitted, known: Mapping[str, SeedCommitted], drafted: Iterable[PlanDrafted]) -> None:
    """One seed a quarter; another only of another key, and before a plan shows what it draws."""
    _quarter(event.quarter, f"The seed of {event.quarter[:20]!a}")
    before = known.get(event.quarter)
    if before is not None and before.signer_sha256 == event.signer_sha256:
        raise RefusedError(
            f"The seed of {event.quarter} is committed to since {before.at:%Y-%m-%d}.",
            cause="One key gives one seed: whoever may commit again could choose the sample.",
        )
    plans = sorted(one.plan_id for one in drafted if one.quarter == event.quarter)
    if before is not None and plans:
        raise RefusedError(f"The seed of {event.quarter} is used by {', '.join(plans)}, and is not replaced.")


def check_drafted(
    event: PlanDrafted, known: Collection[str], committed: SeedCommitted | None, *, approved: bool
) -> None:
    """A plan that is not approved yet, by the seed that was committed to, of drills that are well formed and new."""
    if approved:
        raise _refused(
            event.plan_id, "it is approved, and is not drafted again", "Plan single drills, or the next quarter."
        )
    if event.by is not None and event.by.is_service is not False:
        raise _refused(event.plan_id, "a service principal decides nothing")
    _quarter(event.quarter, f"Plan {event.plan_id}")
    if committed is not None and committed.seed_sha256 != event.seed_sha256:
        raise _refused(event.plan_id, f"its seed is not the one that was committed to for {event.quarter}")
    names = Counter(one.drill_id for one in event.drills)
    twice = sorted({one for one, count in names.items() if count > 1} | (names.keys() & set(known)))
    if twice:
        raise RefusedError(f"Plan {event.plan_id} names a drill twice: {', '.join(twice)}.")
    for one in event.drills:
        _check_drill(event, one)


def _check_drill(event: PlanDrafted, one: Planned) -> None:
    if not _ID.fullmatch(one.drill_id):
        raise _refused(event.plan_id, f"{one.drill_id[:40]!a} is no id of a drill")
    if not one.needs or not all(one.needs):
        raise _refused(event.plan_id, f"no check is demanded of {one.drill_id}")
    if one.window_end <= one.window_start:
        raise _refused(event.plan_id, f"the window of {one.drill_id} ends before it begins")
    if one.quarter != event.quarter:
        raise _refused(event.plan_id, f"{one.drill_id} is of {one.quarter}")


def check_approved(event: PlanApproved, plan: PlanDrafted, known: Collection[str]) -> None:
    """By another person than drafted it, of the very plan that was read, and of drills that no other plan has brought meanwhile."""
    if event.by.is_service is not False or (
        plan.by is not None and plan.by.object_id.lower() == event.by.object_id.lower()
    ):
        raise RefusedError(
            f"Plan {event.plan_id} is not approved: by another person than drafted it, never by a service principal."
        )
    if event.plan_sha256 != plan_sha256(plan):
        raise RefusedError(
            f"Plan {event.plan_id} is not approved: it changed after it was read.", next_step="Read it again."
        )
    there = sorted({one.drill_id for one in plan.drills} & set(known))
    if there:
        raise RefusedError(
            f"Plan {event.plan_id} is not approved: {', '.join(there[:5])} was planned otherwise meanwhile.",
            next_step="Draft it again: backup-evidence drills plan",
        )


def checked_seed(plan: PlanDrafted, event: SeedRevealed) -> str:
    """The seed, where it is the one that the plan committed to."""
    try:
        revealed = commitment(bytes.fromhex(event.seed))
    except ValueError:
        revealed = ""
    if revealed != plan.seed_sha256:
        raise RefusedError(f"The seed is not the one that plan {plan.plan_id} committed to.")
    return event.seed


def _quarter(name: str, what: str) -> None:
    try:
        same = Quarter.named(name).name == name
    except ValueError:
        same = False
    if not same:
        raise RefusedError(f"{what}: {name[:20]!a} is no quarter, such as 2026Q3.")


def _refused(plan_id: str, why: str, next_step: str = "") -> RefusedError:
    return RefusedError(f"Plan {plan_id}: {why}.", next_step=next_step)
