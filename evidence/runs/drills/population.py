"""The items that drills of a quarter are drawn from, by sealed tables and the book of drills; what was not read is said.

Not here: who is due (`evidence.drills.due`), drawing (`evidence.drills.plan`). Invariants: a vault whose items were not read on the newest night is taken as it was
read last, and said to be so; one that was never read is said to be missing; nothing that a person uploaded makes an item.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from evidence.drills.configured import application_of, drill_type_of, place_of
from evidence.drills.due import Quarter
from evidence.drills.fold import Book
from evidence.drills.history import NO_HISTORY, History, histories
from evidence.drills.population import Absent, Population, PopulationItem
from evidence.errors import SourceError
from evidence.ledger.entries import LedgerEntry
from evidence.ledger.folds import named_paths, sealed_nights
from evidence.nights import look_back
from evidence.records import Vault
from evidence.runs.approved import ApprovedPopulation
from evidence.runs.drills.changed import Nights, with_changes
from evidence.runs.drills.items_read import ItemsRead, items_read, tags_of
from evidence.runs.drills.looks import source_of
from evidence.runs.manifest import parse_run_manifest
from evidence.runs.sealed import SealedRows
from evidence.settings.drills import DrillSettings
from evidence.stores.interface import EvidenceStore
from evidence.stores.layout import run_file
from evidence.tiers import ItemFacts, TierRule

NIGHTS = 31
"""Nights in which a vault's items are searched."""
FRESH_DAYS = 2
"""How old the newest sealed night may be before the population is said not to be of today."""
Row = Mapping[str, Any]
Tags = Mapping[str, Mapping[str, str]]


def every_vault(_: Vault) -> bool:
    """No scope: all vaults are meant."""
    return True


@dataclass(frozen=True, slots=True)
class PopulationRules:
    """By what items are told, and whose vaults are meant."""

    drills: DrillSettings
    tiers: Sequence[TierRule] = ()
    approved: ApprovedPopulation | None = None
    holds: Callable[[Vault], bool] = every_vault
    """Whether a vault belongs to the scope that is planned for."""


def population(
    store: EvidenceStore,
    entries: Sequence[LedgerEntry],
    book: Book,
    quarter: Quarter,
    rules: PopulationRules,
    at: datetime,
) -> Population:
    """The population as known at this length of the ledger; raises SourceError where no night is sealed, IntegrityError."""
    nights = sealed_nights(entries)
    if not nights:
        raise SourceError("No night is sealed, so no item is known.", next_step="backup-evidence run --night …")
    sealed, newest = SealedRows(store, named_paths(entries)).of_azure(), max(nights)
    in_time = {night: each[-1].run_id for night, each in nights.items() if not each[-1].late}
    vaults = {one.vault_id: one for one in _vaults(sealed, newest, nights[newest][-1].run_id) if rules.holds(one)}
    read = items_read(sealed, frozenset(in_time.values()), vaults, _first(quarter, newest), newest)
    tags = tags_of(sealed, newest) if rules.drills.applications.tag else None
    past = histories(book.drills.values(), quarter)
    made = [_item(row, vaults[row["vault_id"]], read, tags, rules) for row in read.items]
    sources = {row["item_key"]: source_of(row) for row in read.items}
    known = Nights(sealed, frozenset(in_time.values()), sorted(in_time))
    items = with_changes([_with_history(one, past) for one in made], sources, known, past)
    return Population(
        quarter=quarter.name,
        night=newest,
        items=tuple(sorted(items, key=lambda one: one.item_key)),
        absent=tuple(sorted((_absent(row, why) for row, why in read.absent), key=lambda one: one.item_key)),
        incomplete=(*read.incomplete, *_not_found(rules, vaults, newest), *_old(newest, at.date())),
        remarks=tuple(_remarks(items, tags, rules)),
    )


def _first(quarter: Quarter, newest: date) -> date:
    """The first night that is looked at: a month back, and in a quarter that runs its first day."""
    first = look_back(newest, NIGHTS)
    return min(first, quarter.first) if quarter.first <= newest else first


def _with_history(item: PopulationItem, past: Mapping[str, History]) -> PopulationItem:
    found = past.get(item.item_key, NO_HISTORY)
    return replace(item, **{name: getattr(found, name) for name in _OF_HISTORY})


_OF_HISTORY = (
    "last_accepted",
    "last_accepted_drill",
    "rejected_drill",
    "planned",
    "drilled_lately",
    "waived_until",
)


def _vaults(sealed: SealedRows, night: date, run_id: str) -> tuple[Vault, ...]:
    return parse_run_manifest(sealed.content(run_file(night, run_id))).vaults


def _item(row: Row, vault: Vault, read: ItemsRead, tags: Tags | None, rules: PopulationRules) -> PopulationItem:
    name = row["friendly_name"] or row["item_key"].rpartition("/")[2]
    facts = ItemFacts(name, row["item_id"], vault.name, vault.vault_id, vault.region, row["workload"])
    rule = next((one for one in rules.tiers if one.match.fits(facts)), None)
    source = str(row["source_resource_id"] or "").lower()
    return PopulationItem(
        item_key=row["item_key"],
        vault_id=vault.vault_id,
        subject=name,
        workload=row["workload"],
        region=vault.region,
        tier=None if rule is None else rule.tier,
        application=application_of(facts, None if tags is None else tags.get(source), rules.drills),
        rto=None if rule is None else rule.rto,
        rpo=None if rule is None else rule.rpo,
        drill_type=drill_type_of(facts, rules.drills),
        target=place_of(facts, rules.drills),
        seen_on=row["night"],
        protected_since=read.first_seen.get(row["item_key"]),
    )


def _absent(row: Row, why: str) -> Absent:
    return Absent(row["item_key"], row["vault_id"], row["friendly_name"] or row["item_key"].rpartition("/")[2], why)


def _not_found(rules: PopulationRules, vaults: Mapping[str, Vault], newest: date) -> Iterator[str]:
    """Vaults of the approved list that nothing found."""
    expected = rules.approved.expected(newest).vaults if rules.approved is not None else None
    for vault_id in sorted(set(expected or ()) - vaults.keys()):
        parts = vault_id.split("/")
        vault = Vault(vault_id, parts[-1], "", parts[2], parts[4], None)
        if rules.holds(vault):
            yield f"vault {vault.name} of the approved list was not found, so that its items are missing: {vault_id}"


def _old(newest: date, today: date) -> Iterator[str]:
    days = (today - newest).days
    if days > FRESH_DAYS:
        yield f"the newest sealed night is {newest}, {days} days before this: what was protected since is missing"


def _remarks(items: Sequence[PopulationItem], tags: Tags | None, rules: PopulationRules) -> Iterator[str]:
    """What is not known of items that are there."""
    lone = sum(
        one.application is None
        for one in items
        if rules.drills.by_tier.get(one.tier, rules.drills.by_tier[None]).application_months is not None
    )
    if lone:
        yield f"{lone} items of tiers that are drilled by application belong to none that is known: they have no turn in one"
    if tags is not None and not tags:
        yield f"the tag {rules.drills.applications.tag} is not known of any resource: Resource Graph told none in the last week"
    never = sorted(
        {"no tier" if tier is None else f"tier {tier}" for tier in {one.tier for one in items} if _idle(tier, rules)}
    )
    if never:
        yield f"never drilled by the settings: {', '.join(never)}"
    no_place = sum(one.target.resource_group is None for one in items)
    if no_place:
        yield f"no resource group to restore to is configured for {no_place} of {len(items)} items: no rule of `drills.targets` fits"


def _idle(tier: int | None, rules: PopulationRules) -> bool:
    every = rules.drills.by_tier.get(tier, rules.drills.by_tier[None])
    return every.item_months is None and every.application_months is None and not every.sampled
