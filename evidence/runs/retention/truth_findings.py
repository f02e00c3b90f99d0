"""Differences between store and register as findings of exceptions, each with the promised and the real value, and what a test proves to be over.

Not here: the differences (`evidence.retention.truth`), how exceptions live (`evidence.assess.exceptions`). Invariants: each difference is an exception of its
own, up to so many of one kind; more of one kind are one exception that counts them, and the table of the test names each.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from evidence.assess.exceptions.fold import Standings
from evidence.assess.exceptions.proofs import Proofs
from evidence.assess.exceptions.states import ENDED, Facts
from evidence.assess.findings import Class, Finding, Severity
from evidence.retention.truth import LOST, OPEN_TO_CHANGE, Fault, Mismatch

STORE = "/store"
"""Stands where findings name a vault: it is about the evidence itself."""
MOST_SINGLE = 100
"""Differences of one kind that are told one by one."""
_CLASSES: Mapping[Class, tuple[frozenset[Fault], Severity, str]] = {
    Class.EVIDENCE_LOST: (LOST, Severity.CRITICAL, "Keep the store as it is, find out what changed it, and restore the object from a copy."),
    Class.EVIDENCE_UNPROTECTED: (
        OPEN_TO_CHANGE,
        Severity.ERROR,
        "Give the store what it lacks to protect objects (docs/operations.md, What the store really keeps), or configure what it can.",
    ),
    Class.EVIDENCE_AT_RISK: (
        frozenset({Fault.LIFECYCLE, Fault.SOFT_DELETE}),
        Severity.ERROR,
        "Change the setting of the storage account.",
    ),
    Class.EVIDENCE_UNREAD: (frozenset({Fault.UNREAD}), Severity.WARNING, "Restore the access, and test again: retention check."),
}  # fmt: skip
CLASSES = frozenset(_CLASSES)


@dataclass(frozen=True, slots=True)
class Told:
    """Where and when a test was made."""

    night: date
    at: datetime
    store: str
    """Description of the store, for people."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What a test looked at, as far as exceptions ask."""

    mismatches: Sequence[Mismatch]
    whole: Collection[str]
    """Paths whose contents were read and are as sealed."""
    fine: Collection[str]
    """Paths of which the store's word differed in nothing."""
    complete: bool
    """Whether everything was looked at."""
    settings_read: bool = False


def findings_of(told: Told, mismatches: Iterable[Mismatch]) -> Sequence[Finding]:
    """One finding for each difference; one for all of a kind where there are very many."""
    by_fault: dict[Fault, list[Mismatch]] = defaultdict(list)
    for one in mismatches:
        by_fault[one.fault].append(one)
    return [finding for fault in sorted(by_fault) for finding in _of_fault(told, fault, sorted(by_fault[fault]))]


def _of_fault(told: Told, fault: Fault, found: Sequence[Mismatch]) -> Iterator[Finding]:
    class_, severity, next_step = _class_of(fault)
    if len(found) > MOST_SINGLE:
        first = found[0]
        said = (
            f"{len(found)} objects, {fault.value}: the first, {first.path}, is promised {first.promised}; "
            f"the store told: {first.real}. The table of the test names each."
        )
        yield _finding(
            told, class_, severity, fault, f"{STORE}/{fault.value}", None, f"{len(found)} objects", said, next_step
        )
        return
    for one in found:
        said = f"{one.path}: promised {one.promised}; the store told: {one.real}."
        yield _finding(told, class_, severity, fault, STORE, one.path, one.path, said, next_step)


def _finding(
    told: Told,
    class_: Class,
    severity: Severity,
    fault: Fault,
    vault_id: str,
    item_key: str | None,
    subject: str,
    summary: str,
    next_step: str,
) -> Finding:
    return Finding(
        class_=class_,
        severity=severity,
        vault_id=vault_id,
        item_key=item_key,
        subject=subject,
        error_family=fault.value,
        at=told.at,
        night=told.night,
        summary=summary,
        recommendation=next_step,
    )


def _class_of(fault: Fault) -> tuple[Class, Severity, str]:
    for class_, (faults, severity, next_step) in _CLASSES.items():
        if fault in faults:
            return class_, severity, next_step
    raise ValueError(f"{fault} is of no class")


def proofs_of(told: Told, looked: Looked, before: Standings, findings: Sequence[Finding]) -> Proofs:
    """What a test proves to be over: only what it looked at with all that it takes."""
    standing = [one for one in before.by_key.values() if one.class_ in CLASSES and one.state not in ENDED]
    asked = {one.finding.item_key for one in standing if one.finding.item_key is not None}
    over: dict[Class, set[str]] = {class_: set() for class_ in CLASSES}
    over[Class.EVIDENCE_LOST] |= asked & set(looked.whole)
    for class_ in (Class.EVIDENCE_UNPROTECTED, Class.EVIDENCE_UNREAD):
        over[class_] |= asked & set(looked.fine)
    if looked.settings_read:
        settings = {one.finding.item_key for one in standing if one.class_ is Class.EVIDENCE_AT_RISK}
        over[Class.EVIDENCE_AT_RISK] |= {one for one in settings if one is not None}
        over[Class.EVIDENCE_UNREAD] |= {one for one in asked if one.startswith("settings: ")}
    if looked.complete:
        for class_, (faults, _, _) in _CLASSES.items():
            over[class_] |= {f"{STORE}/{fault.value}" for fault in faults}
    facts = Facts(vault_name=told.store)
    names = {one.item_key or one.vault_id: facts for one in findings}
    return Proofs(looked={class_: frozenset(paths) for class_, paths in over.items()}, facts=names)
