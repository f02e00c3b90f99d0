"""One error family on many items in one night: one parent, with the items as its children (analytics 6.4).

Not here: what becomes of the children's own findings. Invariant: an item and family has at most one parent; what spreads over vaults has one
parent for all of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from math import ceil

from evidence.assess.about import About
from evidence.assess.findings import Class, Finding, Severity
from evidence.assess.slots.values import BAD, Judged, Outcome
from evidence.assess.trends.recurring import family_of
from evidence.assess.trends.values import OutbreakRule, Outbreaks
from evidence.records import SUBSCRIPTION_LIST

FLEET = SUBSCRIPTION_LIST
"""Vault id of a parent over several vaults: it stays the same whichever of them are hit next."""
_RULE = OutbreakRule()
Hit = tuple[About, Judged]


def outbreaks(slots: Iterable[Hit], night: date, rule: OutbreakRule = _RULE) -> Outbreaks:
    """Outbreaks among all slots of a night, good ones included (they are the denominator)."""
    expected: dict[str, set[str]] = defaultdict(set)
    bad: list[Hit] = []
    for about, judged in slots:
        if judged.night == night and judged.outcome is not Outcome.NOT_EXPECTED:
            expected[about.vault_id].add(about.item_key)
            if judged.outcome in BAD:
                bad.append((about, judged))
    return outbreaks_among(bad, {vault: len(items) for vault, items in expected.items()}, night, rule)


def outbreaks_among(
    bad: Iterable[Hit], expected: Mapping[str, int], night: date, rule: OutbreakRule = _RULE
) -> Outbreaks:
    """The same of the bad slots of a night alone; `expected` is how many items had runs, by vault."""
    hits: dict[str, dict[str, dict[str, Hit]]] = defaultdict(lambda: defaultdict(dict))
    for about, judged in bad:
        hits[family_of(judged)][about.vault_id][about.item_key] = (about, judged)
    found = Outbreaks((), {})
    parents: list[Finding] = []
    for family in sorted(hits):
        for finding in _of_family(family, hits[family], expected, night, rule):
            parents.append(finding)
            found.parent_of.update({(item, family): finding for item in finding.children})
    return Outbreaks(tuple(parents), found.parent_of)


def _of_family(
    family: str,
    by_vault: Mapping[str, Mapping[str, Hit]],
    expected: Mapping[str, int],
    night: date,
    rule: OutbreakRule,
) -> Iterable[Finding]:
    everyone = [hit for vault in sorted(by_vault) for _, hit in sorted(by_vault[vault].items())]
    if _spread(len(by_vault), len(everyone), len(expected), rule):
        yield _parent(FLEET, f"{len(by_vault)} vaults", family, everyone, sum(expected.values()), night)
        return
    for vault in sorted(by_vault):
        mine = [hit for _, hit in sorted(by_vault[vault].items())]
        if len(mine) >= max(rule.least, ceil(rule.share * expected[vault])):
            yield _parent(vault, vault.rpartition("/")[2], family, mine, expected[vault], night)


def _spread(vaults: int, items: int, of_vaults: int, rule: OutbreakRule) -> bool:
    """Several vaults, and a share of all; and as many items as in one vault, or more vaults than the least."""
    enough = items >= rule.least or vaults > rule.vaults
    return enough and vaults >= max(rule.vaults, ceil(rule.share * of_vaults))


def _parent(vault_id: str, where: str, family: str, hits: Sequence[Hit], of: int, night: date) -> Finding:
    workloads = {about.workload for about, _ in hits}
    return Finding(
        Class.OUTBREAK,
        Severity.CRITICAL if any(about.matters_most for about, _ in hits) else Severity.ERROR,
        vault_id,
        None,
        where,
        family,
        min(judged.slot.slot_at for _, judged in hits),
        night,
        f"{family}: {len(hits)} of {of} items with expected runs in {where}.",
        workloads.pop() if len(workloads) == 1 else None,
        job_ids=tuple(dict.fromkeys(job for _, judged in hits for job in judged.job_ids)),
        error_codes=tuple(dict.fromkeys(code for _, judged in hits for code in judged.error_codes)),
        children=tuple(about.item_key for about, _ in hits),
    )
