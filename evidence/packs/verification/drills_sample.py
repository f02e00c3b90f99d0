"""The sample of a plan drawn again from what the pack carries: population, seed, and the order that follows from both.

Not here: who is due for other reasons. Written a second time, against the packed rows and the rule of docs/pack-format.md: whoever draws must not be the one who says that it was
drawn well. Invariants: the seed is the one that was committed to, and follows from a signature nobody could choose; of each stratum the first items in the order were drawn, and the
same share of all.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from evidence.drills.fold import Plan
from evidence.drills.population import Population, read_population
from evidence.errors import IntegrityError
from evidence.packs.restore_drills.places import SEEDS, population_path, seed_path
from evidence.packs.restore_drills.rows_of_plans import quarter_plans
from evidence.packs.restore_drills.story import Story
from evidence.packs.verification.figures_counted import Rows
from evidence.packs.verification.opening import Opened
from evidence.seals.envelope import read_detached

Row = Mapping[str, Any]


def populations_of(pack: Opened, story: Story) -> Mapping[str, Population]:
    """Populations of the quarter's plans, each of the hash that its plan names; raises IntegrityError."""
    found = {}
    for name, plan in quarter_plans(story).items():
        path = population_path(name)
        if path in pack.members:
            data = pack.read(path)
            if hashlib.sha256(data).hexdigest() != plan.drafted.population_sha256:
                raise IntegrityError(f"{path} is not the population that plan {name} names.")
            found[name] = read_population(data, path)
    return found


def drawn_again(pack: Opened, rows: Rows, story: Story) -> tuple[str, None]:
    """Draw each sample again; raises IntegrityError where another would be drawn."""
    populations, plans = populations_of(pack, story), quarter_plans(story)
    sampled: dict[str, list[Row]] = defaultdict(list)
    for row in rows.table("drill_samples").to_pylist():
        sampled[row["plan_id"]].append(row)
    if strange := sorted(sampled.keys() - populations.keys()):
        raise IntegrityError(f"Rows tell of a sample of {strange[0]}, and the pack holds no population of it.")
    drawn = 0
    for name, plan in plans.items():
        mine = sampled.get(name, [])
        if name in populations:
            _check_candidates(name, mine, populations[name], story.quarter.last)
        drawn += _check_drawn(name, plan, mine)
    seeds = _check_seeds(pack, plans)
    open_plans = sum(plan.seed is None for plan in plans.values())
    left = f"; {open_plans} seeds are not revealed" if open_plans else ""
    return f"{drawn} items of {len(plans)} plans drawn again; {seeds} seeds follow from a signature{left}", None


def _check_candidates(name: str, rows: Sequence[Row], population: Population, last: date) -> None:
    known = {one.item_key: one.candidate for one in population.items}
    for row in rows:
        one = known.get(row["item_key"])
        told = (row["workload"], row["region"], row["tier"], row["drilled_lately"])
        if one is None or told != (one.workload, one.region, one.tier, one.drilled_lately):
            raise IntegrityError(f"{row['item_key']} of the sample of {name} is not as its population holds it.")
    strata = {row["stratum"] for row in rows}
    due = {key for key, one in known.items() if one.stratum.name in strata}
    waived = {one.item_key for one in population.items if one.waived_until is not None and one.waived_until >= last}
    if left_out := sorted(due - waived - {row["item_key"] for row in rows}):
        raise IntegrityError(f"{left_out[0]} could be drawn by {name}, and is left out of its sample.")


def _check_drawn(name: str, plan: Plan, rows: Sequence[Row]) -> int:
    """How many were drawn, where the seed gives the very same."""
    strata: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if (plan.seed is None) != (row["drawn"] is None):
            raise IntegrityError(f"The sample of {name} is told without its seed, or its seed without the sample.")
        strata[row["stratum"]].append(row)
    if plan.seed is None:
        return 0
    key, low, high = bytes.fromhex(plan.seed), Fraction(0), Fraction(1)
    for stratum, members in strata.items():
        order = sorted(
            members, key=lambda row: (row["drilled_lately"], _place(row["item_key"], plan.drafted.quarter, key))
        )
        size = sum(row["drawn"] for row in members)
        if not size or [row["drawn"] for row in order] != [True] * size + [False] * (len(order) - size):
            raise IntegrityError(f"Plan {name} drew other items of {stratum} than its seed gives.")
        # max(1, ceil(p n)) = k says that p lies above (k - 1)/n, and at most at k/n.
        high = min(high, Fraction(size, len(order)))
        low = max(low, Fraction(size - 1, len(order)))
    if strata and not low < high:
        raise IntegrityError(f"Plan {name} drew unequal shares of its strata.")
    _check_planned(name, plan, rows)
    return sum(row["drawn"] for row in rows)


def _check_planned(name: str, plan: Plan, rows: Sequence[Row]) -> None:
    drawn = {row["item_key"] for row in rows if row["drawn"]}
    told = {one.item_key for one in plan.drafted.drills if one.stratum is not None}
    if more := sorted(told - drawn):
        raise IntegrityError(f"{more[0]} is said to have been drawn by {name}, and was not.")


def _place(item_key: str, quarter: str, seed: bytes) -> bytes:
    return hmac.digest(seed, f"{quarter}\n{item_key}".encode(), "sha256")


def _check_seeds(pack: Opened, plans: Mapping[str, Plan]) -> int:
    """How many seeds are the hash of a signature over a text that names the quarter; nothing else lies there."""
    revealed = {plan.drafted.seed_sha256: plan for plan in plans.values() if plan.seed is not None}
    found = {path for path in pack.members if path.startswith(SEEDS)}
    proven = [sha256 for sha256 in revealed if seed_path(sha256) in found]
    expected = {end for sha256 in proven for end in (seed_path(sha256), seed_path(sha256)[:-4] + ".txt")}
    for sha256, plan in revealed.items():
        if hashlib.sha256(bytes.fromhex(plan.seed or "")).hexdigest() != sha256:
            raise IntegrityError(f"The seed of {plan.drafted.plan_id} is not the one that was committed to.")
    for sha256 in proven:
        proof, text = pack.read(seed_path(sha256)), pack.read(seed_path(sha256)[:-4] + ".txt")
        read_detached(proof, text)
        plan = revealed[sha256]
        if hashlib.sha256(proof).hexdigest() != plan.seed or f"\nquarter {plan.drafted.quarter}\n".encode() not in text:
            raise IntegrityError(f"The seed of {plan.drafted.plan_id} is not the hash of the signature beside it.")
    if found - expected:
        raise IntegrityError(f"Nothing names {min(found - expected)}.")
    return len(proven)
