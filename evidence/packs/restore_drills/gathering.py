"""Reads from ledger and store all that a quarter's pack tells of drills, each proof read and each file compared with its hash.

Not here: rows (`rows…`), tables and files of the pack (`pack`). Invariants: only what the ledger names up to one length is read; a statement, population or attached
file that is not what its entry names ends the pack, and is never left out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from evidence.drills.configured import classify_rules, plan_rules
from evidence.drills.due import Quarter
from evidence.drills.events import PlanDrafted, SeedRevealed
from evidence.drills.plan import PlanRules, drawn
from evidence.drills.population import Population, read_population
from evidence.drills.sampling import commitment
from evidence.errors import IntegrityError
from evidence.ledger.entries import LedgerEntry, LedgerObject
from evidence.packs.period import Period
from evidence.packs.restore_drills.choosing import chosen_drills, chosen_events
from evidence.packs.restore_drills.in_scope import DrillRules, items_in_scope
from evidence.packs.restore_drills.items import ScopedItem
from evidence.packs.restore_drills.rows_of_plans import Sampled, quarter_plans
from evidence.packs.restore_drills.rows_of_restores import restores_within
from evidence.packs.restore_drills.statements import Carried, Proof, read_proof, statement_hashes
from evidence.packs.restore_drills.story import Story, tell
from evidence.packs.scope import PackScope
from evidence.runs.drills.book import BookReader
from evidence.runs.drills.found import FoundRestore, restores
from evidence.runs.drills.reviewing import vault_of
from evidence.runs.drills.seeds import seed_text
from evidence.runs.drills.signing import certificates
from evidence.runs.parts import Parts
from evidence.runs.sealed import saying_disposed
from evidence.settings import parse_settings
from evidence.stores.interface import EvidenceStore
from evidence.stores.layout import DECISIONS, configuration_file, drill_seed_file


@dataclass(frozen=True, slots=True)
class Gathered:
    """All that a pack tells of drills."""

    story: Story
    restores: tuple[FoundRestore, ...]
    statements: Mapping[int, Carried]
    """Statement and signature of each signed decision, by ledger entry."""
    proofs: Mapping[int, Proof]
    populations: Mapping[str, bytes]
    """By plan, as the store keeps them."""
    seeds: Mapping[str, tuple[bytes, bytes]]
    """By the hash that was committed to: the signature that the seed is the hash of, and what was signed."""
    samples: Mapping[str, Sampled]
    items: tuple[ScopedItem, ...]

    @property
    def read_populations(self) -> Mapping[str, Population]:
        """The populations as values."""
        return {name: read_population(data, f"The population of {name}") for name, data in self.populations.items()}


def gather(
    parts: Parts, entries: Sequence[LedgerEntry], period: Period, scope: PackScope, rules: DrillRules
) -> Gathered:
    """All of it, as known at the last of `entries`; raises IntegrityError, StoreError."""
    reader, quarter = BookReader(), Quarter.named(period.name)
    book = reader.upto(entries)
    inside = _in_scope(parts.store, entries, scope)
    classify = classify_rules(rules.settings, str(entries[0].payload["tenant"]))
    found = restores_within(restores(parts, entries, classify, book), period.first, period.last, inside)
    names = chosen_drills(book, quarter, inside)
    jobs = {(one.execution.vault_id, one.execution.job_id.lower()) for one in found}
    events = chosen_events(reader.told, names, quarter, jobs, inside)
    story = tell(events, names, quarter, max(one.at for one in entries))
    certificates(parts.store, entries)  # each is read with all of the ledger before it; here they stand alone
    statements, populations = _statements(parts.store, story), _populations(parts.store, story)
    return Gathered(
        story=story,
        restores=found,
        statements=statements,
        proofs={
            one.entry.sequence: read_proof(one, statements[one.entry.sequence])
            for one in story.told
            if one.entry.sequence in statements
        },
        populations=populations,
        seeds=_seeds(parts.store, story, str(entries[0].payload["tenant"])),
        samples={
            name: _sampled(
                read_population(data, f"The population of {name}"),
                story,
                name,
                _rules_then(parts.store, entries, story.book.plans[name].drafted, rules),
            )
            for name, data in populations.items()
        },
        items=items_in_scope(parts, entries, book, story, scope, rules),
    )


def _in_scope(store: EvidenceStore, entries: Sequence[LedgerEntry], scope: PackScope) -> Callable[[str], bool]:
    @cache
    def inside(vault_id: str) -> bool:
        return scope.holds(vault_of(store, entries, vault_id))

    return inside


def _statements(store: EvidenceStore, story: Story) -> Mapping[int, Carried]:
    found = {}
    for one in story.told:
        if statement_hashes(one) is not None:
            named = sorted(each for each in one.entry.objects if each.path.startswith(DECISIONS))
            found[one.entry.sequence] = Carried(*(read_named(store, each) for each in named))
    return found


def read_named(store: EvidenceStore, named: LedgerObject) -> bytes:
    """A file that an entry names; raises IntegrityError where it is another, StoreError."""
    with saying_disposed(store, named.path):
        data = store.read(named.path)
    if hashlib.sha256(data).hexdigest() != named.sha256:
        raise IntegrityError(
            f"{named.path} is not what the ledger names.",
            cause=f"Named is SHA-256 {named.sha256}.",
            next_step="Find out what changed it; nothing was packed.",
        )
    return data


def _populations(store: EvidenceStore, story: Story) -> Mapping[str, bytes]:
    """Of the last draft of each plan of the quarter."""
    found: dict[str, bytes] = {}
    plans = quarter_plans(story)
    for one in story.told:
        if isinstance(one.event, PlanDrafted) and one.event.plan_id in plans:
            for named in one.entry.objects:
                if named.sha256 == one.event.population_sha256:
                    found[one.event.plan_id] = read_named(store, named)
    return found


def _seeds(store: EvidenceStore, story: Story, tenant: str) -> Mapping[str, tuple[bytes, bytes]]:
    """Proofs of the seeds that were revealed, as their entries name them."""
    found: dict[str, tuple[bytes, bytes]] = {}
    for one in story.told:
        if isinstance(one.event, SeedRevealed):
            sha256 = commitment(bytes.fromhex(one.event.seed))
            quarter = story.book.plans[one.event.plan_id].drafted.quarter
            proof = next((named for named in one.entry.objects if named.path == drill_seed_file(sha256)), None)
            if proof is not None:
                found[sha256] = read_named(store, proof), seed_text(tenant, quarter)
    return found


def _rules_then(
    store: EvidenceStore, entries: Sequence[LedgerEntry], plan: PlanDrafted, rules: DrillRules
) -> PlanRules:
    """The rules that a plan was drawn by, from the configuration that it names; those of now where none was kept."""
    sha256 = plan.configuration_sha256
    path = None if sha256 is None else configuration_file(sha256)
    named = next((one for entry in entries for one in entry.objects if one.path == path), None)
    if named is None:
        return plan_rules(rules.settings)
    return plan_rules(parse_settings(read_named(store, named), named.path).drills)


def _sampled(population: Population, story: Story, name: str, rules: PlanRules) -> Sampled:
    """Who could be drawn, and who was, by the seed where it is known."""
    plan = story.book.plans[name]
    seed = None if plan.seed is None else bytes.fromhex(plan.seed)
    found = drawn(population, story.quarter, seed, rules)
    candidates = tuple(
        one.candidate
        for one in population.items
        if one.candidate.stratum in found.sizes
        and not (one.waived_until is not None and one.waived_until >= story.quarter.last)
    )
    keys = None if seed is None else frozenset(key for keys in found.strata.values() for key in keys)
    return Sampled(candidates, keys)
