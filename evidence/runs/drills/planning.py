"""Plans of a quarter's drills on a store: drafted by the seed that was committed to, drawn again before a person approves them.

Not here: who is due and how a plan is drawn (`evidence.drills.plan`), signing (`signing`), single drills (`planning_one`). Invariants: population and proof of the seed are
files that the ledger names; a plan is approved only where ledger, seed and settings still give it to the letter.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from evidence.drills.configured import plan_rules
from evidence.drills.due import Quarter
from evidence.drills.events import PlanDrafted, SeedRevealed
from evidence.drills.fold import Book, Plan
from evidence.drills.history import is_under_way
from evidence.drills.plan import difference, draft
from evidence.drills.population import Population, population_bytes, read_population
from evidence.drills.sampling import commitment
from evidence.drills.values import Person
from evidence.errors import IntegrityError, ObjectExistsError, RefusedError
from evidence.ledger.entries import LedgerEntry, LedgerObject
from evidence.ledger.folds import named_paths
from evidence.ledger.persons import Account
from evidence.records import Vault
from evidence.runs.drills.book import ToldEvent, read_book, told_events
from evidence.runs.drills.population import PopulationRules, population
from evidence.runs.drills.recording import Recorded, check, recorded
from evidence.runs.drills.reviewing import vault_of
from evidence.runs.drills.seeds import Seed, commit_seed, committed_seed, known_seed
from evidence.runs.parts import Parts
from evidence.runs.sealed import SealedRows
from evidence.seals.interface import Signer
from evidence.stores.interface import EvidenceStore
from evidence.stores.layout import drill_population_file, drill_seed_file


@dataclass(frozen=True, slots=True)
class Asked:
    """Which plan is asked for, and by whom."""

    quarter: Quarter
    scope: str | None
    """Whose vaults; None: all."""
    by: Person
    account: Account | None

    @property
    def plan_id(self) -> str:
        """Such as `DP-2026Q3` or `DP-2026Q3-eu`."""
        return f"DP-{self.quarter.name}" if self.scope is None else f"DP-{self.quarter.name}-{self.scope}"


def draft_plan(parts: Parts, signer: Signer, rules: PopulationRules, asked: Asked) -> Recorded:
    """Draft a quarter's plan; commits to the seed where nobody did, and reveals it with the first draft.

    Raises RefusedError for a quarter that is over and a plan that is approved, SourceError, SealError, StoreError, IntegrityError.
    """
    _refuse_over(parts.clock.now(), asked.quarter)
    book = read_book(parts.ledger.entries())
    _refuse_approved(book, asked)
    if asked.quarter.name not in book.seeds:
        commit_seed(parts, signer, asked.quarter, asked.by, account=asked.account)
    entries = parts.ledger.entries()
    book = read_book(entries)
    value = known_seed(book, asked.quarter)
    seed = committed_seed(parts, signer, book, asked.quarter) if value is None else None
    event, found = drafted(parts, entries, rules, asked, seed.value if seed else value or b"", parts.clock.now())
    there = check(parts, event)
    if there is None:
        objects = (_kept(parts.store, drill_population_file(event.population_sha256), population_bytes(found)),)
        there = recorded(parts, event, account=asked.account, objects=objects).entry
        made = Recorded(there, before=False)
    else:
        made = Recorded(there, before=True)
    _reveal(parts, seed, value, asked)
    return made


def drafted(
    parts: Parts, entries: Sequence[LedgerEntry], rules: PopulationRules, asked: Asked, seed: bytes, at: datetime
) -> tuple[PlanDrafted, Population]:
    """The plan that ledger, seed, settings and moment give, and what it was drawn from."""
    book = read_book(entries)
    found = population(parts.store, entries, book, asked.quarter, rules, at)
    others = [one.drafted for one in book.plans.values() if one.drafted.plan_id != asked.plan_id]
    known = [*book.drills, *(planned.drill_id for one in others for planned in one.drills)]
    drills = draft(
        found,
        asked.quarter,
        seed,
        plan_rules(rules.drills),
        (at + timedelta(days=1)).date(),
        known,
    )
    event = PlanDrafted(
        plan_id=asked.plan_id,
        quarter=asked.quarter.name,
        drills=drills,
        population_sha256=hashlib.sha256(population_bytes(found)).hexdigest(),
        seed_sha256=commitment(seed),
        at=at,
        by=asked.by,
        scope=asked.scope,
        incomplete=found.incomplete,
        configuration_sha256=parts.configuration_sha256,
    )
    return event, found


@dataclass(frozen=True, slots=True)
class ReadPlan:
    """A plan as it stands, with all that whoever approves it should know."""

    plan: Plan
    entry: LedgerEntry
    """Of its last draft."""
    population: Population
    since_first: tuple[str, ...]
    """What changed of the population since the first draft showed the seed."""


def read_plan(store: EvidenceStore, entries: Sequence[LedgerEntry], plan_id: str) -> ReadPlan:
    """A plan and the population that it names; raises RefusedError where there is none, IntegrityError where the file is not as named."""
    book = read_book(entries)
    if plan_id not in book.plans:
        known = ", ".join(sorted(book.plans)) or "none"
        raise RefusedError(
            f"No plan {plan_id[:100]} is known.", cause=f"Known: {known}.", next_step="backup-evidence drills plan"
        )
    drafts = [
        one for one in told_events(entries) if isinstance(one.event, PlanDrafted) and one.event.plan_id == plan_id
    ]
    first, last = (_population_of(store, entries, one) for one in (drafts[0], drafts[-1]))
    return ReadPlan(book.plans[plan_id], drafts[-1].entry, last, difference(first, last))


def refuse_unless_drawn(parts: Parts, rules: PopulationRules, found: ReadPlan) -> None:
    """Raise RefusedError where ledger, seed and settings do not give the plan: it was bent, or things changed since.

    What the plan leaves out of its population must be what the ledger of that moment says was not read.
    """
    plan, told = found.plan, found.plan.drafted
    if plan.seed is None or told.by is None:
        raise _refused(told, "its seed is not revealed", "its draft ended early")
    if told.incomplete != found.population.incomplete:
        raise _refused(
            told, "it says otherwise of what was not read than its population", "it was not drafted by this program"
        )
    quarter = Quarter.named(told.quarter)
    _refuse_over(parts.clock.now(), quarter)
    _refuse_planned_meanwhile(read_book(parts.ledger.entries()), told)
    asked = Asked(quarter, told.scope, told.by, None)
    before = parts.ledger.entries()[: found.entry.sequence - 1]
    again, _ = drafted(parts, before, rules, asked, bytes.fromhex(plan.seed), told.at)
    if replace(again, at=told.at, configuration_sha256=told.configuration_sha256) != told:
        parts_that_differ = [
            name
            for name in ("drills", "population_sha256", "incomplete", "seed_sha256")
            if getattr(again, name) != getattr(told, name)
        ]
        raise _refused(
            told,
            "ledger, seed and settings of that moment do not give it",
            f"other: {', '.join(parts_that_differ)}",
        )


def _refuse_planned_meanwhile(book: Book, told: PlanDrafted) -> None:
    """An item that got a drill of the quarter since the draft would have two."""
    wanted = {one.item_key: one.subject for one in told.drills}
    of_quarter = [one for one in book.drills.values() if one.planned.quarter == told.quarter]
    there = {
        f"{wanted[one.planned.item_key]} as {one.planned.drill_id}"
        for one in of_quarter
        if one.planned.item_key in wanted and is_under_way(one) and one.superseded_by is None
    }
    if there:
        raise _refused(told, "items of it have got drills of the quarter since", ", ".join(sorted(there)[:5]))


def refuse_unless_approver(
    store: EvidenceStore,
    entries: Sequence[LedgerEntry],
    found: ReadPlan,
    person: Person,
    allowed: Callable[[Vault], Collection[str]],
) -> None:
    """Raise RefusedError for a person who is no reviewer of every vault that the plan is about; `allowed` gives object ids."""
    vaults = {one.vault_id for one in found.population.items} | {one.vault_id for one in found.plan.drafted.drills}
    for vault_id in sorted(vaults):
        vault = vault_of(store, entries, vault_id)
        if person.object_id.lower() not in {one.lower() for one in allowed(vault)}:
            raise RefusedError(
                f"Plan {found.plan.drafted.plan_id}: {person.name} ({person.object_id}) is no reviewer of vault {vault.name}.",
                cause="Whoever approves a plan answers for all that it leaves out, too.",
                next_step="Name the object id under `sign_in.reviewers` for a scope of that vault, or draft plans by --scope.",
            )


def _population_of(store: EvidenceStore, entries: Sequence[LedgerEntry], told: ToldEvent) -> Population:
    assert isinstance(told.event, PlanDrafted)  # noqa: S101 - drafts alone are given
    path = drill_population_file(told.event.population_sha256)
    if path not in {one.path for one in told.entry.objects}:
        raise IntegrityError(
            f"{told.entry.name} does not name the population that its plan was drawn from.",
            next_step="Draft the plan again: backup-evidence drills plan",
        )
    data = SealedRows(store, named_paths(entries)).content(path)
    return read_population(data, path)


def _reveal(parts: Parts, seed: Seed | None, value: bytes | None, asked: Asked) -> None:
    """Tell the seed with the first draft; another plan of the quarter tells what is known by then."""
    if read_book(parts.ledger.entries()).plans[asked.plan_id].seed is not None:
        return
    kept = () if seed is None else (_kept(parts.store, drill_seed_file(seed.sha256), seed.proof),)
    told = seed.value if seed is not None else value or b""
    recorded(
        parts, SeedRevealed(asked.plan_id, told.hex(), parts.clock.now(), asked.by), account=asked.account, objects=kept
    )


def _kept(store: EvidenceStore, path: str, data: bytes) -> LedgerObject:
    """Write a file under its hash, or take over the same one that a run before left."""
    try:
        store.create(path, data)
    except ObjectExistsError:
        if store.read(path) != data:
            raise IntegrityError(
                f"{path} holds another file than its name says.",
                next_step="Find out who writes to the store; nothing was planned.",
            ) from None
    return LedgerObject(path, len(data), hashlib.sha256(data).hexdigest())


def _refuse_over(now: datetime, quarter: Quarter) -> None:
    if now.date() > quarter.last:
        raise RefusedError(
            f"{quarter.name} is over since {quarter.last}; no plan of it is drafted or approved.",
            next_step="Plan the quarter that runs, or the next one.",
        )


def _refuse_approved(book: Book, asked: Asked) -> None:
    plan = book.plans.get(asked.plan_id)
    if plan is not None and plan.approved is not None:
        raise RefusedError(
            f"Plan {asked.plan_id} is approved by {plan.approved.by.name}, and is not drafted again.",
            next_step="Plan single drills: backup-evidence drills plan --item ITEM",
        )


def _refused(plan: PlanDrafted, why: str, cause: str) -> RefusedError:
    return RefusedError(
        f"Plan {plan.plan_id} is not approved: {why}.",
        cause=f"{cause[0].upper()}{cause[1:]}.",
        next_step=f"Draft it again: backup-evidence drills plan --quarter {plan.quarter}",
    )
